package poll

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/etherlike"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// asks holds what the device is asked for from outside. wake is never full for
// long: one token stands for all.
type asks struct {
	wake chan struct{}
	mu   sync.Mutex
	// All below are guarded by mu.
	uplinks, sensors bool
	ports            map[uint32]bool // by ifIndex
}

// mostPortAsks bounds how many ports wait to be read: a trap may name any number.
const mostPortAsks = 64

func newAsks() *asks {
	return &asks{wake: make(chan struct{}, 1), ports: make(map[uint32]bool)}
}

// add changes what is asked for, and wakes the device.
func (a *asks) add(change func(*asks)) {
	a.mu.Lock()
	change(a)
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Ask has the uplink ports, or the UPS, read now. It never blocks and may be
// called from any goroutine; asks that come together are one.
func (d *Device) Ask() { d.asks.add(func(a *asks) { a.uplinks = true }) }

// AskSensors has the sensors read now, as when a trap told of a fan. It never
// blocks and may be called from any goroutine.
func (d *Device) AskSensors() { d.asks.add(func(a *asks) { a.sensors = true }) }

// AskPort has the port of an ifIndex read before anything else, as when a trap
// named it; it need not be an uplink. It never blocks and may be called from any
// goroutine.
func (d *Device) AskPort(ifIndex uint32) {
	d.asks.add(func(a *asks) {
		if len(a.ports) < mostPortAsks {
			a.ports[ifIndex] = true
		}
	})
}

// hear takes what was asked for since.
func (d *Device) hear() {
	a := d.asks
	a.mu.Lock()
	defer a.mu.Unlock()
	d.asked, d.sensorsAsked = d.asked || a.uplinks, d.sensorsAsked || a.sensors
	a.uplinks, a.sensors = false, false
	for index := range a.ports {
		if d.o.Kind == KindSwitch && len(d.portsAsked) < mostPortAsks {
			d.portsAsked[index] = true
		}
	}
	clear(a.ports)
}

// portsAtOnce is how many ports one GET reads.
const portsAtOnce = 4

// portColumns are what is read of a port whose state may have changed.
func (d *Device) portColumns() []pdu.OID {
	columns := []pdu.OID{
		d.view.nameColumn(), ifmib.OperStatus, ifmib.AdminStatus, ifmib.HighSpeed, ifmib.Speed, ifmib.LastChange,
	}
	if d.found.duplex {
		columns = append(columns, etherlike.DuplexStatus)
	}
	return columns
}

// readPorts reads ports that were asked for. One that is not where it was, or not
// known, has all ports read anew.
func (d *Device) readPorts(ctx context.Context) {
	indexes := slices.Sorted(maps.Keys(d.portsAsked))
	indexes = indexes[:min(len(indexes), portsAtOnce)]
	var wanted []pdu.OID
	for _, index := range indexes {
		delete(d.portsAsked, index)
		for _, c := range d.portColumns() {
			wanted = append(wanted, c.With(index))
		}
	}
	var vbs []pdu.Varbind
	for len(wanted) > 0 {
		g, err := d.s.GetSome(ctx, wanted)
		if err != nil {
			d.fail(ctx, err)
			return
		}
		vbs, wanted = append(vbs, g.Varbinds...), g.Rest
	}
	now, up := time.Now(), system.Read(vbs).UpTime
	if system.Restarted(d.view.upTime, up) {
		d.restarted(now)
		return
	}
	batch, lost := d.view.portsRead(indexes, vbs, d.deps.Clock.Now())
	if lost && now.Sub(d.lostAt) > d.o.PollEvery {
		d.lostAt = now
		d.poll, d.pollDue, d.inventoryDue = nil, now, now
	}
	d.deps.Sink(batch)
}

// portsRead takes the answer about some ports; lost says that one of them is not
// where it was.
func (v *view) portsRead(indexes []uint32, vbs []pdu.Varbind, at reading.Stamp) (batch reading.Batch, lost bool) {
	up := system.Read(vbs).UpTime
	ports := ifmib.Read(vbs)
	for _, index := range indexes {
		i := slices.IndexFunc(ports, func(p ifmib.Port) bool { return p.Index == index })
		name, known := v.names[index]
		if i < 0 || !known || ports[i].NameGiven && ports[i].Name != v.given[index] {
			lost = true
			continue
		}
		p := ports[i]
		p.Name = name
		batch.Readings = v.addPort(batch.Readings, &p, up, at)
	}
	v.note(batch.Readings, fromPoll)
	modes := v.duplexOf(indexes, vbs, at)
	v.note(modes, fromDuplex)
	batch.Readings = append(batch.Readings, modes...)
	return batch, lost
}
