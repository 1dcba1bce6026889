package climate

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The integers of section 4.2.3 agree with the floating-point formulas of appendix
// A (section 8.1) of BST-BME280-DS002, written out apart, for any chip and reading.
func TestBoschAgreesWithAppendixA(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		between := func(name string, low, high int64) int64 { return rapid.Int64Range(low, high).Draw(t, name) }
		c := trim{
			t1: between("t1", 26_000, 30_000), t2: between("t2", 25_000, 28_000), t3: between("t3", -1_100, 100),
			h1: between("h1", 0, 80), h2: between("h2", 340, 390), h3: between("h3", 0, 2),
			h4: between("h4", 280, 340), h5: between("h5", 0, 60), h6: between("h6", 20, 40),
		}
		raw := between("raw", 380_000, 620_000)
		x := float64(raw)
		fine := (x/16384-float64(c.t1)/1024)*float64(c.t2) + math.Pow(x/131072-float64(c.t1)/8192, 2)*float64(c.t3)
		got := c.fine(raw)
		if math.Abs(float64(got)-fine) > 16 || math.Abs(float64(celsius(got))-fine/5.12) > 15 {
			t.Fatalf("fine %d, want %.1f; %d m°C", got, fine, celsius(got))
		}
		wet := between("wet", 18_000, 45_000)
		h := fine - 76800
		h = (float64(wet) - (float64(c.h4)*64 + float64(c.h5)/16384*h)) *
			(float64(c.h2) / 65536 * (1 + float64(c.h6)/67108864*h*(1+float64(c.h3)/67108864*h)))
		h *= 1 - float64(c.h1)*h/524288
		if want := 1000 * min(max(h, 0), 100); math.Abs(float64(c.percent(wet, got))-want) > 60 {
			t.Fatalf("%d m%%, want %.0f", c.percent(wet, got), want)
		}
	})
}

// H4 and H5 share an octet and have signs: table 16.
func TestBoschTrim(t *testing.T) {
	var c trim
	c.humidity(75, [7]byte{0x6a, 0x01, 0x00, 0x13, 0x29, 0x03, 0x1e})
	if want := (trim{h1: 75, h2: 362, h4: 0x139, h5: 0x032, h6: 30}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
	c.humidity(0, [7]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	if want := (trim{h2: -1, h3: 255, h4: -1, h5: -1, h6: -1}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
}
