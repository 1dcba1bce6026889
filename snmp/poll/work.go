package poll

import (
	"context"
	"time"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
	"rackvakt/snmp/ups"
)

// startPoll begins a full poll: all columns now and then, else the usual ones.
func (d *Device) startPoll(now time.Time) {
	d.pollDue = now.Add(d.o.PollEvery)
	if d.o.Kind == KindUPS {
		instances := append(system.Instances(), d.view.upsInstances(ups.Instances())...)
		d.poll = newFullPoll(instances, ups.Columns(), 0)
		d.poll.inventory = !now.Before(d.inventoryDue)
		return
	}
	if d.view.mapped && now.Before(d.inventoryDue) {
		d.poll = newFullPoll(nil, d.view.columns, d.view.rows)
		return
	}
	d.poll = newFullPoll(system.Instances(), allColumns(), d.view.rows)
	d.poll.inventory = true
}

// pollStep does one request of the poll under way, and delivers at its end.
func (d *Device) pollStep(ctx context.Context) {
	p := d.poll
	if err := p.Step(ctx, d.s, d.deps.Clock.Now); err != nil {
		d.fail(ctx, err)
		return
	}
	now := time.Now()
	if p.Restarted || system.Restarted(d.view.upTime, p.UpTime) {
		d.restarted(now)
		return
	}
	if now.Sub(p.Started) > d.o.PollEvery && !p.Done() {
		p.GiveUp("it took longer than " + d.o.PollEvery.String())
	}
	if !p.Done() {
		return
	}
	d.poll = nil
	if p.inventory && !p.doubtful() {
		d.inventoryDue = now.Add(inventoryEvery)
	}
	batch, moved := d.view.polled(p, d.deps.Clock.Now())
	if moved > 0 {
		d.deps.Log.Info("ports renumbered", "device", d.o.Name, "ports", moved)
	}
	d.deps.Sink(batch)
	if p.inventory && (!p.doubtful() || d.found.at.IsZero()) {
		d.startDiscovery(p, now)
	}
}

// restarted begins again after sysUpTime fell: indexes may have moved and
// counters are new. The next answer tells when it started.
func (d *Device) restarted(now time.Time) {
	d.deps.Log.Info("device restarted", "device", d.o.Name)
	d.poll, d.job, d.view.upTime = nil, nil, pdu.Number{}
	d.pollDue, d.inventoryDue = now, now
}

// readUrgent reads the uplink ports, or source and battery of a UPS.
func (d *Device) readUrgent(ctx context.Context) {
	d.asked = false
	d.urgentDue = time.Now().Add(d.o.UplinkEvery)
	wanted := d.view.urgent()
	var vbs []pdu.Varbind
	var rtt time.Duration
	for first := true; first || len(wanted) > 0; first = false {
		g, err := d.s.GetSome(ctx, wanted)
		if err != nil {
			d.fail(ctx, err)
			return
		}
		vbs, wanted, rtt = append(vbs, g.Varbinds...), g.Rest, g.RTT
	}
	now := time.Now()
	up := system.Read(vbs).UpTime
	restarted := system.Restarted(d.view.upTime, up)
	batch, lost := d.view.urgentRead(vbs, rtt, d.deps.Clock.Now())
	if restarted {
		d.restarted(now)
	}
	switch {
	case lost && d.view.misses == 1:
		d.poll, d.pollDue, d.inventoryDue = nil, now, now
	case lost: // the polls that come anyway go on looking; they must not be put off
		d.inventoryDue = now
	}
	d.deps.Sink(batch)
}

// urgentColumns are the columns of an uplink port that are read with it.
func urgentColumns() []pdu.OID {
	return []pdu.OID{
		ifmib.OperStatus, ifmib.AdminStatus, ifmib.HighSpeed, ifmib.Speed, ifmib.HCInOctets, ifmib.HCOutOctets,
		ifmib.InOctets, ifmib.OutOctets, ifmib.InErrors, ifmib.OutErrors,
	}
}
