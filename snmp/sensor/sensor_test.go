package sensor

import (
	"encoding/json"
	"math"
	"testing"

	"rackvakt/snmp/pdu"
)

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		digits int64
		exp    int
		text   string
	}{
		{21625, -3, "21.625"}, {4752, -6, "0.004752"}, {-56, -1, "-5.6"}, {-5, -2, "-0.05"}, {0, -9, "0"}, {0, 24, "0"},
		{48, 0, "48"}, {500, -1, "50"}, {1100, -3, "1.1"}, {15, 2, "1500"}, {math.MinInt64, -3, "-9223372036854775.808"},
		{-1, 0, "-1"}, {7, 24, "7000000000000000000000000"}, {1, -33, "0.000000000000000000000000000000001"},
	} {
		d := Dec(c.digits, c.exp)
		if d.String() != c.text {
			t.Errorf("%d x 10^%d is written %q, want %q", c.digits, c.exp, d, c.text)
		}
		if back, err := ParseDecimal(c.text); err != nil || back != d {
			t.Errorf("%q is read as %+v (%v), want %+v", c.text, back, err, d)
		}
	}
	for _, bad := range []string{"", "-", ".5", "1.-5", "1e3", "9223372036854775808", "0x1", "1.2.3"} {
		if d, err := ParseDecimal(bad); err == nil {
			t.Errorf("%q is read as %v", bad, d)
		}
	}
	if Dec(1, 41).Present || Dec(1, -41).Present || (Decimal{}).String() != "" {
		t.Error("what no MIB has is present")
	}
}

func TestIn(t *testing.T) {
	for _, c := range []struct {
		d    Decimal
		exp  int
		want int64
		ok   bool
	}{
		{Dec(21625, -3), -3, 21625, true}, {Dec(21625, -3), -2, 2163, true}, {Dec(-21625, -3), -2, -2163, true},
		{Dec(21624, -3), -2, 2162, true}, {Dec(48, 0), -3, 48000, true}, {Dec(1, -33), -3, 0, true},
		{Dec(7, 24), 0, 0, false}, {Decimal{}, 0, 0, false}, {Dec(5, 2), 2, 5, true},
	} {
		if got, ok := c.d.In(c.exp); got != c.want && ok || ok != c.ok {
			t.Errorf("%v in 10^%d is %d, %t, want %d, %t", c.d, c.exp, got, ok, c.want, c.ok)
		}
	}
	if got := Dec(5, -1).Times(60); got != Dec(30, 0) {
		t.Errorf("0.5 x 60 is %v", got)
	}
	if got := Dec(math.MaxInt64, 0).Times(60); got.Present {
		t.Errorf("what does not fit is %v", got)
	}
}

func TestJSON(t *testing.T) {
	s := Sensor{OID: pdu.MustOID("1.3.6.1.2.1.99.1.1.1.4.7001"), Class: Temperature, Value: Dec(21625, -3), Unit: Temperature.Unit(), Status: OK}
	for _, c := range []struct {
		change func()
		want   string
	}{
		{func() {}, `{"oid":"1.3.6.1.2.1.99.1.1.1.4.7001","class":"temperature","name":null,"value":21.625,"unit":"°C","word":null,"status":"ok","limits":null}`},
		{func() {
			s.Name, s.Value, s.Status, s.Limits = "T", Decimal{}, Unavailable, Limits{HighWarning: Dec(-75, 0)}
		}, `{"oid":"1.3.6.1.2.1.99.1.1.1.4.7001","class":"temperature","name":"T","value":null,"unit":"°C","word":null,"status":"unavailable",` +
			`"limits":{"low_critical":null,"low_warning":null,"high_warning":-75,"high_critical":null}}`},
		{func() {
			s.Class, s.Value, s.Unit, s.Word, s.Status, s.Limits = State, Dec(2, 0), "", "off", "", Limits{}
		}, `{"oid":"1.3.6.1.2.1.99.1.1.1.4.7001","class":"state","name":"T","value":2,"unit":null,"word":"off","status":null,"limits":null}`},
	} {
		c.change()
		b, err := json.Marshal(s)
		if err != nil || string(b) != c.want {
			t.Errorf("%s %v\nwant %s", b, err, c.want)
		}
	}
	if !Airflow.Known() || Class("volume").Known() {
		t.Error("a class is not known, or one too many is")
	}
}

// FuzzDecimal: what is written is read back as the same number.
func FuzzDecimal(f *testing.F) {
	f.Add(int64(21625), -3, "21.625")
	f.Add(int64(math.MinInt64), 40, "-0.5")
	f.Fuzz(func(t *testing.T, digits int64, exp int, s string) {
		for _, d := range []Decimal{Dec(digits, exp), Dec(digits, exp%maxExp)} {
			if !d.Present {
				continue
			}
			if !json.Valid([]byte(d.String())) {
				t.Errorf("%+v is written %q", d, d)
			}
			if back, err := ParseDecimal(d.String()); err != nil && len(d.String()) < 19 || err == nil && back != d {
				t.Errorf("%q is read as %+v: %v", d, back, err)
			}
			d.In(-3)
			d.Times(60)
		}
		if d, err := ParseDecimal(s); err == nil && !d.Present {
			t.Errorf("%q is nothing", s)
		}
	})
}

func TestPossible(t *testing.T) {
	for _, c := range []struct {
		class Class
		v     Decimal
		want  bool
	}{
		{Temperature, Dec(65535, -1), false}, {Temperature, Dec(-999, -1), false}, {Temperature, Dec(-90, 0), true}, {Temperature, Dec(125, 0), true},
		{Humidity, Dec(1001, -1), false}, {Humidity, Dec(100, 0), true}, {Humidity, Dec(-1, 0), false}, {Charge, Dec(255, 0), false}, {Power, Dec(-65535, 0), true},
	} {
		if got := c.class.Possible(c.v); got != c.want {
			t.Errorf("%v of class %s: %t", c.v, c.class, got)
		}
	}
}
