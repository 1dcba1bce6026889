package state

import (
	"maps"
	"slices"
	"time"

	"rackvakt/uplink/alarm"
)

// Restore takes over what the store held and returns what follows: messages that
// may not have been queued before the stop, and cases for alarms that have none.
func (m *Machine) Restore(r Restored, now time.Time) []Action {
	m.out = nil
	for id, at := range r.Heard {
		m.with(id, func(c *closet) { c.heard = at })
	}
	for _, a := range r.Alarms {
		m.restoreAlarm(a)
	}
	last := time.Time{}
	for _, k := range r.Cases {
		if k.Closed.After(last) {
			last = k.Closed
		}
	}
	for _, k := range r.Cases {
		m.restoreCase(k, k.Open() || last.Sub(k.Closed) <= lastMoments)
	}
	for _, id := range slices.Sorted(maps.Keys(m.cases)) {
		if k := m.cases[id]; k != nil {
			m.maybeClose(k, now)
		}
	}
	for _, c := range m.order {
		for _, occ := range sortedOccs(c.alarms) {
			a := c.alarms[occ]
			homeless := a.Case == "" || m.cases[a.Case] == nil // the stop came before the case was saved
			if homeless && !a.Late && a.Change.Severity > alarm.Info {
				m.place(c, a, now)
			}
		}
	}
	return m.out
}

func (m *Machine) restoreAlarm(a Alarm) {
	c := m.closets[a.Closet]
	switch {
	case c == nil && a.Closet == "" && a.Open():
		m.region[a.Change.Occ] = &a
	case c == nil:
	case !a.Open():
		c.forget(a.Change.Occ)
	default:
		c.alarms[a.Change.Occ] = &a
		c.resume(a)
	}
}

// lastMoments is how long before the stop a closing message may have been on its
// way to the queue. Older ones are there; to hand them out again would tell a
// newly configured channel of things that are over.
const lastMoments = time.Minute

// restoreCase takes a case over; with tell it hands the latest message out again:
// whoever queues it knows by its number whether it has it.
func (m *Machine) restoreCase(k Case, tell bool) {
	kind, at := Updated, k.Opened
	switch {
	case !k.Open():
		kind, at = Closed, k.Closed
	case k.Seq == 1:
		kind = Opened
	}
	if tell && k.Seq > 0 {
		m.emit(Notify{Notice{Kind: kind, Seq: k.Seq, Case: k.copy(), Parties: slices.Clone(k.Told), At: at}})
	}
	if c := m.closets[ClosetID(k.Site, k.Closet)]; c != nil {
		for _, occ := range k.Members {
			if c.alarms[occ] == nil {
				c.forget(occ) // its record may be handed in again
			}
		}
	}
	if k.Open() {
		if c := m.closets[ClosetID(k.Site, k.Closet)]; c != nil && !k.SilentFrom.IsZero() && !k.Back.IsZero() {
			c.returning = true // it may have been handing over its past when this program stopped
		}
		k.Standing = slices.DeleteFunc(k.Standing, func(occ string) bool { return !m.stands(k, occ) })
		m.cases[k.ID] = &k
	}
}

func (m *Machine) stands(k Case, occ string) bool {
	if m.region[occ] != nil {
		return true
	}
	for _, c := range m.order {
		if a := c.alarms[occ]; a != nil && a.Case == k.ID {
			return true
		}
	}
	return false
}

func sortedOccs(alarms map[string]*Alarm) []string { return slices.Sorted(maps.Keys(alarms)) }
