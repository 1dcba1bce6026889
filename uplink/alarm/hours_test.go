package alarm_test

import (
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

func hours(t *testing.T, texts ...string) []alarm.Hours {
	t.Helper()
	list := make([]alarm.Hours, len(texts))
	for i, text := range texts {
		if err := list[i].UnmarshalText([]byte(text)); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	return list
}

func TestHoursText(t *testing.T) {
	for _, good := range []string{"mon-fri 07:00-17:00", "sat 09:30-24:00", "fri-mon 00:00-00:01"} {
		if got := hours(t, good)[0].String(); got != good {
			t.Errorf("%q comes back as %q", good, got)
		}
	}
	for _, bad := range []string{"", "mon", "mon-fri", "måndag 07:00-17:00", "mon-fri 7-17", "mon-fri 17:00-07:00", "mon 07:00-07:00",
		"mon 07:00-24:01", "mon 07:60-08:00", "mon 07:00-17:00 ", "mon-xyz 07:00-17:00", "mon 07:00-25:00"} {
		var h alarm.Hours
		if err := h.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken as %s", bad, h)
		}
	}
}

func FuzzHours(f *testing.F) {
	for _, s := range []string{"mon-fri 07:00-17:00", "sat 09:00-12:00", "sun-sun 00:00-24:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var h, back alarm.Hours
		if h.UnmarshalText([]byte(s)) != nil {
			return
		}
		if err := back.UnmarshalText([]byte(h.String())); err != nil || back != h {
			t.Errorf("%q is %+v, and comes back as %+v, %v", s, h, back, err)
		}
	})
}

// scheduled plays one opening at the given Swedish wall time and tells whether it
// was told to be unscheduled.
func scheduled(t *testing.T, plan alarm.Plan, at time.Time) bool {
	plan.Scheduled, plan.Doors = true, []alarm.DoorContact{{Point: door}}
	begin := reading.Stamp{Boot: "b", Mono: time.Hour, Wall: at.UTC().Add(-time.Minute), Synced: true}
	e := alarm.New(plan, func() string { return "x" }, begin)
	told := false
	for i := int64(-60); i <= 10; i++ {
		now := begin.Add(time.Duration(i+60) * time.Second)
		v := int64(0)
		if i >= 0 && i < 5 {
			v = 1
		}
		for _, c := range e.Step(reading.Batch{Readings: []reading.Reading{{Point: door, Value: v, Quality: reading.Good, At: now}}}, now).Changes {
			told = told || c.Act == alarm.Raise && c.Code == alarm.DoorUnscheduled
		}
	}
	return !told
}

func swedish(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestHoursOfTheWeek(t *testing.T) {
	plan := alarm.Plan{Hours: hours(t, "mon-fri 07:00-17:00", "sat 10:00-12:00"),
		Visits: []alarm.Visit{{From: swedish(t, "2026-03-04 22:00"), To: swedish(t, "2026-03-05 02:00")}}}
	for _, x := range []struct {
		at   string
		want bool
	}{
		{"2026-03-02 06:59", false}, {"2026-03-02 07:00", true}, {"2026-03-02 16:59", true}, {"2026-03-02 17:00", false},
		{"2026-03-07 09:59", false}, {"2026-03-07 11:00", true}, {"2026-03-07 13:00", false}, {"2026-03-08 11:00", false},
		// The same wall time in winter and in summer.
		{"2026-06-30 06:59", false}, {"2026-06-30 07:00", true}, {"2026-06-30 16:59", true}, {"2026-06-30 17:00", false},
		// A visit, over midnight.
		{"2026-03-04 21:59", false}, {"2026-03-04 22:00", true}, {"2026-03-05 01:59", true}, {"2026-03-05 02:00", false},
		// Public holidays, though on working days.
		{"2026-01-01 10:00", false}, {"2026-01-06 10:00", false}, {"2026-04-03 10:00", false}, {"2026-04-06 10:00", false},
		{"2026-05-01 10:00", false}, {"2026-05-14 10:00", false}, {"2026-06-19 10:00", false}, {"2026-12-24 10:00", false},
		{"2026-12-25 10:00", false}, {"2026-12-31 10:00", false}, {"2025-06-06 10:00", false}, {"2026-10-31 11:00", false},
		{"2026-06-20 11:00", false}, {"2026-06-06 11:00", false},
		// Days that are like them and are none.
		{"2026-01-05 10:00", true}, {"2026-04-02 10:00", true}, {"2026-04-07 10:00", true}, {"2026-05-15 10:00", true},
		{"2026-05-25 10:00", true}, {"2026-06-18 10:00", true}, {"2026-06-22 10:00", true}, {"2026-11-07 11:00", true}, {"2026-12-23 10:00", true},
	} {
		if got := scheduled(t, plan, swedish(t, x.at)); got != x.want {
			t.Errorf("%s: scheduled %v", x.at, got)
		}
	}
	if !scheduled(t, alarm.Plan{Hours: hours(t, "fri-mon 08:00-16:00")}, swedish(t, "2026-03-08 12:00")) {
		t.Error("a span over the end of the week")
	}
}

// Both nights on which the clocks are changed, by the wall clock: 02:00-03:00 does
// not exist on the first, and comes twice on the second.
func TestNightsOfTheClocks(t *testing.T) {
	night := alarm.Plan{Hours: hours(t, "sun 01:30-02:30")}
	morning := alarm.Plan{Hours: hours(t, "sun 03:00-04:00")}
	for _, x := range []struct {
		utc            string
		night, morning bool
	}{
		{"2026-03-29 00:29", false, false}, {"2026-03-29 00:30", true, false}, {"2026-03-29 00:59", true, false},
		{"2026-03-29 01:00", false, true}, {"2026-03-29 01:59", false, true}, {"2026-03-29 02:00", false, false},
		{"2026-10-24 23:29", false, false}, {"2026-10-24 23:30", true, false}, {"2026-10-25 00:29", true, false}, {"2026-10-25 00:30", false, false},
		{"2026-10-25 01:00", true, false}, {"2026-10-25 01:29", true, false}, {"2026-10-25 01:30", false, false},
		{"2026-10-25 02:00", false, true}, {"2026-10-25 03:00", false, false},
	} {
		at, err := time.Parse("2006-01-02 15:04", x.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := scheduled(t, night, at); got != x.night {
			t.Errorf("%s UTC, 01:30-02:30: %v", x.utc, got)
		}
		if got := scheduled(t, morning, at); got != x.morning {
			t.Errorf("%s UTC, 03:00-04:00: %v", x.utc, got)
		}
	}
	// A visit is from one moment to another, whatever the clock on the wall does.
	visit := alarm.Plan{Visits: []alarm.Visit{{From: swedish(t, "2026-10-24 23:00"), To: swedish(t, "2026-10-25 05:00")}}}
	if !scheduled(t, visit, swedish(t, "2026-10-25 04:59")) || scheduled(t, visit, swedish(t, "2026-10-25 05:00")) {
		t.Error("a visit over the night")
	}
}

// Easter by table: Svenska kyrkan's almanac.
func TestEasterMondays(t *testing.T) {
	plan := alarm.Plan{Hours: hours(t, "mon-sun 00:00-24:00")}
	for _, day := range strings.Fields("2024-04-01 2025-04-21 2026-04-06 2027-03-29 2028-04-17 2029-04-02 2030-04-22 2031-04-14 2032-03-29 2038-04-26") {
		if scheduled(t, plan, swedish(t, day+" 12:00")) {
			t.Errorf("%s is Easter Monday", day)
		}
		if after := swedish(t, day+" 12:00").AddDate(0, 0, 1); !scheduled(t, plan, after) {
			t.Errorf("%s is no holiday", after)
		}
	}
}

// Whatever the year, there are 13 holidays and three eves, and some of them fall together.
func TestHolidaysOfAnyYear(t *testing.T) {
	plan := alarm.Plan{Hours: hours(t, "mon-sun 00:00-24:00")}
	for _, year := range []int{2026, 2035, 2099} {
		n := 0
		for at := time.Date(year, 1, 1, 12, 0, 0, 0, time.UTC); at.Year() == year; at = at.AddDate(0, 0, 1) {
			if !scheduled(t, plan, at) {
				n++
			}
		}
		if n < 14 || n > 16 {
			t.Errorf("%d: %d holidays", year, n)
		}
	}
}
