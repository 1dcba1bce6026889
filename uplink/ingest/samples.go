package ingest

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

const (
	// flushEvery and flushRows bound what is applied again after a crash.
	flushEvery = 5 * time.Second
	flushRows  = 20_000
	// ahead is how far a sample may lie in the future of its receipt. One far
	// ahead would push the window of everybody's late samples with it.
	ahead = 10 * time.Minute
)

// nameForm is a metric name in the Prometheus convention.
var nameForm = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// sampler hands lane m to the time-series store. The mark of what was applied
// moves behind a sync of that store; what lies between is applied again after a
// crash, which changes nothing.
type sampler struct {
	in *Ingest
	// at is the place up to which samples were appended; saved is the mark.
	at, saved int64
	// since is when the first unsaved record was appended.
	since time.Time
	// waiting, gaps and boots are written with the mark.
	waiting []waiting
	gaps    []Applied
	boots   []bootFact
}

type waiting struct {
	row  store.Record
	boot string
}

// followSamples runs until ctx ends.
func (in *Ingest) followSamples(ctx context.Context) error {
	mark, err := in.w.Store.Mark(ctx, sampleReader)
	if err != nil {
		return err
	}
	s := &sampler{in: in, at: mark, saved: mark}
	in.n.sampled.Store(mark)
	t := trouble{in: in, what: "handing on of samples"}
	for ctx.Err() == nil {
		idle, err := s.step(ctx)
		if ctx.Err() != nil {
			break
		}
		t.say(err)
		switch {
		case err != nil:
			pause(ctx, followPause)
		case idle:
			s.rest(ctx)
		}
	}
	// What was appended is marked as such if it can be; else it is applied again.
	if err := s.flush(context.WithoutCancel(ctx)); err != nil {
		in.w.Log.Warn("mark of samples not moved", "error", err)
	}
	return nil
}

// rest waits for records or for the time of the next flush.
func (s *sampler) rest(ctx context.Context) {
	if s.at == s.saved {
		await(ctx, s.in.samplesCame)
		return
	}
	timer := time.NewTimer(flushEvery)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.in.samplesCame:
	case <-timer.C:
	}
}

// step appends the next records; idle is true where there were none.
func (s *sampler) step(ctx context.Context) (idle bool, err error) {
	rows, err := s.in.w.Store.Journal(ctx, record.LaneM, s.at, followBatch)
	if err != nil {
		return false, err
	}
	if err := s.apply(ctx, rows); err != nil {
		return false, err
	}
	s.boots = append(s.boots, s.in.boots.takeFresh()...)
	due := s.at-s.saved >= flushRows || s.at > s.saved && s.in.w.Now().Sub(s.since) >= flushEvery
	if due || len(s.boots) > 0 {
		if err := s.flush(ctx); err != nil {
			return false, err
		}
	}
	return len(rows) == 0, nil
}

func (s *sampler) apply(ctx context.Context, rows []store.Record) error {
	var samples []store.Sample
	var wait []waiting
	var gaps []Applied
	for _, row := range rows {
		r, err := record.Decode(row.Payload)
		if err != nil {
			s.in.w.Log.Error("journal holds a record that is not understood", "seq", row.Seq, "closet", row.Closet.String(), "error", err)
			continue
		}
		s.in.boots.learnFrom(row.Closet, r.At)
		switch {
		case r.Gap != nil:
			gaps = append(gaps, Applied{Seq: row.Seq, Closet: row.Closet, Record: r, ReceivedAt: row.ReceivedAt})
		case r.Samples != nil:
			more, placed := s.in.samplesOf(row, r)
			if !placed {
				wait = append(wait, waiting{row, r.At.Boot})
			}
			samples = append(samples, more...)
		}
	}
	if err := s.in.append(ctx, samples); err != nil {
		return err
	}
	if len(rows) > 0 {
		if s.at == s.saved {
			s.since = s.in.w.Now()
		}
		s.at = rows[len(rows)-1].Seq
	}
	s.waiting, s.gaps = append(s.waiting, wait...), append(s.gaps, gaps...)
	return nil
}

func (in *Ingest) append(ctx context.Context, samples []store.Sample) error {
	if len(samples) == 0 {
		return nil
	}
	refused, err := in.w.Samples.Append(ctx, samples)
	if err != nil {
		return err
	}
	bad := refused.TooOld + refused.Differs + refused.TooMany
	in.n.samples.Add(uint64(len(samples) - bad))
	in.n.samplesRefused.Add(uint64(bad))
	return nil
}

// samplesOf decodes a record; placed is false where its boot's beginning is not
// known yet.
func (in *Ingest) samplesOf(row store.Record, r record.Record) (all []store.Sample, placed bool) {
	values, err := r.Samples.Decode(r.At)
	if err != nil {
		in.w.Log.Error("journal holds samples that are not understood", "seq", row.Seq, "closet", row.Closet.String(), "error", err)
		return nil, true
	}
	area := in.areaOf(row.Closet)
	for _, v := range values {
		at, ok := in.boots.place(row.Closet, v.At)
		if !ok {
			return nil, false
		}
		if at.After(row.ReceivedAt.Add(ahead)) || !nameForm.MatchString(v.Name) {
			in.n.samplesRefused.Add(1)
			continue
		}
		all = append(all, store.Sample{
			Series: store.Series{
				Name: v.Name, Area: area, Site: row.Closet.Site, Closet: row.Closet.Closet, Device: v.Device, Object: v.Object,
			},
			At: at, Value: v.Value, Unknown: v.Stale,
		})
	}
	return all, true
}

// flush makes what was appended durable, moves the mark, and then places what
// waited for boots that were learnt meanwhile.
func (s *sampler) flush(ctx context.Context) error {
	if s.at == s.saved && len(s.boots) == 0 {
		return nil
	}
	if err := s.in.w.Samples.Sync(); err != nil {
		return err
	}
	err := s.in.w.Store.Do(ctx, func(tx *store.Tx) error {
		for _, w := range s.waiting {
			if err := tx.SetWaiting(sampleReader, w.row.Closet.String(), w.boot, w.row.Seq); err != nil {
				return err
			}
		}
		for _, g := range s.gaps {
			if err := s.in.bookGap(tx, g, record.LaneM); err != nil {
				return err
			}
		}
		for _, b := range s.boots {
			if err := tx.SetBoot(b.closet.String(), b.boot, b.began); err != nil {
				return err
			}
		}
		return tx.SetMark(sampleReader, s.at)
	})
	if err != nil {
		return fmt.Errorf("move mark of samples: %w", err)
	}
	s.saved, s.waiting, s.gaps = s.at, nil, nil
	s.in.n.sampled.Store(s.at)
	for len(s.boots) > 0 {
		if err := s.placeWaiting(ctx, s.boots[0]); err != nil {
			return err
		}
		s.boots = s.boots[1:]
	}
	return nil
}

// placeWaiting appends what waited for a boot, in the order in which it came.
func (s *sampler) placeWaiting(ctx context.Context, b bootFact) error {
	rows, err := s.in.w.Store.Waiting(ctx, sampleReader, b.closet.String(), b.boot)
	if err != nil || len(rows) == 0 {
		return err
	}
	var samples []store.Sample
	for _, row := range rows {
		if r, err := record.Decode(row.Payload); err == nil && r.Samples != nil {
			more, _ := s.in.samplesOf(row, r)
			samples = append(samples, more...)
		}
	}
	if err := s.in.append(ctx, samples); err != nil {
		return err
	}
	if err := s.in.w.Samples.Sync(); err != nil {
		return err
	}
	return s.in.w.Store.Do(ctx, func(tx *store.Tx) error {
		return tx.DropWaiting(sampleReader, b.closet.String(), b.boot)
	})
}
