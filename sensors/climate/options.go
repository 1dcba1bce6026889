package climate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// Driver names a sensor chip, or the kernel's own drivers.
type Driver string

// Drivers.
const (
	MCP9808 Driver = "mcp9808"
	TMP102  Driver = "tmp102"
	LM75    Driver = "lm75"
	SHT3x   Driver = "sht3x"
	SHT4x   Driver = "sht4x"
	HDC302x Driver = "hdc302x"
	BME280  Driver = "bme280"
	BMP280  Driver = "bmp280"
	DS18B20 Driver = "ds18b20"
	// HWMon is whatever the kernel shows below /sys/class/hwmon.
	HWMon Driver = "hwmon"
)

// Drivers returns every driver.
func Drivers() []Driver {
	return []Driver{SHT4x, SHT3x, HDC302x, BME280, BMP280, MCP9808, TMP102, LM75, DS18B20, HWMon}
}

// Measures returns what a probe with this chip delivers; nil for an unknown one.
// A chip of the kernel may measure humidity too; that shows when it is read.
func (d Driver) Measures() []reading.Kind {
	switch d {
	case SHT3x, SHT4x, HDC302x, BME280:
		return []reading.Kind{reading.Temperature, reading.Humidity, reading.DewPoint}
	case MCP9808, TMP102, LM75, BMP280, DS18B20, HWMon:
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
	// Chip, Label and Unit choose one sensor of hwmon: the content of its name
	// file; the label (or temp1, temp2) of the input, "" for the first; and the
	// device it stands for where several chips have the name, "" if only one has.
	Chip  string `yaml:"chip" example:"sht3x"`
	Label string `yaml:"label" example:"temp1"`
	Unit  string `yaml:"unit" example:"1-0044"`
	// Every is the time between two samples.
	Every time.Duration `yaml:"every" example:"5s"`
	// Deadline is how long one sample may take before the probe is unknown.
	Deadline time.Duration `yaml:"deadline" example:"3s"`

	// Calibration corrects the temperature, HumidityCalibration the humidity; nil:
	// as the chip's maker left it.
	Calibration         *Calibration `yaml:"calibration"`
	HumidityCalibration *Calibration `yaml:"humidity_calibration"`
	// StuckAfter is how long a value may rest on its last digit while another
	// probe moves; 0: for ever.
	StuckAfter time.Duration `yaml:"stuck_after" example:"12h"`
	// CreepAfter is how long the humidity may stay above 80 % before the chip's
	// heater tests it (or, without one, before creep is suspected); 0: for ever.
	CreepAfter time.Duration `yaml:"creep_after" example:"12h"`
	// AgreesWith is name/position of a probe in the same air; "": none. More than
	// Within apart for two minutes, both are flagged.
	AgreesWith string `yaml:"agrees_with" example:"climate/inlet"`
	Within     Milli  `yaml:"within" example:"3"`
}

// DefaultOptions returns the settings that fit most probes; Name, Driver and ID
// are left to the file.
func DefaultOptions() Options {
	return Options{
		Position: "room", Bus: "1", Every: 5 * time.Second, Deadline: 3 * time.Second,
		StuckAfter: 12 * time.Hour, CreepAfter: 12 * time.Hour, Within: 3_000,
	}
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
	o.validateDistrust(r)
	o.validatePlace(r)
}

func (o *Options) validateDistrust(r *strictyaml.Report) {
	if o.StuckAfter != 0 && (o.StuckAfter < time.Hour || o.StuckAfter > 30*24*time.Hour) {
		r.Bad("stuck_after", o.StuckAfter, "1h to 720h, or 0s for never", "12h")
	}
	if o.CreepAfter != 0 && (o.CreepAfter < time.Hour || o.CreepAfter > 30*24*time.Hour) {
		r.Bad("creep_after", o.CreepAfter, "1h to 720h, or 0s for never", "12h")
	}
	if o.AgreesWith != "" && o.AgreesWith == o.Key() {
		r.Bad("agrees_with", o.AgreesWith, "another probe than itself", "climate/outlet")
	}
	if o.Within < 500 || o.Within > 20_000 {
		r.Bad("within", o.Within, "0.5 to 20 °C", "3")
	}
	if o.HumidityCalibration != nil && !slices.Contains(o.Driver.Measures(), reading.Humidity) && o.Driver != HWMon {
		r.Bad("humidity_calibration", string(o.Driver), "none, since the chip measures no humidity", "")
	}
}

func (o *Options) validatePlace(r *strictyaml.Report) {
	c, known := chips[o.Driver]
	switch {
	case !known:
		r.Bad("driver", o.Driver, "one of "+driverNames(), "sht4x")
	case o.Driver == DS18B20:
		if !validID(o.ID) {
			r.Bad("id", o.ID, "the 1-Wire id of the sensor: 28- and 12 hex digits", "28-0000071c7e3a")
		}
	case o.Driver == HWMon:
		o.validateHWMon(r)
	default:
		if o.Bus == "" || strings.Trim(o.Bus, "0123456789") != "" {
			r.Bad("bus", o.Bus, "the number N of /dev/i2c-N", "1")
		}
		if a := o.address(); a < c.first || a > c.last {
			r.Bad("address", o.Address, fmt.Sprintf("%#02x to %#02x for %s", c.first, c.last, o.Driver), fmt.Sprintf("%#02x", c.usual))
		}
	}
}

func (o *Options) validateHWMon(r *strictyaml.Report) {
	if o.Chip == "" || strings.ContainsAny(o.Chip, "/ \t\n") {
		r.Bad("chip", o.Chip, "the content of /sys/class/hwmon/hwmon*/name", "sht3x")
	}
	if strings.Contains(o.Unit, "/") {
		r.Bad("unit", o.Unit, "the last part of what /sys/class/hwmon/hwmon*/device points at", "1-0044")
	}
}

func driverNames() string {
	var names []string
	for _, d := range Drivers() {
		names = append(names, string(d))
	}
	return strings.Join(names, ", ")
}

// validID accepts what the kernel writes for family 28 (DS18B20).
func validID(id string) bool {
	serial, ok := strings.CutPrefix(id, "28-")
	return ok && len(serial) == 12 && strings.Trim(serial, "0123456789abcdef") == ""
}

// ValidateTogether reports what only shows when all probes are known: agrees_with
// names one of them. r stands at the list.
func ValidateTogether(probes []Options, r *strictyaml.Report) {
	for i, o := range probes {
		other := func(x Options) bool { return x.Key() == o.AgreesWith }
		if o.AgreesWith != "" && !slices.ContainsFunc(probes, other) {
			r.Bad(fmt.Sprintf("[%d].agrees_with", i), o.AgreesWith, "name/position of another probe in the list", "climate/inlet")
		}
	}
}

// address returns the configured address, or the chip's usual one.
func (o Options) address() uint16 {
	if o.Address != 0 {
		return o.Address
	}
	return chips[o.Driver].usual
}

// Key is name/position, as other parts of the configuration call the probe.
func (o Options) Key() string { return o.Name + "/" + o.Position }

// Source says where the probe hangs, for people.
func (o Options) Source() string {
	switch o.Driver {
	case DS18B20:
		return "1-wire " + o.ID
	case HWMon:
		return strings.Join(strings.Fields("hwmon "+o.Chip+" "+o.Unit+" "+o.Label), " ")
	}
	return fmt.Sprintf("%s i2c-%s %#02x", o.Driver, o.Bus, o.address())
}

// Point returns what kind is called as a reading of this probe.
func (o Options) Point(kind reading.Kind) reading.Point {
	return reading.Point{Device: o.Name, Object: o.Position, Kind: kind}
}
