package profile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor/sensortest"
	"rackvakt/snmp/ups"
)

func builtin(t *testing.T) map[string]*Profile {
	t.Helper()
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]*Profile)
	for _, p := range all {
		byName[p.Name] = p
	}
	return byName
}

func underRoot(root string, values map[string]pdu.Value) []pdu.Varbind {
	var vbs []pdu.Varbind
	for oid, v := range values {
		vbs = append(vbs, pdu.Varbind{OID: pdu.MustOID(root + oid), Value: v})
	}
	return vbs
}

// What a UPS tells in its vendor's MIB becomes what UPS-MIB would have told.
func TestReadUPS(t *testing.T) {
	xups := pdu.MustOID("1.3.6.1.4.1.534.1")
	for _, c := range []struct {
		profile, root string
		values        map[string]pdu.Value
		want          string
	}{
		{
			"apc-ups", "1.3.6.1.4.1.318.1.1",
			map[string]pdu.Value{
				".1.4.1.1.0": pdu.Int(3), ".1.2.1.1.0": pdu.Int(3), ".1.2.1.2.0": pdu.Ticks(4200), ".1.2.2.3.0": pdu.Ticks(89_900),
				".1.2.2.1.0": pdu.Gauge(97), ".1.2.3.1.0": pdu.Gauge(974), ".1.4.3.3.0": pdu.Int(-1), ".1.4.2.3.0": pdu.Gauge(31),
				".1.3.2.1.0": pdu.Gauge(231), ".1.2.2.4.0": pdu.Int(2), ".1.11.1.1.0": pdu.Text("0101100010000000"), ".1.1.1.1.0": pdu.Text("Smart-UPS"),
			},
			"APC Smart-UPS battery low left 899 s 14 min on 42 charge 97 load 31 volts [{1 231}] replace 1 overload 1",
		},
		{
			"apc-ups", "1.3.6.1.4.1.318.1.1",
			map[string]pdu.Value{".1.4.1.1.0": pdu.Int(2), ".1.11.1.1.0": pdu.Text("UNKNOWN"), ".1.2.2.4.0": pdu.Int(1)},
			"APC normal left - s - min on - charge - load - volts [] replace 0 overload -",
		},
		{
			"delta-ups", "1.3.6.1.4.1.2254.2.4",
			map[string]pdu.Value{
				".5.1.0": pdu.Int(4), ".7.2.0": pdu.Int(0), ".7.1.0": pdu.Int(0), ".7.5.0": pdu.Int(11), ".7.8.0": pdu.Int(100), ".5.3.0": pdu.Int(3),
				".5.7.0": pdu.Int(10), ".5.11.0": pdu.Int(40), ".5.15.0": pdu.Int(20), ".4.1.0": pdu.Int(1), ".4.3.0": pdu.Int(2296), ".4.6.0": pdu.Int(0), ".9.12.0": pdu.Int(0),
			},
			"Delta booster normal left 660 s 11 min on - charge 100 load 40 volts [{1 230}] replace 0 overload 0",
		},
		{
			"eaton-xups", "1.3.6.1.4.1.534.1",
			map[string]pdu.Value{
				".4.5.0": pdu.Int(10), ".2.1.0": pdu.Int(1234), ".2.4.0": pdu.Int(88), ".3.4.1.2.1": pdu.Int(230), ".3.4.1.2.2": pdu.Int(229),
				".7.1.0": pdu.Gauge(1), ".7.2.1.2.5": pdu.Identifier(xups.With(7, 7)),
			},
			"Eaton normal left 1234 s 20 min on - charge 88 load - volts [{1 230} {2 229}] replace 0 overload 1",
		},
		{
			"eaton-xups", "1.3.6.1.4.1.534.1",
			map[string]pdu.Value{".4.5.0": pdu.Int(3), ".7.1.0": pdu.Gauge(2), ".7.2.1.2.5": pdu.Identifier(xups.With(7, 3))},
			"Eaton normal left - s - min on - charge - load - volts [] replace - overload -",
		},
	} {
		fit := []*Profile{builtin(t)[c.profile]}
		vbs := underRoot(c.root, c.values)
		u, ok := ReadUPS(fit, vbs)
		if got := inWords(u); !ok || got != c.want {
			t.Errorf("%s: %s\nwant %s", c.profile, got, c.want)
		}
		for _, vb := range vbs {
			if strings.Contains(vb.OID.String(), ".534.1.7.2.1.2.") || vb.OID == fit[0].Device.Model.oid {
				continue
			}
			if !slices.Contains(UPSWanted(fit), vb.OID) {
				t.Errorf("%s: %s is read and not wanted", c.profile, vb.OID)
			}
		}
	}
	if u, ok := ReadUPS([]*Profile{builtin(t)["apc-ups"]}, underRoot("1.3.6.1.4.1.318.1.1", map[string]pdu.Value{".1.4.1.1.0": pdu.Int(99)})); ok {
		t.Errorf("a number without a word: %+v", u)
	}
}

func inWords(u ups.UPS) string {
	n := func(v pdu.Number) string {
		if !v.Present {
			return "-"
		}
		return fmt.Sprint(v.Value)
	}
	words := strings.Fields(strings.Join([]string{u.Manufacturer, u.Model, u.SourceWord(), u.BatteryWord()}, " "))
	var volts []string
	for _, l := range u.InputVolts {
		volts = append(volts, fmt.Sprintf("{%d %s}", l.Index, n(l.Value)))
	}
	return fmt.Sprintf("%s left %s s %s min on %s charge %s load %s volts %s replace %s overload %s", strings.Join(words, " "),
		n(u.SecondsLeft), n(u.MinutesLeft), n(u.SecondsOn), n(u.Charge), n(u.Load()), volts, n(u.Replace), n(u.Overload))
}

// A recorded UPS without UPS-MIB tells what is decided on; -1 is no value.
func TestRecordedUPS(t *testing.T) {
	if _, ok := loadTruth(t)["apc_smt750x-nmc2"]; !ok {
		t.Skip("no recording of an APC UPS")
	}
	u, ok := ReadUPS([]*Profile{builtin(t)["apc-ups"]}, sensortest.Recording(t, "apc_smt750x-nmc2"))
	const want = "APC Smart-UPS X 750 normal left 109762 s 1829 min on - charge 100 load 0 volts [{1 119}] replace 0 overload -"
	if got := inWords(u); !ok || got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestUPSMistakes(t *testing.T) {
	const head = "name: x\nmib: [X-MIB]\nmatch: {object_id: [1.3.6.1.4.1.1]}\nroot: 1.3.6.1.4.1.1\nscalars:\n  - {at: .1, class: count, name: a}\nups:\n  "
	for src, want := range map[string]string{
		"source: [{at: .1.0@, words: {3: mains}}]":    `x.yaml:8:32: ups.source[0].words.3: found "mains"; want a word of RFC 1628 for it`,
		"battery: [{at: .1.0@, words: {3: battery}}]": `ups.battery[0].words.3: found "battery"`,
		"source: [{at: .1, words: {3: normal}}]":      `x.yaml:8:13: ups.source[0].at: found ".1"; want an instance and @`,
		"source: [{at: .1.0@}]":                       `ups.source[0].words: missing`,
		"replace: [{at: .1.0@}]":                      `ups.replace[0].is: missing`,
		"replace: [{at: .1.0@, alarms: .2}]":          `ups.replace[0].of: missing`,
		"charge: [{at: .1.0@, line: 2}]":              `ups.charge[0].line: found "2"; want a line of load or input_volts only`,
		"runtime: [{at: .1.0@, divide: -1}]":          `ups.runtime[0].divide: found "-1"`,
		"load: [{at: .1.0@, when: [{at: .2.0@}]}]":    `ups.load[0].when[0]: missing; want at, and is or not`,
		"overload: [{at: .1.0@, digit: -1, is: [1]}]": `ups.overload[0].digit: found "-1"`,
		"on_battery: [{at: .1.0@, unit: s}]":          `ups.on_battery[0].unit: found an unknown key`,
		"input_volts: [{at: \"#1\"}]":                 `ups.input_volts[0].at: found "#1"; want an instance and @`,
		"input_volts: []\ntables: [{entry: .2, part: x, columns: [{at: 1, class: count, name: a}]}]": `tables[0].part: found "x"; want one of fan supply heat battery poe optic`,
	} {
		_, err := Parse("x.yaml", []byte(head+src))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant %s", src, err, want)
		}
	}
}
