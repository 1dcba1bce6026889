package poll

import (
	"slices"
	"sync"
	"time"

	"rackvakt/snmp/session"
)

// State is what a Device knows about its device, for people.
type State struct {
	// Profiles are the names of the sensor profiles that fit.
	Profiles []string `json:"profiles"`
	// Sensors counts the sensors that were found.
	Sensors int `json:"sensors"`
	// Limits is what was learned about the device: what it stands, and whether it is
	// slow or answers from a copy.
	Limits session.Limits `json:"limits"`
	// Inventory is when the device was last looked through; zero: not yet.
	Inventory time.Time `json:"inventory,omitzero"`
	// Silent says why it gives no values now: "no answer", "unknown user"; "" where
	// it does.
	Silent string `json:"silent,omitempty"`
}

// stateKept is the State that others may read.
type stateKept struct {
	mu    sync.Mutex
	state State // guarded by mu
}

// State returns what is known. It may be called from any goroutine.
func (d *Device) State() State {
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	s := d.state.state
	s.Profiles = slices.Clone(s.Profiles)
	return s
}

// publish has State return what is known now.
func (d *Device) publish() {
	s := State{Profiles: d.view.profiles(), Sensors: len(d.view.objects), Limits: d.s.Limits(), Inventory: d.found.at, Silent: d.shut}
	if d.deps.Store != nil {
		d.deps.Store.Save(d.o.Name, s.Limits)
	}
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	d.state.state = s
}
