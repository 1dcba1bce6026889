package ups

import (
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
