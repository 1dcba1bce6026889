// Package sensor is what every reader of sensors returns: one measured value
// with its class, unit, state and limits, whichever MIB it came from.
//
// It refuses to know any MIB, to ask for anything and to hold a float: a value
// is a whole number times a power of ten, as agents send it, and is written
// exactly.
//
// Worked example: entPhySensorValue.7001 = 21625 at scale milli and precision 0
// is Decimal{21625, -3}: Temperature, written 21.625, in °C.
package sensor

import (
	"encoding/json"

	"rackvakt/snmp/pdu"
)

// Class is what a sensor measures; it fixes the unit.
type Class string

// Classes. The comment gives the unit.
const (
	Temperature   Class = "temperature"    // °C
	Humidity      Class = "humidity"       // relative, %
	Voltage       Class = "voltage"        // V
	Current       Class = "current"        // A
	Power         Class = "power"          // W
	ApparentPower Class = "apparent_power" // VA
	Energy        Class = "energy"         // Wh
	Frequency     Class = "frequency"      // Hz
	FanSpeed      Class = "fanspeed"       // rpm
	Charge        Class = "charge"         // %
	Load          Class = "load"           // %
	Runtime       Class = "runtime"        // s
	Percent       Class = "percent"        // %
	OpticalPower  Class = "optical_power"  // dBm
	Airflow       Class = "airflow"        // m3/h
	Pressure      Class = "pressure"       // Pa
	Count         Class = "count"          // none
	State         Class = "state"          // none: a number with a word
)

var units = map[Class]string{
	Temperature: "°C", Humidity: "%", Voltage: "V", Current: "A", Power: "W", ApparentPower: "VA", Energy: "Wh",
	Frequency: "Hz", FanSpeed: "rpm", Charge: "%", Load: "%", Runtime: "s", Percent: "%", OpticalPower: "dBm",
	Airflow: "m3/h", Pressure: "Pa", Count: "", State: "",
}

// Known reports whether c is one of the classes above.
func (c Class) Known() bool {
	_, ok := units[c]
	return ok
}

// Unit returns the unit of the class, "" where it has none.
func (c Class) Unit() string { return units[c] }

// bounds are what a class can measure at all, in its unit: a value beyond them, such
// as 6553.5 or -99.9 °C, is an agent's own mark for no value.
var bounds = map[Class][2]int64{Temperature: {-90, 300}, Humidity: {0, 100}, Charge: {0, 100}}

// Possible reports whether v can be a value of c.
func (c Class) Possible(v Decimal) bool {
	most, bounded := bounds[c]
	return !bounded || !v.Below(Dec(most[0], 0)) && !Dec(most[1], 0).Below(v)
}

// Words of Status. Readers of named MIBs use those of EntitySensorStatus (RFC
// 3433), profiles ok and the other three.
const (
	OK             = "ok"
	Warning        = "warning"
	Critical       = "critical"
	Unknown        = "unknown"
	Unavailable    = "unavailable"    // cannot be told now
	Nonoperational = "nonoperational" // taken to be broken
)

// Sensor is one sensor as an agent tells of it.
type Sensor struct {
	// OID is the instance that the value was read from.
	OID pdu.OID
	// Also lists instances of other MIBs that tell of the same sensor and
	// were left out for this one; mostly nil.
	Also  []pdu.OID
	Class Class
	// Part says what of the device it tells about; "" for anything else.
	Part Part
	Name string // clean, "" where the agent gives none
	// Value is absent unless the agent vouches for it.
	Value Decimal
	Unit  string // that of Class
	// Word says the Value of a State, "" where it has no word.
	Word string
	// Status is one of the words above, "" where the agent tells none.
	Status string
	Limits Limits
}

// Part is a kind of part whose failure concerns somebody.
type Part string

// Parts.
const (
	Fan     Part = "fan"
	Supply  Part = "supply" // a power supply of the device
	Heat    Part = "heat"   // a temperature inside the device; not that of a room
	Battery Part = "battery"
	PoE     Part = "poe"   // a supply for ports
	Optic   Part = "optic" // an optical module
)

// Limits are the device's own thresholds, in the unit of the value; each may be absent.
type Limits struct {
	LowCritical  Decimal `json:"low_critical"`
	LowWarning   Decimal `json:"low_warning"`
	HighWarning  Decimal `json:"high_warning"`
	HighCritical Decimal `json:"high_critical"`
}

// MarshalJSON writes s with the names of `rackvakt poll -json`; what is absent is null.
func (s Sensor) MarshalJSON() ([]byte, error) {
	out := struct {
		OID    string  `json:"oid"`
		Class  Class   `json:"class"`
		Name   *string `json:"name"`
		Value  Decimal `json:"value"`
		Unit   *string `json:"unit"`
		Word   *string `json:"word"`
		Status *string `json:"status"`
		Limits *Limits `json:"limits"`
	}{
		OID: s.OID.String(), Class: s.Class, Name: text(s.Name), Value: s.Value,
		Unit: text(s.Unit), Word: text(s.Word), Status: text(s.Status),
	}
	if s.Limits != (Limits{}) {
		out.Limits = &s.Limits
	}
	return json.Marshal(out)
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
