package poll

import (
	"fmt"
	"maps"
	"slices"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/port"
)

// addPorts adds the ports, maps their names anew and returns which ones moved and
// what was odd. A doubtful poll moves no name: ports that are not where they were
// are left out.
func (v *view) addPorts(batch *reading.Batch, p *fullPoll, at reading.Stamp) (moved, odd []string) {
	ports := p.interfaces()
	if p.inventory {
		v.ports = slices.Clone(ports)
	}
	if p.doubtful() && v.mapped {
		v.addKnown(batch, p, ports, at)
		return nil, nil
	}
	if same := v.sameTexts(ports); same && !p.inventory && v.mapped && !v.stale {
		return nil, v.addSame(batch, p, ports, at)
	}
	v.stale = false
	moved, odd = v.identify(ports)
	if p.inventory {
		v.columns, v.changes.filled = learnColumns(p.Varbinds), fillsLastChange(ports)
		v.rare = make(map[uint32]ifmib.Port, len(ports))
		for _, q := range ports {
			v.rare[q.Index] = ifmib.Port{MAC: q.MAC, Type: q.Type}
		}
	}
	ifmib.Distinct(ports)
	if len(moved) > 0 {
		v.moves++
		odd = append([]string{"renumbered: " + shorten(moved)}, odd...)
	}
	v.addValues(batch, p, ports, at)
	v.identityOdd = odd
	odd = append(odd, v.patchProblems()...)
	for _, q := range ports {
		v.portFacts(batch, q, at)
	}
	return moved, odd
}

// addSame adds ports of which nothing has changed but their values, and returns
// what is odd about them still.
func (v *view) addSame(batch *reading.Batch, p *fullPoll, ports []ifmib.Port, at reading.Stamp) []string {
	v.addValues(batch, p, ports, at)
	return append(slices.Clone(v.identityOdd), v.patchProblems()...)
}

// sameTexts reports whether the ports stand where they stood at the last poll,
// with the same texts, and remembers how they stand now.
func (v *view) sameTexts(ports []ifmib.Port) bool {
	same := slices.EqualFunc(ports, v.texts, func(p ifmib.Port, t texts) bool { return t.same(textsOf(p)) })
	if !same {
		v.texts = make([]texts, 0, len(ports))
		for _, p := range ports {
			v.texts = append(v.texts, textsOf(p))
		}
	}
	return same
}

// texts is what names a port.
type texts struct {
	index              uint32
	name, descr, alias string
	odd                []string
}

func textsOf(p ifmib.Port) texts { return texts{p.Index, p.Name, p.Descr, p.Alias, p.Odd} }

func (t texts) same(o texts) bool {
	return t.index == o.index && t.name == o.name && t.descr == o.descr && t.alias == o.alias && slices.Equal(t.odd, o.odd)
}

// valuesOfPort is how many values a poll tells of a port, at most.
const valuesOfPort = 14

// addValues adds the values of ports under their names.
func (v *view) addValues(batch *reading.Batch, p *fullPoll, ports []ifmib.Port, at reading.Stamp) {
	batch.Readings = slices.Grow(batch.Readings, valuesOfPort*len(ports)+1)
	for i := range ports {
		q := &ports[i]
		q.Name, q.MAC, q.Type = v.names[q.Index], v.rare[q.Index].MAC, v.rare[q.Index].Type
		batch.Readings = v.addPort(batch.Readings, q, p.UpTimeOf(q.Index), p.Stamp(q.Index, at))
	}
	batch.Readings = v.addRates(batch.Readings, ports, p, at)
	batch.Readings = append(batch.Readings, v.good(reading.Renumberings, v.moves, at))
}

// identify gives every port its name, and returns which moved and what was odd.
func (v *view) identify(ports []ifmib.Port) (moved, odd []string) {
	ids := port.Identify(v.identities, ports)
	for _, m := range ids.Moved {
		moved = append(moved, fmt.Sprintf("%s %d to %d", m.Name, m.From, m.To))
	}
	v.identities, v.names, v.rows, v.mapped = ids.Known, ids.Names, len(ports), true
	v.index, v.given = make(map[string]uint32, len(ports)), make(map[uint32]string, len(ports))
	for index, name := range ids.Names {
		v.index[name] = index
	}
	for _, p := range ports {
		v.given[p.Index] = p.Name
	}
	v.prune()
	return moved, ids.Problems
}

// prune forgets what was kept of ports that are gone: an agent may make up new names
// for ever.
func (v *view) prune() {
	gone := func(name string) bool {
		_, there := v.index[name]
		return name != "" && !there
	}
	maps.DeleteFunc(v.facts, func(k factKey, _ string) bool { return gone(k.point.Object) })
	maps.DeleteFunc(v.everUp, func(name string, _ bool) bool { return gone(name) })
	maps.DeleteFunc(v.changes.ports, func(name string, _ seenState) bool { return gone(name) })
}

// addKnown adds the ports that stand where they stood before.
func (v *view) addKnown(batch *reading.Batch, p *fullPoll, ports []ifmib.Port, at reading.Stamp) {
	for _, q := range ports {
		name, ok := v.names[q.Index]
		if !ok || q.NameGiven && q.Name != v.given[q.Index] {
			continue
		}
		q.Name = name
		batch.Readings = v.addPort(batch.Readings, &q, p.UpTimeOf(q.Index), p.Stamp(q.Index, at))
	}
}

// addPort adds the values of a port under its name, and how long its state had held
// where the device can tell.
func (v *view) addPort(all []reading.Reading, p *ifmib.Port, up pdu.Number, at reading.Stamp) []reading.Reading {
	first := len(all)
	all = p.AppendReadings(all, v.o.Name, at)
	held := v.changes.held(*p, up, at)
	for i := first; i < len(all); i++ {
		if all[i].Point.Kind == reading.IfOperStatus {
			all[i].Held = held
		}
	}
	if p.Oper.Value == reading.IfUp && !v.everUp[p.Name] {
		v.everUp[p.Name], v.stale = true, true // its role may be another now
	}
	return all
}

// portFacts tells what a port is called, what it is for and where it leads.
func (v *view) portFacts(batch *reading.Batch, p ifmib.Port, at reading.Stamp) {
	for _, f := range p.Facts(v.o.Name, at) {
		v.tell(batch, f)
	}
	entry := v.patch.entries[p.Name]
	for _, f := range entry.Facts(v.o.Name, p.Name, at) {
		v.tell(batch, f)
	}
	role := port.RoleOf(port.Evidence{
		Configured: v.configuredRole(p.Name), PatchMap: entry.Use, Neighbors: v.neighbors[p.Name], Port: p, EverUp: v.everUp[p.Name],
	}).Role
	point := v.point(p.Name, 0)
	v.tell(batch, reading.Fact{Point: point, Label: reading.LabelRole, Text: string(role), At: at})
	v.tell(batch, reading.Fact{Point: point, Label: reading.LabelProblem, Text: shorten(p.Odd), At: at})
}

func (v *view) configuredRole(name string) port.Role {
	if slices.Contains(v.o.UplinkPorts, name) {
		return port.Uplink
	}
	return v.patch.roles[name]
}
