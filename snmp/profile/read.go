package profile

import (
	"slices"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// Read returns the sensors that the profiles find in vbs, in the order of the
// profiles and their files. An object is one sensor at most: the first that
// describes it wins. before holds identifiers of sensors that are read already.
func Read(profiles []*Profile, vbs []pdu.Varbind, before []pdu.OID) []sensor.Sensor {
	r := reader{walk: newWalk(vbs), taken: slices.Clone(before), seen: make(map[pdu.OID]bool)}
	for _, oid := range before {
		r.seen[oid] = true
	}
	slices.Sort(r.taken)
	for _, p := range profiles {
		r.profile(p)
	}
	return r.sensors
}

// reader is one reading under way.
type reader struct {
	walk    walk
	sensors []sensor.Sensor
	seen    map[pdu.OID]bool
	taken   []pdu.OID // sorted
}

func (r *reader) profile(p *Profile) {
	for i := range p.Scalars {
		r.object(p, &p.Scalars[i], false)
	}
	for _, t := range p.Tables {
		for i := range t.Columns {
			r.object(p, &t.Columns[i], true)
		}
	}
}

// object reads the instances of o: of a scalar only 0.
func (r *reader) object(p *Profile, o *Object, table bool) {
	if slices.ContainsFunc(o.Unless, func(ref Ref) bool { return within(r.taken, ref.oid) }) || slices.ContainsFunc(o.Elsewhere, r.walk.anywhere) {
		return
	}
	for _, vb := range r.walk.below(o.At.oid) {
		index := vb.OID[len(o.At.oid):]
		again := slices.ContainsFunc(o.Same, func(ref Ref) bool { return r.seen[ref.oid+index] })
		if !table && index != zero || again || r.seen[vb.OID] || !r.walk.holds(o.When, index) {
			continue
		}
		if s, ok := r.walk.sensor(p, o, vb, index); ok {
			r.sensors = append(r.sensors, s)
			r.seen[vb.OID] = true
			at, _ := slices.BinarySearch(r.taken, vb.OID)
			r.taken = slices.Insert(r.taken, at, vb.OID)
		}
	}
}

const zero = pdu.OID("\x00\x00\x00\x00")

// within reports whether one of the sorted identifiers is tree or lies below it.
func within(sorted []pdu.OID, tree pdu.OID) bool {
	i, exact := slices.BinarySearch(sorted, tree)
	return exact || i < len(sorted) && sorted[i].Under(tree)
}

func (w walk) sensor(p *Profile, o *Object, vb pdu.Varbind, index pdu.OID) (sensor.Sensor, bool) {
	value, ok := w.value(o, vb.Value, index)
	class := sensor.Class(o.Class)
	s := sensor.Sensor{OID: vb.OID, Class: class, Part: sensor.Part(o.Part), Name: o.Name.fill(w, index), Value: value, Unit: class.Unit()}
	if !ok {
		return s, false
	}
	if class == sensor.State {
		s.Word, s.Status = p.word(o.States, value)
		return s, true
	}
	s.Limits = w.limits(o, index)
	s.Status = judge(s.Limits, value)
	if judged, ok := parse(w.get(o.Status.At, index)); ok {
		_, s.Status = p.word(o.Status.States, decimal(judged))
	}
	return s, true
}

// word returns the word of a state and how bad it is; a number without one is unknown.
func (p *Profile) word(states string, value sensor.Decimal) (text, severity string) {
	w, ok := p.States[states][value.String()]
	if !ok {
		return "", Unknown
	}
	return w.Text, w.Severity
}

// limits returns the limits of a row, none where they make no sense: on many
// devices all are 0 until somebody sets them.
func (w walk) limits(o *Object, index pdu.OID) sensor.Limits {
	var at [4]sensor.Decimal
	enabled := w.get(o.Limits.Enabled, index)
	for i, ref := range o.Limits.all() {
		if v, ok := w.value(o, w.get(*ref, index), index); ok && bit(enabled, i) {
			at[i] = v
		}
	}
	l := sensor.Limits{LowCritical: at[0], LowWarning: at[1], HighWarning: at[2], HighCritical: at[3]}
	zero := func(d sensor.Decimal) bool { return d.Digits == 0 }
	if !slices.ContainsFunc(at[:], func(d sensor.Decimal) bool { return !zero(d) }) ||
		crossed(l.LowCritical, l.HighCritical) || crossed(l.LowWarning, l.HighWarning) {
		return sensor.Limits{}
	}
	return l
}

// bit reports whether bit n of BITS is set, counted from the highest of the first
// octet (RFC 3417 section 8); true where there are no BITS.
func bit(bits pdu.Value, n int) bool {
	if bits.Type != pdu.OctetString || len(bits.Octets) == 0 {
		return true
	}
	return bits.Octets[0]>>(7-n)&1 == 1
}

func crossed(low, high sensor.Decimal) bool { return low.Present && high.Present && !low.Below(high) }

// judge returns how bad a value is by its limits, "" where there are none.
func judge(l sensor.Limits, v sensor.Decimal) string {
	switch {
	case l == sensor.Limits{}:
		return ""
	case v.Below(l.LowCritical), l.HighCritical.Below(v):
		return Critical
	case v.Below(l.LowWarning), l.HighWarning.Below(v):
		return Warning
	}
	return sensor.OK
}

// About returns what the device tells about itself, "" where it does not.
func (p *Profile) About(vbs []pdu.Varbind) (model, serial, version string) {
	w := newWalk(vbs)
	return w.text(p.Device.Model, ""), w.text(p.Device.Serial, ""), w.text(p.Device.Version, "")
}
