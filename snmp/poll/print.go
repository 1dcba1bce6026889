package poll

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"rackvakt/snmp/pdu"
)

// WriteJSON writes r as one line of JSON.
func (r Result) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Languages of WriteTable.
const (
	Swedish = "sv"
	English = "en"
)

// swedish holds what WriteTable says, by its English.
var swedish = map[string]string{
	"device": "enhet", "name": "namn", "description": "beskrivning", "object id": "objekt-id", "running for": "drifttid",
	"maker": "tillverkare", "model": "modell", "version": "version",
	"port": "port", "text": "text", "state": "läge", "speed": "fart", "in": "in", "out": "ut", "errors": "fel",
	"up": "uppe", "down": "nere", "off": "avstängd", "testing": "test", "unknown": "okänt", "dormant": "vilande",
	"not present": "saknas", "lower layer down": "nere (lager)", "not told": "uppges ej",
	"power from": "matas från", "battery": "batteri", "on battery": "på batteri", "time left": "tid kvar",
	"charge": "laddning", "load": "last", "input": "inspänning",
	"mains": "nät", "none": "ingen", "other": "annan", "bypass": "förbikoppling", "booster": "förhöjd", "reducer": "sänkt",
	"low": "lågt", "depleted": "tömt", "good": "gott", "day": "dygn", "days": "dygn", "problems": "egenheter", "no ports": "inga portar",
}

type printer struct {
	b    strings.Builder
	lang string
}

// say returns the word in the printer's language; what has none stays as it is.
func (p *printer) say(word string) string {
	if s, ok := swedish[word]; ok && p.lang == Swedish {
		return s
	}
	return word
}

// tableWidth is the widest line, in characters.
const tableWidth = 100

func (p *printer) line(s string) {
	p.b.WriteString(strings.TrimRight(clip(s, tableWidth), " "))
	p.b.WriteByte('\n')
}

// clip cuts s to width characters, the last of them a sign that it was cut.
func clip(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}

func (p *printer) field(label string, value *string) {
	if value != nil {
		p.line(fmt.Sprintf("%-14s %s", p.say(label), *value))
	}
}

// WriteTable writes r for people, in Swedish or English, at most 100 characters wide.
func (r Result) WriteTable(w io.Writer, lang string) error {
	p := &printer{lang: lang}
	p.field("device", &r.Target)
	p.field("name", r.Device.SysName)
	p.field("description", r.Device.SysDescr)
	p.field("object id", r.Device.SysObjectID)
	p.field("maker", r.Device.Vendor)
	p.field("model", r.Device.Model)
	p.field("version", r.Device.Version)
	if r.Device.Uptime != nil {
		p.field("running for", p.duration(*r.Device.Uptime))
	}
	p.ups(r.UPS)
	p.sensors(r.Sensors)
	p.printer(r.Printer)
	p.ports(r.Interfaces)
	p.poe(r.PoE)
	p.neighbors(r.Neighbors)
	p.bridge(r.Bridge)
	for i, problem := range r.Problems {
		if i == 0 {
			p.line("")
			p.line(p.say("problems") + ":")
		}
		p.line("  " + problem)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (p *printer) duration(seconds float64) *string {
	n := int64(seconds)
	s := fmt.Sprintf("%02d:%02d:%02d", n/3600%24, n/60%60, n%60)
	switch days := n / 86400; days {
	case 0:
	case 1:
		s = fmt.Sprintf("1 %s %s", p.say("day"), s)
	default:
		s = fmt.Sprintf("%d %s %s", days, p.say("days"), s)
	}
	return &s
}

func (p *printer) ups(u *UPSInfo) {
	if u == nil {
		return
	}
	p.line("")
	source := u.OutputSource
	if source != nil && *source == "normal" {
		source = text("mains")
	}
	p.word("power from", source)
	battery := u.BatteryStatus
	if battery != nil && *battery == "normal" {
		battery = text("good")
	}
	p.word("battery", battery)
	p.number("on battery", u.SecondsOnBattery, "s")
	if u.RuntimeSeconds.Present {
		p.field("time left", p.duration(float64(u.RuntimeSeconds.Value)))
	}
	p.number("charge", u.ChargePercent, "%")
	p.number("load", u.LoadPercent, "%")
	for _, volts := range u.InputVolts {
		p.number("input", volts, "V")
	}
}

func (p *printer) word(label string, value *string) {
	if value != nil {
		p.field(label, text(p.say(*value)))
	}
}

func (p *printer) number(label string, n pdu.Number, unit string) {
	if n.Present {
		p.field(label, text(strconv.FormatUint(n.Value, 10)+" "+unit))
	}
}

func (p *printer) ports(ports []Interface) {
	p.line("")
	if len(ports) == 0 {
		p.line(p.say("no ports"))
		return
	}
	p.row(p.say("port"), p.say("text"), p.say("state"), p.say("speed"), p.say("in"), p.say("out"), p.say("errors"))
	for _, i := range ports {
		name, about := fmt.Sprint(i.Index), ""
		if i.Name != nil {
			name = *i.Name
		}
		if i.Descr != nil && *i.Descr != name {
			about = *i.Descr
		}
		if i.Alias != nil {
			about = *i.Alias
		}
		errors := i.InErrors
		if i.OutErrors.Present {
			errors = pdu.Some(i.InErrors.Value + i.OutErrors.Value)
		}
		p.row(name, about, p.state(i), p.speed(i.Speed), p.scaled(i.InOctets, "B"), p.scaled(i.OutOctets, "B"), p.plain(errors))
	}
}

// row writes one line of the table of ports: 99 characters.
func (p *printer) row(name, about, state, speed, in, out, errors string) {
	p.line(fmt.Sprintf("%-16s %-25s %-13s %11s %9s %9s %9s",
		clip(name, 16), clip(about, 25), clip(state, 13), speed, in, out, clip(errors, 9)))
}

func (p *printer) state(i Interface) string {
	switch {
	case i.Admin != nil && *i.Admin == "down":
		return p.say("off")
	case i.Oper == nil:
		return p.say("not told")
	}
	switch *i.Oper { // the words of RFC 2863, for people
	case "notPresent":
		return p.say("not present")
	case "lowerLayerDown":
		return p.say("lower layer down")
	}
	return p.say(*i.Oper)
}

// speed writes what a port runs at; ifSpeed 0 says that it has none.
func (p *printer) speed(n pdu.Number) string {
	if n.Value == 0 {
		return "-"
	}
	return p.scaled(n, "bit/s")
}

func (p *printer) plain(n pdu.Number) string {
	if !n.Present {
		return "-"
	}
	return strconv.FormatUint(n.Value, 10)
}

// scaled writes n with a prefix of 1000 and at most one decimal: "1 Gbit/s", "2.5 MB".
func (p *printer) scaled(n pdu.Number, unit string) string {
	if !n.Present {
		return "-"
	}
	whole, prefix, tenth := n.Value, "", uint64(0)
	for _, next := range []string{"k", "M", "G", "T", "P", "E"} {
		if whole < 1000 {
			break
		}
		whole, tenth, prefix = whole/1000, whole%1000/100, next
	}
	s := strconv.FormatUint(whole, 10)
	if tenth > 0 {
		point := "."
		if p.lang == Swedish {
			point = ","
		}
		s += point + strconv.FormatUint(tenth, 10)
	}
	return s + " " + prefix + unit
}
