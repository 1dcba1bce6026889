package alarm

import (
	"time"

	"rackvakt/sensors/reading"
)

// Doors. Every change of a door contact is told as an event. An alarm rests on an
// opening that is sure: a magnet at the edge of its reach rattles, and a lock is
// turned in the same moment as the door.
const (
	// openSteady is how long a contact must have told open without a bounce before it
	// says so again, to be believed: it tells its level again and again, but not while
	// it may be closed. openAnyway is for one that says so seldom.
	openSteady = time.Second
	openAnyway = 10 * time.Second
	// lockSlack is how near to the opening the lock may have been moved to have been
	// unlocked for it: the two contacts are not moved at once.
	lockSlack = time.Second
	// chatterTurns changes of a lock within chatterWithin are no work of a hand; that
	// is over after chatterQuiet.
	chatterTurns  = 12
	chatterWithin = time.Minute
	chatterQuiet  = 5 * time.Minute
)

// doorway is what the engine remembers of one door and its lock.
type doorway struct {
	// at is when the door was opened last; zero: not since the start. again is when its
	// contact last said so, steady since when it has not bounced.
	at, again, steady reading.Stamp
	// found: it stood open when it was read first.
	found bool
	// sure: the opening is one. locked: the lock said so then, and for a while before
	// and after.
	sure, locked bool
	// judged lists the alarms that were judged on this opening after its end.
	judged map[Code]bool
	// turns are the last changes of the lock, oldest first; chattered is the last
	// moment at which they were too many, chatterFrom when that began.
	turns                  []reading.Stamp
	chattered, chatterFrom reading.Stamp
}

func (e *Engine) doorway(p reading.Point) *doorway {
	w := e.doorways[p]
	if w == nil {
		w = &doorway{}
		e.doorways[p] = w
	}
	return w
}

// takeDoors notes what the contact of a door or of its lock says.
func (e *Engine) takeDoors(r reading.Reading, before sample, now reading.Stamp) {
	for _, d := range e.plan.Doors {
		switch r.Point {
		case d.Point:
			e.takeDoor(d, r, before, now)
		case d.Lock:
			e.takeLock(d, r)
		}
	}
}

// takeDoor notes an opening, or the end of one.
func (e *Engine) takeDoor(d DoorContact, r reading.Reading, before sample, now reading.Stamp) {
	w, was := e.doorway(d.Point), before.good && before.value == 1
	switch {
	case !r.Known():
	case was && r.Value == 1:
		w.again = r.At
	case was:
		w.sure = w.sure || r.At.Since(w.steady) >= openAnyway
	case r.Value == 0:
	default:
		w.at, w.again, w.steady, w.found, w.sure, w.judged = r.At, r.At, r.At, !before.good, false, map[Code]bool{}
		// After a gap in its readings the moment of the opening is not known.
		w.locked = before.last.Known() && e.lockedAt(d, w, r.At, now)
	}
}

// lockedAt reports whether the lock of d is known to have been locked at the given
// moment and for a while before.
func (e *Engine) lockedAt(d DoorContact, w *doorway, at, now reading.Stamp) bool {
	s, ok := e.known(d.Lock, now)
	return ok && s.value == 1 && at.Since(s.held) >= lockSlack && !w.chatters(at)
}

func (w *doorway) chatters(now reading.Stamp) bool {
	return !w.chattered.IsZero() && now.Since(w.chattered) < chatterQuiet
}

// takeLock notes a change of the lock of d.
func (e *Engine) takeLock(d DoorContact, r reading.Reading) {
	w := e.doorway(d.Point)
	if r.Value == 0 && r.At.Since(w.at) <= lockSlack {
		w.locked = false
	}
	if w.turns = append(w.turns, r.At); len(w.turns) < chatterTurns {
		return
	}
	w.turns = w.turns[len(w.turns)-chatterTurns:]
	if r.At.Since(w.turns[0]) > chatterWithin {
		return
	}
	if !w.chatters(r.At) {
		w.chatterFrom = w.turns[0]
	}
	w.chattered = r.At
}

// isSure reports whether the door's last opening is one.
func (e *Engine) isSure(w *doorway, open bool, now reading.Stamp) bool {
	if !w.sure {
		w.sure = w.again.Since(w.steady) >= openSteady || open && e.lasted(w.steady, openAnyway, now)
	}
	return w.sure
}

func (b *builder) doors() {
	for _, d := range b.plan.Doors {
		name, hasLock := object(d.Point.Device, d.Point.Object), d.Lock != (reading.Point{})
		if hasLock {
			b.add(DoorForced, name, judgeForced(d))
			b.add(DoorLockFault, name, judgeLock(d))
		}
		if b.plan.Scheduled {
			b.add(DoorUnscheduled, name, judgeUnscheduled(d))
		}
		if d.HeldAfter > 0 {
			b.add(DoorHeld, name, judgeHeld(d)).delay.Trip = d.HeldAfter
		}
	}
}

// judgeOpening judges the last opening of d by what stands says of it: from when
// it is sure till the door is closed, and once if it is closed already.
func judgeOpening(d DoorContact, stands func(*Engine, *rule, *doorway, reading.Stamp) (Truth, []Evidence)) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		door, ok := e.knownAfresh(r, d.Point, now)
		if !ok {
			return finding{}
		}
		w, open := e.doorway(d.Point), door.value == 1
		well := finding{truth: No, severity: r.row.Severity, since: door.held}
		if w.at.IsZero() || !e.isSure(w, open, now) {
			return r.steady(well)
		}
		if !open {
			told := r.open != nil || w.judged[r.key.Code]
			w.judged[r.key.Code] = true
			if told {
				return well
			}
		}
		truth, evidence := stands(e, r, w, now)
		switch {
		case truth == Yes:
			return finding{truth: Yes, severity: r.row.Severity, since: w.at, evidence: append(evidence, said("door_open", d.Point, door, now))}
		case open && truth == Unsure:
			return finding{}
		}
		return r.steady(well)
	}
}

// judgeForced: opened while the lock said locked. An alarm from before a restart
// stays for as long as the door stands open.
func judgeForced(d DoorContact) judgeFunc {
	return judgeOpening(d, func(_ *Engine, r *rule, w *doorway, _ reading.Stamp) (Truth, []Evidence) {
		w.locked = w.locked || w.found && r.open != nil
		if !w.locked {
			return No, nil
		}
		return Yes, []Evidence{{Say: "lock_locked", Device: d.Lock.Device, Object: d.Lock.Object}}
	})
}

// judgeUnscheduled: opened, or found open, outside Hours and Visits, by the wall
// clock of that moment. A forced opening is told as that.
func judgeUnscheduled(d DoorContact) judgeFunc {
	return judgeOpening(d, func(e *Engine, r *rule, w *doorway, _ reading.Stamp) (Truth, []Evidence) {
		at, ok := e.wall(w.at)
		ev := []Evidence{{Say: "outside_hours", Device: d.Point.Device, Object: d.Point.Object}}
		switch {
		case d.Lock != (reading.Point{}) && w.locked:
			return No, nil
		case w.found && r.open != nil:
			return Yes, ev
		case !ok:
			return Unsure, nil
		case e.plan.open(at):
			return No, nil
		case holiday(at):
			ev = append(ev, Evidence{Say: "public_holiday"})
		}
		return Yes, ev
	})
}

// judgeHeld: open for long, and steadily. In a visit doors may stand open; what
// is left open after it counts from its end.
func judgeHeld(d DoorContact) judgeFunc {
	open := pointRule(d.Point, "door_open", func(v int64) bool { return v == 1 })
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		f := open(e, r, now)
		if f.truth != Yes {
			return f
		}
		if at, ok := e.wall(now); ok && e.plan.visited(at) {
			return finding{}
		}
		if w := e.doorway(d.Point); !w.at.IsZero() && w.steady.Since(f.since) > 0 {
			f.since = w.steady
		}
		return f
	}
}

// judgeLock: the lock says locked while the door stands open, or turns faster than
// anybody turns it. A forced opening is told as that.
func judgeLock(d DoorContact) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		w := e.doorway(d.Point)
		lock, ok := e.knownAfresh(r, d.Lock, now)
		door, ok2 := e.knownAfresh(r, d.Point, now)
		f := finding{truth: No, severity: r.row.Severity, since: now}
		switch {
		case !w.chattered.IsZero() && !e.lasted(w.chattered, chatterQuiet, now):
			f.truth, f.since = Yes, w.chatterFrom
			f.evidence = []Evidence{{Say: "lock_chatter", Device: d.Lock.Device, Object: d.Lock.Object}}
		case !ok || !ok2:
			return finding{}
		case door.value == 1 && lock.value == 1 && !w.locked:
			f.truth, f.since = Yes, door.held
			if lock.held.Since(door.held) > 0 {
				f.since = lock.held
			}
			f.evidence = []Evidence{said("door_open", d.Point, door, now), {Say: "lock_locked", Device: d.Lock.Device, Object: d.Lock.Object}}
		}
		return r.steady(f)
	}
}

// wall returns a moment in Swedish time; false where no clock can tell it. A clock
// that was synchronised once since the machine's start is right by what has passed
// since: crystals are off by some seconds a day.
func (e *Engine) wall(at reading.Stamp) (time.Time, bool) {
	t := at.Wall
	if !at.Synced {
		if e.trusted.IsZero() || e.trusted.Boot != at.Boot {
			return time.Time{}, false
		}
		t = e.trusted.Wall.Add(at.Since(e.trusted))
	}
	if e.zone == nil {
		return time.Time{}, false
	}
	return t.In(e.zone), true
}
