package sense

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
)

func pi(lines ...board.Pin) board.Inventory {
	return board.Inventory{Chips: []board.Chip{{Name: "gpiochip0", Label: "pinctrl-bcm2711", Lines: lines}}}
}

func chipAt(addr uint16, name, driver string) board.Device {
	return board.Device{Address: addr, Likely: name, Driver: driver, Sure: true}
}

// read makes a Result as Read does, of a probe or contact that told why.
func read(inv board.Inventory, o any, why string) (Result, Setup) {
	r := Result{Attached: inv, Masters: []Master{{Name: "w1_bus_master1", IDs: []string{"28-0000071c7e3a"}}}}
	var s Setup
	v := Value{Reason: why, Quality: reading.Fault.String()}
	switch o := o.(type) {
	case contact.Options:
		s.Contacts = []contact.Options{o}
		v.Device, v.Kind, v.Source = o.Name, o.Role.Kind().Name(), lineSource(o)
	case climate.Options:
		s.Climate = []climate.Options{o}
		v.Device, v.Object, v.Kind, v.Source = o.Name, o.Position, reading.Temperature.Name(), o.Source()
	}
	r.Readings = []Value{v}
	return r, s
}

func probe(d climate.Driver, addr uint16) climate.Options {
	o := climate.DefaultOptions()
	o.Name, o.Driver, o.Address = "climate", d, addr
	if d == climate.DS18B20 {
		o.ID = "28-0000071c7e3a"
	}
	return o
}

func door() contact.Options {
	o := contact.DefaultOptions()
	o.Name, o.Role, o.Line = "door", contact.Door, "GPIO17"
	return o
}

// Every mistake of the list is named, with what is known beyond it.
func TestMistakesOfSensors(t *testing.T) {
	bus := func(devices ...board.Device) board.Inventory {
		inv := pi()
		inv.Buses = []board.Bus{{Name: "1", Devices: devices}}
		return inv
	}
	held := func(by string) board.Inventory {
		inv := bus()
		inv.Chips[0].Lines = []board.Pin{{Offset: 17, Name: "GPIO17", Used: true, Consumer: by}}
		return inv
	}
	for _, c := range []struct {
		name   string
		inv    board.Inventory
		sensor any
		why    string
		code   string
		says   string // in English, is and do
	}{
		{"nobody there", bus(), probe(climate.SHT4x, 0), "no answer at address", noAnswer, "SDA (pin 3)"},
		{"others there", bus(chipAt(0x18, "MCP9808", "mcp9808")), probe(climate.SHT4x, 0), "no answer at address", noAnswer, "On this bus answer: 0x18 MCP9808."},
		{"another chip", bus(chipAt(0x76, "BMP280", "bmp280")), probe(climate.BME280, 0), "another chip answers at this address", otherChip, "It is: BMP280 (confirmed)."},
		{"found out by the search", bus(chipAt(0x44, "SHT3x", "sht3x")), probe(climate.SHT4x, 0), "no answer at address", otherChip, "It is: SHT3x"},
		{"of the kernel", bus(board.Device{Address: 0x44, Kernel: "sht3x"}), probe(climate.SHT3x, 0), "no answer at address", kernelHolds, "driver: hwmon, chip: sht3x"},
		{"cable", bus(chipAt(0x44, "SHT4x", "sht4x")), probe(climate.SHT4x, 0), "crc mismatch", badChecksum, "cable"},
		{"1-Wire cable", bus(), probe(climate.DS18B20, 0), "no sensor or bad checksum", oneWireMute, "plug and cable"},
		{"1-Wire supply", bus(), probe(climate.DS18B20, 0), "power-on value", powerOn, "all three wires"},
		{"held high", bus(), probe(climate.DS18B20, 0), "127.9 degrees: line held high", allOnes, "swapped"},
		{"not in the list", bus(), probe(climate.DS18B20, 0), "no such bus or sensor", noSensor, "list above"},
		{"a driver holds it", held("spi0 CS0"), door(), "line held by another program", lineHeld, "It is called: spi0 CS0."},
		{"the monitor holds it", held("rackvakt:door"), door(), "line held by another program", lineOurs, "systemctl stop rackvakt"},
		{"no such line", bus(), door(), "no such line", noLine, "chip and line"},
		{"not allowed", bus(), door(), "no permission", noPermission, "gpio,i2c"},
		{"cut", bus(), door(), "loop cut", loopCut, "both resistors"},
		{"loose", bus(), door(), "loop unsteady", loopUnsteady, "wire is loose"},
		{"anything else", bus(), door(), "line cannot be read", otherProblem, "line cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, s := read(c.inv, c.sensor, c.why)
			got := mistakes(r, s)
			if len(got) != 1 || got[0].Code != c.code || !strings.Contains(got[0].Is.EN+" "+got[0].Do.EN, c.says) || got[0].Is.SV == got[0].Is.EN {
				t.Errorf("%+v, want %s and %q", got, c.code, c.says)
			}
		})
	}
}

func TestMistakesOfBuses(t *testing.T) {
	var all []board.Device
	for a := uint16(0x08); a <= 0x77; a++ {
		all = append(all, board.Device{Address: a})
	}
	wire := func(ids ...string) []Master { return []Master{{Name: "w1_bus_master1", IDs: ids}} }
	good := wire("28-0000071c7e3a")
	i2c := []board.Bus{{Name: "1"}}
	for _, c := range []struct {
		name    string
		inv     board.Inventory
		masters []Master
		want    []string
	}{
		{"well", board.Inventory{Chips: pi().Chips, Buses: i2c}, good, nil},
		{"a board without buses", pi(), nil, []string{noI2C, noOneWire}},
		{"no machine for it", board.Inventory{}, nil, nil},
		{"stuck", board.Inventory{Buses: []board.Bus{{Name: "1", Problem: "address 0x08: connection timed out"}}}, good, []string{busStuck}},
		{"shorted", board.Inventory{Buses: []board.Bus{{Name: "1", Devices: all}}}, good, []string{busShorted}},
		{"of the screen", board.Inventory{Buses: []board.Bus{{Name: "1", Problem: "operation not supported"}}}, good, []string{smbusOnly}},
		{"not allowed", board.Inventory{Buses: []board.Bus{{Name: "1", Problem: "open /dev/i2c-1: permission denied"}}, Problems: []string{"gpiochip0: permission denied"}}, good, []string{noPermission, noPermission}},
		{"odd", board.Inventory{Problems: []string{"gpiochip0: strange"}}, good, []string{otherProblem}},
		{"1-Wire shorted", board.Inventory{}, wire("00-000000000000"), []string{oneWireShort}},
		{"1-Wire without its resistor", board.Inventory{}, wire("00-400000000000", "00-c00000000000"), []string{oneWireNoise}},
		{"1-Wire empty", board.Inventory{}, wire(), []string{oneWireEmpty}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range mistakes(Result{Attached: c.inv, Masters: c.masters}, Setup{}) {
				got = append(got, m.Code)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// A bus that is not there is told once, and not once more for all that hangs on it.
func TestMissingBusIsToldOnce(t *testing.T) {
	r, s := read(board.Inventory{}, probe(climate.SHT4x, 0), "no such bus or sensor")
	if got := mistakes(r, s); len(got) != 1 || got[0].Code != noI2C || got[0].Where != "i2c-1" {
		t.Errorf("%+v", got)
	}
	r, s = read(board.Inventory{}, door(), "no such line")
	if got := mistakes(r, s); len(got) != 1 || got[0].Code != noChips {
		t.Errorf("%+v", got)
	}
}

// Lack of permission is told once, is not taken for a machine without hardware, and
// leaves the other mistakes told.
func TestDenied(t *testing.T) {
	inv := board.Inventory{
		Problems: []string{"gpiochip0: open /dev/gpiochip0: permission denied"},
		Buses:    []board.Bus{{Name: "1", Problem: "open /dev/i2c-1: sysfs-i2c: permission denied"}},
	}
	r, s := read(inv, door(), "no permission")
	if got := mistakes(r, s); len(got) != 2 || got[0].Where != "gpiochip0" || got[1].Where != "i2c-1" || r.Nothing() || !r.Denied() {
		t.Errorf("%+v, nothing %v, denied %v", got, r.Nothing(), r.Denied())
	}
	r, s = read(inv, probe(climate.DS18B20, 0), "power-on value")
	if got := mistakes(r, s); len(got) != 3 || got[2].Code != powerOn {
		t.Errorf("%+v", got)
	}
}

// Every mistake is said in both languages, with what to do, and every reason of a
// driver has its word.
func TestAdviceIsWhole(t *testing.T) {
	for code, a := range advice {
		for _, text := range []string{a.is.SV, a.is.EN, a.do.SV, a.do.EN} {
			if len(text) < 10 || !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ":") {
				t.Errorf("%s: %q", code, text)
			}
		}
		if a.is.SV == a.is.EN || a.do.SV == a.do.EN {
			t.Errorf("%s is not translated", code)
		}
	}
	for why, code := range codes {
		if _, ok := advice[code]; !ok || say(Swedish, why) == why {
			t.Errorf("%q: advice %v, in Swedish %q", why, ok, say(Swedish, why))
		}
	}
}

func TestFindInSys(t *testing.T) {
	sys := fstest.MapFS{
		"bus/w1/devices/w1_bus_master1/w1_master_slaves": {Data: []byte("28-0000071c7e3a\n28-0000071c7e3b\n")},
		"bus/w1/devices/w1_bus_master2/w1_master_slaves": {Data: []byte("not found.\n")},
		"class/hwmon/hwmon0/name":                        {Data: []byte("cpu_thermal\n")},
		"class/hwmon/hwmon0/temp1_input":                 {},
		"class/hwmon/hwmon1/name":                        {Data: []byte("sht3x\n")},
		"class/hwmon/hwmon1/temp1_input":                 {},
		"class/hwmon/hwmon1/device":                      {Data: []byte("../../../1-0044"), Mode: 0o777 | 1<<27},
		"class/hwmon/hwmon2/temp1_input":                 {},
		"class/hwmon/hwmon3/name":                        {Data: []byte("w1_slave_temp\n")},
	}
	if got := fmt.Sprint(masters(sys)); got != "[{w1_bus_master1 [28-0000071c7e3a 28-0000071c7e3b]} {w1_bus_master2 []}]" {
		t.Error(got)
	}
	got := monitors(sys)
	if fmt.Sprint(got) != "[{cpu_thermal  [temp1]} {sht3x 1-0044 [temp1]}]" || got[0].attached() || !got[1].attached() {
		t.Errorf("%+v", got)
	}
	fresh := unconfigured(Result{Kernel: got}, nil)
	if len(fresh) != 1 || fresh[0].Source() != "hwmon sht3x 1-0044 temp1" {
		t.Errorf("%+v", fresh)
	}
	if again := unconfigured(Result{Kernel: got}, fresh); len(again) != 0 {
		t.Errorf("found again: %+v", again)
	}
}

// A fifth probe gets a name of its own; one that gave no value gets none.
func TestNames(t *testing.T) {
	good := reading.Batch{Readings: []reading.Reading{{Quality: reading.Good}}}
	var found []climate.Options
	var read []reading.Batch
	for range 6 {
		found, read = append(found, probe(climate.SHT4x, 0)), append(read, good)
	}
	read[1] = reading.Batch{Readings: []reading.Reading{{Quality: reading.Fault}}}
	var keys []string
	for _, o := range named(found, read, nil) {
		keys = append(keys, o.Key())
	}
	if want := []string{"climate/inlet", "climate/outlet", "climate/room", "climate/ceiling", "climate2/inlet"}; !slices.Equal(keys, want) {
		t.Errorf("%v, want %v", keys, want)
	}
}
