package entity

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
	"rackvakt/snmp/sensor/sensortest"
)

// Every row that is true of a real device is read, by its own instance or by
// that of the same sensor in the other table.
func TestRecordings(t *testing.T) {
	truth := sensortest.Truth(t)
	matched, missing := make(map[string]int), make(map[string]int)
	for _, name := range slices.Sorted(maps.Keys(truth)) {
		e := Read(sensortest.Recording(t, name))
		by := make(map[string]sensor.Sensor)
		for _, s := range e.Sensors {
			by[s.OID.String()] = s
			for _, oid := range s.Also {
				by[oid.String()] = s
			}
		}
		for _, want := range truth[name] {
			if want.MIB != "ENTITY-SENSOR" && want.MIB != "CISCO-ENTITY-SENSOR" && want.MIB != "ENTITY-SENSOR(reinterpreted)" {
				continue
			}
			if got := by[want.OID]; same(got, want) {
				matched[want.MIB]++
			} else {
				missing[want.MIB]++
				t.Logf("%s: %s is %s %q %v, not %+v", name, want.OID, got.Class, got.Name, got.Value, want)
			}
		}
		if len(e.Sensors)+len(e.Parts)+len(e.Problems) > 0 {
			whole, _ := e.Whole()
			t.Logf("%s: %d sensors, %d parts, %q %q %q %q, problems %q", name, len(e.Sensors), len(e.Parts),
				whole.Vendor, whole.Model, whole.Serial, whole.Version(), e.Problems)
		}
	}
	t.Logf("matched %v, missing %v; the reinterpreted row of a PSU is the status of its sensor, which is no sensor here", matched, missing)
	if missing["ENTITY-SENSOR"] > 0 || missing["CISCO-ENTITY-SENSOR"] > 0 || matched["ENTITY-SENSOR"]*matched["CISCO-ENTITY-SENSOR"] == 0 {
		t.Error("not all rows are read")
	}
}

func same(got sensor.Sensor, want sensortest.Row) bool {
	class := sensor.Class(want.Class)
	if class == "dbm" {
		class = sensor.OpticalPower
	}
	value, err := sensor.ParseDecimal(strconv.FormatFloat(want.Value, 'f', -1, 64))
	return err == nil && got.Class == class && got.Value == value
}

// What only one of two tables can tell is known for real devices.
func TestRecordedOddities(t *testing.T) {
	truth := sensortest.Truth(t)
	for name, c := range map[string]struct {
		sensors  int
		problems []string
	}{
		"awplus_sfp": {0, []string{"ENTITY-SENSOR: type and scale not told: not guessed (index 35, 36, 37, 38 and 4 more)"}},
		"iosxe_ir1101": {6, []string{
			"CISCO-ENTITY-SENSOR: status not told: taken as ok (index 4001, 4128, 4129, 4130 and 2 more)",
			"ENTITY-SENSOR: type other tells no unit: not guessed; taken from CISCO-ENTITY-SENSOR (index 4131, 4132)",
		}},
	} {
		if truth[name] == nil {
			t.Errorf("no recording of %s", name)
			continue
		}
		e := Read(sensortest.Recording(t, name))
		if len(e.Sensors) != c.sensors || !slices.Equal(e.Problems, c.problems) {
			t.Errorf("%s: %d sensors, problems %q", name, len(e.Sensors), e.Problems)
		}
	}
	e := Read(sensortest.Recording(t, "iosxe_ir1101"))
	for _, s := range e.Sensors {
		t.Logf("%s %s %q %v %s also %v limits %+v port %v", s.OID, s.Class, s.Name, s.Value, s.Unit, s.Also, s.Limits, e.IfIndex(s.OID.Arc(s.OID.Len()-1)))
		if s.OID == cisco.entry.With(colValue, 4132) && s.Limits != (sensor.Limits{
			LowCritical: sensor.Dec(-23, 0), LowWarning: sensor.Dec(-22, 0), HighWarning: sensor.Dec(-3, 0), HighCritical: sensor.Dec(-2, 0),
		}) {
			t.Errorf("limits %+v", s.Limits)
		}
	}
	if e.Sensors[0].OID != pdu.MustOID("1.3.6.1.2.1.99.1.1.1.4.4001") || e.Sensors[0].Limits.HighCritical != sensor.Dec(80, 0) {
		t.Errorf("%+v", e.Sensors[0])
	}
}
