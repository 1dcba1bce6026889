package collector

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"

	"rackvakt/uplink/ingest"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
)

// listener hands what ingest hears to the state loop.
type listener struct {
	loop *state.Loop
	log  *slog.Logger
	mu   sync.Mutex // guards nows and owed
	nows map[string]json.RawMessage
	// owed are gaps that found the loop busy. They are said once, so they are
	// offered again with the next sign of life.
	owed []state.Event
}

// Life passes a sign of life on; one that finds the loop busy is dropped, the next
// comes within a second.
func (l *listener) Life(in ingest.Life) {
	ev := state.Life{Closet: in.Closet.String(), At: in.At, Path: in.Path, Stamp: in.Stamp()}
	switch {
	case in.HB != nil:
		ev.Start, ev.Conn = in.HB.Start, in.HB.Conn
		ev.Drained, ev.Backlog = in.HB.DepthA == 0, in.HB.DepthA > 0
		ev.Empty = in.HB.Depth == 0
	case in.State != nil:
		ev.Start, ev.Conn = in.State.Start, in.State.Conn
	}
	l.offer(ev)
	l.offerOwed()
}

// Will passes a last will on: it starts the question of silence, nothing else.
func (l *listener) Will(in ingest.Will) {
	l.offer(state.Will{Closet: in.Closet.String(), Path: in.Path, Start: in.Start, Conn: in.Conn})
}

// Snapshot keeps the newest `now` of each closet for its page.
func (l *listener) Snapshot(in ingest.Snapshot) {
	if in.Topic.Leaf != record.LeafNow {
		return
	}
	now, err := record.DecodePayload[record.Now](in.Payload)
	if err != nil {
		l.log.Warn("snapshot refused", "closet", in.Topic.Closet.String(), "err", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nows[in.Topic.Closet.String()] = now.Body
}

// now returns the newest snapshot of a closet, nil if there is none.
func (l *listener) now(closet string) json.RawMessage {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.nows[closet]
}

// OwnGap tells that the store is older than what it once promised.
func (l *listener) OwnGap(in ingest.OwnGap) {
	l.mu.Lock()
	l.owed = append(l.owed, state.Gap{Closet: in.Closet.String(), Why: record.WhyStoreRestore, Lane: in.Lane, From: in.From, To: in.To})
	l.mu.Unlock()
	l.offerOwed()
}

// offerOwed hands the gaps in, in order, as far as the loop takes them.
func (l *listener) offerOwed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.owed) > 0 && l.loop.Offer(l.owed[0]) {
		l.owed = l.owed[1:]
	}
}

func (l *listener) offer(ev state.Event) {
	if !l.loop.Offer(ev) {
		l.log.Debug("sign of life dropped, the loop is busy")
	}
}

// Apply makes records of lane a events of the state loop, in order, and returns
// when all that follows from them is durable.
func (l *listener) Apply(ctx context.Context, records []ingest.Applied) error {
	var evs []state.Event
	for _, a := range records {
		if ev := stateEvent(a); ev != nil {
			evs = append(evs, ev)
		}
	}
	if len(evs) == 0 {
		return nil
	}
	return l.loop.Apply(ctx, evs)
}

// stateEvent returns what a record means for the state of its closet, or nil.
func stateEvent(a ingest.Applied) state.Event {
	closet, r := a.Closet.String(), a.Record
	switch {
	case r.Alarm != nil:
		return state.Change{Closet: closet, Made: r.At, Change: *r.Alarm}
	case r.Open != nil:
		return state.OpenList{Closet: closet, Occs: r.Open.Occ}
	case r.Gap != nil:
		return state.Gap{Closet: closet, Why: r.Gap.Why}
	case r.Event != nil && r.Event.Name == record.EventAgentStopping:
		return state.LastWords{Closet: closet, Start: r.ID.Start(), Reason: r.Event.Reason}
	}
	return nil
}
