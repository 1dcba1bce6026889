package record

import (
	"encoding/json"
	"fmt"

	"rackvakt/sensors/reading"
)

// Samples is the body of a record of lane m: columns of values, grouped by device
// and time.
type Samples struct {
	Groups []Group `json:"groups"`
}

// Group holds values of one device, measured within half a second of each other.
type Group struct {
	Device string `json:"device"`
	// AgoMS is how long before the record's own time they were measured, in milliseconds.
	AgoMS int64 `json:"ago_ms,omitempty"`
	// Objects names the rows; "" is the device as a whole.
	Objects []string `json:"objects"`
	// Columns maps a point's name (Prometheus convention, base unit) to one cell per
	// row: a number; null, the value is unknown; "", nothing is said here.
	Columns map[string][]json.RawMessage `json:"columns"`
}

// Sample is one value out of a record.
type Sample struct {
	Device, Object string
	// Name is the wire name of the Kind, known to this version or not.
	Name string
	At   reading.Stamp
	// Text is the exact decimal in the base unit, Value the same as a float; both
	// zero where Stale: the value is unknown.
	Text  string
	Value float64
	Stale bool
}

func (s *Samples) check() error {
	for _, g := range s.Groups {
		if g.Device == "" || len(g.Device) > maxName || g.AgoMS > maxMonoMS || g.AgoMS < -maxMonoMS {
			return fmt.Errorf("%w: samples of device %.60q", ErrMalformed, g.Device)
		}
		for name, cells := range g.Columns {
			if name == "" || len(name) > maxName || len(cells) != len(g.Objects) {
				return fmt.Errorf("%w: column %.60q has %d cells for %d objects", ErrMalformed, name, len(cells), len(g.Objects))
			}
		}
	}
	return nil
}
