package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"rackvakt/uplink/ingest"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
	"rackvakt/uplink/store"
)

// listener hands what ingest hears to the state loop and keeps events.
type listener struct {
	loop *state.Loop
	db   *store.DB
	log  *slog.Logger
	mu   sync.Mutex // guards nows
	nows map[string]json.RawMessage
}

// Life passes a sign of life on; one that finds the loop busy is dropped, the next
// comes within a second.
func (l *listener) Life(in ingest.Life) {
	ev := state.Life{Closet: in.Closet.String(), At: in.At, Path: in.Path, Stamp: in.Stamp()}
	switch {
	case in.HB != nil:
		ev.Start, ev.Conn = in.HB.Start, in.HB.Conn
		ev.Drained, ev.Backlog = in.HB.DepthA == 0, in.HB.DepthA > 0
	case in.State != nil:
		ev.Start, ev.Conn = in.State.Start, in.State.Conn
	}
	l.offer(ev)
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
	l.log.Warn("store is older than promised", "closet", in.Closet.String(), "lane", in.Lane, "mark", in.Mark)
	l.offer(state.Gap{Closet: in.Closet.String(), Why: "restored_store"})
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
	var kept []store.Event
	for _, a := range records {
		if ev := stateEvent(a); ev != nil {
			evs = append(evs, ev)
		}
		if a.Record.Event != nil {
			e, err := storeEvent(a)
			if err != nil {
				return err
			}
			kept = append(kept, e)
		}
	}
	if len(kept) > 0 {
		err := l.db.Do(ctx, func(tx *store.Tx) error {
			for _, e := range kept {
				if err := tx.PutEvent(e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("keep events: %w", err)
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

func storeEvent(a ingest.Applied) (store.Event, error) {
	ev := a.Record.Event
	detail := map[string]string{}
	for k, v := range ev.Detail {
		detail[k] = v
	}
	if ev.Reason != "" {
		detail["reason"] = ev.Reason
	}
	text, err := json.Marshal(detail)
	if err != nil {
		return store.Event{}, fmt.Errorf("keep event of %s: %w", a.Closet, err)
	}
	at := a.ReceivedAt
	if a.Record.At.Synced && !a.Record.At.Wall.IsZero() {
		at = a.Record.At.Wall
	}
	return store.Event{Seq: a.Seq, Closet: a.Closet.String(), Name: ev.Name, Object: ev.Object,
		At: at, ReceivedAt: a.ReceivedAt, Detail: string(text)}, nil
}
