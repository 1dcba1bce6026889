package poll

import (
	"cmp"
	"slices"
	"strings"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/lldp"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/port"
)

// addNeighbors tells who stands at the other end of each port. Ports that nobody
// is at any more have the fact taken away. It returns what was odd.
func (v *view) addNeighbors(batch *reading.Batch, vbs []pdu.Varbind, doubtful bool, at reading.Stamp) []string {
	all, problems := lldp.Read(vbs, v.ports)
	if doubtful {
		return problems // who was not read may be there
	}
	v.neighbors, v.stale = make(map[string][]lldp.Neighbor), true
	for _, n := range all {
		name, ok := v.names[uint32(n.LocalIndex.Value)]
		if n.LocalIndex.Present && ok {
			v.neighbors[name] = append(v.neighbors[name], n)
		}
	}
	first := len(batch.Readings)
	for _, name := range v.names {
		v.tell(batch, reading.Fact{Point: v.point(name, 0), Label: reading.LabelNeighbour, Text: describeNeighbors(v.neighbors[name]), At: at})
		if len(v.o.KnownNeighbours) > 0 {
			batch.Readings = append(batch.Readings, reading.Reading{
				Point: v.point(name, reading.IfUnknownNeighbours), Quality: reading.Good, At: at,
				Value: int64(port.Unknown(v.neighbors[name], v.o.KnownNeighbours)),
			})
		}
	}
	v.forget(batch, first, fromNeighbors, doubtful, at)
	return problems
}

// describeNeighbors says who they are in short: "sw-core1 port 1/24". One that
// tells itself by LLDP and by CDP is told once.
func describeNeighbors(all []lldp.Neighbor) string {
	var told []string
	for _, n := range all {
		who := cmp.Or(n.SysName, n.ChassisID, n.PortDescr)
		if i := slices.IndexFunc(told, func(t string) bool { return t == who || strings.HasPrefix(t, who+" port ") }); i >= 0 {
			continue
		}
		if n.PortID != "" && who != n.PortID {
			who = strings.TrimSpace(who + " port " + n.PortID)
		}
		told = append(told, who)
	}
	return strings.Join(told, ", ")
}
