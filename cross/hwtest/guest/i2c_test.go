package guest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/sensortest/chip"
	"rackvakt/sensors/sensortest/usbip"
)

// i2cBus is a real /dev/i2c-N whose chips are emulated.
type i2cBus struct {
	chip.Bus
	Name string // N
}

func newI2C(t *testing.T) *i2cBus {
	t.Helper()
	b := &i2cBus{}
	a, err := usbip.AttachI2C(&b.Bus)
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })
	b.Name = a.Name
	return b
}

// bind gives an address to a driver of the kernel, if it has none yet, and returns
// its folder below /sys/class/hwmon.
func (b *i2cBus) bind(t *testing.T, driver string, addr uint16) string {
	t.Helper()
	device := "/sys/bus/i2c/devices/i2c-" + b.Name
	client := fmt.Sprintf("%s/%s-%04x", device, b.Name, addr)
	if _, err := os.Stat(client); err != nil {
		put(t, device+"/new_device", fmt.Sprintf("%s %#02x", driver, addr))
		t.Cleanup(func() { put(t, device+"/delete_device", fmt.Sprintf("%#02x", addr)) })
	}
	found, err := filepath.Glob(client + "/hwmon/hwmon*")
	if err != nil || len(found) != 1 {
		t.Fatalf("the kernel's %s took nothing: %v, %v", driver, found, err)
	}
	return found[0]
}

// probe reads a chip on a bus, sampled four times a second.
func probe(d climate.Driver, bus string, addr uint16) climate.Options {
	o := climate.DefaultOptions()
	o.Name, o.Driver, o.Bus, o.Address, o.Every = "climate", d, bus, addr, 250*time.Millisecond
	return o
}

func runProbe(t *testing.T, o climate.Options) *record {
	t.Helper()
	return run(t, climate.New(o, machine(t), clock(t), quiet()).Run)
}

const (
	temperature = "climate/room:temperature_celsius"
	humidity    = "climate/room:relative_humidity_ratio"
)

// onBus are the chips that measure climate, each at an address of its own, and how
// a test moves it. A new one is one more row.
var onBus = []struct {
	driver climate.Driver
	addr   uint16
	humid  bool // it measures humidity
	sealed bool // it sends checksums
	plug   func() (c chip.Chip, set func(milliC, milliRH int64))
}{
	{climate.MCP9808, 0x18, false, false, func() (chip.Chip, func(int64, int64)) {
		c := chip.NewMCP9808()
		return c, func(t, _ int64) { c.Set(t) }
	}},
	{climate.SHT4x, 0x46, true, true, func() (chip.Chip, func(int64, int64)) {
		c := chip.NewSHT4x()
		return c, c.Set
	}},
	{climate.SHT3x, 0x45, true, true, func() (chip.Chip, func(int64, int64)) {
		c := chip.NewSHT3x()
		return c, c.Set
	}},
	{climate.HDC302x, 0x44, true, true, func() (chip.Chip, func(int64, int64)) {
		c := chip.NewHDC302x()
		return c, c.Set
	}},
	{climate.BME280, 0x76, true, false, func() (chip.Chip, func(int64, int64)) {
		c := chip.NewBME280(chip.BoschExample())
		return c, func(t, rh int64) { c.Set(t, rh, 101_325) }
	}},
	{climate.BMP280, 0x77, false, false, func() (chip.Chip, func(int64, int64)) {
		c := chip.NewBMP280(chip.BoschExample())
		return c, func(t, _ int64) { c.Set(t, 0, 101_325) }
	}},
	{climate.TMP102, 0x49, false, false, func() (chip.Chip, func(int64, int64)) {
		c := chip.NewTMP102()
		return c, func(t, _ int64) { c.Set(t) }
	}},
	{climate.LM75, 0x4f, false, false, func() (chip.Chip, func(int64, int64)) {
		c := chip.NewLM75()
		return c, func(t, _ int64) { c.Set(t) }
	}},
}

// Every driver reads its chip over the real bus, above and below zero, and follows it.
func TestI2CProbesFollow(t *testing.T) {
	bus := newI2C(t)
	for _, c := range onBus {
		t.Run(string(c.driver), func(t *testing.T) {
			t.Parallel()
			dev, set := c.plug()
			bus.Plug(c.addr, dev)
			rec := runProbe(t, probe(c.driver, bus.Name, c.addr))
			for _, at := range []struct{ t, rh int64 }{{23_500, 41_000}, {-12_250, 80_000}, {60_000, 5_000}} {
				set(at.t, at.rh)
				rec.awaitNear(t, temperature, at.t, 70) // an MCP9808 knows 62.5
				if c.humid {
					rec.awaitNear(t, humidity, at.rh, 100)
				}
			}
		})
	}
}

// Every fault on the bus is named, is no number, and is over when it is mended.
func TestI2CNoAnswer(t *testing.T) {
	takesLong(t)
	bus := newI2C(t)
	for _, c := range onBus {
		t.Run(string(c.driver), func(t *testing.T) {
			t.Parallel()
			dev, set := c.plug()
			set(21_000, 50_000)
			rec := runProbe(t, probe(c.driver, bus.Name, c.addr))
			rec.await(t, temperature, "unknown: no answer at address") // nothing there yet
			bus.Plug(c.addr, dev)
			rec.awaitNear(t, temperature, 21_000, 70)
			mark := rec.mark()
			bus.Break(c.addr, chip.NoAnswer)
			rec.awaitAfter(t, mark, temperature, "unknown: no answer at address")
			if c.humid {
				rec.awaitAfter(t, mark, humidity, "unknown: no answer at address")
			}
			bus.Break(c.addr, 0)
			rec.awaitNear(t, temperature, 21_000, 70)
		})
	}
}

// One bit turned on the way is a bad checksum, for the chips that send one.
func TestI2CBadChecksum(t *testing.T) {
	takesLong(t)
	bus := newI2C(t)
	for _, c := range onBus {
		if !c.sealed {
			continue
		}
		t.Run(string(c.driver), func(t *testing.T) {
			t.Parallel()
			dev, set := c.plug()
			set(21_000, 50_000)
			bus.Plug(c.addr, dev)
			rec := runProbe(t, probe(c.driver, bus.Name, c.addr))
			rec.awaitNear(t, temperature, 21_000, 70)
			for _, f := range []chip.Fault{chip.BadLast, chip.BadFirst, chip.AllOnes} {
				mark := rec.mark()
				bus.Break(c.addr, f)
				rec.awaitAfter(t, mark, temperature, "fault: crc mismatch")
				rec.awaitAfter(t, mark, humidity, "fault: crc mismatch")
				bus.Break(c.addr, 0)
				rec.awaitNear(t, temperature, 21_000, 70)
			}
		})
	}
}

// Another chip at the address is named, and read as what it is once it is exchanged.
func TestI2CWrongChip(t *testing.T) {
	const wrong = "fault: another chip answers at this address"
	bus := newI2C(t)
	bus.Plug(0x18, chip.NewLM75())
	bus.Plug(0x76, chip.NewLM75())
	mcp := runProbe(t, probe(climate.MCP9808, bus.Name, 0x18))
	bosch := runProbe(t, probe(climate.BME280, bus.Name, 0x76))
	mcp.await(t, temperature, wrong)
	bosch.await(t, temperature, wrong)
	right := chip.NewMCP9808()
	right.Set(22_000)
	bus.Plug(0x18, right)
	mcp.awaitNear(t, temperature, 22_000, 0)
	mark := mcp.mark()
	bus.Plug(0x18, chip.NewTMP102())
	mcp.awaitAfter(t, mark, temperature, wrong)
}

// A bus that someone holds down is unknown within the deadline, and read again
// when it is let go. The adapter's driver gives up after two seconds.
func TestI2CStuckBus(t *testing.T) {
	bus := newI2C(t)
	mcp := chip.NewMCP9808()
	mcp.Set(22_000)
	bus.Plug(0x18, mcp)
	o := probe(climate.MCP9808, bus.Name, 0x18)
	o.Deadline = time.Second
	rec := runProbe(t, o)
	rec.awaitNear(t, temperature, 22_000, 0)
	bus.Stick(true)
	mark, start := rec.mark(), time.Now()
	late := rec.awaitAfter(t, mark, temperature, "unknown: no answer in time")
	t.Attr("measured", fmt.Sprintf("unknown after %.1f s", late.arrived.Sub(start).Seconds()))
	bus.Stick(false)
	rec.awaitNear(t, temperature, 22_000, 0)
}

// An adapter that is pulled out and put back is found again.
func TestI2CAdapterPulledOut(t *testing.T) {
	takesLong(t)
	b := &chip.Bus{}
	mcp := chip.NewMCP9808()
	mcp.Set(22_000)
	b.Plug(0x18, mcp)
	a, err := usbip.AttachI2C(b)
	must(t, err)
	rec := runProbe(t, probe(climate.MCP9808, a.Name, 0x18))
	rec.awaitNear(t, temperature, 22_000, 0)
	mark := rec.mark()
	must(t, a.Close())
	rec.awaitAfter(t, mark, temperature, "unknown: no such bus or sensor")
	t.Attr("measured", fmt.Sprintf("told as %q", rec.of(mark, temperature)))
	again, err := usbip.AttachI2C(b)
	must(t, err)
	defer func() { must(t, again.Close()) }()
	if again.Name != a.Name {
		t.Fatalf("the kernel numbered the bus %s after %s", again.Name, a.Name)
	}
	rec.awaitNear(t, temperature, 22_000, 0)
}

// The search names what is there, and bus and address of each.
func TestI2CSearch(t *testing.T) {
	bus := newI2C(t)
	before := bus.Messages()
	time.Sleep(300 * time.Millisecond)
	if n := bus.Messages() - before; n != 0 {
		t.Errorf("the kernel itself sends %d messages on a bus that is ready", n)
	}
	bus.Plug(0x18, chip.NewMCP9808())
	bus.Plug(0x40, chip.NewINA219(100_000))
	bus.Plug(0x44, chip.NewSHT4x())
	bus.Plug(0x48, chip.NewLM75())
	bus.Plug(0x76, chip.NewBME280(chip.BoschExample()))
	bus.Plug(0x77, chip.NewBMP280(chip.BoschExample()))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	start := time.Now()
	inv := machine(t).List(ctx)
	n := slices.IndexFunc(inv.Buses, func(b board.Bus) bool { return b.Name == bus.Name })
	if n < 0 || inv.Buses[n].Problem != "" {
		t.Fatalf("%+v", inv)
	}
	found := map[uint16]board.Device{}
	for _, d := range inv.Buses[n].Devices {
		found[d.Address] = d
	}
	for addr, sure := range map[uint16]string{0x18: "MCP9808", 0x40: "", 0x44: "", 0x48: "", 0x76: "BME280", 0x77: "BMP280"} {
		d, ok := found[addr]
		if !ok || sure != "" && (d.Likely != sure || !d.Sure) {
			t.Errorf("%#02x is %+v, want %s", addr, d, sure)
		}
	}
	if len(found) != 6 {
		t.Errorf("%d chips of 6: %+v", len(found), found)
	}
	t.Attr("measured", fmt.Sprintf("112 addresses in %.1f s", time.Since(start).Seconds()))
}

// The kernel's own drivers, written by others, read the emulated chips as ours do:
// the emulation is no invention of the same head.
func TestI2CKernelDriversAgree(t *testing.T) {
	bus := newI2C(t)
	mcp, sht4, sht3, lm := chip.NewMCP9808(), chip.NewSHT4x(), chip.NewSHT3x(), chip.NewLM75()
	mcp.Set(25_250)
	sht4.Set(21_400, 41_000)
	sht3.Set(-5_000, 60_000)
	lm.Set(30_500)
	for addr, c := range map[uint16]chip.Chip{0x18: mcp, 0x44: sht4, 0x45: sht3, 0x48: lm} {
		bus.Plug(addr, c)
	}
	for _, c := range []struct {
		driver, file string
		addr         uint16
		want         int64
	}{
		{"jc42", "temp1_input", 0x18, 25_250},
		{"sht4x", "temp1_input", 0x44, 21_400},
		{"sht4x", "humidity1_input", 0x44, 41_000},
		{"sht3x", "temp1_input", 0x45, -5_000},
		{"sht3x", "humidity1_input", 0x45, 60_000},
		{"lm75", "temp1_input", 0x48, 30_500},
	} {
		got, err := strconv.ParseInt(get(t, filepath.Join(bus.bind(t, c.driver, c.addr), c.file)), 10, 64)
		if err != nil || got < c.want-10 || got > c.want+10 {
			t.Errorf("%s reads %s as %d, %v, want %d", c.driver, c.file, got, err, c.want)
		}
	}
	// Our driver does not mind that the kernel's holds the address (I2C_RDWR).
	rec := runProbe(t, probe(climate.MCP9808, bus.Name, 0x18))
	rec.awaitNear(t, temperature, 25_250, 0)
}
