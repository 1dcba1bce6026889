package contact

import (
	"testing"

	"pgregory.net/rapid"
)

func TestWindowsOfTheUsualResistors(t *testing.T) {
	want := [4]Window{{Short, -165, 451}, {ContactClosed, 913, 1195}, {ContactOpen, 1781, 2149}, {Cut, 2634, 3465}}
	if got := DefaultLoop().Windows(); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	for millivolts, want := range map[int64]Circuit{
		-166: Between, 0: Short, 452: Between, 1031: ContactClosed, 1500: Between,
		1956: ContactOpen, 2400: Between, 3300: Cut, 3466: Between,
	} {
		if got := DefaultLoop().Circuit(millivolts); got != want {
			t.Errorf("%d mV is %d, want %d", millivolts, got, want)
		}
	}
}

// Whatever parts are in the loop within their tolerances, its four circuits are
// told right; and what Validate lets pass cannot be read as two circuits.
func TestCircuitsWithinTolerance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := DefaultLoop()
		l.PullUp = rapid.Int64Range(500, 10_000).Draw(t, "pull-up")
		l.Closed = rapid.Int64Range(500, 10_000).Draw(t, "closed")
		l.Open = l.Closed + rapid.Int64Range(500, 20_000).Draw(t, "across")
		l.Supply = rapid.Int64Range(3000, 5000).Draw(t, "supply")
		l.Tolerance = rapid.Int64Range(1, 10).Draw(t, "tolerance")
		if windows := l.Windows(); !apart(windows) {
			t.Skip("would be refused")
		}
		off := func(v int64, name string) float64 {
			return float64(v) * (1 + rapid.Float64Range(-1, 1).Draw(t, name)*float64(l.Tolerance)/100)
		}
		wire := rapid.Float64Range(0, float64(l.Wire)).Draw(t, "wire")
		ohms, want := 0.0, Short
		switch rapid.IntRange(0, 3).Draw(t, "circuit") {
		case 1:
			ohms, want = off(l.Closed, "series"), ContactClosed
		case 2:
			ohms, want = off(l.Open, "series and across"), ContactOpen
		case 3:
			ohms, want = 1e9, Cut
		}
		ohms += wire
		volts := off(l.Supply, "supply as it is") * ohms / (ohms + off(l.PullUp, "pull-up as it is"))
		if got := l.Circuit(int64(volts)); got != want {
			t.Errorf("%.0f mV of %+v is circuit %d, want %d", volts, l, got, want)
		}
	})
}

func apart(windows [4]Window) bool {
	for i, w := range windows[1:] {
		if w.Low <= windows[i].High {
			return false
		}
	}
	return true
}
