package port

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rackvakt/snmp/ifmib"
)

func at(index uint32, name, alias string) ifmib.Port {
	return ifmib.Port{Index: index, Name: name, Descr: name, NameGiven: true, Alias: alias}
}

// show writes what is at each index, in the order of ports.
func show(r Identities, ports []ifmib.Port) string {
	var all []string
	for _, p := range ports {
		all = append(all, fmt.Sprintf("%d=%s", p.Index, r.Names[p.Index]))
	}
	return strings.Join(all, " ")
}

func TestIdentify(t *testing.T) {
	for name, c := range map[string]struct {
		before, now []ifmib.Port
		want        string
		moved       []Move
		renamed     []Renamed
	}{
		"the first time":        {nil, []ifmib.Port{at(1, "1", "a"), at(2, "2", "")}, "1=1 2=2", nil, nil},
		"nothing changed":       {[]ifmib.Port{at(1, "1", "a")}, []ifmib.Port{at(1, "1", "b")}, "1=1", nil, nil},
		"an index moved":        {[]ifmib.Port{at(1, "1", "a")}, []ifmib.Port{at(7, "1", "b")}, "7=1", []Move{{"1", 1, 7}}, nil},
		"two swapped":           {[]ifmib.Port{at(1, "1", "a"), at(2, "2", "b")}, []ifmib.Port{at(1, "2", "b"), at(2, "1", "a")}, "1=2 2=1", []Move{{"2", 2, 1}, {"1", 1, 2}}, nil},
		"two swapped, aliases?": {[]ifmib.Port{at(1, "1", "a"), at(2, "2", "b")}, []ifmib.Port{at(1, "2", "a"), at(2, "1", "b")}, "1=2 2=1", []Move{{"2", 2, 1}, {"1", 1, 2}}, nil},
		"found by alias": {[]ifmib.Port{at(1, "Gi1/0/1", "fjärr"), at(2, "Gi1/0/2", "")}, []ifmib.Port{at(2, "Gi1/0/2", ""), at(9, "Gi2/0/1", "fjärr")},
			"2=Gi1/0/2 9=Gi1/0/1", nil, []Renamed{{"Gi1/0/1", "Gi2/0/1", "fjärr", 9}}},
		"no alias":                    {[]ifmib.Port{at(1, "1", "")}, []ifmib.Port{at(2, "2", "")}, "2=2", nil, nil},
		"alias on two new":            {[]ifmib.Port{at(1, "1", "a")}, []ifmib.Port{at(2, "2", "a"), at(3, "3", "a")}, "2=2 3=3", nil, nil},
		"alias on two old":            {[]ifmib.Port{at(1, "1", "a"), at(2, "2", "a")}, []ifmib.Port{at(2, "2", "b"), at(3, "3", "a")}, "2=2 3=3", nil, nil},
		"alias given on":              {[]ifmib.Port{at(1, "1", "a"), at(2, "2", "")}, []ifmib.Port{at(2, "2", "a"), at(3, "3", "")}, "2=2 3=3", nil, nil},
		"name there, alias elsewhere": {[]ifmib.Port{at(1, "1", "a")}, []ifmib.Port{at(1, "1", ""), at(2, "2", "a")}, "1=1 2=2", nil, nil},
		"equal names":                 {nil, []ifmib.Port{at(1, "1", ""), at(2, "1", "")}, "1=1#1 2=1#2", nil, nil},
		"equal names moved, by alias": {[]ifmib.Port{at(1, "1", "a"), at(2, "1", "b")}, []ifmib.Port{at(1, "1", "b"), at(2, "1", "a")}, "1=1#2 2=1#1", []Move{{"1#2", 2, 1}, {"1#1", 1, 2}}, nil},
		"equal names, new indexes":    {[]ifmib.Port{at(1, "1", "a"), at(2, "1", "")}, []ifmib.Port{at(2, "1", "a"), at(3, "1", "")}, "2=1#1 3=1#3", []Move{{"1#1", 1, 2}}, nil},
		"new name is taken":           {[]ifmib.Port{at(1, "1", "a"), at(2, "1", "b")}, []ifmib.Port{at(1, "1", ""), at(3, "1", "a")}, "1=1#1~2 3=1#1", []Move{{"1#1", 1, 3}}, nil},
		"no names":                    {[]ifmib.Port{{Index: 1, Name: "if1", Alias: "a"}}, []ifmib.Port{{Index: 5, Name: "if5", Alias: "a"}}, "5=if1", []Move{{"if1", 1, 5}}, nil},
	} {
		got := Identify(Identify(nil, c.before).Known, c.now)
		if show(got, c.now) != c.want || !reflect.DeepEqual(got.Moved, c.moved) || !reflect.DeepEqual(got.Renamed, c.renamed) || len(got.Problems) != len(c.renamed) {
			t.Errorf("%s: %s, moved %v, renamed %v, %q", name, show(got, c.now), got.Moved, got.Renamed, got.Problems)
		}
	}
}

// A port found by alias keeps its identity at the next poll, tells it once, and
// gives it back when the old name returns.
func TestFoundByAliasStays(t *testing.T) {
	first := Identify(nil, []ifmib.Port{at(1, "Gi1/0/1", "fjärr")})
	moved := []ifmib.Port{at(9, "Gi2/0/1", "fjärr")}
	second := Identify(first.Known, moved)
	if want := []string{`port Gi1/0/1 is now called Gi2/0/1: found by its alias "fjärr"`}; !reflect.DeepEqual(second.Problems, want) {
		t.Errorf("%q", second.Problems)
	}
	third := Identify(second.Known, []ifmib.Port{at(9, "Gi2/0/1", "something else")})
	if third.Names[9] != "Gi1/0/1" || len(third.Renamed)+len(third.Moved)+len(third.Problems) != 0 {
		t.Errorf("%+v", third)
	}
	back := Identify(third.Known, []ifmib.Port{at(1, "Gi1/0/1", "fjärr"), at(9, "Gi2/0/1", "fjärr")})
	if back.Names[1] != "Gi1/0/1" || back.Names[9] != "Gi2/0/1" {
		t.Errorf("%+v", back)
	}
}

// A port that is away for a poll is the same when it returns, also under a new name;
// an agent that makes up names is not remembered for ever.
func TestGone(t *testing.T) {
	first := Identify(nil, []ifmib.Port{at(1, "1", "a"), at(2, "2", "b")})
	away := Identify(first.Known, []ifmib.Port{at(1, "1", "a")})
	if len(away.Known) != 2 || !away.Known[1].Gone {
		t.Errorf("%+v", away.Known)
	}
	if back := Identify(away.Known, []ifmib.Port{at(1, "1", "a"), at(7, "new 2", "b")}); back.Names[7] != "2" || len(back.Renamed) != 1 {
		t.Errorf("%+v", back)
	}
	var known []Known
	for poll := range 40 {
		var ports []ifmib.Port
		for i := range uint32(50) {
			ports = append(ports, at(i+1, fmt.Sprintf("p%d-%d", poll, i), ""))
		}
		known = Identify(known, ports).Known
		if len(known) > mostGone+50 {
			t.Fatal(len(known))
		}
	}
}

// The caller's ports stay as they were.
func TestIdentifyKeepsItsInput(t *testing.T) {
	ports := []ifmib.Port{at(2, "1", ""), at(1, "1", "")}
	ports[0].Odd = make([]string, 1, 4)
	Identify(nil, ports)
	if ports[0].Name != "1" || ports[0].Index != 2 || ports[0].Odd[:2][1] != "" {
		t.Errorf("%+v", ports)
	}
}

// Whatever the permutation of indexes, ports with names of their own keep their
// identity, equal names with aliases of their own too; every port has one identity,
// no two the same, and a second look finds nothing to tell.
func TestPermutationKeepsIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "ports")
		equal := rapid.IntRange(0, n).Draw(t, "equal")
		indexes := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 60), n, n, rapid.ID[uint32]).Draw(t, "indexes")
		after := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 60), n, n, rapid.ID[uint32]).Draw(t, "after")
		before, now := make([]ifmib.Port, n), make([]ifmib.Port, n)
		for i := range n {
			name, alias := fmt.Sprintf("Gi1/0/%d", i), rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "alias")
			if i < equal {
				name, alias = "port", fmt.Sprintf("to %d", i)
			}
			before[i], now[i] = at(indexes[i], name, alias), at(after[i], name, alias)
		}
		first := Identify(nil, before)
		got := Identify(first.Known, now)
		seen := make(map[string]bool)
		moved := 0
		for i := range n {
			is, was := got.Names[after[i]], first.Names[indexes[i]]
			if is != was || seen[is] {
				t.Fatalf("port %d was %q, is %q", i, was, is)
			}
			seen[is] = true
			if after[i] != indexes[i] {
				moved++
			}
		}
		if len(got.Moved) != moved || len(got.Renamed) != 0 || len(got.Names) != n {
			t.Fatalf("%d moved: %+v", moved, got)
		}
		if again := Identify(got.Known, now); len(again.Moved)+len(again.Renamed) != 0 || !reflect.DeepEqual(again.Names, got.Names) {
			t.Fatalf("%+v", again)
		}
	})
}

// Any two polls give every port one identity of its own.
func TestEveryPortHasItsIdentity(t *testing.T) {
	poll := rapid.Custom(func(t *rapid.T) []ifmib.Port {
		indexes := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 9), 0, 6, rapid.ID[uint32]).Draw(t, "indexes")
		var ports []ifmib.Port
		for _, i := range indexes {
			ports = append(ports, at(i, rapid.SampledFrom([]string{"1", "2", "1#2", "1#2~2", "3"}).Draw(t, "name"), rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "alias")))
		}
		return ports
	})
	rapid.Check(t, func(t *rapid.T) {
		var known []Known
		for range 4 {
			ports := poll.Draw(t, "poll")
			got := Identify(known, ports)
			names := make(map[string]bool)
			for _, p := range ports {
				if name := got.Names[p.Index]; name == "" || names[name] {
					t.Fatalf("%q at %d: %+v", name, p.Index, got)
				} else {
					names[name] = true
				}
			}
			for _, k := range got.Known {
				if k.Gone && names[k.Name] || !k.Gone && !names[k.Name] {
					t.Fatalf("%+v", got.Known)
				}
			}
			known = got.Known
		}
	})
}
