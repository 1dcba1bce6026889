package config

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/alarm"
)

// Limits is what is held for too much, too little or too long.
type Limits struct {
	// Climate are bounds on probes. A probe at the inlet that no bound names gets
	// the recommended ones.
	Climate []ClimateLimit `yaml:"climate"`
	// DoorHeld is how long a door may stand open; 0: as long as it likes.
	DoorHeld time.Duration `yaml:"door_held" example:"10m"`
	// BatteryLow is the runtime of a UPS below which it is told; 0: the UPS's own word.
	BatteryLow time.Duration `yaml:"battery_low" example:"10m"`
	// HoldUpLow is the time that the monitor's own battery must last; below it is
	// told. 0: not judged.
	HoldUpLow time.Duration `yaml:"hold_up_low" example:"2m"`
	// HotSoon is the time till 35 °C, as the temperature rises now, below which it is
	// told; 0: not judged.
	HotSoon time.Duration `yaml:"hot_soon" example:"30m"`
	// StorageFreeMB is the least free storage in MiB; 0: not judged.
	StorageFreeMB int `yaml:"storage_free_mb" example:"64"`
	// Misses is how many missed probes in a row, over all targets of a layer, make
	// it silent; 0: 6.
	Misses int `yaml:"misses" example:"6"`
	// Uplinks are expectations of single uplink ports.
	Uplinks []UplinkLimit `yaml:"uplinks"`
	// UplinkErrors is how many faulty frames a second an uplink may have.
	UplinkErrors Milli `yaml:"uplink_errors" example:"1"`
	// PoEShare is how much of its budget a switch may deliver to its ports, in
	// percent; 0: not judged.
	PoEShare int `yaml:"poe_share" example:"90"`
	// Delays replaces the catalogue's times by alarm code.
	Delays map[string]Delay `yaml:"delays" example:"{port.down: {trip: 30s, clear: 1m}}"`
}

// DefaultLimits returns what holds where the file is silent.
func DefaultLimits() Limits {
	return Limits{DoorHeld: 10 * time.Minute, BatteryLow: 10 * time.Minute, HoldUpLow: 2 * time.Minute, HotSoon: 30 * time.Minute, StorageFreeMB: 64, UplinkErrors: 1000, PoEShare: 90}
}

// UplinkLimit is what one uplink port is built for.
type UplinkLimit struct {
	Device string `yaml:"device" example:"sw1"`
	Port   string `yaml:"port" example:"1/49"`
	// SpeedMbit is the speed below which it is told, in Mbit/s. A port without a
	// limit is held to the highest speed that it was seen to have.
	SpeedMbit int64 `yaml:"speed_mbit" example:"10000"`
}

// validateUplinks reports limits on ports that are no uplinks.
func (c *Config) validateUplinks(r *strictyaml.Report) {
	for i, u := range c.Limits.Uplinks {
		key := fmt.Sprintf("limits.uplinks[%d]", i)
		if d := c.device(u.Device); d == nil || !contains(d.UplinkPorts, u.Port) {
			r.Bad(key+".port", u.Device+" "+u.Port, "a device and one of its uplink_ports", "{device: sw1, port: \"1/49\", speed_mbit: 10000}")
		}
		if u.SpeedMbit < 1 || u.SpeedMbit > 1_000_000 {
			r.Bad(key+".speed_mbit", u.SpeedMbit, "1 to 1000000", "10000")
		}
	}
}

// Delay is how long a condition must last before it is told, and be over before
// it is told to be over. At most 24h each.
type Delay struct {
	Trip  time.Duration `yaml:"trip" example:"30s"`
	Clear time.Duration `yaml:"clear" example:"1m"`
}

// longest is the longest delay.
const longest = 24 * time.Hour

// Validate reports times that cannot be.
func (d *Delay) Validate(r *strictyaml.Report) {
	if d.Trip < 0 || d.Trip > longest {
		r.Bad("trip", d.Trip, "0s to 24h", "30s")
	}
	if d.Clear < 0 || d.Clear > longest {
		r.Bad("clear", d.Clear, "0s to 24h", "1m")
	}
}

// ClimateLimit is the bounds of one value of one probe.
type ClimateLimit struct {
	// Probe is name/position of a probe under sensors.climate, or device/sensor of a
	// polled device, as `rackvakt poll` names the sensor.
	Probe string `yaml:"probe" example:"climate/inlet"`
	// Measures is temperature (°C), humidity (%) or dew_point (°C).
	Measures string `yaml:"measures" example:"temperature"`
	// The bounds; one that is left out is none.
	WarnLow  *Milli `yaml:"warn_low" example:"18"`
	WarnHigh *Milli `yaml:"warn_high" example:"27"`
	CritLow  *Milli `yaml:"crit_low" example:"10"`
	CritHigh *Milli `yaml:"crit_high" example:"35"`
	// Hysteresis is how far inside a bound the value must come back.
	Hysteresis Milli `yaml:"hysteresis" example:"1"`
	// Trip and Clear replace the catalogue's times; left out: the catalogue's.
	Trip  *time.Duration `yaml:"trip" example:"1m"`
	Clear *time.Duration `yaml:"clear" example:"2m"`
	// Latch keeps the alarm until somebody unlatches it.
	Latch bool `yaml:"latch" example:"false"`
}

// SetDefaults fills a list element before it is read (strictyaml.Defaulter).
func (l *ClimateLimit) SetDefaults() { l.Measures, l.Hysteresis = "temperature", 500 }

// Milli is a decimal number of °C or %, kept in thousandths.
type Milli int64

var decimal = regexp.MustCompile(`^(-?)([0-9]{1,6})(?:\.([0-9]{1,3}))?$`)

// UnmarshalText reads "27", "27.5", "-3.25".
func (m *Milli) UnmarshalText(b []byte) error {
	part := decimal.FindStringSubmatch(string(b))
	if part == nil {
		return fmt.Errorf("a number with at most three decimals")
	}
	v, err := strconv.ParseInt(part[1]+part[2]+part[3]+strings.Repeat("0", 3-len(part[3])), 10, 64)
	if err != nil {
		return err
	}
	*m = Milli(v)
	return nil
}

// String is the inverse of UnmarshalText.
func (m Milli) String() string { return string(reading.Temperature.Append(nil, int64(m))) }

var measures = map[string]reading.Kind{
	"temperature": reading.Temperature, "humidity": reading.Humidity, "dew_point": reading.DewPoint,
}

// Validate reports bounds that cannot be.
func (l *ClimateLimit) Validate(r *strictyaml.Report) {
	if _, ok := measures[l.Measures]; !ok {
		r.Bad("measures", l.Measures, "temperature, humidity or dew_point", "temperature")
	}
	if l.WarnLow == nil && l.WarnHigh == nil && l.CritLow == nil && l.CritHigh == nil {
		r.Bad("", "no bound", "at least one of warn_low, warn_high, crit_low, crit_high", "{probe: climate/inlet, warn_high: 27}")
	}
	if l.Hysteresis < 0 {
		r.Bad("hysteresis", l.Hysteresis, "0 or more", "1")
	}
	d := Delay{value(l.Trip), value(l.Clear)}
	d.Validate(r)
	// From the lowest bound to the highest, each above the one before.
	var below *Milli
	for _, b := range []struct {
		key string
		v   *Milli
	}{{"crit_low", l.CritLow}, {"warn_low", l.WarnLow}, {"warn_high", l.WarnHigh}, {"crit_high", l.CritHigh}} {
		if b.v == nil {
			continue
		}
		if below != nil && *b.v <= *below {
			r.Bad(b.key, *b.v, "more than "+below.String()+", the bound below it", (*below + 1000).String())
		}
		below = b.v
	}
}

func value[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// Validate reports limits that cannot be.
func (l *Limits) Validate(r *strictyaml.Report) {
	if l.DoorHeld < 0 || l.DoorHeld > longest {
		r.Bad("door_held", l.DoorHeld, "0s to 24h", "10m")
	}
	if l.BatteryLow < 0 || l.BatteryLow > longest {
		r.Bad("battery_low", l.BatteryLow, "0s to 24h", "10m")
	}
	if l.HoldUpLow < 0 || l.HoldUpLow > longest {
		r.Bad("hold_up_low", l.HoldUpLow, "0s to 24h", "2m")
	}
	if l.HotSoon < 0 || l.HotSoon > longest {
		r.Bad("hot_soon", l.HotSoon, "0s to 24h", "30m")
	}
	if l.StorageFreeMB < 0 {
		r.Bad("storage_free_mb", l.StorageFreeMB, "0 or more", "64")
	}
	if l.Misses != 0 && (l.Misses < 2 || l.Misses > 100) {
		r.Bad("misses", l.Misses, "a number from 2 to 100, or left out", "6")
	}
	if l.UplinkErrors < 0 {
		r.Bad("uplink_errors", l.UplinkErrors, "0 or more", "1")
	}
	if l.PoEShare < 0 || l.PoEShare > 100 {
		r.Bad("poe_share", l.PoEShare, "0 to 100", "90")
	}
	for code := range l.Delays {
		if row, ok := alarm.Lookup(alarm.Code(code)); !ok || row.Collector {
			r.Bad("delays."+code, code, "the code of an alarm that the closet raises", "port.down")
		}
	}
}

// validateLimits reports limits on probes that do not exist, or twice on one value.
func (c *Config) validateLimits(r *strictyaml.Report) {
	seen := map[string]bool{}
	for i, l := range c.Limits.Climate {
		key := fmt.Sprintf("limits.climate[%d]", i)
		x, ok := c.probe(l.Probe)
		if _, there := c.measured(l); !there {
			example := "climate/inlet"
			if len(c.Sensors.Climate) > 0 {
				example = c.Sensors.Climate[0].Name + "/" + c.Sensors.Climate[0].Position
			}
			r.Bad(key+".probe", l.Probe, "name/position of a probe under sensors.climate, or device/sensor of a polled device", example)
		}
		if kind, known := measures[l.Measures]; ok && known && x.Driver.Measures() != nil && !slices.Contains(x.Driver.Measures(), kind) {
			r.Bad(key+".measures", l.Measures, "something that a "+string(x.Driver)+" measures", "temperature")
		}
		what := l.Probe + " " + l.Measures
		if seen[what] {
			r.Bad(key+".measures", l.Measures, "a value of the probe that has no bounds yet", "humidity")
		}
		seen[what] = true
	}
}

func contains[T ~string](all []T, s string) bool { return slices.Contains(all, T(s)) }

func listed[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = string(a)
	}
	return "one of " + strings.Join(words, ", ")
}

func hostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	n, perr := strconv.ParseUint(port, 10, 16)
	return err == nil && perr == nil && n > 0
}
