package poll

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// kindOf returns the Kind that a sensor is told as: of a state, that of its part.
func kindOf(s sensor.Sensor) reading.Kind {
	r, _ := s.Reading("", "", reading.Stamp{})
	switch {
	case s.Class == sensor.State:
		return s.Part.Kind()
	case s.Class == sensor.Power && s.Part == sensor.PoE:
		return reading.PoEPower
	}
	return r.Point.Kind
}

// named gives each sensor an object that no other of its kind has: its name, with
// the end of its identifier behind where several share one. before holds objects
// given earlier, which stay.
func named(sensors []sensor.Sensor, before map[pdu.OID]string) map[pdu.OID]string {
	type key struct {
		kind   reading.Kind
		object string
	}
	taken := make(map[key]bool)
	share := make(map[key][]pdu.OID)
	objects := make(map[pdu.OID]string, len(sensors))
	for _, s := range sensors {
		k := key{kindOf(s), title(s)}
		if old, ok := before[s.OID]; ok && strings.HasPrefix(old, k.object) && !taken[key{k.kind, old}] {
			objects[s.OID], taken[key{k.kind, old}] = old, true
			continue
		}
		share[k] = append(share[k], s.OID)
	}
	for k, oids := range share {
		if len(oids) == 1 && !taken[k] {
			objects[oids[0]], taken[k] = k.object, true
			continue
		}
		for arcs := 1; ; arcs++ {
			if ends := endings(oids, arcs); ends != nil {
				for i, end := range ends {
					objects[oids[i]] = k.object + " " + end
				}
				break
			}
		}
	}
	return objects
}

// title is the name of a sensor, or what it measures.
func title(s sensor.Sensor) string {
	return cmp.Or(s.Name, strings.ReplaceAll(string(s.Class), "_", " "))
}

// endings returns the last arcs of each identifier; nil where two are the same.
func endings(oids []pdu.OID, arcs int) []string {
	var ends []string
	for _, o := range oids {
		end := o[4*max(0, o.Len()-arcs):].String()
		if slices.Contains(ends, end) && arcs < o.Len() {
			return nil
		}
		ends = append(ends, end)
	}
	return ends
}

// sense returns what the sensors of m tell, each under its object.
func (v *view) sense(m measured, at reading.Stamp) []reading.Reading {
	v.objects = named(m.sensors, v.objects)
	var all []reading.Reading
	states := make(map[reading.Point]reading.Reading)
	for i, s := range m.sensors {
		object := v.objects[s.OID]
		if s.Class != sensor.State {
			all = append(all, v.value(s, object, at))
		}
		if s.Part == sensor.Optic {
			object = cmp.Or(v.portOf(m, i), object)
		}
		if r, ok := v.state(s, object, at); ok {
			if before, ok := states[r.Point]; !ok || worse(r, before) {
				states[r.Point] = r
			}
		}
	}
	for _, r := range states {
		all = append(all, r)
	}
	return append(all, v.budgets(m, at)...)
}

// value returns what is measured; unknown in the agent's own word where it vouches
// for nothing.
func (v *view) value(s sensor.Sensor, object string, at reading.Stamp) reading.Reading {
	r, ok := s.Reading(v.o.Name, object, at)
	r.Point.Kind = kindOf(s)
	if ok {
		return r
	}
	why := "not told"
	if s.Status != "" && s.Status != sensor.OK {
		why = s.Status
	}
	return unknown(r.Point, why, at)
}

// state returns the state of a part, or that the agent does not know it; false
// where nothing is told.
func (v *view) state(s sensor.Sensor, object string, at reading.Stamp) (reading.Reading, bool) {
	if s.Part == "" && s.Class != sensor.State {
		return reading.Reading{}, false
	}
	point := v.point(object, s.Part.Kind())
	if severity, ok := s.Severity(); ok {
		return reading.Reading{Point: point, Value: severity, Quality: reading.Good, At: at}, true
	}
	return unknown(point, s.Status, at), s.Class == sensor.State && s.Status != ""
}

// worse reports whether a is to be told rather than b of the same part.
func worse(a, b reading.Reading) bool {
	if a.Known() != b.Known() {
		return a.Known()
	}
	return a.Value > b.Value
}

// portOf returns the port that sensor i of m stands in, "" where that is not told:
// by the part that it belongs to, or the port that its name holds.
func (v *view) portOf(m measured, i int) string {
	s := m.sensors[i]
	if i < len(m.entities.Sensors) {
		if index := m.entities.IfIndex(s.OID.Arc(s.OID.Len() - 1)); index.Present {
			return v.names[uint32(index.Value)]
		}
	}
	best := ""
	for _, name := range v.names {
		if len(name) > len(best) && holds(s.Name, name) {
			best = name
		}
	}
	return best
}

// holds reports whether text has word in it as a word of its own.
func holds(text, word string) bool {
	edge := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '/' && r != '.' && r != ':'
	}
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at += from
		before, after := text[:at], text[at+len(word):]
		if (before == "" || edge(rune(before[len(before)-1]))) && (after == "" || edge(rune(after[0]))) {
			return true
		}
		from = at + 1
	}
}

// budgets returns what each supply for ports can deliver, under the object of
// what it does deliver.
func (v *view) budgets(m measured, at reading.Stamp) []reading.Reading {
	if m.poe == nil {
		return nil
	}
	var all []reading.Reading
	for _, supply := range m.poe.Supplies {
		watts, ok := supply.Budget.In(-3)
		if !ok || watts == 0 {
			continue
		}
		object := cmp.Or(supply.Name, fmt.Sprintf("PoE supply %d", supply.Group))
		for _, s := range m.sensors {
			if kindOf(s) == reading.PoEPower && s.OID.Arc(s.OID.Len()-1) == supply.Group {
				object = v.objects[s.OID]
			}
		}
		all = append(all, reading.Reading{Point: v.point(object, reading.PoEBudget), Value: watts, Quality: reading.Good, At: at})
	}
	return all
}
