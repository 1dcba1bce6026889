package session

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Words of Limits.Quirks, for people and programs.
const (
	// QuirkSlow: round trips grew beyond four times the shortest; requests of a
	// walk are spaced out.
	QuirkSlow = "slow"
	// QuirkLost: answers beyond some size do not arrive, and smaller ones do.
	QuirkLost = "large answers are lost"
	// QuirkLarge: the agent sends answers that need several frames; it is asked
	// for what fits one.
	QuirkLarge = "answers beyond one frame"
	// QuirkTooBig: the agent has refused questions as too big.
	QuirkTooBig = "too big"
)

// Limits is what was learned about one device. It is kept over restarts of the
// program, so it is no more than advice: what is not known is 0.
type Limits struct {
	// Repetitions of a GETBULK that the device stood; Most is the number that it
	// is not asked to exceed.
	Repetitions int `json:"repetitions,omitempty"`
	Most        int `json:"most,omitempty"`
	// Identifiers in one GET.
	Identifiers int `json:"identifiers,omitempty"`
	// Largest is the largest answer seen, in octets.
	Largest int `json:"largest,omitempty"`
	// RoundTrip is the usual time of an answer, Best the shortest of a GETBULK.
	RoundTrip time.Duration `json:"round_trip_ns,omitempty"`
	Best      time.Duration `json:"best_ns,omitempty"`
	// Caches is for how long the device repeats what it said before.
	Caches time.Duration `json:"caches_ns,omitempty"`
	// Quirks holds the words above, sorted.
	Quirks []string `json:"quirks,omitempty"`
	// Tried is when a limit was last found or last raised; after a day it is
	// raised by one step.
	Tried time.Time `json:"tried,omitzero"`
}

// String says what is known in a line for people.
func (l Limits) String() string {
	var parts []string
	add := func(known bool, format string, args ...any) {
		if known {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(l.Repetitions > 0, "%d repetitions", l.Repetitions)
	add(l.Most > 0 && l.Most < mostRepetitions, "at most %d", l.Most)
	add(l.Identifiers > 0, "%d identifiers", l.Identifiers)
	add(l.Largest > 0, "answers up to %d octets", l.Largest)
	add(l.RoundTrip > 0, "round trip %v", l.RoundTrip.Round(100*time.Microsecond))
	add(l.Caches > 0, "caches for about %v", l.Caches.Round(time.Second))
	return strings.Join(append(parts, l.Quirks...), ", ")
}

// Has reports whether a word is among the quirks.
func (l Limits) Has(quirk string) bool { return slices.Contains(l.Quirks, quirk) }

// quirk adds a word, or takes it away.
func (l *Limits) quirk(word string, on bool) {
	at, found := slices.BinarySearch(l.Quirks, word)
	switch {
	case on && !found:
		l.Quirks = slices.Insert(slices.Clone(l.Quirks), at, word)
	case !on && found:
		l.Quirks = slices.Delete(slices.Clone(l.Quirks), at, at+1)
	}
}

// sane returns l with what no session can have learned left out: a file may hold anything.
func (l Limits) sane() Limits {
	within := func(n *int, most int) {
		if *n < 0 || *n > most {
			*n = 0
		}
	}
	within(&l.Most, mostRepetitions)
	within(&l.Repetitions, mostRepetitions)
	within(&l.Identifiers, maxIdentifiers)
	within(&l.Largest, maxDatagram)
	for _, d := range []*time.Duration{&l.RoundTrip, &l.Best, &l.Caches} {
		if *d < 0 || *d > time.Hour {
			*d = 0
		}
	}
	if l.Most > 0 {
		l.Repetitions = min(l.Repetitions, l.Most)
	}
	if len(l.Quirks) > maxQuirks {
		l.Quirks = nil
	}
	l.Quirks = slices.Sorted(slices.Values(l.Quirks))
	return l
}

const (
	maxDatagram = 65535
	maxQuirks   = 8
)

// near reports whether l is worth no more than other: all the same but for times
// that moved by less than half.
func (l Limits) near(other Limits) bool {
	close := func(a, b time.Duration) bool { return a <= b+b/2 && b <= a+a/2 }
	return l.Repetitions == other.Repetitions && l.Most == other.Most && l.Identifiers == other.Identifiers &&
		l.Largest == other.Largest && slices.Equal(l.Quirks, other.Quirks) && l.Tried.Equal(other.Tried) &&
		close(l.RoundTrip, other.RoundTrip) && close(l.Best, other.Best) && close(l.Caches, other.Caches)
}

// Limits returns what was learned so far.
func (s *Session) Limits() Limits {
	l := s.known
	l.RoundTrip = s.wait.smooth
	return l
}

// Use has the session begin with what an earlier one learned.
func (s *Session) Use(l Limits) {
	s.known = l.sane()
	s.known.quirk(QuirkSlow, false) // to be seen again
	s.wait = waits{smooth: s.known.RoundTrip, vary: s.known.RoundTrip / 2}
}

// SetCaches tells for how long the device repeats itself; 0: it does not.
func (s *Session) SetCaches(d time.Duration) { s.known.Caches = d }

// limited notes that a limit was found.
func (s *Session) limited(quirk string) {
	s.known.Tried = time.Now()
	s.known.quirk(quirk, true)
}

// raiseEvery is how long a limit holds before a little more is tried.
const raiseEvery = 24 * time.Hour

// raise lifts the limits by one step when they are old, or the device restarted.
func (s *Session) raise(restarted bool) {
	l, now := &s.known, time.Now()
	if l.Most == 0 && l.Identifiers == 0 || !restarted && now.Sub(l.Tried) < raiseEvery && !now.Before(l.Tried) {
		return
	}
	l.Tried = now
	l.quirk(QuirkLost, false)
	l.quirk(QuirkTooBig, false)
	if l.Most > 0 {
		l.Most = min(2*l.Most, mostRepetitions)
	}
	if l.Identifiers > 0 {
		l.Identifiers = min(2*l.Identifiers, firstGet)
	}
}
