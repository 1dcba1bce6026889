package climate

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

func day(text string) Date {
	var d Date
	if err := d.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return d
}

func compared(points ...Comparison) *Calibration {
	return &Calibration{Date: day("2026-05-02"), Due: day("2027-05-02"), Points: points, Uncertainty: 200}
}

func stamp(text string, synced bool) reading.Stamp {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return reading.Stamp{Wall: at, Synced: synced}
}

func TestCalibration(t *testing.T) {
	two := compared(Comparison{300, 0}, Comparison{50_400, 50_000})
	one := compared(Comparison{20_500, 20_000})
	inTime, late := stamp("2027-05-02T23:59:00Z", true), stamp("2027-05-03T00:00:01Z", true)
	for _, c := range []struct {
		name    string
		cal     *Calibration
		shown   int64
		now     reading.Stamp
		want    int64
		off     int64
		overdue bool
	}{
		{"none", nil, 25_000, inTime, 25_000, 500, false},
		{"first point", two, 300, inTime, 0, 200, false},
		{"second point", two, 50_400, inTime, 50_000, 200, false},
		{"between", two, 25_350, inTime, 25_000, 200, false},
		{"a span above", two, 100_500, inTime, 100_000, 400, false},
		{"half a span below", two, -24_750, inTime, -25_000, 300, false},
		{"offset", one, 31_000, inTime, 30_500, 200, false},
		{"overdue", two, 300, late, 0, 500, true},
		{"clock not known", two, 300, stamp("2031-01-01T00:00:00Z", false), 0, 200, false},
	} {
		v, off := c.cal.apply(c.shown, 500, c.now)
		if v != c.want || off != c.off || c.cal.overdue(c.now) != c.overdue {
			t.Errorf("%s: %d ± %d, want %d ± %d, overdue %v", c.name, v, off, c.want, c.off, c.cal.overdue(c.now))
		}
	}
}

// A calibration keeps the order of values, and gives back its points.
func TestCalibrationIsMonotonic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s0 := rapid.Int64Range(-20_000, 40_000).Draw(t, "s0")
		s1 := s0 + rapid.Int64Range(nearest, 80_000).Draw(t, "s1")
		t0 := s0 + rapid.Int64Range(-2_000, 2_000).Draw(t, "t0")
		t1 := max(s1+rapid.Int64Range(-2_000, 2_000).Draw(t, "t1"), t0+nearest)
		c := compared(Comparison{Milli(s0), Milli(t0)}, Comparison{Milli(s1), Milli(t1)})
		at := func(v int64) int64 { got, _ := c.apply(v, 0, reading.Stamp{}); return got }
		a := rapid.Int64Range(-55_000, 125_000).Draw(t, "a")
		b := a + rapid.Int64Range(0, 1_000).Draw(t, "b")
		if at(s0) != t0 || at(s1) != t1 || at(a) > at(b) {
			t.Fatalf("%d -> %d, %d -> %d, %d -> %d, %d -> %d", s0, at(s0), s1, at(s1), a, at(a), b, at(b))
		}
	})
}

type file struct {
	Climate []Options `yaml:"climate"`
}

// Validate checks what only all probes together show.
func (f *file) Validate(r *strictyaml.Report) { ValidateTogether(f.Climate, r.At("climate")) }

func TestCalibrationInAFile(t *testing.T) {
	const head = "climate:\n  - {name: climate, position: inlet, driver: sht4x, "
	good := head + "calibration: {date: 2026-05-02, due: 2027-05-02, points: [{shown: 0.3, true: 0.0}, {shown: 50.4, true: 50.0}], uncertainty: 0.2},\n" +
		"     humidity_calibration: {date: 2026-05-02, due: 2027-05-02, points: [{shown: 52, true: 50}], uncertainty: 1.5},\n" +
		"     agrees_with: climate/room, within: 2.5, stuck_after: 0s, creep_after: 24h}\n" +
		"  - {name: climate, position: room, driver: hwmon, chip: lm75, unit: 1-0048, label: temp1}\n"
	var f file
	if p := strictyaml.Decode("f", []byte(good), &f); p.Err() != nil {
		t.Fatal(p)
	}
	o := f.Climate[0]
	if c := o.Calibration; c.Due.String() != "2027-05-02" || c.Points[1] != (Comparison{50_400, 50_000}) || c.Uncertainty != 200 {
		t.Errorf("%+v", c)
	}
	if o.Within != 2_500 || o.HumidityCalibration.Points[0].True != 50_000 || f.Climate[1].Source() != "hwmon lm75 1-0048 temp1" {
		t.Errorf("%+v", f.Climate)
	}
	for bad, want := range map[string]string{
		"calibration: {}}": "climate[0].calibration.date: missing",
		"calibration: {date: 2026-05-02, due: 2026-05-02}}": "climate[0].calibration.due: found \"2026-05-02\"; want a day after date",
		"calibration: {date: 2 maj}}":                       "want a day, for example 2026-05-02",
		"calibration: {date: 2026-05-02, due: 2027-05-02, uncertainty: 0.2, points: [{shown: 30, true: 0}]}}":                         "climate[0].calibration.points[0]: found \"30 for 0\"; want a correction of at most 10",
		"calibration: {date: 2026-05-02, due: 2027-05-02, uncertainty: 0.2, points: [{shown: 20, true: 20}, {shown: 21, true: 21}]}}": "climate[0].calibration.points: found \"20 and 21\"; want two points in rising order",
		"calibration: {date: 2026-05-02, due: 2027-05-02, uncertainty: 9, points: [{shown: 20, true: 20}]}}":                          "climate[0].calibration.uncertainty: found \"9\"",
		"calibration: {date: 2026-05-02, due: 2027-05-02, uncertainty: 0.2, points: [{shown: warm, true: 20}]}}":                      "want a number with at most three decimals",
		"agrees_with: climate/roof}":  "climate[0].agrees_with: found \"climate/roof\"; want name/position of another probe in the list",
		"agrees_with: climate/inlet}": "want another probe than itself",
		"within: 0.1}":                "climate[0].within",
		"stuck_after: 1s}":            "climate[0].stuck_after",
		"creep_after: 1000h}":         "climate[0].creep_after",
	} {
		p := strictyaml.Decode("f", []byte(head+bad+"\n"), &file{})
		if len(p) == 0 || !strings.Contains(p.Error(), want) {
			t.Errorf("%s:\n%v\nwant %s", bad, p, want)
		}
	}
	for bad, want := range map[string]string{
		"{name: a, driver: mcp9808, humidity_calibration: {date: 2026-05-02, due: 2027-05-02, uncertainty: 1, points: [{shown: 1, true: 1}]}}": "climate[0].humidity_calibration: found \"mcp9808\"; want none",
		"{name: a, driver: hwmon}":                        "climate[0].chip: found \"\"",
		"{name: a, driver: hwmon, chip: lm75, unit: a/b}": "climate[0].unit",
		"{name: a, driver: dht22}":                        "want one of sht4x, sht3x, hdc302x, bme280, bmp280, mcp9808, tmp102, lm75, ds18b20, hwmon",
		"{name: a, driver: hdc302x, address: 0x48}":       "0x44 to 0x47 for hdc302x",
	} {
		p := strictyaml.Decode("f", []byte("climate:\n  - "+bad+"\n"), &file{})
		if len(p) != 1 || !strings.Contains(p.Error(), want) {
			t.Errorf("%s:\n%v\nwant %s", bad, p, want)
		}
	}
}
