package ifmib

import (
	"encoding/binary"
	"strings"
	"testing"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

func cell(column pdu.OID, index uint32, v pdu.Value) pdu.Varbind {
	return pdu.Varbind{OID: column.With(index), Value: v}
}

// The worked example of the package comment, from its octets.
func TestExample(t *testing.T) {
	pair := []byte{0x30, 0x0F, 0x06, 0x0A, 0x2B, 6, 1, 2, 1, 2, 2, 1, 8, 7, 0x02, 0x01, 0x02}
	list := append([]byte{0x30, byte(len(pair))}, pair...)
	body := append([]byte{2, 1, 1, 2, 1, 0, 2, 1, 0}, list...)
	p, err := ber.ParsePDU(append([]byte{0xA2, byte(len(body))}, body...))
	if err != nil {
		t.Fatal(err)
	}
	ports := Read(append(p.Varbinds, cell(HighSpeed, 7, pdu.Gauge(1000))))
	if len(ports) != 1 || ports[0].Index != 7 || ports[0].OperWord() != "down" || ports[0].Speed != pdu.Some(1e9) {
		t.Errorf("%+v", ports)
	}
}

func TestWhatAgentsGetWrong(t *testing.T) {
	const index = 1275076608
	for name, c := range map[string]struct {
		cells []pdu.Varbind
		holds func(Port) bool
	}{
		"ifHighSpeed 0 means ifSpeed": {[]pdu.Varbind{cell(HighSpeed, index, pdu.Gauge(0)), cell(Speed, index, pdu.Gauge(19200))},
			func(p Port) bool { return p.Speed == pdu.Some(19200) }},
		"ifHighSpeed 0 alone": {[]pdu.Varbind{cell(HighSpeed, index, pdu.Gauge(0))}, func(p Port) bool { return p.Speed == pdu.Some(0) }},
		"no speed":            {[]pdu.Varbind{cell(OperStatus, index, pdu.Int(1))}, func(p Port) bool { return !p.Speed.Present }},
		"ifSpeed as text":     {[]pdu.Varbind{cell(Speed, index, pdu.Text("100000000"))}, func(p Port) bool { return p.Speed == pdu.Some(1e8) }},
		"32-bit counters alone": {[]pdu.Varbind{cell(InOctets, index, pdu.Count(5))},
			func(p Port) bool { return p.InOctets == pdu.Some(5) && !p.OutOctets.Present }},
		"64-bit before 32-bit": {[]pdu.Varbind{cell(InOctets, index, pdu.Count(5)), cell(HCInOctets, index, pdu.Count64(1<<40))},
			func(p Port) bool { return p.InOctets == pdu.Some(1<<40) }},
		"64-bit does not count": {[]pdu.Varbind{cell(InOctets, index, pdu.Count(5)), cell(HCInOctets, index, pdu.Count64(0))},
			func(p Port) bool { return p.InOctets == pdu.Some(5) }},
		"no ifName":         {[]pdu.Varbind{cell(Descr, index, pdu.Text("ge0\x00"))}, func(p Port) bool { return p.Name == "ge0" && p.NameGiven }},
		"no ifDescr":        {[]pdu.Varbind{cell(Name, index, pdu.Text("ge0"))}, func(p Port) bool { return p.Descr == "ge0" }},
		"no name at all":    {[]pdu.Varbind{cell(OperStatus, index, pdu.Int(1))}, func(p Port) bool { return p.Name == "if1275076608" && !p.NameGiven }},
		"admin 0 is absent": {[]pdu.Varbind{cell(AdminStatus, index, pdu.Int(0))}, func(p Port) bool { return !p.Admin.Present && len(p.Odd) == 1 }},
		"admin 7 is absent": {[]pdu.Varbind{cell(AdminStatus, index, pdu.Int(7))}, func(p Port) bool { return !p.Admin.Present && len(p.Odd) == 1 }},
		"state as a gauge":  {[]pdu.Varbind{cell(OperStatus, index, pdu.Gauge(7))}, func(p Port) bool { return p.OperWord() == "lowerLayerDown" }},
		"exception is absent": {[]pdu.Varbind{cell(OperStatus, index, pdu.Int(1)), cell(AdminStatus, index, pdu.Value{Type: pdu.NoSuchInstance})},
			func(p Port) bool { return !p.Admin.Present && len(p.Odd) == 0 }},
	} {
		ports := Read(c.cells)
		if len(ports) != 1 || ports[0].Index != index || !c.holds(ports[0]) {
			t.Errorf("%s: %+v", name, ports)
		}
	}
}

func TestPointsOfAPort(t *testing.T) {
	ports := Read([]pdu.Varbind{
		cell(Name, 3, pdu.Text("1/3")), cell(Alias, 3, pdu.Text("akut")), cell(OperStatus, 3, pdu.Int(2)), cell(HCInOctets, 3, pdu.Count64(1<<63+9)),
	})
	at := reading.Stamp{Boot: "b", Mono: 7}
	got := ports[0].AppendReadings(nil, "sw1", at)
	want := reading.Point{Device: "sw1", Object: "1/3", Kind: reading.IfOperStatus}
	if len(got) != 2 || got[0].Point != want || !got[0].Is(reading.IfDown) || got[0].At != at || got[1].Value != 9 {
		t.Errorf("%+v", got)
	}
	facts := ports[0].Facts("sw1", at)
	if facts[0].Label != reading.LabelIndex || facts[0].Text != "3" || facts[0].Point.Object != "1/3" || facts[1].Text != "akut" {
		t.Errorf("%+v", facts)
	}
}

func TestDistinct(t *testing.T) {
	ports := []Port{
		{Index: 1, Name: "1", Descr: "1"}, {Index: 2, Name: "1", Descr: "1"},
		{Index: 3, Name: "e", Descr: "e left"}, {Index: 4, Name: "e", Descr: "e right"}, {Index: 5, Name: "f", Descr: "f"},
	}
	Distinct(ports)
	var names []string
	for _, p := range ports {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, "|"); got != "1#1|1#2|e (e left)|e (e right)|f" {
		t.Error(got)
	}
}

// FuzzRead: no answer makes the reader panic, repeat a row, or name a port "".
func FuzzRead(f *testing.F) {
	f.Add([]byte{8, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 2})
	f.Add([]byte{118, 4, 0, 0, 0, 7, 'a', 0, 0xe4, 0, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		var vbs []pdu.Varbind
		for ; len(b) >= 14; b = b[14:] {
			column := entry.With(uint32(b[0]))
			if b[0] > 100 {
				column = xentry.With(uint32(b[0] - 100))
			}
			v := pdu.Value{Type: pdu.Type(b[1]), Num: binary.BigEndian.Uint64(b[6:]), Octets: b[6:14]}
			vbs = append(vbs, cell(column, binary.BigEndian.Uint32(b[2:]), v), pdu.Varbind{OID: column, Value: v})
		}
		ports := Read(vbs)
		Distinct(ports)
		seen := make(map[string]bool)
		for _, p := range ports {
			if p.Name == "" || p.Oper.Present && (p.Oper.Value < 1 || p.Oper.Value > 7) {
				t.Errorf("%+v", p)
			}
			seen[p.OperWord()+p.AdminWord()] = true
			p.AppendReadings(nil, "sw1", reading.Stamp{})
			p.Facts("sw1", reading.Stamp{})
		}
	})
}

func TestAddressAsText(t *testing.T) {
	for octets, want := range map[string]string{
		"\x02\x00\x5e\x00\x00\x07": "02005e000007", "02:00:5E:00:00:07": "02005e000007", "02-00-5e-00-00-07": "02005e000007",
		"0200.5e00.0007": "02005e000007", "": "", "no address at all, but text": "",
	} {
		ports := Read([]pdu.Varbind{{OID: PhysAddress.With(7), Value: pdu.Bytes([]byte(octets))}})
		if len(ports) != 1 || ports[0].MAC != want {
			t.Errorf("%q is read as %+v, want %q", octets, ports, want)
		}
	}
}
