package patchmap

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// list is an own list of the ports of sw1.
func list(ports ...string) string {
	return "switch,port\n" + "sw1," + strings.Join(ports, "\nsw1,") + "\n"
}

func TestMatch(t *testing.T) {
	cisco := []string{"Vlan1", "Vlan12", "GigabitEthernet0/0", "GigabitEthernet1/0/1", "GigabitEthernet1/0/12", "GigabitEthernet1/1/1",
		"TenGigabitEthernet1/1/1", "GigabitEthernet2/0/12", "Port-channel12", "StackPort1"}
	for name, c := range map[string]struct {
		ports, rows []string
		want        string // port=row
		problems    string
	}{
		"the same":         {cisco, []string{"gigabitethernet 1/0/12", "vlan12"}, "GigabitEthernet1/0/12=gigabitethernet 1/0/12 Vlan12=vlan12", ""},
		"short forms":      {cisco, []string{"Gi1/0/12", "Te1/1/1", "ge1/1/1"}, "GigabitEthernet1/0/12=Gi1/0/12 GigabitEthernet1/1/1=ge1/1/1 TenGigabitEthernet1/1/1=Te1/1/1", ""},
		"without a word":   {cisco, []string{"1/0/12", "port 1/0/1"}, "GigabitEthernet1/0/1=port 1/0/1 GigabitEthernet1/0/12=1/0/12", ""},
		"without the slot": {cisco, []string{"1/12", "2/12", "Gi1/1"}, "GigabitEthernet1/0/1=Gi1/1 GigabitEthernet1/0/12=1/12 GigabitEthernet2/0/12=2/12", ""},
		"two words for one number": {cisco, []string{"1/1/1"}, "",
			`f:2:5: port: found "1/1/1"; want one port, each in one row; this may be GigabitEthernet1/1/1, TenGigabitEthernet1/1/1, for example GigabitEthernet1/1/1`},
		"not by elimination": {cisco, []string{"Gi1/1/1", "1/1/1"}, "GigabitEthernet1/1/1=Gi1/1/1",
			`f:3:5: port: found "1/1/1"; want one port, each in one row; this may be GigabitEthernet1/1/1, TenGigabitEthernet1/1/1, for example GigabitEthernet1/1/1`},
		"last number on two": {cisco, []string{"12"}, "",
			`f:2:5: port: found "12"; want one port, each in one row; this may be GigabitEthernet1/0/12, GigabitEthernet2/0/12, for example GigabitEthernet1/0/12`},
		"last number":   {[]string{"Gi1/0/1", "Gi1/0/12", "Vlan12", "Te1/1/1"}, []string{"12"}, "Gi1/0/12=12", ""},
		"another stack": {cisco, []string{"3/12"}, "", `f:2:5: port: found "3/12"; want a port of sw1, for example Vlan1`},
		"another word":  {cisco, []string{"Fa1/0/12"}, "", `f:2:5: port: found "Fa1/0/12"; want a port of sw1, for example Vlan1`},
		"one port, two rows": {[]string{"Gi1/0/12"}, []string{"1/12", "12", "Gi1/0/12"}, "Gi1/0/12=Gi1/0/12", `f:2:5: port: found "1/12"; want one port, each in one row; this may be Gi1/0/12, for example Gi1/0/12
f:3:5: port: found "12"; want one port, each in one row; this may be Gi1/0/12, for example Gi1/0/12`},
		"two equal claims": {[]string{"Gi1/0/12"}, []string{"1/12", "Port 1/0/12"}, "Gi1/0/12=Port 1/0/12",
			`f:2:5: port: found "1/12"; want one port, each in one row; this may be Gi1/0/12, for example Gi1/0/12`},
		"two words claim one port": {[]string{"1/0/12"}, []string{"Gi1/0/12", "Te1/0/12"}, "",
			`f:2:5: port: found "Gi1/0/12"; want one port, each in one row; this may be 1/0/12, for example 1/0/12
f:3:5: port: found "Te1/0/12"; want one port, each in one row; this may be 1/0/12, for example 1/0/12`},
		"a VLAN called 1": {[]string{"gi1", "gi2", "1"}, []string{"1", "2"}, "gi2=2",
			`f:2:5: port: found "1"; want one port, each in one row; this may be gi1, 1, for example gi1`},
		"a word's number is no last number": {[]string{"1/12"}, []string{"Gi12"}, "", `f:2:5: port: found "Gi12"; want a port of sw1, for example 1/12`},
		"bare numbers":                      {[]string{"1", "12", "A1"}, []string{"port 1", "12", "a1"}, "1=port 1 12=12 A1=a1", ""},
		"letters of a slot":                 {[]string{"A1", "B1"}, []string{"1"}, "", `f:2:5: port: found "1"; want a port of sw1, for example A1`},
		"Comware":                           {[]string{"Ten-GigabitEthernet1/0/49", "GigabitEthernet1/0/1"}, []string{"XGE1/0/49", "GE1/0/1"}, "GigabitEthernet1/0/1=GE1/0/1 Ten-GigabitEthernet1/0/49=XGE1/0/49", ""},
		"Junos":                             {[]string{"ge-0/0/12", "xe-0/1/0", "ge-0/0/12.0"}, []string{"0/12", "xe-0/1/0"}, "ge-0/0/12=0/12 xe-0/1/0=xe-0/1/0", ""},
		"three of a stack":                  {[]string{"1/1/12", "2/1/12"}, []string{"1/12", "2/1/12"}, "2/1/12=2/1/12", `f:2:5: port: found "1/12"; want a port of sw1, for example 1/1/12`},
		"told apart":                        {[]string{"1#1", "1#2", "e (left)"}, []string{"1#2", "e (left)", "1"}, "1#2=1#2 e (left)=e (left)", `f:4:5: port: found "1"; want a port of sw1, for example 1#1`},
		"no ports":                          {nil, []string{"1"}, "", `f:2:5: port: found "1"; want a port of sw1, which has none`},
	} {
		m, err := Parse("f", []byte(list(c.rows...)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found, problems := m.Match("sw1", c.ports)
		var got []string
		for _, p := range slices.Sorted(maps.Keys(found)) {
			got = append(got, p+"="+found[p].Port)
		}
		if strings.Join(got, " ") != c.want || problems.Error() != c.problems {
			t.Errorf("%s:\n%s\n%v", name, strings.Join(got, " "), problems)
		}
	}
}

// A row is one port's, a port has one row, and what is found alone by Lookup is what
// is found among all, or nothing is found among all.
func TestMatchIsOneToOne(t *testing.T) {
	names := []string{"1", "12", "1/1", "1/12", "1/0/1", "1/0/12", "1/1/1"}
	words := []string{"", "Gi", "GigabitEthernet", "Te", "XGE", "port ", "Vlan", "eth"}
	draw := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom(words).Draw(t, "word") + rapid.SampledFrom(names).Draw(t, "number")
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfNDistinct(draw, 1, 8, func(s string) string { return portKey("sw1", s) }).Draw(t, "rows")
		ports := rapid.SliceOfNDistinct(draw, 1, 8, rapid.ID[string]).Draw(t, "ports")
		m, err := Parse("f", []byte(list(rows...)))
		if err != nil {
			t.Fatal(err)
		}
		found, problems := m.Match("sw1", ports)
		of := make(map[int]string)
		for p, e := range found {
			if other, twice := of[e.Line]; twice {
				t.Fatalf("row %q is %q and %q", e.Port, p, other)
			}
			of[e.Line] = p
			if alone, ok := m.Lookup("sw1", p); ok && alone != e && form(alone.Port).at(levelSame) == form(p).at(levelSame) {
				t.Fatalf("%q: %+v alone, %+v among all", p, alone, e)
			}
		}
		if len(found)+len(problems) != len(rows) {
			t.Fatalf("%d found, %d problems, %d rows", len(found), len(problems), len(rows))
		}
		again, _ := m.Match("sw1", ports)
		if fmt.Sprint(again) != fmt.Sprint(found) {
			t.Fatal("another answer the second time")
		}
	})
}
