package contact

import (
	"fmt"
	"strings"

	"rackvakt/sensors/strictyaml"
)

// Loop is a supervised loop: a contact with two resistors at its end, read as a
// voltage, so that a cut or shorted cable is told apart from both states of the
// contact. One resistor is in series with the contact, the other lies across it:
//
//	supply ──[pull-up]──┬── ADC input
//	                    └── cable ──[series]──┬── contact ──┬── cable ── ground
//	                                          └─[parallel]──┘
//
// A closed contact leaves the series resistor, an open one series + parallel.
// With the defaults (pull-up 2k2, series 1k, parallel 2k2 at 3.3 V) the middle
// of closed is 1.03 V and of open 1.96 V; short is at 0 V, cut at 3.3 V. Windows
// gives the bounds with all tolerances. The ADC's own supply must not be below
// the loop's.
type Loop struct {
	// Bus is the number N of /dev/i2c-N; "" says that the contact is no such loop.
	Bus string `yaml:"bus" example:"1"`
	// Address of the ADS1115: 0x48 to 0x4b.
	Address uint16 `yaml:"address" example:"0x48"`
	// Channel is the input, 0 to 3.
	Channel int `yaml:"channel" example:"0"`
	// PullUp stands between supply and input; 1 ohm.
	PullUp int64 `yaml:"pull_up_ohms" example:"2200"`
	// Closed and Open are what the loop measures without its cable; 1 ohm.
	Closed int64 `yaml:"closed_ohms" example:"1000"`
	Open   int64 `yaml:"open_ohms" example:"3200"`
	// Wire is the most that the cable adds, there and back; 1 ohm.
	Wire int64 `yaml:"wire_ohms" example:"50"`
	// Supply is the voltage at the pull-up; 0.001 V.
	Supply int64 `yaml:"supply_mv" example:"3300"`
	// Tolerance of each resistor and of the supply; 1 %.
	Tolerance int64 `yaml:"tolerance_percent" example:"5"`
}

// DefaultLoop returns the usual resistors; Bus and Channel are left to the file.
func DefaultLoop() Loop {
	return Loop{Address: 0x48, PullUp: 2200, Closed: 1000, Open: 3200, Wire: 50, Supply: 3300, Tolerance: 5}
}

// Circuit is what a loop looks like from the ADC.
type Circuit uint8

// Circuits. Between is every voltage that none of the others can give.
const (
	Between Circuit = iota
	Short
	ContactClosed
	ContactOpen
	Cut
)

// Fault is what a line shows that must not be taken for a state of the contact.
// It is the reading's Reason.
type Fault string

// Error implements error.
func (f Fault) Error() string { return string(f) }

// Faults of loops. LoopUnsteady is a loop that does not rest in any circuit.
const (
	LoopCut      Fault = "loop cut"
	LoopShorted  Fault = "loop shorted"
	LoopBetween  Fault = "loop between states"
	LoopUnsteady Fault = "loop unsteady"
)

// Fault returns what is wrong with a loop that looks like c; "" for the two
// states of the contact.
func (c Circuit) Fault() Fault {
	switch c {
	case ContactClosed, ContactOpen:
		return ""
	case Cut:
		return LoopCut
	case Short:
		return LoopShorted
	}
	return LoopBetween
}

// Window is the voltages that a circuit can give, bounds included; 0.001 V.
type Window struct {
	Circuit   Circuit
	Low, High int64
}

// A loop counts as shorted below a quarter of the closed resistance, and as cut
// above four times the open one: damp cable ends are no perfect cut.
const badFactor = 4

// endless is the resistance of a loop that is cut through.
const endless = 1 << 40

// Windows returns the four windows in rising order, each as wide as resistors,
// cable and supply make it at their worst. The least of the lowest is below
// ground, since an input near it reads a little negative.
func (l Loop) Windows() [4]Window {
	return [4]Window{
		{Short, -l.Supply / 20, l.highest(l.Closed / badFactor)},
		{ContactClosed, l.lowest(l.Closed), l.highest(l.Closed)},
		{ContactOpen, l.lowest(l.Open), l.highest(l.Open)},
		{Cut, l.lowest(badFactor * l.Open), l.highest(endless)},
	}
}

// lowest and highest return the bounds of the voltage over ohms.
func (l Loop) lowest(ohms int64) int64 {
	r, up := ohms*(100-l.Tolerance), l.PullUp*(100+l.Tolerance)
	return l.Supply * (100 - l.Tolerance) / 100 * r / (r + up)
}

func (l Loop) highest(ohms int64) int64 {
	r, up := ohms*(100+l.Tolerance)+l.Wire*100, l.PullUp*(100-l.Tolerance)
	return (l.Supply*(100+l.Tolerance)/100*r + r + up - 1) / (r + up)
}

// Circuit says which window the voltage lies in.
func (l Loop) Circuit(millivolts int64) Circuit {
	for _, w := range l.Windows() {
		if millivolts >= w.Low && millivolts <= w.High {
			return w.Circuit
		}
	}
	return Between
}

// Used reports whether the contact is such a loop.
func (l Loop) Used() bool { return l.Bus != "" }

// String names the place for people.
func (l Loop) String() string {
	return fmt.Sprintf("i2c-%s %#02x channel %d", l.Bus, l.Address, l.Channel)
}

// leastGap is what must lie between two windows, so that noise of the input and
// of the cable does not carry one into the other; 0.001 V.
const leastGap = 100

// Validate reports every mistake in l.
func (l *Loop) Validate(r *strictyaml.Report) {
	if !l.Used() {
		if r.Has("") {
			r.Bad("bus", nil, "the number N of /dev/i2c-N", "1")
		}
		return
	}
	if strings.Trim(l.Bus, "0123456789") != "" {
		r.Bad("bus", l.Bus, "the number N of /dev/i2c-N", "1")
	}
	if l.Address < 0x48 || l.Address > 0x4b {
		r.Bad("address", l.Address, "0x48 to 0x4b", "0x48")
	}
	if l.Channel < 0 || l.Channel > 3 {
		r.Bad("channel", l.Channel, "0 to 3", "0")
	}
	if l.validateParts(r) {
		l.validateWindows(r)
	}
}

// validateParts reports values that no loop has; true if all can be computed with.
func (l *Loop) validateParts(r *strictyaml.Report) bool {
	good := true
	within := func(key string, v, low, high int64, example string) {
		if v < low || v > high {
			good = false
			r.Bad(key, v, fmt.Sprintf("%d to %d", low, high), example)
		}
	}
	within("pull_up_ohms", l.PullUp, 100, 100_000, "2200")
	within("closed_ohms", l.Closed, 100, 100_000, "1000")
	within("open_ohms", l.Open, 100, 100_000, "3200")
	within("wire_ohms", l.Wire, 0, 1000, "50")
	within("supply_mv", l.Supply, 2000, 5000, "3300")
	within("tolerance_percent", l.Tolerance, 1, 20, "5")
	return good
}

func (l *Loop) validateWindows(r *strictyaml.Report) {
	windows := l.Windows()
	for i, w := range windows[1:] {
		if w.Low < windows[i].High+leastGap {
			r.Bad("open_ohms", l.Open, "resistances that can be told apart: short, closed, open and cut are "+bounds(windows)+" mV", "3200")
			return
		}
	}
}

// bounds writes the windows: "-165..379, 913..1196, ...".
func bounds(windows [4]Window) string {
	var parts []string
	for _, w := range windows {
		parts = append(parts, fmt.Sprintf("%d..%d", w.Low, w.High))
	}
	return strings.Join(parts, ", ")
}
