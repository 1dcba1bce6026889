package poll

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

const sampleProfile = `
name: sample
mib: [SAMPLE-MIB]
match: {object_id: [1.3.6.1.4.1.8072], present: [1.3.6.1.4.1.9999]}
root: 1.3.6.1.4.1.9999
device: {vendor: Sample, model: .9.1.0@}
scalars:
  - {at: .1.1, class: temperature, name: Inlet, divide: 10}
tables:
  - entry: .2.1
    name: "Outlet {2}"
    columns:
      - {at: 3, class: current, divide: 100}
      - {at: 4, class: count}
      - {at: 5, class: count}
      - {at: 6, class: count}
      - {at: 7, class: count}
      - {at: 8, class: count}
      - {at: 9, class: count}
      - {at: 10, class: count}
      - {at: 11, class: count}
      - {at: 12, class: count}
      - {at: 13, class: count}
      - {at: 14, class: count}
`

// profileDir returns a folder with one profile.
func profileDir(t *testing.T, profile string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.yaml"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A profile of the folder is asked for and read, beside what a standard MIB tells,
// and both are shown to programs and people.
func TestSensorsOfProfiles(t *testing.T) {
	a := snmptest.New()
	snmptest.NewUPS(a, "ups1")
	a.Set("1.3.6.1.2.1.1.2.0", pdu.Identifier(pdu.MustOID("1.3.6.1.4.1.8072.3.2.10")))
	a.Set("1.3.6.1.4.1.9999.1.1.0", pdu.Int(215))
	a.Set("1.3.6.1.4.1.9999.9.1.0", pdu.Text("X1"))
	for row := range uint32(30) {
		a.Set(pdu.MustOID("1.3.6.1.4.1.9999.2.1.2").With(row).String(), pdu.Text("A"))
		a.Set(pdu.MustOID("1.3.6.1.4.1.9999.2.1.3").With(row).String(), pdu.Int(int64(100+row)))
	}
	a.Set("1.3.6.1.4.1.9999.2.1.14.7", pdu.Int(14)) // in the second request: more columns than are asked for at once
	o := optionsV2(snmptest.Start(t, a))
	o.ProfileDir = profileDir(t, sampleProfile)
	r, err := Once(t.Context(), o)
	if err != nil || len(r.Problems) > 0 {
		t.Fatal(err, r.Problems)
	}
	values := make(map[string]string)
	for _, s := range r.Sensors {
		values[s.OID.String()] = s.Value.String()
	}
	for oid, want := range map[string]string{
		"1.3.6.1.2.1.33.1.2.4.0": "100", "1.3.6.1.4.1.9999.1.1.0": "21.5", "1.3.6.1.4.1.9999.2.1.3.29": "1.29",
		"1.3.6.1.4.1.9999.2.1.14.7": "14",
	} {
		if got, ok := values[oid]; !ok || got != want {
			t.Errorf("%s is %v, want %v", oid, got, want)
		}
	}
	if show(r.Device.Profile) != "sample" {
		t.Errorf("profile %q", show(r.Device.Profile))
	}
	for lang, want := range map[string]string{Swedish: "temperatur      21,5 °C", English: "temperature     21.5 °C"} {
		var b strings.Builder
		if err := r.WriteTable(&b, lang); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%s: no %q in %s", lang, want, b.String())
		}
	}
}

// A broken file of the folder is told, and the profiles of the program still work.
func TestBrokenProfileFolder(t *testing.T) {
	a := snmptest.New()
	snmptest.NewUPS(a, "ups1")
	o := optionsV2(snmptest.Start(t, a))
	o.ProfileDir = profileDir(t, "name: x\nscalar: []\n")
	r, err := Once(t.Context(), o)
	if err != nil || len(r.Sensors) == 0 || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "x.yaml:2:1: scalar: found an unknown key") {
		t.Errorf("%v, %d sensors, problems %q", err, len(r.Sensors), r.Problems)
	}
}
