package alarm

import (
	"time"

	"rackvakt/sensors/reading"
)

// sample is what the engine keeps of one point.
type sample struct {
	last reading.Reading // the newest reading of any quality
	good bool            // some good reading was ever had
	// value is the newest good value, held the moment from which it has held: that
	// which its source tells, else that of the first reading of it. seen is that of
	// the newest.
	value      int64
	held, seen reading.Stamp
	// other is when, since boot, another value was read last; 0: never.
	other time.Duration
	// badSince is the first reading of the present run that was not good; zero in a good run.
	badSince reading.Stamp
}

// unjudged reports whether no rule rests on a kind. Counters are most of what a
// switch tells; what matters of them comes as a rate.
func unjudged(k reading.Kind) bool {
	switch k {
	case reading.IfInBits, reading.IfOutBits, reading.DeviceRTT, reading.ProbeRTT, reading.ProbeLoss:
		return true
	}
	return k.Counter() && k != reading.Renumberings && k != reading.Bounces
}

// tableAge is how old the table may be that a device reads its own state from: a
// change cannot have been longer before the last reading of another value.
const tableAge = time.Minute

func (s *sample) take(r reading.Reading) {
	s.last = r
	if !r.Known() {
		if s.badSince.IsZero() {
			s.badSince = r.At
		}
		return
	}
	changed := s.good && s.value != r.Value
	if changed {
		s.other = s.seen.Mono
	}
	switch began := r.At.Add(-r.Held); {
	case r.Held > 0 && (s.other == 0 || began.Mono > s.other-tableAge): // may lie before the start of this machine
		s.held = began
	case changed || !s.good:
		s.held = r.At
	}
	s.good, s.value, s.seen, s.badSince = true, r.Value, r.At, reading.Stamp{}
}

// probe is what the engine keeps of one probe target.
type probe struct {
	ProbeTarget
	heard bool // any good result at all
	// misses counts the results without an answer since the newest answer.
	misses  int
	refused bool
	// turned is the first result of the present run (of answers or of misses), seen the newest.
	turned, seen reading.Stamp
}

// take counts one result; it reports whether a run of answers or of misses ended
// with it. The first result of all is news only if it is a miss.
func (p *probe) take(r reading.Reading) (news bool) {
	if !r.Known() || p.heard && r.At == p.seen {
		return false
	}
	answered := r.Value == reading.ProbeAnswered || r.Value == reading.ProbeRefused
	if !p.heard || answered != (p.misses == 0) {
		p.turned = r.At
		news = p.heard || !answered
	}
	p.heard, p.seen = true, r.At
	if answered {
		p.misses, p.refused = 0, r.Value == reading.ProbeRefused
		return news
	}
	p.misses++
	p.refused = false
	return news
}

// AgeLimit is how old the newest reading of x may be before it is unknown.
func (p *Plan) AgeLimit(x reading.Point) time.Duration {
	if d, ok := p.FreshPoint[x]; ok {
		return d
	}
	if d, ok := p.Fresh[x.Kind]; ok {
		return d
	}
	if d, ok := p.FreshDevice[x.Device]; ok {
		return d
	}
	if x.Kind >= reading.Voltage {
		return sensorFresh
	}
	return DefaultFresh
}

func (p *Plan) misses() int {
	if p.Misses > 0 {
		return p.Misses
	}
	return 6
}

func (t ProbeTarget) point() reading.Point {
	return reading.Point{Device: PathDevice, Object: t.Name, Kind: reading.ProbeResult}
}

func (p Port) point() reading.Point {
	return reading.Point{Device: p.Device, Object: p.Port, Kind: reading.IfOperStatus}
}

func device(name string, kind reading.Kind) reading.Point {
	return reading.Point{Device: name, Kind: kind}
}

func own(object string, kind reading.Kind) reading.Point {
	return reading.Point{Device: reading.Monitor, Object: object, Kind: kind}
}
