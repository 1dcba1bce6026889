package profile

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
	"rackvakt/snmp/sensor/sensortest"
)

type fact = sensortest.Row

func loadTruth(t *testing.T) map[string][]fact {
	t.Helper()
	truth := sensortest.Truth(t)
	for _, facts := range truth {
		for i, f := range facts {
			facts[i] = f.Canonical()
		}
	}
	return truth
}

func objectID(vbs []pdu.Varbind) pdu.OID {
	i := slices.IndexFunc(vbs, func(vb pdu.Varbind) bool { return vb.OID == pdu.MustOID("1.3.6.1.2.1.1.2.0") })
	if i < 0 {
		return ""
	}
	return vbs[i].Value.OID()
}

// readRecording is what the profiles make of a recording.
func readRecording(t *testing.T, all []*Profile, name string) (map[string]sensor.Sensor, []string) {
	t.Helper()
	vbs := sensortest.Recording(t, name)
	fit := Select(all, objectID(vbs), vbs)
	byOID := make(map[string]sensor.Sensor)
	for _, s := range Read(fit, vbs, nil) {
		byOID[s.OID.String()] = s
	}
	var names []string
	for _, p := range fit {
		names = append(names, p.Name)
	}
	return byOID, names
}

// leftOut lists facts that are no sensors here, by class and object, and why.
var leftOut = map[string]string{
	"count 1.3.6.1.4.1.9.9.661.1.3.2.1.6.4002":      "the object is the roaming state, read as such; as a number of cells it is a mistake of the other reader",
	"runtime 1.3.6.1.4.1.705.1.5.1.0":               "UPS-MIB tells the same sensor",
	"current 1.3.6.1.2.1.33.1.3.3.1.4.1":            "-1: not measured",
	"current 1.3.6.1.2.1.33.1.3.3.1.4.2":            "-1: not measured",
	"current 1.3.6.1.2.1.33.1.3.3.1.4.3":            "-1: not measured",
	"humidity 1.3.6.1.4.1.318.1.1.10.4.2.3.1.6.0.1": "-1: the probe has no humidity",
	"humidity 1.3.6.1.4.1.318.1.1.10.4.2.3.1.6.0.2": "-1: the probe has no humidity",
}

// Every value that two independent readings of a recording agree on is read from
// the same object, as the same class, with the same value.
func TestRecordings(t *testing.T) {
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	matched := 0
	for name, facts := range loadTruth(t) {
		sensors, profiles := readRecording(t, all, name)
		for _, f := range facts {
			if f.MIB != "private" && f.MIB != "UPS" {
				continue
			}
			s, ok := sensors[f.OID]
			switch {
			case leftOut[f.Class+" "+f.OID] != "" && (!ok || string(s.Class) != f.Class):
				t.Logf("%s: %s %s is left out: %s", name, f.Class, f.OID, leftOut[f.Class+" "+f.OID])
			case !ok:
				t.Errorf("%s: %s %s is not read", name, f.Class, f.OID)
			case !equals(f, s):
				t.Errorf("%s: %s is %s %v, want %s %v", name, f.OID, s.Class, s.Value, f.Class, f.Value)
			default:
				matched++
			}
		}
		t.Logf("%s: %d sensors, profiles %v", name, len(sensors), profiles)
	}
	t.Logf("%d matched", matched)
}

func equals(f fact, s sensor.Sensor) bool {
	v, err := strconv.ParseFloat(s.Value.String(), 64)
	return err == nil && string(s.Class) == f.Class && math.Abs(v-f.Value) <= 1e-6*math.Max(1, math.Abs(f.Value))
}

// What a file calls untested has no value in any recording, and all else has.
func TestUntestedIsTold(t *testing.T) {
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	tried := make(map[*Object]bool)
	for name := range loadTruth(t) {
		vbs := sensortest.Recording(t, name)
		r := reader{walk: newWalk(vbs), seen: make(map[pdu.OID]bool)}
		for _, p := range Select(all, objectID(vbs), vbs) {
			objects(p, func(o *Object, table bool) {
				before := len(r.sensors)
				r.object(p, o, table)
				tried[o] = tried[o] || len(r.sensors) > before
			})
		}
	}
	for _, p := range all {
		objects(p, func(o *Object, _ bool) {
			if tried[o] == o.Untested {
				t.Errorf("%s: %s, class %s: untested is %v, but a recording has it: %v", p.Name, o.At.oid, o.Class, o.Untested, tried[o])
			}
		})
	}
}

func objects(p *Profile, visit func(o *Object, table bool)) {
	for i := range p.Scalars {
		visit(&p.Scalars[i], false)
	}
	for _, t := range p.Tables {
		for i := range t.Columns {
			visit(&t.Columns[i], true)
		}
	}
}
