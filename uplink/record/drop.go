package record

import (
	"slices"

	"rackvakt/sensors/reading"
)

// Drop puts a gap in the place of the records from..to and of whatever stands
// between them: a segment dropped for the cap, an entry that cannot be read, a
// record that the memory outbox cannot hold. A from that is no longer held means
// the front of the outbox; ok is false if to is not held. The times are those of
// the first and last record dropped.
func (c *Chain) Drop(from, to ID, why string, fromAt, toAt reading.Stamp) (e Effect, ok bool) {
	if !c.Holds(to) {
		return e, false
	}
	i := 0
	if c.Holds(from) {
		i = c.cutBefore(from)
	}
	j := c.cutAfter(to)
	if i >= j {
		return e, false
	}
	i = c.joinBefore(i, j)
	g := c.collect(i, j, why, Stamp{fromAt}, Stamp{toAt})
	for x := i; x < j; x++ {
		e.Left += c.items[x].len()
	}
	c.items = slices.Concat(c.items[:i:i], []item{{gap: g}}, c.items[j:])
	e.Left-- // the gap came in
	e.Gaps = true
	return e, true
}

// joinBefore moves i over a gap that stands right before it, so that it grows
// instead of standing beside another, unless it is near its full size.
func (c *Chain) joinBefore(i, j int) int {
	if i == 0 || c.items[i-1].gap == nil {
		return i
	}
	size := 0
	for _, it := range c.items[i-1 : j] {
		if it.gap != nil {
			size += coversSize(it.gap.Covers)
		}
		size += 64
	}
	if size > maxGapCovers {
		return i
	}
	return i - 1
}

// collect makes the gap that stands for the items i..j-1 (rule 5). It always has
// a new identity; a gap among them is taken in with all that it covered.
func (c *Chain) collect(i, j int, why string, from, to Stamp) *Gap {
	c.k++
	g := &Gap{ID: GapID(c.start, c.k), Why: why, From: from, To: to, Before: c.recordFrom(j), After: c.mark.Last}
	if i > 0 {
		g.After = c.items[i-1].lastRecord()
	}
	g.Last = g.After
	for x, it := range c.items[i:j] {
		g.Last = it.lastRecord()
		if it.gap == nil {
			g.Covers = addSpan(g.Covers, Span{Start: it.start, First: it.first, Last: it.last})
			continue
		}
		g.takeIn(it.gap, c.rules)
		if x == 0 && !c.rules.gapForgetsTaken {
			g.From = it.gap.From
		}
		if x == 0 && c.rules.gapKeepsIdentity {
			g.ID = it.gap.ID
		}
	}
	return g
}

// recordFrom returns the first record at or behind item i, or the next to be appended.
func (c *Chain) recordFrom(i int) ID {
	for ; i < len(c.items); i++ {
		if c.items[i].gap == nil {
			return c.items[i].firstID()
		}
	}
	return RecordID(c.start, c.n+1)
}

// cutBefore splits a run so that the record is the first of its item, whose index it returns.
func (c *Chain) cutBefore(id ID) int {
	i := c.find(id)
	it := c.items[i]
	_, n, _, _ := id.Split()
	if n == it.first {
		return i
	}
	left, right := it, it
	left.last = n - 1
	right.first, right.after = n, RecordID(it.start, n-1)
	c.items = slices.Concat(c.items[:i:i], []item{left, right}, c.items[i+1:])
	return i + 1
}

// cutAfter splits a run so that the record is the last of its item, and returns
// the index of the item behind it.
func (c *Chain) cutAfter(id ID) int {
	i := c.find(id)
	it := c.items[i]
	_, n, _, _ := id.Split()
	if n == it.last {
		return i + 1
	}
	return c.cutBefore(RecordID(it.start, n+1))
}
