package poll

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/lldp"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/system"
)

// view is what is known of one device: which ports it has and where they stand,
// and what was delivered. It turns answers into batches and asks for nothing.
type view struct {
	o Options
	// mapped says that the ports are known; a UPS has none.
	mapped  bool
	index   map[string]uint32 // ifIndex by name
	given   map[uint32]string // the name as the agent gave it
	macs    map[uint32]string
	columns []pdu.OID // columns of a regular poll
	rows    int
	upTime  pdu.Number
	misses  int // urgent reads in a row that did not find a port where it was

	ports []ifmib.Port      // of the last poll of everything, as the agent calls them
	names map[uint32]string // name by ifIndex
	fit   []*profile.Profile
	// objects holds what sensors are called, by the instance of their value.
	objects   map[pdu.OID]string
	neighbors map[string][]lldp.Neighbor // by port

	known map[reading.Point]source // points that were told of, and by what
	facts map[factKey]string
	odd   map[string][]string // see problems
}

type factKey struct {
	point reading.Point
	label reading.Label
}

func newView(o Options) view {
	v := view{o: o, mapped: o.Kind == KindUPS, known: make(map[reading.Point]source), facts: make(map[factKey]string), odd: make(map[string][]string)}
	for _, name := range o.UplinkPorts {
		v.known[v.oper(name)] = fromPoll // unknown from the start, not missing
	}
	if o.Kind == KindUPS {
		v.known[v.point("", reading.UPSSource)] = fromPoll
	}
	return v
}

func (v *view) point(object string, kind reading.Kind) reading.Point {
	return reading.Point{Device: v.o.Name, Object: object, Kind: kind}
}

func (v *view) oper(port string) reading.Point { return v.point(port, reading.IfOperStatus) }

func (v *view) good(kind reading.Kind, value int64, at reading.Stamp) reading.Reading {
	return reading.Reading{Point: v.point("", kind), Value: value, Quality: reading.Good, At: at}
}

func unknown(p reading.Point, reason string, at reading.Stamp) reading.Reading {
	return reading.Reading{Point: p, Quality: reading.Unknown, Reason: reason, At: at}
}

// lost returns what a failed request says: DeviceUp, and every other point
// unknown for the reason. alive says that the device did answer something.
func (v *view) lost(reason string, alive bool, at reading.Stamp) reading.Batch {
	up := int64(0)
	if alive {
		up = 1
	}
	batch := reading.Batch{Readings: []reading.Reading{v.good(reading.DeviceUp, up, at)}}
	for p := range v.known {
		batch.Readings = append(batch.Readings, unknown(p, reason, at))
	}
	return batch
}

// alive returns the readings that every answer brings.
func (v *view) alive(up pdu.Number, rtt time.Duration, at reading.Stamp) reading.Batch {
	batch := reading.Batch{Readings: []reading.Reading{
		v.good(reading.DeviceUp, 1, at),
		v.good(reading.DeviceRTT, rtt.Microseconds(), at),
	}}
	batch.Readings = append(batch.Readings, system.System{UpTime: up}.Readings(v.o.Name, at)...)
	if up.Present {
		if !v.upTime.Present || system.Restarted(v.upTime, up) {
			started := at.Wall.Add(-time.Duration(up.Value) * 10 * time.Millisecond).Truncate(time.Second)
			v.tell(&batch, reading.Fact{Point: v.point("", 0), Label: reading.LabelStarted, Text: started.Format(time.RFC3339), At: at})
		}
		v.upTime = up
	}
	v.note(batch.Readings, fromAnswer)
	return batch
}

// note remembers which points a silence takes away, and what brings them.
func (v *view) note(readings []reading.Reading, by source) {
	for _, r := range readings {
		if r.Point.Kind != reading.DeviceUp {
			v.known[r.Point] = by
		}
	}
}

// tell adds a fact that differs from the one told last.
func (v *view) tell(batch *reading.Batch, f reading.Fact) {
	key := factKey{f.Point, f.Label}
	if v.facts[key] == f.Text {
		return
	}
	v.facts[key] = f.Text
	batch.Facts = append(batch.Facts, f)
}

// polled takes a full poll that is complete, and returns how many ports moved.
func (v *view) polled(p *fullPoll, at reading.Stamp) (reading.Batch, int) {
	batch := v.alive(p.UpTime, p.RTT, at)
	for _, f := range system.Read(p.Varbinds).Facts(v.o.Name, at) {
		v.tell(&batch, f)
	}
	first := len(batch.Readings)
	moved := v.addUPS(&batch, p, at)
	if v.o.Kind == KindSwitch {
		moved = v.addPorts(&batch, p, at)
	}
	v.forget(&batch, first, fromPoll, p.doubtful(), at)
	problems := p.Problems
	if len(moved) > 0 {
		problems = append([]string{"renumbered: " + shorten(moved)}, problems...)
	}
	if p.inventory || len(problems) > 0 {
		v.problems(&batch, "ports", problems, at)
	}
	return batch, len(moved)
}

// shorten joins the first few.
func shorten(all []string) string {
	const most = 6
	if len(all) > most {
		return strings.Join(all[:most], "; ") + fmt.Sprintf("; and %d more", len(all)-most)
	}
	return strings.Join(all, "; ")
}

func (v *view) addUPS(batch *reading.Batch, p *fullPoll, at reading.Stamp) []string {
	u, ok := readUPS(v.fit, p.Varbinds)
	if !ok {
		return nil
	}
	batch.Readings = append(batch.Readings, u.Readings(v.o.Name, at)...)
	for _, f := range u.Facts(v.o.Name, at) {
		v.tell(batch, f)
	}
	return nil
}

// addPorts adds the ports, maps their names anew and returns which ones moved. A
// doubtful poll moves no name: ports that are not where they were are left out.
func (v *view) addPorts(batch *reading.Batch, p *fullPoll, at reading.Stamp) []string {
	ports := ifmib.Read(p.Varbinds)
	given := make(map[uint32]string, len(ports))
	for _, port := range ports {
		given[port.Index] = port.Name
	}
	if p.inventory {
		v.ports = slices.Clone(ports)
	}
	if p.doubtful() && v.mapped {
		v.addKnown(batch, p, ports, at)
		return nil
	}
	ifmib.Distinct(ports)
	if p.inventory {
		v.macs = make(map[uint32]string, len(ports))
	}
	index := make(map[string]uint32, len(ports))
	var moved []string
	for _, port := range ports {
		if p.inventory {
			v.macs[port.Index] = port.MAC
		}
		port.MAC = v.macs[port.Index]
		if old, ok := v.index[port.Name]; ok && old != port.Index {
			moved = append(moved, fmt.Sprintf("%s %d to %d", port.Name, old, port.Index))
		}
		index[port.Name] = port.Index
		batch.Readings = append(batch.Readings, port.Readings(v.o.Name, p.Stamp(port.Index, at))...)
		v.portFacts(batch, port, at)
	}
	v.index, v.given, v.rows, v.mapped = index, given, len(ports), true
	v.names = make(map[uint32]string, len(index))
	for name, i := range index {
		v.names[i] = name
	}
	if p.inventory {
		v.columns = learnColumns(p.Varbinds)
	}
	return moved
}

// addKnown adds the ports that stand where they stood before.
func (v *view) addKnown(batch *reading.Batch, p *fullPoll, ports []ifmib.Port, at reading.Stamp) {
	names := make(map[uint32]string, len(v.index))
	for name, index := range v.index {
		names[index] = name
	}
	for _, port := range ports {
		name, ok := names[port.Index]
		if !ok || port.NameGiven && port.Name != v.given[port.Index] {
			continue
		}
		port.Name = name
		batch.Readings = append(batch.Readings, port.Readings(v.o.Name, p.Stamp(port.Index, at))...)
	}
}

func (v *view) portFacts(batch *reading.Batch, port ifmib.Port, at reading.Stamp) {
	for _, f := range port.Facts(v.o.Name, at) {
		v.tell(batch, f)
	}
	v.tell(batch, reading.Fact{
		Point: v.point(port.Name, 0), Label: reading.LabelProblem, Text: shorten(port.Odd), At: at,
	})
}

// learnColumns returns the columns that a regular poll of this device needs: the
// usual ones that it has, and the others where those are missing or say nothing.
func learnColumns(vbs []pdu.Varbind) []pdu.OID {
	says := make(map[pdu.OID]bool) // has any value, for counters and speeds other than 0
	has := make(map[pdu.OID]bool)
	for _, vb := range vbs {
		column := vb.OID[:len(vb.OID)-4]
		has[column] = true
		says[column] = says[column] || vb.Value.Number().Value > 0
	}
	columns := slices.DeleteFunc(ifmib.Usual(), func(c pdu.OID) bool { return !has[c] })
	for _, pair := range [][2]pdu.OID{
		{ifmib.HCInOctets, ifmib.InOctets}, {ifmib.HCOutOctets, ifmib.OutOctets},
		{ifmib.HCInUcast, ifmib.InUcast}, {ifmib.HCOutUcast, ifmib.OutUcast},
	} {
		wide, narrow := pair[0], pair[1]
		if has[narrow] && (!has[wide] || !says[wide] && says[narrow]) {
			columns = append(columns, narrow)
		}
	}
	if has[ifmib.Speed] && speedNeeded(vbs) {
		columns = append(columns, ifmib.Speed)
	}
	return columns
}

// speedNeeded reports whether some port tells its speed only in ifSpeed.
func speedNeeded(vbs []pdu.Varbind) bool {
	high := make(map[uint32]bool)
	for _, vb := range vbs {
		if vb.OID.Under(ifmib.HighSpeed) && vb.Value.Number().Value > 0 {
			high[vb.OID.Arc(vb.OID.Len()-1)] = true
		}
	}
	for _, vb := range vbs {
		if vb.OID.Under(ifmib.Speed) && vb.Value.Number().Value > 0 && !high[vb.OID.Arc(vb.OID.Len()-1)] {
			return true
		}
	}
	return false
}

// forget marks as unknown what the readings from first on no longer tell of, and
// what by told of before.
func (v *view) forget(batch *reading.Batch, first int, by source, doubtful bool, at reading.Stamp) {
	told := batch.Readings[first:]
	fresh := make(map[reading.Point]bool, len(told))
	for _, r := range told {
		fresh[r.Point] = true
	}
	for p, source := range v.known {
		if fresh[p] || source != by {
			continue
		}
		batch.Readings = append(batch.Readings, unknown(p, v.goneReason(p, doubtful), at))
		if !doubtful && !v.configured(p) {
			delete(v.known, p)
		}
	}
	v.note(told, by)
}

// goneReason says why a point has no value any more.
func (v *view) goneReason(p reading.Point, doubtful bool) string {
	_, there := v.index[p.Object]
	port := v.o.Kind == KindSwitch && v.known[p] != fromSensors
	switch {
	case doubtful:
		return "not read"
	case p.Object != "" && !there && port:
		return "no such port"
	}
	return "not told"
}

func (v *view) configured(p reading.Point) bool {
	return p.Kind == reading.IfOperStatus && slices.Contains(v.o.UplinkPorts, p.Object) || p == v.point("", reading.UPSSource)
}
