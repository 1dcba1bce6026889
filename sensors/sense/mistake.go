package sense

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
)

// Text is what is said in both languages.
type Text struct {
	SV string `json:"sv"`
	EN string `json:"en"`
}

// in returns the text in lang.
func (t Text) in(lang string) string {
	if lang == Swedish {
		return t.SV
	}
	return t.EN
}

// Mistake is one thing that is wrong with the wiring, and what to do about it.
type Mistake struct {
	// Where is the sensor, bus or line.
	Where string `json:"where"`
	// Code is a stable name of the kind of mistake.
	Code string `json:"code"`
	Is   Text   `json:"is"`
	Do   Text   `json:"do"`
}

// Kinds of mistakes; each has its row in advice.
const (
	noI2C        = "no_i2c_bus"
	noOneWire    = "no_1wire_bus"
	noChips      = "no_gpio"
	noPermission = "no_permission"
	busStuck     = "bus_stuck"
	busShorted   = "bus_shorted"
	smbusOnly    = "smbus_only"
	cutShort     = "search_cut_short"
	otherProblem = "problem"
	noAnswer     = "no_answer"
	otherChip    = "another_chip"
	kernelHolds  = "held_by_kernel"
	noSensor     = "no_such_sensor"
	badChecksum  = "bad_checksum"
	tooSlow      = "no_answer_in_time"
	oneWireShort = "1wire_shorted"
	oneWireNoise = "1wire_no_pull_up"
	oneWireEmpty = "1wire_empty"
	oneWireMute  = "1wire_no_content"
	powerOn      = "power_on_value"
	allOnes      = "line_held_high"
	lineHeld     = "line_held"
	lineOurs     = "line_held_by_monitor"
	noLine       = "no_such_line"
	lineGone     = "line_gone"
	loopCut      = "loop_cut"
	loopShort    = "loop_shorted"
	loopBetween  = "loop_between"
	loopUnsteady = "loop_unsteady"
)

// mistakes lists everything that is wrong, buses first, since a bus that is wrong
// explains what hangs on it.
func mistakes(r Result, s Setup) []Mistake {
	out := slices.Concat(ofBuses(r), ofOneWire(r), ofMissing(r, s))
	if slices.ContainsFunc(out, Mistake.denies) {
		return append(out, slices.DeleteFunc(ofSensors(r, s), Mistake.denies)...)
	}
	return append(out, ofSensors(r, s)...)
}

// denies reports whether permission was lacking.
func (m Mistake) denies() bool { return m.Code == noPermission }

func ofSensors(r Result, s Setup) []Mistake {
	var out []Mistake
	noChip := len(r.Attached.Chips) == 0
	for _, c := range s.Contacts {
		if v := r.value(c.Point()); v.Reason != "" && (codes[v.Reason] != noLine || !noChip) {
			out = append(out, ofContact(r, c.Name, v.Reason, v.Source))
		}
	}
	for _, p := range s.Climate {
		out = append(out, ofChip(r, spotOf(p), r.value(p.Point(reading.Temperature)).Reason)...)
	}
	for _, p := range s.Power {
		for _, rail := range p.Rails {
			at := spot{p.Name + "/" + rail.Name, p.Source(), p.Bus, string(p.Driver)}
			out = append(out, ofChip(r, at, r.value(p.Point(rail.Name, reading.Voltage)).Reason)...)
		}
	}
	for _, v := range r.Readings {
		if v.New && v.Reason != "" && v.Kind == reading.Temperature.Name() {
			out = append(out, coded(v.Source, v.Reason, Text{}))
		}
	}
	return out
}

// spot is where a configured chip should be.
type spot struct {
	name, source string
	// bus is that of I2C; "" for what hangs elsewhere.
	bus, driver string
}

func spotOf(p climate.Options) spot {
	at := spot{p.Key(), p.Source(), p.Bus, string(p.Driver)}
	if p.Driver == climate.DS18B20 || p.Driver == climate.HWMon {
		at.bus = ""
	}
	return at
}

// hasBus reports whether the bus of a chip is there; if not, that is the mistake.
func (r Result) hasBus(at spot) bool {
	if at.bus == "" {
		return at.driver != string(climate.DS18B20) || len(r.Masters) > 0
	}
	return slices.ContainsFunc(r.Attached.Buses, func(b board.Bus) bool { return b.Name == at.bus })
}

// value returns what was read of a configured point; the zero Value if nothing was.
func (r Result) value(p reading.Point) Value {
	for _, v := range r.Readings {
		if v.Device == p.Device && v.Object == p.Object && v.Kind == p.Kind.Name() && !v.New {
			return v
		}
	}
	return Value{}
}

// mistake makes one from its row; detail is what is known beyond it, "" for nothing.
func mistake(where, code string, detail Text) Mistake {
	a := advice[code]
	m := Mistake{Where: where, Code: code, Is: a.is, Do: a.do}
	if detail.SV != "" {
		m.Is = Text{a.is.SV + " " + detail.SV, a.is.EN + " " + detail.EN}
	}
	return m
}

// same is a detail that reads alike in both languages.
func same(s string) Text { return Text{s, s} }

// crowd is more devices than ever hang on one bus: a data line that is held low
// acknowledges every address.
const crowd = 60

func ofBuses(r Result) []Mistake {
	var out []Mistake
	for _, p := range r.Attached.Problems {
		where, _, _ := strings.Cut(p, ":")
		out = append(out, problem(where, p))
	}
	for _, b := range r.Attached.Buses {
		where := "i2c-" + b.Name
		switch {
		case b.Problem != "":
			out = append(out, problem(where, b.Problem))
		case len(b.Devices) >= crowd:
			out = append(out, mistake(where, busShorted, Text{}))
		}
	}
	return out
}

// problem tells by its words what the board could not read: the texts of the
// kernel's errors (errno(3)).
func problem(where, text string) Mistake {
	for _, c := range []struct{ part, code string }{
		{"permission denied", noPermission}, {"not permitted", noPermission},
		{"timed out", busStuck}, {"not supported", smbusOnly}, {"cut short", cutShort},
	} {
		if strings.Contains(text, c.part) {
			return mistake(where, c.code, Text{})
		}
	}
	return mistake(where, otherProblem, same(text))
}

// ofOneWire looks at what each 1-Wire bus found. An id of family 00 is no device:
// a line held low reads as all zeros, one without a pull-up as few odd ones.
func ofOneWire(r Result) []Mistake {
	var out []Mistake
	for _, m := range r.Masters {
		real := slices.ContainsFunc(m.IDs, func(id string) bool { return !strings.HasPrefix(id, "00-") })
		switch {
		case slices.Contains(m.IDs, "00-000000000000"):
			out = append(out, mistake(m.Name, oneWireShort, Text{}))
		case len(m.IDs) > 0 && !real:
			out = append(out, mistake(m.Name, oneWireNoise, same("("+strings.Join(m.IDs, " ")+")")))
		case !real:
			out = append(out, mistake(m.Name, oneWireEmpty, Text{}))
		}
	}
	return out
}

// ofMissing tells of chips and buses that are not there though a sensor needs them,
// or though the machine is a board that could have them.
func ofMissing(r Result, s Setup) []Mistake {
	var out []Mistake
	onLine := func(o contact.Options) bool { return !o.Supervised.Used() }
	hidden := slices.ContainsFunc(r.Attached.Problems, func(p string) bool { return strings.HasPrefix(p, "gpiochip") })
	if len(r.Attached.Chips) == 0 && !hidden && slices.ContainsFunc(s.Contacts, onLine) {
		out = append(out, mistake("gpio", noChips, Text{}))
	}
	pi := slices.ContainsFunc(r.Attached.Chips, func(c board.Chip) bool { return strings.HasPrefix(c.Label, "pinctrl-") })
	have := map[string]bool{}
	for _, b := range r.Attached.Buses {
		have[b.Name] = true
	}
	wanted, wire := map[string]bool{"1": pi}, pi
	for _, c := range s.Contacts {
		if c.Supervised.Used() {
			wanted[c.Supervised.Bus] = true
		}
	}
	for _, p := range s.Power {
		wanted[p.Bus] = true
	}
	for _, p := range s.Climate {
		switch p.Driver {
		case climate.HWMon:
		case climate.DS18B20:
			wire = true
		default:
			wanted[p.Bus] = true
		}
	}
	for _, bus := range slices.Sorted(maps.Keys(wanted)) {
		if wanted[bus] && !have[bus] {
			out = append(out, mistake("i2c-"+bus, noI2C, Text{}))
		}
	}
	if wire && len(r.Masters) == 0 {
		out = append(out, mistake("1-wire", noOneWire, Text{}))
	}
	return out
}

// codes are the mistakes behind the reasons of drivers.
var codes = map[string]string{
	"no answer at address":                 noAnswer,
	"another chip answers at this address": otherChip,
	"crc mismatch":                         badChecksum,
	"no answer in time":                    tooSlow,
	"no such bus or sensor":                noSensor,
	"no sensor or bad checksum":            oneWireMute,
	"power-on value":                       powerOn,
	"127.9 degrees: line held high":        allOnes,
	"0 degrees: line held low":             oneWireShort,
	"no permission":                        noPermission,
	"line held by another program":         lineHeld,
	"held by another program":              kernelHolds,
	"no such line":                         noLine,
	"line gone":                            lineGone,
	"loop cut":                             loopCut,
	"loop shorted":                         loopShort,
	"loop between states":                  loopBetween,
	"loop unsteady":                        loopUnsteady,
}

// coded makes a mistake of a driver's reason.
func coded(where, why string, detail Text) Mistake {
	if code, ok := codes[why]; ok {
		return mistake(where, code, detail)
	}
	return mistake(where, otherProblem, Text{say(Swedish, why), why})
}

func ofContact(r Result, name, why, source string) Mistake {
	where := name + " (" + source + ")"
	if codes[why] != lineHeld {
		return coded(where, why, Text{})
	}
	for _, c := range r.Attached.Chips {
		for _, l := range c.Lines {
			if !l.Used || !slices.Contains(strings.Fields(source), lineName(l)) {
				continue
			}
			if strings.HasPrefix(l.Consumer, "rackvakt:") {
				return mistake(where, lineOurs, Text{})
			}
			return mistake(where, lineHeld, Text{"Den heter: " + l.Consumer + ".", "It is called: " + l.Consumer + "."})
		}
	}
	return mistake(where, lineHeld, Text{})
}

// ofChip says what is wrong with a chip that told why, and more where the search
// found more: who answers in its place, or who else is on the bus.
func ofChip(r Result, at spot, why string) []Mistake {
	where := at.name + " (" + at.source + ")"
	switch {
	case why == "", codes[why] == noSensor && !r.hasBus(at):
		return nil
	case at.bus == "":
		return []Mistake{coded(where, why, Text{})}
	}
	var others []string
	for _, b := range r.Attached.Buses {
		for _, d := range b.Devices {
			switch {
			case b.Name != at.bus || len(b.Devices) >= crowd:
			case !strings.HasSuffix(at.source, " "+place(b.Name, d.Address)):
				others = append(others, fmt.Sprintf("%#02x %s", d.Address, d.Likely+d.Kernel))
			case d.Kernel != "":
				return []Mistake{mistake(where, kernelHolds, same("driver: hwmon, chip: "+d.Kernel))}
			case codes[why] == otherChip || d.Driver != "" && d.Driver != at.driver:
				return []Mistake{mistake(where, otherChip, Text{"Där finns: " + device(d, Swedish) + ".", "It is: " + device(d, English) + "."})}
			}
		}
	}
	if codes[why] == noAnswer && others != nil {
		list := strings.Join(others, ", ")
		return []Mistake{mistake(where, noAnswer, Text{"På bussen svarar: " + list + ".", "On this bus answer: " + list + "."})}
	}
	return []Mistake{coded(where, why, Text{})}
}

// lineName is how a line is written in the configuration.
func lineName(l board.Pin) string {
	if l.Name == "" {
		return fmt.Sprint(l.Offset)
	}
	return l.Name
}
