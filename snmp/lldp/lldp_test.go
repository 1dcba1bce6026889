package lldp

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// told is a row of lldpRemTable as it came.
func told(mark, port, row uint32, c cells) []pdu.Varbind {
	var vbs []pdu.Varbind
	for column, v := range c {
		vbs = append(vbs, pdu.Varbind{OID: remoteEntry.With(column, mark, port, row), Value: v})
	}
	return vbs
}

// switchRow is a neighbour called name.
func switchRow(name string) cells {
	return cells{
		chassisIDSubtype: pdu.Int(4), chassisID: pdu.Bytes([]byte{0x24, 0x5e, 0xbe, 0, 0, name[len(name)-1]}),
		portIDSubtype: pdu.Int(5), portID: pdu.Text("1/1"), sysName: pdu.Text(name),
	}
}

// own is a row of lldpLocPortTable.
func own(number uint32, subtype int64, id, descr string) []pdu.Varbind {
	return []pdu.Varbind{
		{OID: localEntry.With(localIDSubtype, number), Value: pdu.Int(subtype)},
		{OID: localEntry.With(localID, number), Value: pdu.Text(id)},
		{OID: localEntry.With(localDescr, number), Value: pdu.Text(descr)},
	}
}

// The worked example of the package comment, from its octets.
func TestExample(t *testing.T) {
	pair := []byte{
		0x30, 0x15, 0x06, 0x0E, 0x28, 0xC4, 0x62, 1, 1, 2, 1, 4, 1, 1, 9, 0, 23, 1, 0x04, 3, 0x73, 0x77, 0x31,
	}
	list := append([]byte{0x30, byte(len(pair))}, pair...)
	body := append([]byte{2, 1, 1, 2, 1, 0, 2, 1, 0}, list...)
	p, err := ber.ParsePDU(append([]byte{0xA2, byte(len(body))}, body...))
	if err != nil {
		t.Fatal(err)
	}
	vbs := append(p.Varbinds, told(0, 23, 1, cells{capEnabled: pdu.Bytes([]byte{0x28, 0})})...)
	got, problems := Read(vbs, []ifmib.Port{{Index: 23, Name: "23"}})
	want := []Neighbor{{
		LocalPort: "23", LocalIndex: pdu.Some(23), Protocol: LLDP, SysName: "sw1", Capabilities: []string{"bridge", "router"},
	}}
	if !reflect.DeepEqual(got, want) || len(problems) != 1 {
		t.Errorf("%+v, %q", got, problems)
	}
}

// The local port number leads to an interface by what the agent calls it.
func TestLocalPort(t *testing.T) {
	const mac, other = "0a1b2c3d4e5f", "0a1b2c3d4e60"
	ports := []ifmib.Port{
		{Index: 1, Name: "lo", Descr: "lo", Type: pdu.Some(24)},
		{Index: 14, Name: "GigabitEthernet0/0/9", Descr: "GigabitEthernet0/0/9", Type: pdu.Some(6), MAC: other},
		{Index: 19, Name: "GigabitEthernet0/0/14", Descr: "fourteenth", Alias: "to the roof", Type: pdu.Some(6), MAC: mac},
		{Index: 40, Name: "Port-channel14", Descr: "Port-channel14", MAC: other},
		{Index: 50, Name: "Null0", Descr: "Null0", MAC: "000000000000"},
	}
	number := "LLDP local port 14: nothing names its interface, taken as ifIndex"
	lost := "LLDP local port 14: leads to no interface, local_index left out"
	for name, c := range map[string]struct {
		local   []pdu.Varbind
		port    string
		index   uint32 // 0: none
		problem string
	}{
		"by ifName":             {own(14, 5, "GigabitEthernet0/0/14", ""), "GigabitEthernet0/0/14", 19, ""},
		"by ifDescr":            {own(14, 7, "fourteenth", ""), "GigabitEthernet0/0/14", 19, ""},
		"by ifAlias":            {own(14, 1, "to the roof", ""), "GigabitEthernet0/0/14", 19, ""},
		"by MAC octets":         {own(14, 3, "\x0a\x1b\x2c\x3d\x4e\x5f", ""), "GigabitEthernet0/0/14", 19, ""},
		"by MAC text":           {own(14, 3, "0A:1B:2C:3D:4E:5F", ""), "GigabitEthernet0/0/14", 19, ""},
		"by MAC text and dots":  {own(14, 7, "0a1b.2c3d.4e5f", ""), "GigabitEthernet0/0/14", 19, ""},
		"one MAC, two ports":    {own(14, 3, "0A:1B:2C:3D:4E:60", ""), "GigabitEthernet0/0/9", 14, ""},
		"by its description":    {own(14, 7, "x14", "fourteenth"), "GigabitEthernet0/0/14", 19, ""},
		"by a short name":       {own(14, 5, "Gi0/0/14", ""), "GigabitEthernet0/0/14", 19, ""},
		"short, blank between":  {own(14, 5, "gigabit Ethernet 0/0/14", ""), "GigabitEthernet0/0/14", 19, ""},
		"wrong subtype":         {own(14, 6, "GigabitEthernet0/0/14\x00 ", ""), "GigabitEthernet0/0/14", 19, ""},
		"by number":             {own(14, 7, "port-014", ""), "GigabitEthernet0/0/9", 14, number},
		"no local port table":   {nil, "GigabitEthernet0/0/9", 14, number},
		"numberings differ":     {append(own(14, 7, "x", ""), own(9, 5, "Gi0/0/9", "")...), "x", 0, lost},
		"no name for it at all": {own(9, 5, "Gi0/0/9", ""), "", 0, lost},
		"MAC of zeros":          {append(own(14, 3, "\x00\x00\x00\x00\x00\x00", ""), own(9, 5, "Gi0/0/9", "")...), "000000000000", 0, lost},
	} {
		got, problems := Read(append(c.local, told(0, 14, 1, switchRow("sw1"))...), ports)
		index := pdu.Number{}
		if c.index > 0 {
			index = pdu.Some(uint64(c.index))
		}
		if len(got) != 1 || got[0].LocalPort != c.port || got[0].LocalIndex != index || strings.Join(problems, "|") != c.problem {
			t.Errorf("%s: %+v, %q", name, got, problems)
		}
	}
	var many []pdu.Varbind
	for i := range uint32(12) {
		many = append(many, told(0, 100+i, 1, switchRow("sw1"))...)
	}
	_, problems := Read(many, ports)
	if len(problems) != 1 || problems[0] != "LLDP local port 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, and 2 more: leads to no interface, local_index left out" {
		t.Errorf("%q", problems)
	}
	// The loopback is no port of LLDP, whatever its ifIndex.
	if got, problems := Read(told(0, 1, 1, switchRow("sw1")), ports); got[0].LocalIndex.Present || len(problems) != 1 {
		t.Errorf("%+v, %q", got, problems)
	}
}

func names(all []Neighbor) string {
	var s []string
	for _, n := range all {
		s = append(s, fmt.Sprintf("%s/%v:%s", n.LocalPort, n.LocalIndex.Value, n.SysName))
	}
	return strings.Join(s, " ")
}

func TestRows(t *testing.T) {
	ports := []ifmib.Port{{Index: 1, Name: "1"}, {Index: 2, Name: "2"}, {Index: 3, Name: "3"}}
	without := func(c cells, columns ...uint32) cells {
		for _, column := range columns {
			delete(c, column)
		}
		return c
	}
	for name, c := range map[string]struct {
		rows [][]pdu.Varbind
		want string
	}{
		"several on a port": {[][]pdu.Varbind{told(0, 2, 1, switchRow("a")), told(0, 2, 2, switchRow("b")), told(0, 1, 7, switchRow("c"))},
			"1/1:c 2/2:a 2/2:b"},
		"newest mark of a row":    {[][]pdu.Varbind{told(900, 2, 1, switchRow("new")), told(50, 2, 1, switchRow("old"))}, "2/2:new"},
		"the same in two rows":    {[][]pdu.Varbind{told(50, 2, 1, switchRow("a")), told(900, 2, 5, switchRow("a"))}, "2/2:a"},
		"the same on two ports":   {[][]pdu.Varbind{told(0, 1, 1, switchRow("a")), told(0, 2, 1, switchRow("a"))}, "1/1:a 2/2:a"},
		"changed while it's read": {[][]pdu.Varbind{told(5, 2, 1, without(switchRow("a"), sysName, portID)), told(6, 2, 1, without(switchRow("b"), chassisID))}, "2/2:b"},
		"going, half a new row":   {[][]pdu.Varbind{told(5, 2, 1, switchRow("a")), told(6, 2, 1, cells{sysName: pdu.Text("b")})}, "2/2:a"},
		"no name":                 {[][]pdu.Varbind{told(0, 2, 1, without(switchRow("a"), sysName))}, "2/2:"},
		"nothing in it":           {[][]pdu.Varbind{told(0, 2, 1, cells{portDescr: pdu.Text("x"), chassisID: pdu.Text("")})}, ""},
		"an exception":            {[][]pdu.Varbind{told(0, 2, 1, cells{sysName: {Type: pdu.NoSuchInstance}})}, ""},
		"index too short":         {[][]pdu.Varbind{{{OID: remoteEntry.With(sysName, 2, 1), Value: pdu.Text("a")}}}, ""},
		"two without ids": {[][]pdu.Varbind{told(0, 2, 1, cells{sysName: pdu.Text("a")}), told(0, 2, 2, cells{sysName: pdu.Text("b")})},
			"2/2:a 2/2:b"},
	} {
		got, _ := Read(slices.Concat(c.rows...), ports)
		if names(got) != c.want {
			t.Errorf("%s: %q, want %q", name, names(got), c.want)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	for _, c := range []struct {
		subtype int64
		octets  string
		want    string
		kind    string
	}{
		{4, "\x24\x5e\xbe\x00\x01\x02", "245ebe000102", "macAddress"},
		{4, "ABCDEF", "414243444546", "macAddress"},
		{4, "24:5e:be:00:01:02", "24:5e:be:00:01:02", "macAddress"},
		{5, "\x01\xc0\x00\x02\x01", "192.0.2.1", "networkAddress"},
		{5, "\xc0\x00\x02\x01", "192.0.2.1", "networkAddress"},
		{5, "192.0.2.1", "192.0.2.1", "networkAddress"},
		{5, "\x02\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", "2001:db8::1", "networkAddress"},
		{5, "\x07\x01\x02", "070102", "networkAddress"},
		{7, "pls", "pls", "local"},
		{7, "sw 1\x00\x00", "sw 1", "local"},
		{7, "\x01\x02\xff", "0102ff", "local"},
		{7, "", "", "local"},
		{0, "\x24\x5e\xbe\x00\x01\x02", "245ebe000102", ""},
		{8, "x", "x", ""},
	} {
		row := cells{chassisIDSubtype: pdu.Int(c.subtype), chassisID: pdu.Text(c.octets), sysName: pdu.Text("a")}
		got, _ := Read(told(0, 1, 1, row), nil)
		if len(got) != 1 || got[0].ChassisID != c.want || got[0].ChassisIDType != c.kind {
			t.Errorf("subtype %d, %q: %+v, want %q %s", c.subtype, c.octets, got, c.want, c.kind)
		}
	}
}

func TestCapabilities(t *testing.T) {
	for _, c := range []struct {
		supported, enabled pdu.Value
		want               string
	}{
		{pdu.Bytes([]byte{0x28}), pdu.Bytes([]byte{0x20}), "bridge"},
		{pdu.Bytes([]byte{0x28}), pdu.Bytes([]byte{0}), ""},
		{pdu.Bytes([]byte{0x24, 0}), pdu.Value{}, "bridge telephone"},
		{pdu.Bytes([]byte{0x28}), pdu.Value{Type: pdu.NoSuchInstance}, "bridge router"},
		{pdu.Value{}, pdu.Bytes([]byte{0x10, 0x3f}), "wlanAccessPoint twoPortMACRelay"},
		{pdu.Value{}, pdu.Text("28 00 2 4"), "bridge router"},
		{pdu.Value{}, pdu.Text("00 20 10"), "twoPortMACRelay"},
		{pdu.Value{}, pdu.Text("bridge"), ""},
		{pdu.Value{}, pdu.Int(40), ""},
	} {
		row := cells{sysName: pdu.Text("a"), capSupported: c.supported, capEnabled: c.enabled}
		got, _ := Read(told(0, 1, 1, row), nil)
		if len(got) != 1 || strings.Join(got[0].Capabilities, " ") != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

// LLDP-V2-MIB: the index holds an ifIndex and the address the frame went to.
func TestV2(t *testing.T) {
	row := func(mark, ifIndex, dest, row uint32, c cells) []pdu.Varbind {
		var vbs []pdu.Varbind
		for column, v := range c {
			vbs = append(vbs, pdu.Varbind{OID: remoteEntryV2.With(column+1, mark, ifIndex, dest, row), Value: v})
		}
		return vbs
	}
	ports := []ifmib.Port{{Index: 1014, Name: "1/14"}}
	got, problems := Read(slices.Concat(
		row(5, 1014, 1, 1, switchRow("a")), row(9, 1014, 2, 1, switchRow("a")), row(9, 1014, 1, 2, switchRow("b")), row(9, 77, 1, 3, switchRow("c")),
		own(3, 5, "1/14", ""), told(4, 3, 1, switchRow("a")), // the same neighbour through LLDP-MIB
	), ports)
	if names(got) != "/77:c 1/14/1014:a 1/14/1014:b" || len(problems) != 1 || problems[0] != "neighbours at ifIndex 77, which is no interface" {
		t.Errorf("%s, %q", names(got), problems)
	}
	if got[1].ChassisIDType != "macAddress" || got[1].ChassisID != "245ebe000061" || got[1].PortID != "1/1" || got[1].PortIDType != "interfaceName" {
		t.Errorf("%+v", got[1])
	}
}

func TestCDP(t *testing.T) {
	cell := func(column, ifIndex, device uint32, v pdu.Value) pdu.Varbind {
		return pdu.Varbind{OID: cdpEntry.With(column, ifIndex, device), Value: v}
	}
	ports := []ifmib.Port{{Index: 10101, Name: "Gi1/0/1"}, {Index: 10102, Name: "Gi1/0/2"}}
	got, problems := Read([]pdu.Varbind{
		cell(cdpDeviceID, 10102, 5, pdu.Text("core-1.example")), cell(cdpDevicePort, 10102, 5, pdu.Text("TenGigabitEthernet1/1")),
		cell(cdpCapabilities, 10102, 5, pdu.Bytes([]byte{0, 0, 0, 0x29})),
		cell(cdpDeviceID, 10101, 2, pdu.Text("SEP245EBE000102")), cell(cdpDevicePort, 10101, 2, pdu.Text("Port 1")),
		cell(cdpCapabilities, 10101, 2, pdu.Bytes([]byte{0, 0, 4, 0x90})), cell(cdpSysName, 10101, 2, pdu.Text("phone")),
		cell(cdpDeviceID, 10101, 3, pdu.Bytes([]byte{0x24, 0x5e, 0xbe, 0, 1, 2})), cell(cdpCapabilities, 10101, 3, pdu.Bytes(nil)),
		cell(cdpCapabilities, 10101, 4, pdu.Bytes([]byte{0, 0, 0, 1})),
		{OID: cdpEntry.With(cdpDeviceID, 1), Value: pdu.Text("x")},
	}, ports)
	want := []Neighbor{
		{LocalPort: "Gi1/0/1", LocalIndex: pdu.Some(10101), Protocol: CDP, ChassisID: "SEP245EBE000102", ChassisIDType: "deviceId",
			PortID: "Port 1", PortIDType: "interfaceName", SysName: "phone", Capabilities: []string{"host", "telephone"}},
		{LocalPort: "Gi1/0/1", LocalIndex: pdu.Some(10101), Protocol: CDP, ChassisID: "245ebe000102", ChassisIDType: "macAddress",
			PortIDType: "interfaceName"},
		{LocalPort: "Gi1/0/2", LocalIndex: pdu.Some(10102), Protocol: CDP, ChassisID: "core-1.example", ChassisIDType: "deviceId",
			PortID: "TenGigabitEthernet1/1", PortIDType: "interfaceName", SysName: "core-1.example", Capabilities: []string{"router", "bridge", "igmp"}},
	}
	if !reflect.DeepEqual(got, want) || len(problems) != 0 {
		t.Errorf("%+v, %q", got, problems)
	}
	// The same neighbour through LLDP is another entry: the two know different things.
	both, _ := Read(append(told(0, 10102, 1, switchRow("core-1")), cell(cdpDeviceID, 10102, 5, pdu.Text("core-1"))), ports)
	if len(both) != 2 || both[0].Protocol != LLDP || both[1].Protocol != CDP {
		t.Errorf("%+v", both)
	}
}

// What is read belongs to the columns that are walked, and to no other.
func TestColumns(t *testing.T) {
	all := slices.Concat(Columns(), ColumnsV2(), ColumnsCDP())
	if len(all) != 3+8+8+4 || all[0].String() != "1.0.8802.1.1.2.1.3.7.1.2" || all[8].String() != "1.0.8802.1.1.2.1.4.1.1.9" ||
		all[18].String() != "1.3.111.2.802.1.1.13.1.4.1.1.13" || all[19].String() != "1.3.6.1.4.1.9.9.23.1.2.1.1.6" {
		t.Errorf("%v", all)
	}
}

// FuzzRead: no answer makes the reader panic, tell a neighbour twice, or write
// what is not fit to show.
func FuzzRead(f *testing.F) {
	f.Add([]byte{4, 2, 4, 0, 1, 1, 0, 5, 4, 6, 0, 1, 1, 36, 94, 190, 0, 1, 2, 9, 4, 3, 0, 1, 1, 's', 'w', '1'})
	f.Add([]byte{104, 2, 4, 0, 1, 1, 0, 105, 4, 5, 1, 1, 1, 1, 192, 0, 2, 1, 109, 4, 1, 0, 1, 1, 0xe4, 206, 4, 2, 0, 2, 3, 'a', 0})
	f.Add([]byte{52, 2, 5, 0, 1, 1, 0, 53, 4, 3, 0, 1, 1, 'g', 'i', '1', 12, 4, 9, 0, 1, 1, '2', '8', ' ', '0', '0', ' ', '2', ' ', '4'})
	f.Fuzz(func(t *testing.T, b []byte) {
		var vbs []pdu.Varbind
		for len(b) >= 6 {
			v := pdu.Value{Type: pdu.Type(b[1]), Num: uint64(b[2])}
			n := min(int(b[2]), len(b)-6)
			if v.Type == pdu.OctetString || v.Type == pdu.IPAddress {
				v.Octets = b[6 : 6+n]
			} else {
				n = min(1, len(b)-6)
			}
			column, mark, port, row := uint32(b[0]), uint32(b[3]), uint32(b[4]), uint32(b[5])
			switch {
			case column >= 200:
				vbs = append(vbs, pdu.Varbind{OID: cdpEntry.With(column-200, port, row), Value: v})
			case column >= 100:
				vbs = append(vbs, pdu.Varbind{OID: remoteEntryV2.With(column-99, mark, port, row&1, row), Value: v})
			case column >= 50:
				vbs = append(vbs, pdu.Varbind{OID: localEntry.With(column-50, port), Value: v})
			default:
				vbs = append(vbs, pdu.Varbind{OID: remoteEntry.With(column, mark, port, row), Value: v}, pdu.Varbind{OID: remoteEntry.With(column), Value: v})
			}
			b = b[6+n:]
		}
		ports := []ifmib.Port{{Index: 1, Name: "gi1", Descr: "GigabitEthernet1"}, {Index: 2, Name: "2", MAC: "245ebe000102"}}
		got, problems := Read(vbs, ports)
		again, _ := Read(vbs, ports)
		if !reflect.DeepEqual(got, again) {
			t.Errorf("%+v, then %+v", got, again)
		}
		seen := make(map[string]bool)
		for _, n := range got {
			key := fmt.Sprintf("%#v", n)
			if seen[key] || n.ChassisID == "" && n.PortID == "" && n.SysName == "" {
				t.Errorf("twice or empty: %s", key)
			}
			seen[key] = true
			for _, s := range append(problems, n.LocalPort, n.ChassisID, n.PortID, n.PortDescr, n.SysName) {
				if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
					t.Errorf("%q", s)
				}
			}
		}
	})
}
