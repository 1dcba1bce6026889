package board

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sim"
)

// told keeps the last reading of each point as text.
type told struct {
	mu   sync.Mutex
	last map[string]string // guarded by mu
}

func (k *told) sink(b reading.Batch) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range b.Readings {
		text := r.Point.Kind.Show(r.Value)
		if !r.Known() {
			text = r.Quality.String() + ": " + r.Reason
		}
		k.last[r.Point.String()] = text
	}
}

func (k *told) now() map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.last)
}

// start runs contacts and probes on b until the returned function is called.
func start(ctx context.Context, b Board, contacts []contact.Options, probes []climate.Options) (*told, func()) {
	k := &told{last: map[string]string{}}
	log := slog.New(slog.DiscardHandler)
	clock := reading.NewWallclock("b", 0, nil)
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	run := func(f func(context.Context, reading.Sink) error) {
		all.Go(func() { _ = f(ctx, k.sink) })
	}
	for _, o := range contacts {
		run(contact.New(o, b, clock, log).Run)
	}
	for _, o := range probes {
		run(climate.New(o, b, clock, log).Run)
	}
	return k, func() { cancel(); all.Wait() }
}

func contactOptions(name string, role contact.Role, normally string) contact.Options {
	o := contact.DefaultOptions()
	o.Name, o.Role, o.Line, o.Normally = name, role, name, normally
	return o
}

func probe(position string, d climate.Driver, addr uint16) climate.Options {
	o := climate.DefaultOptions()
	o.Name, o.Position, o.Driver, o.Address = "climate", position, d, addr
	if d == climate.DS18B20 {
		o.ID = simulatedCeiling
	}
	return o
}

func everything() ([]contact.Options, []climate.Options) {
	return []contact.Options{
			contactOptions("door", contact.Door, "closed"),
			contactOptions("mains", contact.Mains, "open"),
			contactOptions("golv", contact.Leak, "open"),
		}, []climate.Options{
			probe("inlet", climate.MCP9808, 0), probe("outlet", climate.MCP9808, 0x19),
			probe("room", climate.SHT4x, 0), probe("ceiling", climate.DS18B20, 0),
		}
}

func (k *told) expect(t *testing.T, want map[string]string) {
	t.Helper()
	got := k.now()
	for point, text := range want {
		if got[point] != text {
			t.Errorf("%s is %q, want %q", point, got[point], text)
		}
	}
}

// The real drivers read the emulated chips and lines; neither shares code with
// the other.
func TestDriversOnSimulatedBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := sim.NewState()
		contacts, probes := everything()
		k, stop := start(t.Context(), NewSimulated(state), contacts, probes)
		defer stop()
		time.Sleep(9500 * time.Millisecond) // between two level reads: what is told next comes from edges
		k.expect(t, map[string]string{
			"door:door_open": "closed", "mains:mains_present": "present", "golv:leak_detected": "dry",
			"climate/inlet:temperature_celsius": "22.5 °C", "climate/outlet:temperature_celsius": "29 °C",
			"climate/room:temperature_celsius": "21.4 °C", "climate/room:relative_humidity_ratio": "41 %",
			"climate/room:dew_point_celsius": "7.6 °C", "climate/ceiling:temperature_celsius": "24 °C",
		})
		set := map[string]string{"door": "open", "mains": "lost", "golv": "water", "temperature/inlet": "-7.25", "temperature/outlet": "absent", "temperature/ceiling": "absent"}
		if err := state.Set(set); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		k.expect(t, map[string]string{"door:door_open": "open", "mains:mains_present": "lost", "golv:leak_detected": "water"})
		time.Sleep(20 * time.Second)
		k.expect(t, map[string]string{
			"climate/inlet:temperature_celsius":   "-7.2 °C",
			"climate/outlet:temperature_celsius":  "unknown: no answer at address",
			"climate/ceiling:temperature_celsius": "fault: no sensor or bad checksum",
		})
		if err := state.Set(map[string]string{"door": "absent", "mains": "present"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1100 * time.Millisecond)
		k.expect(t, map[string]string{"door:door_open": "unknown: line gone", "mains:mains_present": "present"})
		if err := state.Set(map[string]string{"door": "closed"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		k.expect(t, map[string]string{"door:door_open": "closed"})
	})
}

// Faults that are asked of the board look on the wire as the drivers expect them.
func TestSimulatedFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := sim.NewState()
		_, probes := everything()
		k, stop := start(t.Context(), NewSimulated(state), nil, probes)
		defer stop()
		time.Sleep(10 * time.Second)
		set := map[string]string{"temperature/inlet": "power-on", "temperature/room": "crc", "temperature/ceiling": "crc"}
		if err := state.Set(set); err != nil {
			t.Fatal(err)
		}
		time.Sleep(7 * time.Second)
		k.expect(t, map[string]string{
			"climate/inlet:temperature_celsius":   "fault: power-on value",
			"climate/room:temperature_celsius":    "fault: crc mismatch",
			"climate/ceiling:temperature_celsius": "fault: no sensor or bad checksum",
		})
		if err := state.Set(map[string]string{"temperature/room": "stuck", "humidity/room": "crc", "temperature/ceiling": "power-on"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		k.expect(t, map[string]string{
			"climate/room:relative_humidity_ratio": "fault: crc mismatch",
			"climate/ceiling:temperature_celsius":  "fault: power-on value",
		})
		if err := state.Set(map[string]string{"humidity/room": "ramp:41..51/1m", "temperature/ceiling": "25", "temperature/inlet": "ramp:20..30/10m"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		k.expect(t, map[string]string{
			"climate/room:relative_humidity_ratio": "51 %", "climate/room:temperature_celsius": "21.4 °C",
			"climate/ceiling:temperature_celsius": "25 °C",
		})
	})
}

func TestSimulatedLineIsHeldOnce(t *testing.T) {
	b := NewSimulated(sim.NewState())
	req := contactOptions("door", contact.Door, "closed").Request()
	line, err := b.OpenLine(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenLine(req); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("a second request: %v", err)
	}
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := b.OpenLine(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSimulatedInventory(t *testing.T) {
	inv := NewSimulated(sim.NewState()).List(t.Context())
	want := []Device{
		{Address: 0x18, Likely: "MCP9808", Driver: "mcp9808", Sure: true},
		{Address: 0x19, Likely: "MCP9808", Driver: "mcp9808", Sure: true},
		{Address: 0x3c, Likely: "SSD1306 display"},
		{Address: 0x44, Likely: "SHT4x", Driver: "sht4x", Sure: true},
	}
	if len(inv.Buses) != 1 || !slices.Equal(inv.Buses[0].Devices, want) || !slices.Equal(inv.OneWire, []string{simulatedCeiling}) {
		t.Errorf("%+v", inv)
	}
	if len(inv.Chips) != 1 || len(inv.Chips[0].Lines) != 8 || inv.Empty() {
		t.Errorf("%+v", inv.Chips)
	}
}

func TestChecksumOfDatasheet(t *testing.T) {
	if got := checksum(0xbeef); got != 0x92 {
		t.Errorf("%#x, want 0x92", got)
	}
}

func TestErrnoOfBusErrors(t *testing.T) {
	for _, e := range lostErrnos {
		if err := withErrno(fmt.Errorf("sysfs-i2c: %v", e)); !errors.Is(err, e) {
			t.Errorf("%v lost its errno", err)
		}
	}
	if err := withErrno(errors.New("sysfs-i2c: invalid address")); errors.As(err, new(syscall.Errno)) {
		t.Errorf("%v got an errno", err)
	}
}

func TestNoHardware(t *testing.T) {
	l := &linux{sys: fstest.MapFS{}, dev: t.TempDir()}
	if inv := l.List(t.Context()); !inv.Empty() {
		t.Errorf("%+v", inv)
	}
	if _, err := l.OpenBus("1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("bus: %v", err)
	}
	if _, err := l.OpenLine(contact.Request{Line: "GPIO17"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("line: %v", err)
	}
}
