package forecast_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/climate/forecast"
)

const (
	limit  = 35_000
	sample = 5 * time.Second
)

// closet is one that warms as a body of the first order, seen by a noisy probe.
type closet struct {
	rest, end float64 // °C
	tau       float64 // s
	noise     float64 // °C
	step      float64 // °C, 0: none
	fault     time.Duration
}

func (c closet) truth(at time.Duration) float64 {
	if at < c.fault {
		return c.rest
	}
	return c.end - (c.end-c.rest)*math.Exp(-(at-c.fault).Seconds()/c.tau)
}

// hot is when the truth reaches the limit.
func (c closet) hot() (time.Duration, bool) {
	if c.end <= limit/1000 {
		return 0, false
	}
	s := c.tau * math.Log((c.end-c.rest)/(c.end-limit/1000))
	return c.fault + time.Duration(s*float64(time.Second)), true
}

// shown is what a probe with a median of three makes of it.
func (c closet) shown(at time.Duration, rnd *rand.Rand) int64 {
	var v [3]float64
	for i := range v {
		v[i] = c.truth(at-time.Duration(i)*sample) + c.noise*rnd.NormFloat64()
	}
	m := max(min(v[0], v[1]), min(max(v[0], v[1]), v[2]))
	if c.step > 0 {
		m = math.Floor(m/c.step) * c.step
	}
	return int64(math.Round(1000 * m))
}

func random(rnd *rand.Rand) closet {
	between := func(low, high float64) float64 { return low + (high-low)*rnd.Float64() }
	c := closet{
		rest: between(18, 27), end: between(36, 65), tau: between(600, 7200),
		noise: between(0.005, 0.06), fault: time.Duration(between(900, 4000)) * time.Second,
	}
	if rnd.IntN(2) == 0 {
		c.step = 0.0625
	}
	return c
}

// Told times hold the truth within their interval in 95 of 100, and come early
// enough to be of use.
func TestFirstOrderHeating(t *testing.T) {
	const seed = 20260502
	runs, late := 60, 6
	if testing.Short() { // under emulation, or the race detector
		runs, late = 24, 3
	}
	rnd := rand.New(rand.NewPCG(seed, 0))
	told, inside, warned, slack := 0, 0, 0, 0.0
	for range runs {
		c := random(rnd)
		hot, _ := c.hot()
		h := forecast.New(limit, int64(math.Ceil(1000*c.step)))
		first := time.Duration(-1)
		for at := time.Duration(0); at < hot; at += sample {
			h.Add(at-sample, c.shown(at, rnd))
			if at%time.Minute != 0 || at < c.fault {
				continue
			}
			f, ok := h.Ahead(at)
			if !ok || f.In == 0 {
				continue
			}
			if first < 0 {
				first = hot - at
			}
			told++
			slack += float64(f.Uncertainty()) / float64(f.In)
			if left := hot - at; left >= f.Earliest && left <= f.Latest {
				inside++
			}
		}
		if lasts := hot - c.fault; first >= min(10*time.Minute, lasts/3) {
			warned++
		}
	}
	t.Logf("seed %d: %d told, %.1f %% inside, mean uncertainty %.0f %% of the time, %d of %d warned in good time",
		seed, told, 100*float64(inside)/float64(told), 100*slack/float64(told), warned, runs)
	if told < 10*runs || inside*100 < 95*told || runs-warned > late {
		t.Error("too few, too wrong or too late")
	}
}

// toldOver says how often something is told over the hours of a temperature.
func toldOver(hours int, temperature func(at time.Duration) float64) (times int) {
	rnd := rand.New(rand.NewPCG(1, 2))
	h := forecast.New(limit, 63)
	for at := time.Duration(0); at < time.Duration(hours)*time.Hour; at += sample {
		h.Add(at, int64(1000*(temperature(at)+0.03*rnd.NormFloat64())))
		if at%(30*time.Second) != 0 {
			continue
		}
		if _, ok := h.Ahead(at); ok {
			times++
		}
	}
	return times
}

// A cooling unit that switches on and off, a room that follows the day, one that
// cools, one that rests, and a door that lets warm air in for a minute foretell nothing.
func TestNothingToTell(t *testing.T) {
	saw := func(at time.Duration) float64 { // 2 degrees up in 12 minutes, down in 4
		phase := math.Mod(at.Minutes(), 16)
		if phase < 12 {
			return 22 + phase/6
		}
		return 24 - (phase-12)/2
	}
	for name, f := range map[string]func(time.Duration) float64{
		"rests":    func(time.Duration) float64 { return 22 },
		"switches": saw,
		"cools":    func(at time.Duration) float64 { return 20 + 10*math.Exp(-at.Hours()) },
		"day":      func(at time.Duration) float64 { return 23 + 2*math.Sin(at.Hours()*math.Pi/12) },
		"door": func(at time.Duration) float64 {
			if at > 3*time.Hour && at < 3*time.Hour+time.Minute {
				return 25
			}
			return 22
		},
	} {
		if n := toldOver(26, f); n != 0 {
			t.Errorf("%s: told %d times", name, n)
		}
	}
}

// After the switching unit dies, the rise out of its range is told.
func TestLossAfterSwitching(t *testing.T) {
	n := toldOver(5, func(at time.Duration) float64 {
		if at < 4*time.Hour {
			return 23 + math.Sin(at.Minutes()/3)
		}
		return 23 + 20*(1-math.Exp(-(at-4*time.Hour).Minutes()/40))
	})
	if n < 20 {
		t.Errorf("told %d times", n)
	}
}

func TestHotAlready(t *testing.T) {
	h := forecast.New(limit, 63)
	for at := time.Duration(0); at < 10*time.Minute; at += sample {
		h.Add(at, 36_000)
	}
	if f, ok := h.Ahead(10 * time.Minute); !ok || f != (forecast.Forecast{}) {
		t.Errorf("%+v, %v", f, ok)
	}
}

// A hole in the readings leaves nothing to draw a line from.
func TestHole(t *testing.T) {
	c := closet{rest: 22, end: 50, tau: 1800}
	rnd := rand.New(rand.NewPCG(3, 4))
	h := forecast.New(limit, 3)
	for at := time.Duration(0); at < 8*time.Minute; at += sample {
		h.Add(at, c.shown(at, rnd))
	}
	if _, ok := h.Ahead(8 * time.Minute); !ok {
		t.Error("nothing told before the hole")
	}
	h.Add(12*time.Minute, c.shown(12*time.Minute, rnd))
	if f, ok := h.Ahead(12 * time.Minute); ok {
		t.Errorf("told over a hole: %+v", f)
	}
}

// Whatever comes in, what is told is an interval around its estimate.
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := forecast.New(limit, rapid.Int64Range(0, 500).Draw(t, "step"))
		at, rise := time.Duration(0), rapid.Int64Range(-5, 60).Draw(t, "rise")
		for range rapid.IntRange(0, 150).Draw(t, "n") {
			at += time.Duration(rapid.Int64Range(0, 20).Draw(t, "s")) * time.Second
			noise := rapid.OneOf(rapid.Int64Range(-20, 20), rapid.Int64Range(-80_000, 100_000)).Draw(t, "noise")
			h.Add(at, 22_000+rise*int64(at/time.Second)+noise)
		}
		f, ok := h.Ahead(at)
		if ok && (f.Earliest < 0 || f.Earliest > f.In || f.In > f.Latest) || !ok && f != (forecast.Forecast{}) {
			t.Fatalf("%+v, %v", f, ok)
		}
	})
}
