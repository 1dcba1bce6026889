package collector

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/store"
	"rackvakt/uplink/web"
)

// recent is how far back the newest value of a point is looked for. A full
// picture comes at least every minute; what is older is no longer measured.
const recent = 24 * time.Hour

// history answers the pages from both stores.
type history struct {
	*store.DB
	samples *store.Samples
	now     func() time.Time
}

// Events returns what happened, newest first.
func (h history) Events(ctx context.Context, site string, limit int) ([]web.Event, error) {
	rows, err := h.DB.Events(ctx, site, limit)
	if err != nil {
		return nil, err
	}
	out := make([]web.Event, len(rows))
	for i, e := range rows {
		s, closet, _ := strings.Cut(e.Closet, ".")
		out[i] = web.Event{At: e.At, Site: s, Closet: closet, Name: e.Name, Text: eventText(e)}
	}
	return out, nil
}

// eventText writes the object, the reason and the details of an event on one line.
func eventText(e store.Event) string {
	var about struct {
		Reason string
		Detail map[string]string
	}
	if err := json.Unmarshal([]byte(e.Detail), &about); err != nil {
		about.Reason = e.Detail
	}
	words := []string{e.Object, about.Reason}
	for _, k := range slices.Sorted(maps.Keys(about.Detail)) {
		words = append(words, k+"="+about.Detail[k])
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// Gaps returns the times that nothing is known about.
func (h history) Gaps(ctx context.Context, site string, limit int) ([]web.Gap, error) {
	rows, err := h.DB.Gaps(ctx, site, limit)
	if err != nil {
		return nil, err
	}
	out := make([]web.Gap, len(rows))
	for i, g := range rows {
		_, closet, _ := strings.Cut(g.Closet, ".")
		out[i] = web.Gap{Closet: closet, Lane: g.Lane, Why: g.Why, From: g.From, To: g.To}
	}
	return out, nil
}

// Readings returns the newest value of every point of a site.
func (h history) Readings(ctx context.Context, site string) ([]web.Reading, error) {
	series, err := h.samples.Latest(ctx, store.Series{Site: site}, h.now().Add(-recent))
	if err != nil {
		return nil, err
	}
	var out []web.Reading
	for _, s := range series {
		if len(s.Values) > 0 {
			out = append(out, newest(s))
		}
	}
	slices.SortFunc(out, func(a, b web.Reading) int {
		return cmp.Or(cmp.Compare(a.Closet, b.Closet), cmp.Compare(a.Device, b.Device),
			cmp.Compare(a.Object, b.Object), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

func newest(s store.Points) web.Reading {
	last := s.Values[len(s.Values)-1]
	r := web.Reading{Closet: s.Closet, Device: s.Device, Object: s.Object, Name: s.Name,
		Quality: reading.Good.String(), At: last.At}
	if last.Unknown {
		r.Quality = reading.Unknown.String()
		return r
	}
	r.Value = show(s.Name, last.Value)
	return r
}

// show writes a value in base units the way its Kind is shown to people.
func show(name string, v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	kind, ok := reading.KindByName(name)
	if !ok {
		return text
	}
	n, err := kind.Parse(text)
	if err != nil {
		return text // finer than the Kind's unit: shown as it came
	}
	return kind.Show(n)
}
