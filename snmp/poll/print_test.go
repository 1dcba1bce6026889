package poll

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"rackvakt/snmp/snmptest"
)

func TestPrint(t *testing.T) {
	a := snmptest.New()
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3, Descr: strings.Repeat("long ", 60)})
	snmptest.NewUPS(a, "nätskåp 1")
	m.SetUp(2, false)
	m.SetAdmin(3, false)
	m.SetAlias(1, "Läkarexp. "+strings.Repeat("x", 40))
	r, err := Once(t.Context(), optionsV2(start(t, a)))
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		Swedish: {"nätskåp 1", "läge", "uppe", "nere", "avstängd", "1 Gbit/s", "matas från     nät", "batteri        gott"},
		English: {"nätskåp 1", "state", "up", "down", "off", "1 Gbit/s", "power from     normal", "battery        good"},
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
	r, err := Once(t.Context(), optionsV2(start(t, a)))
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
