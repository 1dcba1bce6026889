package state

import (
	"time"
)

// Status is what can be said of a closet now. There is no "down": only the
// closet or a probe could know that.
type Status string

// Statuses.
const (
	Online  Status = "online"
	Silent  Status = "silent"  // asked, told, no answer
	Unknown Status = "unknown" // not heard yet, or not heard because of the collector itself
	Stopped Status = "stopped" // said that it stops
)

// ClosetView is one closet for a page. It is a copy.
type ClosetView struct {
	ID, Name string
	Status   Status
	// Since is when Status began; Heard the last sign of life (zero: none since start).
	Since, Heard time.Time
	// Reason explains Stopped and Unknown, as a stable key; may be empty.
	Reason string
	// Backlog: older records of lane a are still coming in.
	Backlog bool
	// Alarms are the open ones, newest first.
	Alarms []Alarm
}

// SiteView is one site for a page.
type SiteView struct {
	Site    Site
	Closets []ClosetView
	// Cases are the open ones, newest first.
	Cases []Case
}

// View is the collector's whole knowledge at one moment, sites in configured order.
type View struct {
	At    time.Time
	Deaf  bool
	Why   string
	Sites []SiteView
	// Cases are all open cases, newest first, region incidents among them.
	Cases []Case
}
