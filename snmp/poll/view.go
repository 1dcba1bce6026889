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
	"rackvakt/snmp/port"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/session"
	"rackvakt/snmp/system"
)

// view is what is known of one device: which ports it has and where they stand,
// and what was delivered. It turns answers into batches and asks for nothing.
type view struct {
	o Options
	// mapped says that the ports are known; only a switch has some.
	mapped  bool
	index   map[string]uint32 // ifIndex by name
	given   map[uint32]string // the name as the agent gave it
	columns []pdu.OID         // columns of a regular poll
	rows    int
	upTime  pdu.Number
	misses  int // urgent reads in a row that did not find a port where it was

	texts []texts               // of the ports of the last poll
	stale bool                  // something else that facts of ports rest on has changed
	ports []ifmib.Port          // of the last poll of everything, as the agent calls them
	rare  map[uint32]ifmib.Port // of ports: what only that poll reads
	names map[uint32]string     // name by ifIndex
	// identities is what port.Identify found last, moves how often ports got another index.
	identities []port.Known
	// identityOdd is what was odd when the ports were identified.
	identityOdd []string
	moves       int64
	everUp      map[string]bool
	changes     changes
	turned      []uint32 // uplinks whose state the last urgent read saw change
	caching     session.Caching
	counters    map[string]counted // of the last poll, by port
	patch       patched
	fit         []*profile.Profile
	upsHas      map[pdu.OID]bool // instances that the UPS was found to tell
	// objects holds what sensors are called, by the instance of their value.
	objects   map[pdu.OID]string
	neighbors map[string][]lldp.Neighbor // by port

	known   map[reading.Point]source // points that were told of, and by what
	sources map[source]int           // how many points each tells of
	facts   map[factKey]string
	odd     map[string][]string // see problems
}

type factKey struct {
	point reading.Point
	label reading.Label
}

func newView(o Options) view {
	v := view{o: o, mapped: o.Kind != KindSwitch, known: make(map[reading.Point]source), sources: make(map[source]int), everUp: make(map[string]bool), facts: make(map[factKey]string), odd: make(map[string][]string)}
	for _, name := range o.UplinkPorts {
		v.noteOne(v.oper(name), fromPoll) // unknown from the start, not missing
	}
	if o.Kind == KindUPS {
		v.noteOne(v.point("", reading.UPSSource), fromPoll)
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
			v.noteOne(r.Point, by)
		}
	}
}

func (v *view) noteOne(p reading.Point, by source) {
	before, ok := v.known[p]
	if ok && before == by {
		return
	}
	if ok {
		v.sources[before]--
	}
	v.sources[by]++
	v.known[p] = by
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
	var moved, odd []string
	switch v.o.Kind {
	case KindUPS:
		v.addUPS(&batch, p, at)
	case KindPrinter:
		odd = v.addPrinter(&batch, p, at)
	case KindSwitch:
		moved, odd = v.addPorts(&batch, p, at)
	}
	v.forget(&batch, first, fromPoll, p.doubtful(), at)
	modes := v.duplexOf(p.changed, p.Varbinds, at)
	v.note(modes, fromDuplex)
	batch.Readings = append(batch.Readings, modes...)
	problems := append(odd, p.Problems...)
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

func (v *view) addUPS(batch *reading.Batch, p *fullPoll, at reading.Stamp) {
	u, ok := readUPS(v.fit, p.Varbinds)
	if !ok {
		return
	}
	batch.Readings = append(batch.Readings, u.Readings(v.o.Name, at)...)
	for _, f := range u.Facts(v.o.Name, at) {
		v.tell(batch, f)
	}
}

// forget marks as unknown what the readings from first on no longer tell of, and
// what by told of before.
func (v *view) forget(batch *reading.Batch, first int, by source, doubtful bool, at reading.Stamp) {
	told := batch.Readings[first:]
	v.note(told, by)
	if by == fromPoll && len(told) == v.sources[by] {
		return // nothing is missing: a poll tells of each point once
	}
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
			v.sources[by]--
		}
	}
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
