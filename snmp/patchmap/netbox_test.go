package patchmap

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rackvakt/snmp/port"
)

// cables has the columns of a cable export of NetBox 4.6, all data.
const cables = `ID,Label,Termination A,Termination B,Device A,Device B,Rack A,Rack B,Location A,Location B,Site A,Site B,Status,Profile,Type,Tenant,Tenant Group,Color,Color Name,Bundle,Length,Description,Comments,Tags,Created,Last updated
1,,GigabitEthernet1/0/12,12 (blue),sw1,PP-A,R1,R1,Korskoppling,Korskoppling,VC Nord,VC Nord,Connected,,CAT6,,,,,,2 m,,,,2026-01-02,2026-01-02
2,,2.14-1,12,Uttag 204,PP-A,,R1,Rum 204,Korskoppling,VC Nord,VC Nord,Connected,,CAT6,,,,,,,,,,2026-01-02,2026-01-02
3,,TenGigabitEthernet1/1/1,"Ten1/1/2,Ten1/1/1",sw1,sw2,R1,R1,Korskoppling,Korskoppling,VC Nord,VC Nord,Connected,,DAC,,,,,,,,,,2026-01-02,2026-01-02
4,,eth0,GigabitEthernet1/0/3,ap-7,sw1,,R1,Korridor,Korskoppling,VC Nord,VC Nord,Connected,,CAT6,,,,,,,,,,2026-01-02,2026-01-02
5,,GigabitEthernet1/0/4,CID-7: Termination Z,sw1,,R1,,Korskoppling,,VC Nord,VC Nord,Connected,,SMF,,,,,,,,,,2026-01-02,2026-01-02
6,,"1,2","3,4","sw1,sw2",PP-A,R1,R1,Korskoppling,Korskoppling,VC Nord,VC Nord,Connected,,SMF,,,,,,,,,,2026-01-02,2026-01-02
`

// oldCables has the columns of NetBox 3.0.
const oldCables = "ID,Label,Side A,Termination A,Side B,Termination B,Status,Type\n1,,sw1,Gi1/0/12,PP-A,12,Connected,\n"

// interfaces has some of the columns of an interface export.
const interfaces = `Name,Device,Label,Enabled,Type,Description,Cable,Link Peers,Connection,Outlet,Use
GigabitEthernet1/0/12,sw1,,True,1000BASE-T,,#1,PP-A > 12 (blue),,2.14-9,user
GigabitEthernet1/0/13,sw1,,True,1000BASE-T,,#2,PP-A > 13,srv1 > eno1,,
GigabitEthernet1/0/14,sw1,,True,1000BASE-T,,#3,ap-7 > eth0,ap-7 > eth0,,a field of another kind
GigabitEthernet1/0/15,sw1,,True,1000BASE-T,,#3,"PP-A > 15, PP-A > 16",,,
GigabitEthernet1/0/16,sw1,,True,1000BASE-T,,,,,,
`

func lookups(m *Map, ports ...string) string {
	var all []string
	for _, p := range ports {
		e, ok := m.Lookup("sw1", p)
		all = append(all, fmt.Sprintf("%s %v %s|%s|%s|%s", p, ok, e.panelPort(), e.Outlet, e.Room, e.Use))
	}
	return strings.Join(all, "\n")
}

func TestCables(t *testing.T) {
	m := parse(t, cables)
	want := `Gi1/0/12 true PP-A:12|Uttag 204:2.14-1|Rum 204|
Te1/1/1 true sw2:Ten1/1/1,Ten1/1/2|||
Gi1/0/3 true ap-7:eth0||Korridor|
Gi1/0/4 true CID-7: Termination Z|||
1 false |||`
	if got := lookups(m, "Gi1/0/12", "Te1/1/1", "Gi1/0/3", "Gi1/0/4", "1"); got != want {
		t.Errorf("%s", got)
	}
	if got := m.Notes(); len(got) != 1 || got[0] != "korskoppling.csv:7: a cable side with several devices is left out" {
		t.Errorf("%q", got)
	}
	if got := m.Devices(); !slices.Equal(got, []string{"Uttag 204", "ap-7", "sw1", "sw2"}) {
		t.Errorf("%q", got)
	}
	if e, _ := m.Lookup("sw1", "Gi1/0/3"); e.Line != 5 || e.Column != 9 {
		t.Errorf("%+v", e)
	}
	if got := m.Unknown([]string{"sw1"}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := m.Unknown([]string{"sw8"}); got.Error() != `korskoppling.csv:1:1: switch: found "none"; want a device that is configured, under the same name, for example sw8` {
		t.Errorf("%v", got)
	}
	if _, problems := m.Match("sw1", []string{"lo0"}); len(problems) != 0 {
		t.Errorf("%v", problems)
	}
}

func TestOlderCables(t *testing.T) {
	for _, src := range []string{
		oldCables, "side_a_device,side_a_type,side_a_name,side_b_device,side_b_type,side_b_name\nsw1,dcim.interface,Gi1/0/12,PP-A,dcim.frontport,12\n",
	} {
		if got := lookups(parse(t, src), "GigabitEthernet1/0/12"); got != "GigabitEthernet1/0/12 true PP-A:12|||" {
			t.Error(got)
		}
	}
}

func TestInterfaces(t *testing.T) {
	want := `Gi1/0/12 true PP-A:12|2.14-9||user
Gi1/0/13 true PP-A:13|srv1:eno1||
Gi1/0/14 true ap-7:eth0|||
Gi1/0/15 true PP-A:15,16|||
Gi1/0/16 false |||`
	if got := lookups(parse(t, interfaces), "Gi1/0/12", "Gi1/0/13", "Gi1/0/14", "Gi1/0/15", "Gi1/0/16"); got != want {
		t.Error(got)
	}
}

// An own list stands first, then the interfaces, then the cables, whatever the order.
func TestMerge(t *testing.T) {
	files := []File{
		{"cables.csv", []byte(cables)},
		{"own.csv", []byte("switch,port,room,use\nSW1,1/12,204 B,printer\nsw1,1/40,1,\n")},
		{"interfaces.csv", []byte(interfaces)},
		{"again.csv", []byte(cables)}, // the same cables in another file
	}
	want := `Gi1/0/12 true PP-A:12|2.14-9|204 B|printer
Gi1/0/3 true ap-7:eth0||Korridor|
Gi1/0/13 true PP-A:13|srv1:eno1||
Gi1/0/40 true ||1|`
	for range 2 {
		m, err := ParseAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if got := lookups(m, "Gi1/0/12", "Gi1/0/3", "Gi1/0/13", "Gi1/0/40"); got != want {
			t.Errorf("%s", got)
		}
		if e, _ := m.Lookup("sw1", "Gi1/0/12"); e.File != "own.csv" || e.Use != port.Printer {
			t.Errorf("%+v", e)
		}
		found, problems := m.Match("sw1", []string{"GigabitEthernet1/0/12", "GigabitEthernet1/0/13"})
		if len(found) != 2 || found["GigabitEthernet1/0/12"].Panel != "PP-A" || len(problems) != 1 {
			t.Errorf("%+v, %v", found, problems)
		}
		slices.Reverse(files)
	}
}

// A way through several panels, over two files, ends; a ring of cables too.
func TestWays(t *testing.T) {
	const head = "Termination A,Device A,Termination B,Device B\n"
	m, err := ParseAll([]File{
		{"1", []byte(head + "g1,sw1,1,P1\n1,P1,1,P2\n")},
		{"2", []byte(head + "U3,Rum 3,1,P1\n")},
	})
	if err == nil || err.Error() != `2:2:10: cable: found "P1 1"; want at most two cables on a port (see 1 line 2), and the devices of one site` || m != nil {
		t.Errorf("three cables on a port: %v", err)
	}
	m, err = ParseAll([]File{
		{"1", []byte(head + "g1,sw1,1,P1\n1,P1,1,P2\n")},
		{"2", []byte(head + "U3,Rum 3,1,P2\na,ring,a,ring\nx,R1,x,R2\nx,R2,x,R3\nx,R3,x,R1\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := lookups(m, "g1"); got != "g1 true P1:1|Rum 3:U3||" {
		t.Error(got)
	}
}

func TestExportMistakes(t *testing.T) {
	for src, want := range map[string]string{
		"ID,Label,Termination A,Termination B,Status,Type\n1,,1,2,x,\n": `f:1:1: Device A: missing; want a column of that title: export all data from NetBox, not the current view
f:1:1: Device B: missing; want a column of that title: export all data from NetBox, not the current view`,
		"Name,Device,Label,Enabled\nGi1,sw1,,True\n":                                                  `f:1:1: Link Peers: missing; want a column of that title: export all data from NetBox, not the current view`,
		"Termination A,Device A,Site A,Termination B,Device B,Site B\n1,sw1,N,1,P,N\n1,sw1,S,9,P,S\n": `f:3:1: cable: found "sw1 1"; want at most two cables on a port (see f line 2), and the devices of one site`,
		"Name,Device,Link Peers\ng1,sw1,P > 1\ng1,sw1,P > 2\n":                                        `f:3:1: port: found "g1"; want each port once; it is in f line 2. Export one site where several have a device of this name`,
		"Name,Device,Link Peers\ng1,sw1\n":                                                            `f:2:1: found 2 columns; want 3 columns, as in the first row`,
		"Name,Device,Link Peers\ng1,sw1,\x1b\n":                                                       `f:2:8: found "\x1b"; want letters that can be shown`,
	} {
		if _, err := Parse("f", []byte(src)); err == nil || err.Error() != want {
			t.Errorf("%q\n got %v\nwant %s", src, err, want)
		}
	}
}
