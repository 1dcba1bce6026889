// Package alarm decides: the catalogue of alarms, who must act on each, the
// rules that turn readings into alarms, and the verdict that says what broke a
// path. Everything in it is data or a pure function of (state, event, now); the
// same code runs in the closet and at the collector.
//
// It refuses to poll, to store, to send, to keep timers or to know a clock.
package alarm

import "rackvakt/sensors/reading"

// Code is the stable name of one kind of alarm: "path.down", "door.forced".
type Code string

// Severity orders alarms for people. The zero value is Info.
type Severity uint8

// Severities, lowest first.
const (
	Info Severity = iota
	Warning
	Critical
)

// Class is the kind of thing that is at fault. It decides whose the fault is.
type Class string

// Asset classes of design.md.
const (
	Switch     Class = "switch"
	Access     Class = "access"
	Internet   Class = "internet"
	RegionCore Class = "region_core"
	Sjunet     Class = "sjunet"
	Service    Class = "service"
	RoomPower  Class = "room_power"
	Cooling    Class = "cooling"
	Water      Class = "water"
	Fire       Class = "fire"
	Door       Class = "door"
	Lock       Class = "lock"
	Cabling    Class = "cabling"
	Outlet     Class = "outlet"
	Printer    Class = "printer"
	Monitor    Class = "monitor"
)

// Party is who must act.
type Party string

// The parties of domain.md.
const (
	RegionIT      Party = "region_it"
	PropertyOwner Party = "property_owner"
	CareProvider  Party = "care_provider"
	Technician    Party = "technician"
)

// SiteKind selects the default responsibilities.
type SiteKind string

// Kinds of site.
const (
	RegionRun     SiteKind = "region_run"    // vårdcentral run by the region
	Private       SiteKind = "private"       // private vårdcentral
	Physiotherapy SiteKind = "physiotherapy" // clinic without a region rack
)

// CauseName is one verdict on the loss of a path.
type CauseName string

// Causes of design.md.
const (
	MainsLost      CauseName = "mains_lost"
	SwitchDown     CauseName = "switch_down"
	UplinkPortDown CauseName = "uplink_port_down"
	AccessDown     CauseName = "access_down"
	RegionCoreDown CauseName = "region_core"
	SjunetDown     CauseName = "sjunet_down"
	ServiceDown    CauseName = "service_down"
	MonitorFault   CauseName = "monitor_fault"
	Undecided      CauseName = "unknown"
)

// Evidence is one piece of what a decision rests on. It holds no prose: Say
// names a row of the text table, which knows both languages and what each party
// may see, and the rest fills it in.
type Evidence struct {
	// Say is the stable key of the text: "port_oper_down", "target_silent".
	Say string `json:"say"`
	// Device and Object name the Point it was read from; empty where there is none.
	Device string `json:"device,omitempty"`
	Object string `json:"object,omitempty"`
	// Value is the observed value, ready to show: "21.4 °C", "down".
	Value string `json:"value,omitempty"`
	// AgeMS is how old the observation was when it was used, in milliseconds.
	AgeMS int64 `json:"age_ms"`
}

// Cause is one part of a verdict.
type Cause struct {
	Name    CauseName  `json:"name"`
	For     []Evidence `json:"for,omitempty"`
	Against []Evidence `json:"against,omitempty"`
	// Candidates and Check say what it may be and name the check that would tell
	// them apart. They are set for "unknown", and for a "monitor_fault" that a
	// dead switch would look like (both take the carrier of the monitor's cable).
	Candidates []CauseName `json:"candidates,omitempty"`
	Check      string      `json:"check,omitempty"`
}

// Act is one step in the life of an alarm.
type Act string

// Acts.
const (
	Raise  Act = "raise"
	Update Act = "update"
	Clear  Act = "clear"
)

// Key is the identity of an alarm within one closet.
type Key struct {
	Code   Code   `json:"code"`
	Object string `json:"object,omitempty"`
}

// Change is one step in the life of one alarm; it travels as a record of lane a.
type Change struct {
	Act Act `json:"act"`
	Key
	// Occ is the random name of this occurrence: every later step names it.
	Occ      string   `json:"occ"`
	Severity Severity `json:"severity"`
	Class    Class    `json:"class"`
	// Since is when the condition began, as measured; Until when it ended (Clear only).
	Since reading.Stamp  `json:"since"`
	Until *reading.Stamp `json:"until,omitempty"`
	// Causes is the verdict; empty for an alarm that is its own explanation.
	Causes   []Cause    `json:"causes,omitempty"`
	Evidence []Evidence `json:"evidence,omitempty"`
	// Joins is the Occ of the open alarm whose case this one belongs to: one fault
	// is one case, whatever number of alarms it shows in. Empty: a case of its own.
	Joins string `json:"joins,omitempty"`
	// Reason says why it was cleared or updated, as a stable key: see Reasons.
	Reason string `json:"reason,omitempty"`
	// Count is the number of changes that a flapping alarm stands for; 0 otherwise.
	Count int `json:"count,omitempty"`
}
