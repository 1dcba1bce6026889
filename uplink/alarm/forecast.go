package alarm

import (
	"cmp"
	"fmt"
	"time"

	"rackvakt/sensors/reading"
)

// hotSoon is Plan.HotSoon where that is zero.
const hotSoon = 30 * time.Minute

// Of a forecast that ends its probe says why once. Without that word it may come
// again till forecastBack: it needs some minutes of values without a gap.
const (
	reasonNotRising = "not rising"
	forecastBack    = 10 * time.Minute
)

// judgeHeating: the probe of temp will be hot soon, as it warms up now. A forecast
// whose uncertainty leaves it open must last twice as long. No forecast of a probe
// that is read is a good one: nothing rises.
func judgeHeating(temp reading.Point) judgeFunc {
	hot := reading.Point{Device: temp.Device, Object: temp.Object, Kind: reading.TimeToHot}
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		t, ok := e.known(temp, now)
		s, told := e.known(hot, now)
		f := finding{truth: No, severity: r.row.Severity, since: now}
		switch {
		case !told && (!ok || e.forecastMayReturn(hot, now)):
			return finding{}
		case !told:
			f.since = t.seen
			return r.steady(f)
		}
		soon := cmp.Or(e.plan.HotSoon, hotSoon)
		bound := soon
		if r.stood() {
			bound += bound / 3
		}
		f.since = s.seen
		if seconds(s.value) < bound {
			f.truth, f.evidence = Yes, []Evidence{hotIn(hot, s, now)}
			if seconds(s.value+s.last.Uncertainty) >= soon {
				f.hold = 2 * r.delay.Trip
			}
		}
		return r.steady(f)
	}
}

// forecastMayReturn reports whether the forecast at p has only been interrupted.
func (e *Engine) forecastMayReturn(p reading.Point, now reading.Stamp) bool {
	s := e.samples[p]
	return s != nil && s.good && s.last.Reason != reasonNotRising && !e.lasted(s.seen, forecastBack, now)
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// hotIn is a forecast as evidence: "18 min ±4".
func hotIn(p reading.Point, s *sample, now reading.Stamp) Evidence {
	const minute = 60
	value := fmt.Sprintf("%d min", (s.value+minute/2)/minute)
	if u := s.last.Uncertainty; u > 0 {
		value += fmt.Sprintf(" ±%d", (u+minute-1)/minute)
	}
	return Evidence{Say: "hot_in", Device: p.Device, Object: p.Object, Value: value, AgeMS: now.Since(s.seen).Milliseconds()}
}

// withForecast adds to a finding that stands when it will be too hot: at the given
// probe, or for the zero Point at that which is hot first.
func withForecast(judge judgeFunc, temp reading.Point) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		f := judge(e, r, now)
		if f.truth != Yes {
			return f
		}
		var soonest *sample
		var first reading.Point
		for _, p := range e.forecasts {
			if temp != (reading.Point{}) && (p.Device != temp.Device || p.Object != temp.Object) {
				continue
			}
			if s, ok := e.known(p, now); ok && (soonest == nil || s.value < soonest.value) {
				soonest, first = s, p
			}
		}
		if soonest != nil {
			f.evidence = append(f.evidence, hotIn(first, soonest, now))
		}
		return f
	}
}
