package profile

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

const sample = `
name: sample
mib: [SAMPLE-MIB]
match: {object_id: [1.3.6.1.4.1.9999], present: [.1]}
root: 1.3.6.1.4.1.9999
device: {vendor: Sample, model: .9.1.0@}
states:
  load: {1: normal ok, 2: near overload warning}
scalars:
  - {at: .1.1, class: temperature, name: Inlet, divide: 10, skip: [-1], limits: {high_warning: .1.2, high_critical: .1.3}}
  - {at: .1.4, class: charge, name: Battery, unless: [1.3.6.1.2.1.33.1.2.4]}
tables:
  - entry: .2.1
    name: "Outlet {2}"
    when: [{at: 9, not: [empty]}]
    columns:
      - {at: 3, class: current, digits: 4, status: {at: 5, states: load}}
      - {at: 5, class: state, name: "Load {.3@1} {#2}", states: load}
      - {at: 6, class: temperature, when: [{at: "#1", is: [1]}], fahrenheit: true}
      - {at: 6, class: temperature}
      - {at: 7, class: optical_power, part: optic, divide: 1000, decibel: true}
  - entry: .4.1
    name: "Fan {#}"
    part: fan
    columns:
      - {at: 1, class: state, states: load, numbers: {Normal: 1, Error: 2}}
      - {at: 2, class: temperature, part: heat, same: [1.3.6.1.2.1.99.1.1.1.4]}
      - {at: 3, class: fanspeed, elsewhere: [{at: .5.1, is: [10]}]}
`

func parse1(t *testing.T, src string) *Profile {
	t.Helper()
	p, err := Parse("sample.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func answers(values map[string]pdu.Value) []pdu.Varbind {
	var vbs []pdu.Varbind
	for oid, v := range values {
		full := "1.3.6.1.4.1.9999" + oid
		if !strings.HasPrefix(oid, ".") {
			full = oid
		}
		vbs = append(vbs, pdu.Varbind{OID: pdu.MustOID(full), Value: v})
	}
	return vbs
}

// brief is a sensor in one line.
func brief(s sensor.Sensor) string {
	parts := []string{strings.TrimPrefix(s.OID.String(), "1.3.6.1.4.1.9999"), string(s.Class), s.Name}
	for _, part := range []string{s.Word, s.Status, string(s.Part)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "|")
}

func TestRead(t *testing.T) {
	vbs := answers(map[string]pdu.Value{
		".1.1.0": pdu.Int(215), ".1.2.0": pdu.Int(200), ".1.3.0": pdu.Int(300), ".1.4.0": pdu.Int(87), ".1.1.7": pdu.Int(1),
		".2.1.2.1.4": pdu.Text("NAS"), ".2.1.3.1.4": pdu.Gauge(1250), ".2.1.4.1.4": pdu.Int(3), ".2.1.5.1.4": pdu.Int(2),
		".2.1.3.1.5": pdu.Gauge(1), ".2.1.9.1.5": pdu.Text("empty"), ".2.1.5.2.1": pdu.Int(7), ".3.1": pdu.Text("A"),
		".2.1.6.1.4": pdu.Int(212), ".2.1.6.2.4": pdu.Text("21.5 C"), ".2.1.7.1.4": pdu.Int(1000), ".2.1.7.1.5": pdu.Int(0),
		".2.1.7.1.6": pdu.Value{Type: pdu.NoSuchInstance},
		".4.1.1.1":   pdu.Text("Error"), ".4.1.1.2": pdu.Text("Absent"), ".4.1.2.1": pdu.Int(40), ".4.1.2.2": pdu.Int(41),
	})
	want := map[string]string{
		".1.1.0|temperature|Inlet|warning": "21.5", ".1.4.0|charge|Battery": "87", ".2.1.3.1.4|current|Outlet NAS|warning": "1.25",
		".2.1.5.1.4|state|Load A 4|near overload|warning": "2", ".2.1.5.2.1|state|Load 1|unknown": "7",
		".2.1.6.1.4|temperature|Outlet NAS": "100", ".2.1.6.2.4|temperature|Outlet 2.4": "21.5", ".2.1.7.1.4|optical_power|Outlet NAS|optic": "0",
		".4.1.1.1|state|Fan 1|near overload|warning|fan": "2", ".4.1.2.2|temperature|Fan 2|heat": "41",
	}
	got := make(map[string]string)
	for _, s := range Read([]*Profile{parse1(t, sample)}, vbs, []pdu.OID{pdu.MustOID("1.3.6.1.2.1.99.1.1.1.4.1")}) {
		got[brief(s)] = s.Value.String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A sensor that a standard MIB gave is not told again, and an object is one sensor.
func TestEachSensorOnce(t *testing.T) {
	vbs := answers(map[string]pdu.Value{".1.4.0": pdu.Int(87), ".1.1.0": pdu.Int(200), "1.3.6.1.2.1.33.1.2.4.0": pdu.Int(88)})
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	all = append([]*Profile{parse1(t, sample)}, all...)
	fit := Select(all, pdu.MustOID("1.3.6.1.4.1.9999.5"), vbs)
	charge := 0
	for _, s := range Read(fit, vbs, nil) {
		if s.Class == "charge" {
			charge++
			if s.Value.String() != "88" {
				t.Errorf("the vendor's charge was taken: %+v", s)
			}
		}
	}
	if charge != 1 {
		t.Errorf("%d charges", charge)
	}
	if got := Read(fit[1:], vbs, []pdu.OID{pdu.MustOID("1.3.6.1.4.1.9999.1.1.0")}); len(got) != 1 {
		t.Errorf("what was read before is read again: %+v", got)
	}
}

// A threshold that is not enabled is no limit, whatever number it has, and what no
// sensor can measure is no value.
func TestNoValue(t *testing.T) {
	p := parse1(t, `
name: sample
mib: [SAMPLE-MIB]
match: {object_id: [1.3.6.1.4.1.9999]}
root: 1.3.6.1.4.1.9999
tables:
  - entry: .1.1
    name: "{#}"
    columns:
      - {at: 1, class: temperature, divide: 10, limits: {enabled: 9, low_critical: 2, low_warning: 3, high_warning: 4, high_critical: 5}}
      - {at: 6, class: energy}
`)
	vbs := answers(map[string]pdu.Value{
		".1.1.1.1": pdu.Int(215), ".1.1.2.1": pdu.Int(0), ".1.1.3.1": pdu.Int(0), ".1.1.4.1": pdu.Int(300), ".1.1.5.1": pdu.Int(350), ".1.1.9.1": pdu.Bytes([]byte{0x30}),
		".1.1.1.2": pdu.Int(215), ".1.1.4.2": pdu.Int(300), ".1.1.9.2": pdu.Bytes([]byte{0}),
		".1.1.1.3": pdu.Int(215), ".1.1.4.3": pdu.Int(300),
		".1.1.1.4": pdu.Int(65535), ".1.1.1.5": pdu.Int(-999), ".1.1.1.6": pdu.Int(2147483647), ".1.1.6.4": pdu.Count64(1 << 32), ".1.1.6.5": pdu.Gauge(1<<32 - 1),
	})
	deg := func(n int64) sensor.Decimal { return sensor.Dec(n, 0) }
	want := map[string]sensor.Limits{
		"1": {HighWarning: deg(30), HighCritical: deg(35)}, "2": {}, "3": {HighWarning: deg(30)}, "4": {},
	}
	got := make(map[string]sensor.Limits)
	for _, s := range Read([]*Profile{p}, vbs, nil) {
		got[s.Name] = s.Limits
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What another MIB of the device tells is left to it, kind by kind.
func TestElsewhere(t *testing.T) {
	p := parse1(t, sample)
	for kind, want := range map[int64]int{10: 0, 8: 1} {
		vbs := answers(map[string]pdu.Value{".4.1.3.1": pdu.Int(4000), ".5.1.7": pdu.Int(3), ".5.1.9": pdu.Int(kind)})
		if got := Read([]*Profile{p}, vbs, nil); len(got) != want {
			t.Errorf("with kind %d elsewhere: %+v", kind, got)
		}
	}
}

func TestSelect(t *testing.T) {
	p := parse1(t, sample)
	here := answers(map[string]pdu.Value{".1.1.0": pdu.Int(1)})
	for _, c := range []struct {
		objectID string
		vbs      []pdu.Varbind
		fits     int
	}{
		{"1.3.6.1.4.1.9999.5", here, 1}, {"1.3.6.1.4.1.9999", here, 1}, {"1.3.6.1.4.1.99990", here, 0}, {"1.3.6.1.4.1.9999.5", nil, 0},
	} {
		if got := len(Select([]*Profile{p}, pdu.MustOID(c.objectID), c.vbs)); got != c.fits {
			t.Errorf("%s with %d values: %d profiles", c.objectID, len(c.vbs), got)
		}
	}
	w := p.Wanted()
	if len(w.Instances) != 5 || len(w.Columns) != 12 {
		t.Errorf("%v %v", w.Instances, w.Columns)
	}
}

func TestMistakes(t *testing.T) {
	const head = "name: x\nmib: [X-MIB]\nmatch: {object_id: [1.3.6.1.4.1.1]}\nroot: 1.3.6.1.4.1.1\nstates:\n  s: {1: fine ok}\nscalars:\n  - "
	for src, want := range map[string]string{
		head + "{at: .1, class: volts, name: a}":                                `x.yaml:8:21: scalars[0].class: found "volts"; want one of `,
		head + "{at: .1, class: state, name: a}":                                `x.yaml:8:6: scalars[0].states: missing; want the name of a list of states`,
		head + "{at: .1, class: state, name: a, states: t}":                     `x.yaml:8:37: scalars[0].states: found "t"; want a name under states`,
		head + "{at: 4, class: count, name: a}":                                 `x.yaml:8:6: scalars[0].at: found "4"; want a whole identifier, or root or entry above it`,
		head + "{at: .1, class: count, name: \"a {b}\"}":                        `x.yaml:8:34: scalars[0].name: found "a {b}"; want text with references in braces`,
		head + "{at: .1, class: count}":                                         `x.yaml:8:6: scalars[0].name: missing; want a name`,
		head + "{at: .1, class: count, name: a, unit: V}":                       `x.yaml:8:37: scalars[0].unit: found an unknown key`,
		head + "{at: .1, class: count, name: a, elsewhere: [{at: 4, is: [1]}]}": `scalars[0].elsewhere[0].at: found "4"`,
		head + "{at: .1, class: count, name: a, when: [{at: .2}]}":              `scalars[0].when[0]: missing; want at, and is or not`,
		head + "{at: .1, class: count, name: a, divide: -3}":                    `scalars[0].divide: found "-3"; want a whole number above 0`,
		"name: x\nmib: [X]\nmatch: {}\nscalars:\n  - {at: 1.3}":                 `want object_id or present`,
		"name: x\nmib: [X]\nstates:\n  s: {1: fine}\n":                          `x.yaml:4:10: states.s.1: found "fine"; want words and then ok, warning, critical or unknown`,
		"name: x\nmib: [X]\nstates:\n  s: {one: fine ok}\n":                     `states.s.one: found "one"; want a number before the words`,
		"name: x\nmib: [X]\nmatch: {present: [.1]}\ntables:\n  - {}\n":          `match.present[0]: found ".1"; want a whole identifier`,
	} {
		_, err := Parse("x.yaml", []byte(src))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", src, err, want)
		}
	}
}

// Every embedded file loads, has a name of its own and its file's name.
func TestBuiltin(t *testing.T) {
	all, err := Builtin()
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	for _, p := range all {
		if _, err := embedded.ReadFile("data/" + p.Name + ".yaml"); err != nil {
			t.Errorf("profile %s is in a file of another name", p.Name)
		}
	}
}

func TestFolder(t *testing.T) {
	base := []*Profile{parse1(t, sample)}
	better := strings.ReplaceAll(sample, "name: Inlet", "name: Room")
	fsys := fstest.MapFS{"a.yaml": {Data: []byte(better)}, "b.yaml": {Data: []byte(strings.Replace(sample, "sample", "other", 1))}, "c.txt": {Data: []byte("{")}}
	more, err := Load(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	all := Merge(base, more)
	if len(all) != 2 || all[0] != more[0] || all[1].Name != "other" || base[0] == all[0] {
		t.Errorf("%v", all)
	}
	fsys["d.yaml"] = &fstest.MapFile{Data: []byte(sample)}
	if _, err := Load(fsys, "."); err == nil || !strings.Contains(err.Error(), "its name sample is taken") {
		t.Errorf("two of one name: %v", err)
	}
	fsys["d.yaml"] = &fstest.MapFile{Data: []byte("name: [\n")}
	if _, err := Load(fsys, "."); err == nil || !strings.Contains(err.Error(), "d.yaml:") {
		t.Errorf("a broken file: %v", err)
	}
}

// FuzzParse: no file makes the loader panic, and what it takes can read anything.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("name: x\nscalars: [{at: \"#1\", name: \"{\"}]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Parse("x.yaml", src)
		if err == nil {
			p.Wanted()
			Read([]*Profile{p}, answers(map[string]pdu.Value{".1.1.0": pdu.Int(1)}), nil)
		}
	})
}

// FuzzRead: no answer makes the reader panic or tell a number that is none.
func FuzzRead(f *testing.F) {
	f.Add(byte(2), uint64(5), []byte("21.5 C"), uint32(3), uint32(1))
	f.Add(byte(68), uint64(0), []byte(floatPrefix+"\x7f\x80\x00\x00"), uint32(6), uint32(0))
	p, err := Parse("sample.yaml", []byte(sample))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind byte, n uint64, octets []byte, column, index uint32) {
		v := pdu.Value{Type: pdu.Type(kind), Num: n, Octets: octets}
		root := pdu.MustOID("1.3.6.1.4.1.9999")
		vbs := []pdu.Varbind{{OID: root.With(1, column, 0), Value: v}, {OID: root.With(2, 1, column), Value: v}}
		for c := range uint32(10) {
			vbs = append(vbs, pdu.Varbind{OID: root.With(2, 1, c, index), Value: v}, pdu.Varbind{OID: root.With(2, 1, c, index, index), Value: v})
		}
		for _, s := range Read([]*Profile{p}, vbs, nil) {
			if !s.Value.Present {
				t.Errorf("%+v", s)
			}
		}
		p.About(vbs)
	})
}
