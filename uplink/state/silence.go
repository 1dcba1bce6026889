package state

import (
	"strconv"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// Keys of the evidence that the collector adds; package alarm has their texts.
const (
	SayClosetSilent  = "closet_silent"
	SayRouterAnswers = "router_answers"
	SayRouterSilent  = "router_silent"
	SaySwitchAnswers = "switch_answers"
	SaySwitchSilent  = "switch_silent"
	SayOthersSilent  = "others_silent"
	SayMissing       = "records_missing"
	CheckCallSite    = "call_site"
)

// life takes one sign of life.
func (m *Machine) life(c *closet, e Life, now time.Time) {
	if e.Start != "" && e.Start == c.stopped {
		return // what was still on its way when the agent said goodbye
	}
	if e.Path != "" && e.Start != "" {
		c.paths[e.Path] = session{e.Start, e.Conn}
	}
	if e.Start != "" {
		c.start = e.Start
	}
	if e.Drained || e.Backlog {
		c.boots.heard(e.Stamp, e.At)
	}
	if c.status != Online {
		c.back, c.returning, c.dry = e.At, true, time.Time{}
		c.turn(Online, "", e.At)
	}
	if e.At.After(c.heard) {
		c.heard = e.At
	}
	c.asked, c.stopped = time.Time{}, ""
	m.returned(c, e.At, now)
	m.drain(c, e, now)
	m.whole(c, e, now)
	m.startHeard(c, e, now)
}

// drain believes a message that says how much of lane a waits. Heartbeats
// written during a cut may arrive in a burst after it, and the last records may
// still be on their way through the store, so "nothing" counts only some time
// after the return, and when it is said again with no record in between.
func (m *Machine) drain(c *closet, e Life, now time.Time) {
	switch {
	case e.Backlog:
		c.backlog, c.dry = true, time.Time{}
	case !e.Drained || e.At.Sub(c.back) < m.o.DrainHold:
	case c.dry.IsZero():
		c.backlog, c.dry = false, e.At
	case e.At.Sub(c.dry) >= m.o.DrainHold/4:
		c.returning = false
		m.settle(c, now)
	}
}

// returned clears the closet's own monitor.silent.
func (m *Machine) returned(c *closet, at, now time.Time) {
	if c.silent == "" {
		return
	}
	a := c.alarms[c.silent]
	c.silent = ""
	if k := m.cases[a.Case]; k != nil && k.Site != "" {
		k.Back = at
	}
	until := wall(at)
	ch := a.Change
	ch.Act, ch.Until, ch.Reason = alarm.Clear, &until, "restored"
	m.clear(c, a, ch, at, now)
}

// will starts the question of silence if it is the will of the session heard last.
func (m *Machine) will(c *closet, e Will, now time.Time) {
	if c.paths[e.Path] != (session{e.Start, e.Conn}) || c.status != Online || m.deaf || !c.asked.IsZero() {
		return
	}
	m.ask(c, now)
}

func (m *Machine) lastWords(c *closet, e LastWords, now time.Time) {
	if e.Start == "" || e.Start != c.start {
		return // of an earlier start: history
	}
	c.stopped, c.asked = e.Start, time.Time{}
	c.turn(Stopped, e.Reason, now)
}

// ask puts the question to all who can answer.
func (m *Machine) ask(c *closet, now time.Time) {
	c.asked = now
	clear(c.answers)
	targets := []Target{Path}
	if c.conf.Router != "" {
		targets = append(targets, Router)
	}
	if c.conf.Switch != "" {
		targets = append(targets, Switch)
	}
	m.emit(Ask{c.id, targets})
}

func (m *Machine) answered(c *closet, e Answered, now time.Time) {
	if c.asked.IsZero() {
		return // the closet answered first
	}
	switch {
	case e.Failed:
		c.answers[e.Target] = failed
	case e.Alive:
		c.answers[e.Target] = alive
	default:
		c.answers[e.Target] = dead
	}
	m.judge(c, now)
}

func (m *Machine) tick(now time.Time) {
	for _, c := range m.order {
		if !m.deaf {
			m.watch(c, now)
		}
		m.promoteOld(c, now)
	}
}

// quiet returns how long nothing was heard, and whether the whole of that time
// was listened to from a closet known to be alive.
func (m *Machine) quiet(c *closet, now time.Time) (time.Duration, bool) {
	if c.heard.Before(m.since) {
		return now.Sub(m.since), false
	}
	return now.Sub(c.heard), true
}

// watch asks about a quiet closet and judges the answers. After the collector's
// own start or trouble it is asked after two periods.
func (m *Machine) watch(c *closet, now time.Time) {
	if c.status == Stopped || c.silent != "" {
		return
	}
	d, fresh := m.quiet(c, now)
	after := m.o.AskAfter
	if !fresh {
		after *= 2
	}
	if d < after {
		return
	}
	if fresh {
		c.turn(Unknown, "no_sign_of_life", c.heard)
	}
	if c.asked.IsZero() {
		m.ask(c, now)
		return
	}
	m.judge(c, now)
	if c.silent == "" && now.Sub(c.asked) >= m.o.AskAgain {
		m.ask(c, now)
	}
}

// answer returns what a target said; false where it is not configured or could
// not be asked. A missing answer is none once the time for it is over.
func (m *Machine) answer(c *closet, t Target, now time.Time) (answer, bool) {
	if t == Router && c.conf.Router == "" || t == Switch && c.conf.Switch == "" {
		return failed, false
	}
	a := c.answers[t]
	if a == pending && now.Sub(c.asked) >= m.o.AskWithin {
		a = dead
	}
	return a, a != failed
}

// judge decides whether the silence is told now. The switch stands behind the
// uplink, so its silence confirms the closet's at once; its answer leaves time.
func (m *Machine) judge(c *closet, now time.Time) {
	d, fresh := m.quiet(c, now)
	if m.deaf || c.silent != "" || d < m.o.AskAfter || c.asked.IsZero() {
		return
	}
	sw, hasSwitch := m.answer(c, Switch, now)
	rt, hasRouter := m.answer(c, Router, now)
	switch {
	case hasSwitch && sw == pending, hasRouter && rt == pending:
	case hasSwitch && sw == dead, !hasSwitch && hasRouter && rt == dead:
		m.tell(c, now)
	case hasSwitch && sw == alive:
		m.tellAfter(c, d, m.o.SilentAfter, now)
	case fresh:
		m.tellAfter(c, d, m.o.NoProbeAfter, now)
	default: // nobody to ask, and agents come back one by one after our start
		m.tellAfter(c, d, m.o.SilentAfter, now)
	}
}

func (m *Machine) tellAfter(c *closet, quiet, limit time.Duration, now time.Time) {
	if quiet >= limit {
		m.tell(c, now)
	}
}

// from returns when the closet's silence began, as far as it is known.
func (m *Machine) from(c *closet) time.Time {
	if c.heard.IsZero() {
		return m.since
	}
	return c.heard
}

// tell raises monitor.silent: a case of its own, part of one that explains it, or
// part of a region incident.
func (m *Machine) tell(c *closet, now time.Time) {
	from := m.from(c)
	cause := m.silenceCause(c, now)
	ch := alarm.Change{
		Act: alarm.Raise, Key: alarm.Key{Code: alarm.MonitorSilent}, Occ: "c" + number(now, c.id, from.String()),
		Severity: alarm.Critical, Class: alarm.RemedyOf(cause.Name, c.site.Kind).Class, Since: wall(from),
		Causes: []alarm.Cause{cause}, Evidence: cause.For,
	}
	a := &Alarm{Closet: c.id, By: ByCollector, Change: ch, From: from, Placed: true, Received: now}
	c.alarms[ch.Occ], c.silent = a, ch.Occ
	c.turn(Silent, "", from)
	if k := m.manySilent(c, now); k != nil {
		m.join(k, a, now)
		return
	}
	if k := m.explains(c); k != nil {
		k.SilentFrom = from
		m.join(k, a, now)
		return
	}
	m.open(c, a, now)
}

// silenceCause says what the answers say about the cause.
func (m *Machine) silenceCause(c *closet, now time.Time) alarm.Cause {
	sw, hasSwitch := m.answer(c, Switch, now)
	rt, hasRouter := m.answer(c, Router, now)
	ev := []alarm.Evidence{{Say: SayClosetSilent, AgeMS: now.Sub(m.from(c)).Milliseconds()}}
	age := now.Sub(c.asked).Milliseconds()
	add := func(say string) { ev = append(ev, alarm.Evidence{Say: say, AgeMS: age}) }
	say(hasRouter, rt, SayRouterAnswers, SayRouterSilent, add)
	say(hasSwitch, sw, SaySwitchAnswers, SaySwitchSilent, add)
	undecided := func(names ...alarm.CauseName) alarm.Cause {
		return alarm.Cause{Name: alarm.Undecided, For: ev, Candidates: names, Check: CheckCallSite}
	}
	switch {
	case hasSwitch && sw == alive:
		return alarm.Cause{Name: alarm.MonitorFault, For: ev}
	case hasRouter && rt == alive && hasSwitch:
		return undecided(alarm.UplinkPortDown, alarm.SwitchDown, alarm.MainsLost)
	case hasRouter && rt == alive:
		return undecided(alarm.UplinkPortDown, alarm.SwitchDown, alarm.MainsLost, alarm.MonitorFault)
	case hasRouter || hasSwitch:
		return undecided(alarm.AccessDown, alarm.MainsLost)
	}
	return undecided(alarm.AccessDown, alarm.UplinkPortDown, alarm.SwitchDown, alarm.MainsLost, alarm.MonitorFault)
}

func say(has bool, a answer, yes, no string, add func(string)) {
	switch {
	case has && a == alive:
		add(yes)
	case has:
		add(no)
	}
}

// manySilent returns the region incident that the closet's silence belongs to:
// an open one of the same time, or a new one when enough sites fell silent together.
func (m *Machine) manySilent(c *closet, now time.Time) *Case {
	if m.o.ManySilent == 0 {
		return nil
	}
	from, sites, list := m.from(c), map[string]bool{}, []string{}
	for _, other := range m.order {
		d, _ := m.quiet(other, now)
		near := from.Sub(m.from(other)).Abs() <= m.o.ManyWindow
		if other.status == Stopped || d < m.o.AskAfter || !near || sites[other.site.ID] {
			continue
		}
		sites[other.site.ID] = true
		list = append(list, other.site.ID)
	}
	for _, k := range m.openRegion() {
		if k.SilentFrom.Sub(from).Abs() <= m.o.ManyWindow {
			k.addSite(c.site.ID)
			return k
		}
	}
	if len(list) < m.o.ManySilent {
		return nil
	}
	return m.openRegionCase(from, list, now)
}

func (m *Machine) openRegion() []*Case {
	var all []*Case
	for _, k := range m.cases {
		if k.Code == alarm.RegionManySilent {
			all = append(all, k)
		}
	}
	return all
}

func (m *Machine) openRegionCase(from time.Time, sites []string, now time.Time) *Case {
	ev := []alarm.Evidence{{Say: SayOthersSilent, Value: strconv.Itoa(len(sites)), AgeMS: now.Sub(from).Milliseconds()}}
	ch := alarm.Change{
		Act: alarm.Raise, Key: alarm.Key{Code: alarm.RegionManySilent}, Occ: "r" + number(now, from.String()),
		Severity: alarm.Critical, Class: alarm.RegionCore, Since: wall(from),
		Causes: []alarm.Cause{{Name: alarm.RegionCoreDown, For: ev}}, Evidence: ev,
	}
	a := &Alarm{By: ByCollector, Change: ch, From: from, Placed: true, Received: now}
	m.region[ch.Occ] = a
	return m.openFor(Site{Kind: alarm.RegionRun}, "", a, sites, now)
}

// wall makes a Stamp of the collector's own time.
func wall(t time.Time) reading.Stamp { return reading.Stamp{Wall: t, Synced: true} }
