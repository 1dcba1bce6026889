package alarm

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// View says for whom a text is written.
type View struct {
	Party Party
	Lang  Lang
	Kind  SiteKind
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
	for _, e := range evidence {
		if line := e.Render(v); line != "" && !slices.Contains(lines, line) {
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
	if name := v.name(s, e); name != "" {
		line = name + ": " + line
	}
	if value := v.value(s, e); value != "" {
		line += ", " + value
	}
	return line + v.age(e.AgeMS)
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
	case ServiceFailed, PowerMainsLost, ClimateTemp, ClimateHumidity, ClimateDewPoint, ClimateCooling, ClimateLeak, ClimateSmoke, DoorHeld, DoorTamper:
		return harmless(k.Object)
	}
	return ""
}

// address finds IPv4, IPv6 and MAC addresses and numbered ports in a name that
// somebody chose.
var address = regexp.MustCompile(`(?i)\d{1,3}(\.\d{1,3}){3}|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,}|([0-9a-f]{2}-){5}[0-9a-f]{2}|[a-z]+\d+(/\d+)+|@`)

// measure is a number with its unit: what Kind.Show writes, and nothing else.
var measure = regexp.MustCompile(`^-?\d+(\.\d+)?( [a-zA-Z°%/]{1,6})?$`)

// harmless returns name, or "" if an address or a port is in it.
func harmless(name string) string {
	if address.MatchString(name) {
		return ""
	}
	return name
}

// number writes a value as the language writes numbers.
func (v View) number(value string) string {
	if v.Lang == English {
		return value
	}
	return strings.Replace(value, ".", ",", 1)
}

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
