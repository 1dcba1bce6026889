package contact

import "time"

// side is what was told of a contact last.
type side uint8

// Sides. The zero side is a contact of which nothing is known.
const (
	unknown side = iota
	atRest
	active
	faulty
)

// state is what is known of one contact. The zero value knows nothing.
type state struct {
	// told is unknown before the first level and after the line was lost.
	told side
	// fault has a meaning only while told is faulty.
	fault Fault
	// resting is true while the line is at rest and the rest is not told yet;
	// restSince is when the line went to rest.
	resting   bool
	restSince time.Duration
	// bounces counts how often the line left its rest again before it was told,
	// plus the edges that the kernel's buffer lost.
	bounces int64
	// seq is the number of the last edge; 0 before the first.
	seq uint32
}

// change is what a step wants to have told: at is the moment, on the scale of now.
type change struct {
	side  side
	fault Fault // while side is faulty
	at    time.Duration
}

// level takes the line's level as the truth at now. It returns the change to
// tell, or nil. The first level is told as it is, without a stable time.
func (s state) level(isActive bool, now time.Duration) (state, *change) {
	switch {
	case isActive:
		return s.activate(now)
	case s.told == unknown:
		s.told = atRest
		return s, &change{side: atRest, at: now}
	}
	return s.rest(now), nil
}

// fail takes a line that shows a fault. It is told at once; a rest that was
// pending is not.
func (s state) fail(f Fault, at time.Duration) (state, *change) {
	s.resting = false
	if s.told == faulty && s.fault == f {
		return s, nil
	}
	s.told, s.fault = faulty, f
	return s, &change{faulty, f, at}
}

// edge takes one edge, which the kernel saw at at. The active side is told at
// once. An edge to rest while rest is what was told means that the active edge
// before it was lost: it is told too, since it was real.
func (s state) edge(e Edge, at time.Duration) (state, *change) {
	s = s.count(e.Seq)
	switch {
	case e.Fault != "":
		return s.fail(e.Fault, at)
	case e.Active:
		return s.activate(at)
	case s.told == active || s.told == faulty:
		return s.restAgain(at), nil
	}
	s, c := s.activate(at)
	return s.rest(at), c
}

// count notes the sequence number and adds the edges that were lost before it.
func (s state) count(seq uint32) state {
	if lost := seq - s.seq; seq != 0 && s.seq != 0 && lost > 1 && lost < 1<<31 {
		s.bounces += int64(lost - 1)
	}
	s.seq = seq
	return s
}

func (s state) activate(at time.Duration) (state, *change) {
	s = s.leaveRest()
	if s.told == active {
		return s, nil
	}
	s.told, s.fault = active, ""
	return s, &change{side: active, at: at}
}

func (s state) leaveRest() state {
	if s.resting {
		s.resting = false
		s.bounces++
	}
	return s
}

func (s state) rest(at time.Duration) state {
	if s.told != atRest && !s.resting {
		s.resting, s.restSince = true, at
	}
	return s
}

// restAgain takes an edge to rest. If the line rests already, it has left its
// rest in between; but not if the edge is the one whose level was read before it
// came through.
func (s state) restAgain(at time.Duration) state {
	if s.resting && at <= s.restSince {
		s.restSince = at
		return s
	}
	return s.leaveRest().rest(at)
}

// due says when settle must be called; false if nothing is pending.
func (s state) due(stable time.Duration) (time.Duration, bool) {
	return s.restSince + stable, s.resting
}

// settle tells the rest once it has lasted stable: the contact has been at rest
// since the line went there.
func (s state) settle(now, stable time.Duration) (state, *change) {
	if !s.resting || now < s.restSince+stable {
		return s, nil
	}
	s.told, s.fault, s.resting = atRest, "", false
	return s, &change{side: atRest, at: s.restSince}
}

// again returns what was told last as a change at now.
func (s state) again(now time.Duration) *change { return &change{s.told, s.fault, now} }

// lost forgets the level; the bounce count stays.
func (s state) lost() state { return state{bounces: s.bounces} }
