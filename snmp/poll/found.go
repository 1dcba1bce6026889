package poll

import (
	"cmp"
	"slices"
	"time"

	"rackvakt/snmp/entity"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/poe"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/sensor"
)

// found is what a discovery found on a device: how what moves is asked for again,
// and what does not move. The zero value has nothing.
type found struct {
	at        time.Time
	fit       []*profile.Profile
	neighbors []group
	duplex    bool

	// static is what sensors are made of beside what moves: names, scales, limits.
	static []pdu.Varbind
	// moving holds the instances that are asked for: true where a sensor rests on
	// it, false for a row that a column has beside.
	moving map[pdu.OID]bool
	parts  []part
}

// foundBy makes what is kept of a discovery that is done, and of vbs, which it and
// the poll before it brought.
func foundBy(d *discovery, vbs []pdu.Varbind, sensors []sensor.Sensor, at time.Time) found {
	f := found{at: at, fit: d.fit, neighbors: d.neighbors, duplex: d.duplex, moving: make(map[pdu.OID]bool)}
	if len(sensors) == 0 {
		return f
	}
	f.plan(vbs, sensors)
	for _, vb := range vbs {
		if _, moves := f.moving[vb.OID]; !moves && kept(vb.OID, d.fit) {
			f.static = append(f.static, vb)
		}
	}
	return f
}

// kept reports whether sensors are made of o, too.
func kept(o pdu.OID, fit []*profile.Profile) bool {
	in := func(columns []pdu.OID) bool { return slices.ContainsFunc(columns, o.Under) }
	if in(entity.Columns()) {
		return !in(entity.Describing())
	}
	if in(poe.Columns()) {
		return true
	}
	return slices.ContainsFunc(fit, func(p *profile.Profile) bool {
		w := p.Wanted()
		return in(w.Columns) || slices.Contains(w.Instances, o)
	})
}

// plan says how what moves is asked for: columns of which most rows are needed by
// GETBULK, the rest by GET, whichever is fewer octets.
func (f *found) plan(vbs []pdu.Varbind, sensors []sensor.Sensor) {
	values, about, instances := movingColumns(f.fit)
	for _, s := range sensors {
		f.moving[s.OID] = true
	}
	rows := make(map[pdu.OID][]pdu.OID)
	for _, vb := range vbs {
		for _, c := range values {
			if vb.OID.Under(c) {
				rows[c] = append(rows[c], vb.OID)
				f.row(vb.OID)
			}
		}
		for _, c := range about {
			if vb.OID.Under(c) {
				rows[c] = append(rows[c], vb.OID)
				f.moving[vb.OID] = true
			}
		}
		if slices.Contains(instances, vb.OID) {
			f.moving[vb.OID] = true
		}
	}
	walked := f.walk(rows)
	var single []pdu.OID
	for o, wanted := range f.moving {
		if wanted && !slices.ContainsFunc(walked, o.Under) {
			single = append(single, o)
		}
	}
	if len(single) > 0 {
		slices.Sort(single)
		f.parts = append(f.parts, part{instances: single})
	}
}

// row notes an instance that a sensor may rest on.
func (f *found) row(o pdu.OID) {
	if !f.moving[o] {
		f.moving[o] = false
	}
}

// movingColumns lists what moves of all readers.
func movingColumns(fit []*profile.Profile) (values, about, instances []pdu.OID) {
	for _, moving := range []func() (values, about []pdu.OID){entity.Moving, poe.Moving} {
		v, a := moving()
		values, about = append(values, v...), append(about, a...)
	}
	for _, p := range fit {
		v, a := p.Moving()
		values, about = append(values, v.Columns...), append(about, a.Columns...)
		instances = append(append(instances, v.Instances...), a.Instances...)
	}
	about = slices.DeleteFunc(about, func(c pdu.OID) bool { return slices.Contains(values, c) })
	slices.Sort(values)
	slices.Sort(about)
	return slices.Compact(values), slices.Compact(about), instances
}

// fewestRows is how many rows a walk must bring to be worth a request of its own.
const fewestRows = 6

// walk adds the parts that walk columns, those of like length side by side, and
// returns the columns. A value costs two identifiers by GET and one by GETBULK.
func (f *found) walk(rows map[pdu.OID][]pdu.OID) (walked []pdu.OID) {
	for c, all := range rows {
		wanted := 0
		for _, o := range all {
			if f.moving[o] {
				wanted++
			}
		}
		if wanted >= fewestRows && 2*wanted > len(all)+1 {
			walked = append(walked, c)
		}
	}
	slices.SortFunc(walked, func(a, b pdu.OID) int {
		return cmp.Or(cmp.Compare(len(rows[a]), len(rows[b])), cmp.Compare(a, b))
	})
	for _, c := range walked {
		n := len(rows[c])
		if last := len(f.parts) - 1; last >= 0 && len(f.parts[last].columns) < columnsAtOnce && f.parts[last].rows >= n*3/4 {
			f.parts[last].columns = append(f.parts[last].columns, c)
			f.parts[last].rows = n
			continue
		}
		f.parts = append(f.parts, part{columns: []pdu.OID{c}, rows: n})
	}
	return walked
}

// with returns what sensors are read from: what does not move, and what came now.
// more says that a column had a row that it did not have before.
func (f *found) with(now []pdu.Varbind) (vbs []pdu.Varbind, more bool) {
	vbs = slices.Clone(f.static)
	for _, vb := range now {
		wanted, known := f.moving[vb.OID]
		if wanted {
			vbs = append(vbs, vb)
		}
		more = more || !known && f.walks(vb.OID)
	}
	return vbs, more
}

func (f *found) walks(o pdu.OID) bool {
	return slices.ContainsFunc(f.parts, func(p part) bool { return slices.ContainsFunc(p.columns, o.Under) })
}
