package power

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
)

// cell is a lithium-ion cell as a test keeps it: what is in it, and its voltage
// under load. Its curve is that of the datasheet's typical cell.
type cell struct {
	b    Battery
	left float64 // mWh
}

func (c *cell) sample(milliWatt float64, ohm float64) sample {
	h := newHoldUp(c.b)
	level := int64(c.left / float64(c.b.CapacityMilliWattHour) * full)
	lo, hi := int64(0), 2*h.curve[0].MilliVolt
	for lo < hi { // the voltage at which the curve says so
		if mid := (lo + hi) / 2; h.levelAt(mid) < level {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	amps := milliWatt / float64(lo)
	return sample{milliVolt: lo - int64(amps*ohm*1000), microAmp: int64(amps * 1e6)}
}

func (c *cell) drain(milliWatt float64, d time.Duration) {
	c.left = min(max(c.left-milliWatt*d.Hours(), 0), float64(c.b.CapacityMilliWattHour))
}

func battery() Battery {
	var r Rail
	r.SetDefaults()
	r.Battery.CapacityMilliWattHour, r.Battery.LoadMilliWatt = 18_500, 6_000
	return r.Battery
}

func volts(milliVolt, microAmp int64) sample { return sample{milliVolt: milliVolt, microAmp: microAmp} }

func at(d time.Duration) reading.Stamp { return reading.Stamp{Boot: "b", Mono: time.Hour + d} }

func take(t interface{ Fatal(...any) }, h *holdUp, s sample, d time.Duration) state {
	got, err := h.take(s, at(d))
	if err != nil {
		t.Fatal(d, s, err)
	}
	return got
}

// A full cell at 6 W, sampled every 5 s: what is told stays within a tenth of what
// is true, until the reserve is reached and nothing is left.
func TestBatteryLastsAsLongAsTold(t *testing.T) {
	c := &cell{battery(), 18_500}
	h := newHoldUp(c.b)
	idle := take(t, h, c.sample(0, 0.1), 0)
	if idle.level != full || idle.seconds != 9_990 { // 90 % of 18.5 Wh at 6 W
		t.Errorf("while mains is there: %+v", idle)
	}
	const step = 5 * time.Second
	worst := int64(0)
	for d := step; d < 3*time.Hour; d += step {
		c.drain(6000, step)
		got := take(t, h, c.sample(6000, 0.1), d)
		truth := max(int64((c.left-1850)*3600/6000), 0)
		worst = max(worst, got.seconds-truth, truth-got.seconds)
		if off := got.seconds - truth; max(off, -off) > got.uncertainty {
			t.Fatalf("after %v: %+v, truth %d s", d, got, truth)
		}
	}
	if end := take(t, h, c.sample(6000, 0.1), 3*time.Hour); end.seconds != 0 || end.level > 10_000 {
		t.Errorf("at the end: %+v", end)
	}
	if worst > 1000 {
		t.Errorf("off by up to %d s of 9990", worst)
	}
}

// A small one is told as exactly as a large one: 250 mWh, half full, at 0.5 W.
func TestSmallBattery(t *testing.T) {
	b := battery()
	b.CapacityMilliWattHour, b.LoadMilliWatt = 250, 500
	got := take(t, newHoldUp(b), volts(3770, 0), 0)
	if want := (state{level: 50_000, seconds: 720, uncertainty: 180}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// An old battery of half its capacity is found out by its voltage, and the time
// is told shorter, not longer, than it lasts.
func TestOldBatteryIsNotOverrated(t *testing.T) {
	worn := &cell{battery(), 9_250}
	worn.b.CapacityMilliWattHour = 9_250
	h := newHoldUp(battery())
	take(t, h, worn.sample(0, 0.1), 0)
	const step = 5 * time.Second
	for d := step; d < time.Hour; d += step {
		worn.drain(6000, step)
		got := take(t, h, worn.sample(6000, 0.1), d)
		if truth := int64(worn.left * 3600 / 6000); d > 50*time.Minute && got.seconds > 2*truth {
			t.Errorf("after %v: told %d s, true %d s", d, got.seconds, truth)
		}
	}
}

// While it is charged the voltage stands higher than what is in the battery: the
// count holds, and once charging has ended the voltage tells again.
func TestChargingIsCounted(t *testing.T) {
	b := battery()
	h := newHoldUp(b)
	take(t, h, volts(3500, 0), 0) // at rest: 10 %
	got := take(t, h, volts(4100, -1_000_000), time.Minute)
	if got.level < 10_000 || got.level > 11_000 {
		t.Errorf("after a minute of charging: %+v", got)
	}
	if got.seconds > 100 {
		t.Errorf("and would last %d s", got.seconds)
	}
	if got = take(t, h, volts(4185, -10_000), 2*time.Minute); got.level != full {
		t.Errorf("full and at rest: %+v", got)
	}
}

// Over a gap in the samples nothing is counted: the voltage tells anew.
func TestGapIsNotCounted(t *testing.T) {
	h := newHoldUp(battery())
	take(t, h, volts(3500, 0), 0)
	if got := take(t, h, volts(4000, -1_000_000), 10*time.Minute); got.level != 70_000 {
		t.Errorf("ten minutes later: %+v", got)
	}
}

func TestNoForecastWithoutLoad(t *testing.T) {
	b := battery()
	b.LoadMilliWatt = 0
	h := newHoldUp(b)
	if got := take(t, h, volts(4000, 0), 0); got.seconds != -1 {
		t.Errorf("not drained: %+v", got)
	}
	if got := take(t, h, volts(3900, 1_000_000), time.Second); got.seconds < 3000 {
		t.Errorf("drained: %+v", got)
	}
}

func TestBatteryFaults(t *testing.T) {
	for _, c := range []struct {
		milliVolt int64
		want      error
	}{{0, noBattery}, {700, noBattery}, {2000, wrongBattery}, {2800, nil}, {4200, nil}, {5300, wrongBattery}, {8300, wrongBattery}} {
		h := newHoldUp(battery())
		if _, err := h.take(volts(c.milliVolt, 0), at(0)); !errors.Is(err, c.want) {
			t.Errorf("%d mV: %v, want %v", c.milliVolt, err, c.want)
		}
	}
	// The battery is taken out and another put in: nothing of the old one is counted.
	h := newHoldUp(battery())
	take(t, h, volts(4180, 2_000_000), 0)
	if _, err := h.take(volts(0, 0), at(time.Minute)); err == nil {
		t.Error("no battery was not seen")
	}
	if got := take(t, h, volts(3720, -1_000_000), 2*time.Minute); got.level != 20_000 {
		t.Errorf("the new one, which is charged: %+v", got)
	}
}

// Own curves are of the whole battery; those of a chemistry are of one cell.
func TestCurves(t *testing.T) {
	lead := Battery{CapacityMilliWattHour: 84_000, Chemistry: LeadAcid, Cells: 6, LoadMilliWatt: 12_000}
	own := lead
	own.Curve = []CurvePoint{{13_000, 100}, {11_000, 0}}
	for _, c := range []struct {
		b               Battery
		milliVolt, want int64
	}{{lead, 12_180, 50_000}, {lead, 14_000, full}, {lead, 11_000, 0}, {lead, 12_315, 62_500}, {own, 12_000, 50_000}} {
		if got := newHoldUp(c.b).levelAt(c.milliVolt); got != c.want {
			t.Errorf("%d mV is %d, want %d", c.milliVolt, got, c.want)
		}
	}
	for chemistry, curve := range cells {
		if !falling(curve) {
			t.Errorf("%s: the curve does not fall from 100 to 0", chemistry)
		}
	}
}

// Whatever is measured, what is told stays within what the battery can hold.
func TestBatteryBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := battery()
		b.CapacityMilliWattHour = rapid.Int64Range(100, 10_000_000).Draw(t, "capacity")
		b.ReservePercent = rapid.Int64Range(0, 90).Draw(t, "reserve")
		h, d := newHoldUp(b), time.Duration(0)
		for range 20 {
			d += time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "dt"))
			got, err := h.take(volts(rapid.Int64Range(-100, 6000).Draw(t, "mV"), rapid.Int64Range(-20_000_000, 20_000_000).Draw(t, "uA")), at(d))
			if err != nil {
				continue
			}
			if most := b.CapacityMilliWattHour * 3600 / drained; got.level < 0 || got.level > full || got.seconds < 0 || got.seconds > most || got.uncertainty < 0 {
				t.Fatalf("%+v, at most %d s", got, most)
			}
		}
	})
}

// The calibration register fits, holds the highest current, and what it stands for
// is what is read.
func TestCalibration(t *testing.T) {
	for _, c := range []struct {
		driver Driver
		rail   Rail
		want   uint16
	}{
		{INA219, Rail{ShuntMicroOhm: 100_000, MaxMilliAmp: 3200}, 4096},
		{INA219, Rail{ShuntMicroOhm: 100_000}, 4096},
		{INA219, Rail{ShuntMicroOhm: 2000, MaxMilliAmp: 30_000}, 20_480},
		{INA226, Rail{ShuntMicroOhm: 2000, MaxMilliAmp: 30_000}, 2560},
		{INA226, Rail{ShuntMicroOhm: 10_000, MaxMilliAmp: 8000}, 1024},
		{INA219, Rail{ShuntMicroOhm: 100_000, MaxMilliAmp: 10}, 40_960},
		{INA226, Rail{ShuntMicroOhm: 100_000, MaxMilliAmp: 10}, 25_600}, // 51200 would need bit 15
	} {
		if got := models[c.driver].calibrate(c.rail); got != c.want {
			t.Errorf("%s %+v: %d, want %d", c.driver, c.rail, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		driver := rapid.SampledFrom([]Driver{INA219, INA226}).Draw(t, "driver")
		m := models[driver]
		shunt := rapid.Int64Range(100, 10_000_000).Draw(t, "shunt")
		r := Rail{ShuntMicroOhm: shunt, MaxMilliAmp: rapid.Int64Range(1, max(m.shuntMicroVolt*1000/shunt, 1)).Draw(t, "max")}
		if r.MaxMilliAmp*shunt > m.shuntMicroVolt*1000 {
			t.Skip("no such rail is accepted")
		}
		c := &chip{m: m, calibration: m.calibrate(r)}
		if driver == INA219 && c.calibration&1 != 0 {
			t.Fatalf("calibration %d: bit 0 cannot be set", c.calibration)
		}
		if driver == INA226 && c.calibration > 0x7fff {
			t.Fatalf("calibration %d: bit 15 cannot be set", c.calibration)
		}
		if c.calibration < 100 {
			t.Fatalf("calibration %d: coarser than 1 %%", c.calibration)
		}
		if most := c.microAmps(0x7fff, r); most < r.MaxMilliAmp*1000*99/100 {
			t.Fatalf("calibration %d: the register ends at %d uA", c.calibration, most)
		}
	})
}
