// Package entity reads what a device is made of and what its own sensors say:
// ENTITY-MIB (RFC 6933, and RFC 4133 before it), ENTITY-SENSOR-MIB (RFC 3433) and
// CISCO-ENTITY-SENSOR-MIB with its thresholds, and those of ARISTA-ENTITY-SENSOR-MIB.
//
// It refuses to ask for anything and to guess: a value whose type, scale or
// precision is not told is no value but a problem, and only a sensor of status
// ok has one. The value is raw x 10^scale / 10^precision; a precision below 0
// counts accurate digits and moves no point; raw of +-1,000,000,000 is over- or
// underflow. An index that both sensor tables hold is one sensor: the standard
// table stands, with the limits of the other, unless only the other tells what
// is measured (dBm has no number in RFC 3433).
//
// Worked example: 30 12 06 0B 2B 06 01 02 01 63 01 01 01 04 0B 02 03 00 F4 24 is
// entPhySensorValue.11 (1.3.6.1.2.1.99.1.1.1.4.11) = INTEGER 62500. With type 8
// (celsius), scale 8 (milli) and precision 0 it is 62.5 °C; with scale 9 (units)
// and precision 3 it is the same.
package entity

import (
	"slices"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// Entities is what an agent tells about the parts of its device.
type Entities struct {
	Parts   []Part          // by ascending index
	Sensors []sensor.Sensor // by ascending index; each physical sensor once
	// Problems says what was odd and how it was taken.
	Problems []string
}

// Columns lists all columns that Read takes.
func Columns() []pdu.OID { return slices.Concat(PartColumns(), SensorColumns(), CiscoColumns()) }

// Read takes from vbs what belongs to these MIBs, in any order.
func Read(vbs []pdu.Varbind) Entities {
	e := Entities{Parts: readParts(vbs)}
	var odd notes
	found := merge(standard.read(vbs, &odd), cisco.read(vbs, &odd), &odd)
	limits := readLimits(vbs)
	for _, m := range found {
		m.limit(limits[m.index], &odd)
		e.Sensors = append(e.Sensors, m.Sensor)
	}
	e.name()
	e.assign()
	e.Problems = odd.all()
	return e
}
