package alarm

import (
	"time"

	"rackvakt/sensors/reading"
)

// PathDevice is the Device of every probe: Point{PathDevice, target name,
// ProbeResult}. Own interfaces are Point{reading.Monitor, interface, Carrier}; a
// polled device is Point{device, "", DeviceUp}; a port Point{device, ifName,
// IfOperStatus}; a UPS Point{device, "", UPSSource} and its like.
const PathDevice = "path"

// Plan is what one closet's rules judge, made from its configuration. The zero
// value judges nothing but the monitor itself.
type Plan struct {
	Kind SiteKind
	// Uplinks are the ports towards the region, Ports the other important ones.
	Uplinks, Ports []Port
	// Switches and UPS are names of polled devices.
	Switches, UPS []string
	// Mains are MainsPresent points.
	Mains []reading.Point
	Doors []DoorContact
	// Scheduled says that doors are opened only in Hours and in Visits; any other
	// opening is door.unscheduled. False: at any time.
	Scheduled bool
	Hours     []Hours
	// Visits are those announced. In one, doors may also stand open. It silences
	// nothing else: see NeverSilenced.
	Visits []Visit
	// Contacts are points whose value 1 is an alarm: Leak, Smoke, CoolingAlarm, TamperOpen.
	Contacts []reading.Point
	Limits   []Limit
	Targets  []ProbeTarget
	// Interfaces are the monitor's own, whose carrier counts.
	Interfaces []string
	// StorageFree is the least free space in octets; below it monitor.storage. Zero: not judged.
	StorageFree int64
	// BatteryLow is the runtime left below which power.battery_low stands. Zero: the UPS's own word only.
	BatteryLow time.Duration
	// HoldUp are the Remaining points of the monitor's own batteries (known while they
	// are drained; Level of the same object always), HoldUpLow the time left below
	// which power.holdup_low stands. Zero: not judged.
	HoldUp    []reading.Point
	HoldUpLow time.Duration
	// HotSoon is the time till 35 °C below which climate.heating stands. Zero:
	// 30 min. Negative: not judged.
	HotSoon time.Duration
	// Speeds is what an uplink is built for, in bit/s; below it link.speed_fallback.
	// A port that is not in it: the highest speed that it was seen to run at.
	Speeds map[Port]int64
	// ErrorRate is how many errors an uplink may have, in 0.001/s; above it
	// link.errors, till it is below half of it. Zero: 1 a second. Negative: not judged.
	ErrorRate int64
	// PoEShare is how much of its budget a supply of power to ports may deliver, in
	// percent; above it switch.poe, till it is five below. Zero: 90. Negative: not judged.
	PoEShare int
	// Neighbours says that the configuration lists who may stand at the other end of
	// a port, so that any other is told: port.unknown_neighbour. False: not judged.
	Neighbours bool
	// Fresh is how old a reading may be, by kind, before it is unknown; FreshPoint
	// has the last word for one point. Kinds in neither: FreshDevice.
	Fresh      map[reading.Kind]time.Duration
	FreshPoint map[reading.Point]time.Duration
	// FreshDevice is the age limit, by name, of what a polled device tells and no
	// other limit is set for. A device that is not in it: 3 min for what it measures
	// of itself (Voltage and the kinds after it), which is read seldom, else DefaultFresh.
	FreshDevice map[string]time.Duration
	// Misses is how many missed probes in all (over the targets of a layer, two of
	// each at least) make a layer silent. Zero: 6, for at 5 % loss six misses in a
	// row come once in two years of probing each second.
	Misses int
	// Delays replaces a row's own delays for one code.
	Delays map[Code]Delay
}

// Age limits of a reading for which the Plan has none.
const (
	DefaultFresh = 90 * time.Second
	sensorFresh  = 3 * time.Minute
)

// Delay is the time a condition must last before its alarm is raised and cleared.
type Delay struct {
	Trip, Clear time.Duration
}

// Port is one port of a polled device, by ifName.
type Port struct {
	Device, Port string
}

// DoorContact is one door contact, and the contact of its lock.
type DoorContact struct {
	Point reading.Point
	// Lock is the LockLocked point of this door. Zero: the lock is not read, so
	// neither door.forced nor door.lock_fault is judged.
	Lock reading.Point
	// HeldAfter is how long it may stand open. Zero: as long as it likes.
	HeldAfter time.Duration
}

// Limit is the bounds of one measured point. Its Kind fixes unit and alarm code
// (Temperature, Humidity, DewPoint). A nil bound is none.
type Limit struct {
	Point                              reading.Point
	WarnLow, WarnHigh, CritLow, CritHi *int64
	// Hysteresis is how far inside a bound the value must come back.
	Hysteresis int64
	// Trip and Clear are delays, 0 to 24 h. Negative: the catalogue's.
	Trip, Clear time.Duration
	// Latch keeps the alarm until Unlatch.
	Latch bool
}

// ProbeTarget is one target of uplink/path.
type ProbeTarget struct {
	Name  string
	Layer Layer
	// Behind: see Target.
	Behind Layer
}

// Ask is a hint to gather evidence now. The loop passes it on; nothing depends
// on its being heard.
type Ask string

// Asks.
const (
	AskUplink Ask = "uplink" // read every uplink port now
	AskPath   Ask = "path"   // probe all layers in a burst
)

// Happening is something that took place and is no alarm: a door opened, a door
// closed, ports of a device got other numbers. It travels as an event of lane a.
type Happening struct {
	Say    string        `json:"say"` // "door_opened", "door_closed", "renumbered"
	Device string        `json:"device"`
	Object string        `json:"object,omitempty"`
	At     reading.Stamp `json:"at"`
	// Since is when the state that it ended began; nil if that is not known.
	Since *reading.Stamp `json:"since,omitempty"`
}

// Outcome is what one Step decided.
type Outcome struct {
	Changes []Change
	Events  []Happening
	Asks    []Ask
	// Verdict is the present one; VerdictChanged says that it names something else than before.
	Verdict        []Cause
	VerdictChanged bool
}

// Condition is the state of one rule, for status pages.
type Condition struct {
	Key
	Severity Severity
	Class    Class
	// Truth: Yes the condition stands, No it does not, Unsure it cannot be judged.
	Truth Truth
	// Since is when Truth got its value.
	Since reading.Stamp
	// Open: an alarm was raised and not cleared; Flapping: it comes and goes.
	Open, Flapping bool
	Occ            string
	// Parent is the alarm behind which it cannot be judged now; empty if none.
	Parent Code
}
