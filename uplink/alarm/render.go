package alarm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// View says for whom a text is written.
type View struct {
	Party Party
	Lang  Lang
	Kind  SiteKind
	// class is that of the alarm which is rendered.
	class Class
}

// Message is one Change as one party may see it.
type Message struct {
	Title, Sentence string
	Severity, Class string
	// Object is the name of the thing; empty where the party must not see it.
	Object string
	// Causes is the verdict; Evidence that of the alarm itself.
	Causes   []CauseText
	Evidence []string
	// Reason is set for an update or a clear.
	Reason string
}

// CauseText is one Cause as one party may see it.
type CauseText struct {
	Name         CauseName
	Title        string
	For, Against []string
	// Candidates and Check are set where the cause is open.
	Candidates []string
	Check      string
}

// Render writes c for v.
func (c Change) Render(v View) Message {
	row, _ := Lookup(c.Code)
	v.class = c.Class
	m := Message{Title: row.Title.In(v.Lang), Sentence: row.Sentence.In(v.Lang), Severity: SeverityName(c.Severity, v.Lang),
		Class: ClassName(c.Class, v.Lang), Object: v.object(c.Key), Evidence: v.list(c.Evidence), Reason: ReasonText(c.Reason, v.Lang)}
	if m.Title == "" {
		m.Title = string(c.Code)
	}
	if c.Count > 0 {
		m.Reason += fmt.Sprintf(" (%d)", c.Count)
	}
	for _, x := range c.Causes {
		m.Causes = append(m.Causes, x.Render(v))
	}
	return m
}

// Render writes one cause for v.
func (c Cause) Render(v View) CauseText {
	t := CauseText{Name: c.Name, Title: CauseTitle(c.Name, v.Lang), For: v.list(c.For), Against: v.list(c.Against), Check: CheckText(c.Check, v.Lang)}
	for _, x := range c.Candidates {
		t.Candidates = append(t.Candidates, CauseTitle(x, v.Lang))
	}
	return t
}

// runsNetwork reports whether the party may see names and states of the network.
func (v View) runsNetwork() bool { return v.Party == RegionIT || v.Party == Technician }

// list writes evidence, without what v must not see and without lines that say the same.
func (v View) list(evidence []Evidence) []string {
	var lines []string
	for i, e := range evidence {
		line := e.Render(v)
		switch {
		case line == "" || slices.Contains(lines, line):
		case e.Say == "port_room" && len(lines) > 0 && i > 0 && evidence[i-1].Say == "port_outlet":
			lines[len(lines)-1] += " " + line // "uttag 2-014 i rum 312"
		default:
			lines = append(lines, line)
		}
	}
	return lines
}

// Render writes one piece of evidence for v; "" if v must not see it. What is
// not known to be fit for the party is left out, so a new kind of evidence shows
// nothing until it has its row.
func (e Evidence) Render(v View) string {
	s, ok := sayings[e.Say]
	if !ok {
		if v.Party == RegionIT {
			return strings.TrimSpace(e.Say + " " + object(e.Device, e.Object) + " " + e.Value)
		}
		return ""
	}
	if s.elsewhere && v.Party != RegionIT {
		return ""
	}
	line := s.In(v.Lang)
	if s.fact {
		return v.fact(s, e)
	}
	if s.forecast {
		line += v.minutes(e.Value)
	}
	if name := v.name(s, e); name != "" {
		line = name + ": " + line
	}
	if value := v.value(s, e); value != "" {
		line += ", " + value
	}
	return line + v.age(e.AgeMS)
}

// fact writes what is known of a port. An outlet and a room are of the premises:
// a clinic knows them, and a property owner whose cabling is at fault needs them.
// Who is at the other end, and how it is patched, is of the network.
func (v View) fact(s saying, e Evidence) string {
	text := e.Value
	if word, ok := roleTexts[text]; ok && e.Say == "port_role" {
		text = word.In(v.Lang)
	}
	switch {
	case v.runsNetwork():
	case s.premises && (v.Party == CareProvider || v.Party == PropertyOwner && (v.class == Cabling || v.class == Outlet)):
		text = harmless(text)
	default:
		return ""
	}
	if text == "" {
		return ""
	}
	return s.In(v.Lang) + " " + text
}

// value is the observed value, as far as v may see it.
func (v View) value(s saying, e Evidence) string {
	switch {
	case s.measured && measure.MatchString(e.Value):
		return v.number(e.Value)
	case s.reason && v.runsNetwork():
		return e.Value
	}
	return ""
}

// minutes writes when something is expected; nothing of a value that does not say so.
func (v View) minutes(value string) string {
	part := expected.FindStringSubmatch(value)
	if part == nil {
		return ""
	}
	text := fmt.Sprintf(Text{" om cirka %s minuter", " in about %s minutes"}.In(v.Lang), part[1])
	if part[2] != "" {
		text += Text{", osäkerhet ±", ", give or take "}.In(v.Lang) + part[2]
	}
	return text
}

// expected is the value of a forecast.
var expected = regexp.MustCompile(`^(\d{1,6}) min(?: ±(\d{1,6}))?$`)

// name is the thing that e speaks of, as far as v may see it.
func (v View) name(s saying, e Evidence) string {
	switch {
	case v.runsNetwork():
		return object(e.Device, e.Object)
	case v.Party != CareProvider: // a name that somebody chose may hold anything
		return ""
	case s.named && s.network:
		return harmless(e.Object)
	case s.named:
		return harmless(object(e.Device, e.Object))
	}
	return ""
}

// object is the object of an alarm, as far as v may see it.
func (v View) object(k Key) string {
	if v.runsNetwork() {
		return k.Object
	}
	if v.Party != CareProvider {
		return ""
	}
	switch k.Code {
	case ServiceFailed, PowerMainsLost, ClimateTemp, ClimateHumidity, ClimateDewPoint, ClimateCooling, ClimateHeating, ClimateLeak, ClimateSmoke,
		DoorForced, DoorUnscheduled, DoorLockFault, DoorHeld, DoorTamper:
		return harmless(k.Object)
	}
	return ""
}

// address finds IPv4, IPv6 and MAC addresses and numbered ports in a name that
// somebody chose.
var address = regexp.MustCompile(`(?i)\d{1,3}(\.\d{1,3}){3}|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,}|([0-9a-f]{2}-){5}[0-9a-f]{2}|[a-z]+\d+(/\d+)+|@`)

// measure is a number with its unit: what Kind.Show writes, with an uncertainty
// where there is one, and nothing else.
var measure = regexp.MustCompile(`^-?\d+(\.\d+)?( (1/)?[a-zA-Z°%/]{1,6})?( ±\d+(\.\d+)?)?$`)

// harmless returns name, or "" if an address or a port is in it.
func harmless(name string) string {
	if address.MatchString(name) {
		return ""
	}
	return name
}

// number writes a value as the language writes numbers.
func (v View) number(value string) string {
	value = speed(value)
	if v.Lang == English {
		return value
	}
	return strings.ReplaceAll(value, ".", ",")
}

// speed writes bits a second in the largest unit that has them whole.
func speed(value string) string {
	for _, x := range []struct{ zeros, unit string }{{"000000000", " Gbit/s"}, {"000000", " Mbit/s"}} {
		if n, ok := strings.CutSuffix(value, x.zeros+" bit/s"); ok && n != "" {
			return n + x.unit
		}
	}
	return value
}

// percent writes a share.
func percent(n int64) string { return strconv.FormatInt(n, 10) + " %" }

// age writes how old the evidence is; nothing below one second.
func (v View) age(ms int64) string {
	d := (time.Duration(ms) * time.Millisecond).Truncate(time.Second)
	if d < time.Second {
		return ""
	}
	return fmt.Sprintf(Text{" (för %s sedan)", " (%s ago)"}.In(v.Lang), short(d))
}

// short writes a duration in its largest fitting unit.
func short(d time.Duration) string {
	switch {
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}
