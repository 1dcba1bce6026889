package ups

import (
	"slices"
	"testing"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

func TestReadings(t *testing.T) {
	phase := func(column pdu.OID, line uint32, volts int64) pdu.Varbind {
		return pdu.Varbind{OID: column.With(line), Value: pdu.Int(volts)}
	}
	u, ok := Read([]pdu.Varbind{
		{OID: source, Value: pdu.Int(5)}, {OID: battery, Value: pdu.Int(3)}, {OID: minutesLeft, Value: pdu.Int(12)},
		{OID: charge, Value: pdu.Gauge(87)}, {OID: onBattery, Value: pdu.Int(33)},
		phase(InputHertz, 2, 501), phase(InputHertz, 1, 499), phase(InputHertz, 3, 65535),
		phase(InputVolts, 2, 239), phase(InputVolts, 1, 231), phase(InputVolts, 3, -1),
		phase(OutputLoad, 1, 7), phase(OutputLoad, 2, 29), phase(OutputLoad, 3, 19),
	})
	if !ok || u.SourceWord() != "battery" || u.BatteryWord() != "low" {
		t.Fatalf("%+v", u)
	}
	got := make(map[reading.Point]int64)
	for _, r := range u.Readings("ups1", reading.Stamp{}) {
		got[r.Point] = r.Value
	}
	for object, values := range map[string]map[reading.Kind]int64{
		"": {
			reading.UPSSource: reading.UPSSourceBattery, reading.UPSBattery: reading.UPSBatteryLow, reading.UPSRuntime: 720,
			reading.UPSCharge: 87_000, reading.UPSOnBattery: 33, reading.UPSLoad: 29_000,
			reading.Frequency: 49_900,
		},
		"L1": {reading.UPSInputVolts: 231_000}, "L2": {reading.UPSInputVolts: 239_000},
	} {
		for kind, want := range values {
			p := reading.Point{Device: "ups1", Object: object, Kind: kind}
			if v, ok := got[p]; !ok || v != want {
				t.Errorf("%v is %d, want %d", p, v, want)
			}
			delete(got, p)
		}
	}
	if len(got) != 0 {
		t.Errorf("too many: %v", got)
	}
}

// The alarm table and the battery test tell of a battery to be replaced and of an
// overload; that there is none is known only where all alarms were seen.
func TestAlarms(t *testing.T) {
	number := func(n int64) pdu.Varbind { return pdu.Varbind{OID: alarms, Value: pdu.Int(n)} }
	alarm := func(row uint32, id pdu.OID) pdu.Varbind {
		return pdu.Varbind{OID: AlarmDescr.With(row), Value: pdu.Identifier(id)}
	}
	test := func(id uint32, result int64) []pdu.Varbind {
		return []pdu.Varbind{{OID: testID, Value: pdu.Identifier(tree.With(7, 7, id))}, {OID: testResult, Value: pdu.Int(result)}}
	}
	yes, no, untold := pdu.Some(1), pdu.Some(0), pdu.Number{}
	for name, c := range map[string]struct {
		vbs               []pdu.Varbind
		replace, overload pdu.Number
	}{
		"none":                   {[]pdu.Varbind{number(0)}, no, no},
		"not told":               {[]pdu.Varbind{{OID: charge, Value: pdu.Int(9)}}, untold, untold},
		"battery bad":            {[]pdu.Varbind{number(1), alarm(4, alarmBatteryBad)}, yes, no},
		"as an instance":         {[]pdu.Varbind{number(1), alarm(4, alarmBatteryBad.With(0))}, yes, no},
		"overload, and one more": {[]pdu.Varbind{number(2), alarm(4, alarmOutputOverload)}, untold, yes},
		"another alarm":          {[]pdu.Varbind{number(1), alarm(4, tree.With(6, 3, 9))}, no, no},
		"rows without number":    {[]pdu.Varbind{alarm(4, tree.With(6, 3, 9))}, untold, untold},
		"quick test failed":      {append(test(4, testFailed), number(0)), yes, no},
		"calibration failed":     {test(5, testFailed), yes, untold},
		"quick test passed":      {append(test(4, 1), number(0)), no, no},
		"general test failed":    {append(test(3, testFailed), number(0)), no, no},
	} {
		if u, _ := Read(c.vbs); u.Replace != c.replace || u.Overload != c.overload {
			t.Errorf("%s: %v %v, want %v %v", name, u.Replace, u.Overload, c.replace, c.overload)
		}
	}
	u, _ := Read([]pdu.Varbind{number(0)})
	if got := u.Readings("ups1", reading.Stamp{}); len(got) != 2 || got[0].Point.Kind != reading.UPSReplace || got[1].Point.Kind != reading.UPSOverload {
		t.Errorf("%+v", got)
	}
}

// A second opinion fills what is not told, and a bad one counts.
func TestOr(t *testing.T) {
	first := UPS{Source: pdu.Some(3), Replace: pdu.Some(0), InputVolts: []Line{{Index: 1, Value: pdu.Some(230)}}, InputHertz: []Line{{Index: 1, Value: pdu.Some(500)}}, Model: "A"}
	second := UPS{
		Source: pdu.Some(5), Replace: pdu.Some(1), Charge: pdu.Some(80), SecondsLeft: pdu.Some(90), MinutesLeft: pdu.Some(1),
		InputVolts: []Line{{Index: 1, Value: pdu.Some(1)}}, InputHertz: []Line{{Index: 1, Value: pdu.Some(1)}}, OutputLoad: []Line{{Index: 1, Value: pdu.Some(5)}}, Model: "B", Version: "2",
	}
	u := first.Or(second)
	if u.Source != pdu.Some(3) || u.Replace != pdu.Some(1) || u.Overload.Present || u.Charge != pdu.Some(80) || u.SecondsLeft != pdu.Some(90) ||
		u.MinutesLeft != pdu.Some(1) || u.InputVolts[0].Value != pdu.Some(230) || u.InputHertz[0].Value != pdu.Some(500) || u.Load() != pdu.Some(5) || u.Model != "A" || u.Version != "2" {
		t.Errorf("%+v", u)
	}
}

// What is absent, or none of the MIB's values, is no reading.
func TestAbsent(t *testing.T) {
	if u, ok := Read([]pdu.Varbind{{OID: source, Value: pdu.Value{Type: pdu.NoSuchInstance}}}); ok {
		t.Errorf("%+v", u)
	}
	u, ok := Read([]pdu.Varbind{
		{OID: source, Value: pdu.Int(0)}, {OID: battery, Value: pdu.Int(9)}, {OID: minutesLeft, Value: pdu.Int(-1)},
		{OID: charge, Value: pdu.Value{Type: pdu.Null}}, {OID: InputVolts.With(1, 2), Value: pdu.Int(5)},
	})
	if got := u.Readings("ups1", reading.Stamp{}); !ok || len(got) > 1 {
		t.Errorf("%+v", got)
	}
}

// FuzzRead: no answer makes the reader panic or read outside the MIB's values.
func FuzzRead(f *testing.F) {
	f.Add(byte(4), byte(1), byte(2), uint64(5), []byte("x"))
	f.Add(byte(3), byte(3), byte(4), uint64(1<<63), []byte("231"))
	f.Fuzz(func(t *testing.T, group, object, kind byte, n uint64, octets []byte) {
		v := pdu.Value{Type: pdu.Type(kind), Num: n, Octets: octets}
		base := tree.With(uint32(group), uint32(object))
		u, _ := Read([]pdu.Varbind{{OID: base, Value: v}, {OID: base.With(0), Value: v}, {OID: base.With(1, 3, 1), Value: v}, {OID: base.With(1, 5, uint32(n)), Value: v}})
		for _, r := range u.Readings("u", reading.Stamp{}) {
			if r.Value < 0 || r.Point.Kind == reading.UPSSource && (r.Value < 1 || r.Value > 7) {
				t.Errorf("%+v", r)
			}
		}
		u.Facts("u", reading.Stamp{})
	})
}

// Numbers that no UPS measures stand for no value.
func TestNoValue(t *testing.T) {
	u, _ := Read([]pdu.Varbind{
		{OID: minutesLeft, Value: pdu.Int(65535)}, {OID: charge, Value: pdu.Gauge(255)}, {OID: onBattery, Value: pdu.Int(2147483647)},
		{OID: batteryTemp, Value: pdu.Int(65535)}, {OID: InputVolts.With(1), Value: pdu.Int(65535)}, {OID: OutputLoad.With(1), Value: pdu.Int(200)},
		{OID: OutputLoad.With(2), Value: pdu.Int(65535)},
	})
	if u.MinutesLeft.Present || u.SecondsLeft.Present || u.Charge.Present || u.SecondsOn.Present || u.BatteryCelsius.Present || u.InputVolts != nil || u.Load() != pdu.Some(200) {
		t.Errorf("%+v", u)
	}
}

// Frequencies come in 0.1 Hz, and from some agents in 1 or 0.01 Hz.
func TestHertz(t *testing.T) {
	u, _ := Read([]pdu.Varbind{
		{OID: InputHertz.With(1), Value: pdu.Int(499)}, {OID: InputHertz.With(2), Value: pdu.Int(50)}, {OID: InputHertz.With(3), Value: pdu.Int(5001)},
		{OID: InputHertz.With(4), Value: pdu.Int(0)}, {OID: InputHertz.With(5), Value: pdu.Int(65535)}, {OID: charge, Value: pdu.Int(90)},
	})
	var got []uint64
	for _, l := range u.InputHertz {
		got = append(got, l.Value.Value)
	}
	if want := []uint64{499, 500, 500, 0}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
