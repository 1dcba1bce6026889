package alarm

import (
	"strings"

	"rackvakt/sensors/reading"
)

// judgeLimit: warn and critical bounds with hysteresis. Whether a bound is passed,
// and so the severity, is decided by the value. Where the stated uncertainty of the
// probe reaches back over a warning's bound, it is told only once it has stood for
// twice its delay, and as possible; what is possibly critical does not wait longer.
func judgeLimit(l Limit) judgeFunc {
	level, turned := -1, reading.Stamp{}
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		s, ok := e.known(l.Point, now)
		if !ok {
			return finding{}
		}
		next := l.level(s.value, level)
		if next == 0 != (level <= 0) || level < 0 {
			turned = s.seen
		}
		level = next
		f := finding{truth: No, since: turned, severity: Warning, evidence: []Evidence{l.evidence(s, level, now)}}
		if level > 0 {
			f.truth = Yes
		}
		switch {
		case level == 2:
			f.severity = Critical
		case level == 1 && !l.surely(s, level):
			f.hold = 2 * r.delay.Trip
		}
		return f
	}
}

// evidence is the value with its uncertainty, and where it stands.
func (l *Limit) evidence(s *sample, level int, now reading.Stamp) Evidence {
	ev := said("value_normal", l.Point, s, now)
	u := s.last.Uncertainty
	if u > 0 {
		const tenth = 100 // as Show writes thousandths
		ev.Value += " ±" + strings.TrimSuffix(l.Point.Kind.Show((u+tenth-1)/tenth*tenth), " "+l.Point.Kind.Unit())
	}
	if level == 0 {
		return ev
	}
	ev.Say = "value_high"
	if l.low(s.value) {
		ev.Say = "value_low"
	}
	switch {
	case u > 0 && l.surely(s, level):
		ev.Say += "_surely"
	case u > 0:
		ev.Say += "_maybe"
	}
	return ev
}

// surely reports whether the true value is beyond the bound of level, however far
// its uncertainty lets it be from the one read.
func (l *Limit) surely(s *sample, level int) bool {
	low, high := l.WarnLow, l.WarnHigh
	if level == 2 {
		low, high = l.CritLow, l.CritHi
	}
	u := s.last.Uncertainty
	return u == 0 || low != nil && s.value+u < *low || high != nil && s.value-u > *high
}

// level is 0 inside the bounds, 1 beyond warn, 2 beyond critical. A bound that
// was passed holds until the value is Hysteresis inside it again.
func (l *Limit) level(v int64, was int) int {
	beyond := func(low, high *int64, passed bool) bool {
		var h int64
		if passed {
			h = l.Hysteresis
		}
		return low != nil && v < *low+h || high != nil && v > *high-h
	}
	switch {
	case beyond(l.CritLow, l.CritHi, was == 2):
		return 2
	case beyond(l.WarnLow, l.WarnHigh, was >= 1):
		return 1
	}
	return 0
}

// low reports whether v is nearer to the lower bounds.
func (l *Limit) low(v int64) bool {
	for _, b := range []*int64{l.WarnLow, l.CritLow} {
		if b != nil && v < *b+l.Hysteresis {
			return true
		}
	}
	return false
}
