package alarm

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // Swedish time also where the system has no zone files
)

// Hours is one span of the week in which a door may be opened, in Swedish wall
// time, as "mon-fri 07:00-17:00". It does not hold on public holidays.
type Hours struct {
	// First and Last are days of the week, both included; Last may lie in the next week.
	First, Last time.Weekday
	// From and To are times of day since midnight, as the clock on the wall shows
	// them; To is not included and at most 24 h.
	From, To time.Duration
}

// Visit is one announced visit: the door may be opened from From to before To.
type Visit struct {
	From, To time.Time
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // by time.Weekday

var hoursPattern = regexp.MustCompile(`^([a-z]{3})(?:-([a-z]{3}))? ([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})$`)

// UnmarshalText reads "mon-fri 07:00-17:00" or "sat 09:00-12:00". A span past
// midnight is written as two.
func (h *Hours) UnmarshalText(b []byte) error {
	const want = "days and times, from earlier to later"
	part := hoursPattern.FindStringSubmatch(string(b))
	if part == nil {
		return fmt.Errorf("%s", want)
	}
	first, last := slices.Index(weekdays, part[1]), slices.Index(weekdays, cmp.Or(part[2], part[1]))
	from, ok1 := timeOfDay(part[3], part[4])
	to, ok2 := timeOfDay(part[5], part[6])
	if first < 0 || last < 0 || !ok1 || !ok2 || to <= from {
		return fmt.Errorf("%s", want)
	}
	*h = Hours{time.Weekday(first), time.Weekday(last), from, to}
	return nil
}

// timeOfDay reads two digits each, from 00:00 to 24:00.
func timeOfDay(hour, minute string) (time.Duration, bool) {
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	return d, err1 == nil && err2 == nil && m < 60 && d <= 24*time.Hour
}

// String is the inverse of UnmarshalText.
func (h Hours) String() string {
	var b strings.Builder
	b.WriteString(weekdays[h.First])
	if h.Last != h.First {
		b.WriteString("-" + weekdays[h.Last])
	}
	clock := func(d time.Duration) string {
		return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
	}
	return b.String() + " " + clock(h.From) + "-" + clock(h.To)
}

// holds reports whether the wall time t, in Swedish time, lies in h.
func (h Hours) holds(t time.Time) bool {
	const week = 7
	days := func(from, to time.Weekday) time.Weekday { return (to - from + week) % week }
	if days(h.First, t.Weekday()) > days(h.First, h.Last) || holiday(t) {
		return false
	}
	hour, minute, second := t.Clock()
	d := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	return h.From <= d && d < h.To
}

// holds reports whether t lies in the visit.
func (v Visit) holds(t time.Time) bool { return !t.Before(v.From) && t.Before(v.To) }

// visited reports whether a visit is announced for t.
func (p *Plan) visited(t time.Time) bool {
	return slices.ContainsFunc(p.Visits, func(v Visit) bool { return v.holds(t) })
}

// open reports whether a door may be opened at t, which is in Swedish time.
func (p *Plan) open(t time.Time) bool {
	return !p.Scheduled || p.visited(t) || slices.ContainsFunc(p.Hours, func(h Hours) bool { return h.holds(t) })
}

// holiday reports whether the day of t is a public holiday in Sweden (lag
// 1989:253), or one of the three eves that are held like one (semesterlagen
// 1977:480, 3 a §). Sundays are days of the week.
func holiday(t time.Time) bool {
	year, month, day := t.Date()
	switch fixed := int(month)*100 + day; {
	case slices.Contains([]int{101, 106, 501, 606, 1224, 1225, 1226, 1231}, fixed):
		return true
	case t.Weekday() == time.Friday && fixed >= 619 && fixed <= 625: // midsommarafton
		return true
	case t.Weekday() == time.Saturday && (fixed >= 620 && fixed <= 626 || fixed >= 1031 && fixed <= 1106): // midsommardagen, alla helgons dag
		return true
	}
	// Good Friday, Easter Day and Monday, Ascension Day, Pentecost.
	at := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return slices.Contains([]int{-2, 0, 1, 39, 49}, int(at.Sub(easter(year))/(24*time.Hour)))
}

// easter returns Easter Day by the Gregorian computus (Meeus, Astronomical
// Algorithms, chapter 8): the Sunday after the first full moon of spring.
func easter(year int) time.Time {
	golden, century := year%19, year/100
	leap, rest := century/4, year%100
	moon := (19*golden + century - leap - (century-(century+8)/25+1)/3 + 15) % 30
	sunday := (32 + 2*(century%4) + 2*(rest/4) - moon - rest%4) % 7
	shift := (golden + 11*moon + 22*sunday) / 451
	n := moon + sunday - 7*shift + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
