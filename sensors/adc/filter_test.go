package adc

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/contact"
)

// looks runs circuits through a filter, 50 ms apart, and returns what counted
// after each; Between before anything did, "unsteady" as 99.
func looks(f filter, circuits []contact.Circuit) []contact.Circuit {
	var out []contact.Circuit
	for i, c := range circuits {
		f, _, _ = f.look(c, time.Duration(i)*lookEvery)
		switch {
		case !f.sure:
			out = append(out, contact.Between)
		case f.unsteady:
			out = append(out, 99)
		default:
			out = append(out, f.told)
		}
	}
	return out
}

func TestOneLookIsNoState(t *testing.T) {
	const o, c, x = contact.ContactOpen, contact.ContactClosed, contact.Cut
	for _, debounce := range []time.Duration{0, 40 * time.Millisecond} {
		got := looks(filter{debounce: debounce}, []contact.Circuit{c, c, o, c, o, o, x, x, x, x, x, x, x, c, c})
		want := []contact.Circuit{0, c, c, c, c, o, o, o, o, o, o, o, x, x, c}
		if !slices.Equal(got, want) {
			t.Errorf("debounce %s: %v, want %v", debounce, got, want)
		}
	}
	if got := looks(filter{debounce: 200 * time.Millisecond}, []contact.Circuit{c, c, c, c, c}); !slices.Equal(got, []contact.Circuit{0, 0, 0, 0, c}) {
		t.Errorf("debounce 200 ms: %v", got)
	}
}

// Whatever the looks show: what counts was shown by every look over the time it
// needs, no older state counts for more than two seconds, and a circuit that
// lasts counts in the end.
func TestAnyLooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		circuits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) contact.Circuit {
			return contact.Circuit(rapid.IntRange(0, 4).Draw(t, "circuit"))
		}), 1, 100).Draw(t, "looks")
		counts := looks(filter{debounce: 40 * time.Millisecond}, circuits)
		shown := 0 // looks since what counts was last shown twice in a row
		for i, c := range counts {
			need := 2
			if c.Fault() != "" {
				need = int(faultHold/lookEvery) + 1
			}
			if i > 0 && c != counts[i-1] && c != 99 && !lasted(circuits[:i+1], c, need) {
				t.Fatalf("look %d: %v counts, shown %v", i, c, circuits[:i+1])
			}
			if shown++; lasted(circuits[:i+1], c, 2) {
				shown = 0
			}
			if time.Duration(shown)*lookEvery > unsteadyAfter+2*lookEvery && c != 99 && c != contact.Between {
				t.Fatalf("look %d: %v still counts, shown %v", i, c, circuits[:i+1])
			}
		}
		last := circuits[len(circuits)-1]
		for range 7 {
			circuits = append(circuits, last)
		}
		if got := looks(filter{}, circuits); got[len(got)-1] != last {
			t.Fatalf("%v counts in the end of %v", got[len(got)-1], circuits)
		}
	})
}

// lasted reports whether the last n looks all showed c.
func lasted(circuits []contact.Circuit, c contact.Circuit, n int) bool {
	return len(circuits) >= n && !slices.ContainsFunc(circuits[len(circuits)-n:], func(x contact.Circuit) bool { return x != c })
}

// Conversion register at full scale 4.096 V, one bit 0.125 mV, as the table of
// the data sheet's "Data Format" has it: 7fffh, 0001h, 0, ffffh, 8000h.
func TestMillivolts(t *testing.T) {
	l := contact.DefaultLoop()
	fine := &ads1115{config: configFor(l)}
	l.Supply, l.Channel = 5000, 3
	coarse := &ads1115{config: configFor(l)}
	if fine.config != 0xc3c3 || coarse.config != 0xf1c3 {
		t.Errorf("config %#04x, %#04x", fine.config, coarse.config)
	}
	for raw, want := range map[uint16][2]int64{
		0x7fff: {4095, 6143}, 0x4000: {2048, 3072}, 0x0008: {1, 1}, 0x0001: {0, 0},
		0: {0, 0}, 0xfff8: {-1, -2}, 0x8000: {-4096, -6144},
	} {
		if got := [2]int64{fine.millivolts(int64(int16(raw))), coarse.millivolts(int64(int16(raw)))}; got != want {
			t.Errorf("%#04x is %v mV, want %v", raw, got, want)
		}
	}
}
