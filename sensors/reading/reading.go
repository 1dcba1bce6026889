// Package reading is the vocabulary that every source and every consumer of
// measurements shares: a Point names what is measured, its Kind fixes the unit,
// a Reading is one value of a Point with its Quality and time, a Fact is one
// labelled text about a Point.
//
// It refuses to know where a value comes from or where it goes: no I/O, no
// configuration, standard library only. Values are integers in the Kind's unit,
// so that no float is compared or stored; Kind.Format writes the Prometheus base
// unit exactly.
package reading

import (
	"strings"
	"time"
)

// Point names one measured thing. It is comparable and used as a map key.
type Point struct {
	// Device is the configured name of the thing that is read: "sw1", "ups1",
	// "door", "path", or "monitor" for the Pi itself. Never empty.
	Device string
	// Object is the part of the device: a port's ifName, a probe position, a
	// target's name. Empty means the device as a whole.
	Object string
	// Kind fixes unit and wire name.
	Kind Kind
}

// Monitor is the Device of everything that the Pi measures about itself.
const Monitor = "monitor"

// String writes device[/object]:kind, for logs and tests.
func (p Point) String() string {
	var b strings.Builder
	b.WriteString(p.Device)
	if p.Object != "" {
		b.WriteByte('/')
		b.WriteString(p.Object)
	}
	b.WriteByte(':')
	b.WriteString(p.Kind.Name())
	return b.String()
}

// Quality says how far a Reading can be trusted. The zero value is Unknown, so
// that a value nobody filled in never shows as good.
type Quality uint8

const (
	// Unknown: the source could not be asked or has not answered yet.
	Unknown Quality = iota
	// Good: measured, plausible, at Reading.At.
	Good
	// Stale: the last good value, older than the source's own limit. Kept for
	// history only; a decision treats it as Unknown.
	Stale
	// Fault: the source answered with something that must not be believed;
	// Reading.Reason says what.
	Fault
)

var qualityNames = [...]string{"unknown", "good", "stale", "fault"}

// String returns the wire word of q: unknown, good, stale or fault.
func (q Quality) String() string {
	if int(q) < len(qualityNames) {
		return qualityNames[q]
	}
	return "unknown"
}

// ParseQuality is the inverse of String; any other word is Unknown.
func ParseQuality(s string) Quality {
	for i, n := range qualityNames {
		if n == s {
			return Quality(i)
		}
	}
	return Unknown
}

// Reading is one value of one Point.
type Reading struct {
	Point Point
	// Value is in the Kind's unit. It has no meaning unless Quality is Good or Stale.
	Value   int64
	Quality Quality
	// Reason is a stable lower-case English phrase, set for Fault and Unknown:
	// "crc mismatch", "power-on value", "no answer".
	Reason string
	At     Stamp
	// Held is how long before At the value had held already, where the source can
	// tell (ifLastChange); 0: the value was first seen at At, or earlier.
	Held time.Duration
	// Uncertainty is how far the true value may be from Value either way, in the
	// Kind's unit, as its calibration or datasheet states; 0: not stated.
	Uncertainty int64
}

// Known reports whether the value may be used in a decision.
func (r Reading) Known() bool { return r.Quality == Good }

// Is reports whether r is good and equals v.
func (r Reading) Is(v int64) bool { return r.Quality == Good && r.Value == v }

// Label names what a Fact tells about its Point.
type Label string

// The labels in use. They travel on the wire, so they are only added to.
const (
	LabelAlias     Label = "alias"     // ifAlias, or the operator's own name of the thing
	LabelDescr     Label = "descr"     // ifDescr, sysDescr
	LabelVendor    Label = "vendor"    // maker of a device
	LabelModel     Label = "model"     // model of a device
	LabelSerial    Label = "serial"    // serial number of a device or sensor
	LabelVersion   Label = "version"   // firmware version
	LabelSysName   Label = "sys_name"  // sysName
	LabelNeighbour Label = "neighbour" // LLDP or CDP neighbour of a port
	LabelOutlet    Label = "outlet"    // wall outlet at the end of a port
	LabelRoom      Label = "room"      // room of that outlet
	LabelPanelPort Label = "panel_port"
	LabelRole      Label = "role"      // uplink, access_point, printer, server, phone, user, unused
	LabelSpeed     Label = "speed"     // words for a speed that has no number
	LabelMAC       Label = "mac"       // 12 hex digits
	LabelIndex     Label = "if_index"  // ifIndex as it is now; never an identity
	LabelMethod    Label = "method"    // how a target is probed: icmp, tcp
	LabelProblem   Label = "problem"   // an oddity of a device, and how it was taken
	LabelSource    Label = "source"    // chip and line, bus and address, or file of a sensor
	LabelStarted   Label = "started"   // when the device says it started
	LabelReference Label = "reference" // what the value is compared with
	LabelAddress   Label = "address"   // own addresses of an interface, with their prefix; for Region IT only
)

// Fact is one labelled text of a Point (usually with the Kind left at 0: the
// text belongs to the device or object, not to one of its values). A later Fact
// with the same Point and Label replaces the earlier; an empty Text removes it.
type Fact struct {
	Point Point
	Label Label
	Text  string
	At    Stamp
}

// Batch is what a source delivers in one go: values and facts of one moment.
type Batch struct {
	Readings []Reading
	Facts    []Fact
}

// Sink takes what a source delivers. It must not block for long and must not
// keep the slices; the caller may reuse them. A source never learns what stands
// behind it.
type Sink func(Batch)
