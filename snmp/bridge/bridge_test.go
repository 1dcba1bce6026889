package bridge

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor/sensortest"
)

func cell(entry pdu.OID, column uint32, v pdu.Value, index ...uint32) pdu.Varbind {
	return pdu.Varbind{OID: entry.With(column).With(index...), Value: v}
}

// mac is the address 02 00 5E 00 00 xx as an index, after what stands before it.
func mac(last uint32, before ...uint32) []uint32 { return append(before, 2, 0, 0x5e, 0, 0, last) }

// interfaces returns 101 to 103; the last has no name.
func interfaces() []ifmib.Port {
	return []ifmib.Port{{Index: 101, Name: "gi1", NameGiven: true}, {Index: 102, Name: "gi2", NameGiven: true}, {Index: 103, Name: "if103"}}
}

// base leads the bridge ports 1 to 3 to the interfaces 101 to 103.
func base() []pdu.Varbind {
	return []pdu.Varbind{cell(basePort, 2, pdu.Int(101), 1), cell(basePort, 2, pdu.Int(102), 2), cell(basePort, 2, pdu.Int(103), 3)}
}

// The worked example of the package comment, from its octets.
func TestExample(t *testing.T) {
	pair := []byte{0x30, 0x19, 0x06, 0x14, 0x2B, 6, 1, 2, 1, 0x11, 7, 1, 2, 2, 1, 2, 0x14, 2, 0, 0x5E, 0x10, 0x81, 0x48, 0x33, 2, 1, 5}
	pairs := append([]byte{0x30, byte(len(pair))}, pair...)
	body := append([]byte{2, 1, 1, 2, 1, 0, 2, 1, 0}, pairs...)
	msg, err := ber.ParsePDU(append([]byte{0xA2, byte(len(body))}, body...))
	if err != nil {
		t.Fatal(err)
	}
	b, ok := Read(msg.Varbinds, nil)
	if !ok || len(b.Addresses) != 1 || b.Addresses[0].MAC != "02005e10c833" || b.Addresses[0].FDB.Value != 20 || b.Addresses[0].BridgePort.Value != 5 {
		t.Errorf("%+v", b)
	}
	ports := list{told: true, bits: []byte{0x90, 0, 0x80}}
	var has []uint32
	for n := range uint32(40) {
		if ports.has(n + 1) {
			has = append(has, n+1)
		}
	}
	if !slices.Equal(has, []uint32{1, 4, 17}) {
		t.Error(has)
	}
}

// told writes an address as interface, name, VLAN, FDB, address and status.
func told(a Address) string {
	n := func(v pdu.Number) string {
		if !v.Present {
			return "-"
		}
		return fmt.Sprint(v.Value)
	}
	return fmt.Sprintf("%s>%s %q vlan %s fdb %s %s %s", n(a.BridgePort), n(a.IfIndex), a.Name, n(a.VLAN), n(a.FDB), a.MAC[10:], a.Status)
}

func TestAddresses(t *testing.T) {
	q := func(fdb, last uint32, port, status int64) []pdu.Varbind {
		return []pdu.Varbind{cell(dot1qFDB, 2, pdu.Int(port), mac(last, fdb)...), cell(dot1qFDB, 3, pdu.Int(status), mac(last, fdb)...)}
	}
	d := func(last uint32, port, status int64) []pdu.Varbind {
		return []pdu.Varbind{cell(dot1dFDB, 2, pdu.Int(port), mac(last)...), cell(dot1dFDB, 3, pdu.Int(status), mac(last)...)}
	}
	fdb := func(id uint32, vlans ...uint32) []pdu.Varbind {
		var all []pdu.Varbind
		for _, v := range vlans {
			all = append(all, cell(vlanCurrent, 3, pdu.Gauge(id), 0, v))
		}
		return all
	}
	const taken = "no dot1qVlanFdbId for FDB 20"
	for name, c := range map[string]struct {
		vbs  [][]pdu.Varbind
		want []string
		odd  []string
	}{
		"VLAN in the index":     {[][]pdu.Varbind{base(), q(20, 1, 2, 3)}, []string{`2>102 "gi2" vlan 20 fdb 20 01 learned`}, []string{taken}},
		"FDB of another number": {[][]pdu.Varbind{base(), q(4, 1, 2, 3), fdb(4, 64), fdb(1, 4)}, []string{`2>102 "gi2" vlan 64 fdb 4 01 learned`}, nil},
		"several FDBs": {[][]pdu.Varbind{base(), q(2, 1, 1, 3), q(1, 1, 1, 3), q(1, 9, 1, 3), fdb(1, 30), fdb(2, 20)},
			[]string{`1>101 "gi1" vlan 20 fdb 2 01 learned`, `1>101 "gi1" vlan 30 fdb 1 01 learned`, `1>101 "gi1" vlan 30 fdb 1 09 learned`}, nil},
		"shared FDB": {[][]pdu.Varbind{base(), q(1, 1, 1, 3), fdb(1, 1, 20)}, []string{`1>101 "gi1" vlan - fdb 1 01 learned`}, []string{"FDB 1 serves the VLANs 1, 20"}},
		"FDB 0":      {[][]pdu.Varbind{base(), q(0, 1, 1, 3)}, []string{`1>101 "gi1" vlan - fdb 0 01 learned`}, []string{"no VLAN is known for FDB 0"}},
		"FDB of no VLAN": {[][]pdu.Varbind{base(), q(20, 1, 1, 3), {cell(vlanStatic, 1, pdu.Text("x"), 30)}},
			[]string{`1>101 "gi1" vlan - fdb 20 01 learned`}, []string{"no VLAN is known for FDB 20"}},
		"newest time mark": {[][]pdu.Varbind{base(), q(7, 1, 1, 3), {cell(vlanCurrent, 3, pdu.Gauge(7), 900, 30), cell(vlanCurrent, 3, pdu.Gauge(5), 0, 30)}},
			[]string{`1>101 "gi1" vlan 30 fdb 7 01 learned`}, nil},
		"port 0":    {[][]pdu.Varbind{base(), q(20, 1, 0, 4)}, []string{`->- "" vlan 20 fdb 20 01 self`}, []string{taken}},
		"static":    {[][]pdu.Varbind{base(), d(1, 2, 5), d(2, 2, 1)}, []string{`2>102 "gi2" vlan - fdb - 01 static`, `2>102 "gi2" vlan - fdb - 02 other`}, nil},
		"aged out":  {[][]pdu.Varbind{base(), d(1, 2, 2), q(20, 2, 1, 2)}, nil, nil},
		"no status": {[][]pdu.Varbind{base(), d(1, 2, 3)[:1]}, []string{`2>102 "gi2" vlan - fdb - 01 `}, nil},
		"status 9":  {[][]pdu.Varbind{base(), d(1, 2, 9)}, []string{`2>102 "gi2" vlan - fdb - 01 `}, []string{"status 9 of an address"}},
		"only BRIDGE-MIB": {[][]pdu.Varbind{base(), d(2, 1, 3), d(1, 3, 3)},
			[]string{`1>101 "gi1" vlan - fdb - 02 learned`, `3>103 "" vlan - fdb - 01 learned`}, nil},
		"only Q-BRIDGE-MIB": {[][]pdu.Varbind{q(20, 1, 2, 3)}, []string{`2>- "" vlan 20 fdb 20 01 learned`}, []string{"no dot1dBasePortIfIndex: no interface", taken}},
		"both MIBs tell it once": {[][]pdu.Varbind{base(), q(20, 1, 2, 3), d(1, 2, 3), q(20, 2, 1, 3), d(2, 0, 3), q(20, 3, 1, 2), d(3, 1, 3), q(20, 4, 1, 3), d(4, 2, 3)},
			[]string{`1>101 "gi1" vlan 20 fdb 20 02 learned`, `1>101 "gi1" vlan 20 fdb 20 04 learned`, `1>101 "gi1" vlan - fdb - 03 learned`,
				`2>102 "gi2" vlan 20 fdb 20 01 learned`, `2>102 "gi2" vlan - fdb - 04 learned`}, []string{taken}},
		"port that is none": {[][]pdu.Varbind{base(), {cell(basePort, 2, pdu.Int(0), 4)}, d(1, 18, 3), d(2, 5, 3), d(3, 4, 3)},
			[]string{`4>- "" vlan - fdb - 03 learned`, `5>- "" vlan - fdb - 02 learned`, `18>- "" vlan - fdb - 01 learned`}, []string{"no interface for bridge port 4, 5, 18"}},
		"index that is none": {[][]pdu.Varbind{base(), {cell(dot1qFDB, 2, pdu.Int(1), mac(1)...), cell(dot1qFDB, 2, pdu.Int(1), mac(1, 20, 6)...), cell(dot1dFDB, 2, pdu.Int(1), mac(256)...)}},
			nil, []string{"3 values have an index"}},
	} {
		b, ok := Read(slices.Concat(c.vbs...), interfaces())
		var got []string
		for _, a := range b.Addresses {
			got = append(got, told(a))
		}
		if !ok || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if len(b.Problems) != len(c.odd) || slices.ContainsFunc(c.odd, func(o string) bool { return !strings.Contains(strings.Join(b.Problems, "\n"), o) }) {
			t.Errorf("%s: problems %q, want %q", name, b.Problems, c.odd)
		}
	}
}

func TestVLANs(t *testing.T) {
	b := func(octets ...byte) pdu.Value { return pdu.Bytes(octets) }
	for name, c := range map[string]struct {
		vbs  []pdu.Varbind
		want string // "port pvid|untagged|tagged" of each
		odd  string
	}{
		"nothing but ports": {nil, "1 -|null|null 2 -|null|null 3 -|null|null", ""},
		"PVID": {[]pdu.Varbind{cell(portVLAN, 1, pdu.Gauge(20), 2), cell(portVLAN, 1, pdu.Gauge(0), 3), cell(portVLAN, 1, pdu.Gauge(4095), 1)},
			"1 -|null|null 2 20|null|null 3 -|null|null", ""},
		"PVID of a port beside the table": {[]pdu.Varbind{cell(portVLAN, 1, pdu.Gauge(20), 9)}, "1 -|null|null 2 -|null|null 3 -|null|null 9 20|null|null", ""},
		"static": {[]pdu.Varbind{cell(vlanStatic, 2, b(0xc0), 1), cell(vlanStatic, 4, b(0x80), 1), cell(vlanStatic, 2, b(0x40), 20), cell(vlanStatic, 4, b(0x00), 20)},
			"1 -|[1]|[] 2 -|[]|[1 20] 3 -|[]|[]", ""},
		"static and current": {[]pdu.Varbind{cell(vlanStatic, 2, b(0xc0), 7), cell(vlanStatic, 4, b(0x80), 7), cell(vlanCurrent, 4, b(0x20), 0, 7), cell(vlanCurrent, 5, b(0x20), 0, 7)},
			"1 -|[7]|[] 2 -|[]|[7] 3 -|[7]|[]", ""},
		"untagged where not a member": {[]pdu.Varbind{cell(vlanStatic, 2, b(0x80), 7), cell(vlanStatic, 4, b(0xff), 7)}, "1 -|[7]|[] 2 -|[]|[] 3 -|[]|[]", ""},
		"untagged list alone":         {[]pdu.Varbind{cell(vlanCurrent, 5, b(0x60), 0, 7)}, "1 -|[]|[] 2 -|[7]|[] 3 -|[7]|[]", ""},
		"newest time mark":            {[]pdu.Varbind{cell(vlanCurrent, 4, b(0x80), 900, 7), cell(vlanCurrent, 4, b(0x40), 5, 7)}, "1 -|[]|[7] 2 -|[]|[] 3 -|[]|[]", ""},
		"list of no octets":           {[]pdu.Varbind{cell(vlanStatic, 2, b(), 7)}, "1 -|[]|[] 2 -|[]|[] 3 -|[]|[]", ""},
		"list that is a number":       {[]pdu.Varbind{cell(vlanStatic, 2, pdu.Int(255), 7)}, "1 -|null|null 2 -|null|null 3 -|null|null", ""},
		"list of 65 octets":           {[]pdu.Varbind{cell(vlanStatic, 2, b(append([]byte{0x80}, make([]byte, 64)...)...), 7)}, "1 -|[]|[7] 2 -|[]|[] 3 -|[]|[]", ""},
		"ports that there are not":    {[]pdu.Varbind{cell(vlanStatic, 2, b(0x80, 0x0a, 0x01), 7)}, "1 -|[]|[7] 2 -|[]|[] 3 -|[]|[]", "VLAN 7 holds 3 ports"},
		"port beyond the first octet": {[]pdu.Varbind{cell(basePort, 2, pdu.Int(101), 17), cell(vlanStatic, 2, b(0, 0, 0x80, 0), 7)}, "1 -|[]|[] 2 -|[]|[] 3 -|[]|[] 17 -|[]|[7]", ""},
		"VLANs that are none": {[]pdu.Varbind{cell(vlanStatic, 2, b(0xff), 0), cell(vlanStatic, 2, b(0xff), 4095), cell(vlanStatic, 1, pdu.Text("x"), 70000)},
			"1 -|null|null 2 -|null|null 3 -|null|null", "3 values have an index"},
	} {
		got, _ := Read(append(base(), c.vbs...), interfaces())
		var ports []string
		for _, p := range got.Ports {
			pvid := "-"
			if p.PVID.Present {
				pvid = fmt.Sprint(p.PVID.Value)
			}
			vlans := fmt.Sprint(p.Untagged, "|", p.Tagged)
			if p.Untagged == nil && p.Tagged == nil {
				vlans = "null|null"
			}
			ports = append(ports, fmt.Sprintf("%d %s|%s", p.BridgePort.Value, pvid, strings.ReplaceAll(vlans, " | ", "|")))
		}
		if all := strings.Join(ports, " "); regexp.MustCompile(` ?\| ?`).ReplaceAllString(all, "|") != c.want {
			t.Errorf("%s: %s, want %s", name, all, c.want)
		}
		if problems := strings.Join(got.Problems, "\n"); !strings.Contains(problems, c.odd) || c.odd == "" && problems != "" {
			t.Errorf("%s: problems %q, want %q", name, problems, c.odd)
		}
	}
}

// The names programs rely on, and null for what was not told.
func TestJSON(t *testing.T) {
	b, _ := Read(append(base(),
		cell(dot1qFDB, 2, pdu.Int(2), mac(1, 20)...), cell(dot1qFDB, 3, pdu.Int(3), mac(1, 20)...), cell(dot1dFDB, 2, pdu.Int(0), mac(2)...),
		cell(vlanCurrent, 3, pdu.Gauge(20), 0, 20), cell(vlanStatic, 1, pdu.Text("Telefoni"), 20), cell(vlanStatic, 2, pdu.Bytes([]byte{0x40}), 20),
		cell(vlanStatic, 1, pdu.Text(""), 30)), interfaces()[:2])
	b.Ports = b.Ports[1:]
	raw, err := json.Marshal(b)
	want := `{"addresses":[` +
		`{"mac":"02005e000001","bridge_port":2,"if_index":102,"port":"gi2","vlan":20,"fdb_id":20,"status":"learned"},` +
		`{"mac":"02005e000002","bridge_port":null,"if_index":null,"port":null,"vlan":null,"fdb_id":null,"status":null}],` +
		`"vlans":[{"vlan":20,"name":"Telefoni","fdb_id":20},{"vlan":30,"name":null,"fdb_id":null}],` +
		`"ports":[{"bridge_port":2,"if_index":102,"port":"gi2","pvid":null,"untagged":[],"tagged":[20]},` +
		`{"bridge_port":3,"if_index":103,"port":null,"pvid":null,"untagged":[],"tagged":[]}]}`
	if err != nil || string(raw) != want {
		t.Errorf("%v, %s\nwant %s", err, raw, want)
	}
	none, ok := Read([]pdu.Varbind{{OID: dot1dFDB, Value: pdu.Int(1)}, cell(dot1dFDB, 1, pdu.Int(1), mac(1)...), cell(dot1dFDB, 2, pdu.Value{Type: pdu.NoSuchInstance}, mac(1)...)}, nil)
	if raw, err := json.Marshal(none); ok || err != nil || string(raw) != `{"addresses":[],"vlans":[],"ports":[]}` {
		t.Errorf("%v, %s", err, raw)
	}
}

func TestColumns(t *testing.T) {
	var entries []string
	for _, table := range Columns() {
		entry := table[0][:len(table[0])-4]
		entries = append(entries, fmt.Sprint(entry, " ", len(table)))
		for _, c := range table {
			if !c.Under(entry) {
				t.Errorf("%s is not below %s", c, entry)
			}
		}
	}
	want := []string{"1.3.6.1.2.1.17.1.4.1 1", "1.3.6.1.2.1.17.4.3.1 2", "1.3.6.1.2.1.17.7.1.2.2.1 2", "1.3.6.1.2.1.17.7.1.4.2.1 3", "1.3.6.1.2.1.17.7.1.4.3.1 3", "1.3.6.1.2.1.17.7.1.4.5.1 1"}
	if !slices.Equal(entries, want) {
		t.Errorf("%q", entries)
	}
}

// Every row of real devices' tables that has a port stands among the addresses.
func TestRecordings(t *testing.T) {
	rows := 0
	for name := range sensortest.Truth(t) {
		vbs := sensortest.Recording(t, name)
		b, ok := Read(vbs, ifmib.Read(vbs))
		at := make(map[string]uint64)
		for _, a := range b.Addresses {
			at[fmt.Sprint(a.FDB.Value, " ", a.MAC)] = a.BridgePort.Value
		}
		for _, vb := range vbs {
			index, isRow := vb.OID.Index(dot1qFDB.With(2))
			if !isRow {
				continue
			}
			rows++
			key := fmt.Sprintf("%d %02x%02x%02x%02x%02x%02x", index[0], index[1], index[2], index[3], index[4], index[5], index[6])
			if port, there := at[key]; !there || port != vb.Value.Num {
				t.Errorf("%s: %s is at %d, %v, want %d", name, key, port, there, vb.Value.Num)
			}
		}
		if ok {
			t.Logf("%s: %d addresses, %d VLANs, %d ports, problems %q", name, len(b.Addresses), len(b.VLANs), len(b.Ports), b.Problems)
		}
	}
	if rows == 0 {
		t.Error("nothing was compared")
	}
	t.Logf("dot1qTpFdbTable: %d rows", rows)
}

// FuzzRead: no answer makes the reader panic, tell a VLAN that is none, a port
// twice in a VLAN, or an interface that nothing leads to.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0, 1, 1, 0, 2, 0, 0, 101, 3, 7, 20, 1, 2, 0, 0, 1, 4, 7, 20, 1, 2, 0, 0, 3})
	f.Add([]byte{5, 2, 0, 20, 66, 0, 0, 20, 6, 2, 0, 20, 4, 0xc0, 0, 1, 7, 2, 0, 20, 4, 0x80, 0, 0})
	f.Add([]byte{1, 6, 1, 1, 2, 0, 0, 0, 2, 6, 1, 1, 2, 0, 0, 2, 11, 1, 1, 0, 66, 0, 0, 20, 8, 1, 9, 0, 4, 65, 66, 67})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var vbs []pdu.Varbind
		for ; len(raw) >= 8; raw = raw[8:] {
			c := taken[int(raw[0])%len(taken)]
			v := pdu.Value{Type: pdu.Type(raw[4]), Num: uint64(int64(int16(binary.BigEndian.Uint16(raw[6:])))), Octets: raw[5:8]}
			index := []uint32{uint32(raw[2]), uint32(raw[3]), 0, 0, 0, 0, 1, 0, 0}
			vbs = append(vbs, cell(c.entry, c.column, v, index[:int(raw[1])%len(index)]...))
		}
		b, _ := Read(vbs, interfaces())
		for _, a := range b.Addresses {
			if len(a.MAC) != 12 || a.VLAN.Present && (a.VLAN.Value < 1 || a.VLAN.Value > mostVLAN || !a.FDB.Present) || a.IfIndex.Present && !a.BridgePort.Present {
				t.Errorf("%+v", a)
			}
		}
		for _, p := range b.Ports {
			all := slices.Concat(p.Untagged, p.Tagged)
			slices.Sort(all)
			if len(slices.Compact(all)) != len(p.Untagged)+len(p.Tagged) || !p.BridgePort.Present {
				t.Errorf("%+v", p)
			}
		}
		if _, err := json.Marshal(b); err != nil {
			t.Error(err)
		}
	})
}
