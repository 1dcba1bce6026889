package state

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"rackvakt/uplink/alarm"
)

// Restored is what the store held at start.
type Restored struct {
	// Alarms and Cases are the open ones and those closed lately (a day is ample):
	// a record may be handed in again, a closing message may not be queued yet.
	Alarms []Alarm
	Cases  []Case
	// Heard is the last sign of life of each closet, where the store knows it.
	Heard map[string]time.Time
}

// Machine is the collector's knowledge. It is not safe for concurrent use; see Loop.
type Machine struct {
	o       Options
	sites   []*Site
	closets map[string]*closet
	order   []*closet
	// cases are the open ones.
	cases map[string]*Case
	// region holds the open alarms that belong to no closet, by occurrence.
	region map[string]*Alarm
	deaf   bool
	why    string
	// since is when the collector could hear again; silence counts from there at the earliest.
	since time.Time
	// out gathers the actions of the step at work.
	out []Action
}

// closet is what is known of one closet.
type closet struct {
	id     string
	site   *Site
	conf   Closet
	status Status
	// since is when status began.
	since time.Time
	// heard is the last sign of life; zero: none known.
	heard time.Time
	paths map[string]session
	// start is the agent's start heard last; stopped the one that said goodbye.
	start, stopped string
	reason         string
	// asked is when the question of silence was put last; zero: it was not.
	asked   time.Time
	answers map[Target]answer
	// silent is the occurrence of the open monitor.silent; "" for none.
	silent string
	// back is when the closet came back last; returning until it has said, some
	// time after that, that nothing of lane a waits any more.
	back      time.Time
	returning bool
	// dry is when it first said so, with no record since; zero: it did not.
	dry time.Time
	// backlog is what the last heartbeat said, for pages.
	backlog bool
	// alarms are the open ones by occurrence; gone the latest closed occurrences.
	alarms map[string]*Alarm
	gone   []string
	boots  boots
	lost   ownGap
	starts starts
}

// session is the connection heard last on a path.
type session struct {
	start string
	conn  uint64
}

type answer uint8

const (
	pending answer = iota
	alive
	dead
	failed
)

// keptGone bounds the closed occurrences that a closet is remembered by.
const keptGone = 256

// New returns a Machine that knows the sites and nothing about them. now counts
// as the collector's own start.
func New(o Options, sites []Site, now time.Time) *Machine {
	m := &Machine{o: o, closets: map[string]*closet{}, cases: map[string]*Case{}, region: map[string]*Alarm{}, since: now}
	for i := range sites {
		s := sites[i]
		m.sites = append(m.sites, &s)
		for _, conf := range s.Closets {
			c := &closet{
				id: ClosetID(s.ID, conf.Name), site: &s, conf: conf, status: Unknown, since: now, reason: "collector_started",
				paths: map[string]session{}, answers: map[Target]answer{}, alarms: map[string]*Alarm{},
			}
			m.closets[c.id] = c
			m.order = append(m.order, c)
		}
	}
	return m
}

// Step applies one event. Events about unknown closets are ignored.
func (m *Machine) Step(ev Event, now time.Time) []Action {
	m.out = nil
	switch e := ev.(type) {
	case Tick:
		m.tick(now)
	case Own:
		m.own(e, now)
	case Acknowledged:
		m.acknowledge(e, now)
	case Life:
		m.with(e.Closet, func(c *closet) { m.life(c, e, now) })
	case Will:
		m.with(e.Closet, func(c *closet) { m.will(c, e, now) })
	case Change:
		m.with(e.Closet, func(c *closet) { m.change(c, e, now) })
	case OpenList:
		m.with(e.Closet, func(c *closet) { m.openList(c, e, now) })
	case LastWords:
		m.with(e.Closet, func(c *closet) { m.lastWords(c, e, now) })
	case Gap:
		m.with(e.Closet, func(c *closet) { m.gap(c, e, now) })
	case Answered:
		m.with(e.Closet, func(c *closet) { m.answered(c, e, now) })
	}
	return m.out
}

func (m *Machine) with(id string, do func(*closet)) {
	if c, ok := m.closets[id]; ok {
		do(c)
	}
}

func (m *Machine) emit(a Action) { m.out = append(m.out, a) }

// own notes the collector's own trouble. Nothing was heard meanwhile, so every
// closet is unknown and all questions start afresh when it is over.
func (m *Machine) own(e Own, now time.Time) {
	m.deaf, m.why, m.since = e.Deaf, e.Why, now
	for _, c := range m.order {
		c.asked = time.Time{}
		if e.Deaf && c.status != Stopped {
			c.turn(Unknown, "collector_deaf", now)
		}
	}
}

func (m *Machine) acknowledge(e Acknowledged, now time.Time) {
	if k, ok := m.cases[e.Case]; ok && k.AckedBy == "" {
		k.AckedBy, k.AckedAt = e.By, now
		m.saveCase(k)
	}
}

// turn changes the closet's status.
func (c *closet) turn(to Status, reason string, since time.Time) {
	if c.status != to {
		c.status, c.since = to, since
	}
	c.reason = reason
}

// View returns a copy of everything a page shows.
func (m *Machine) View(now time.Time) View {
	v := View{At: now, Deaf: m.deaf, Why: m.why, Cases: m.openCases(func(*Case) bool { return true })}
	for _, s := range m.sites {
		sv := SiteView{Site: *s}
		for _, c := range m.order {
			if c.site == s {
				sv.Closets = append(sv.Closets, c.view())
			}
		}
		sv.Cases = m.openCases(func(k *Case) bool { return k.Site == s.ID || slices.Contains(k.Sites, s.ID) })
		v.Sites = append(v.Sites, sv)
	}
	return v
}

func (c *closet) view() ClosetView {
	v := ClosetView{
		ID: c.id, Name: c.conf.Name, Status: c.status, Since: c.since, Heard: c.heard, Reason: c.reason,
		Backlog: c.status == Online && c.backlog,
	}
	for _, a := range c.alarms {
		v.Alarms = append(v.Alarms, *a)
	}
	slices.SortFunc(v.Alarms, func(a, b Alarm) int {
		return cmp.Or(b.From.Compare(a.From), cmp.Compare(a.Change.Occ, b.Change.Occ))
	})
	return v
}

// openCases returns copies of the open cases that want says, newest first.
func (m *Machine) openCases(want func(*Case) bool) []Case {
	var list []Case
	for _, id := range slices.Sorted(maps.Keys(m.cases)) {
		if k := m.cases[id]; want(k) {
			list = append(list, k.copy())
		}
	}
	slices.SortStableFunc(list, func(a, b Case) int { return b.Opened.Compare(a.Opened) })
	return list
}

// siteOf returns the site of a case; for a region incident one that only has a kind.
func (m *Machine) siteOf(k *Case) Site {
	for _, s := range m.sites {
		if s.ID == k.Site {
			return *s
		}
	}
	return Site{Kind: alarm.RegionRun}
}
