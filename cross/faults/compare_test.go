package faults

import (
	"testing"
	"time"

	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

const (
	first  = "0000000000000001"
	second = "0000000000000002"
	other  = "00000000000000ff"
)

// TestCompareNotices checks the judge itself, so that noughts in its tables mean something.
func TestCompareNotices(t *testing.T) {
	ids := func(pairs ...any) (all []record.ID) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, record.RecordID(pairs[i].(string), uint64(pairs[i+1].(int))))
		}
		return all
	}
	for _, c := range []struct {
		name             string
		promised, stored []record.ID
		want             outcome
	}{
		{"all there", ids(first, 1, first, 2, second, 1), ids(first, 1, first, 2, second, 1), outcome{Stored: 3}},
		{"one that never returned", ids(first, 1, second, 1), ids(first, 1, first, 2, second, 1), outcome{Stored: 3}},
		{"lost", ids(first, 1, first, 2), ids(first, 2), outcome{Stored: 1, Lost: 1}},
		{"lost behind the end", ids(first, 1, first, 2), ids(first, 1), outcome{Stored: 1, Lost: 1}},
		{"doubled", ids(first, 1), ids(first, 1, first, 1), outcome{Stored: 2, Doubled: 1}},
		{"out of order", ids(first, 1, first, 2), ids(first, 2, first, 1), outcome{Stored: 2, Disordered: 1}},
		{"starts out of order", ids(first, 1, second, 1), ids(second, 1, first, 1), outcome{Stored: 2, Disordered: 1}},
		{"nobody appended it", ids(first, 1), ids(first, 1, first, 9), outcome{Stored: 2, Strange: 1}},
		{"of nobody's start", ids(first, 1), ids(first, 1, other, 1), outcome{Stored: 2, Strange: 1, Disordered: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPromised(3)
			p.starts = []string{first, second}
			p.ids[record.LaneA] = c.promised
			rows := []store.Record{{ID: record.GapID(first, 1)}}
			for _, id := range c.stored {
				rows = append(rows, store.Record{ID: id})
			}
			var got outcome
			got.compare(p, record.LaneA, rows)
			if got.Stored != c.want.Stored || got.Lost != c.want.Lost || got.Doubled != c.want.Doubled || got.Disordered != c.want.Disordered || got.Strange != c.want.Strange {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestCoveringNotices(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	gap := store.Gap{Lane: "m", Origin: store.FromCloset, Why: record.WhyUncleanStop, From: at.Add(-time.Second), To: at.Add(time.Second)}
	for _, c := range []struct {
		name   string
		change func(*store.Gap)
		want   bool
	}{
		{"covers", func(*store.Gap) {}, true},
		{"other lane", func(g *store.Gap) { g.Lane = "a" }, false},
		{"a clean stop", func(g *store.Gap) { g.Why = record.WhyStopped }, false},
		{"of the collector", func(g *store.Gap) { g.Origin = store.FromCollector }, false},
		{"begins later", func(g *store.Gap) { g.From = at.Add(time.Millisecond) }, false},
		{"ends before", func(g *store.Gap) { g.To = at.Add(-time.Millisecond) }, false},
		{"from the beginning of all things", func(g *store.Gap) { g.From = time.Time{} }, false},
	} {
		g := gap
		c.change(&g)
		o := outcome{Gaps: []store.Gap{g}}
		if _, ok := o.covering(record.LaneM, at.Add(300*time.Microsecond)); ok != c.want {
			t.Errorf("%s: %v, want %v", c.name, ok, c.want)
		}
	}
}
