package climate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// Driver names a sensor chip.
type Driver string

// Drivers.
const (
	MCP9808 Driver = "mcp9808"
	SHT4x   Driver = "sht4x"
	BME280  Driver = "bme280"
	DS18B20 Driver = "ds18b20"
)

// Measures returns what a probe with this chip delivers; nil for an unknown one.
func (d Driver) Measures() []reading.Kind {
	switch d {
	case SHT4x, BME280:
		return []reading.Kind{reading.Temperature, reading.Humidity, reading.DewPoint}
	case MCP9808, DS18B20:
		return []reading.Kind{reading.Temperature}
	}
	return nil
}

// Options configures one probe.
type Options struct {
	// Name is the reading's Device: "climate".
	Name string `yaml:"name" example:"climate"`
	// Position is the reading's Object: inlet, outlet, room or ceiling.
	Position string `yaml:"position" example:"inlet"`
	Driver   Driver `yaml:"driver" example:"sht4x"`
	// Bus is the number of the I2C bus, N of /dev/i2c-N.
	Bus string `yaml:"bus" example:"1"`
	// Address is the I2C address; 0 is the driver's usual one.
	Address uint16 `yaml:"address" example:"0x44"`
	// ID is the 1-Wire id of a DS18B20, as the kernel writes it.
	ID string `yaml:"id" example:"28-0000071c7e3a"`
	// Every is the time between two samples.
	Every time.Duration `yaml:"every" example:"5s"`
	// Deadline is how long one sample may take before the probe is unknown.
	Deadline time.Duration `yaml:"deadline" example:"3s"`
}

// DefaultOptions returns the settings that fit most probes; Name, Driver and ID
// are left to the file.
func DefaultOptions() Options {
	return Options{Position: "room", Bus: "1", Every: 5 * time.Second, Deadline: 3 * time.Second}
}

// SetDefaults fills a list element before it is read (strictyaml.Defaulter).
func (o *Options) SetDefaults() { *o = DefaultOptions() }

// positions are where a probe may hang.
var positions = []string{"inlet", "outlet", "room", "ceiling"}

// Validate reports every mistake in o.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Name == "" || strings.ContainsAny(o.Name, "/: \t") {
		r.Bad("name", o.Name, "a name without spaces, slashes and colons", "climate")
	}
	if !slices.Contains(positions, o.Position) {
		r.Bad("position", o.Position, "one of "+strings.Join(positions, ", "), "inlet")
	}
	if o.Every < time.Second || o.Every > 10*time.Minute {
		r.Bad("every", o.Every, "1s to 10m", "5s")
	}
	if o.Deadline < time.Second || o.Deadline > time.Minute {
		r.Bad("deadline", o.Deadline, "1s to 1m", "3s")
	}
	o.validatePlace(r)
}

func (o *Options) validatePlace(r *strictyaml.Report) {
	c, known := chips[o.Driver]
	switch {
	case !known:
		r.Bad("driver", o.Driver, "mcp9808, sht4x, bme280 or ds18b20", "sht4x")
	case o.Driver == DS18B20:
		if !validID(o.ID) {
			r.Bad("id", o.ID, "the 1-Wire id of the sensor: 28- and 12 hex digits", "28-0000071c7e3a")
		}
	default:
		if o.Bus == "" || strings.Trim(o.Bus, "0123456789") != "" {
			r.Bad("bus", o.Bus, "the number N of /dev/i2c-N", "1")
		}
		if a := o.address(); a < c.first || a > c.last {
			r.Bad("address", o.Address, fmt.Sprintf("%#02x to %#02x for %s", c.first, c.last, o.Driver), fmt.Sprintf("%#02x", c.usual))
		}
	}
}

// validID accepts what the kernel writes for family 28 (DS18B20).
func validID(id string) bool {
	serial, ok := strings.CutPrefix(id, "28-")
	return ok && len(serial) == 12 && strings.Trim(serial, "0123456789abcdef") == ""
}

// address returns the configured address, or the chip's usual one.
func (o Options) address() uint16 {
	if o.Address != 0 {
		return o.Address
	}
	return chips[o.Driver].usual
}

// Source says where the probe hangs, for people.
func (o Options) Source() string {
	if o.Driver == DS18B20 {
		return "1-wire " + o.ID
	}
	return fmt.Sprintf("%s i2c-%s %#02x", o.Driver, o.Bus, o.address())
}

// Point returns what kind is called as a reading of this probe.
func (o Options) Point(kind reading.Kind) reading.Point {
	return reading.Point{Device: o.Name, Object: o.Position, Kind: kind}
}
