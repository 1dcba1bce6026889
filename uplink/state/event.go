package state

import (
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
)

// Event is one thing that the collector learnt. Closet is always "<site>.<closet>".
type Event interface{ event() }

// Life is any message of a closet that is neither retained nor a will.
type Life struct {
	Closet string
	// At is the collector's receive time.
	At time.Time
	// Path, Start and Conn are what the message said; Start "" and Conn 0 where
	// it said nothing (a record).
	Path, Start string
	Conn        uint64
	// Drained says that the message is a heartbeat or state according to which
	// nothing of lane a waits in the closet (depth 0, or mark equal to head).
	// Backlog says that something does. Neither: the message does not tell.
	Drained, Backlog bool
	// Empty says that nothing waits in the closet, in neither lane.
	Empty bool
	// Stamp is the closet's own time of the message; zero where it carries none.
	Stamp reading.Stamp
}

// Will is a last will heard on one path. It starts a question, nothing else.
type Will struct {
	Closet, Path, Start string
	Conn                uint64
}

// Change is one applied record of lane a that carries a step of an alarm.
type Change struct {
	Closet string
	// Made is when the closet appended the record.
	Made   reading.Stamp
	Change alarm.Change
}

// OpenList is the list of open occurrences that an agent sends after its start.
type OpenList struct {
	Closet string
	Occs   []string
}

// LastWords is the record of a clean stop.
type LastWords struct {
	Closet, Start string
	// Reason is a stable key: "stopped", "reboot", "battery_low".
	Reason string
}

// Gap is an applied gap record: a time about which the closet knows nothing.
type Gap struct {
	Closet string
	// Why is the record's stable key, one of record.WhyX.
	Why string
	// Lane, From and To are what is missing, for the collector's own gap
	// (record.WhyStoreRestore). From zero: from the beginning; To zero: until now.
	Lane     record.Lane
	From, To time.Time
}

// Target is what a question of silence is put to.
type Target string

// Targets. Path is the closet itself, over its open paths; its answer is a Life.
const (
	Router Target = "router"
	Switch Target = "switch"
	Path   Target = "path"
)

// Answered is the end of one question to a probe.
type Answered struct {
	Closet string
	Target Target
	// Alive: it answered, a refusal included. Failed: the question could not be
	// put (the collector's own fault), which says nothing about the closet.
	Alive, Failed bool
}

// Tick lets time pass.
type Tick struct{}

// Own tells the collector's own trouble: while Deaf nothing could be heard
// (broker down, just started). The end of it starts all questions afresh.
type Own struct {
	Deaf bool
	Why  string
}

// Acknowledged says that a person has taken a case on.
type Acknowledged struct {
	Case, By string
}

func (Life) event()         {}
func (Will) event()         {}
func (Change) event()       {}
func (OpenList) event()     {}
func (LastWords) event()    {}
func (Gap) event()          {}
func (Answered) event()     {}
func (Tick) event()         {}
func (Own) event()          {}
func (Acknowledged) event() {}
