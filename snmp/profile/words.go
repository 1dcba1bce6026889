package profile

import (
	"fmt"
	"slices"
	"strings"

	"rackvakt/snmp/sensor"
)

// Class is what a sensor measures.
type Class sensor.Class

// classes are those that a file may name.
var classes = []sensor.Class{
	sensor.Temperature, sensor.Humidity, sensor.Voltage, sensor.Current, sensor.Power, sensor.ApparentPower,
	sensor.Energy, sensor.Frequency, sensor.FanSpeed, sensor.Charge, sensor.Load, sensor.Runtime, sensor.Percent,
	sensor.OpticalPower, sensor.Airflow, sensor.Pressure, sensor.Count, sensor.State,
}

// UnmarshalText accepts the classes only.
func (c *Class) UnmarshalText(b []byte) error {
	if !slices.Contains(classes, sensor.Class(b)) {
		return fmt.Errorf("one of %s", strings.Trim(fmt.Sprint(classes), "[]"))
	}
	*c = Class(b)
	return nil
}

// Part is a kind of part of a device, "" for none that is told apart.
type Part sensor.Part

var parts = []sensor.Part{sensor.Fan, sensor.Supply, sensor.Heat, sensor.Battery, sensor.PoE, sensor.Optic}

// UnmarshalText accepts the parts only.
func (p *Part) UnmarshalText(b []byte) error {
	if !slices.Contains(parts, sensor.Part(b)) {
		return fmt.Errorf("one of %s", strings.Trim(fmt.Sprint(parts), "[]"))
	}
	*p = Part(b)
	return nil
}

// Words of Status that a profile gives beside sensor.OK.
const (
	Warning  = sensor.Warning
	Critical = sensor.Critical
	Unknown  = sensor.Unknown
)

var severities = []string{sensor.OK, Warning, Critical, Unknown}

// Word is a state in words and how bad it is; in a file "near overload warning".
type Word struct {
	Text     string
	Severity string
}

// UnmarshalText reads words with the severity as the last of them.
func (w *Word) UnmarshalText(b []byte) error {
	parts := strings.Fields(string(b))
	if len(parts) < 2 || !slices.Contains(severities, parts[len(parts)-1]) {
		return fmt.Errorf("words and then ok, warning, critical or unknown")
	}
	last := len(parts) - 1
	*w = Word{Text: strings.Join(parts[:last], " "), Severity: parts[last]}
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
