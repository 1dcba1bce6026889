package ingest

import (
	"context"
	"encoding/json"
	"time"

	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

const (
	// answerEvery spaces the answers to states and ignored records: 10 a second.
	answerEvery = 100 * time.Millisecond
	// storePause is how long the writer rests after the store refused.
	storePause = time.Second
)

// writer is the only one that moves lanes. It lives in one goroutine.
type writer struct {
	in *Ingest
	// loaded is what the store held when it was last read; lanes are taken from
	// it when their closet first says something.
	loaded map[store.LaneID]record.Saved
	// owed are closets whose answer is held back, and until when.
	owed    map[*closet]time.Time
	refused bool // the store refused the last commit
}

// group is what one commit gathers.
type group struct {
	commit  store.Commit
	changes map[store.LaneID]*change
	order   []store.LaneID
	// moved are closets with a new head, asked those that only want an answer.
	moved, asked map[*closet]bool
	touched      []*record.Receiver
	gaps         []OwnGap
}

type change struct {
	head    record.ID
	have    []record.Span
	covered []record.ID
}

func (w *writer) run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if next, ok := w.nextOwed(); ok {
			timer.Reset(max(0, next.Sub(w.in.w.Now())))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.in.wake:
		case <-timer.C:
			w.answerOwed()
		}
		for more := true; more && ctx.Err() == nil; {
			var batch []work
			if batch, more = w.in.take(); len(batch) > 0 {
				w.round(ctx, batch)
			}
			w.answerOwed()
		}
	}
}

// round decides, commits, and answers, in this order.
func (w *writer) round(ctx context.Context, batch []work) {
	g := &group{changes: map[store.LaneID]*change{}, moved: map[*closet]bool{}, asked: map[*closet]bool{}}
	for _, b := range batch {
		for _, marks := range b.asks {
			w.state(ctx, g, b.c, marks)
		}
		for _, it := range b.items {
			w.record(g, b.c, it)
		}
	}
	if len(g.changes) > 0 {
		if err := w.commit(ctx, g); err != nil {
			w.undo(ctx, batch, err)
			return
		}
	}
	for c := range g.moved {
		w.answer(c)
	}
	for c := range g.asked {
		if !g.moved[c] {
			w.answerSoon(c)
		}
	}
	for _, gap := range g.gaps {
		w.in.n.ownGaps.Add(1)
		w.in.w.Log.Error("store is older than what it promised", "closet", gap.Closet.String(), "lane", gap.Lane, "mark", gap.Mark, "from", gap.From)
		w.in.w.Listener.OwnGap(gap)
	}
}

func (w *writer) receiver(c *closet, lane record.Lane) *record.Receiver {
	r := c.lanes[lane]
	if r == nil {
		r = record.NewReceiver(w.loaded[store.LaneID{Closet: c.id, Lane: lane}])
		c.lanes[lane] = r
	}
	return r
}

func (g *group) change(id store.LaneID, r *record.Receiver) *change {
	ch := g.changes[id]
	if ch == nil {
		ch = &change{head: r.Head()}
		g.changes[id] = ch
		g.order = append(g.order, id)
		g.touched = append(g.touched, r)
	}
	return ch
}

// record applies one record to its lane.
func (w *writer) record(g *group, c *closet, it item) {
	id := store.LaneID{Closet: c.id, Lane: it.lane}
	r := w.receiver(c, it.lane)
	step := r.OnRecord(it.id, it.prev, it.mark)
	switch step.Verdict {
	case record.Ignore:
		w.in.n.ignored.Add(1)
		g.asked[c] = true
		return
	case record.Again:
		w.in.n.again.Add(1)
	case record.Take:
		g.commit.Records = append(g.commit.Records, store.Record{LaneID: id, ID: it.id, Payload: it.payload, ReceivedAt: it.receivedAt})
		ch := g.change(id, r)
		if n := len(ch.have); n > 0 && sameRow(ch.have[n-1], step.Have) {
			ch.have[n-1] = step.Have
		} else {
			ch.have = append(ch.have, step.Have)
		}
	}
	g.change(id, r).head = step.Head
	g.moved[c] = true
}

func sameRow(a, b record.Span) bool {
	return a.Start == b.Start && a.Gap == b.Gap && a.First == b.First
}

// state applies the marks of a state to both lanes.
func (w *writer) state(ctx context.Context, g *group, c *closet, marks record.Marks) {
	g.asked[c] = true
	for _, lane := range record.Lanes() {
		r := w.receiver(c, lane)
		own, ok := r.OnState(marks.Of(lane))
		if !ok {
			continue
		}
		id := store.LaneID{Closet: c.id, Lane: lane}
		ch := g.change(id, r)
		ch.covered = append(ch.covered, own.Mark)
		now := w.in.w.Now()
		gap := OwnGap{Closet: c.id, Lane: lane, Mark: own.Mark, From: w.timeOf(ctx, g, id, own.From), To: now}
		g.gaps = append(g.gaps, gap)
		g.commit.Noted = append(g.commit.Noted, store.Gap{
			Closet: c.id.String(), Lane: string(lane), ID: string(own.Mark), Origin: store.FromCollector,
			Why: record.WhyStoreRestore, From: gap.From, To: now, NotedAt: now, Detail: "{}",
		})
	}
}

// timeOf returns when a record was made; zero for none, or where nothing is known.
func (w *writer) timeOf(ctx context.Context, g *group, lane store.LaneID, id record.ID) time.Time {
	if id == "" {
		return time.Time{}
	}
	row, ok := store.Record{}, false
	for _, r := range g.commit.Records {
		if r.LaneID == lane && r.ID == id {
			row, ok = r, true
		}
	}
	if !ok {
		var err error
		if row, ok, err = w.in.w.Store.RecordByID(ctx, lane, id); err != nil {
			w.in.w.Log.Error("read journal", "error", err)
		}
	}
	if !ok {
		return time.Time{}
	}
	return w.in.madeAt(row)
}

// commit makes the group durable, and only then moves the heads that acks carry.
func (w *writer) commit(ctx context.Context, g *group) error {
	for _, id := range g.order {
		ch := g.changes[id]
		g.commit.Lanes = append(g.commit.Lanes, store.LaneChange{LaneID: id, Head: ch.head, Have: ch.have, Covered: ch.covered})
	}
	if err := w.in.w.Store.Commit(ctx, &g.commit, w.in.w.Now()); err != nil {
		return err
	}
	for _, r := range g.touched {
		r.Committed()
	}
	w.in.n.commits.Add(1)
	w.in.n.taken.Add(uint64(len(g.commit.Records)))
	if w.refused {
		w.refused = false
		w.in.w.Log.Info("store takes records again")
	}
	w.in.committed()
	return nil
}

// undo forgets what the store refused: nothing of it was answered, so the closets
// send it again. The lanes are read anew; until that works nothing is taken.
func (w *writer) undo(ctx context.Context, batch []work, err error) {
	if ctx.Err() != nil {
		return
	}
	w.in.n.commitsFailed.Add(1)
	for _, b := range batch {
		w.in.n.refused[storeRefused].Add(uint64(len(b.items)))
	}
	if !w.refused {
		w.refused = true
		w.in.w.Log.Error("store refuses records", "error", err)
	}
	for ctx.Err() == nil {
		pause(ctx, storePause)
		loaded, err := w.in.w.Store.Lanes(ctx)
		if err == nil {
			w.reload(loaded)
			return
		}
	}
}

func (w *writer) reload(loaded map[store.LaneID]record.Saved) {
	w.loaded = loaded
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	for _, c := range w.in.closets {
		c.lanes = map[record.Lane]*record.Receiver{}
	}
}

// answerSoon answers at once or, if the last such answer was less than a tenth of
// a second ago, when that time is over.
func (w *writer) answerSoon(c *closet) {
	if now := w.in.w.Now(); now.Before(c.nextAnswer) {
		w.owed[c] = c.nextAnswer
		return
	}
	c.nextAnswer = w.in.w.Now().Add(answerEvery)
	w.answer(c)
}

func (w *writer) nextOwed() (next time.Time, ok bool) {
	for _, at := range w.owed {
		if !ok || at.Before(next) {
			next, ok = at, true
		}
	}
	return next, ok
}

func (w *writer) answerOwed() {
	now := w.in.w.Now()
	for c, at := range w.owed {
		if !now.Before(at) {
			c.nextAnswer = now.Add(answerEvery)
			w.answer(c)
		}
	}
}

// answer sends the committed heads. It settles an answer that was held back.
func (w *writer) answer(c *closet) {
	delete(w.owed, c)
	ack := record.Ack{V: record.Version}
	for _, lane := range record.Lanes() {
		ack.Head.Set(lane, w.receiver(c, lane).Head())
	}
	payload, err := json.Marshal(ack)
	if err == nil {
		err = w.in.w.Broker.Publish(w.in.topicOf(c, record.LeafAck), payload, 0, false)
	}
	if err != nil {
		w.in.n.acksFailed.Add(1) // the closet asks again at its time-out
		return
	}
	w.in.n.acks.Add(1)
}

func (in *Ingest) topicOf(c *closet, leaf record.Leaf) string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return record.Topic{Area: c.area, Closet: c.id, Leaf: leaf}.String()
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
