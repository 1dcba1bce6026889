package record

import (
	"slices"

	"rackvakt/sensors/reading"
)

// Entry is one record as the disk gives it back.
type Entry struct {
	ID    ID
	After ID
	At    reading.Stamp
}

// Loader rebuilds a Chain from disk, entry by entry, so that a long backlog is
// never held in memory as such.
type Loader struct {
	mark   Mark
	gaps   []Gap             // not placed yet, in the order of the chain
	gone   map[string][]Span // covered by any gap, by start
	items  []item
	ends   []ends            // of items, side by side
	last   map[string]uint64 // number of the last record added, by start
	before string            // start of the record added last
	starts []string
	rules  rules
}

type ends struct{ first, last Stamp }

// Load begins with the mark and the gap file as they were found (zero: none).
func Load(mark Mark, gaps []Gap) *Loader {
	l := &Loader{mark: mark, gaps: slices.Clone(gaps), gone: map[string][]Span{}, last: map[string]uint64{}, starts: slices.Clone(mark.Starts)}
	for _, g := range gaps {
		for _, s := range g.Covers {
			if !s.Gap {
				l.gone[s.Start] = append(l.gone[s.Start], s)
			}
		}
	}
	return l
}

// Add takes the next readable record, oldest first. It reports false for one that
// has left already: it is covered by a gap, or lies at or before the mark, or was
// added before.
func (l *Loader) Add(e Entry) bool {
	start, n, _, ok := e.ID.Split()
	if !ok || slices.ContainsFunc(l.gone[start], func(s Span) bool { return s.has(start, n, false) }) {
		return false
	}
	if n <= l.last[start] {
		return false // written twice, or out of order: then the hole before it is closed by a gap
	}
	l.last[start] = n
	l.placeBefore(start, n)
	l.before = start
	l.own(start)
	if mStart, mN, mGap, ok := l.mark.Last.Split(); ok && !mGap && mStart == start && n <= mN {
		l.items, l.ends = nil, nil // all before it left with it
		return false
	}
	at := Stamp{e.At}
	if i := len(l.items) - 1; i >= 0 && l.items[i].gap == nil && l.items[i].start == start &&
		l.items[i].last+1 == n && e.After == l.items[i].lastRecord() {
		l.items[i].last, l.ends[i].last = n, at
		return true
	}
	l.items = append(l.items, item{start: start, first: n, last: n, after: e.After})
	l.ends = append(l.ends, ends{at, at})
	return true
}

func (l *Loader) own(start string) {
	if start != "" && !slices.Contains(l.starts, start) {
		l.starts = append(l.starts, start)
	}
}

// placeBefore places the gaps that stand before the record. A gap names the record
// that was to follow it; that one may never have reached the disk, then a later
// one of its start, or the first of the next start, tells as well.
func (l *Loader) placeBefore(start string, n uint64) {
	for i := len(l.gaps) - 1; i >= 0; i-- {
		bStart, bN, _, _ := l.gaps[i].Before.Split()
		behind := bStart == start && n >= bN
		over := bStart == l.before && start != l.before && bStart != ""
		if behind || over {
			l.place(i + 1)
			return
		}
	}
}

// place puts the first n waiting gaps at the present end.
func (l *Loader) place(n int) {
	for _, g := range l.gaps[:n] {
		l.own(g.ID.Start())
		rest, last, inside := g.behind(l.mark.ID)
		if inside || g.ID == l.mark.ID {
			l.items, l.ends = nil, nil
		}
		if g.ID == l.mark.ID || inside && len(rest) == 0 {
			continue
		}
		if inside {
			g.Covers, g.After = rest, last
		}
		l.items = append(l.items, item{gap: &g, after: g.After})
		begin := g.From
		if begin.IsZero() {
			begin = g.To
		}
		l.ends = append(l.ends, ends{begin, g.To})
	}
	l.gaps = l.gaps[n:]
}

// Start ends the loading and begins a new start of the agent (rule 6): it closes
// the holes and appends the start gap. why is WhyStopped, WhyUncleanStop or WhyFirstStart.
func (l *Loader) Start(start, why string, now reading.Stamp) (*Chain, Effect) {
	l.place(len(l.gaps))
	l.own(start)
	c := &Chain{mark: l.mark, heard: l.mark.ID, start: start, rules: l.rules}
	c.mark.Starts = l.starts
	if extra := len(l.starts) - maxStarts; extra > 0 {
		c.mark.Starts = l.starts[extra:]
	}
	known := l.mark.At
	for i, it := range l.items {
		if !c.whole(l.afterOf(it)) && !l.rules.noHoles {
			c.items = append(c.items, l.hole(c, known, l.ends[i].first, i))
		}
		c.items = append(c.items, it)
		known = l.ends[i].last
	}
	c.appendStartGap(why, known, Stamp{now})
	return c, Effect{Gaps: true, Mark: true}
}

func (l *Loader) afterOf(it item) ID {
	if it.gap != nil {
		return it.gap.After
	}
	return it.after
}

// hole returns the gap that closes the hole before item i: from the last entry
// known before it to the one after.
func (l *Loader) hole(c *Chain, from, to Stamp, i int) item {
	c.k++
	end, before := c.end()
	last := l.afterOf(l.items[i])
	g := &Gap{ID: GapID(c.start, c.k), Why: WhyLost, From: from, To: to, After: end, Last: before, Covers: holeSpan(before, last)}
	if !last.IsGap() {
		g.Last = last
	}
	g.Before = RecordID(c.start, 1)
	for _, next := range l.items[i:] {
		if next.gap == nil {
			g.Before = next.firstID()
			break
		}
	}
	return item{gap: g}
}

// appendStartGap says that nothing was measured between the last entry known and
// now, or that what was measured is gone.
func (c *Chain) appendStartGap(why string, from, now Stamp) {
	if c.rules.noStartGap {
		return
	}
	c.k++
	end, before := c.end()
	c.items = append(c.items, item{gap: &Gap{ID: GapID(c.start, c.k), Why: why, From: from, To: now,
		After: end, Last: before, Before: RecordID(c.start, 1)}})
}
