package state

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"slices"
	"strings"
	"time"

	"rackvakt/uplink/alarm"
)

// number makes a case number: the day and five letters. The same trouble gives
// the same number, so a restart in the middle doubles nothing.
func number(now time.Time, of ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(of, "\n")))
	return now.UTC().Format("060102") + "-" + base32.StdEncoding.EncodeToString(sum[:])[:5]
}

func (k *Case) copy() Case {
	c := *k
	c.Sites, c.Members, c.Standing = slices.Clone(k.Sites), slices.Clone(k.Members), slices.Clone(k.Standing)
	c.Causes, c.Evidence = slices.Clone(k.Causes), slices.Clone(k.Evidence)
	c.Told, c.ToldVerdict = slices.Clone(k.Told), slices.Clone(k.ToldVerdict)
	return c
}

func (k *Case) addSite(id string) {
	if !slices.Contains(k.Sites, id) {
		k.Sites = append(k.Sites, id)
	}
}

func (m *Machine) saveCase(k *Case)   { m.emit(SaveCase{k.copy()}) }
func (m *Machine) saveAlarm(a *Alarm) { m.emit(SaveAlarm{*a}) }

// open opens a case for a and tells it.
func (m *Machine) open(c *closet, a *Alarm, now time.Time) {
	m.openFor(*c.site, c.conf.Name, a, nil, now)
}

func (m *Machine) openFor(s Site, closet string, a *Alarm, sites []string, now time.Time) *Case {
	ch := a.Change
	k := &Case{
		ID: number(now, a.Closet, ch.Occ), Site: s.ID, Closet: closet, Sites: sites, Code: ch.Code, Object: ch.Object,
		Severity: ch.Severity, Class: ch.Class, Opened: now, Start: a.From, Evidence: ch.Evidence,
	}
	if ch.Code == alarm.MonitorSilent || ch.Code == alarm.RegionManySilent {
		k.SilentFrom = a.From
	}
	m.cases[k.ID] = k
	m.enrol(k, a)
	m.notice(k, Opened, now)
	return k
}

// enrol makes a a member of k and takes from it what k did not know.
func (m *Machine) enrol(k *Case, a *Alarm) {
	a.Case, a.Late = k.ID, false
	k.Members = append(k.Members, a.Change.Occ)
	if a.Open() {
		k.Standing = append(k.Standing, a.Change.Occ)
	}
	if a.By == ByCloset && a.Placed && (!k.Measured || a.From.Before(k.Start)) {
		k.Start, k.Measured = a.From, true
	}
	m.adopt(k, a)
	m.saveAlarm(a)
}

// join adds a to an open case, and tells only what changes the case for people.
func (m *Machine) join(k *Case, a *Alarm, now time.Time) {
	m.enrol(k, a)
	m.retell(k, now)
}

// adopt takes the verdict of a where it is better than that of k: a decided one
// replaces what there was, an undecided one only fills an empty place.
func (m *Machine) adopt(k *Case, a *Alarm) {
	causes := a.Change.Causes
	if len(causes) == 0 && len(k.Causes) > 0 && !decided(k.Causes) {
		causes = causeOf(a.Change)
	}
	k.Severity = max(k.Severity, a.Change.Severity)
	s := m.siteOf(k)
	explained := a.Change.Code == alarm.MonitorSilent && len(k.Members) > 1 // the case explains the silence, not the other way
	better := decided(causes) || len(causes) > 0 && !decided(k.Causes)
	if better && !explained {
		k.Causes, k.Evidence = causes, a.Change.Evidence
		k.Class = cmp.Or(a.Change.Class, alarm.RemedyOf(causes[0].Name, s.Kind).Class)
	}
	k.Party = alarm.Responsible(s.Kind, k.Class, s.Owners)
}

// causeOf returns the verdict that an alarm without one stands for by itself.
func causeOf(ch alarm.Change) []alarm.Cause {
	byCode := map[alarm.Code]alarm.CauseName{
		alarm.PowerMainsLost: alarm.MainsLost, alarm.SwitchUnreachable: alarm.SwitchDown, alarm.LinkDown: alarm.UplinkPortDown,
	}
	name, ok := byCode[ch.Code]
	if !ok {
		return nil
	}
	return []alarm.Cause{{Name: name, For: ch.Evidence}}
}

func decided(causes []alarm.Cause) bool {
	return len(causes) > 0 && causes[0].Name != alarm.Undecided
}

// concerned lists who is told of k, in the order of the parties.
func (m *Machine) concerned(k *Case) []alarm.Party {
	s := m.siteOf(k)
	var list []alarm.Party
	for _, p := range alarm.Parties() {
		if p == alarm.Technician { // told in the closet, by a visit, not by message
			continue
		}
		regional := k.Code == alarm.RegionManySilent
		if slices.Contains(k.Told, p) || p == k.Party || !regional && alarm.Told(p, s.Kind, k.Class, s.Owners) || regional && p == alarm.RegionIT {
			list = append(list, p)
		}
	}
	return list
}

// notice tells the case; what it rests on is saved first.
func (m *Machine) notice(k *Case, kind Kind, now time.Time) {
	if kind != Closed { // who was never told of the trouble is not told of its end
		k.Told = m.concerned(k)
	}
	k.Seq++
	k.ToldVerdict = k.Verdict()
	m.saveCase(k)
	m.emit(Notify{Notice{Kind: kind, Seq: k.Seq, Case: k.copy(), Parties: slices.Clone(k.Told), At: now}})
}

// retell sends an update if the verdict or the owner is another than was told.
// While a closet that was silent hands over its past, nothing is said: most such
// cases close at once, and their closing message names the verdict.
func (m *Machine) retell(k *Case, now time.Time) {
	same := slices.Equal(k.Verdict(), k.ToldVerdict) && slices.Contains(k.Told, k.Party)
	c := m.closets[ClosetID(k.Site, k.Closet)]
	handingOver := c != nil && !k.Back.IsZero() && (c.returning || now.Sub(c.back) < m.o.PromoteAfter)
	if same || handingOver || k.Code == alarm.RegionManySilent {
		m.saveCase(k)
		return
	}
	m.notice(k, Updated, now)
}

// maybeClose closes k when nothing of it stands and, after a silence, the closet
// has handed over its past.
func (m *Machine) maybeClose(k *Case, now time.Time) bool {
	if k.Code == alarm.RegionManySilent {
		m.clearRegion(k, now)
	}
	c := m.closets[ClosetID(k.Site, k.Closet)]
	waiting := c != nil && !k.SilentFrom.IsZero() && (c.returning || k.Back.IsZero())
	if len(k.Standing) > 0 || waiting {
		return false
	}
	k.Closed = now
	k.Reason = cmp.Or(k.Reason, "restored")
	if k.End.IsZero() {
		k.End = k.Back
	}
	if k.End.IsZero() {
		k.End = now
	}
	delete(m.cases, k.ID)
	m.notice(k, Closed, now)
	return true
}

// clearRegion ends the region's own alarm once all its closets answer.
func (m *Machine) clearRegion(k *Case, now time.Time) {
	if len(k.Standing) != 1 {
		return
	}
	a := m.region[k.Standing[0]]
	if a == nil {
		return
	}
	until := wall(now)
	a.Change.Act, a.Change.Until, a.Change.Reason, a.To = alarm.Clear, &until, "restored", now
	delete(m.region, a.Change.Occ)
	k.Standing, k.End = nil, now
	m.saveAlarm(a)
}

// settle runs when the closet has nothing old to tell any more: what is over is
// closed, what still stands of the late alarms is news after all.
func (m *Machine) settle(c *closet, now time.Time) {
	for _, k := range m.casesOf(c) {
		m.maybeClose(k, now)
	}
	for _, a := range c.waiting() {
		m.place(c, a, now)
	}
}

// promoteOld makes late alarms news that stood too long, and tells what changed
// in a case that did not close after the closet's return.
func (m *Machine) promoteOld(c *closet, now time.Time) {
	for _, a := range c.waiting() {
		if now.Sub(a.Received) >= m.o.PromoteAfter {
			m.place(c, a, now)
		}
	}
	for _, k := range m.casesOf(c) {
		same := slices.Equal(k.Verdict(), k.ToldVerdict)
		if !same && !k.Back.IsZero() && !c.returning && now.Sub(c.back) >= m.o.PromoteAfter {
			m.notice(k, Updated, now)
		}
	}
}

// waiting lists the late alarms that stand, oldest first.
func (c *closet) waiting() []*Alarm {
	var list []*Alarm
	for _, a := range c.alarms {
		if a.Late {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *Alarm) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Change.Occ, b.Change.Occ))
	})
	return list
}

// casesOf lists the closet's open cases, oldest first.
func (m *Machine) casesOf(c *closet) []*Case {
	if len(m.cases) == 0 {
		return nil
	}
	var list []*Case
	for _, id := range slices.Sorted(maps.Keys(m.cases)) {
		if k := m.cases[id]; k.Site == c.site.ID && k.Closet == c.conf.Name {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(a, b *Case) int { return a.Opened.Compare(b.Opened) })
	return list
}
