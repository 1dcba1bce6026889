package profile

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// recordings holds walks of real devices with their truth. They are not part of
// this repository (they are under another licence) and are read where present.
const recordings = "../../../shared/recordings"

type fact struct {
	MIB   string  `json:"mib"`
	Class string  `json:"class"`
	OID   string  `json:"oid"`
	Value float64 `json:"value"`
}

// canonical returns a fact in our classes and units: theirs has minutes for
// runtime, seconds under another name, and another word for optical power.
func (f fact) canonical() fact {
	switch f.Class {
	case "runtime":
		f.Value *= 60
	case "delay":
		f.Class = "runtime"
	case "dbm":
		f.Class = "optical_power"
	}
	f.OID = strings.TrimPrefix(f.OID, ".")
	return f
}

func loadTruth(t *testing.T) map[string][]fact {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(recordings, "truth.json"))
	if os.IsNotExist(err) {
		t.Skipf("no recordings in %s: real devices are not tried", recordings)
	}
	all := make(map[string]struct {
		Sensors []fact `json:"sensors"`
	})
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	truth := make(map[string][]fact)
	for name, device := range all {
		truth[name] = nil // also without sensors
		for _, f := range device.Sensors {
			truth[name] = append(truth[name], f.canonical())
		}
	}
	return truth
}

// loadRecording reads lines of OID|TAG|VALUE; lines that no agent could have sent
// are passed over.
func loadRecording(t *testing.T, name string) []pdu.Varbind {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(recordings, name+".snmprec"))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[pdu.OID]pdu.Value)
	for line := range strings.Lines(string(raw)) {
		part := strings.SplitN(strings.TrimRight(line, "\r\n"), "|", 3)
		if len(part) != 3 {
			continue
		}
		oid, err := pdu.ParseOID(part[0])
		if v, ok := recorded(part[1], part[2]); ok && err == nil {
			all[oid] = v
		}
	}
	var vbs []pdu.Varbind
	for oid, v := range all {
		vbs = append(vbs, pdu.Varbind{OID: oid, Value: v})
	}
	return vbs
}

func recorded(tag, text string) (pdu.Value, bool) {
	kind, err := strconv.Atoi(strings.TrimRight(tag, "xe"))
	v := pdu.Value{Type: pdu.Type(kind), Octets: []byte(text)}
	if err != nil {
		return v, false
	}
	if strings.HasSuffix(tag, "x") {
		v.Octets, err = hex.DecodeString(text)
		return v, err == nil
	}
	switch v.Type {
	case pdu.Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		return pdu.Int(n), err == nil
	case pdu.Counter32, pdu.Gauge32, pdu.TimeTicks, pdu.Counter64:
		v.Num, err = strconv.ParseUint(text, 10, 64)
		return v, err == nil
	case pdu.ObjectID:
		oid, err := pdu.ParseOID(text)
		return pdu.Identifier(oid), err == nil
	}
	return v, v.Type == pdu.OctetString
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
	vbs := loadRecording(t, name)
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
			case !f.equals(s):
				t.Errorf("%s: %s is %s %v, want %s %v", name, f.OID, s.Class, s.Value, f.Class, f.Value)
			default:
				matched++
			}
		}
		t.Logf("%s: %d sensors, profiles %v", name, len(sensors), profiles)
	}
	t.Logf("%d matched", matched)
}

func (f fact) equals(s sensor.Sensor) bool {
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
		vbs := loadRecording(t, name)
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
