package profile

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// made is a device made up from the text of its MIB: what it answers, one
// "instance=number or text" a line and below the profile's root, and the sensors that
// are worked out from the MIB's descriptions by hand.
type made struct {
	profile  string
	objectID string
	answers  string
	want     string
	ups      string // what ReadUPS must say, "" where it is not asked
}

// told is a sensor in one line: class, name, value, and its part, word and status.
func told(s sensor.Sensor) string {
	line := string(s.Class) + " " + s.Name + " = " + s.Value.String()
	for _, more := range []string{string(s.Part), s.Word, s.Status} {
		if more != "" {
			line += " | " + more
		}
	}
	return line
}

func lines(s string) []string {
	var all []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}

// answered makes varbinds of lines "2.1.0=5"; what is no number is a text.
func answered(t *testing.T, root pdu.OID, s string) []pdu.Varbind {
	t.Helper()
	var vbs []pdu.Varbind
	for _, line := range lines(s) {
		at, text, ok := strings.Cut(line, "=")
		rest, err := pdu.ParseOID(at)
		if !ok || err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		value := pdu.Text(text)
		if at, ok := strings.CutPrefix(text, "oid:"); ok {
			value = pdu.Identifier(pdu.MustOID(at))
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			value = pdu.Int(n)
		}
		vbs = append(vbs, pdu.Varbind{OID: root + rest, Value: value})
	}
	return vbs
}

func (m made) check(t *testing.T, all []*Profile) {
	i := named(all, m.profile)
	if i < 0 {
		t.Fatalf("no profile %s", m.profile)
	}
	vbs := answered(t, all[i].Root.oid, m.answers)
	if fit := Select(all, pdu.MustOID(m.objectID), vbs); !slices.Contains(fit, all[i]) {
		t.Errorf("%s is not selected for %s", m.profile, m.objectID)
	}
	var got []string
	for _, s := range Read(all[i:i+1], vbs, nil) {
		got = append(got, told(s))
	}
	slices.Sort(got)
	if diff := cmp.Diff(lines(m.want), got); diff != "" {
		t.Error(diff)
	}
	if m.ups == "" {
		return
	}
	if diff := cmp.Diff(m.ups, m.asUPS(all[i], vbs)); diff != "" {
		t.Error(diff)
	}
}

// asUPS is what the profile says in the words of RFC 1628: source, battery, replace,
// overload, seconds left, charge, seconds on battery; then lines of volts and of load.
func (m made) asUPS(p *Profile, vbs []pdu.Varbind) string {
	u, _ := ReadUPS([]*Profile{p}, vbs)
	var words []string
	for _, n := range []pdu.Number{u.Source, u.Battery, u.Replace, u.Overload, u.SecondsLeft, u.Charge, u.SecondsOn} {
		words = append(words, number(n))
	}
	for _, l := range u.InputVolts {
		words = append(words, "V"+strconv.Itoa(int(l.Index))+":"+number(l.Value))
	}
	for _, l := range u.OutputLoad {
		words = append(words, "%"+strconv.Itoa(int(l.Index))+":"+number(l.Value))
	}
	return strings.Join(words, " ")
}

func number(n pdu.Number) string {
	if !n.Present {
		return "-"
	}
	return strconv.FormatUint(n.Value, 10)
}

// Values, units and words of MIBs without a recording are those that their
// descriptions give.
func TestMadeDevices(t *testing.T) {
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range slices.Concat(madeUPSes, madePDUs, madeMonitors) {
		t.Run(m.profile, func(t *testing.T) { m.check(t, all) })
	}
}
