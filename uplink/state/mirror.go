package state

import (
	"slices"
	"strings"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
)

// slack is how far the closet's and the collector's view of one moment may
// differ: a heartbeat's period, the time-out of a probe, and their clocks.
const slack = 10 * time.Second

// family groups alarms that one fault raises together: they make one case.
func family(key alarm.Key) string {
	code := string(key.Code)
	switch {
	case strings.HasPrefix(code, "path."), strings.HasPrefix(code, "link."),
		key.Code == alarm.MonitorSilent, key.Code == alarm.MonitorConnection, key.Code == alarm.SwitchUnreachable:
		return "loss"
	case key.Code == alarm.PowerMainsLost, key.Code == alarm.PowerOnBattery, key.Code == alarm.PowerBatteryLow:
		return "power"
	}
	return code + "\n" + key.Object
}

func (k *Case) family() string { return family(alarm.Key{Code: k.Code, Object: k.Object}) }

// explains reports whether an alarm of this family can be why a closet fell silent.
func explainsSilence(key alarm.Key) bool {
	f := family(key)
	return f == "loss" || f == "power"
}

// change takes one step of an alarm that the closet raised.
func (m *Machine) change(c *closet, e Change, now time.Time) {
	ch := e.Change
	a := c.alarms[ch.Occ]
	c.dry = time.Time{}
	if row, ok := alarm.Lookup(ch.Code); ch.Occ == "" || ok && row.Collector {
		return // not the closet's to raise or to clear
	}
	switch {
	case a != nil && a.By != ByCloset:
	case a == nil && ch.Act == alarm.Raise:
		m.raise(c, e, now)
	case a == nil && ch.Act == alarm.Clear:
		c.forget(ch.Occ) // its raise may come later, as part of what a gap covered
	case a != nil && ch.Act == alarm.Update:
		a.Change = merged(a.Change, ch)
		m.saveAlarm(a)
		if k := m.cases[a.Case]; k != nil {
			m.adopt(k, a)
			m.retell(k, now)
		}
	case a != nil && ch.Act == alarm.Clear:
		m.clear(c, a, merged(a.Change, ch), m.ended(c, ch, now), now)
	}
}

func (m *Machine) raise(c *closet, e Change, now time.Time) {
	if slices.Contains(c.gone, e.Change.Occ) {
		return
	}
	a := &Alarm{Closet: c.id, By: ByCloset, Change: e.Change, Received: now}
	a.From, a.Placed = c.boots.place(e.Change.Since)
	if !a.Placed {
		a.From = now
	}
	c.alarms[e.Change.Occ] = a
	k := m.silenceFor(c, a)
	switch {
	case e.Change.Severity == alarm.Info:
		m.saveAlarm(a)
	case k != nil:
		if !a.Placed {
			a.From = k.SilentFrom
		}
		m.join(k, a, now)
	case m.late(c, e, now):
		a.Late = true
		m.saveAlarm(a)
	default:
		m.place(c, a, now)
	}
}

// late reports whether the record is history until shown to be news. A loss
// that is told while the closet comes back is the past by its nature.
func (m *Machine) late(c *closet, e Change, now time.Time) bool {
	if c.returning && explainsSilence(e.Change.Key) {
		return true
	}
	made, ok := c.boots.place(e.Made)
	if !ok {
		return c.returning
	}
	return now.Sub(made) > m.o.LateAfter
}

// silenceFor returns the case of the silence during which the alarm began, as
// long as the closet is handing over its past.
func (m *Machine) silenceFor(c *closet, a *Alarm) *Case {
	if !explainsSilence(a.Change.Key) || !c.returning && c.silent == "" {
		return nil
	}
	var best *Case
	least := slack + 1
	for _, k := range m.casesOf(c) {
		if k.SilentFrom.IsZero() {
			continue
		}
		d := time.Duration(0)
		switch {
		case !a.Placed:
		case a.From.Before(k.SilentFrom):
			d = k.SilentFrom.Sub(a.From)
		case !k.Back.IsZero() && a.From.After(k.Back):
			d = a.From.Sub(k.Back)
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

// place makes a live alarm part of the case it belongs to, or opens one.
func (m *Machine) place(c *closet, a *Alarm, now time.Time) {
	a.Late = false
	if k := m.group(c, a); k != nil {
		m.join(k, a, now)
		return
	}
	m.open(c, a, now)
}

// group returns the open case of the same fault: the same family, or the two
// sides of a power cut. A case whose trouble is over takes nobody in.
func (m *Machine) group(c *closet, a *Alarm) *Case {
	f := family(a.Change.Key)
	for _, k := range m.casesOf(c) {
		if len(k.Standing) == 0 {
			continue
		}
		kf := k.family()
		mains := f == "loss" && kf == "power" && names(a.Change.Causes, alarm.MainsLost) ||
			f == "power" && kf == "loss" && names(k.Causes, alarm.MainsLost)
		if f == kf || mains {
			return k
		}
	}
	return nil
}

func names(causes []alarm.Cause, name alarm.CauseName) bool {
	return slices.ContainsFunc(causes, func(c alarm.Cause) bool { return c.Name == name })
}

// explains returns an open case of the closet whose fault cuts it off: its
// silence is no news.
func (m *Machine) explains(c *closet) *Case {
	cutting := []alarm.CauseName{alarm.MainsLost, alarm.SwitchDown, alarm.UplinkPortDown, alarm.AccessDown, alarm.RegionCoreDown}
	for _, k := range m.casesOf(c) {
		if !k.SilentFrom.IsZero() || len(k.Standing) == 0 {
			continue
		}
		for _, name := range cutting {
			if names(k.Causes, name) || k.Code == alarm.PowerMainsLost && name == alarm.MainsLost {
				return k
			}
		}
	}
	return nil
}

// merged returns old brought up to date by a later step, which need not repeat everything.
func merged(old, step alarm.Change) alarm.Change {
	step.Key, step.Since = old.Key, old.Since
	if len(step.Causes) == 0 {
		step.Causes = old.Causes
	}
	if len(step.Evidence) == 0 {
		step.Evidence = old.Evidence
	}
	if step.Class == "" {
		step.Class = old.Class
	}
	if step.Act == alarm.Clear {
		step.Severity = max(step.Severity, old.Severity)
	}
	return step
}

// ended returns when a cleared alarm ended, on the collector's scale.
func (m *Machine) ended(c *closet, ch alarm.Change, now time.Time) time.Time {
	if ch.Until != nil {
		if at, ok := c.boots.place(*ch.Until); ok {
			return at
		}
	}
	return now
}

// clear ends an alarm and, with its last one, the case.
func (m *Machine) clear(c *closet, a *Alarm, ch alarm.Change, at, now time.Time) {
	a.Change, a.To, a.Late = ch, at, false
	delete(c.alarms, ch.Occ)
	c.forget(ch.Occ)
	m.saveAlarm(a)
	k := m.cases[a.Case]
	if k == nil {
		return
	}
	k.Standing = slices.DeleteFunc(k.Standing, func(occ string) bool { return occ == ch.Occ })
	k.Reason = ch.Reason
	if a.By == ByCloset && at.After(k.End) {
		k.End = at
	}
	if !m.maybeClose(k, now) {
		m.saveCase(k)
	}
}

// forget remembers a closed occurrence, so that its raise is not taken again.
func (c *closet) forget(occ string) {
	if slices.Contains(c.gone, occ) {
		return
	}
	c.gone = append(c.gone, occ)
	if len(c.gone) > keptGone {
		c.gone = c.gone[1:]
	}
}

// openList closes what a restarted agent does not know any more.
func (m *Machine) openList(c *closet, e OpenList, now time.Time) {
	for _, occ := range sortedOccs(c.alarms) {
		a := c.alarms[occ]
		if a.By != ByCloset || slices.Contains(e.Occs, occ) {
			continue
		}
		until, ch := wall(now), a.Change
		ch.Act, ch.Until, ch.Reason = alarm.Clear, &until, "lost_by_closet"
		m.clear(c, a, ch, now, now)
	}
}

// gap adds what a gap says about a silence: a monitor that stopped uncleanly
// lost its power or died. The collector's own gap is an alarm of its own.
func (m *Machine) gap(c *closet, e Gap, now time.Time) {
	if e.Why == record.WhyStoreRestore {
		m.ownGap(c, e, now)
		return
	}
	if e.Why != record.WhyUncleanStop || !c.returning {
		return
	}
	for _, k := range m.casesOf(c) {
		if k.SilentFrom.IsZero() || decided(k.Causes) || len(k.Causes) == 0 {
			continue
		}
		k.Evidence = append(slices.Clone(k.Evidence), alarm.Evidence{Say: SayMissing})
		m.saveCase(k)
	}
}
