package poll

import (
	"slices"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// changes judges ifLastChange: sysUpTime at the last change of ifOperStatus (RFC
// 2863), which agents fill well, seldom or never.
type changes struct {
	filled bool // some port has one other than 0
	// wrong says that a state was seen to change and ifLastChange was not: it is
	// ignored until the device starts again.
	wrong bool
	ports map[string]seenState
}

// seenState is the state of a port and when it was seen last.
type seenState struct {
	oper, change pdu.Number
	at           reading.Stamp
}

// changeSlack is how far the clocks of device and monitor may differ between two
// reads of a port, and how late an agent may notice.
const changeSlack = 5 * time.Second

const tick = 10 * time.Millisecond

// held returns for how long the state of p had held when it was read, 0 where that
// is not known: ifLastChange is absent, was never filled, lies in the future, or
// before the moment when another state was seen.
func (c *changes) held(p ifmib.Port, up pdu.Number, at reading.Stamp) time.Duration {
	before, known := c.ports[p.Name]
	if c.ports == nil {
		c.ports = make(map[string]seenState)
	}
	now := seenState{oper: p.Oper, change: p.LastChange, at: at}
	if !p.LastChange.Present {
		now.change = before.change
	}
	c.ports[p.Name] = now
	if !p.LastChange.Present || !p.Oper.Present || !up.Present || !c.filled || c.wrong || p.LastChange.Value > up.Value {
		return 0
	}
	held := time.Duration(up.Value-p.LastChange.Value) * tick
	changed := known && before.oper.Present && before.oper != p.Oper
	if changed && held > at.Since(before.at)+changeSlack {
		c.wrong = before.change == p.LastChange
		return 0
	}
	return held
}

// restarted forgets what belongs to the uptime before.
func (c *changes) restarted() { *c = changes{filled: c.filled} }

// fillsLastChange reports whether the agent says of any port when it changed.
func fillsLastChange(ports []ifmib.Port) bool {
	return slices.ContainsFunc(ports, func(p ifmib.Port) bool { return p.LastChange.Value > 0 })
}

// changed returns the indexes of the ports whose state is another than it was; those that
// were not seen before are none of them.
func (c *changes) changed(ports []ifmib.Port, names map[uint32]string) []uint32 {
	var list []uint32
	for _, p := range ports {
		if before, ok := c.ports[names[p.Index]]; ok && before.oper.Present && p.Oper.Present && before.oper != p.Oper {
			list = append(list, p.Index)
		}
	}
	return list
}
