// Package forecast says when a temperature that rises now will reach a limit, from
// the last ten minutes of one probe, and how sure that is.
//
// A closet whose cooling is lost warms towards an end as a body of the first order
// does: T(t) = a + b (1 - exp(-kt))/k, with t = 0 now, b the slope now and k >= 0
// the rate at which the rise slows down (0: a straight line). For each k of a table
// the slope is the median of the slopes of all pairs of points (Theil 1950, Sen
// 1968), which a few wild values do not move; its bounds are Sen's, from Kendall's
// distribution. Every k that the data do not contradict counts towards the interval.
// The window is cut to what one curve describes, so that the rest before the fault
// does not flatten the rise.
//
// Nothing is told while the temperature is within what it was in the two hours
// before: a cooling unit that switches on and off makes it rise all day. Nothing is
// told when the data leave open whether the limit will be reached at all. In the
// first forty minutes only a rise by three degrees in the window counts.
//
// It refuses to know probes, clocks and alarms: times and values come in. It is
// pure and holds no more than some hundred numbers.
package forecast

import (
	"math"
	"slices"
	"time"
)

const (
	window   = 10 * time.Minute
	bin      = 15 * time.Second
	memory   = 2 * time.Hour
	block    = 5 * time.Minute
	fewest   = 8             // points of the shortest window
	farthest = 4 * time.Hour // what lies later is not told
	above    = 300.0         // 0.001 °C over the warmest of memory
	atLeast  = 3_000.0       // 0.001 °C of rise within the window while memory is young
	young    = 30 * time.Minute
	// leastNoise is the least noise that is believed, 0.001 °C.
	leastNoise = 10.0
)

// Forecast is when the limit will be reached, counted from the moment asked about.
type Forecast struct {
	// In is the best estimate, 0 at or above the limit; the truth is meant to lie
	// between Earliest and Latest in 95 of 100 cases.
	In, Earliest, Latest time.Duration
	// Slope is the rise now, 0.001 °C a minute.
	Slope int64
}

// Uncertainty is the larger distance from In to an end of the interval.
func (f Forecast) Uncertainty() time.Duration { return max(f.In-f.Earliest, f.Latest-f.In) }

// History holds what one probe showed. Use New.
type History struct {
	limit float64 // 0.001 °C
	step  float64 // 0.001 °C: the least digit
	// open gathers the values of the newest bin, which began at begun.
	open  []float64
	begun time.Duration
	bins  []point // oldest first, no older than window
	// warm are the warmest values of the blocks before the window, oldest first.
	warm []point
}

// point is a value at a time, both as floating-point numbers: s, 0.001 °C.
type point struct{ at, v float64 }

// New returns an empty History for a limit and a chip's least digit, both in 0.001 °C.
func New(limit, step int64) *History {
	return &History{limit: float64(limit), step: float64(step)}
}

// Add takes one value. Times only grow; after a hole longer than half a minute the
// history begins anew, but what was warm is kept.
func (h *History) Add(at time.Duration, milli int64) {
	if len(h.open) > 0 && at-h.begun >= bin {
		h.shut()
	}
	if n := len(h.bins); n > 0 && len(h.open) == 0 && at.Seconds()-h.bins[n-1].at > 60 {
		h.forget(math.Inf(1))
	}
	if len(h.open) == 0 {
		h.begun = at
	}
	h.open = append(h.open, float64(milli))
	h.forget((at - window).Seconds())
}

// shut makes a point of the open bin: the median of its values in its middle.
func (h *History) shut() {
	h.bins = append(h.bins, point{(h.begun + bin/2).Seconds(), median(h.open)})
	h.open = h.open[:0]
}

// forget moves points from before the time into the warmest of their block, and
// drops blocks out of memory.
func (h *History) forget(before float64) {
	for len(h.bins) > 0 && h.bins[0].at < before {
		p := h.bins[0]
		h.bins = h.bins[1:]
		if n := len(h.warm); n > 0 && p.at-h.warm[n-1].at < block.Seconds() {
			h.warm[n-1].v = max(h.warm[n-1].v, p.v)
		} else {
			h.warm = append(h.warm, p)
		}
	}
	for len(h.warm) > 0 && len(h.bins) > 0 && h.warm[0].at < h.bins[len(h.bins)-1].at-memory.Seconds() {
		h.warm = h.warm[1:]
	}
}

// Ahead says when the limit will be reached, seen from now; false where nothing can
// be said.
func (h *History) Ahead(now time.Duration) (Forecast, bool) {
	n := len(h.bins)
	if n < fewest {
		return Forecast{}, false
	}
	if h.bins[n-1].v >= h.limit {
		return Forecast{}, true
	}
	noise := max(leastNoise, 0.4*h.step, roughness(h.bins))
	if !h.leaves(noise) {
		return Forecast{}, false
	}
	for from := 0; n-from >= fewest; from += max(1, (n-from)/4) {
		fits, ok := fit(h.bins[from:], noise)
		if !ok {
			continue
		}
		return h.reach(fits, now.Seconds()-h.bins[n-1].at)
	}
	return Forecast{}, false
}

// leaves reports whether the temperature is now above all that it was.
func (h *History) leaves(noise float64) bool {
	third := len(h.bins) / 3
	begin, end := values(h.bins[:third]), values(h.bins[len(h.bins)-third:])
	now := median(end)
	if now-median(begin) < 4*noise/math.Sqrt(float64(third)) {
		return false
	}
	if len(h.warm) == 0 || h.bins[0].at-h.warm[0].at < young.Seconds() {
		return now-median(begin) > atLeast
	}
	warmest := h.warm[0].v
	for _, p := range h.warm {
		warmest = max(warmest, p.v)
	}
	return h.bins[len(h.bins)-1].v > warmest+above
}

// reach joins the curves that fit into one forecast; the best stands first. age is
// that of the last point, in seconds.
func (h *History) reach(fits []curve, age float64) (Forecast, bool) {
	best := fits[0].reaches(h.limit, fits[0].slope)
	soon, late := best, best
	for _, c := range fits {
		soon = min(soon, c.reaches(h.limit-c.off-h.step/2, c.high))
		late = max(late, c.reaches(h.limit+c.off+h.step/2, c.low))
	}
	best, soon, late = max(best-age, 0), max(soon-age, 0), max(late-age, 0)
	if math.IsInf(late, 1) || best > farthest.Seconds() || max(late-best, best-soon) > best {
		return Forecast{}, false
	}
	return Forecast{
		In: seconds(best), Earliest: seconds(soon), Latest: seconds(late),
		Slope: int64(math.Round(60 * fits[0].slope)),
	}, true
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func values(ps []point) []float64 {
	out := make([]float64, len(ps))
	for i, p := range ps {
		out[i] = p.v
	}
	return out
}

// median sorts a copy; an even number gives the mean of the two in the middle.
func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	m := len(s) / 2
	if len(s)%2 == 1 {
		return s[m]
	}
	return (s[m-1] + s[m]) / 2
}
