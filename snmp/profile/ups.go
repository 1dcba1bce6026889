package profile

import (
	"fmt"
	"slices"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/ups"
)

// UPS says where a device without UPS-MIB (RFC 1628) tells what that MIB would:
// instances, written with their last arc and a closing @. Of several that stand
// for one fact, the first that the device tells is taken.
type UPS struct {
	Source  []UPSWord `yaml:"source" example:"[{at: .1.4.1.1.0@, words: {2: normal, 3: battery}}]"`
	Battery []UPSWord `yaml:"battery" example:"[{at: .1.2.1.1.0@, words: {2: normal, 3: low}}]"`
	// Replace and Overload are so where one of theirs says so.
	Replace  []UPSFlag `yaml:"replace" example:"[{at: .1.2.2.4.0@, is: [2]}]"`
	Overload []UPSFlag `yaml:"overload" example:"[{at: .9.5.0@, is: [1]}]"`

	Runtime    []UPSNumber `yaml:"runtime" example:"[{at: .1.2.2.3.0@, divide: 100}]"` // seconds left
	Charge     []UPSNumber `yaml:"charge" example:"[{at: .1.2.2.1.0@}]"`               // percent
	Load       []UPSNumber `yaml:"load" example:"[{at: .1.4.2.3.0@}]"`                 // percent, of each line
	InputVolts []UPSNumber `yaml:"input_volts" example:"[{at: .1.3.2.1.0@}]"`          // V, of each line
	OnBattery  []UPSNumber `yaml:"on_battery" example:"[{at: .1.2.1.2.0@, divide: 100}]"`
}

// UPSWord is an instance whose raw numbers stand for words of RFC 1628: of
// upsOutputSource or of upsBatteryStatus. A number without a word tells nothing.
type UPSWord struct {
	At    Ref               `yaml:"at" example:".1.4.1.1.0@"`
	Words map[string]string `yaml:"words" example:"{2: normal, 3: battery}"`
	When  []When            `yaml:"when"`
}

// UPSFlag is an instance that says yes by the raw numbers Is, and tells nothing by
// those of Skip; or a list of alarms, which is not read urgently.
type UPSFlag struct {
	At Ref `yaml:"at" example:".1.2.2.4.0@"`
	// Digit takes one digit of a text of digits, counted from 1; 0 the whole value.
	Digit int     `yaml:"digit" example:"9"`
	Is    []int64 `yaml:"is" example:"[2]"`
	Skip  []int64 `yaml:"skip" example:"[-1]"`

	// Alarms is a column that identifies the active alarms: yes where one is among
	// Of, no only where At, their number, says that all were seen.
	Alarms Ref   `yaml:"alarms" example:".7.2.1.2"`
	Of     []Ref `yaml:"of" example:"[.7.23]"`
}

// UPSNumber is an instance with a number: raw * Multiply / Divide, 0 counting as 1;
// below 0 is no value.
type UPSNumber struct {
	At Ref `yaml:"at" example:".1.2.2.3.0@"`
	// Line counts lines of load and input_volts from 1; 0 counts as 1.
	Line     uint32  `yaml:"line" example:"2"`
	Multiply int64   `yaml:"multiply" example:"60"`
	Divide   int64   `yaml:"divide" example:"100"`
	Skip     []int64 `yaml:"skip" example:"[-1]"`
	When     []When  `yaml:"when"`
}

// words and numbers return the lists of each type by their keys.
func (u *UPS) words() map[string][]UPSWord {
	return map[string][]UPSWord{"source": u.Source, "battery": u.Battery}
}

func (u *UPS) flags() map[string][]UPSFlag {
	return map[string][]UPSFlag{"replace": u.Replace, "overload": u.Overload}
}

func (u *UPS) numbers() map[string][]UPSNumber {
	return map[string][]UPSNumber{
		"runtime": u.Runtime, "charge": u.Charge, "load": u.Load, "input_volts": u.InputVolts, "on_battery": u.OnBattery,
	}
}

func (p *Profile) checkUPS(r *strictyaml.Report) {
	for key, list := range p.UPS.words() {
		for i := range list {
			p.checkWord(r, fmt.Sprintf("ups.%s[%d]", key, i), &list[i], map[string]func(string) pdu.Number{
				"source": ups.SourceNumber, "battery": ups.BatteryNumber,
			}[key])
		}
	}
	for key, list := range p.UPS.flags() {
		for i := range list {
			p.checkFlag(r, fmt.Sprintf("ups.%s[%d]", key, i), &list[i])
		}
	}
	for key, list := range p.UPS.numbers() {
		for i := range list {
			p.checkNumber(r, fmt.Sprintf("ups.%s[%d]", key, i), &list[i], key == "load" || key == "input_volts")
		}
	}
}

func (p *Profile) checkWord(r *strictyaml.Report, key string, w *UPSWord, number func(string) pdu.Number) {
	p.instance(r, key+".at", &w.At)
	if len(w.Words) == 0 {
		r.Bad(key+".words", nil, "raw numbers and their words", "{2: normal}")
	}
	for raw, word := range w.Words {
		if !number(word).Present {
			r.Bad(key+".words."+raw, word, "a word of RFC 1628 for it", "normal")
		}
	}
	p.conditions(r, key+".when", w.When, "")
}

func (p *Profile) checkFlag(r *strictyaml.Report, key string, f *UPSFlag) {
	p.instance(r, key+".at", &f.At)
	p.whole(r, key+".alarms", &f.Alarms, "")
	for i := range f.Of {
		p.whole(r, fmt.Sprintf("%s.of[%d]", key, i), &f.Of[i], "")
	}
	switch {
	case f.Alarms.Set() && len(f.Of) == 0:
		r.Bad(key+".of", nil, "the alarms that say yes", "[.7.23]")
	case !f.Alarms.Set() && len(f.Is) == 0:
		r.Bad(key+".is", nil, "the raw numbers that say yes", "[2]")
	case f.Digit < 0:
		r.Bad(key+".digit", f.Digit, "a place counted from 1", "9")
	}
}

func (p *Profile) checkNumber(r *strictyaml.Report, key string, n *UPSNumber, lines bool) {
	p.instance(r, key+".at", &n.At)
	if n.Multiply < 0 || n.Divide < 0 {
		r.Bad(key+".divide", n.Divide, "a whole number above 0", "10")
	}
	if n.Line > 0 && !lines {
		r.Bad(key+".line", n.Line, "a line of load or input_volts only", "input_volts")
	}
	p.conditions(r, key+".when", n.When, "")
}

// instance makes a reference whole that must be an instance.
func (p *Profile) instance(r *strictyaml.Report, key string, ref *Ref) {
	p.whole(r, key, ref, "")
	if !ref.Set() || ref.index || !ref.fixed || len(ref.arcs) > 0 {
		r.Bad(key, shown(*ref), "an instance and @", ".1.1.2.3.0@")
	}
}

// UPSWanted lists the instances that tell of a mains loss by these profiles.
func UPSWanted(fit []*Profile) []pdu.OID {
	var w Wanted
	for _, p := range fit {
		p.UPS.want(&w)
	}
	return distinct(w.Instances)
}

func (u *UPS) want(w *Wanted) {
	refs := func(at Ref, when []When) {
		at.want(w, false)
		for _, c := range when {
			c.At.want(w, false)
		}
	}
	for _, list := range u.words() {
		for _, e := range list {
			refs(e.At, e.When)
		}
	}
	for _, list := range u.flags() {
		for _, e := range list {
			refs(e.At, nil)
			e.Alarms.want(w, true)
		}
	}
	for _, list := range u.numbers() {
		for _, e := range list {
			refs(e.At, e.When)
		}
	}
}

// ReadUPS returns what these profiles tell of a UPS, of each fact what the first
// that knows it says; false where vbs hold nothing of it.
func ReadUPS(fit []*Profile, vbs []pdu.Varbind) (ups.UPS, bool) {
	var all ups.UPS
	found := false
	w := newWalk(vbs)
	for _, p := range fit {
		if u, ok := p.readUPS(w); ok {
			u.Manufacturer = p.Device.Vendor
			u.Model, u.Version = w.text(p.Device.Model, ""), w.text(p.Device.Version, "")
			all, found = all.Or(u), true
		}
	}
	return all, found
}

func (p *Profile) readUPS(w walk) (ups.UPS, bool) {
	u := ups.UPS{
		Source: w.upsWord(p.UPS.Source, ups.SourceNumber), Battery: w.upsWord(p.UPS.Battery, ups.BatteryNumber),
		Replace: w.upsFlag(p.UPS.Replace), Overload: w.upsFlag(p.UPS.Overload),
		SecondsLeft: w.upsNumber(p.UPS.Runtime), Charge: w.upsNumber(p.UPS.Charge), SecondsOn: w.upsNumber(p.UPS.OnBattery),
		InputVolts: w.upsLines(p.UPS.InputVolts), OutputLoad: w.upsLines(p.UPS.Load),
	}
	u.MinutesLeft = pdu.Number{Value: u.SecondsLeft.Value / 60, Present: u.SecondsLeft.Present}
	for _, n := range []pdu.Number{u.Source, u.Battery, u.Replace, u.Overload, u.SecondsLeft, u.Charge, u.SecondsOn} {
		if n.Present {
			return u, true
		}
	}
	return u, len(u.InputVolts)+len(u.OutputLoad) > 0
}

func (w walk) upsWord(list []UPSWord, number func(string) pdu.Number) pdu.Number {
	for _, e := range list {
		if n := number(e.Words[w.text(e.At, "")]); n.Present && w.holds(e.When, "") {
			return n
		}
	}
	return pdu.Number{}
}

func (w walk) upsFlag(list []UPSFlag) pdu.Number {
	var flag pdu.Number
	for _, e := range list {
		yes, ok := w.flag(e)
		flag.Present = flag.Present || ok
		if ok && yes {
			flag.Value = 1
		}
	}
	return flag
}

func (w walk) flag(e UPSFlag) (yes, ok bool) {
	v := w.get(e.At, "")
	if e.Alarms.Set() {
		return w.alarm(e, v)
	}
	if e.Digit > 0 {
		s := v.Text()
		if e.Digit > len(s) {
			return false, false
		}
		v = pdu.Text(s[e.Digit-1 : e.Digit])
	}
	raw, ok := v.Int()
	return slices.Contains(e.Is, raw), ok && !slices.Contains(e.Skip, raw)
}

func (w walk) alarm(e UPSFlag, number pdu.Value) (yes, ok bool) {
	rows := w.below(e.Alarms.oid)
	for _, vb := range rows {
		if slices.ContainsFunc(e.Of, func(r Ref) bool { return vb.Value.OID() == r.oid }) {
			return true, true
		}
	}
	n := number.Number()
	return false, n.Present && n.Value <= uint64(len(rows))
}

// upsNumber rounds to whole units.
func (w walk) upsNumber(list []UPSNumber) pdu.Number {
	for _, e := range list {
		v, ok := w.value(&Object{Multiply: e.Multiply, Divide: e.Divide, Skip: e.Skip}, w.get(e.At, ""), "")
		if n, fits := v.In(0); ok && fits && v.Digits >= 0 && w.holds(e.When, "") {
			return pdu.Some(uint64(n))
		}
	}
	return pdu.Number{}
}

func (w walk) upsLines(list []UPSNumber) []ups.Line {
	var lines []ups.Line
	for _, e := range list {
		index := max(e.Line, 1)
		known := slices.ContainsFunc(lines, func(l ups.Line) bool { return l.Index == index })
		if n := w.upsNumber([]UPSNumber{e}); n.Present && !known {
			lines = append(lines, ups.Line{Index: index, Value: n})
		}
	}
	slices.SortFunc(lines, func(a, b ups.Line) int { return int(a.Index) - int(b.Index) })
	return lines
}
