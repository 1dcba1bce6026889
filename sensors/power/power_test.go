package power_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"rackvakt/sensors/power"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
	"rackvakt/sensors/sensortest/chip"
)

// options returns a chip with one rail of 0.1 ohm.
func options(d power.Driver, rails ...power.Rail) power.Options {
	var o power.Options
	o.SetDefaults()
	o.Name, o.Driver, o.Rails = "power", d, rails
	return o
}

func rail(name string, channel int, microOhm, milliAmp int64) power.Rail {
	var r power.Rail
	r.SetDefaults()
	r.Name, r.Channel, r.ShuntMicroOhm, r.MaxMilliAmp = name, channel, microOhm, milliAmp
	return r
}

func texts(b reading.Batch) []string {
	var out []string
	for _, r := range b.Readings {
		name := r.Point.Object + " " + r.Point.Kind.Name()
		if r.Known() {
			out = append(out, fmt.Sprintf("%s %d±%d", name, r.Value, r.Uncertainty))
		} else {
			out = append(out, fmt.Sprintf("%s %s: %s", name, r.Quality, r.Reason))
		}
	}
	return out
}

// readOnce reads a chip behind tx once, in fake time.
func readOnce(t *testing.T, o power.Options, tx func(uint16, []byte, []byte) error) (b reading.Batch) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		b = power.New(o, &sensortest.Hardware{Bus: tx}, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler)).Read()
	})
	return b
}

// write and read are transactions with the chip at 0x40.
func write(reg byte, v uint16) i2ctest.IO {
	return i2ctest.IO{Addr: 0x40, W: []byte{reg, byte(v >> 8), byte(v)}}
}

func read(reg byte, v uint16) i2ctest.IO {
	return i2ctest.IO{Addr: 0x40, W: []byte{reg}, R: []byte{byte(v >> 8), byte(v)}}
}

// The worked examples of the datasheets: 2 milliohm, 12 V less the shunt's drop, 10
// A. INA219 SBOS448G section 9.2.2.1 table 8; INA226 SBOS547A section 7.5 table 1;
// INA3221 SBOS576B section 8.6.2.2 (-80 mV is 0xc180).
func TestDatasheetExamples(t *testing.T) {
	const config219, config226, config3221 = 0x2eef, 0x4527, 0x4527
	for _, c := range []struct {
		name string
		opt  power.Options
		ops  []i2ctest.IO
		want []string
	}{
		{"ina219", options(power.INA219, rail("12v", 0, 2000, 30_000)), []i2ctest.IO{
			write(0, config219), write(5, 0x5000), read(0, config219), read(5, 0x5000),
			read(0, config219), read(5, 0x5000),
			read(1, 0x07d0), read(4, 0x2710), read(2, 0x5d98|2), read(3, 0x1766),
		}, []string{"12v voltage_volts 11980±123", "12v current_amperes 10000±306", "12v power_watts 119800±4884"}},
		{"ina226", options(power.INA226, rail("12v", 0, 2000, 30_000)), []i2ctest.IO{
			read(0xfe, 0x5449), read(0xff, 0x2260),
			write(0, config226), write(5, 0x0a00), read(0, config226), read(5, 0x0a00),
			read(0, config226), read(5, 0x0a00),
			read(6, 0x0008), read(1, 0x1f40), read(4, 0x2710), read(2, 0x2570),
		}, []string{"12v voltage_volts 11980±44", "12v current_amperes 10000±137", "12v power_watts 119800±2076"}},
		{"ina3221", options(power.INA3221, rail("5v", 1, 100_000, 1600)), []i2ctest.IO{
			read(0xfe, 0x5449), read(0xff, 0x3220),
			write(0, config3221), read(0, config3221), read(0, config3221),
			read(1, 0xc180), read(2, 0x2710),
		}, []string{"5v voltage_volts 10000±64", "5v current_amperes -800±13", "5v power_watts -8000±176"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bus := &i2ctest.Playback{Ops: c.ops, DontPanic: true}
			got := readOnce(t, c.opt, bus.Tx)
			if d := cmp.Diff(c.want, texts(got)); d != "" {
				t.Error(d)
			}
			if err := bus.Close(); err != nil {
				t.Error(err)
			}
			source := []reading.Fact{{Point: reading.Point{Device: "power", Object: c.opt.Rails[0].Name}, Label: reading.LabelSource, Text: c.name + " i2c-1 0x40", At: got.Facts[0].At}}
			if d := cmp.Diff(source, got.Facts); d != "" {
				t.Error(d)
			}
		})
	}
}

// bench is a chip that answers by its datasheet, and what can be done to it.
type bench struct {
	bus *chip.Bus
	set func(register byte, v uint16)
}

func onBench(d power.Driver, r chip.Rail) bench {
	bus := &chip.Bus{}
	b := bench{bus: bus}
	switch d {
	case power.INA219:
		c := chip.NewINA219(100_000)
		c.Set(r)
		bus.Plug(0x40, c)
		b.set = c.SetRegister
	case power.INA226:
		c := chip.NewINA226(20_000)
		c.Set(r)
		bus.Plug(0x40, c)
		b.set = c.SetRegister
	case power.INA3221:
		c := chip.NewINA3221()
		c.Set(2, r, 50_000)
		bus.Plug(0x40, c)
		b.set = c.SetRegister
	}
	return b
}

func benchOptions(d power.Driver) power.Options {
	switch d {
	case power.INA219:
		return options(d, rail("5v", 0, 100_000, 3200))
	case power.INA226:
		return options(d, rail("5v", 0, 20_000, 4000))
	}
	return options(d, rail("5v", 2, 50_000, 3200))
}

var drivers = []power.Driver{power.INA219, power.INA226, power.INA3221}

// Each chip tells what its model was set to, within the uncertainty that is
// stated, in both directions.
func TestRailsAreMeasured(t *testing.T) {
	for _, d := range drivers {
		for _, r := range []chip.Rail{{MilliVolt: 5100, MicroAmp: 1_234_000}, {MilliVolt: 12_040, MicroAmp: -702_000}, {MilliVolt: 0, MicroAmp: 0}} {
			for _, reversed := range []bool{false, true} {
				o := benchOptions(d)
				o.Rails[0].Reversed = reversed
				want := []int64{r.MilliVolt, r.MicroAmp / 1000, r.MilliVolt * r.MicroAmp / 1_000_000}
				if reversed {
					want[1], want[2] = -want[1], -want[2]
				}
				got := readOnce(t, o, onBench(d, r).bus.Tx).Readings
				for i, v := range want {
					if off := got[i].Value - v; !got[i].Known() || max(off, -off) > got[i].Uncertainty {
						t.Errorf("%s %+v reversed %v: %v, want %d within its uncertainty", d, r, reversed, got[i], v)
					}
				}
			}
		}
	}
}

func TestThreeRailsOfOneChip(t *testing.T) {
	c := chip.NewINA3221()
	c.Set(1, chip.Rail{MilliVolt: 5096, MicroAmp: 800_000}, 100_000)
	c.Set(3, chip.Rail{MilliVolt: 12_000, MicroAmp: 2_000_000}, 100_000) // beyond 1.638 A
	bus := &chip.Bus{}
	bus.Plug(0x41, c)
	o := options(power.INA3221, rail("12v", 3, 100_000, 1600), rail("5v", 1, 100_000, 1600))
	o.Address = 0x41
	want := []string{
		"12v voltage_volts fault: current over range", "12v current_amperes fault: current over range", "12v power_watts fault: current over range",
		"5v voltage_volts 5096±44", "5v current_amperes 800±13", "5v power_watts 4076±99",
	}
	if d := cmp.Diff(want, texts(readOnce(t, o, bus.Tx))); d != "" {
		t.Error(d)
	}
	if got := c.Register(0); got != 0x5527 { // channels 1 and 3
		t.Errorf("configuration %#04x", got)
	}
}

// What a battery holds and how long it lasts stands beside its rail, and is as
// unknown as the rail.
func TestHoldUpIsTold(t *testing.T) {
	o := benchOptions(power.INA219)
	o.Rails[0].Name = "battery"
	o.Rails[0].Battery.CapacityMilliWattHour = 18_500
	b := onBench(power.INA219, chip.Rail{MilliVolt: 3800, MicroAmp: 1_000_000}) // 3.9 V at rest: 70 %
	want := []string{
		"battery voltage_volts 3800±42", "battery current_amperes 1000±23", "battery power_watts 3800±126",
		"hold-up level_ratio 70000±10000", "hold-up remaining_seconds 10515±1752", // 60 % of 18.5 Wh at 3.8 W
	}
	if d := cmp.Diff(want, texts(readOnce(t, o, b.bus.Tx))); d != "" {
		t.Error(d)
	}
	o.Rails[0].Reversed = true // charged then, and no load is configured
	if got := texts(readOnce(t, o, b.bus.Tx))[4]; got != "hold-up remaining_seconds unknown: not drained" {
		t.Error(got)
	}
	o.Rails[0].Battery.Cells = 2
	if got := texts(readOnce(t, o, b.bus.Tx))[4]; got != "hold-up remaining_seconds fault: voltage does not fit the battery" {
		t.Error(got)
	}
	b.bus.Break(0x40, chip.NoAnswer)
	if got := texts(readOnce(t, o, b.bus.Tx))[3:]; !slices.Equal(got, []string{"hold-up level_ratio unknown: no answer at address", "hold-up remaining_seconds unknown: no answer at address"}) {
		t.Error(got)
	}
}

// Every fault has its name; what cannot be believed is a fault, what does not
// answer is unknown.
func TestFaultsAreNamed(t *testing.T) {
	all := func(q, why string) []string {
		return []string{"5v voltage_volts " + q + ": " + why, "5v current_amperes " + q + ": " + why, "5v power_watts " + q + ": " + why}
	}
	for _, c := range []struct {
		name    string
		drivers []power.Driver
		rail    chip.Rail
		harm    func(bench)
		q, why  string
	}{
		{"nothing there", drivers, chip.Rail{}, func(b bench) { b.bus.Break(0x40, chip.NoAnswer) }, "unknown", "no answer at address"},
		{"bus stuck", drivers, chip.Rail{}, func(b bench) { b.bus.Stick(true) }, "unknown", "no answer in time"},
		{"line held high", drivers, chip.Rail{}, func(b bench) { b.bus.Break(0x40, chip.AllOnes) }, "fault", "line held high"},
		{"thermometer instead", drivers, chip.Rail{}, func(b bench) { b.bus.Plug(0x40, chip.NewMCP9808()) }, "fault", "another chip answers at this address"},
		{"answers garbled", drivers, chip.Rail{}, func(b bench) { b.bus.Break(0x40, chip.BadFirst) }, "fault", "another chip answers at this address"},
		{"wrong maker", drivers[1:], chip.Rail{}, func(b bench) { b.set(0xfe, 0x1234) }, "fault", "another chip answers at this address"},
		{"wrong die", drivers[1:], chip.Rail{}, func(b bench) { b.set(0xff, 0x2280) }, "fault", "another chip answers at this address"},
		{"too much current", drivers, chip.Rail{MilliVolt: 5000, MicroAmp: 4_100_000}, func(bench) {}, "fault", "current over range"},
		{"too much backwards", drivers, chip.Rail{MilliVolt: 5000, MicroAmp: -4_100_000}, func(bench) {}, "fault", "current over range"},
		{"too high a voltage", drivers[:1], chip.Rail{MilliVolt: 30_000}, func(bench) {}, "fault", "out of range"},
	} {
		for _, d := range c.drivers {
			b := onBench(d, c.rail)
			c.harm(b)
			if diff := cmp.Diff(all(c.q, c.why), texts(readOnce(t, benchOptions(d), b.bus.Tx))); diff != "" {
				t.Errorf("%s, %s:\n%s", c.name, d, diff)
			}
		}
	}
}

// A chip that has stopped converting, or whose arithmetic overflowed, says so in
// its flags: CNVR and OVF of an INA219, CVRF and OVF of an INA226.
func TestFlags(t *testing.T) {
	for _, c := range []struct {
		driver power.Driver
		reg    byte
		value  uint16
		why    string
	}{
		{power.INA219, 2, 5000 / 4 << 3, "the chip does not measure"},
		{power.INA219, 2, 5000/4<<3 | 3, "current over range"},
		{power.INA219, 2, 0xffff, "line held high"},
		{power.INA226, 6, 0x0000, "the chip does not measure"},
		{power.INA226, 6, 0x000c, "current over range"},
		{power.INA226, 2, 0xffff, "line held high"},
		{power.INA3221, 4, 0xffff, "line held high"},
	} {
		b := onBench(c.driver, chip.Rail{MilliVolt: 5000, MicroAmp: 100_000})
		tx := func(addr uint16, w, r []byte) error {
			err := b.bus.Tx(addr, w, r)
			if len(r) == 2 && w[0] == c.reg {
				r[0], r[1] = byte(c.value>>8), byte(c.value)
			}
			return err
		}
		if got := texts(readOnce(t, benchOptions(c.driver), tx))[0]; got != "5v voltage_volts fault: "+c.why {
			t.Errorf("%s register %#02x = %#04x: %s", c.driver, c.reg, c.value, got)
		}
	}
}

// running runs a Monitor in a bubble and returns what it told of the voltage, with
// the time.
func running(t *testing.T, o power.Options, hw *sensortest.Hardware, do func()) []string {
	t.Helper()
	var got []string
	start := time.Now()
	m := power.New(o, hw, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		err := m.Run(ctx, func(b reading.Batch) {
			for _, s := range texts(b)[:min(1, len(b.Readings))] {
				got = append(got, fmt.Sprintf("%v %s", time.Since(start).Round(time.Second), s[len("5v voltage_volts "):]))
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
	do()
	cancel()
	all.Wait()
	if opened, closed := hw.Handles(); opened != closed {
		t.Errorf("%d handles opened, %d closed", opened, closed)
	}
	return got
}

// A brown-out of the chip is seen, and it is set up again.
func TestResetChipIsSetUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := onBench(power.INA219, chip.Rail{MilliVolt: 5000, MicroAmp: 500_000})
		got := running(t, benchOptions(power.INA219), &sensortest.Hardware{Bus: b.bus.Tx}, func() {
			time.Sleep(7 * time.Second)
			b.set(0, 0x399f)
			b.set(5, 0)
			time.Sleep(10 * time.Second)
		})
		want := []string{"0s 5000±54", "5s 5000±54", "10s fault: the chip was reset", "15s 5000±54"}
		if !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}

// A bus that does not come back is told within the deadline, is asked no second
// time meanwhile, and asked less and less often after failures.
func TestSlowAndSilentBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := onBench(power.INA226, chip.Rail{MilliVolt: 5000})
		var hang, under atomic.Int64
		hw := &sensortest.Hardware{Bus: func(addr uint16, w, r []byte) error {
			if under.Add(1) > 1 {
				t.Error("two transactions at once")
			}
			defer under.Add(-1)
			time.Sleep(time.Duration(hang.Load()))
			if hang.Load() > 0 {
				return syscall.ETIMEDOUT
			}
			return b.bus.Tx(addr, w, r)
		}}
		got := running(t, benchOptions(power.INA226), hw, func() {
			time.Sleep(7 * time.Second)
			hang.Store(int64(8 * time.Second))
			time.Sleep(12 * time.Second)
			hang.Store(0)
			time.Sleep(20 * time.Second)
		})
		want := []string{"0s 5000±24", "5s 5000±24", "13s unknown: no answer in time", "18s unknown: no answer in time", "28s 5000±24", "33s 5000±24", "38s 5000±24"}
		if !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}

// Whatever a bus answers, nothing panics, and what is told as good is within what
// the chip can measure.
func FuzzRegisters(f *testing.F) {
	f.Add([]byte{0x2e, 0xef, 0x50, 0x00, 0x07, 0xd0}, uint8(0))
	f.Add([]byte{0xff}, uint8(1))
	f.Add([]byte{0x54, 0x49, 0x22, 0x60, 0x45, 0x27, 0x0a, 0x00}, uint8(1))
	f.Add([]byte{0x54, 0x49, 0x32, 0x20, 0x15, 0x27}, uint8(2))
	f.Fuzz(func(t *testing.T, answers []byte, which uint8) {
		d := drivers[int(which)%len(drivers)]
		var kept [256][2]byte
		n := 0
		tx := func(_ uint16, w, r []byte) error {
			if len(w) == 3 {
				copy(kept[w[0]][:], w[1:])
			}
			for i := range r {
				if len(answers) > 0 && n%7 != 0 {
					r[i] = answers[n%len(answers)]
				} else {
					r[i] = kept[w[0]][i]
				}
				n++
			}
			return nil
		}
		o := benchOptions(d)
		o.Rails[0].Battery.CapacityMilliWattHour = 10_000
		for _, r := range readOnce(t, o, tx).Readings {
			if r.Known() && r.Point.Kind == reading.Voltage && (r.Value > 36_000 || r.Value < -41_000) {
				t.Errorf("%v", r)
			}
			if r.Known() && r.Point.Kind == reading.Level && (r.Value < 0 || r.Value > 100_000) {
				t.Errorf("%v", r)
			}
		}
	})
}
