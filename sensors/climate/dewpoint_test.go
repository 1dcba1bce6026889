package climate

import (
	"math"
	"testing"
)

// Dew points from the formula's own definition: at saturation it is the
// temperature itself, and drier air has a lower one.
func TestDewPoint(t *testing.T) {
	for milli := int64(-45_000); milli <= 60_000; milli += 5_000 {
		last := int64(math.MinInt64)
		for rh := int64(5_000); rh <= 100_000; rh += 5_000 {
			d, why := dewPoint(sample{temperature: milli, humidity: rh})
			if why != "" || d <= last {
				t.Fatalf("%d m°C %d m%%: %d, %q after %d", milli, rh, d, why, last)
			}
			last = d
		}
		if last != milli {
			t.Errorf("saturated at %d: dew point %d", milli, last)
		}
	}
	for s, want := range map[sample]string{
		{temperature: 20_000}:                    tooDry,
		{temperature: 61_000, humidity: 50_000}:  noDewPoint,
		{temperature: -46_000, humidity: 50_000}: noDewPoint,
	} {
		if _, why := dewPoint(s); why != want {
			t.Errorf("%+v: %q, want %q", s, why, want)
		}
	}
}

// 25 °C and 50 % have a dew point of 13.85 °C (the saturation pressure there is
// 31.67 hPa in every table of steam; half of it is that of 13.86 °C), and half a
// degree and 3 % of doubt leave it open downwards to 24.5 °C and 47 %: 12.445 °C,
// which is farther than upwards.
func TestDewPointUncertainty(t *testing.T) {
	s := sample{temperature: 25_000, humidity: 50_000}
	if d, _ := dewPoint(s); d < 13_840 || d > 13_870 {
		t.Errorf("dew point %d", d)
	}
	if off := dewUncertainty(s, 500, 3_000); off != 13_852-12_445 {
		t.Errorf("uncertainty %d", off)
	}
	if off := dewUncertainty(s, 0, 0); off != 0 {
		t.Errorf("uncertainty %d of exact values", off)
	}
}

func TestSaturation(t *testing.T) {
	// The tables of steam: 23.39 hPa at 20, 42.47 at 30 degrees.
	for milli, hPa := range map[int64]float64{0: 6.112, 20_000: 23.39, 30_000: 42.47} {
		if got := 6.112 * saturation(milli); math.Abs(got-hPa) > 0.006*hPa {
			t.Errorf("%d m°C: %.2f hPa, want %.2f", milli, got, hPa)
		}
	}
}
