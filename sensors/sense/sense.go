// Package sense is what an installer runs beside the open cabinet: it finds
// everything attached to the board, reads the configured sensors and the found
// ones once, names the mistakes of wiring with what to do about them, writes the
// configuration of what is new (Snippet), and tells changes as they come (Watch).
//
// It refuses to judge values (uplink/alarm), to write files, and to drive lines.
package sense

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/power"
	"rackvakt/sensors/reading"
)

// Setup is what is configured, and the board that it hangs on.
type Setup struct {
	Board    board.Board
	Contacts []contact.Options
	Climate  []climate.Options
	Power    []power.Options
	Clock    reading.Clock
	// Lines are GPIO lines by name that Watch follows beside the contacts. Nil: the
	// free ones of a Raspberry Pi's header where no contact is configured.
	Lines []string
}

// Result is what was found and read.
type Result struct {
	Attached board.Inventory `json:"attached"`
	// Masters are the 1-Wire buses, Kernel the chips of hwmon.
	Masters  []Master  `json:"one_wire_buses"`
	Kernel   []Monitor `json:"hwmon"`
	Readings []Value   `json:"readings"`
	Mistakes []Mistake `json:"mistakes"`
	// contacts are the configured ones; fresh are the probes that were found and
	// are not configured, with a name for the configuration.
	contacts []contact.Options
	fresh    []climate.Options
}

// Value is one reading of a configured sensor, or of one that was found.
type Value struct {
	Device  string `json:"device"`
	Object  string `json:"object,omitempty"`
	Kind    string `json:"kind"`
	Quality string `json:"quality"`
	// Value is the exact decimal in the Kind's base unit; "" unless Quality is good.
	Value string `json:"value,omitempty"`
	// Reason says why there is no value.
	Reason string `json:"reason,omitempty"`
	// Source is chip and line, bus and address, or 1-Wire id.
	Source string `json:"source,omitempty"`
	// Serial is the number that the chip gives itself; "" if it gives none.
	Serial string `json:"serial,omitempty"`
	// New says that the sensor was found and is not configured.
	New bool `json:"new,omitempty"`
	// show is the value for a person.
	show string
}

// Denied reports whether nothing was found and something could not be looked into
// for lack of permission.
func (r Result) Denied() bool {
	return r.bare() && slices.ContainsFunc(ofBuses(r), Mistake.denies)
}

// Nothing reports whether nothing at all is attached: no GPIO chip, nothing that
// answers on I2C or 1-Wire, no sensor of the kernel on a bus, and no configured
// sensor that can be read. What may not be looked into may hold something.
func (r Result) Nothing() bool { return r.bare() && !r.Denied() }

// bare reports whether nothing was found.
func (r Result) bare() bool {
	for _, b := range r.Attached.Buses {
		if len(b.Devices) > 0 {
			return false
		}
	}
	return len(r.Attached.Chips) == 0 && len(r.Attached.OneWire) == 0 &&
		!slices.ContainsFunc(r.Kernel, Monitor.attached) &&
		!slices.ContainsFunc(r.Readings, func(v Value) bool { return v.Quality == reading.Good.String() })
}

// Read finds and reads once. It takes as long as the slowest sensor (seconds).
func Read(ctx context.Context, s Setup) Result {
	out := find(ctx, s)
	out.contacts = s.Contacts
	found := unconfigured(out, s.Climate)
	known, fresh := s.readers(), probes(s, found)
	batches := make([]reading.Batch, len(known)+len(fresh))
	var all sync.WaitGroup
	for i, r := range slices.Concat(known, fresh) {
		all.Go(func() { batches[i] = r.Read() })
	}
	all.Wait()
	for i, batch := range batches {
		out.Readings = append(out.Readings, values(batch, i >= len(known))...)
	}
	out.fresh = named(found, batches[len(known):], s.Climate)
	out.Mistakes = mistakes(out, s)
	return out
}

// sensor is a driver of any house.
type sensor interface {
	Read() reading.Batch
	Run(ctx context.Context, sink reading.Sink) error
}

// readers returns the drivers of what is configured.
func (s Setup) readers() []sensor {
	return slices.Concat(contacts(s, s.Contacts), probes(s, s.Climate), rails(s, s.Power))
}

// quiet is the log of drivers: what they say is told as a reading's reason.
var quiet = slog.New(slog.DiscardHandler)

func contacts(s Setup, all []contact.Options) []sensor {
	out := make([]sensor, 0, len(all))
	for _, o := range all {
		out = append(out, contact.New(o, s.Board, s.Clock, quiet))
	}
	return out
}

func probes(s Setup, all []climate.Options) []sensor {
	out := make([]sensor, 0, len(all))
	for _, o := range all {
		out = append(out, climate.New(o, s.Board, s.Clock, quiet))
	}
	return out
}

func rails(s Setup, all []power.Options) []sensor {
	out := make([]sensor, 0, len(all))
	for _, o := range all {
		out = append(out, power.New(o, s.Board, s.Clock, quiet))
	}
	return out
}

func values(b reading.Batch, isNew bool) []Value {
	facts := map[reading.Label]string{}
	for _, f := range b.Facts {
		facts[f.Label] = f.Text
	}
	var out []Value
	for _, r := range b.Readings {
		v := Value{
			Device: r.Point.Device, Object: r.Point.Object, Kind: r.Point.Kind.Name(), New: isNew,
			Quality: r.Quality.String(), Reason: r.Reason, Source: facts[reading.LabelSource], Serial: facts[reading.LabelSerial],
		}
		if r.Known() {
			v.Value = string(r.Point.Kind.Append(nil, r.Value))
			v.show = r.Point.Kind.Show(r.Value)
		}
		out = append(out, v)
	}
	return out
}
