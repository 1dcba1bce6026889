package record

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
)

// Whatever is appended, dropped, acknowledged and loaded again: each record that
// has not left is held or covered, the walk has no break, and a chain rebuilt from
// what the disk has is the chain, with the start gap behind it.
func TestChainAgainstDisk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := fresh(startX)
		start := 0xaa
		var made []Entry
		left := 0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				id, after := c.Append()
				made = append(made, Entry{ID: id, After: after, At: noon})
			case 2:
				if left < len(made) {
					i := rapid.IntRange(left, len(made)-1).Draw(t, "from")
					j := rapid.IntRange(i, len(made)-1).Draw(t, "to")
					c.Drop(made[i].ID, made[j].ID, WhyCap, noon, noon)
				}
			case 3:
				if left < len(made) {
					left = rapid.IntRange(left, len(made)-1).Draw(t, "head") + 1
					c.Ack(made[left-1].ID, func(ID) reading.Stamp { return noon })
				}
			case 4:
				start++
				before := show(c)
				c = reload(c, made, startName(uint8(start)))
				if got := show(c); got != joinShow(before, c) {
					t.Fatalf("loaded %s, was %s", got, before)
				}
			}
			check(t, c, made, left)
		}
	})
}

// joinShow adds the start gap of c to what was shown before.
func joinShow(before string, c *Chain) string {
	gap := show(&Chain{items: c.items[len(c.items)-1:]})
	if before == "" {
		return gap
	}
	return before + " " + gap
}

// reload starts from a disk on which nothing was deleted.
func reload(c *Chain, made []Entry, start string) *Chain {
	l := Load(c.Mark(), c.Gaps())
	for _, e := range made {
		l.Add(e)
	}
	next, _ := l.Start(start, WhyUncleanStop, noon)
	return next
}

func check(t *rapid.T, c *Chain, made []Entry, left int) {
	for i, e := range made {
		if found := c.find(e.ID) >= 0; found != (i >= left) {
			t.Fatalf("%s found %v, %d left: %s", e.ID, found, left, show(c))
		}
	}
	n, prev := 0, c.heard
	for out, ok := c.Next(""); ok; out, ok = c.Next(out.ID) {
		if out.Prev != prev || (out.Mark != nil) != (n == 0) || (out.Gap == nil) != c.Holds(out.ID) {
			t.Fatalf("%+v after %s: %s", out, prev, show(c))
		}
		n, prev = n+1, out.ID
	}
	if n != c.Len() {
		t.Fatalf("walked %d of %d", n, c.Len())
	}
	if slices.ContainsFunc(c.items, func(it item) bool { return it.gap == nil && it.first > it.last }) {
		t.Fatalf("empty run: %s", show(c))
	}
}
