package profile

import (
	"slices"
	"testing"

	"rackvakt/snmp/pdu"
)

// The library finds for every device what a search through all profiles does.
func TestLibrary(t *testing.T) {
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	l, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	names := func(list []*Profile) []string {
		var n []string
		for _, p := range list {
			n = append(n, p.Name)
		}
		return n
	}
	ids := []pdu.OID{pdu.MustOID("1.3.6.1.4.1.8072.3.2.10"), ""}
	for _, p := range all {
		for _, r := range p.Match.ObjectID {
			ids = append(ids, r.oid, r.oid.With(7))
		}
	}
	for _, id := range ids {
		got, err := l.Candidates(id)
		if err != nil {
			t.Fatal(err)
		}
		if want := names(Candidates(all, id)); !slices.Equal(names(got), want) {
			t.Errorf("%s: %v, want %v", id, names(got), want)
		}
	}
	own, err := Parse("own.yaml", []byte("name: apc-ups\nmib: [X]\nmatch: {object_id: [1.3.6.1.4.1.9999]}\nroot: 1.3.6.1.4.1.9999\nscalars:\n  - {at: .1, class: count, name: X}\n"))
	if err != nil {
		t.Fatal(err)
	}
	l.Add([]*Profile{own})
	got, err := l.Candidates(pdu.MustOID("1.3.6.1.4.1.318.1"))
	if err != nil || slices.Contains(names(got), "apc-ups") {
		t.Errorf("a replaced profile is still there: %v, %v", names(got), err)
	}
	if got, _ := l.Candidates(pdu.MustOID("1.3.6.1.4.1.9999.1")); !slices.Contains(got, own) {
		t.Errorf("the added profile is not found: %v", names(got))
	}
}

// BenchmarkEmbedded: what a start costs, beside reading all.
func BenchmarkEmbedded(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Embedded(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Builtin(); err != nil {
			b.Fatal(err)
		}
	}
}
