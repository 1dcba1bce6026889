package record

import (
	"fmt"
	"strconv"
	"time"

	"rackvakt/sensors/reading"
)

// The model explores one lane: two cards at most, the collector, and the channel
// between them. Both lanes run the same functions and share nothing of them, so
// two lanes are two such worlds side by side.

// fault names what may go wrong; a world has a budget of each.
type fault uint8

const (
	restart      fault = iota // the agent, with whatever mark is durable
	cardCopy                  // a copy of the card is made
	cardRestore               // the card is set back to its copy, the agent starts
	cloneCard                 // a second card with the content of the first starts beside it
	capDrop                   // the oldest record is dropped
	badEntry                  // a record on disk becomes unreadable
	refuse                    // the disk refuses (and may take again at any time)
	collRestart               // the collector loses what is not committed
	storeCopy                 // a copy of the store is made
	storeRestore              // the store is set back to its copy
	faults
)

var faultNames = [faults]string{"restart", "card copy", "card restored", "clone", "cap drop", "unreadable", "disk refuses",
	"collector restart", "store copy", "store restored"}

const maxRecords = 4

type mask uint8 // of records in the order in which they were made

// card is one Pi. The numbers index the explorer's tables.
type card struct {
	chain, disk, copied, window uint32
	mem                         mask // records held in memory, not known to be on disk
	alive, refusing             bool
}

// world is one state. It is comparable, so it is its own key.
type world struct {
	cards      [2]card
	up         [2]uint16 // messages on the way to the collector, 0 none
	down       [2]uint16 // heads on the way to the cards + 1, 0 none
	work, comm uint32    // receiver: as applied, as committed
	backup     uint32
	// stored and covered by a stored gap: as applied, committed, in the copy.
	stored, covered   mask
	cStored, cCovered mask
	bStored, bCovered mask
	ever              mask // was committed or covered once, whatever was restored since
	recs              [maxRecords]uint16
	nrec, nstart      uint8
	startCard         uint16 // bit s: start s runs on the second card
	cloneAt           uint8
	budget            [faults]uint8
}

// message is what travels up: a record or gap, or a state.
type message struct {
	state   bool
	id      ID
	prev    ID
	mark    ID
	hasMark bool
	gap     uint32
}

type diskImage struct {
	mark    Mark
	gaps    []Gap
	entries []Entry
	held    []Entry // in memory, because the disk refused; gone with the agent
}

// pool interns values by a key, so that worlds hold numbers.
type pool[T any] struct {
	byKey map[string]uint32
	all   []T
	buf   []byte
	key   func([]byte, T) []byte
}

func newPool[T any](key func([]byte, T) []byte) *pool[T] {
	return &pool[T]{byKey: map[string]uint32{}, key: key}
}

func (t *pool[T]) put(v T) uint32 {
	t.buf = t.key(t.buf[:0], v)
	if i, ok := t.byKey[string(t.buf)]; ok {
		return i
	}
	i := uint32(len(t.all))
	t.byKey[string(t.buf)] = i
	t.all = append(t.all, v)
	return i
}

func keyStamp(b []byte, s reading.Stamp) []byte {
	return append(strconv.AppendInt(b, int64(s.Mono), 10), ' ')
}

func keyIDs(b []byte, ids ...ID) []byte {
	for _, id := range ids {
		b = append(append(b, id...), ' ')
	}
	return b
}

func keyGap(b []byte, g *Gap) []byte {
	b = keyIDs(b, g.ID, g.After, g.Last, g.Before)
	for _, s := range g.Covers {
		b = append(append(b, s.String()...), ' ')
	}
	return keyStamp(keyStamp(append(b, '|'), g.From.Stamp), g.To.Stamp)
}

func keyMark(b []byte, m Mark) []byte { return keyStamp(keyIDs(b, m.ID, m.Last), m.At.Stamp) }

func keyChain(b []byte, c *Chain) []byte {
	b = keyIDs(keyMark(b, c.mark), c.heard, ID(c.start))
	b = strconv.AppendUint(append(strconv.AppendUint(b, c.n, 10), ' '), c.k, 10)
	for i := range c.items {
		it := &c.items[i]
		b = append(b, '\n')
		if it.gap != nil {
			b = keyGap(b, it.gap)
			continue
		}
		b = keyIDs(b, it.firstID(), it.lastID(), it.after)
	}
	return b
}

func keyDisk(b []byte, d *diskImage) []byte {
	b = keyMark(b, d.mark)
	for i := range d.gaps {
		b = keyGap(append(b, '\n'), &d.gaps[i])
	}
	for _, e := range d.entries {
		b = keyStamp(keyIDs(append(b, '+'), e.ID, e.After), e.At)
	}
	for _, e := range d.held {
		b = keyStamp(keyIDs(append(b, '*'), e.ID, e.After), e.At)
	}
	return b
}

func keyWindow(b []byte, w *Window) []byte {
	b = keyIDs(b, w.sent[LaneA])
	for _, f := range w.flight {
		b = keyIDs(b, f.id)
	}
	return b
}

func keyReceiver(b []byte, r *Receiver) []byte {
	b = keyIDs(b, r.head, r.committed)
	s := r.Saved()
	for _, span := range s.Have {
		b = append(append(b, span.String()...), ' ')
	}
	return keyIDs(append(b, '|'), s.Covered...)
}

func cloneChain(c *Chain) *Chain {
	d := *c
	d.items = append([]item(nil), c.items...)
	return &d
}

func cloneReceiver(r *Receiver) *Receiver {
	d := NewReceiver(r.Saved())
	d.committed, d.rules = r.committed, r.rules
	return d
}

func cloneWindow(w *Window) *Window {
	d := &Window{bytes: w.bytes, rules: w.rules, flight: append([]flying(nil), w.flight...)}
	if id, ok := w.sent[LaneA]; ok {
		d.sent = map[Lane]ID{LaneA: id}
	}
	return d
}

// Time in the model is the order of events: record k is made at 2k+2, "now" after
// n records is 2n+1; so a gap between two of them covers strictly what lies between.
func timeOfRecord(k int) reading.Stamp { return reading.Stamp{Mono: time.Duration(2*k + 2)} }

func (w *world) now() reading.Stamp { return reading.Stamp{Mono: time.Duration(2*int(w.nrec) + 1)} }

func startName(n uint8) string { return fmt.Sprintf("%016x", n) }
