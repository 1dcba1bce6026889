package power

import (
	"fmt"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// Driver names a chip.
type Driver string

// Drivers.
const (
	INA219  Driver = "ina219"
	INA226  Driver = "ina226"
	INA3221 Driver = "ina3221"
)

// HoldUp is the Object of what a battery tells: reading.Remaining and reading.Level.
const HoldUp = "hold-up"

// Options configures one chip.
type Options struct {
	// Name is the reading's Device: "power".
	Name   string `yaml:"name" example:"power"`
	Driver Driver `yaml:"driver" example:"ina219"`
	// Bus is the number of the I2C bus, N of /dev/i2c-N.
	Bus string `yaml:"bus" example:"1"`
	// Address is the I2C address; 0 is 0x40, where all three leave the factory.
	Address uint16 `yaml:"address" example:"0x40"`
	// Rails are what hangs on the chip: one, or up to three of an INA3221.
	Rails []Rail `yaml:"rails" example:"[{name: 5v, shunt_uohm: 100000, max_ma: 3200}]"`
	// Every is the time between two samples.
	Every time.Duration `yaml:"every" example:"5s"`
	// Deadline is how long one sample may take before the rails are unknown.
	Deadline time.Duration `yaml:"deadline" example:"3s"`
}

// Rail is one measured supply.
type Rail struct {
	// Name is the reading's Object: 5v, 12v, battery.
	Name string `yaml:"name" example:"5v"`
	// Channel of an INA3221, 1 to 3; 0 on the other chips.
	Channel int `yaml:"channel" example:"1"`
	// ShuntMicroOhm is the shunt's resistance: 100000 where R100 is printed on it.
	ShuntMicroOhm int64 `yaml:"shunt_uohm" example:"100000"`
	// ShuntTolerance of that value, in 0.1 %.
	ShuntTolerance int64 `yaml:"shunt_tolerance" example:"10"`
	// MaxMilliAmp is the highest current to be measured, either way. It decides
	// the chip's range and resolution; 0: as much as the shunt allows.
	MaxMilliAmp int64 `yaml:"max_ma" example:"3200"`
	// Reversed says that the shunt is wired the other way round. A battery's
	// current is positive while it is drained.
	Reversed bool `yaml:"reversed" example:"false"`
	// Battery tells what hangs on this rail, if it is the hold-up battery.
	Battery Battery `yaml:"battery"`
}

// Chemistry names a voltage curve.
type Chemistry string

// Chemistries.
const (
	LiIon    Chemistry = "li_ion"
	LiFePO4  Chemistry = "lifepo4"
	LeadAcid Chemistry = "lead_acid"
	NiMH     Chemistry = "nimh"
)

// Battery is a hold-up battery. The zero value is none.
type Battery struct {
	// CapacityMilliWattHour is what it gives from full to empty; 0: no battery.
	CapacityMilliWattHour int64 `yaml:"capacity_mwh" example:"18500"`
	// Chemistry picks the voltage curve of a cell.
	Chemistry Chemistry `yaml:"chemistry" example:"li_ion"`
	// Cells in series.
	Cells int64 `yaml:"cells" example:"1"`
	// Curve replaces the chemistry's: voltage at rest of the whole battery, falling.
	Curve []CurvePoint `yaml:"curve" example:"[{mv: 4150, percent: 100}, {mv: 3700, percent: 50}, {mv: 3300, percent: 0}]"`
	// ResistanceMilliOhm of battery and leads: what the voltage sags by under load.
	ResistanceMilliOhm int64 `yaml:"resistance_mohm" example:"100"`
	// ReservePercent of the capacity is left when the converter gives up.
	ReservePercent int64 `yaml:"reserve" example:"10"`
	// LoadMilliWatt is drawn from the battery once mains is lost; it answers "how
	// long" while the battery is not drained. 0: no forecast then.
	LoadMilliWatt int64 `yaml:"load_mw" example:"6000"`
}

// CurvePoint is one point of a battery's voltage at rest.
type CurvePoint struct {
	MilliVolt int64 `yaml:"mv" example:"3700"`
	Percent   int64 `yaml:"percent" example:"50"`
}

// SetDefaults fills a list element before it is read (strictyaml.Defaulter); Name,
// Driver and Rails are left to the file.
func (o *Options) SetDefaults() {
	*o = Options{Bus: "1", Every: 5 * time.Second, Deadline: 3 * time.Second}
}

// SetDefaults fills a rail before it is read: a shunt of 0.1 ohm and 1 %, and one
// cell of lithium-ion where there is a battery.
func (r *Rail) SetDefaults() {
	*r = Rail{ShuntMicroOhm: 100_000, ShuntTolerance: 10,
		Battery: Battery{Chemistry: LiIon, Cells: 1, ResistanceMilliOhm: 100, ReservePercent: 10}}
}

// Validate reports every mistake in o.
func (o *Options) Validate(r *strictyaml.Report) {
	if !plainName(o.Name) {
		r.Bad("name", o.Name, "a name without spaces, slashes and colons", "power")
	}
	if o.Bus == "" || strings.Trim(o.Bus, "0123456789") != "" {
		r.Bad("bus", o.Bus, "the number N of /dev/i2c-N", "1")
	}
	if o.Every < time.Second || o.Every > 10*time.Minute {
		r.Bad("every", o.Every, "1s to 10m", "5s")
	}
	if o.Deadline < time.Second || o.Deadline > time.Minute {
		r.Bad("deadline", o.Deadline, "1s to 1m", "3s")
	}
	m, known := models[o.Driver]
	if !known {
		r.Bad("driver", o.Driver, "ina219, ina226 or ina3221", "ina219")
		return
	}
	if a := o.address(); a < firstAddress || a > m.lastAddress {
		r.Bad("address", fmt.Sprintf("%#02x", o.Address), fmt.Sprintf("%#02x to %#02x for %s", firstAddress, m.lastAddress, o.Driver), "0x40")
	}
	o.validateRails(r, m)
}

func (o *Options) validateRails(r *strictyaml.Report, m model) {
	if n := len(o.Rails); n == 0 || n > m.channels {
		r.Bad("rails", fmt.Sprintf("%d rails", n), fmt.Sprintf("at least one, at most %d for %s", m.channels, o.Driver), "[{name: 5v}]")
	}
	names, channels, batteries := map[string]bool{}, map[int]bool{}, 0
	for i, rail := range o.Rails {
		key := fmt.Sprintf("rails[%d].", i)
		if !plainName(rail.Name) || rail.Name == HoldUp || names[rail.Name] {
			r.Bad(key+"name", rail.Name, "a name that no other rail has, not "+HoldUp, "5v")
		}
		if m.channels == 1 && rail.Channel != 0 {
			r.Bad(key+"channel", rail.Channel, "no channel, since "+string(o.Driver)+" has one only", "")
		}
		if m.channels > 1 && (rail.Channel < 1 || rail.Channel > m.channels || channels[rail.Channel]) {
			r.Bad(key+"channel", rail.Channel, fmt.Sprintf("1 to %d, each once", m.channels), "1")
		}
		rail.validateShunt(r, key, m)
		if rail.Battery.present() {
			batteries++
		}
		if batteries > 1 && rail.Battery.present() {
			r.Bad(key+"battery", "a second battery", "one hold-up battery for each chip", "")
		}
		names[rail.Name], channels[rail.Channel] = true, true
	}
}

func (x Rail) validateShunt(r *strictyaml.Report, key string, m model) {
	if x.ShuntMicroOhm < 100 || x.ShuntMicroOhm > 10_000_000 {
		r.Bad(key+"shunt_uohm", x.ShuntMicroOhm, "100 to 10000000 micro-ohm", "100000")
		return
	}
	if x.ShuntTolerance < 0 || x.ShuntTolerance > 200 {
		r.Bad(key+"shunt_tolerance", x.ShuntTolerance, "0 to 200, in 0.1 %", "10")
	}
	if most := m.most(x); x.MaxMilliAmp < 0 || x.MaxMilliAmp > most {
		r.Bad(key+"max_ma", x.MaxMilliAmp, fmt.Sprintf("at most %d with this shunt", most), fmt.Sprint(most))
	}
}

// Validate reports what a battery cannot be.
func (b *Battery) Validate(r *strictyaml.Report) {
	if !b.present() {
		if b.CapacityMilliWattHour < 0 {
			r.Bad("capacity_mwh", b.CapacityMilliWattHour, "what the battery holds, or 0 for none", "18500")
		}
		return
	}
	for _, f := range []struct {
		key              string
		value, low, high int64
		example          string
	}{
		{"capacity_mwh", b.CapacityMilliWattHour, 100, 10_000_000, "18500"},
		{"cells", b.Cells, 1, 24, "1"},
		{"resistance_mohm", b.ResistanceMilliOhm, 0, 10_000, "100"},
		{"reserve", b.ReservePercent, 0, 90, "10"},
		{"load_mw", b.LoadMilliWatt, 0, 1_000_000, "6000"},
	} {
		if f.value < f.low || f.value > f.high {
			r.Bad(f.key, f.value, fmt.Sprintf("%d to %d", f.low, f.high), f.example)
		}
	}
	if _, known := cells[b.Chemistry]; !known {
		r.Bad("chemistry", b.Chemistry, "li_ion, lifepo4, lead_acid or nimh", "li_ion")
	}
	if len(b.Curve) > 0 && !falling(b.Curve) {
		r.Bad("curve", fmt.Sprintf("%d points", len(b.Curve)), "at least two points, voltage and percent both falling from 100 to 0",
			"[{mv: 4150, percent: 100}, {mv: 3300, percent: 0}]")
	}
}

// falling reports whether a curve can be read: from 100 to 0 percent, each point
// below the one before.
func falling(curve []CurvePoint) bool {
	last := len(curve) - 1
	if last < 1 || curve[0].Percent != 100 || curve[last].Percent != 0 || curve[last].MilliVolt <= 0 {
		return false
	}
	for i, p := range curve[1:] {
		if p.MilliVolt >= curve[i].MilliVolt || p.Percent >= curve[i].Percent {
			return false
		}
	}
	return true
}

func (b *Battery) present() bool { return b.CapacityMilliWattHour > 0 }

func plainName(s string) bool { return s != "" && !strings.ContainsAny(s, "/: \t") }

// address returns the configured address, or the usual one.
func (o Options) address() uint16 {
	if o.Address != 0 {
		return o.Address
	}
	return firstAddress
}

// Source says where the chip hangs, for people.
func (o Options) Source() string {
	return fmt.Sprintf("%s i2c-%s %#02x", o.Driver, o.Bus, o.address())
}

// Point returns what kind is called as a reading of a rail, or of HoldUp.
func (o Options) Point(rail string, kind reading.Kind) reading.Point {
	return reading.Point{Device: o.Name, Object: rail, Kind: kind}
}
