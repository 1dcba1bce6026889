package adc

import (
	"time"

	"rackvakt/sensors/contact"
)

const (
	// faultHold is how long a loop must show a fault before it counts.
	faultHold = 300 * time.Millisecond
	// unsteadyAfter is how long a loop may rest in no circuit.
	unsteadyAfter = 2 * time.Second
)

// filter makes circuits that count out of single looks. The zero value has seen
// nothing.
type filter struct {
	debounce time.Duration
	// sure says that a circuit has counted, or that the loop was found unsteady;
	// the fields told and unsteady have a meaning only then.
	sure     bool
	told     contact.Circuit
	unsteady bool
	// seen is what the last look showed, since is the first of the looks in a row
	// that showed it.
	seen  contact.Circuit
	since time.Duration
	// steady is when a circuit was last confirmed; the first look before any was.
	steady time.Duration
	begun  bool
}

// look takes what the loop shows at now. changed says that something else counts
// than before, since at.
func (f filter) look(c contact.Circuit, now time.Duration) (next filter, at time.Duration, changed bool) {
	if !f.begun {
		f.begun, f.steady = true, now
		f.seen, f.since = c, now
	}
	if c != f.seen {
		f.seen, f.since = c, now
	}
	switch {
	case f.holds(now):
		changed = !f.sure || f.unsteady || f.told != c
		f.sure, f.unsteady, f.told, f.steady = true, false, c, now
		return f, f.since, changed
	case now-f.steady >= unsteadyAfter && !f.unsteady:
		f.sure, f.unsteady = true, true
		return f, now, true
	}
	return f, now, false
}

// holds reports whether the looks in a row are enough for their circuit to
// count: more than one, over the time that it needs.
func (f filter) holds(now time.Duration) bool {
	need := f.debounce
	if f.seen.Fault() != "" {
		need = max(need, faultHold)
	}
	return now > f.since && now-f.since >= need
}

// fault is what counts as wrong with the loop; "" for a state of the contact.
func (f filter) fault() contact.Fault {
	if f.unsteady {
		return contact.LoopUnsteady
	}
	return f.told.Fault()
}
