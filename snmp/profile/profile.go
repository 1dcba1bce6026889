// Package profile reads the sensors of vendors' own MIBs. What a MIB holds is
// data: YAML files, embedded in the program and added to from a folder, say
// which devices they are for, which objects are sensors and what their numbers
// mean. Read is pure: what a device answered goes in, sensors come out.
//
// It refuses to ask for anything, to know a vendor in code, and to guess: an
// object that no file describes is no sensor, and a number that a file calls
// absent is no value.
//
// Which makers and MIBs the files cover, and how much of each a recording of a real
// device has tried, is told by
//
//	go test -run TestCovered -v ./snmp/profile
//
// What an agent judges by itself does not change the part of a sensor: a condition of
// an object with a part rests on what the part is, never on how it does.
//
// Worked example: a file with root 1.3.6.1.4.1.318.1.1 describes the scalar
// {at: .12.1.15, class: voltage, name: Input}. 1.3.6.1.4.1.318.1.1.12.1.15.0 =
// INTEGER 120 (30 11 06 0C 2B 06 01 04 01 82 3E 01 01 0C 01 0F 00 .. 02 01 78)
// becomes the sensor "Input" of 120 V.
package profile

import "rackvakt/snmp/pdu"

// Profile is one file: the sensors of one part of a vendor's MIBs.
type Profile struct {
	// Name is unique among the profiles; a file of the folder replaces the
	// embedded one of the same name.
	Name string `yaml:"name" example:"gude-7213"`
	// MIB names the modules that it was written from.
	MIB []string `yaml:"mib" example:"[POWER-ETHERNET-MIB]"`
	// Standard says that no vendor wrote the MIB: where a device tells a sensor
	// twice, this one is kept.
	Standard bool   `yaml:"standard"`
	Match    Match  `yaml:"match"`
	Device   Device `yaml:"device"`
	// Root is what identifiers that begin with a dot stand below.
	Root   Ref                        `yaml:"root" example:"1.3.6.1.4.1.318.1.1"`
	States map[string]map[string]Word `yaml:"states"`
	// Scalars are objects with the single instance 0.
	Scalars []Object `yaml:"scalars"`
	Tables  []Table  `yaml:"tables"`
	// UPS tells what UPS-MIB would, of a UPS that may lack it.
	UPS UPS `yaml:"ups"`
}

// Match says which devices a profile is for. Both conditions must hold where both
// are given; at least one must be.
type Match struct {
	// ObjectID lists trees of sysObjectID (RFC 3418); one of them must fit.
	ObjectID []Ref `yaml:"object_id" example:"[1.3.6.1.4.1.318]"`
	// Present lists trees; below one of them there must be a value.
	Present []Ref `yaml:"present" example:"[.12.1]"`
}

// Device says where a device tells about itself: instances, written with their
// last arc and a closing @.
type Device struct {
	Vendor  string `yaml:"vendor" example:"APC"`
	Model   Ref    `yaml:"model" example:".1.1.1.1.0@"`
	Serial  Ref    `yaml:"serial" example:".1.1.2.3.0@"`
	Version Ref    `yaml:"version" example:".1.1.2.1.0@"`
}

// Table is one conceptual row of a MIB and its columns that are sensors.
type Table struct {
	// Entry is the identifier of the row; plain numbers below are its columns.
	Entry Ref `yaml:"entry" example:".12.2.3.1.1"`
	// Name, Part, When and Untested hold for every column that has none of its own.
	Name     Template `yaml:"name" example:"Outlet {2}"`
	Part     Part     `yaml:"part" example:"fan"`
	When     []When   `yaml:"when"`
	Untested bool     `yaml:"untested"`
	Columns  []Object `yaml:"columns"`
}

// Object is a scalar or a column whose values are sensors.
type Object struct {
	At    Ref      `yaml:"at" example:".12.1.15"`
	Class Class    `yaml:"class" example:"voltage"`
	Name  Template `yaml:"name" example:"Input"`
	// Part says what of the device it tells about. A temperature of a room is of none.
	Part Part `yaml:"part" example:"heat"`

	// Value = raw * Multiply / Divide, then by Digits, Exponent, Fahrenheit and
	// Decibel; 0 counts as 1.
	Multiply int64 `yaml:"multiply" example:"60"`
	Divide   int64 `yaml:"divide" example:"10"`
	// Digits refers to the number of decimals of the raw value; Exponent to the
	// power of ten that it is multiplied by; Scale to a factor, negative for a divisor.
	Digits   Ref `yaml:"digits" example:"7"`
	Exponent Ref `yaml:"exponent" example:"5"`
	Scale    Ref `yaml:"scale" example:"7"`
	// Fahrenheit has the value made into Celsius, Decibel from mW into dBm.
	Fahrenheit bool `yaml:"fahrenheit"`
	Decibel    bool `yaml:"decibel"`

	// Skip lists raw numbers that mean "no value"; Least and Most bound the others.
	// The ends of Integer32 and Unsigned32 and what the class cannot measure never count.
	Skip  []int64 `yaml:"skip" example:"[-1]"`
	Least *int64  `yaml:"least" example:"0"`
	Most  *int64  `yaml:"most" example:"1000"`
	// When lists conditions that must all hold.
	When []When `yaml:"when"`
	// Unless lists trees: where a sensor below one was already read, this would
	// be the same one again.
	Unless []Ref `yaml:"unless" example:"[1.3.6.1.2.1.33.1.2.4]"`
	// Same lists columns of other MIBs: where a sensor of the same index was read
	// from one, the row is that sensor again.
	Same []Ref `yaml:"same" example:"[1.3.6.1.2.1.99.1.1.1.4]"`
	// Elsewhere lists columns of other MIBs and texts: where any row of one holds one
	// of them, the device tells these sensors there.
	Elsewhere []When `yaml:"elsewhere" example:"[{at: 1.3.6.1.2.1.99.1.1.1.1, is: [8]}]"`
	// Numbers gives raw texts the numbers that they stand for; another text is no value.
	Numbers map[string]int64 `yaml:"numbers" example:"{absent: 1, present: 2}"`

	// States names the words of a state; Status where the device judges a value.
	States string `yaml:"states" example:"load"`
	Status Status `yaml:"status"`
	Limits Limits `yaml:"limits"`
	// Untested says that no recording of a real device was at hand.
	Untested bool `yaml:"untested"`
}

// When is a condition on an object or on an arc of the index.
type When struct {
	At Ref `yaml:"at" example:"9"`
	// Is and Not list texts or numbers; * stands for anything at either end.
	Is  []Text `yaml:"is" example:"[1, \"*.Value\"]"`
	Not []Text `yaml:"not" example:"[0]"`
}

// Status refers to the device's own judgement of a value.
type Status struct {
	At     Ref    `yaml:"at" example:"8"`
	States string `yaml:"states" example:"alarm"`
}

// Limits refer to the thresholds of a value, in its raw unit.
type Limits struct {
	// Enabled refers to BITS that say which of the four below hold, in their order;
	// where they are not told, all do.
	Enabled      Ref `yaml:"enabled" example:"25"`
	LowCritical  Ref `yaml:"low_critical" example:"11"`
	LowWarning   Ref `yaml:"low_warning" example:"12"`
	HighWarning  Ref `yaml:"high_warning" example:"13"`
	HighCritical Ref `yaml:"high_critical" example:"14"`
}

// all returns the thresholds in the order of Enabled.
func (l *Limits) all() []*Ref {
	return []*Ref{&l.LowCritical, &l.LowWarning, &l.HighWarning, &l.HighCritical}
}

// Wanted is what a device must be asked for.
type Wanted struct {
	Instances []pdu.OID // by GET
	Columns   []pdu.OID // by GETBULK
}
