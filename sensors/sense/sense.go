// Package sense finds everything attached to the board once, reads the
// configured sensors once, and prints both as a table or as JSON. It is what an
// installer runs beside the open cabinet.
//
// It refuses to follow anything over time and to judge values.
package sense

import (
	"context"
	"log/slog"
	"sync"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
)

// Result is what was found and read.
type Result struct {
	Attached board.Inventory `json:"attached"`
	Readings []Value         `json:"readings"`
}

// Value is one reading of a configured sensor, or of a 1-Wire sensor that was found.
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
	// show is the value for a person.
	show string
}

// Nothing reports whether there is no hardware and no configured sensor.
func (r Result) Nothing() bool { return r.Attached.Empty() && len(r.Readings) == 0 }

// Read finds and reads once. It takes as long as the slowest sensor (seconds).
func Read(ctx context.Context, b board.Board, contacts []contact.Options, probes []climate.Options, clock reading.Clock) Result {
	log := slog.New(slog.DiscardHandler)
	out := Result{Attached: b.List(ctx)}
	probes = append(append([]climate.Options{}, probes...), unconfigured(out.Attached.OneWire, probes)...)
	batches := make([]reading.Batch, len(contacts)+len(probes))
	var all sync.WaitGroup
	for i, o := range contacts {
		all.Go(func() { batches[i] = contact.New(o, b, clock, log).Read() })
	}
	for i, o := range probes {
		all.Go(func() { batches[len(contacts)+i] = climate.New(o, b, clock, log).Read() })
	}
	all.Wait()
	for _, batch := range batches {
		out.Readings = append(out.Readings, values(batch)...)
	}
	return out
}

// unconfigured returns probes for the 1-Wire sensors that the file does not name.
func unconfigured(ids []string, probes []climate.Options) []climate.Options {
	known := map[string]bool{}
	for _, p := range probes {
		known[p.ID] = true
	}
	var more []climate.Options
	for _, id := range ids {
		if !known[id] {
			o := climate.DefaultOptions()
			o.Name, o.Position, o.Driver, o.ID = id, "", climate.DS18B20, id
			more = append(more, o)
		}
	}
	return more
}

func values(b reading.Batch) []Value {
	source := ""
	for _, f := range b.Facts {
		if f.Label == reading.LabelSource {
			source = f.Text
		}
	}
	var out []Value
	for _, r := range b.Readings {
		v := Value{
			Device: r.Point.Device, Object: r.Point.Object, Kind: r.Point.Kind.Name(),
			Quality: r.Quality.String(), Reason: r.Reason, Source: source,
		}
		if r.Known() {
			v.Value = string(r.Point.Kind.Append(nil, r.Value))
			v.show = r.Point.Kind.Show(r.Value)
		}
		out = append(out, v)
	}
	return out
}
