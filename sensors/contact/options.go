package contact

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// Role says what a contact stands for.
type Role string

// Roles.
const (
	Door    Role = "door"    // active: open
	Lock    Role = "lock"    // active: unlocked
	Tamper  Role = "tamper"  // active: cover opened
	Mains   Role = "mains"   // active: lost
	Leak    Role = "leak"    // active: water
	Smoke   Role = "smoke"   // active: smoke
	Cooling Role = "cooling" // active: the cooling unit reports a fault
)

// meaning is what the active side of a contact says.
type meaning struct {
	kind reading.Kind
	// active is the value while the contact is active; the other side is 1 - active.
	active int64
}

var meanings = map[Role]meaning{
	Door:    {reading.DoorOpen, 1},
	Lock:    {reading.LockLocked, 0},
	Tamper:  {reading.TamperOpen, 1},
	Mains:   {reading.MainsPresent, 0},
	Leak:    {reading.Leak, 1},
	Smoke:   {reading.Smoke, 1},
	Cooling: {reading.CoolingAlarm, 1},
}

// Kind returns what a contact of this role measures; None for an unknown role.
func (r Role) Kind() reading.Kind { return meanings[r].kind }

// Value returns the value of Kind for an active or a resting contact.
func (r Role) Value(active bool) int64 {
	if m := meanings[r]; active {
		return m.active
	} else {
		return 1 - m.active
	}
}

// Roles returns every role, sorted.
func Roles() []Role {
	all := make([]Role, 0, len(meanings))
	for r := range meanings {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// Options configures one contact.
type Options struct {
	// Name is the reading's Device: "door", "mains".
	Name string `yaml:"name" example:"door"`
	Role Role   `yaml:"role" example:"door"`
	// Door names the contact of the door that a lock is in, so that the two are
	// judged together; "" for a lock that stands alone, and for every other role.
	Door string `yaml:"door" example:"door"`
	// Chip is the label or name of the GPIO chip; "" searches all by line name.
	Chip string `yaml:"chip" example:"pinctrl-bcm2711"`
	// Line is the line's name or its offset on Chip.
	Line string `yaml:"line" example:"GPIO17"`
	// Normally is the state of the electrical circuit when all is well: closed
	// (a cut cable then reads as the alarm) or open.
	Normally string `yaml:"normally" example:"closed"`
	Bias     Bias   `yaml:"bias" example:"pull_up"`
	// Supervised says where a contact with end-of-line resistors is read; it
	// stands in place of chip, line and bias.
	Supervised Loop `yaml:"supervised" example:"{bus: \"1\", channel: 0}"`
	// Debounce is done before an edge is seen: by the kernel, or for a loop by its
	// reader, which looks 20 times a second.
	Debounce time.Duration `yaml:"debounce" example:"40ms"`
	// Stable is how long a contact must rest before it is told to be at rest.
	Stable time.Duration `yaml:"stable" example:"1s"`
	// LevelEvery is how often the level is read as the truth.
	LevelEvery time.Duration `yaml:"level_every" example:"2s"`
	// BounceLimit is how many bounces within BounceWindow are a fault of the
	// contact (a magnet too far off); 0 never makes one.
	BounceLimit  int           `yaml:"bounce_limit" example:"20"`
	BounceWindow time.Duration `yaml:"bounce_window" example:"10m"`
}

// DefaultOptions returns the settings that fit most contacts; Name, Role and
// Line are left to the file.
func DefaultOptions() Options {
	return Options{
		Normally: "closed", Bias: PullUp, Debounce: 40 * time.Millisecond,
		Stable: time.Second, LevelEvery: 2 * time.Second, Supervised: DefaultLoop(),
		BounceLimit: 20, BounceWindow: 10 * time.Minute,
	}
}

// SetDefaults fills a list element before it is read (strictyaml.Defaulter).
func (o *Options) SetDefaults() { *o = DefaultOptions() }

// Validate reports every mistake in o.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Name == "" || strings.ContainsAny(o.Name, "/: \t") {
		r.Bad("name", o.Name, "a name without spaces, slashes and colons", "door")
	}
	if o.Role.Kind() == reading.None {
		r.Bad("role", o.Role, fmt.Sprintf("one of %v", Roles()), "door")
	}
	if o.Door != "" && o.Role != Lock {
		r.Bad("door", o.Door, "no door, since only a lock is in one", "")
	}
	o.validatePlace(r)
	if o.Normally != "open" && o.Normally != "closed" {
		r.Bad("normally", o.Normally, "open or closed: the circuit when all is well", "closed")
	}
	o.validateTimes(r)
}

// validatePlace reports a contact that stands nowhere, or at two places.
func (o *Options) validatePlace(r *strictyaml.Report) {
	if r.Has("supervised") {
		for key, found := range map[string]string{"chip": o.Chip, "line": o.Line, "bias": string(o.Bias)} {
			if r.Has(key) {
				r.Bad(key, found, "no "+key+", since a supervised loop is read through its ADC", "")
			}
		}
		return
	}
	if o.Line == "" {
		r.Bad("line", nil, "the name of a GPIO line, or its number together with chip", "GPIO17")
	} else if o.Chip == "" && isOffset(o.Line) {
		r.Bad("chip", nil, "a chip, since the line is given by number", "pinctrl-bcm2711")
	}
	if o.Bias != PullUp && o.Bias != PullDown && o.Bias != NoBias {
		r.Bad("bias", o.Bias, "pull_up, pull_down or none", "pull_up")
	}
}

func (o *Options) validateTimes(r *strictyaml.Report) {
	if o.Debounce < 0 || o.Debounce > time.Second {
		r.Bad("debounce", o.Debounce, "0s to 1s", "40ms")
	}
	if o.Stable < 100*time.Millisecond || o.Stable > time.Minute {
		r.Bad("stable", o.Stable, "100ms to 1m", "1s")
	}
	if o.LevelEvery < 500*time.Millisecond || o.LevelEvery > time.Minute {
		r.Bad("level_every", o.LevelEvery, "500ms to 1m", "2s")
	}
	if o.BounceLimit < 0 || o.BounceLimit > 1000 {
		r.Bad("bounce_limit", o.BounceLimit, "0 (never a fault) to 1000", "20")
	}
	if o.BounceWindow < time.Minute || o.BounceWindow > 24*time.Hour {
		r.Bad("bounce_window", o.BounceWindow, "1m to 24h", "10m")
	}
}

func isOffset(line string) bool { return strings.Trim(line, "0123456789") == "" }

// Point returns what o's contact is called as a reading.
func (o Options) Point() reading.Point {
	return reading.Point{Device: o.Name, Kind: o.Role.Kind()}
}

// DoorPoint returns the door that o's lock is in; false if it names none.
func (o Options) DoorPoint() (reading.Point, bool) {
	return reading.Point{Device: o.Door, Kind: reading.DoorOpen}, o.Role == Lock && o.Door != ""
}

// Request returns the line that o needs. The active side of a circuit that is
// closed when all is well is the open one: high with a pull-up, low with a
// pull-down.
func (o Options) Request() Request {
	openIsHigh := o.Bias != PullDown
	activeIsOpen := o.Normally != "open"
	return Request{
		Name: o.Name, Role: o.Role, Chip: o.Chip, Line: o.Line,
		ActiveLow: openIsHigh != activeIsOpen, Bias: o.Bias, Debounce: o.Debounce,
		Loop: o.Supervised, ClosedActive: !activeIsOpen,
	}
}

// place names where the contact is read, as the file says it.
func (o Options) place() string {
	if o.Supervised.Used() {
		return o.Supervised.String()
	}
	return strings.TrimSpace(o.Chip + " " + o.Line)
}
