// Package ups reads UPS-MIB (RFC 1628) from varbinds: where the output comes
// from, the battery, the lines in and out, and the alarms that the battery is to be
// replaced or the output overloaded.
//
// It refuses to ask for anything and to read a vendor's own MIB. NULL, -1 and
// below on a line mean that the phase is absent.
//
// Worked example: 30 0F 06 0A 2B 06 01 02 01 21 01 04 01 00 02 01 05 is
// upsOutputSource.0 (1.3.6.1.2.1.33.1.4.1.0) = INTEGER 5: the load runs on
// battery. upsEstimatedMinutesRemaining.0 = 12 becomes 720 s, and
// upsEstimatedChargeRemaining.0 = 87 becomes 87,000 of 0.001 %.
package ups

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

var tree = pdu.MustOID("1.3.6.1.2.1.33.1")

// Scalars and columns of RFC 1628 section 4.
var (
	manufacturer = tree.With(1, 1, 0)
	model        = tree.With(1, 2, 0)
	version      = tree.With(1, 4, 0)
	battery      = tree.With(2, 1, 0)
	onBattery    = tree.With(2, 2, 0)
	minutesLeft  = tree.With(2, 3, 0)
	charge       = tree.With(2, 4, 0)
	batteryVolts = tree.With(2, 5, 0)
	batteryTemp  = tree.With(2, 7, 0)
	source       = tree.With(4, 1, 0)
	alarms       = tree.With(6, 1, 0)
	testID       = tree.With(7, 1, 0)
	testResult   = tree.With(7, 3, 0)

	InputHertz = tree.With(3, 3, 1, 2)
	InputVolts = tree.With(3, 3, 1, 3)
	OutputLoad = tree.With(4, 4, 1, 5)
	AlarmDescr = tree.With(6, 2, 1, 2)
)

// Well-known alarms and tests of RFC 1628 that are told as readings.
var (
	alarmBatteryBad     = tree.With(6, 3, 1)
	alarmOutputOverload = tree.With(6, 3, 8)
	batteryTests        = []pdu.OID{tree.With(7, 7, 4), tree.With(7, 7, 5)} // quick test, deep calibration
)

// testFailed is the value doneError of upsTestResultsSummary.
const testFailed = 3

// Urgent lists what tells of a mains loss: read as often as an uplink port.
func Urgent() []pdu.OID { return []pdu.OID{source, battery, onBattery, minutesLeft, charge} }

// Instances lists all scalars.
func Instances() []pdu.OID {
	return append(Urgent(), batteryVolts, batteryTemp, alarms, testID, testResult, manufacturer, model, version)
}

// Columns lists the columns of the tables of lines and alarms to walk.
func Columns() []pdu.OID { return []pdu.OID{InputHertz, InputVolts, OutputLoad, AlarmDescr} }

// Line is one phase.
type Line struct {
	Index uint32
	Value pdu.Number
}

// UPS is what an agent says about its UPS. Absent means not told.
type UPS struct {
	Manufacturer, Model, Version string

	Source         pdu.Number // upsOutputSource: 3 normal, 5 battery
	Battery        pdu.Number // upsBatteryStatus: 2 normal, 3 low, 4 depleted
	SecondsOn      pdu.Number // seconds since the UPS went on battery; 0 while it is not
	MinutesLeft    pdu.Number // whole minutes
	SecondsLeft    pdu.Number // seconds; 60 times MinutesLeft where the agent counts minutes
	Charge         pdu.Number // percent
	BatteryVolts   pdu.Number // 0.1 V
	BatteryCelsius pdu.Number // 1 °C; 0 where there is no sensor on many models
	InputHertz     []Line     // 0.1 Hz
	InputVolts     []Line     // RMS volts
	OutputLoad     []Line     // percent
	Replace        pdu.Number // 1 the battery is to be replaced, 0 not
	Overload       pdu.Number // 1 the load is beyond the capacity, 0 not
}

// Read takes from vbs what belongs to UPS-MIB; false where nothing does.
func Read(vbs []pdu.Varbind) (UPS, bool) {
	var u UPS
	var c condition
	found := false
	for _, vb := range vbs {
		if !vb.OID.Under(tree) || !vb.Value.Exists() {
			continue
		}
		found = true
		u.take(vb)
		c.take(vb)
	}
	u.SecondsLeft = minutes(u.MinutesLeft)
	u.Replace, u.Overload = c.replace(), c.alarm(alarmOutputOverload)
	for i, l := range u.InputHertz {
		u.InputHertz[i].Value = tenths(l.Value)
	}
	byIndex := func(a, b Line) int { return int(int64(a.Index) - int64(b.Index)) }
	slices.SortFunc(u.InputHertz, byIndex)
	slices.SortFunc(u.InputVolts, byIndex)
	slices.SortFunc(u.OutputLoad, byIndex)
	return u, found
}

func (u *UPS) take(vb pdu.Varbind) {
	texts := map[pdu.OID]*string{manufacturer: &u.Manufacturer, model: &u.Model, version: &u.Version}
	numbers := map[pdu.OID]*pdu.Number{
		source: &u.Source, battery: &u.Battery, onBattery: &u.SecondsOn, minutesLeft: &u.MinutesLeft,
		charge: &u.Charge, batteryVolts: &u.BatteryVolts, batteryTemp: &u.BatteryCelsius,
	}
	if to := texts[vb.OID]; to != nil {
		*to = vb.Value.Text()
	}
	if to := numbers[vb.OID]; to != nil {
		*to = bounded(vb.Value.Number(), vb.OID)
	}
	u.InputHertz = appendLine(u.InputHertz, InputHertz, vb)
	u.InputVolts = appendLine(u.InputVolts, InputVolts, vb)
	u.OutputLoad = appendLine(u.OutputLoad, OutputLoad, vb)
}

// tenths returns a frequency in 0.1 Hz, as the MIB has it, also of agents that send 1
// or 0.01 Hz: no mains has 5 or 500 Hz.
func tenths(n pdu.Number) pdu.Number {
	switch {
	case n.Value >= 40 && n.Value <= 70:
		n.Value *= 10
	case n.Value >= 4000:
		n.Value /= 10
	}
	return n
}

// most holds the greatest values that mean anything, RFC 1628 section 4: agents fill
// an object that they have no value for with 255, 65535 or 2147483647.
var most = map[pdu.OID]uint64{
	onBattery: math.MaxInt32 - 1, minutesLeft: math.MaxUint16 - 1, charge: 100, batteryVolts: math.MaxUint16 - 1,
	batteryTemp: 150, InputHertz: 7000, InputVolts: math.MaxUint16 - 1, OutputLoad: 200,
}

// bounded returns n, absent where it is beyond what the object can tell.
func bounded(n pdu.Number, object pdu.OID) pdu.Number {
	if highest, ok := most[object]; ok && n.Value > highest {
		return pdu.Number{}
	}
	return n
}

func appendLine(lines []Line, column pdu.OID, vb pdu.Varbind) []Line {
	index, ok := vb.OID.Index(column)
	value := bounded(vb.Value.Number(), column)
	if !ok || len(index) != 1 || !value.Present {
		return lines
	}
	return append(lines, Line{Index: index[0], Value: value})
}

// Or returns u, and from other what u does not tell. A battery to be replaced and
// an overload are so where either says so.
func (u UPS) Or(other UPS) UPS {
	for _, to := range []struct {
		mine   *pdu.Number
		theirs pdu.Number
	}{
		{&u.Source, other.Source},
		{&u.Battery, other.Battery},
		{&u.SecondsOn, other.SecondsOn},
		{&u.Charge, other.Charge},
		{&u.BatteryVolts, other.BatteryVolts},
		{&u.BatteryCelsius, other.BatteryCelsius},
	} {
		*to.mine = to.mine.Or(to.theirs)
	}
	if !u.SecondsLeft.Present {
		u.SecondsLeft, u.MinutesLeft = other.SecondsLeft, other.MinutesLeft
	}
	u.Replace, u.Overload = either(u.Replace, other.Replace), either(u.Overload, other.Overload)
	u.Manufacturer = cmp.Or(u.Manufacturer, other.Manufacturer)
	u.Model, u.Version = cmp.Or(u.Model, other.Model), cmp.Or(u.Version, other.Version)
	if len(u.InputHertz) == 0 {
		u.InputHertz = other.InputHertz
	}
	if len(u.InputVolts) == 0 {
		u.InputVolts = other.InputVolts
	}
	if len(u.OutputLoad) == 0 {
		u.OutputLoad = other.OutputLoad
	}
	return u
}

func either(a, b pdu.Number) pdu.Number {
	return pdu.Number{Value: max(a.Value, b.Value), Present: a.Present || b.Present}
}

// Load returns the highest load of the lines, in percent.
func (u UPS) Load() pdu.Number {
	var most pdu.Number
	for _, l := range u.OutputLoad {
		if !most.Present || l.Value.Value > most.Value {
			most = l.Value
		}
	}
	return most
}

// SourceNumber returns the number of an upsOutputSource word, absent where it is none.
func SourceNumber(s string) pdu.Number { return number(sourceWords, s) }

// BatteryNumber returns the number of an upsBatteryStatus word, absent where it is none.
func BatteryNumber(s string) pdu.Number { return number(batteryWords, s) }

func number(words []string, s string) pdu.Number {
	if i := slices.Index(words, s); i > 0 {
		return pdu.Some(uint64(i))
	}
	return pdu.Number{}
}

var sourceWords = []string{"", "other", "none", "normal", "bypass", "battery", "booster", "reducer"}
var batteryWords = []string{"", "unknown", "normal", "low", "depleted"}

// SourceWord returns the RFC 1628 word of upsOutputSource, "" where absent.
func (u UPS) SourceWord() string { return word(sourceWords, u.Source) }

// BatteryWord returns the RFC 1628 word of upsBatteryStatus, "" where absent.
func (u UPS) BatteryWord() string { return word(batteryWords, u.Battery) }

func word(words []string, n pdu.Number) string {
	if !n.Present || n.Value >= uint64(len(words)) {
		return ""
	}
	return words[n.Value]
}

// Readings returns the values that are present. The UPS as a whole has an empty
// Object; its load is that of the most loaded line, its frequency that of the first
// line in; input volts of more than one line have the Objects L1, L2, L3.
func (u UPS) Readings(device string, at reading.Stamp) []reading.Reading {
	var all []reading.Reading
	add := func(object string, kind reading.Kind, n pdu.Number, scale int64) {
		if n.Present && n.Value < 1<<32 {
			point := reading.Point{Device: device, Object: object, Kind: kind}
			all = append(all, reading.Reading{Point: point, Value: n.Int() * scale, Quality: reading.Good, At: at})
		}
	}
	add("", reading.UPSSource, within(u.Source, 7), 1)
	add("", reading.UPSBattery, within(u.Battery, 4), 1)
	add("", reading.UPSOnBattery, u.SecondsOn, 1)
	add("", reading.UPSRuntime, u.SecondsLeft, 1)
	add("", reading.UPSCharge, u.Charge, 1000)
	add("", reading.UPSLoad, u.Load(), 1000)
	add("", reading.UPSReplace, u.Replace, 1)
	add("", reading.UPSOverload, u.Overload, 1)
	if len(u.InputHertz) > 0 {
		add("", reading.Frequency, u.InputHertz[0].Value, 100)
	}
	for i, l := range u.InputVolts {
		add(u.lineName(i), reading.UPSInputVolts, l.Value, 1000)
	}
	return all
}

func (u UPS) lineName(i int) string {
	if len(u.InputVolts) == 1 {
		return ""
	}
	return fmt.Sprintf("L%d", u.InputVolts[i].Index)
}

// within drops a number that is none of the MIB's values.
func within(n pdu.Number, highest uint64) pdu.Number {
	if n.Value < 1 || n.Value > highest {
		return pdu.Number{}
	}
	return n
}

// Facts returns the texts about the UPS.
func (u UPS) Facts(device string, at reading.Stamp) []reading.Fact {
	p := reading.Point{Device: device}
	facts := []reading.Fact{
		{Point: p, Label: reading.LabelVendor, Text: u.Manufacturer, At: at},
		{Point: p, Label: reading.LabelModel, Text: u.Model, At: at},
		{Point: p, Label: reading.LabelVersion, Text: u.Version, At: at},
	}
	return slices.DeleteFunc(facts, func(f reading.Fact) bool { return f.Text == "" })
}
