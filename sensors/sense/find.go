package sense

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/reading"
)

// Master is one 1-Wire bus, as the kernel's w1 shows it
// (Documentation/w1/w1-generic.rst).
type Master struct {
	Name string `json:"name"`
	// IDs is everything that it found: family and serial number.
	IDs []string `json:"ids"`
}

// Monitor is one folder of /sys/class/hwmon.
type Monitor struct {
	// Chip is the content of its name file.
	Chip string `json:"chip"`
	// Unit is the device behind it: 1-0044 for one at 0x44 of i2c-1; "" if none shows.
	Unit string `json:"unit,omitempty"`
	// Temperatures are its inputs: temp1, temp2.
	Temperatures []string `json:"temperatures"`
}

// client is how the kernel calls what hangs on an I2C bus.
var client = regexp.MustCompile(`^[0-9]+-[0-9a-f]{4}$`)

// attached reports whether the chip hangs on a bus, and is not part of the machine.
func (m Monitor) attached() bool { return client.MatchString(m.Unit) && len(m.Temperatures) > 0 }

func find(ctx context.Context, s Setup) Result {
	return Result{
		Attached: s.Board.List(ctx), Masters: masters(s.Board.Sys()), Kernel: monitors(s.Board.Sys()),
		Readings: []Value{},
	}
}

func masters(sys fs.FS) []Master {
	out := []Master{}
	paths, err := fs.Glob(sys, "bus/w1/devices/w1_bus_master*")
	if err != nil { // only a bad pattern
		return out
	}
	for _, p := range paths {
		m := Master{Name: path.Base(p), IDs: []string{}}
		text, err := fs.ReadFile(sys, p+"/w1_master_slaves")
		if err == nil && !strings.HasPrefix(string(text), "not found") {
			m.IDs = strings.Fields(string(text))
		}
		out = append(out, m)
	}
	return out
}

// oneWireMonitor is how w1_therm calls a DS18B20 in hwmon, where it is shown once more.
const oneWireMonitor = "w1_slave_temp"

func monitors(sys fs.FS) []Monitor {
	out := []Monitor{}
	paths, err := fs.Glob(sys, "class/hwmon/hwmon*")
	if err != nil { // only a bad pattern
		return out
	}
	for _, p := range paths {
		name, err := fs.ReadFile(sys, p+"/name")
		if err != nil {
			continue // going, or none of ours
		}
		m := Monitor{Chip: strings.TrimSpace(string(name)), Temperatures: []string{}}
		if m.Chip == oneWireMonitor {
			continue
		}
		if to, err := fs.ReadLink(sys, p+"/device"); err == nil {
			m.Unit = path.Base(to)
		}
		inputs, _ := fs.Glob(sys, p+"/temp*_input") // only a bad pattern
		for _, in := range inputs {
			m.Temperatures = append(m.Temperatures, strings.TrimSuffix(path.Base(in), "_input"))
		}
		out = append(out, m)
	}
	return out
}

// place is the end of Options.Source of a probe on I2C.
func place(bus string, addr uint16) string { return fmt.Sprintf("i2c-%s %#02x", bus, addr) }

// unconfigured returns a probe for everything found that measures temperature and
// that no configured probe is, named after where it hangs.
func unconfigured(r Result, configured []climate.Options) []climate.Options {
	known := func(place string) bool {
		return slices.ContainsFunc(configured, func(o climate.Options) bool { return strings.HasSuffix(o.Source(), " "+place) })
	}
	var out []climate.Options
	add := func(name, position, place string, d climate.Driver, set func(*climate.Options)) {
		if d.Measures() == nil || known(place) {
			return
		}
		o := climate.DefaultOptions()
		o.Name, o.Position, o.Driver = name, position, d
		set(&o)
		out = append(out, o)
	}
	for _, b := range r.Attached.Buses {
		for _, d := range b.Devices {
			add("i2c-"+b.Name, fmt.Sprintf("%#02x", d.Address), place(b.Name, d.Address), climate.Driver(d.Driver),
				func(o *climate.Options) { o.Bus, o.Address = b.Name, d.Address })
		}
	}
	for _, id := range r.Attached.OneWire {
		add(id, "", id, climate.DS18B20, func(o *climate.Options) { o.ID = id })
	}
	for _, m := range r.Kernel {
		for _, input := range m.Temperatures {
			if m.attached() && !known(m.Unit) {
				add(m.Chip, m.Unit+" "+input, m.Unit+" "+input, climate.HWMon,
					func(o *climate.Options) { o.Chip, o.Unit, o.Label = m.Chip, m.Unit, input })
			}
		}
	}
	return out
}

// positions are given to new probes in this order.
var positions = []string{"inlet", "outlet", "room", "ceiling"}

// named returns the found probes that answered with a value, with names and
// positions that no other probe has.
func named(found []climate.Options, read []reading.Batch, configured []climate.Options) []climate.Options {
	taken := map[string]bool{}
	for _, o := range configured {
		taken[o.Key()] = true
	}
	var out []climate.Options
	for i, o := range found {
		if !slices.ContainsFunc(read[i].Readings, reading.Reading.Known) {
			continue
		}
		for n := 0; n == 0 || taken[o.Key()]; n++ {
			o.Name, o.Position = "climate", positions[n%len(positions)]
			if n >= len(positions) {
				o.Name = fmt.Sprintf("climate%d", n/len(positions)+1)
			}
		}
		taken[o.Key()] = true
		out = append(out, o)
	}
	return out
}
