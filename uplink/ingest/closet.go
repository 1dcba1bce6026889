package ingest

import (
	"time"

	"rackvakt/uplink/record"
)

// maxAsks bounds the states of a closet that wait for the writer. One that does
// not fit is said again at the closet's next time-out.
const maxAsks = 16

// item is one record on its way to the writer.
type item struct {
	lane       record.Lane
	id, prev   record.ID
	mark       *record.ID
	payload    []byte
	receivedAt time.Time
}

// closet is what is kept of one closet of the site list.
type closet struct {
	id record.ClosetID

	// Guarded by Ingest.mu.
	area   string // "" once the closet has left the site list
	queue  []item
	asks   []record.Marks
	queued bool // it stands in Ingest.pending
	heard  time.Time
	named  map[reason]time.Time

	// Owned by the writer.
	lanes map[record.Lane]*record.Receiver
	// nextAnswer is when a state or an ignored record may be answered again.
	nextAnswer time.Time
}

// nameAgain is how long a closet's mistake of one kind is not named again.
const nameAgain = time.Hour

// lookup returns the closet of a topic, or why its messages are refused.
func (in *Ingest) lookup(t record.Topic) (*closet, reason, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	c := in.closets[t.Closet]
	switch {
	case c == nil || c.area == "":
		return nil, unknownCloset, false
	case c.area != t.Area:
		return nil, wrongArea, false
	}
	return c, 0, true
}

// maxStrangers bounds the names of unknown closets that were named in the log.
const maxStrangers = 1000

// refuseStranger counts a message from outside the site list, and names each
// sender once until the list changes.
func (in *Ingest) refuseStranger(t record.Topic, why reason) {
	in.n.refused[why].Add(1)
	in.mu.Lock()
	defer in.mu.Unlock()
	key := t.Area + "/" + t.Closet.String()
	if in.strangers[key] || len(in.strangers) >= maxStrangers {
		return
	}
	in.strangers[key] = true
	in.w.Log.Warn("messages refused", "closet", t.Closet.String(), "area", t.Area, "reason", reasonNames[why])
}

// refuse counts a mistake of a closet and names it in the log now and then.
func (in *Ingest) refuse(c *closet, why reason, detail any) {
	in.n.refused[why].Add(1)
	in.mu.Lock()
	defer in.mu.Unlock()
	now := in.w.Now()
	if last, ok := c.named[why]; ok && now.Sub(last) < nameAgain {
		return
	}
	c.named[why] = now
	in.w.Log.Warn("messages refused", "closet", c.id.String(), "area", c.area, "reason", reasonNames[why], "detail", detail)
}

// enqueue puts a record before the writer; false where the queue is full, and
// then nothing is promised and the record is sent again.
func (in *Ingest) enqueue(c *closet, it item) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(c.queue) >= in.o.Queue {
		return false
	}
	c.queue = append(c.queue, it)
	in.pend(c)
	return true
}

// ask puts the marks of a state before the writer, beside the queue.
func (in *Ingest) ask(c *closet, m record.Marks) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(c.asks) < maxAsks {
		c.asks = append(c.asks, m)
	}
	in.pend(c)
}

func (in *Ingest) pend(c *closet) {
	if !c.queued {
		c.queued = true
		in.pending = append(in.pending, c)
	}
	select {
	case in.wake <- struct{}{}:
	default: // the writer is awake already
	}
}

// work is what the writer takes of one closet at a time.
type work struct {
	c     *closet
	items []item
	asks  []record.Marks
}

// take returns the work of the next closets, up to about Group records; more is
// true where others still wait. No closet waits for more than the others' queues.
func (in *Ingest) take() (batch []work, more bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	total, n := 0, 0
	for ; n < len(in.pending) && total < in.o.Group; n++ {
		c := in.pending[n]
		batch = append(batch, work{c, c.queue, c.asks})
		total += len(c.queue)
		c.queue, c.asks, c.queued = nil, nil, false
	}
	in.pending = append([]*closet(nil), in.pending[n:]...)
	return batch, len(in.pending) > 0
}
