package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

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

// Decode lists the values in a stable order; at is the record's own time. Cells
// of a group share its time, which is exact to half a second.
func (s *Samples) Decode(at reading.Stamp) ([]Sample, error) {
	var all []Sample
	for _, g := range s.Groups {
		when := at.Add(-time.Duration(g.AgoMS) * time.Millisecond)
		for _, name := range slices.Sorted(maps.Keys(g.Columns)) {
			cells := g.Columns[name]
			if len(cells) != len(g.Objects) {
				return nil, fmt.Errorf("samples of %s: %w: column %s has %d cells for %d objects", g.Device, ErrMalformed, name, len(cells), len(g.Objects))
			}
			for i, cell := range cells {
				sample := Sample{Device: g.Device, Object: g.Objects[i], Name: name, At: when}
				said, err := sample.read(cell)
				if err != nil {
					return nil, fmt.Errorf("samples of %s: %s: %w", g.Device, name, err)
				}
				if said {
					all = append(all, sample)
				}
			}
		}
	}
	return all, nil
}

// read fills in the value of one cell; false where the cell says nothing.
func (s *Sample) read(cell json.RawMessage) (said bool, err error) {
	text := string(cell)
	switch text {
	case `""`:
		return false, nil
	case "null", "":
		s.Stale = true
		return true, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return false, fmt.Errorf("%w: cell %.40q", ErrMalformed, text)
	}
	s.Text, s.Value = text, v
	return true, nil
}

// Reading turns a sample of a Kind that this version knows back into a Reading.
func (s Sample) Reading() (reading.Reading, bool) {
	kind, ok := reading.KindByName(s.Name)
	if !ok {
		return reading.Reading{}, false
	}
	r := reading.Reading{Point: reading.Point{Device: s.Device, Object: s.Object, Kind: kind}, At: s.At}
	if s.Stale {
		return r, true
	}
	v, err := kind.Parse(s.Text)
	r.Value, r.Quality = v, reading.Good
	return r, err == nil
}

// grain is how far apart values of one device may lie and still share a group:
// a poll of one device takes several requests.
const grain = 500 * time.Millisecond

// maxBatch is what one record's samples may take, beside the head of the record.
const maxBatch = MaxStored - 320

// Batch puts readings into as few bodies as fit a record each. now is the time of
// the records; readings must be of the same boot. A reading that is not Good
// travels as null. Of two readings of a point in one group the later counts.
func Batch(readings []reading.Reading, now reading.Stamp) []Samples {
	var bodies []Samples
	var open Samples
	size := 0
	for _, g := range groups(readings, now) {
		for _, part := range g.split() {
			n := part.size()
			if size+n > maxBatch && len(open.Groups) > 0 {
				bodies, open, size = append(bodies, open), Samples{}, 0
			}
			open.Groups = append(open.Groups, part.encode())
			size += n
		}
	}
	if len(open.Groups) > 0 {
		bodies = append(bodies, open)
	}
	return bodies
}

// table is a Group before it is written: cells by object and kind.
type table struct {
	device string
	ago    time.Duration
	rows   []string
	cells  map[string]map[reading.Kind][]byte
	kinds  map[reading.Kind]bool
	begin  time.Duration // Mono of the first reading: the group's time
}

// groups sorts readings by device and time and puts those near each other together.
func groups(readings []reading.Reading, now reading.Stamp) []*table {
	sorted := slices.Clone(readings)
	slices.SortStableFunc(sorted, func(a, b reading.Reading) int {
		return cmp.Or(cmp.Compare(a.Point.Device, b.Point.Device), cmp.Compare(a.At.Mono, b.At.Mono))
	})
	var all []*table
	var t *table
	for _, r := range sorted {
		if t == nil || t.device != r.Point.Device || r.At.Mono-t.begin > grain {
			t = &table{device: r.Point.Device, ago: now.Mono - r.At.Mono, begin: r.At.Mono,
				cells: map[string]map[reading.Kind][]byte{}, kinds: map[reading.Kind]bool{}}
			all = append(all, t)
		}
		t.add(r)
	}
	return all
}

func (t *table) add(r reading.Reading) {
	row, ok := t.cells[r.Point.Object]
	if !ok {
		row = map[reading.Kind][]byte{}
		t.cells[r.Point.Object] = row
		t.rows = append(t.rows, r.Point.Object)
	}
	cell := []byte("null")
	if r.Quality == reading.Good {
		cell = r.Point.Kind.Append(nil, r.Value)
	}
	row[r.Point.Kind] = cell
	t.kinds[r.Point.Kind] = true
}

// size is an upper bound of the encoded form in octets.
func (t *table) size() int {
	quoted, _ := json.Marshal(t.device) // a string cannot fail
	n := 64 + len(quoted)
	for kind := range t.kinds {
		n += len(kind.Name()) + 6
		for _, row := range t.rows {
			n += max(len(t.cells[row][kind]), 2) + 1
		}
	}
	for _, row := range t.rows {
		quoted, _ = json.Marshal(row)
		n += len(quoted) + 1
	}
	return n
}

// split halves a table by rows until each part fits a record.
func (t *table) split() []*table {
	if t.size() <= maxBatch || len(t.rows) < 2 {
		return []*table{t}
	}
	half := len(t.rows) / 2
	left, right := t.part(t.rows[:half]), t.part(t.rows[half:])
	return append(left.split(), right.split()...)
}

func (t *table) part(rows []string) *table {
	p := &table{device: t.device, ago: t.ago, rows: rows, cells: map[string]map[reading.Kind][]byte{}, kinds: map[reading.Kind]bool{}}
	for _, row := range rows {
		p.cells[row] = t.cells[row]
		for kind := range t.cells[row] {
			p.kinds[kind] = true
		}
	}
	return p
}

// absent is the cell of a point that the record says nothing of.
var absent = json.RawMessage(`""`)

func (t *table) encode() Group {
	g := Group{Device: t.device, AgoMS: t.ago.Milliseconds(), Objects: t.rows, Columns: map[string][]json.RawMessage{}}
	for kind := range t.kinds {
		cells := make([]json.RawMessage, len(t.rows))
		for i, row := range t.rows {
			cells[i] = absent
			if cell, ok := t.cells[row][kind]; ok {
				cells[i] = cell
			}
		}
		g.Columns[kind.Name()] = cells
	}
	return g
}
