package sensor_test

import (
	"testing"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/sensor"
)

// A class is told in the unit of its Kind, and only where there is a value.
func TestReading(t *testing.T) {
	for _, c := range []struct {
		s    sensor.Sensor
		want string // as shown; "" for none
	}{
		{sensor.Sensor{Class: sensor.Temperature, Value: sensor.Dec(21625, -3)}, "temperature_celsius 21.6 °C"},
		{sensor.Sensor{Class: sensor.OpticalPower, Value: sensor.Dec(-24, -1)}, "optical_power_dbm -2.4 dBm"},
		{sensor.Sensor{Class: sensor.FanSpeed, Value: sensor.Dec(42, 2)}, "fan_revolutions_per_minute 4200 1/min"},
		{sensor.Sensor{Class: sensor.Charge, Value: sensor.Dec(995, -1)}, "level_ratio 99.5 %"},
		{sensor.Sensor{Class: sensor.Temperature}, ""},
		{sensor.Sensor{Class: sensor.State, Value: sensor.Dec(1, 0)}, ""},
	} {
		r, ok := c.s.Reading("sw1", "x", reading.Stamp{})
		got := ""
		if ok {
			got = r.Point.Kind.Name() + " " + r.Point.Kind.Show(r.Value)
		}
		if got != c.want {
			t.Errorf("%s %v: %q, want %q", c.s.Class, c.s.Value, got, c.want)
		}
	}
}

// The device's word and its limits say how bad it is; the worse counts.
func TestSeverity(t *testing.T) {
	limits := sensor.Limits{LowWarning: sensor.Dec(-14, 0), LowCritical: sensor.Dec(-18, 0), HighWarning: sensor.Dec(0, 0)}
	for _, c := range []struct {
		name string
		s    sensor.Sensor
		want int64
		told bool
	}{
		{"a state that is well", sensor.Sensor{Class: sensor.State, Status: sensor.OK}, reading.PartOK, true},
		{"a state that is bad", sensor.Sensor{Class: sensor.State, Status: sensor.Critical}, reading.PartCritical, true},
		{"a state of no known word", sensor.Sensor{Class: sensor.State, Status: sensor.Unknown}, 0, false},
		{"a value without limits", sensor.Sensor{Class: sensor.Temperature, Status: sensor.OK, Value: sensor.Dec(99, 0)}, 0, false},
		{"between the limits", sensor.Sensor{Value: sensor.Dec(-135, -1), Limits: limits}, reading.PartOK, true},
		{"below warning", sensor.Sensor{Value: sensor.Dec(-141, -1), Limits: limits}, reading.PartWarning, true},
		{"below critical", sensor.Sensor{Value: sensor.Dec(-40, 0), Limits: limits}, reading.PartCritical, true},
		{"above warning", sensor.Sensor{Value: sensor.Dec(1, -3), Limits: limits}, reading.PartWarning, true},
		{"limits and no value", sensor.Sensor{Limits: limits}, 0, false},
		{"word worse than limits", sensor.Sensor{Value: sensor.Dec(-10, 0), Limits: limits, Status: sensor.Critical}, reading.PartCritical, true},
	} {
		if got, told := c.s.Severity(); got != c.want || told != c.told {
			t.Errorf("%s: %d %v, want %d %v", c.name, got, told, c.want, c.told)
		}
	}
}

// Round numbers are compared as others are: Dec keeps no trailing zero of them.
func TestBelow(t *testing.T) {
	ascending := []sensor.Decimal{
		sensor.Dec(-1, 40), sensor.Dec(-700, 0), sensor.Dec(-60, 0), sensor.Dec(-1, -40), sensor.Dec(0, 0), sensor.Dec(1, -40), sensor.Dec(599, -1), sensor.Dec(60, 0), sensor.Dec(70, 0),
		sensor.Dec(100, 0), sensor.Dec(900, 0), sensor.Dec(1000, 0), sensor.Dec(10_000_000_000, 0), sensor.Dec(1, 40),
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := a.Below(b); got != (i < j) {
				t.Errorf("%s below %s: %v", a, b, got)
			}
		}
		if a.Below(sensor.Decimal{}) || (sensor.Decimal{}).Below(a) {
			t.Errorf("%s compared with nothing", a)
		}
	}
	hot := sensor.Sensor{Class: sensor.Temperature, Value: sensor.Dec(70, 0), Limits: sensor.Limits{HighCritical: sensor.Dec(60, 0)}}
	if got, ok := hot.Severity(); !ok || got != reading.PartCritical {
		t.Errorf("70 above 60: %d, %v", got, ok)
	}
}
