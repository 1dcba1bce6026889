package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

// Names of the marks up to which the journal was handed on.
const (
	stateReader  = "state"
	sampleReader = "samples"
)

const (
	// followBatch is how many records are read from the journal at a time.
	followBatch = 500
	// followPause is how long a reader rests after an error.
	followPause = time.Second
)

// trouble names an error in the log once, and its end.
type trouble struct {
	in   *Ingest
	what string
	on   bool
}

func (t *trouble) say(err error) {
	switch {
	case err != nil && !t.on:
		t.in.w.Log.Error(t.what+" fails", "error", err)
	case err == nil && t.on:
		t.in.w.Log.Info(t.what + " works again")
	}
	t.on = err != nil
}

// followAlarms hands the records of lane a to the listener, in order, and keeps
// events and gaps, until ctx ends.
func (in *Ingest) followAlarms(ctx context.Context) error {
	mark, err := in.w.Store.Mark(ctx, stateReader)
	if err != nil {
		return err
	}
	t := trouble{in: in, what: "handing on of alarms"}
	for ctx.Err() == nil {
		in.n.applied.Store(mark)
		rows, err := in.w.Store.Journal(ctx, record.LaneA, mark, followBatch)
		if err == nil && len(rows) > 0 {
			if err = in.applyAlarms(ctx, rows); err == nil {
				mark = rows[len(rows)-1].Seq
			}
		}
		if ctx.Err() != nil {
			break
		}
		t.say(err)
		switch {
		case err != nil:
			pause(ctx, followPause)
		case len(rows) == 0:
			await(ctx, in.alarmsCame)
		}
	}
	return nil
}

func await(ctx context.Context, ch <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-ch:
	}
}

func (in *Ingest) applyAlarms(ctx context.Context, rows []store.Record) error {
	applied := make([]Applied, 0, len(rows))
	for _, row := range rows {
		r, err := record.Decode(row.Payload)
		if err != nil {
			// It was understood when it was taken: another version of this program was.
			in.w.Log.Error("journal holds a record that is not understood", "seq", row.Seq, "closet", row.Closet.String(), "error", err)
			continue
		}
		in.boots.learnFrom(row.Closet, r.At)
		applied = append(applied, Applied{Seq: row.Seq, Closet: row.Closet, Area: in.areaOf(row.Closet), Record: r, ReceivedAt: row.ReceivedAt})
	}
	if len(applied) > 0 {
		if err := in.w.Listener.Apply(ctx, applied); err != nil {
			return fmt.Errorf("apply %d records: %w", len(applied), err)
		}
	}
	return in.w.Store.Do(ctx, func(tx *store.Tx) error {
		for _, a := range applied {
			if err := in.book(tx, a); err != nil {
				return err
			}
		}
		return tx.SetMark(stateReader, rows[len(rows)-1].Seq)
	})
}

// book keeps what pages list: events, and gaps of lane a.
func (in *Ingest) book(tx *store.Tx, a Applied) error {
	switch {
	case a.Record.Event != nil:
		e := a.Record.Event
		detail, err := json.Marshal(struct {
			Reason string            `json:"reason,omitempty"`
			Detail map[string]string `json:"detail,omitempty"`
		}{e.Reason, e.Detail})
		if err != nil {
			return err
		}
		return tx.PutEvent(store.Event{
			Seq: a.Seq, Closet: a.Closet.String(), Name: e.Name, Object: e.Object, Detail: string(detail),
			At: in.placed(a.Closet, a.Record.At, a.ReceivedAt), ReceivedAt: a.ReceivedAt,
		})
	case a.Record.Gap != nil:
		return in.bookGap(tx, a, record.LaneA)
	}
	return nil
}

// bookGap keeps a gap with its ends on the calendar where they can be told.
func (in *Ingest) bookGap(tx *store.Tx, a Applied, lane record.Lane) error {
	body := a.Record.Gap
	detail, err := json.Marshal(body)
	if err != nil {
		return err
	}
	g := store.Gap{
		Closet: a.Closet.String(), Lane: string(lane), ID: string(a.Record.ID), Origin: store.FromCloset,
		Why: body.Why, NotedAt: a.ReceivedAt, Detail: string(detail),
	}
	if body.From != nil {
		g.From, _ = in.boots.place(a.Closet, body.From.Stamp)
	}
	if to, ok := in.boots.place(a.Closet, body.To.Stamp); ok {
		g.To = to
	}
	return tx.PutGap(g)
}

// madeAt returns when a record of the journal was made, else when it came.
func (in *Ingest) madeAt(row store.Record) time.Time {
	r, err := record.Decode(row.Payload)
	if err != nil {
		return row.ReceivedAt
	}
	return in.placed(row.Closet, r.At, row.ReceivedAt)
}

// housekeeping prunes the journal and keeps the signs of life over restarts.
func (in *Ingest) housekeeping(ctx context.Context) error {
	prune := time.NewTicker(time.Hour)
	defer prune.Stop()
	heard := time.NewTicker(heardEvery)
	defer heard.Stop()
	t := trouble{in: in, what: "housekeeping of the store"}
	last := time.Time{}
	for {
		var err error
		select {
		case <-ctx.Done():
			// The last words to the store, which outlives ctx.
			if err := in.saveHeard(context.WithoutCancel(ctx), last); err != nil {
				return fmt.Errorf("save signs of life: %w", err)
			}
			return nil
		case <-prune.C:
			err = in.w.Store.PruneJournal(ctx, sampleReader, in.w.Now().Add(-in.o.JournalKeep))
		case <-heard.C:
			now := in.w.Now()
			if err = in.saveHeard(ctx, last); err == nil {
				last = now
			}
		}
		if !errors.Is(err, context.Canceled) {
			t.say(err)
		}
	}
}

// heardEvery is how often the last signs of life are written down.
const heardEvery = 30 * time.Second

func (in *Ingest) saveHeard(ctx context.Context, since time.Time) error {
	all := map[string]time.Time{}
	in.mu.Lock()
	for id, c := range in.closets {
		if c.heard.After(since) {
			all[id.String()] = c.heard
		}
	}
	in.mu.Unlock()
	if len(all) == 0 {
		return nil
	}
	return in.w.Store.SetHeard(ctx, all)
}
