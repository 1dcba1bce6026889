package poll

import (
	"context"
	"errors"
	"time"

	"rackvakt/snmp/etherlike"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	printermib "rackvakt/snmp/printer"
	"rackvakt/snmp/session"
	"rackvakt/snmp/system"
	"rackvakt/snmp/ups"
)

// startPoll begins a full poll: of everything now and then, and where a discovery is
// due, which follows it; else of the usual columns.
func (d *Device) startPoll(now time.Time) {
	d.pollDue = now.Add(d.o.PollEvery)
	if ports := d.handed.take(); ports != nil {
		d.view.setPorts(*ports)
	}
	bare := d.o.Kind == KindSwitch && len(d.view.columns) == 0 // no ports yet, or kept from us
	whole := bare || !d.view.mapped || !now.Before(d.inventoryDue) || !now.Before(d.discoveryDue)
	switch {
	case d.o.Kind == KindPrinter:
		d.poll = newFullPoll(system.Instances(), printermib.Columns(), d.view.rows)
	case d.o.Kind == KindOther:
		d.poll = newFullPoll(system.Instances(), nil, 0)
	case d.o.Kind == KindUPS:
		if whole {
			d.view.upsHas = nil // all are asked for again
		}
		d.poll = newFullPoll(append(system.Instances(), d.view.upsInstances(ups.Instances())...), ups.Columns(), 0)
	case whole:
		d.poll = newFullPoll(system.Instances(), allColumns(), d.view.rows)
	default:
		d.poll = newFullPoll(nil, d.view.columns, d.view.rows)
	}
	d.poll.inventory = whole
}

// pollStep does one request of the poll under way, and delivers at its end.
func (d *Device) pollStep(ctx context.Context) {
	p := d.poll
	if err := p.step(ctx, d.s, d.deps.Clock.Now); err != nil {
		if !p.inventory || p.Done() || !answersElse(ctx, d.s, err) {
			d.fail(ctx, err)
			return
		}
		p.Unanswered(d.s)
	}
	now := time.Now()
	if p.Restarted || system.Restarted(d.view.upTime, p.UpTime) {
		d.restarted(now)
		return
	}
	if now.Sub(p.Started) > mostPoll && !p.Done() {
		p.GiveUp("it took longer than " + mostPoll.String())
	}
	if !p.Done() || d.follow(p) {
		return
	}
	d.poll = nil
	d.ended(p, now)
	batch, moved := d.view.polled(p, d.deps.Clock.Now())
	if moved > 0 {
		d.deps.Log.Info("ports renumbered", "device", d.o.Name, "ports", moved)
		d.discoveryDue = now
	}
	d.s.SetCaches(d.view.caching.For())
	d.publish()
	d.deps.Sink(batch)
	if p.inventory && !now.Before(d.discoveryDue) && (d.job == nil || d.job.discovery == nil) {
		d.startDiscovery(p, now)
	}
}

// ended says when the next polls are due. A device that takes longer than the time
// between two gets half as long to rest.
func (d *Device) ended(p *fullPoll, now time.Time) {
	if took := now.Sub(p.Started); took > d.o.PollEvery {
		d.pollDue = now.Add(took / 2)
	}
	switch {
	case p.inventory && p.doubtful():
		d.inventoryDue = now.Add(inventoryAgain)
	case p.inventory:
		d.inventoryDue = now.Add(inventoryEvery)
	}
}

// answersElse reports whether a device that left a question without an answer is
// there all the same: some agents drop what they stumble over.
func answersElse(ctx context.Context, s *session.Session, err error) bool {
	return errors.Is(err, session.ErrSilent) && s.Knock(ctx) == nil
}

// follow adds to a poll whose ports show another state than before one GET of when
// that changed and how the ports run; false where there is nothing to add.
func (d *Device) follow(p *fullPoll) bool {
	if p.followed || p.inventory || d.o.Kind != KindSwitch || p.doubtful() {
		return p.more != nil && !p.more.done()
	}
	p.followed = true
	p.changed = d.view.changes.changed(p.interfaces(), d.view.names)
	p.changed = p.changed[:min(len(p.changed), mostFollowed)]
	var wanted []pdu.OID
	for _, index := range p.changed {
		wanted = append(wanted, ifmib.LastChange.With(index))
		if d.found.duplex {
			wanted = append(wanted, etherlike.DuplexStatus.With(index))
		}
	}
	if len(wanted) == 0 {
		return false
	}
	p.more = &gather{parts: []part{{instances: wanted}}, upTime: p.UpTime}
	return true
}

// mostFollowed bounds the ports of one poll that are asked when they changed.
const mostFollowed = 16

// restarted begins again after sysUpTime fell: indexes may have moved, of sensors too,
// and counters are new. The next answer tells when it started.
func (d *Device) restarted(now time.Time) {
	d.deps.Log.Info("device restarted", "device", d.o.Name)
	d.poll, d.job, d.view.upTime, d.view.counters = nil, nil, pdu.Number{}, nil
	d.found = found{duplex: d.found.duplex}
	d.view.changes.restarted()
	d.pollDue, d.inventoryDue, d.discoveryDue, d.jobsTurn = now, now, now, false
}

// readUrgent reads the uplink ports, or source and battery of a UPS.
func (d *Device) readUrgent(ctx context.Context) {
	d.asked = false
	d.urgentDue = time.Now().Add(d.o.urgentEvery())
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
	if d.found.duplex {
		for _, index := range d.view.turned {
			d.portsAsked[index] = true
		}
	}
	if restarted {
		d.restarted(now)
	}
	if lost && d.view.misses == 1 { // later on the polls that come anyway go on looking
		d.poll, d.pollDue, d.inventoryDue = nil, now, now
	}
	d.deps.Sink(batch)
}

// urgentColumns are the columns of an uplink port that are read with it.
func urgentColumns() []pdu.OID {
	return []pdu.OID{
		ifmib.OperStatus, ifmib.AdminStatus, ifmib.LastChange, ifmib.HighSpeed, ifmib.Speed, ifmib.HCInOctets, ifmib.HCOutOctets,
		ifmib.InOctets, ifmib.OutOctets, ifmib.InErrors, ifmib.OutErrors,
	}
}
