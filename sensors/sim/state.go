// Package sim is what moves a simulated board: named values ("door",
// "temperature/inlet"), a server that takes assignments over a unix socket, and
// the client that `rackvakt sim` uses.
//
// Protocol: one JSON object a line each way. A request {"set":{"door":"open"}}
// or {} is answered by {"values":{...}} with everything as it now stands, or by
// {"error":"..."}; a request with one mistake changes nothing.
//
// It refuses to know lines, buses and chips (sensors/board), and to listen
// anywhere but on the configured socket.
package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Absent is the word for a contact or sensor that is not there.
const Absent = "absent"

// shape says what a value may be: one of words, or a number in
// [low, high], 0.001 degree or %.
type shape struct {
	words     []string
	low, high int64
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
	"temperature": {low: -40_000, high: 125_000},
	"humidity":    {low: 0, high: 100_000},
}

// start is the state of a new board; for contacts the word of rest comes first.
var start = map[string]string{
	"door": "closed", "lock": "locked", "tamper": "closed", "mains": "present",
	"leak": "dry", "smoke": "clear", "cooling": "ok",
	"temperature/inlet": "22.5", "temperature/outlet": "29", "temperature/room": "21.5",
	"temperature/ceiling": "24", "humidity/room": "41",
}

// State holds the values of one simulated board. It is safe for concurrent use.
type State struct {
	mu      sync.Mutex
	values  map[string]string        // guarded by mu
	shapes  map[string]shape         // guarded by mu; by name
	changed map[chan<- struct{}]bool // guarded by mu; each holds at least one
}

// NewState returns a board on which all is well.
func NewState() *State {
	s := &State{values: maps.Clone(start), shapes: map[string]shape{}, changed: map[chan<- struct{}]bool{}}
	for name := range start {
		family, _, _ := strings.Cut(name, "/")
		s.shapes[name] = shapes[family]
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
	s.shapes[name], s.values[name] = sh, sh.words[0]
	return nil
}

// Active reports whether a contact is away from its rest; false if it is absent.
func (s *State) Active(name string) (active, present bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.values[name]
	return v != Absent && slices.Index(s.shapes[name].words, v) > 0, v != Absent && v != ""
}

// Number returns a measured value in its Kind's unit; false if it is absent.
func (s *State) Number(name string) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.shapes[name].number(s.values[name])
	return v, err == nil
}

// Values returns a copy of everything.
func (s *State) Values() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values)
}

// Names returns every name, sorted.
func (s *State) Names() []string { return slices.Sorted(maps.Keys(s.Values())) }

// Set changes values, all or none.
func (s *State) Set(values map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		sh, ok := s.shapes[name]
		if !ok {
			return fmt.Errorf("no %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(s.shapes)), ", "))
		}
		if err := sh.check(values[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	maps.Copy(s.values, values)
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

func (sh shape) check(v string) error {
	if v == Absent {
		return nil
	}
	if sh.words == nil {
		_, err := sh.number(v)
		return err
	}
	if !slices.Contains(sh.words, v) {
		return fmt.Errorf("%q is none of %s, %s", v, strings.Join(sh.words, ", "), Absent)
	}
	return nil
}

// number reads degrees Celsius or percent.
func (sh shape) number(v string) (int64, error) {
	f, err := strconv.ParseFloat(v, 64)
	n := int64(f * 1000)
	if err != nil || sh.words != nil || !(f*1000 >= float64(sh.low) && f*1000 <= float64(sh.high)) {
		return 0, fmt.Errorf("%q is no number from %d to %d, and not %q", v, sh.low/1000, sh.high/1000, Absent)
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
