package state

import (
	"time"

	"rackvakt/uplink/alarm"
)

// Tables are the decisions that package alarm owns, handed in as functions so
// that the machine rests on no more of it than it uses.
type Tables struct {
	// Owner returns the party that answers for class at a site.
	Owner func(site Site, class alarm.Class) alarm.Party
	// ClassOf returns the asset class of a cause at a kind of site.
	ClassOf func(kind alarm.SiteKind, cause alarm.CauseName) alarm.Class
}

// Restored is what the store held at start.
type Restored struct {
	// Alarms are the open ones; Cases the open ones and those closed lately,
	// whose closing message may not have been queued yet.
	Alarms []Alarm
	Cases  []Case
	// Heard is the last sign of life of each closet, where the store knows it.
	Heard map[string]time.Time
}

// Machine is the collector's knowledge. It is not safe for concurrent use; see Loop.
type Machine struct {
	o       Options
	t       Tables
	sites   []*Site
	closets map[string]*closet
	order   []*closet
	cases   map[string]*Case
	deaf    bool
	why     string
	// since is when the collector could hear again; silence counts from there at the earliest.
	since time.Time
}

// New returns a Machine that knows the sites and nothing about them.
func New(o Options, t Tables, sites []Site, now time.Time) *Machine {
	return nil
}

// Restore takes over what the store held and returns what follows: messages that
// may not have been queued before the stop, and cases for alarms that have none.
func (m *Machine) Restore(r Restored, now time.Time) []Action { return nil }

// Step applies one event. Events about unknown closets are ignored.
func (m *Machine) Step(ev Event, now time.Time) []Action { return nil }

// View returns a copy of everything a page shows.
func (m *Machine) View(now time.Time) View { return View{} }

type closet struct{}
