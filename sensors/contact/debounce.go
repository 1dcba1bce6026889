package contact

import "time"

// state is what is known of one contact. The zero value knows nothing.
type state struct {
	// known is false before the first level and after the line was lost.
	known bool
	// active is what was told last; it has a meaning only while known.
	active bool
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
	active bool
	at     time.Duration
}

// level takes the line's level as the truth at now. It returns the change to
// tell, or nil.
func (s state) level(active bool, now time.Duration) (state, *change) {
	if !s.known {
		s.known, s.active, s.resting = true, active, false
		return s, &change{active, now}
	}
	if active {
		return s.activate(now)
	}
	return s.rest(now), nil
}

// edge takes one edge, which the kernel saw at at. The active side is told at
// once. An edge to rest while rest is what was told means that the active edge
// before it was lost: it is told too, since it was real.
func (s state) edge(e Edge, at time.Duration) (state, *change) {
	s = s.count(e.Seq)
	if !s.known {
		s.known = true
	}
	s, c := s.activate(at)
	if !e.Active {
		s = s.rest(at)
	}
	return s, c
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
	if s.active {
		return s.leaveRest(), nil
	}
	s.active, s.resting = true, false
	return s, &change{true, at}
}

func (s state) leaveRest() state {
	if s.resting {
		s.resting = false
		s.bounces++
	}
	return s
}

func (s state) rest(at time.Duration) state {
	if s.active && !s.resting {
		s.resting, s.restSince = true, at
	}
	return s
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
	s.active, s.resting = false, false
	return s, &change{false, s.restSince}
}

// lost forgets the level; the bounce count stays.
func (s state) lost() state { return state{bounces: s.bounces} }
