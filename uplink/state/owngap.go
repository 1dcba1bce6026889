package state

import (
	"slices"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
)

// Keys of the evidence for the collector's own gap and for two cards with one
// certificate; package alarm has their texts.
const (
	SayGapAlarms  = "gap_alarms"
	SayGapMetrics = "gap_metrics"
	SayTwoStarts  = "two_starts"
)

// keptGaps bounds the evidence of one monitor.gap; the store's table of gaps has
// every one of them.
const keptGaps = 8

// ownGap is the open monitor.gap of a closet.
type ownGap struct {
	// occ is its occurrence; "" for none.
	occ string
	// noted is when the latest gap of it was noted.
	noted time.Time
}

// ownGap tells that this store is older than what it once promised the closet.
// It stands until the closet has handed over what it still holds; what turns out
// to be missing until then belongs to the same case and is no news.
func (m *Machine) ownGap(c *closet, e Gap, now time.Time) {
	from, to := e.From, e.To
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = to
	}
	said := missing(e.Lane, e.From, to)
	c.lost.noted = now
	a := c.alarms[c.lost.occ]
	if a == nil {
		occ := "g" + number(now, c.id, string(e.Lane), to.String())
		a = m.raiseOwn(c, alarm.MonitorGap, occ, from, said, now)
		a.Placed, c.lost.occ = !e.From.IsZero(), occ
	} else {
		m.widen(a, e.From, said)
	}
	if k := m.cases[a.Case]; k != nil {
		k.Start, k.Evidence = a.From, a.Change.Evidence
		if to.After(k.End) {
			k.End = to
		}
		m.saveCase(k)
	}
	m.saveAlarm(a)
}

// widen takes one more gap into a.
func (m *Machine) widen(a *Alarm, from time.Time, said alarm.Evidence) {
	a.Change.Act = alarm.Update
	if list := a.Change.Evidence; len(list) < keptGaps && !slices.Contains(list, said) {
		a.Change.Evidence = append(slices.Clone(list), said)
	}
	if !from.IsZero() && from.Before(a.From) {
		a.From, a.Placed, a.Change.Since = from, true, wall(from)
	}
}

// missing names a lane and the time of which its records are gone. The times are
// the same in every language.
func missing(lane record.Lane, from, to time.Time) alarm.Evidence {
	const moment = "2006-01-02 15:04:05"
	begin := "…"
	if !from.IsZero() {
		begin = from.UTC().Format(moment)
	}
	say := map[record.Lane]string{record.LaneA: SayGapAlarms, record.LaneM: SayGapMetrics}[lane]
	if say == "" {
		say = SayMissing
	}
	return alarm.Evidence{Say: say, Value: begin + " – " + to.UTC().Format(moment) + " UTC"}
}

// whole clears monitor.gap once nothing waits in the closet. A heartbeat that was
// on its way when the gap was noted says nothing about what follows it.
func (m *Machine) whole(c *closet, e Life, now time.Time) {
	a := c.alarms[c.lost.occ]
	if a == nil || !e.Empty || c.returning || e.At.Sub(c.lost.noted) < m.o.DrainHold {
		return
	}
	c.lost = ownGap{}
	m.clearOwn(c, a, now, now)
}

// raiseOwn raises an alarm that only the collector raises, as a case of its own.
// The rows of such alarms have no delay.
func (m *Machine) raiseOwn(c *closet, code alarm.Code, occ string, from time.Time, said alarm.Evidence, now time.Time) *Alarm {
	row, _ := alarm.Lookup(code)
	a := &Alarm{Closet: c.id, By: ByCollector, From: from, Placed: true, Received: now, Change: alarm.Change{
		Act: alarm.Raise, Key: alarm.Key{Code: code}, Occ: occ, Severity: row.Severity, Class: row.Class,
		Since: wall(from), Evidence: []alarm.Evidence{said},
	}}
	c.alarms[occ] = a
	m.open(c, a, now)
	return a
}

// clearOwn ends such an alarm and its case. The case keeps its own end where it has one.
func (m *Machine) clearOwn(c *closet, a *Alarm, end, now time.Time) {
	if k := m.cases[a.Case]; k != nil {
		if k.End.IsZero() {
			k.End = end
		}
		end = k.End
	}
	until, ch := wall(end), a.Change
	ch.Act, ch.Until, ch.Reason = alarm.Clear, &until, alarm.ReasonRestored
	m.clear(c, a, ch, end, now)
}

// resume takes an open alarm of the collector's own over from the store.
func (c *closet) resume(a Alarm) {
	if a.By != ByCollector {
		return
	}
	switch a.Change.Code {
	case alarm.MonitorSilent:
		c.silent = a.Change.Occ
	case alarm.MonitorGap:
		c.lost = ownGap{occ: a.Change.Occ, noted: a.Received}
	case alarm.MonitorDuplicate:
		c.starts.occ = a.Change.Occ
	}
}
