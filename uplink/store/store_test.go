package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/notify"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
	"rackvakt/uplink/store"
)

const start = "00112233445566ff"

var (
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	kil   = record.ClosetID{Site: "kil", Closet: "k1"}
	laneM = store.LaneID{Closet: kil, Lane: record.LaneM}
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dir)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() }) // some tests close it themselves
	return db
}

// commit stores records lo..hi of lane m, received one second apart.
func commit(t *testing.T, db *store.DB, lo, hi uint64) error {
	t.Helper()
	c := &store.Commit{Lanes: []store.LaneChange{{LaneID: laneM, Head: record.RecordID(start, hi), Have: []record.Span{{Start: start, First: 1, Last: hi}}}}}
	for n := lo; n <= hi; n++ {
		c.Records = append(c.Records, store.Record{LaneID: laneM, ID: record.RecordID(start, n), Payload: []byte("x"), ReceivedAt: epoch.Add(time.Duration(n) * time.Second)})
	}
	return db.Commit(t.Context(), c, epoch)
}

func numbers(t *testing.T, db *store.DB) string {
	t.Helper()
	rows, err := db.Journal(t.Context(), record.LaneM, 0, 100)
	must(t, err)
	var b strings.Builder
	for _, r := range rows {
		_, n, _, _ := r.ID.Split()
		fmt.Fprintf(&b, "%d:%d ", r.Seq, n)
	}
	return strings.TrimSpace(b.String())
}

// A commit is kept whole or not at all, and an identity is never stored twice.
func TestCommitIsWhole(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	must(t, commit(t, db, 1, 3))
	if err := commit(t, db, 3, 5); err == nil {
		t.Error("a record was stored twice")
	}
	must(t, db.Close())
	db = open(t, dir)
	if got := numbers(t, db); got != "1:1 2:2 3:3" {
		t.Errorf("journal %s", got)
	}
	lanes, err := db.Lanes(t.Context())
	must(t, err)
	if l := lanes[laneM]; l.Head != record.RecordID(start, 3) || len(l.Have) != 1 || l.Have[0].Last != 3 {
		t.Errorf("lane %+v", l)
	}
}

// Pruning keeps what was not applied, what waits, and the last record of a run; a
// place in the journal is not given out again.
func TestPrune(t *testing.T) {
	db := open(t, t.TempDir())
	must(t, commit(t, db, 1, 5))
	must(t, db.SetMark(t.Context(), "samples", 3))
	must(t, db.Do(t.Context(), func(tx *store.Tx) error { return tx.SetWaiting("samples", "kil.k1", "b", 2) }))
	late := epoch.Add(time.Hour)
	must(t, db.PruneJournal(t.Context(), "samples", epoch))
	must(t, db.PruneJournal(t.Context(), "samples", late))
	if got := numbers(t, db); got != "2:2 4:4 5:5" {
		t.Errorf("journal %s", got)
	}
	must(t, db.SetMark(t.Context(), "samples", 9))
	must(t, db.Do(t.Context(), func(tx *store.Tx) error { return tx.DropWaiting("samples", "kil.k1", "b") }))
	must(t, db.PruneJournal(t.Context(), "samples", late))
	must(t, commit(t, db, 6, 6))
	if got := numbers(t, db); got != "5:5 10:6" {
		t.Errorf("journal %s", got)
	}
}

func TestRefusesANewerSchema(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	must(t, store.SetSchemaVersion(db, 99))
	must(t, db.Close())
	if _, err := store.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "newer than this program's") {
		t.Errorf("opened a newer store: %v", err)
	}
}

// What was decided and not yet told survives a stop.
func TestStateAndMessagesSurvive(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	db := open(t, dir)
	change := alarm.Change{Act: alarm.Raise, Key: alarm.Key{Code: "path.down", Object: "sjunet"}, Occ: "o1"}
	must(t, db.SaveAlarm(ctx, state.Alarm{Closet: "kil.k1", Change: change, From: epoch}))
	must(t, db.SaveCase(ctx, state.Case{ID: "c1", Site: "kil", Closet: "k1", Opened: epoch, Seq: 1}))
	must(t, db.SaveCase(ctx, state.Case{ID: "c0", Site: "kil", Closet: "k1", Opened: epoch.Add(-99 * time.Hour), Closed: epoch.Add(-90 * time.Hour)}))
	must(t, db.SaveCase(ctx, state.Case{ID: "c2", Site: "arvika", Opened: epoch, Closed: epoch}))
	d := notify.Delivery{Key: "c1/opened/1", Site: "kil", Channel: "smtp", Status: notify.Waiting, Subject: "first", Created: epoch}
	must(t, db.AddDeliveries(ctx, []notify.Delivery{d, {Key: "c2/opened/1", Channel: "smtp", Status: notify.Waiting, Created: epoch.Add(-time.Second)}}))
	d.Subject = "second"
	must(t, db.AddDeliveries(ctx, []notify.Delivery{d}))
	must(t, db.SetHeard(ctx, map[string]time.Time{"kil.k1": epoch}))
	must(t, db.Close())
	db = open(t, dir)
	r, err := db.LoadState(ctx)
	must(t, err)
	if len(r.Alarms) != 1 || r.Alarms[0].Change.Object != "sjunet" || len(r.Cases) != 2 || !r.Heard["kil.k1"].Equal(epoch) {
		t.Errorf("restored %+v", r)
	}
	waiting, err := db.WaitingDeliveries(ctx, "smtp")
	must(t, err)
	if len(waiting) != 2 || waiting[1].Subject != "first" {
		t.Errorf("waiting %+v", waiting)
	}
	waiting[1].Status, waiting[1].Tries = notify.Delivered, 2
	must(t, db.SaveDelivery(ctx, waiting[1]))
	if waiting, err = db.WaitingDeliveries(ctx, "smtp"); len(waiting) != 1 {
		t.Errorf("still waiting %+v, %v", waiting, err)
	}
	change.Act = alarm.Clear
	must(t, db.SaveAlarm(ctx, state.Alarm{Closet: "kil.k1", Change: change, From: epoch, To: epoch.Add(time.Minute)}))
	of, err := db.Alarms(ctx, "kil", 0)
	must(t, err)
	none, err := db.Alarms(ctx, "ki", 0)
	must(t, err)
	if len(of) != 1 || of[0].Open() || len(none) != 0 {
		t.Errorf("alarms of kil %+v, of ki %+v", of, none)
	}
}

// Half of a transaction is nothing.
func TestDoRollsBack(t *testing.T) {
	db := open(t, t.TempDir())
	boom := errors.New("boom")
	err := db.Do(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.SetMark("x", 7), boom)
	})
	if seq, merr := db.Mark(t.Context(), "x"); !errors.Is(err, boom) || seq != 0 || merr != nil {
		t.Errorf("%v: mark %d, %v", err, seq, merr)
	}
}

// Late samples, doubles, and the end of what is known.
func TestSamples(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	openAgain := func() *store.Samples {
		s, err := store.OpenSamples(dir, 0, slog.New(slog.DiscardHandler), nil)
		must(t, err)
		return s
	}
	s := openAgain()
	of := store.Series{Name: "temperature_celsius", Area: "vast", Site: "kil", Closet: "k1", Device: "inlet"}
	add := func(at time.Duration, v float64, unknown bool) store.Refused {
		r, err := s.Append(ctx, []store.Sample{{Series: of, At: epoch.Add(at), Value: v, Unknown: unknown}})
		must(t, err)
		return r
	}
	add(0, 21, false)
	add(-29*24*time.Hour, 18, false)
	add(0, 21, false)
	if r := add(0, 22, false); r.Differs != 1 {
		t.Errorf("another value at the same time: %+v", r)
	}
	add(time.Minute, 0, true)
	if r := add(-31*24*time.Hour, 1, false); r.TooOld != 1 {
		t.Errorf("out of the window: %+v", r)
	}
	must(t, s.Sync())
	must(t, s.Close())
	s = openAgain()
	all, err := s.Range(ctx, store.Series{Site: "kil"}, epoch.Add(-40*24*time.Hour), epoch.Add(time.Hour), 0)
	must(t, err)
	if len(all) != 1 || all[0].Series != of || fmt.Sprint(values(all[0])) != "[18 21 unknown]" {
		t.Errorf("range %+v", all)
	}
	last, err := s.Latest(ctx, store.Series{Device: "inlet"}, epoch.Add(-time.Hour))
	must(t, err)
	if len(last) != 1 || fmt.Sprint(values(last[0])) != "[unknown]" {
		t.Errorf("latest %+v", last)
	}
	if none, err := s.Latest(ctx, store.Series{Device: "outlet"}, epoch); len(none) != 0 || err != nil {
		t.Errorf("another device: %+v, %v", none, err)
	}
	must(t, s.Close())
}

func values(p store.Points) []string {
	var all []string
	for _, v := range p.Values {
		if v.Unknown {
			all = append(all, "unknown")
		} else {
			all = append(all, fmt.Sprint(v.Value))
		}
	}
	return all
}
