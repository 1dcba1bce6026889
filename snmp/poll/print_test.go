package poll

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/poe"
	"rackvakt/snmp/sensor"
	"rackvakt/snmp/snmptest"
)

func TestPrint(t *testing.T) {
	a := snmptest.New()
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3, Descr: strings.Repeat("long ", 60)})
	snmptest.NewUPS(a, "nätskåp 1")
	m.SetUp(2, false)
	m.SetAdmin(3, false)
	m.SetAlias(1, "Läkarexp. "+strings.Repeat("x", 40))
	r, err := Once(t.Context(), optionsV2(snmptest.Start(t, a)))
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		Swedish: {"nätskåp 1", "läge", "uppe", "nere", "avstängd", "1 Gbit/s", "matas från     nät", "batteri        gott"},
		English: {"nätskåp 1", "state", "up", "down", "off", "1 Gbit/s", "power from     mains", "battery        good"},
	} {
		var b strings.Builder
		if err := r.WriteTable(&b, lang); err != nil {
			t.Fatal(err)
		}
		t.Log("\n" + b.String())
		for _, w := range want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s: no %q", lang, w)
			}
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > tableWidth {
				t.Errorf("%s: a line of %d characters: %s", lang, n, line)
			}
		}
	}
}

// Absent is null, and never 0 or "".
func TestJSONNull(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 1, Narrow: true})
	a.Delete("1.3.6.1.2.1.2.2.1.16")
	a.Delete("1.3.6.1.2.1.2.2.1.8")
	a.Delete("1.3.6.1.2.1.1.5.0")
	r, err := Once(t.Context(), optionsV2(snmptest.Start(t, a)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Device     map[string]any   `json:"device"`
		Interfaces []map[string]any `json:"interfaces"`
		UPS        any              `json:"ups"`
		Problems   []string         `json:"problems"`
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"sys_name", "vendor", "model", "serial", "version", "profile"} {
		if v, ok := got.Device[key]; !ok || v != nil {
			t.Errorf("device.%s is %v, want null", key, v)
		}
	}
	port := got.Interfaces[0]
	for _, key := range []string{"oper", "alias", "duplex", "out_octets"} {
		if v, ok := port[key]; !ok || v != nil {
			t.Errorf("interfaces[0].%s is %v, want null", key, v)
		}
	}
	if port["name"] != "Port 1/1" || port["speed_bps"] != 1e9 || port["in_errors"] != 0.0 || got.UPS != nil || got.Problems == nil {
		t.Errorf("%s", b.String())
	}
}

// What is told of power over Ethernet: supplies, and ports that feed or are not well.
func TestPrintPoE(t *testing.T) {
	watts := func(n int64) sensor.Decimal { return sensor.Dec(n, 0) }
	idle := poe.Port{Group: 1, Index: 1, Detection: "searching"}
	r := Result{PoE: &poe.PoE{Ports: []poe.Port{idle}}}
	for lang, want := range map[string]string{
		Swedish: "PoE läge klass levererar budget\n1 på 41 W 370 W\n1.2 matar 4 6 W -\ngi3 fel - -\n",
		English: "PoE state class delivered budget\n1 on 41 W 370 W\n1.2 delivers 4 6 W -\ngi3 fault - -\n",
	} {
		if out := written(t, r, lang); strings.Contains(out, "PoE") {
			t.Errorf("%s: a heading for nothing\n%s", lang, out)
		}
		full := Result{PoE: &poe.PoE{Supplies: []poe.Supply{{Group: 1, StatusWord: "on", Budget: watts(370), Consumption: watts(41)}},
			Ports: []poe.Port{idle, {Group: 1, Index: 2, Detection: "deliveringPower", Class: pdu.Some(4), Consumption: watts(6)}, {Name: "gi3", Detection: "fault"}}}}
		if out := written(t, full, lang); !strings.Contains(regexp.MustCompile(" +").ReplaceAllString(out, " "), want) {
			t.Errorf("%s:\n%s", lang, out)
		}
	}
}

// Words for people: a port without a speed, one that is not there, states, times.
func TestPrintWords(t *testing.T) {
	missing, up := "notPresent", "up"
	r := Result{
		Device:     DeviceInfo{Uptime: pointer(90_000.0)},
		Interfaces: []Interface{{Index: 1, Oper: &missing, Speed: pdu.Some(0)}, {Index: 2, Oper: &up, Speed: pdu.Some(1e9)}},
		Sensors: []sensor.Sensor{{Name: "Fan", Class: sensor.State, Word: "not present"}, {Name: "Left", Class: sensor.Runtime, Value: sensor.Dec(3725, 0), Unit: "s"},
			{Name: "Odd", Class: sensor.State, Word: "eigenartig"}},
	}
	for lang, wants := range map[string][]string{
		Swedish: {"drifttid       1 dygn 01:00:00", "läge            saknas", "tid             01:02:05", "eigenartig", "1                                          saknas                  -"},
		English: {"running for    1 day 01:00:00", "state           not present", "runtime         01:02:05", "eigenartig", "1                                          not present             -"},
	} {
		out := written(t, r, lang)
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", lang, want, out)
			}
		}
	}
}

func pointer[T any](v T) *T { return &v }

func written(t *testing.T, r Result, lang string) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteTable(&b, lang); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
