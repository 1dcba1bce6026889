// Package sim is what moves a simulated board: named values ("door",
// "temperature/inlet"), a server that takes assignments over a unix socket, and
// the client that `rackvakt sim` uses.
//
// A contact is set to one of two words (door=open), a sensor to a number
// (temperature/inlet=31.5), a ramp (ramp:22..36/10m from 22 to 36 in ten minutes,
// ramp:..36/10m from where it stands; then it stays) or a Fault; either may be absent.
//
// Protocol: one JSON object a line each way. A request {"set":{"door":"open"}}
// or {} is answered by {"values":{...}} with everything as it now stands, "now"
// with the numbers of what moves, "shown" with what the outputs show, or by
// {"error":"..."}; a request with one mistake changes nothing.
//
// It refuses to know lines, buses and chips (sensors/board), and to listen
// anywhere but on the configured socket.
package sim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Absent is the word for a contact or sensor that is not there.
const Absent = "absent"

// Fault is what is wrong with a simulated sensor; "" is nothing.
type Fault string

// Faults. What each looks like on the wire is the chip's own.
const (
	// CRC spoils the checksum of every answer.
	CRC Fault = "crc"
	// Stuck keeps the value that the sensor had when the fault was set.
	Stuck Fault = "stuck"
	// PowerOn has the chip answer what it holds before its first measurement.
	PowerOn Fault = "power-on"
)

// shape says what a value may be: one of words, or a number in
// [low, high], 0.001 degree or %, or a fault.
type shape struct {
	words     []string
	low, high int64
	faults    []Fault
}

// shapes lists the simulated things by the part of the name before the slash.
var shapes = map[string]shape{
	"door":        {words: []string{"closed", "open"}},
	"lock":        {words: []string{"locked", "unlocked"}},
	"tamper":      {words: []string{"closed", "open"}},
	"mains":       {words: []string{"present", "lost"}},
	"leak":        {words: []string{"dry", "water"}},
	"smoke":       {words: []string{"clear", "smoke"}},
	"cooling":     {words: []string{"ok", "alarm"}},
	"button":      {words: []string{"released", "pressed"}},
	"temperature": {low: -40_000, high: 125_000},
	"humidity":    {low: 0, high: 100_000},
}

// thing is one row of what a new board carries.
type thing struct {
	name, role, value string
	// faults are those that the chip behind it can have: an MCP9808 sends no
	// checksum, and an SHT4x answers nothing before it has measured.
	faults []Fault
}

// start is a new board, on which all is well.
var start = []thing{
	{"door", "door", "closed", nil}, {"door2", "door", "closed", nil}, {"lock", "lock", "locked", nil},
	{"tamper", "tamper", "closed", nil}, {"mains", "mains", "present", nil}, {"leak", "leak", "dry", nil},
	{"smoke", "smoke", "clear", nil}, {"cooling", "cooling", "ok", nil},
	{"temperature/inlet", "temperature", "22.5", []Fault{Stuck, PowerOn}},
	{"temperature/outlet", "temperature", "29", []Fault{Stuck, PowerOn}},
	{"temperature/room", "temperature", "21.5", []Fault{CRC, Stuck}},
	{"temperature/ceiling", "temperature", "24", []Fault{CRC, Stuck, PowerOn}},
	{"humidity/room", "humidity", "41", []Fault{CRC, Stuck}},
}

// value is how one thing stands.
type value struct {
	// text is what was set.
	text string
	// ramp is what a number follows; one that stands still has from and to equal.
	ramp ramp
}

// State holds the values of one simulated board. It is safe for concurrent use.
type State struct {
	mu      sync.Mutex
	values  map[string]value         // guarded by mu
	shapes  map[string]shape         // guarded by mu; by name
	shown   map[string]string        // guarded by mu; what outputs show
	changed map[chan<- struct{}]bool // guarded by mu; each holds at least one
}

// NewState returns a board on which all is well.
func NewState() *State {
	s := &State{values: map[string]value{}, shapes: map[string]shape{}, shown: map[string]string{}, changed: map[chan<- struct{}]bool{}}
	for _, x := range start {
		sh := shapes[x.role]
		sh.faults = x.faults
		s.shapes[x.name] = sh
		s.values[x.name], _ = sh.parse(x.value, value{}, time.Time{})
	}
	return s
}

// Declare adds a contact of the given role ("door") under its configured name,
// at rest, if there is none of that name yet.
func (s *State) Declare(name, role string) error {
	sh, ok := shapes[role]
	if !ok || sh.words == nil {
		return fmt.Errorf("simulated board: no contact of role %q", role)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, have := s.shapes[name]; have {
		if !slices.Equal(old.words, sh.words) {
			return fmt.Errorf("simulated board: %q is not a contact of role %q", name, role)
		}
		return nil
	}
	s.shapes[name], s.values[name] = sh, value{text: sh.words[0]}
	return nil
}

// Active reports whether a contact is away from its rest; false if it is absent.
func (s *State) Active(name string) (active, present bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.values[name].text
	return v != Absent && slices.Index(s.shapes[name].words, v) > 0, v != Absent && v != ""
}

// Number returns a measured value in its Kind's unit; false if it is absent. A
// sensor with a Fault has the value that it had before.
func (s *State) Number(name string) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.values[name]
	return v.ramp.at(time.Now()), s.shapes[name].words == nil && v.text != Absent && v.text != ""
}

// Fault returns what is wrong with a sensor.
func (s *State) Fault(name string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := Fault(s.values[name].text); slices.Contains(s.shapes[name].faults, f) {
		return f
	}
	return ""
}

// Values returns everything as it was set.
func (s *State) Values() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]string, len(s.values))
	for name, v := range s.values {
		out[name] = v.text
	}
	return out
}

// Now returns the numbers of what moves or is at fault, whose text is none.
func (s *State) Now() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for name, v := range s.values {
		if _, err := s.shapes[name].number(v.text); err != nil && s.shapes[name].words == nil && v.text != Absent {
			out[name] = decimal(v.ramp.at(time.Now()))
		}
	}
	return out
}

// Show notes what an output of the board shows: Show("led", "red, fast").
func (s *State) Show(output, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown[output] = text
}

// Shown returns what each output shows.
func (s *State) Shown() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.shown)
}

// Names returns every name, sorted.
func (s *State) Names() []string { return slices.Sorted(maps.Keys(s.Values())) }

// Set changes values, all or none.
func (s *State) Set(values map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	next := make(map[string]value, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		sh, ok := s.shapes[name]
		if !ok {
			return fmt.Errorf("no %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(s.shapes)), ", "))
		}
		v, err := sh.parse(values[name], s.values[name], now)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		next[name] = v
	}
	maps.Copy(s.values, next)
	for c := range s.changed {
		select {
		case c <- struct{}{}:
		default: // the listener has a change to look at already
		}
	}
	return nil
}

// Notify has c told of every Set until the returned function is called. c must
// hold one element: several changes may be told as one.
func (s *State) Notify(c chan<- struct{}) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed[c] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.changed, c)
	}
}

// parse reads what a thing that stands at old is set to.
func (sh shape) parse(text string, old value, now time.Time) (value, error) {
	still := ramp{from: old.ramp.at(now), to: old.ramp.at(now)}
	switch {
	case text == Absent, sh.words != nil && slices.Contains(sh.words, text), slices.Contains(sh.faults, Fault(text)):
		return value{text, still}, nil
	case sh.words != nil:
		return value{}, fmt.Errorf("%q is none of %s, %s", text, strings.Join(sh.words, ", "), Absent)
	}
	if spec, ok := strings.CutPrefix(text, "ramp:"); ok {
		r, err := sh.ramp(spec, still.from, now)
		return value{text, r}, err
	}
	n, err := sh.number(text)
	return value{text, ramp{from: n, to: n}}, err
}

// number reads degrees Celsius or percent.
func (sh shape) number(text string) (int64, error) {
	f, err := strconv.ParseFloat(text, 64)
	n := int64(math.Round(f * 1000))
	if err != nil || sh.words != nil || !(f*1000 >= float64(sh.low) && f*1000 <= float64(sh.high)) {
		others := Absent
		for _, f := range sh.faults {
			others += ", " + string(f)
		}
		return 0, fmt.Errorf("%q is no number from %d to %d, no ramp:22..36/10m, and none of %s", text, sh.low/1000, sh.high/1000, others)
	}
	return n, nil
}

// Contacts returns the names of all contacts, sorted.
func (s *State) Contacts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, sh := range s.shapes {
		if sh.words != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
