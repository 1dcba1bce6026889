package patchmap

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/port"
)

// example is the list of the package comment.
const example = `switch,port,panel,panel_port,outlet,room,use
sw1,1/12,A,12,2.14-1,204,user
sw1,1/13,A,13,2.14-2,204,printer
sw1,1/47,,,,,oanvänd
sw1,1/49,,,,,uplink
`

func parse(t *testing.T, src string) *Map {
	t.Helper()
	m, err := Parse("korskoppling.csv", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestExample(t *testing.T) {
	m := parse(t, example)
	for name, want := range map[string]Entry{
		"1/12":                  {Port: "1/12", Panel: "A", PanelPort: "12", Outlet: "2.14-1", Room: "204", Use: port.User, Line: 2, Column: 5},
		"Gi1/0/13":              {Port: "1/13", Panel: "A", PanelPort: "13", Outlet: "2.14-2", Room: "204", Use: port.Printer, Line: 3, Column: 5},
		"GigabitEthernet1/0/47": {Port: "1/47", Use: port.Unused, Line: 4, Column: 5},
		"1/49":                  {Port: "1/49", Use: port.Uplink, Line: 5, Column: 5},
	} {
		want.Switch, want.File = "sw1", "korskoppling.csv"
		if got, ok := m.Lookup("SW1", name); !ok || got != want {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
	for _, other := range [][2]string{{"sw2", "1/12"}, {"sw1", "1/1"}, {"sw1", "2/12"}, {"sw1", "1/1/12"}, {"sw1", "Vlan12"}, {"sw1", "12"}} {
		if got, ok := m.Lookup(other[0], other[1]); ok {
			t.Errorf("%q: %+v", other, got)
		}
	}
	if got := m.Devices(); !reflect.DeepEqual(got, []string{"sw1"}) || len(m.Notes()) != 0 {
		t.Errorf("%q, %q", got, m.Notes())
	}
}

func TestFacts(t *testing.T) {
	at := reading.Stamp{Boot: "b", Mono: 7}
	point := reading.Point{Device: "sw1", Object: "Gi1/0/12"}
	fact := func(l reading.Label, text string) reading.Fact {
		return reading.Fact{Point: point, Label: l, Text: text, At: at}
	}
	for _, c := range []struct {
		entry               Entry
		outlet, room, panel string
	}{
		{Entry{Panel: "A", PanelPort: "12", Outlet: "2.14-1", Room: "204"}, "2.14-1", "204", "A:12"},
		{Entry{PanelPort: "12"}, "", "", "12"},
		{Entry{Panel: "A"}, "", "", "A"},
		{Entry{}, "", "", ""},
	} {
		want := []reading.Fact{fact(reading.LabelOutlet, c.outlet), fact(reading.LabelRoom, c.room), fact(reading.LabelPanelPort, c.panel)}
		if got := c.entry.Facts("sw1", "Gi1/0/12", at); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: %+v", c.entry, got)
		}
	}
}

// One list, as spreadsheets and people write it.
func TestForms(t *testing.T) {
	want := Entry{Switch: "sw1", Port: "1/12", Panel: "A", PanelPort: "12", Outlet: "Läkare, 2", Room: "204", Use: port.User}
	for name, src := range map[string]string{
		"commas":              "switch,port,panel,panel_port,outlet,room,use\nsw1,1/12,A,12,\"Läkare, 2\",204,user\n",
		"other order":         "use,room,port,switch,outlet,panel_port,panel\nuser,204,1/12,sw1,\"Läkare, 2\",12,A",
		"Swedish Excel":       "\ufeffswitch;port;panel;panelport;uttag;rum;användning\r\nsw1;1/12;A;12;Läkare, 2;204;användare\r\n",
		"Windows-1252":        "switch;port;panel;panelport;uttag;rum;anv\xe4ndning\r\nsw1;1/12;A;12;L\xe4kare, 2;204;anv\xe4ndare\r\n",
		"letters taken apart": "switch;port;panel;panelport;uttag;rum;use\nsw1;1/12;A;12;La\u0308kare, 2;204;anva\u0308ndare\n",
		"tabs":                "Switch\tPort\tPanel\tPanel port\tOutlet\tRoom\tUse\nsw1\t1/12\tA\t12\tLäkare, 2\t204\tUser\n",
		"bars and blanks":     " switch | port | panel | panel-port | outlet | room | use \n sw1 | 1/12 | A | 12 | Läkare,  2 | 204 | user \n",
		"told separator":      "sep=;\r\nswitch;port;panel;panel_port;outlet;room;use\r\nsw1;1/12;A;12;Läkare, 2;204;user\r\n",
		"empty rows":          "\n;;;;;;\nswitch;port;panel;panel_port;outlet;room;use\n\n;;;;;;\nsw1;1/12;A;12;Läkare, 2;204;user\n;;;;;;\n",
		"wider sheet":         "switch;port;panel;panel_port;outlet;room;use;;\nsw1;1/12;A;12;Läkare, 2;204;user;;\nsw1;1/13;;;;;\n",
		"CR alone":            "switch;port;panel;panel_port;outlet;room;use\rsw1;1/12;A;12;Läkare, 2;204;user\r",
		"break in a cell":     "switch;port;panel;panel_port;outlet;room;use\nsw1;1/12;A;12;\"Läkare,\n2\";204;user\n",
	} {
		m, err := Parse("f", []byte(src))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, _ := m.Lookup("sw1", "1/12")
		got.File, got.Line, got.Column = "", 0, 0
		if got != want {
			t.Errorf("%s: %+v", name, got)
		}
		if notes := len(m.Notes()); (notes == 1) != (name == "Windows-1252") {
			t.Errorf("%s: %q", name, m.Notes())
		}
	}
	if got, _ := parse(t, "switch,port\nsw1,1\n").Lookup("sw1", "1"); got.Port != "1" {
		t.Errorf("two columns: %+v", got)
	}
}

// Every mistake, with the whole message.
func TestMistakes(t *testing.T) {
	const head = ownHeader + "\n"
	for src, want := range map[string]string{
		"":                                `f:1:1: missing; want a first row with the columns, for example ` + ownHeader,
		" \n;;\n":                         ``,
		"a,b\n1,2\n":                      `f:1:1: found "a"; want a first row with the columns switch and port, or a NetBox export of cables or interfaces with all columns, for example ` + ownHeader,
		"switch,rum\nsw1,2\n":             `f:1:1: port: missing; want a column of that title, for example ` + ownHeader,
		"port,panel\n1,2\n":               `f:1:1: switch: missing; want a column of that title, for example ` + ownHeader,
		"switch,port,våning\nsw1,1,2\n":   `f:1:13: found "våning"; want a column of the list, for example ` + ownHeader,
		"switch,port,rum,room\na,1,2,3\n": `f:1:17: room: found "room"; want each column once, for example ` + ownHeader,
		head + "sw1,1/1,A\n":              `f:2:1: found 3 columns; want 7 columns, as in the first row`,
		head + "sw1,1/1,,,,,,x\n":         `f:2:14: found "x"; want 7 columns, as in the first row`,
		head + ",1/1,,,,,\n":              `f:2:1: switch: missing; want the name of the switch in the configuration, for example sw1`,
		head + "sw1,,,,,,user\n":          `f:2:5: port: missing; want the name of the port, for example 1/12`,
		head + "sw1,1/1,,,å,ä,läkare\n":   `f:2:15: use: found "läkare"; want one of uplink, access_point, printer, server, phone, user, unused, for example user`,
		head + "sw1,01-dec,,,,,\n":        `f:2:5: port: found "01-dec"; want a port, not the date that a spreadsheet made of it: format the column as text, for example 1/12`,
		head + "sw1,2026-12-01,,,,,\n":    `f:2:5: port: found "2026-12-01"; want a port, not the date that a spreadsheet made of it: format the column as text, for example 1/12`,
		head + "sw1,1/1,A,,,,\nsw2,1/1,,,,,\nsw1,1/01,,,,,\n":       `f:4:5: port: found "1/01"; want each port once; it is in f line 2`,
		head + "sw1,Gi1/0/1,,,,,\nsw1,GigabitEthernet 1/0/1,,,,,\n": `f:3:5: port: found "GigabitEthernet 1/0/1"; want each port once; it is in f line 2`,
		head + "sw1,1/1,12\" panel,,,,\nsw1,1/2,,,,,\n":             `f:2:11: found a quote out of place; want quotes around a whole cell, and "" for a quote in it, for example "Room 2, left"`,
		head + "sw1,1/1,\"A,,,,\nsw1,1/2,,,,,\n":                    `f:2:1: found a quote out of place; want quotes around a whole cell, and "" for a quote in it, for example "Room 2, left"`,
		head + "sw1,1/1,\x1b[2J,,,,\n":                              `f:2:9: found "\x1b[2J"; want letters that can be shown`,
		head + "sw1,1/1," + strings.Repeat("å", 121) + ",,,,\n":     `f:2:9: found "` + strings.Repeat("å", 120) + `…"; want at most 120 characters`,
		head + "sw1,1/1,,,å,,\nsw1,1/2,,,\xe5,,\n":                  `f:3:11: found the byte 0xe5; want UTF-8 all through, as in the rest of the file`,
		"s\x00w\x00":                    `f:1:2: found a NUL byte or UTF-16; want text saved as CSV UTF-8`,
		"\xff\xfes":                     `f:1:1: found a NUL byte or UTF-16; want text saved as CSV UTF-8`,
		strings.Repeat(",x", 300):       `f:1:1: found 301 columns; want at most 256 columns`,
		strings.Repeat("x", MaxBytes+1): `f:1:1: found 8388609 bytes; want at most 8388608 bytes`,
	} {
		_, err := Parse("f", []byte(src))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if want != "" && got != want || want == "" && got == "" {
			t.Errorf("%.200q\n got %s\nwant %s", src, got, want)
		}
	}
}

// All mistakes of all files come at once, in order, and no map.
func TestAllMistakes(t *testing.T) {
	m, err := ParseAll([]File{
		{"b.csv", []byte("switch,port,use\nsw1,1,x\n,2,user\nsw1,,y\nsw1,1,user\n")},
		{"a.csv", []byte("switch;port\nsw1;1\n")},
	})
	want := `b.csv:2:7: use: found "x"; want one of uplink, access_point, printer, server, phone, user, unused, for example user
b.csv:3:1: switch: missing; want the name of the switch in the configuration, for example sw1
b.csv:4:5: port: missing; want the name of the port, for example 1/12
b.csv:4:6: use: found "y"; want one of uplink, access_point, printer, server, phone, user, unused, for example user`
	if m != nil || err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "a.csv:2:5: port") {
		t.Errorf("%v, %v", m, err)
	}
	_, err = Parse("f", []byte("switch,port\n"+strings.Repeat("sw1,\n", 300)))
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != maxProblems+1 || lines[maxProblems] != "f:102:5: found 200 more mistakes; want these right first" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestUnknown(t *testing.T) {
	m := parse(t, "switch,port\nsw9,1\nsw1,1\nsw9,2\n")
	got := m.Unknown([]string{"SW1", "sw2"})
	if len(got) != 1 || got[0].String() != `korskoppling.csv:2:5: switch: found "sw9"; want the name of a configured switch, for example SW1` {
		t.Errorf("%v", got)
	}
	if got := m.Unknown([]string{"sw1", "sw9"}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	var none *Map
	if _, ok := none.Lookup("sw1", "1"); ok || none.Devices() != nil || none.Notes() != nil || none.Unknown(nil) != nil {
		t.Error("a nil map is not empty")
	}
}

// The limits of a spreadsheet.
func TestSize(t *testing.T) {
	var b strings.Builder
	b.WriteString(ownHeader + "\n")
	for i := range MaxRows + 1 {
		fmt.Fprintf(&b, "sw%d,1/%d,A,%d,U%d,204,user\n", i/48, i%48+1, i%48+1, i)
		if i == 4_999 {
			m := parse(t, b.String())
			if e, _ := m.Lookup("sw104", "Gi1/0/8"); e.Outlet != "U4999" {
				t.Errorf("%+v", e)
			}
		}
	}
	_, err := Parse("f", []byte(b.String()))
	if err == nil || err.Error() != `f:20002:1: found 20001 rows; want at most 20000 rows` {
		t.Error(err)
	}
}

func BenchmarkParse(b *testing.B) {
	var s strings.Builder
	s.WriteString(ownHeader + "\n")
	for i := range 5_000 {
		fmt.Fprintf(&s, "sw%d,1/%d,A,%d,U%d,204,user\n", i/48, i%48+1, i%48+1, i)
	}
	for b.Loop() {
		if _, err := Parse("f", []byte(s.String())); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzParse: no file makes the parser panic, or an entry that cannot be shown, found
// or told apart; a mistake has its place.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		example, "sep=;\nswitch;port\nsw1;\"1/1\"\n", cables, interfaces, oldCables, "\ufeffswitch,port\r\na,\xe5\r\n", "switch,port\n\"a\nb\",\"1\"\"2\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Parse("f", src)
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, "f:") || strings.HasPrefix(line, "f:0") || strings.Contains(line, ":0: ") && !strings.Contains(line, "\"") {
					t.Errorf("%q", line)
				}
			}
			return
		}
		for _, d := range m.Devices() {
			for _, e := range append(m.own[device(d)], m.exported[device(d)]...) {
				got, ok := m.Lookup(d, e.Port)
				if !ok && len(m.own[device(d)]) > 0 && e.File == "f" && len(m.exported) == 0 {
					t.Errorf("%+v is not found", e)
				}
				for _, fact := range append(got.Facts(d, e.Port, reading.Stamp{}), e.Facts(d, e.Port, reading.Stamp{})...) {
					if strings.ContainsFunc(fact.Text, unicode.IsControl) {
						t.Errorf("%+v", fact)
					}
				}
				if e.Line < 1 || e.Column < 1 || e.Switch == "" || e.Port == "" {
					t.Errorf("%+v", e)
				}
			}
		}
	})
}
