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
	if i > 0 && c.items[i-1].gap != nil {
		i-- // it grows instead of standing beside another
	}
	before := c.Len()
	made := c.replace(i, j, why, Stamp{fromAt}, Stamp{toAt})
	c.items = slices.Concat(c.items[:i:i], made, c.items[j:])
	return Effect{Gaps: true, Left: before - c.Len()}, true
}

// replace makes what stands in the place of items i..j-1: one gap, or several
// where one would be near the size of a record. A gap that can take in no more
// stays as it is: it is closed.
func (c *Chain) replace(i, j int, why string, from, to Stamp) []item {
	var made []item
	for a := i; a < j; {
		b, size := a, 0
		for ; b < j && (b == a || size+c.items[b].coverSize() <= maxGapCovers); b++ {
			size += c.items[b].coverSize()
		}
		if b == a+1 && c.items[a].gap != nil {
			made = append(made, c.items[a])
		} else {
			made = append(made, item{gap: c.collect(a, b, j, why, from, to)})
		}
		a = b
	}
	return made
}

// coverSize bounds what the item adds to the covers of a gap that takes it in, in octets.
func (it *item) coverSize() int {
	const one = 64 // the longest Span in quotes
	if it.gap == nil {
		return one
	}
	return one + coversSize(it.gap.Covers)
}

// collect makes the gap that stands for the items i..j-1 (rule 5), all records
// before item next being gone. It always has a new identity; a gap among the
// items is taken in with all that it covered.
func (c *Chain) collect(i, j, next int, why string, from, to Stamp) *Gap {
	c.k++
	g := &Gap{ID: GapID(c.start, c.k), Why: why, From: from, To: to, Before: c.recordFrom(next), After: c.mark.Last}
	g.Last = g.After
	if i > 0 {
		g.After, g.Last = c.items[i-1].tail(), c.items[i-1].lastRecord()
	}
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
