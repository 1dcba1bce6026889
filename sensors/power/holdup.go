package power

import (
	"time"

	"rackvakt/sensors/reading"
)

// cells are the voltages of one cell at rest and 20 °C, for cells of common make;
// one cell may differ by curveError.
var cells = map[Chemistry][]CurvePoint{
	LiIon:    {{4180, 100}, {4060, 90}, {3980, 80}, {3900, 70}, {3830, 60}, {3770, 50}, {3720, 40}, {3680, 30}, {3620, 20}, {3500, 10}, {3200, 0}},
	LiFePO4:  {{3400, 100}, {3340, 90}, {3325, 70}, {3300, 50}, {3270, 30}, {3230, 20}, {3180, 10}, {2800, 0}},
	LeadAcid: {{2120, 100}, {2075, 75}, {2030, 50}, {1985, 25}, {1930, 0}},
	NiMH:     {{1380, 100}, {1300, 80}, {1260, 50}, {1220, 20}, {1150, 5}, {1000, 0}},
}

const (
	full       = 100_000 // 0.001 %
	curveError = 10_000  // 0.001 %: how far a curve may be from the battery's own
	// drained is the power from which a battery counts as drained, mW; less is
	// what the measuring circuit takes.
	drained = 100
	// restHours: a battery that gives or takes less than its capacity in so many
	// hours is at rest, and its voltage tells what is in it.
	restHours = 20
	// smooth is the time over which the drawn power is averaged.
	smooth = 30 * time.Second
	// longest bounds what is counted between two samples: over a longer time the
	// power may have been anything.
	longest = 2 * time.Minute
)

// holdUp follows one battery: what is in it is read from the voltage while it
// rests, and counted from the power while it is charged or drained. While it is
// drained the voltage still bounds the count, since an old battery holds less
// than is printed on it. The zero value but for its Battery has seen nothing.
type holdUp struct {
	b     Battery
	curve []CurvePoint
	// left is what is in the battery, 0.001 mWh.
	left int64
	// draw is the averaged power while it is drained, mW; 0: it is not.
	draw int64
	last reading.Stamp
}

func newHoldUp(b Battery) *holdUp {
	h := &holdUp{b: b, curve: b.Curve}
	if len(h.curve) == 0 {
		for _, p := range cells[b.Chemistry] {
			h.curve = append(h.curve, CurvePoint{p.MilliVolt * b.Cells, p.Percent})
		}
	}
	return h
}

// state is what a battery tells.
type state struct {
	level int64 // 0.001 %
	// seconds that it will last, or would once mains is lost; -1: cannot be told.
	seconds, uncertainty int64
}

// take follows one sample.
func (h *holdUp) take(s sample, at reading.Stamp) (state, error) {
	// Current through the resistance lowers the voltage: uA times mOhm is nV.
	rest := s.milliVolt + s.microAmp*h.b.ResistanceMilliOhm/1_000_000
	if err := h.fits(rest); err != nil {
		h.forget()
		return state{}, err
	}
	capacity := h.b.CapacityMilliWattHour * 1000
	power := milliWatts(s)
	told := capacity * h.levelAt(rest) / full
	dt := at.Since(h.last)
	atRest := max(power, -power)*1000 < capacity/restHours
	if h.last.IsZero() || atRest || dt > longest {
		h.left = told
	} else {
		h.left -= power * int64(dt/time.Millisecond) / 3600
	}
	h.left = min(max(h.left, 0), capacity)
	h.average(power, dt)
	h.last = at
	left := h.left
	if h.draw > 0 {
		left = min(left, told)
	}
	return h.state(left), nil
}

// state says what left means.
func (h *holdUp) state(left int64) state {
	capacity := h.b.CapacityMilliWattHour * 1000
	out := state{level: left * full / capacity, seconds: -1}
	draw := h.draw
	if draw == 0 {
		draw = h.b.LoadMilliWatt
	}
	if draw > 0 {
		usable := max(left-capacity*h.b.ReservePercent/100, 0)
		out.seconds = usable * 36 / (draw * 10)
		out.uncertainty = capacity * curveError / full * 36 / (draw * 10)
	}
	return out
}

// average follows the drawn power.
func (h *holdUp) average(power int64, dt time.Duration) {
	switch {
	case power < drained:
		h.draw = 0
	case h.draw == 0 || dt > longest:
		h.draw = power
	default:
		h.draw = max(h.draw+(power-h.draw)*int64(dt)/int64(dt+smooth), drained)
	}
}

// fits reports whether the voltage can be that of the configured battery.
func (h *holdUp) fits(rest int64) error {
	top, bottom := h.curve[0].MilliVolt, h.curve[len(h.curve)-1].MilliVolt
	switch {
	case rest < bottom/4:
		return noBattery
	case rest < bottom*3/4, rest > top*5/4:
		return wrongBattery
	}
	return nil
}

// forget starts anew: another battery may come.
func (h *holdUp) forget() { h.left, h.draw, h.last = 0, 0, reading.Stamp{} }

// levelAt returns what the curve says of a voltage at rest, 0.001 %.
func (h *holdUp) levelAt(milliVolt int64) int64 {
	if milliVolt >= h.curve[0].MilliVolt {
		return full
	}
	for i, low := range h.curve[1:] {
		if high := h.curve[i]; milliVolt >= low.MilliVolt {
			return 1000*low.Percent + 1000*(high.Percent-low.Percent)*(milliVolt-low.MilliVolt)/(high.MilliVolt-low.MilliVolt)
		}
	}
	return 0
}
