package state

import (
	"slices"
	"time"

	"rackvakt/uplink/alarm"
)

// keptStarts bounds the starts that a closet is remembered by.
const keptStarts = 8

// starts are the starts of the agent that were heard lately. A restart is one
// start after another; two cards with one certificate are two in turn.
type starts struct {
	// heard are in the order in which they took over, the present one last.
	heard []sighting
	// alone is since when no other start than the present one was heard.
	alone time.Time
	// occ is the open monitor.duplicate; "" for none.
	occ string
}

// sighting is one start: when it took over and when it was heard last.
type sighting struct {
	start       string
	first, last time.Time
}

// startHeard takes the start of a live message. It raises monitor.duplicate when an
// earlier start speaks again that was alive after the later one had begun, and
// clears it when one start alone was heard for long enough.
func (m *Machine) startHeard(c *closet, e Life, now time.Time) {
	s := &c.starts
	last := len(s.heard) - 1
	i := slices.IndexFunc(s.heard, func(x sighting) bool { return x.start == e.Start })
	switch {
	case e.Start == "":
	case i >= 0 && i == last:
		m.sameStart(c, &s.heard[i], e.At, now)
	case i < 0:
		s.takeOver(e.Start, e.At)
	case c.boots.before(e, s.heard[last].first):
		// it took its time over a slow path: an agent that is gone
	default:
		was, later := s.heard[i], s.heard[last]
		s.heard = slices.Delete(s.heard, i, i+1)
		s.takeOver(e.Start, e.At)
		if s.occ == "" && e.At.Sub(was.last) <= m.o.DuplicateWithin {
			s.occ = "d" + number(now, c.id, later.start, e.Start, later.first.String())
			m.raiseOwn(c, alarm.MonitorDuplicate, s.occ, later.first,
				alarm.Evidence{Say: SayTwoStarts, Value: later.start + ", " + e.Start}, now)
		}
	}
}

// takeOver makes start the present one.
func (s *starts) takeOver(start string, at time.Time) {
	s.heard = append(s.heard, sighting{start, at, at})
	if len(s.heard) > keptStarts {
		s.heard = slices.Delete(s.heard, 0, 1)
	}
	s.alone = at
}

// sameStart counts the time during which one start alone was heard. A pause longer
// than a fifth of it does not count: nothing was heard then, of the other neither.
func (m *Machine) sameStart(c *closet, x *sighting, at, now time.Time) {
	s := &c.starts
	if at.Sub(x.last) > m.o.DuplicateClear/5 {
		s.alone = at
	}
	x.last = at
	if a := c.alarms[s.occ]; a != nil && at.Sub(s.alone) >= m.o.DuplicateClear {
		s.occ = ""
		m.clearOwn(c, a, s.alone, now)
	}
}

// before reports whether e was sent before at, by the uptime that it carries and
// the collector's own clock: what a wrong clock in the closet says does not count.
// A message without an uptime of a known boot was sent when it was heard.
func (b *boots) before(e Life, at time.Time) bool {
	began, ok := b.began[e.Stamp.Boot]
	return ok && e.Stamp.Boot != "" && began.Add(e.Stamp.Mono).Before(at)
}
