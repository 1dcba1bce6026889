package climate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// Milli is a decimal number of °C or %, kept in thousandths.
type Milli int64

var decimal = regexp.MustCompile(`^(-?)([0-9]{1,4})(?:\.([0-9]{1,3}))?$`)

// UnmarshalText reads "50", "50.4", "-0.25".
func (m *Milli) UnmarshalText(b []byte) error {
	part := decimal.FindStringSubmatch(string(b))
	if part == nil {
		return fmt.Errorf("a number with at most three decimals")
	}
	v, err := strconv.ParseInt(part[1]+part[2]+part[3]+strings.Repeat("0", 3-len(part[3])), 10, 64)
	*m = Milli(v)
	return err
}

// String is the inverse of UnmarshalText.
func (m Milli) String() string { return string(reading.Temperature.Append(nil, int64(m))) }

// Date is a day. The zero Date is none.
type Date struct{ day time.Time }

// UnmarshalText reads "2026-05-02".
func (d *Date) UnmarshalText(b []byte) error {
	day, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return fmt.Errorf("a day")
	}
	d.day = day
	return nil
}

// String is the inverse of UnmarshalText; "" for none.
func (d Date) String() string {
	if d.day.IsZero() {
		return ""
	}
	return d.day.Format(time.DateOnly)
}

// Calibration is what a comparison with a reference found.
type Calibration struct {
	// Date is the day of the comparison, Due the last day that it holds.
	Date Date `yaml:"date" example:"2026-05-02"`
	Due  Date `yaml:"due" example:"2027-05-02"`
	// Points are one (an offset) or two comparisons, in °C or %.
	Points []Comparison `yaml:"points" example:"[{shown: 0.3, true: 0.0}, {shown: 50.4, true: 50.0}]"`
	// Uncertainty is that of the corrected value between the points, either way.
	Uncertainty Milli `yaml:"uncertainty" example:"0.2"`
}

// Comparison is what the probe showed, and what the reference said.
type Comparison struct {
	Shown Milli `yaml:"shown" example:"0.3"`
	True  Milli `yaml:"true" example:"0.0"`
}

const (
	// farthest is the largest correction that is still a calibration and not a
	// broken probe, 0.001 °C or %.
	farthest = 10_000
	// nearest is how far apart two points must be to fix a slope.
	nearest = 5_000
)

// Validate reports every mistake in c.
func (c *Calibration) Validate(r *strictyaml.Report) {
	if c.Date.day.IsZero() {
		r.Bad("date", nil, "the day of the calibration", "2026-05-02")
	}
	if !c.Due.day.After(c.Date.day) {
		r.Bad("due", c.Due, "a day after date", "2027-05-02")
	}
	if c.Uncertainty <= 0 || c.Uncertainty > 5_000 {
		r.Bad("uncertainty", c.Uncertainty, "more than 0, at most 5", "0.2")
	}
	const example = "[{shown: 0.3, true: 0.0}, {shown: 50.4, true: 50.0}]"
	if len(c.Points) < 1 || len(c.Points) > 2 {
		r.Bad("points", len(c.Points), "one or two comparisons", example)
		return
	}
	for i, p := range c.Points {
		if d := p.Shown - p.True; d > farthest || d < -farthest {
			r.Bad(fmt.Sprintf("points[%d]", i), fmt.Sprintf("%v for %v", p.Shown, p.True), "a correction of at most 10", "{shown: 0.3, true: 0.0}")
		}
	}
	if len(c.Points) == 2 && (c.span(shownOf) < nearest || c.span(trueOf) < nearest) {
		r.Bad("points", fmt.Sprintf("%v and %v", c.Points[0].Shown, c.Points[1].Shown), "two points in rising order, at least 5 apart", example)
	}
}

func shownOf(p Comparison) int64 { return int64(p.Shown) }
func trueOf(p Comparison) int64  { return int64(p.True) }

func (c *Calibration) span(of func(Comparison) int64) int64 { return of(c.Points[1]) - of(c.Points[0]) }

// overdue reports whether the day after Due has begun; never while the clock is
// not known to be right.
func (c *Calibration) overdue(now reading.Stamp) bool {
	return c != nil && now.Synced && now.Wall.After(c.Due.day.AddDate(0, 0, 1))
}

// apply corrects a value and says how far off it may be; byMaker is what the
// datasheet promises. Beyond the points the uncertainty grows by itself per span,
// and past the due date it is at least the maker's.
func (c *Calibration) apply(v, byMaker int64, now reading.Stamp) (corrected, uncertainty int64) {
	if c == nil {
		return v, byMaker
	}
	uncertainty = int64(c.Uncertainty)
	first := c.Points[0]
	corrected = v - shownOf(first) + trueOf(first)
	if len(c.Points) == 2 {
		span := c.span(shownOf)
		corrected = trueOf(first) + divide((v-shownOf(first))*c.span(trueOf), span)
		beyond := max(shownOf(first)-v, v-shownOf(c.Points[1]), 0)
		uncertainty += divide(uncertainty*beyond, span)
	}
	if c.overdue(now) {
		uncertainty = max(uncertainty, byMaker)
	}
	return corrected, uncertainty
}

// divide rounds to the nearest; by is positive.
func divide(a, by int64) int64 {
	if a < 0 {
		return -((-a + by/2) / by)
	}
	return (a + by/2) / by
}
