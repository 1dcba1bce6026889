package pdu

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestOID(t *testing.T) {
	for _, s := range []string{"1.3.6.1.2.1.1.3.0", "0", "2.999.4294967295"} {
		if o, err := ParseOID("." + s); err != nil || o.String() != s {
			t.Errorf("%s: %s, %v", s, o, err)
		}
	}
	for _, s := range []string{"", ".", "1..3", "1.4294967296", "a", "-1", strings.Repeat("1.", 200) + "1"} {
		if o, err := ParseOID(s); err == nil {
			t.Errorf("%q is taken as %s", s, o)
		}
	}
	if !(MustOID("1.3.9") < MustOID("1.3.10")) || !MustOID("1.3.10.1").Under(MustOID("1.3.10")) || MustOID("1.3.10").Under(MustOID("1.3.10")) {
		t.Error("order or tree of identifiers is wrong")
	}
	if MustOID("1.3.101").Under(MustOID("1.3.10")) {
		t.Error("1.3.101 is not under 1.3.10")
	}
}

func TestNumbersUnderWrongTypes(t *testing.T) {
	for _, c := range []struct {
		v       Value
		n       uint64
		present bool
	}{
		{Int(5), 5, true}, {Int(-1), 0, false}, {Gauge(7), 7, true}, {Text(" 1000000 \x00"), 1000000, true},
		{Text("fast"), 0, false}, {Count64(1<<64 - 1), 1<<64 - 1, true}, {Ticks(9), 9, true}, {Value{}, 0, false},
		{Value{Type: NoSuchInstance}, 0, false}, {Value{Type: Null}, 0, false}, {Identifier(MustOID("1.3")), 0, false},
	} {
		if got := c.v.Number(); got.Value != c.n || got.Present != c.present {
			t.Errorf("%+v is %+v", c.v, got)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"Gi1\x00 ": "Gi1", "R\xe4v": "Räv", "Räv": "Räv", "a\x01b\nc": "a b c", "\x00\x00": "", " x ": "x",
		"rtl\u202eevil": "rtl evil", strings.Repeat("å", 200): strings.Repeat("å", 127),
	} {
		if got := Clean([]byte(in)); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestNumberJSON(t *testing.T) {
	for text, n := range map[string]Number{"null": {}, "0": Some(0), "18446744073709551615": Some(1<<64 - 1)} {
		b, err := json.Marshal(n)
		var back Number
		if err != nil || string(b) != text || json.Unmarshal(b, &back) != nil || back != n {
			t.Errorf("%+v is %s, %v", n, b, err)
		}
	}
}

// FuzzValue: whatever an agent calls a value, text is fit to show.
func FuzzValue(f *testing.F) {
	f.Add(byte(OctetString), []byte("Gi1\x00 \xe4"), uint64(0))
	f.Add(byte(Integer), []byte{}, uint64(1<<63))
	f.Fuzz(func(t *testing.T, kind byte, octets []byte, n uint64) {
		v := Value{Type: Type(kind), Octets: octets, Num: n}
		s := v.Text()
		if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || utf8.RuneCountInString(s) > maxText {
			t.Errorf("%q from %q", s, octets)
		}
		v.Number()
		if _, err := json.Marshal(v.Number()); err != nil {
			t.Error(err)
		}
		v.Exists()
	})
}

// FuzzParseOID: what is read is written the same way, in the order of its arcs.
func FuzzParseOID(f *testing.F) {
	f.Add("1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.3")
	f.Add(".1.3.4294967295", "1..3")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, err := ParseOID(a)
		if err != nil {
			return
		}
		back, err := ParseOID(x.String())
		if err != nil || back != x || x.Len() > maxArcs {
			t.Errorf("%q is %q, %v", a, x, err)
		}
		y, err := ParseOID(b)
		if err != nil || !x.Under(y) {
			return
		}
		if rest, ok := x.Index(y); !ok || y.With(rest...) != x || x <= y {
			t.Errorf("%s under %s: %v", x, y, rest)
		}
	})
}
