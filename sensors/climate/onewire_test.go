package climate

import (
	"math"
	"testing"
)

func FuzzParseW1(f *testing.F) {
	for _, s := range []string{"", "\n", "21437\n", "-500", "85000\n", "127937\n", "t=1", "99999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parseW1(text)
		if err != nil && v != 0 {
			t.Errorf("%q gives %d beside %v", text, v, err)
		}
		past := filter{driver: DS18B20}
		if err == nil && past.judge(sample{temperature: v}) == nil && (v < -55_000 || v > 125_000 || v == w1PowerOn) {
			t.Errorf("%q is believed: %d", text, v)
		}
	})
}

func TestCRC8(t *testing.T) {
	if got := crc8([]byte{0xbe, 0xef}); got != 0x92 {
		t.Errorf("crc8(beef) = %#x, want 0x92", got)
	}
}

// Dew points from the formula's own definition: at saturation it is the
// temperature itself, and drier air has a lower one.
func TestDewPoint(t *testing.T) {
	for milli := int64(-40_000); milli <= 60_000; milli += 5_000 {
		last := int64(math.MinInt64)
		for rh := int64(5_000); rh <= 100_000; rh += 5_000 {
			d, ok := dewPoint(sample{temperature: milli, humidity: rh, hasHumidity: true})
			if !ok || d <= last {
				t.Fatalf("%d m°C %d m%%: %d, %v after %d", milli, rh, d, ok, last)
			}
			last = d
		}
		if last != milli {
			t.Errorf("saturated at %d: dew point %d", milli, last)
		}
	}
	if _, ok := dewPoint(sample{temperature: 20_000, hasHumidity: true}); ok {
		t.Error("air of 0 % has a dew point")
	}
}
