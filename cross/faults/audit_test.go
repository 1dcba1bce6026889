package faults

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

// promised is what the agent's side was told is safe: the identities whose Append
// returned, per lane, and the starts in the order in which they began.
type promised struct {
	starts []string
	ids    map[record.Lane][]record.ID
	// slack is how many records one Append may have written without having returned.
	slack uint64
}

func newPromised(slack uint64) *promised {
	return &promised{ids: map[record.Lane][]record.ID{}, slack: slack}
}

func (p *promised) count() int { return len(p.ids[record.LaneA]) + len(p.ids[record.LaneM]) }

// readPromised reads the journal of a producer: lines "start <id>" and "<lane> <id>".
func readPromised(path string, slack uint64) (*promised, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read journal of the producer: %w", err)
	}
	defer f.Close()
	p := newPromised(slack)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		word, id, _ := strings.Cut(lines.Text(), " ")
		switch {
		case word == "start" && record.ValidStart(id):
			p.starts = append(p.starts, id)
		case word == string(record.LaneA) || word == string(record.LaneM):
			if _, err := record.ParseID(id); err != nil || id == "" {
				return nil, fmt.Errorf("read journal of the producer: %q", lines.Text())
			}
			p.ids[record.Lane(word)] = append(p.ids[record.Lane(word)], record.ID(id))
		default:
			return nil, fmt.Errorf("read journal of the producer: %q", lines.Text())
		}
	}
	return p, nil
}

// outcome is one line of the table.
type outcome struct {
	Promised, Stored, Lost, Doubled, Disordered, Strange int
	Gaps                                                 []store.Gap
	rows                                                 map[record.Lane][]store.Record
}

// audit compares the promise with the store of a collector that has ended.
func audit(t *testing.T, dir string, p *promised) outcome {
	t.Helper()
	db, err := store.Open(t.Context(), dir)
	must(t, err)
	defer db.Close()
	o := outcome{Promised: p.count(), rows: map[record.Lane][]store.Record{}}
	o.Gaps, err = db.Gaps(t.Context(), siteID, 10_000)
	must(t, err)
	for _, lane := range record.Lanes() {
		rows, err := db.Journal(t.Context(), lane, 0, 10_000_000)
		must(t, err)
		o.rows[lane] = rows
		o.compare(p, lane, rows)
	}
	return o
}

// compare looks at one lane: what is missing, what stands twice, what stands before
// what came earlier, and what nobody can have appended.
func (o *outcome) compare(p *promised, lane record.Lane, rows []store.Record) {
	place := map[string]int{}
	for i, s := range p.starts {
		place[s] = i
	}
	highest := map[string]uint64{}
	for _, id := range p.ids[lane] {
		start, n, _, _ := id.Split()
		highest[start] = max(highest[start], n)
	}
	there := map[record.ID]int{}
	lastStart, lastN := -1, uint64(0)
	for _, row := range rows {
		start, n, gap, _ := row.ID.Split()
		if gap {
			continue
		}
		o.Stored++
		at, known := place[start]
		if !known || n > highest[start]+p.slack {
			o.Strange++
		}
		if there[row.ID]++; there[row.ID] > 1 {
			o.Doubled++
			continue
		}
		if at < lastStart || at == lastStart && n <= lastN {
			o.Disordered++
		}
		lastStart, lastN = at, n
	}
	for _, id := range p.ids[lane] {
		if there[id] == 0 {
			o.Lost++
		}
	}
}

// check fails the test for whatever should be nought.
func (o *outcome) check(t *testing.T) {
	t.Helper()
	for what, n := range map[string]int{"lost": o.Lost, "doubled": o.Doubled, "out of order": o.Disordered, "never appended": o.Strange} {
		if n != 0 {
			t.Errorf("%d records %s", n, what)
		}
	}
}

// covering returns a gap of a lane that a closet told and that holds the moment.
func (o *outcome) covering(lane record.Lane, at time.Time) (store.Gap, bool) {
	at = at.Truncate(time.Millisecond) // as the store keeps times
	for _, g := range o.Gaps {
		if g.Lane == string(lane) && g.Origin == store.FromCloset && g.Why == record.WhyUncleanStop &&
			!g.From.IsZero() && !g.From.After(at) && !g.To.Before(at) {
			return g, true
		}
	}
	return store.Gap{}, false
}
