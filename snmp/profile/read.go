package profile

import (
	"slices"
	"strconv"

	"rackvakt/snmp/pdu"
)

// Read returns the sensors that the profiles find in vbs, in the order of the
// profiles and their files. An object is one sensor at most: the first that
// describes it wins. before holds identifiers of sensors that are read already.
func Read(profiles []*Profile, vbs []pdu.Varbind, before []pdu.OID) []Sensor {
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
	sensors []Sensor
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
	if slices.ContainsFunc(o.Unless, func(ref Ref) bool { return within(r.taken, ref.oid) }) {
		return
	}
	for _, vb := range r.walk.below(o.At.oid) {
		index := vb.OID[len(o.At.oid):]
		if !table && index != zero || r.seen[vb.OID] || !r.walk.holds(o.When, index) {
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

func (w walk) sensor(p *Profile, o *Object, vb pdu.Varbind, index pdu.OID) (Sensor, bool) {
	value, ok := w.value(o, vb.Value, index)
	if !ok {
		return Sensor{}, false
	}
	s := Sensor{OID: vb.OID.String(), Class: o.Class, Name: o.Name.fill(w, index), Value: value, Unit: o.Class.Unit()}
	if o.Class == State {
		s.Word, s.Status = p.word(o.States, value)
		return s, true
	}
	s.Limits = w.bounds(o, index)
	s.Status = s.Limits.judge(value)
	if judged, ok := w.number(o.Status.At, index); ok {
		_, s.Status = p.word(o.Status.States, judged)
	}
	return s, true
}

// word returns the word of a state and how bad it is; a number without one is unknown.
func (p *Profile) word(states string, value float64) (*string, *Severity) {
	w, ok := p.States[states][strconv.FormatFloat(value, 'f', -1, 64)]
	if !ok {
		unknown := Unknown
		return nil, &unknown
	}
	return &w.Text, &w.Severity
}

// bounds returns the limits of a row, nil where there are none that make sense:
// on many devices all are 0 until somebody sets them.
func (w walk) bounds(o *Object, index pdu.OID) *Bounds {
	var at [4]*float64
	any := false
	for i, ref := range o.Limits.all() {
		v, ok := w.value(o, w.get(*ref, index), index)
		if ok && ref.Set() {
			at[i] = &v
			any = any || v != 0
		}
	}
	b := &Bounds{LowCritical: at[0], LowWarning: at[1], HighWarning: at[2], HighCritical: at[3]}
	if !any || crossed(b.LowCritical, b.HighCritical) || crossed(b.LowWarning, b.HighWarning) {
		return nil
	}
	return b
}

func crossed(low, high *float64) bool { return low != nil && high != nil && *low >= *high }

// judge returns how bad a value is by its limits, nil where there are none.
func (b *Bounds) judge(v float64) *Severity {
	if b == nil {
		return nil
	}
	s := OK
	switch {
	case b.LowCritical != nil && v < *b.LowCritical, b.HighCritical != nil && v > *b.HighCritical:
		s = Critical
	case b.LowWarning != nil && v < *b.LowWarning, b.HighWarning != nil && v > *b.HighWarning:
		s = Warning
	}
	return &s
}

// About returns what the device tells about itself, "" where it does not.
func (p *Profile) About(vbs []pdu.Varbind) (model, serial, version string) {
	w := newWalk(vbs)
	return w.text(p.Device.Model, ""), w.text(p.Device.Serial, ""), w.text(p.Device.Version, "")
}
