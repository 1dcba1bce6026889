package state

import (
	"time"

	"rackvakt/uplink/alarm"
)

// Origin says which end raised an alarm; only that end clears it.
type Origin string

// Origins.
const (
	ByCloset    Origin = "closet"
	ByCollector Origin = "collector"
)

// Alarm is one occurrence as the collector mirrors it.
type Alarm struct {
	// Closet is the closet's id; empty for an alarm of the region as a whole.
	Closet string `json:"closet"`
	By     Origin `json:"by"`
	// Change is the latest step; its Act tells whether the alarm stands.
	Change alarm.Change `json:"change"`
	// From and To are Since and Until on the collector's time; To is zero while
	// the alarm stands. Placed is false where From is only the time of receipt.
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"`
	Placed bool      `json:"placed"`
	// Received is when the collector first heard of it.
	Received time.Time `json:"received"`
	// Case is the id of the case it belongs to; empty for none.
	Case string `json:"case,omitempty"`
	// Late: it came after the fact and waits for the end of the backlog.
	Late bool `json:"late,omitempty"`
}

// Open reports whether the alarm stands.
func (a Alarm) Open() bool { return a.Change.Act != alarm.Clear }

// Case is one incident as people see it: one message when it opens, one when its
// verdict or owner changes, one when it closes.
type Case struct {
	// ID is the case number: date and five letters, stable over restarts.
	ID string `json:"id"`
	// Site and Closet are names of the site list; both empty for a region incident.
	Site   string `json:"site,omitempty"`
	Closet string `json:"closet,omitempty"`
	// Sites lists the sites of a region incident.
	Sites []string `json:"sites,omitempty"`
	// Code and Object name the alarm that opened it.
	Code     alarm.Code     `json:"code"`
	Object   string         `json:"object,omitempty"`
	Severity alarm.Severity `json:"severity"`
	// Members are the occurrences that belong to it; Standing those not cleared yet.
	Members  []string `json:"members"`
	Standing []string `json:"standing,omitempty"`
	// Causes is the verdict, empty for an alarm that explains itself; Class and
	// Party follow from it.
	Causes   []alarm.Cause    `json:"causes,omitempty"`
	Class    alarm.Class      `json:"class"`
	Party    alarm.Party      `json:"party"`
	Evidence []alarm.Evidence `json:"evidence,omitempty"`
	// Told lists the parties that were told of it.
	Told []alarm.Party `json:"told,omitempty"`
	// Opened and Closed are the collector's times; Closed is zero while it is open.
	Opened time.Time `json:"opened"`
	Closed time.Time `json:"closed,omitzero"`
	// Start and End are when the trouble truly began and ended: as measured in
	// the closet where Measured says so, else as seen from the region.
	Start    time.Time `json:"start"`
	End      time.Time `json:"end,omitzero"`
	Measured bool      `json:"measured"`
	// SilentFrom and Back bound the closet's silence; zero where there was none.
	SilentFrom time.Time `json:"silent_from,omitzero"`
	Back       time.Time `json:"back,omitzero"`
	// Reason says why it closed: "restored", "lost_by_closet".
	Reason string `json:"reason,omitempty"`
	// Seq counts the messages of the case from 1.
	Seq int `json:"seq"`
	// AckedBy and AckedAt: who has taken it on; empty and zero while nobody has.
	AckedBy string    `json:"acked_by,omitempty"`
	AckedAt time.Time `json:"acked_at,omitzero"`
	// ToldVerdict is the verdict of the last message.
	ToldVerdict []alarm.CauseName `json:"told_verdict,omitempty"`
}

// Open reports whether the case is open.
func (c Case) Open() bool { return c.Closed.IsZero() }

// Verdict returns the names of the causes, in order.
func (c Case) Verdict() []alarm.CauseName {
	names := make([]alarm.CauseName, 0, len(c.Causes))
	for _, cause := range c.Causes {
		names = append(names, cause.Name)
	}
	return names
}

// Kind says which message a Notice is.
type Kind string

// Kinds of message.
const (
	Opened  Kind = "opened"
	Updated Kind = "updated"
	Closed  Kind = "closed"
)

// Notice is one message about a case to the parties that it concerns. It is
// handed out again after a restart; ID, Seq and party make it the same message.
type Notice struct {
	Kind    Kind          `json:"kind"`
	Seq     int           `json:"seq"`
	Case    Case          `json:"case"`
	Parties []alarm.Party `json:"parties"`
	// At is when it was decided.
	At time.Time `json:"at"`
}

// Action is something that the loop must carry out, in the order given.
type Action interface{ action() }

// SaveAlarm and SaveCase make a change durable; they come before the Notify that rests on them.
type SaveAlarm struct{ Alarm Alarm }

// SaveCase stores the case as it is now.
type SaveCase struct{ Case Case }

// Notify tells people.
type Notify struct{ Notice Notice }

// Ask puts the question of silence to the targets of a closet.
type Ask struct {
	Closet  string
	Targets []Target
}

func (SaveAlarm) action() {}
func (SaveCase) action()  {}
func (Notify) action()    {}
func (Ask) action()       {}
