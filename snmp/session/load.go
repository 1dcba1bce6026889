package session

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// load watches the round trips of GETBULK, which grow when the device has too
// much to do: answering is work of its slow processor.
type load struct {
	last [4]time.Duration
	n    int
	slow bool
}

const (
	slowFactor = 4                      // of the shortest round trip
	slowLeast  = 50 * time.Millisecond  // below it no device is slow
	mostPause  = 250 * time.Millisecond // so that what is urgent does not wait
	forget     = 4096                   // samples in which a shortest round trip is half forgotten, about
)

// sample takes a round trip. A single late answer makes nothing slow: the
// shortest of the last four counts.
func (l *load) sample(rtt time.Duration, known *Limits) {
	if known.Best == 0 || rtt < known.Best {
		known.Best = rtt
	}
	known.Best += (rtt - known.Best) / forget
	l.last[l.n%len(l.last)] = rtt
	if l.n++; l.n < len(l.last) {
		return
	}
	least := slices.Min(l.last[:])
	switch {
	case least > slowLeast && least > slowFactor*known.Best:
		l.slow = true
	case least <= slowLeast || least <= slowFactor/2*known.Best:
		l.slow = false
	}
	known.quirk(QuirkSlow, l.slow)
}

// Pause is how long the owner waits before the next request of a sweep: nothing,
// or as long as the last answer of a slow device took.
func (s *Session) Pause() time.Duration {
	if !s.load.slow {
		return 0
	}
	return min(s.load.last[(s.load.n-1)%len(s.load.last)], mostPause)
}

// Run does all steps of a sweep, for owners that have nothing else to ask.
func (p *Sweep) Run(ctx context.Context, s *Session) error {
	for !p.Done() {
		if err := p.Step(ctx, s, nil); err != nil {
			return err
		}
		if d := s.Pause(); d > 0 {
			pause(ctx, d)
		}
	}
	return nil
}

// learn takes what a walk found out with one answer.
func (s *Session) learn(w *walk, r Reply) {
	l := &s.known
	if was := cmp.Or(l.Most, mostRepetitions); w.most < was {
		l.Most = w.most
		quirk := QuirkTooBig
		if r.Lost {
			quirk = QuirkLost
		}
		s.limited(quirk)
	}
	l.Repetitions = w.reps
	if r.Octets > frame {
		l.quirk(QuirkLarge, true)
	}
}

// sawUpTime raises the limits of a device that restarted, or that are old.
func (s *Session) sawUpTime(up pdu.Number) {
	if !up.Present {
		return
	}
	restarted := system.Restarted(s.upTime, up)
	if restarted {
		s.tables = nil
	}
	s.raise(restarted)
	s.upTime = up
}

// identifiers is how many a GET holds.
func (s *Session) identifiers() int {
	if s.known.Identifiers > 0 {
		return s.known.Identifiers
	}
	return firstGet
}
