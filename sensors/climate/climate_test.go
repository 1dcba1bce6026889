package climate_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
	"rackvakt/sensors/strictyaml"
)

const w1ID = "28-0000071c7e3a"

func options(d climate.Driver) climate.Options {
	o := climate.DefaultOptions()
	o.Name, o.Driver, o.Position = "climate", d, "inlet"
	if d == climate.DS18B20 {
		o.ID = w1ID
	}
	return o
}

// played plays recorded transactions to a probe that is read once.
func played(t *testing.T, d climate.Driver, ops ...i2ctest.IO) []string {
	t.Helper()
	bus := &i2ctest.Playback{Ops: ops, DontPanic: true}
	p := climate.New(options(d), &sensortest.Hardware{Bus: bus.Tx}, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler))
	got := texts(p.Read())
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
	return got
}

func texts(b reading.Batch) []string {
	var out []string
	for _, r := range b.Readings {
		if r.Known() {
			out = append(out, fmt.Sprintf("%s %s", r.Point, r.Point.Kind.Append(nil, r.Value)))
		} else {
			out = append(out, fmt.Sprintf("%s %s: %s", r.Point, r.Quality, r.Reason))
		}
	}
	return out
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

const tempPoint = "climate/inlet:temperature_celsius "

func mcp(ambient ...byte) []i2ctest.IO {
	return []i2ctest.IO{
		{Addr: 0x18, W: []byte{6}, R: []byte{0x00, 0x54}},
		{Addr: 0x18, W: []byte{7}, R: []byte{0x04, 0x00}},
		{Addr: 0x18, W: []byte{1}, R: []byte{0x00, 0x00}},
		{Addr: 0x18, W: []byte{6}, R: []byte{0x00, 0x54}},
		{Addr: 0x18, W: []byte{7}, R: []byte{0x04, 0x00}},
		{Addr: 0x18, W: []byte{5}, R: ambient},
	}
}

// DS25095A section 5.1.3.1 and figure 5-8; the flag bits 15-13 carry no value.
func TestMCP9808(t *testing.T) {
	expect(t, played(t, climate.MCP9808, mcp(0xc1, 0x94)...), tempPoint+"25.25")
	expect(t, played(t, climate.MCP9808, mcp(0xc1, 0x9c)...), tempPoint+"25.75")
	expect(t, played(t, climate.MCP9808, mcp(0x1f, 0xf0)...), tempPoint+"-1")
	expect(t, played(t, climate.MCP9808, mcp(0x0f, 0xff)...), tempPoint+"fault: out of range")
	other := i2ctest.IO{Addr: 0x18, W: []byte{6}, R: []byte{0x12, 0x34}}
	device := i2ctest.IO{Addr: 0x18, W: []byte{7}, R: []byte{0x04, 0x00}}
	expect(t, played(t, climate.MCP9808, other, device), tempPoint+"fault: another chip answers at this address")
}

// The checksum of 0xbeef is 0x92 (SHT4x datasheet section 4.4). 0x6666 is
// 2/5 of full scale: -45 + 175 x 0.4 = 25 degrees, -6 + 125 x 0.4 = 44 %.
func TestSHT4x(t *testing.T) {
	serial := i2ctest.IO{Addr: 0x44, W: []byte{0x89}}
	number := i2ctest.IO{Addr: 0x44, R: []byte{0xbe, 0xef, 0x92, 0x66, 0x66, 0x93}}
	start := i2ctest.IO{Addr: 0x44, W: []byte{0xfd}}
	expect(t, played(t, climate.SHT4x, serial, number, start, i2ctest.IO{Addr: 0x44, R: []byte{0x66, 0x66, 0x93, 0x66, 0x66, 0x93}}),
		tempPoint+"25", "climate/inlet:relative_humidity_ratio 0.44", "climate/inlet:dew_point_celsius 11.896")
	expect(t, played(t, climate.SHT4x, serial, number, start, i2ctest.IO{Addr: 0x44, R: []byte{0xbe, 0xef, 0x92, 0xbe, 0xef, 0x93}}),
		tempPoint+"fault: crc mismatch")
	expect(t, played(t, climate.SHT4x, serial, number, start, i2ctest.IO{Addr: 0x44, R: []byte{0xbe, 0xef, 0x92, 0xbe, 0xef, 0x92}}),
		tempPoint+"85.523", "climate/inlet:relative_humidity_ratio 0.87231", "climate/inlet:dew_point_celsius unknown: outside the dew point formula")
}

// rig runs a probe on hardware in memory and notes what it tells.
type rig struct {
	hw   sensortest.Hardware
	mu   sync.Mutex
	told []string // guarded by mu
}

func (r *rig) sink(b reading.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, s := range texts(b) {
		r.told = append(r.told, b.Readings[i].At.Mono.String()+" "+s[len(tempPoint):])
	}
}

func run(t *testing.T, o climate.Options, script func(r *rig)) (told []string) {
	t.Helper()
	return runOn(t, o, nil, script)
}

// runOn is run with an I2C bus.
func runOn(t *testing.T, o climate.Options, bus func(uint16, []byte, []byte) error, script func(r *rig)) (told []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{hw: sensortest.Hardware{Bus: bus}}
		p := climate.New(o, &r.hw, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		r.hw.SetW1(w1ID, "21437\n")
		go func() { done <- p.Run(ctx, r.sink) }()
		script(r)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if opened, closed := r.hw.Handles(); opened != closed {
			t.Errorf("%d bus handles opened, %d closed", opened, closed)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		told = r.told
	})
	return told
}

func TestDS18B20Faults(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"", "fault: no sensor or bad checksum"},
		{"\n", "fault: no sensor or bad checksum"},
		{"85000\n", "fault: power-on value"},
		{"127937\n", "fault: 127.9 degrees: line held high"},
		{"126000\n", "fault: out of range"},
		{"-56000\n", "fault: out of range"},
		{"t=21\n", "fault: not a number"},
		{"99999999999\n", "fault: out of range"},
	} {
		got := run(t, options(climate.DS18B20), func(r *rig) {
			time.Sleep(500 * time.Millisecond)
			r.hw.SetW1(w1ID, c.content)
			time.Sleep(time.Second)
		})
		expect(t, got, "1s "+c.want)
	}
}

// After a long fault the samples before it are old: none of them is told as the
// present value.
func TestOldSamplesDoNotOutliveAFault(t *testing.T) {
	got := run(t, options(climate.DS18B20), func(r *rig) {
		time.Sleep(2500 * time.Millisecond)
		r.hw.SetW1(w1ID, "85000")
		time.Sleep(15 * time.Minute)
		r.hw.SetW1(w1ID, "35000")
		time.Sleep(2 * time.Minute)
	})
	got = slices.DeleteFunc(got[1:], func(s string) bool { return strings.HasSuffix(s, "power-on value") })
	for _, s := range got {
		if !strings.HasSuffix(s, " 35") {
			t.Errorf("told %q", s)
		}
	}
	if len(got) == 0 {
		t.Error("the probe did not come back")
	}
}

// 85 degrees is a measurement where the way there is: rising by steps.
func TestDS18B20HotForReal(t *testing.T) {
	got := run(t, options(climate.DS18B20), func(r *rig) {
		time.Sleep(2500 * time.Millisecond)
		for _, v := range []string{"70000", "80000", "85000", "85000"} {
			r.hw.SetW1(w1ID, v)
			time.Sleep(5 * time.Second)
		}
	})
	expect(t, got, "2s 21.437", "7s 21.437", "12s 70", "17s 80", "22s 85")
}

func TestSpikeIsSwallowedAndStepIsNot(t *testing.T) {
	got := run(t, options(climate.DS18B20), func(r *rig) {
		time.Sleep(4500 * time.Millisecond)
		r.hw.SetW1(w1ID, "60000\n")
		time.Sleep(4 * time.Second)
		r.hw.SetW1(w1ID, "21000\n")
		time.Sleep(5 * time.Second)
		r.hw.SetW1(w1ID, "30000\n")
		time.Sleep(10 * time.Second)
	})
	expect(t, got, "2s 21.437", "7s 21.437", "12s 21.437", "17s 30", "22s 30")
}

// A read that hangs makes the probe unknown at its deadline; no second read is
// started beside it, and the late answer is the first of three new samples.
func TestSlowReadMissesItsDeadline(t *testing.T) {
	o := options(climate.DS18B20)
	o.Deadline = time.Second
	got := run(t, o, func(r *rig) {
		time.Sleep(1500 * time.Millisecond)
		r.hw.SetSlow(4 * time.Second)
		time.Sleep(3 * time.Second)
		r.hw.SetSlow(0)
		time.Sleep(4 * time.Second)
	})
	expect(t, got, "3s unknown: no answer in time", "8s 21.437")
}

func TestNAKThenAnswer(t *testing.T) {
	ok := mcp(0x01, 0x60)
	var broken atomic.Bool
	broken.Store(true)
	bus := func(addr uint16, w, out []byte) error {
		if broken.Load() {
			return syscall.EREMOTEIO
		}
		for _, op := range ok {
			if addr == op.Addr && bytes.Equal(w, op.W) {
				copy(out, op.R)
			}
		}
		return nil
	}
	got := runOn(t, options(climate.MCP9808), bus, func(*rig) {
		time.Sleep(6 * time.Second) // attempts at 0 and 5 s, then 15 s
		broken.Store(false)
		time.Sleep(12500 * time.Millisecond)
	})
	expect(t, got, "0s unknown: no answer at address", "5s unknown: no answer at address", "17s 22")
}

func TestNoBus(t *testing.T) {
	got := run(t, options(climate.SHT4x), func(*rig) { time.Sleep(time.Second) })
	expect(t, got, "0s unknown: no such bus or sensor")
}

func TestValidate(t *testing.T) {
	type file struct {
		Temperatures []climate.Options `yaml:"temperatures"`
	}
	good := "temperatures:\n  - {name: climate, position: inlet, driver: sht4x, address: 0x45}\n" +
		"  - {name: climate, driver: ds18b20, id: 28-0000071c7e3a}\n"
	f := file{}
	if p := strictyaml.Decode("f", []byte(good), &f); p.Err() != nil || f.Temperatures[0].Address != 0x45 {
		t.Errorf("%v, %+v", p, f)
	}
	bad := "temperatures:\n  - {name: '', position: roof, driver: sht4x, bus: i2c-1, address: 0x18, every: 1ms, deadline: 1h}\n" +
		"  - {name: a, driver: ds18b20, id: 10-000}\n  - {name: a, driver: lm99}\n"
	if p := strictyaml.Decode("f", []byte(bad), &file{}); len(p) != 8 {
		t.Errorf("%d problems, want 8:\n%v", len(p), p)
	}
}
