package record

import (
	"cmp"
	"slices"
	"time"

	"rackvakt/sensors/reading"
)

// SamplerOptions sets how readings become records of lane m.
type SamplerOptions struct {
	// Flush is the longest time that a changed value waits for its record.
	Flush time.Duration
	// Full is the time between two full pictures: points that moved since the last.
	Full time.Duration
	// Steady is the longest time between two records of a point that does not change;
	// less than the 5 min after which a store takes a series to have ended.
	Steady time.Duration
	// Thin is the shortest time between two samples of one point whose value moves;
	// a change of a state is never thinned.
	Thin time.Duration
}

// DefaultSamplerOptions returns a flush of 10 s, a full picture each 60 s in which
// what stands still is told every third time, and at most a sample of each moving
// number per 10 s.
func DefaultSamplerOptions() SamplerOptions {
	return SamplerOptions{Flush: 10 * time.Second, Full: time.Minute, Steady: 3 * time.Minute, Thin: 10 * time.Second}
}

// Sampler turns a stream of readings into batches for lane m: what changed at
// most Flush later, everything at least each Steady. A point that is no longer
// delivered is no longer sent: the absence shows. It keeps no timer; not safe for
// concurrent use.
type Sampler struct {
	opt    SamplerOptions
	points map[reading.Point]*tracked
	ready  []reading.Reading
	oldest time.Duration // Mono of the first change in ready
	full   time.Duration // Mono of the last full picture
}

type tracked struct {
	latest latest // as delivered
	// What was appended last, if once is set.
	once  bool
	known bool
	value int64
	at    time.Duration // Mono
}

// latest is a reading without its Point, which is the key, and without what does
// not travel.
type latest struct {
	value   int64
	quality reading.Quality
	at      reading.Stamp
}

func (l *latest) known() bool { return l.quality == reading.Good }

// NewSampler returns an empty Sampler.
func NewSampler(opt SamplerOptions) *Sampler {
	return &Sampler{opt: opt, points: map[reading.Point]*tracked{}}
}

// Add takes readings as they come in. Readings of kind None and
// those that stay local are ignored. One that
// is not Good counts from now: its own time may be that of the last good value.
func (s *Sampler) Add(readings []reading.Reading, now reading.Stamp) {
	for _, r := range readings {
		if r.Point.Kind == reading.None || r.Point.Kind.Local() {
			continue
		}
		if !r.Known() {
			r.At = now
		}
		t := s.points[r.Point]
		if t == nil {
			t = &tracked{}
			s.points[r.Point] = t
		}
		t.latest = latest{r.Value, r.Quality, r.At}
		if t.changed(r.Point.Kind, s.opt.Thin) {
			s.tell(r.Point, t)
		}
	}
}

// changed reports whether the latest reading differs from what was told, and is
// not too soon after it.
func (t *tracked) changed(kind reading.Kind, thin time.Duration) bool {
	if !t.once {
		return true
	}
	if t.latest.known() != t.known {
		return true
	}
	if !t.known || t.latest.value == t.value {
		return false
	}
	return kind.State() || t.latest.at.Mono-t.at >= thin
}

// still reports whether the latest reading says what was told.
func (t *tracked) still() bool {
	return t.once && t.known && t.latest.known() && t.value == t.latest.value
}

func (s *Sampler) tell(p reading.Point, t *tracked) {
	l := t.latest
	if len(s.ready) == 0 || l.at.Mono < s.oldest {
		s.oldest = l.at.Mono
	}
	t.once, t.known, t.value, t.at = true, l.known(), l.value, l.at.Mono
	s.ready = append(s.ready, reading.Reading{Point: p, Value: l.value, Quality: l.quality, At: l.at})
}

// Due returns the bodies to append now, nil while nothing is due. Call it each
// second or so.
func (s *Sampler) Due(now reading.Stamp) []Samples {
	full := now.Mono-s.full >= s.opt.Full
	if !full && (len(s.ready) == 0 || now.Mono-s.oldest < s.opt.Flush) {
		return nil
	}
	return s.take(now, full)
}

// Flush returns everything that waits, at a clean stop.
func (s *Sampler) Flush(now reading.Stamp) []Samples { return s.take(now, false) }

func (s *Sampler) take(now reading.Stamp, full bool) []Samples {
	if full {
		s.picture(now)
	}
	ready := s.ready
	s.ready = nil
	return Batch(ready, now)
}

// picture adds every point whose latest reading was not told, but what stands
// still only each Steady, and forgets points that nobody delivers any more.
func (s *Sampler) picture(now reading.Stamp) {
	s.full = now.Mono
	first := len(s.ready)
	for p, t := range s.points {
		switch {
		case now.Mono-t.latest.at.Mono > 5*s.opt.Full:
			delete(s.points, p)
		case t.at == t.latest.at.Mono, t.still() && t.latest.at.Mono-t.at < s.opt.Steady:
		default:
			s.tell(p, t)
		}
	}
	slices.SortFunc(s.ready[first:], func(a, b reading.Reading) int {
		return cmp.Or(cmp.Compare(a.Point.Device, b.Point.Device), cmp.Compare(a.Point.Object, b.Point.Object), cmp.Compare(a.Point.Kind, b.Point.Kind))
	})
}
