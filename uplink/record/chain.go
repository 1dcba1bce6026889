package record

import (
	"slices"

	"rackvakt/sensors/reading"
)

// Mark is the last identity of a lane that the closet knows to be taken.
type Mark struct {
	ID ID `json:"id,omitempty"`
	// Last is the last record that it covers where ID is a gap; else ID itself.
	Last ID `json:"last,omitempty"`
	// At is the time of that entry; zero where it is not known.
	At Stamp `json:"at,omitzero"`
	// Starts lists the latest starts of this card, so that a head of another card is noticed.
	Starts []string `json:"starts,omitempty"`
}

const maxStarts = 64

// Effect is what the caller must do after a step, in the order of the fields.
// The Chain itself has already moved.
type Effect struct {
	// Gaps: write Chain.Gaps to disk, before anything that they cover is deleted.
	Gaps bool
	// Mark: Chain.Mark has moved. Write it lazily, but see MayDelete.
	Mark bool
	// Left is the number of entries that left the outbox.
	Left int
	// Resend: begin again at the first entry.
	Resend bool
	// Foreign: the head is of a start that is none of this card's own. Told once:
	// raise monitor.storage.
	Foreign bool
}

// Chain is the closet's end of one lane: which entries the outbox holds, in what
// order, and what was heard of the collector. It holds no record's content, and
// runs of records cost the same however long they are. Not safe for concurrent use.
type Chain struct {
	items   []item
	mark    Mark
	heard   ID // head last heard; after a start the mark
	start   string
	n, k    uint64 // last record and gap identity given
	foreign bool   // told once
	rules   rules
}

// item is a gap, or a run of records of one start, each standing after the one before.
type item struct {
	gap         *Gap
	start       string
	first, last uint64
	after       ID // of the first record
}

func (it *item) lastRecord() ID {
	if it.gap != nil {
		return it.gap.Last
	}
	return RecordID(it.start, it.last)
}

// tail is the `after` of the entry that comes next: the last record, or the last
// one that the gap covers. A gap that covers none is named itself: otherwise a
// start gap that never reached the disk would leave no hole to be found.
func (it *item) tail() ID {
	switch {
	case it.gap == nil:
		return it.lastRecord()
	case len(it.gap.Covers) == 0:
		return it.gap.ID
	}
	return it.gap.Covers[len(it.gap.Covers)-1].lastID()
}

// precedes reports that nothing is missing between the item and an entry with
// that `after`.
func (it *item) precedes(after ID) bool { return after == it.tail() || after == it.lastRecord() }

func (it *item) lastID() ID {
	if it.gap != nil {
		return it.gap.ID
	}
	return RecordID(it.start, it.last)
}

func (it *item) firstID() ID {
	if it.gap != nil {
		return it.gap.ID
	}
	return RecordID(it.start, it.first)
}

func (it *item) len() int {
	if it.gap != nil {
		return 1
	}
	return int(it.last - it.first + 1)
}

// Mark returns the mark as it stands now.
func (c *Chain) Mark() Mark { return c.mark }

// Start returns the start that this chain appends under.
func (c *Chain) Start() string { return c.start }

// Len returns the number of entries: records and gaps.
func (c *Chain) Len() int {
	n := 0
	for i := range c.items {
		n += c.items[i].len()
	}
	return n
}

// Gaps returns the gaps in the order of the chain, for the file beside the segments.
func (c *Chain) Gaps() []Gap {
	var all []Gap
	for _, it := range c.items {
		if it.gap != nil {
			all = append(all, *it.gap)
		}
	}
	return all
}

// FirstRecord returns the oldest record that the outbox must still hold; whatever
// lies before it on disk may go once MayDelete. "" where it holds none.
func (c *Chain) FirstRecord() ID {
	for i := range c.items {
		if c.items[i].gap == nil {
			return c.items[i].firstID()
		}
	}
	return ""
}

// Holds reports whether the record is in the outbox itself, not only covered by a gap.
func (c *Chain) Holds(id ID) bool {
	i := c.find(id)
	return i >= 0 && c.items[i].gap == nil
}

// MayDelete reports whether what has left may be deleted from disk, given the
// mark that is durable there.
func (c *Chain) MayDelete(durable Mark) bool {
	return durable.ID == c.mark.ID || c.rules.deleteBeforeMarked
}

// end returns the end of the outbox, the `after` of what comes next, and the last
// record up to there.
func (c *Chain) end() (tail, record ID) {
	if len(c.items) == 0 {
		return c.mark.Last, c.mark.Last
	}
	it := &c.items[len(c.items)-1]
	if c.rules.startGapUnnamed {
		return it.lastRecord(), it.lastRecord()
	}
	return it.tail(), it.lastRecord()
}

// whole reports that nothing is missing between the end and an entry with that `after`.
func (c *Chain) whole(after ID) bool {
	if len(c.items) == 0 {
		return after == c.mark.ID || after == c.mark.Last
	}
	return c.items[len(c.items)-1].precedes(after)
}

// Peek returns the identity and `after` that the next Append will give, so that
// the record can be written to disk first.
func (c *Chain) Peek() (id, after ID) {
	after, _ = c.end()
	return RecordID(c.start, c.n+1), after
}

// Append adds a record at the end, the only place (rule 5), and returns its
// identity and its `after`, both to be stored with it. A record that the disk
// refused is appended all the same and held in memory (rule 7).
func (c *Chain) Append() (id, after ID) {
	id, after = c.Peek()
	c.n++
	if i := len(c.items) - 1; i >= 0 && c.items[i].gap == nil && c.items[i].start == c.start && c.items[i].last == c.n-1 {
		c.items[i].last = c.n
		return id, after
	}
	c.items = append(c.items, item{start: c.start, first: c.n, last: c.n, after: after})
	return id, after
}

// find returns the index of the item that is, contains or covers id; -1 none.
func (c *Chain) find(id ID) int {
	start, n, gap, ok := id.Split()
	if !ok {
		return -1
	}
	return slices.IndexFunc(c.items, func(it item) bool {
		if it.gap != nil {
			return it.gap.ID == id || it.gap.has(id)
		}
		return !gap && it.start == start && n >= it.first && n <= it.last
	})
}

// Ack applies rule 2 to a head heard from the collector. at gives the time of a
// record that is still on disk or in memory (zero: not known; nil: none is).
func (c *Chain) Ack(head ID, at func(ID) reading.Stamp) Effect {
	var e Effect
	switch i := c.find(head); {
	case i >= 0: // its own entry, or in its own gap
		e = c.leave(i, head, at)
	case head == c.mark.ID: // the mark: nothing leaves
		if c.rules.markKeepsPrev {
			return e
		}
	default: // unknown: nothing leaves
		e.Resend = head != c.heard
		e.Foreign = c.isForeign(head)
	}
	c.heard = head // in each case the first entry's prev is now this head
	return e
}

func (c *Chain) isForeign(head ID) bool {
	start := head.Start()
	if c.foreign || start == "" || start == c.start || slices.Contains(c.mark.Starts, start) {
		return false
	}
	c.foreign = true
	return true
}

// leave lets go of everything up to head, which lies in item i.
func (c *Chain) leave(i int, head ID, at func(ID) reading.Stamp) Effect {
	e := Effect{Mark: true}
	for j := range i {
		e.Left += c.items[j].len()
		e.Gaps = e.Gaps || c.items[j].gap != nil
	}
	it := c.items[i]
	c.items = c.items[i:]
	mark := Mark{ID: head, Last: head, Starts: c.mark.Starts}
	if it.gap != nil {
		e.Gaps = true
		mark.Last, mark.At = c.trim(head, &e)
	} else {
		_, n, _, _ := head.Split()
		e.Left += int(n - it.first + 1)
		c.items[0].first, c.items[0].after = n+1, head
		if n == it.last {
			c.items = c.items[1:]
		}
	}
	if mark.At.IsZero() && at != nil {
		mark.At = Stamp{at(mark.Last)}
	}
	c.mark = mark
	return e
}

// trim cuts the first item, a gap that is or covers head: it keeps only what
// comes after head, and leaves if that is nothing. Its identity stays.
func (c *Chain) trim(head ID, e *Effect) (last ID, at Stamp) {
	g := *c.items[0].gap
	rest, last, inside := g.behind(head)
	if g.ID == head || !inside || len(rest) == 0 || c.rules.gapDroppedWhole {
		e.Left++
		c.items = c.items[1:]
		return g.Last, g.To
	}
	g.Covers, g.After = rest, last
	c.items = slices.Clone(c.items)
	c.items[0] = item{gap: &g}
	return last, g.From
}

// Out is one entry as it is to be sent.
type Out struct {
	ID ID
	// Gap is nil for a record, whose stored form is with the outbox.
	Gap *Gap
	// Prev is the identity before it; for the first entry the head last heard.
	Prev ID
	// Mark is set for the first entry only (rule 3).
	Mark *ID
}

// Next returns the entry to send after the one sent last ("" or no longer known:
// the first). If a gap has grown over the one sent last, that gap comes next.
func (c *Chain) Next(sent ID) (Out, bool) {
	i := c.find(sent)
	switch {
	case i < 0:
		return c.first()
	case c.items[i].gap != nil && c.items[i].gap.ID != sent:
		return c.out(i, 0), true
	case c.items[i].lastID() != sent:
		_, n, _, _ := sent.Split()
		return c.out(i, n+1-c.items[i].first), true
	case i+1 < len(c.items):
		return c.out(i+1, 0), true
	}
	return Out{}, false
}

func (c *Chain) first() (Out, bool) {
	if len(c.items) == 0 {
		return Out{}, false
	}
	return c.out(0, 0), true
}

func (c *Chain) out(i int, offset uint64) Out {
	it := c.items[i]
	o := Out{ID: it.firstID(), Gap: it.gap}
	switch {
	case offset > 0:
		o.ID, o.Prev = RecordID(it.start, it.first+offset), RecordID(it.start, it.first+offset-1)
	case i > 0:
		o.Prev = c.items[i-1].lastID()
	default:
		o.Prev = c.heard
		if mark := c.mark.ID; !c.rules.firstWithoutMark {
			o.Mark = &mark
		}
	}
	return o
}
