package profile

import (
	"fmt"
	"slices"
	"strings"
)

// Class is what a sensor measures; it fixes the unit.
type Class string

// State is the class of numbers that stand for words.
const State Class = "state"

// units lists all classes.
var units = map[Class]string{
	"temperature": "Celsius", "humidity": "%", "voltage": "V", "current": "A", "power": "W", "apparent_power": "VA",
	"energy": "Wh", "frequency": "Hz", "fanspeed": "rpm", "charge": "%", "load": "%", "runtime": "s", "percent": "%",
	"optical_power": "dBm", "airflow": "m3/h", "pressure": "Pa", "count": "", State: "",
}

// Unit returns the unit of c, nil where it has none.
func (c Class) Unit() *string {
	if u := units[c]; u != "" {
		return &u
	}
	return nil
}

// UnmarshalText accepts the classes only.
func (c *Class) UnmarshalText(b []byte) error {
	if _, ok := units[Class(b)]; !ok {
		return fmt.Errorf("one of %s", strings.Join(sortedClasses(), ", "))
	}
	*c = Class(b)
	return nil
}

func sortedClasses() []string {
	var all []string
	for c := range units {
		all = append(all, string(c))
	}
	slices.Sort(all)
	return all
}

// Severity judges a value.
type Severity string

// Severities.
const (
	OK       Severity = "ok"
	Warning  Severity = "warning"
	Critical Severity = "critical"
	Unknown  Severity = "unknown"
)

var severities = []Severity{OK, Warning, Critical, Unknown}

// Word is a state in words and how bad it is; in a file "near overload warning".
type Word struct {
	Text     string
	Severity Severity
}

// UnmarshalText reads words with the severity as the last of them.
func (w *Word) UnmarshalText(b []byte) error {
	parts := strings.Fields(string(b))
	if len(parts) < 2 || !slices.Contains(severities, Severity(parts[len(parts)-1])) {
		return fmt.Errorf("words and then ok, warning, critical or unknown")
	}
	last := len(parts) - 1
	*w = Word{Text: strings.Join(parts[:last], " "), Severity: Severity(parts[last])}
	return nil
}

// Text is a text or a number as written.
type Text string

// UnmarshalText takes any scalar.
func (t *Text) UnmarshalText(b []byte) error {
	*t = Text(b)
	return nil
}

// fits reports whether s is t; * at an end of t stands for anything.
func (t Text) fits(s string) bool {
	pattern := string(t)
	head, open := strings.CutSuffix(pattern, "*")
	tail, before := strings.CutPrefix(head, "*")
	switch {
	case open && before:
		return strings.Contains(s, tail)
	case open:
		return strings.HasPrefix(s, head)
	case before:
		return strings.HasSuffix(s, tail)
	}
	return s == pattern
}
