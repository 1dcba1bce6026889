package guest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/sensortest/chip"
	"rackvakt/sensors/sensortest/usbip"
)

// newOneWire is a 1-Wire bus of the kernel with the given sensors, found by it.
func newOneWire(t *testing.T, sensors ...*chip.DS18B20) *chip.Wire {
	t.Helper()
	wire := &chip.Wire{}
	for _, s := range sensors {
		wire.Attach(s)
	}
	a, err := usbip.AttachOneWire(wire)
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })
	for _, s := range sensors {
		appears(t, "/sys/bus/w1/devices/"+s.ID()+"/temperature")
	}
	return wire
}

func appears(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Fatalf("the kernel made no %s", path)
}

func oneWire(s *chip.DS18B20) climate.Options {
	o := probe(climate.DS18B20, "", 0)
	o.ID, o.Deadline = s.ID(), 10*time.Second
	return o
}

// Two sensors on one wire are read by their ids, above and below zero, and listed.
func TestOneWireProbesFollow(t *testing.T) {
	a, b := chip.NewDS18B20(0x71c7e3a), chip.NewDS18B20(0x89abc)
	a.Set(24_500)
	b.Set(-5_062)
	newOneWire(t, a, b)
	var alone []time.Duration
	for range 3 {
		start := time.Now()
		get(t, "/sys/bus/w1/devices/"+a.ID()+"/temperature")
		alone = append(alone, time.Since(start))
	}
	t.Attr("measured", "one read: "+spread(alone))
	first, second := runProbe(t, oneWire(a)), runProbe(t, oneWire(b))
	first.awaitNear(t, temperature, 24_500, 1)
	second.awaitNear(t, temperature, -5_062, 1)
	a.Set(31_937)
	first.awaitNear(t, temperature, 31_937, 1)
	if got := machine(t).List(t.Context()).OneWire; len(got) != 2 {
		t.Errorf("listed %q", got)
	}
}

// Every fault is named and is over when it is mended.
func TestOneWireFaultsAreNamed(t *testing.T) {
	takesLong(t)
	s := chip.NewDS18B20(0x71c7e3a)
	s.Set(24_500)
	wire := newOneWire(t, s)
	rec := runProbe(t, oneWire(s))
	rec.awaitNear(t, temperature, 24_500, 0)
	for _, f := range []struct {
		name        string
		on          func(bool)
		temperature string
	}{
		{"bad checksum", s.BreakCRC, "fault: no sensor or bad checksum"},
		{"power-on value", s.StopConverting, "fault: power-on value"},
		{"pulled off", func(on bool) {
			if on {
				wire.Detach(s)
			} else {
				wire.Attach(s)
			}
		}, "fault: no sensor or bad checksum"},
	} {
		mark := rec.mark()
		f.on(true)
		rec.awaitAfter(t, mark, temperature, f.temperature)
		f.on(false)
		rec.awaitNear(t, temperature, 24_500, 0)
		for _, text := range rec.of(mark, temperature) {
			if text != "24.5 °C" && text != f.temperature {
				t.Errorf("%s: told as %q", f.name, text)
			}
		}
	}
}

// A data line that is shorted to ground reads as zeros, whose checksum is right:
// that is no zero degrees.
func TestOneWireShort(t *testing.T) {
	s := chip.NewDS18B20(0x71c7e3a)
	s.Set(24_500)
	wire := newOneWire(t, s)
	rec := runProbe(t, oneWire(s))
	rec.awaitNear(t, temperature, 24_500, 0)
	mark := rec.mark()
	wire.Short(true)
	rec.wait(t, mark, temperature, "another than before", func(r told) bool { return r.text != "24.5 °C" })
	t.Attr("measured", fmt.Sprintf("told as %q", rec.of(mark, temperature)))
	for _, text := range rec.of(mark, temperature) {
		if text == "0 °C" {
			t.Error("told as zero degrees")
		}
	}
}

// A sensor that the kernel has never seen is told so.
func TestOneWireMissing(t *testing.T) {
	s, never := chip.NewDS18B20(0x71c7e3a), chip.NewDS18B20(0x1)
	s.Set(24_500)
	newOneWire(t, s)
	rec := runProbe(t, oneWire(never))
	rec.await(t, temperature, "unknown: no such bus or sensor")
}
