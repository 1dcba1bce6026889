package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/uplink/broker"
	"rackvakt/uplink/ingest"
	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

// Ignored records and states are answered ten times a second; the answer that was
// held back comes, with the heads committed by then.
func TestAnswersAreSpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		r := newRig(t, t.TempDir(), w, noSamples{}, nil)
		stop := r.run(t)
		for range 100 {
			r.record(t, kil, record.LaneA, 7) // continues nothing
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		if n := len(w.got(kil)); n < 9 || n > 11 {
			t.Errorf("%d answers in a second", n)
		}
		r.record(t, kil, record.LaneA, 1)
		synctest.Wait()
		if h := w.head(kil, record.LaneA); h != record.RecordID(start, 1) {
			t.Errorf("head %q at once after a commit", h)
		}
		before := len(w.got(kil))
		r.record(t, kil, record.LaneA, 7)
		r.record(t, kil, record.LaneA, 7)
		time.Sleep(time.Second)
		if n := len(w.got(kil)) - before; n < 1 || n > 2 {
			t.Errorf("%d answers to two ignored records", n)
		}
		stop()
	})
}

// gate is a store whose commits can be held or refused.
type gate struct {
	ingest.Store
	mu     sync.Mutex
	refuse error
	hold   chan struct{}
}

func (g *gate) Commit(ctx context.Context, c *store.Commit, at time.Time) error {
	g.mu.Lock()
	refuse, hold := g.refuse, g.hold
	g.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if refuse != nil {
		return refuse
	}
	return g.Store.Commit(ctx, c, at)
}

func (g *gate) set(refuse error, hold chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse, g.hold = refuse, hold
}

// A closet that sends more than its queue holds loses only what was never
// acknowledged; signs of life go past the queue, and another closet is served.
func TestQueueOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, g := &wire{}, &gate{hold: make(chan struct{})}
		hold := g.hold
		r := newRig(t, t.TempDir(), w, noSamples{}, func(s ingest.Store) ingest.Store { g.Store = s; return g })
		stop := r.run(t)
		r.record(t, arvika, record.LaneA, 1) // the writer is at this one
		synctest.Wait()
		const queue, extra = 256, 44
		for n := range uint64(queue + extra) {
			r.record(t, kil, record.LaneA, n+1)
		}
		if n := r.Counters().Refused["queue_full"]; n != extra {
			t.Errorf("%d records dropped, want %d", n, extra)
		}
		hb, err := json.Marshal(record.Heartbeat{V: 1, Start: start, Path: "fixed", Conn: 1, Depth: 300})
		must(t, err)
		r.Handle(broker.Message{Topic: topic(kil, record.LeafHB, ""), Payload: hb})
		if l := r.ear.lives[len(r.ear.lives)-1]; l.HB == nil || l.HB.Depth != 300 || l.Path != "fixed" {
			t.Errorf("sign of life %+v", l)
		}
		if n := len(w.got(kil)) + len(w.got(arvika)); n != 0 {
			t.Errorf("%d acks before a commit", n)
		}
		g.set(nil, nil)
		close(hold)
		synctest.Wait()
		if h := w.head(kil, record.LaneA); h != record.RecordID(start, queue) {
			t.Errorf("head %q", h)
		}
		if h := w.head(arvika, record.LaneA); h != record.RecordID(start, 1) {
			t.Errorf("head of the other closet %q", h)
		}
		for n := range uint64(extra) {
			r.record(t, kil, record.LaneA, queue+n+1)
		}
		synctest.Wait()
		if h := w.head(kil, record.LaneA); h != record.RecordID(start, queue+extra) {
			t.Errorf("head %q after it was sent again", h)
		}
		stop()
	})
}

// What the store refused is not acknowledged, and is taken when it is sent again.
func TestStoreRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, g := &wire{}, &gate{refuse: errors.New("disk full")}
		r := newRig(t, t.TempDir(), w, noSamples{}, func(s ingest.Store) ingest.Store { g.Store = s; return g })
		stop := r.run(t)
		for n := range uint64(3) {
			r.record(t, kil, record.LaneA, n+1)
		}
		time.Sleep(10 * time.Second)
		if h := w.head(kil, record.LaneA); h != "" {
			t.Errorf("ack of %q, which the store refused", h)
		}
		g.set(nil, nil)
		for n := range uint64(3) {
			r.record(t, kil, record.LaneA, n+1)
		}
		time.Sleep(5 * time.Second)
		if h := w.head(kil, record.LaneA); h != record.RecordID(start, 3) {
			t.Errorf("head %q", h)
		}
		stop()
		if text := strings.Join(r.log.by, ""); strings.Count(text, "store refuses records") != 1 || !strings.Contains(text, "store takes records again") {
			t.Errorf("log:\n%s", text)
		}
	})
}

// Wrong messages are counted, named once, and harm no other closet.
func TestWrongMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		r := newRig(t, t.TempDir(), w, noSamples{}, nil)
		stop := r.run(t)
		good := string(sent(t, record.LaneA, 1, nil))
		for _, m := range []struct{ topic, payload string }{
			{"rackvakt/v1/vast/kil", good},
			{"rackvakt/v1/vast/kil.k1/ack", good},
			{"rackvakt/v1/vast/sunne.k1/alarm", good},
			{"rackvakt/v1/ost/kil.k1/alarm", good},
			{topic(kil, record.LeafAlarm, ""), strings.Replace(good, `"v":1`, `"v":2`, 1)},
			{topic(kil, record.LeafAlarm, ""), good[:len(good)-1]},
			{topic(kil, record.LeafAlarm, ""), `{"v":1,"id":"` + strings.Repeat("x", record.MaxRecord) + `"}`},
			{topic(kil, record.LeafMetrics, ""), strings.Replace(string(sent(t, record.LaneM, 1, nil)), "[1,1,", `["x",1,`, 1)},
			{topic(kil, record.LeafHB, ""), "{}"},
			{topic(kil, record.LeafState, "fixed"), `{"v":1,"online":true}`},
		} {
			for range 3 {
				r.Handle(broker.Message{Topic: m.topic, Payload: []byte(m.payload)})
			}
		}
		r.Handle(broker.Message{Topic: topic(kil, record.LeafState, "fixed"), Will: true,
			Payload: stateOf(t, record.State{Online: true, Mark: &record.Marks{}})})
		r.record(t, arvika, record.LaneA, 1)
		synctest.Wait()
		want := map[string]uint64{"bad_topic": 6, "unknown_closet": 3, "wrong_area": 3, "unknown_version": 6, "too_large": 3, "malformed": 10}
		for name, n := range r.Counters().Refused {
			if n != want[name] {
				t.Errorf("%s: %d, want %d", name, n, want[name])
			}
		}
		if h := w.head(arvika, record.LaneA); h == "" || len(w.got(kil)) != 0 {
			t.Errorf("the other closet's head %q; %d answers to the wrong ones", h, len(w.got(kil)))
		}
		stop()
		if n := len(r.log.by); n != 5 {
			t.Errorf("%d log lines, want one for each closet and reason:\n%s", n, strings.Join(r.log.by, ""))
		}
	})
}

// Retained messages and wills are no signs of life; a retained state is answered.
func TestSignsOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		r := newRig(t, t.TempDir(), w, noSamples{}, nil)
		stop := r.run(t)
		on := stateOf(t, record.State{Online: true, Mark: &record.Marks{}})
		off := stateOf(t, record.State{})
		tell := func(leaf record.Leaf, sub string, payload []byte, retained, will bool) {
			r.Handle(broker.Message{Topic: topic(kil, leaf, sub), Payload: payload, Retained: retained, Will: will})
		}
		tell(record.LeafState, "fixed", on, true, false)
		tell(record.LeafState, "fixed", off, false, true)
		tell(record.LeafState, "fixed", off, false, false) // a will from an external broker
		tell(record.LeafNow, "", []byte(`{"v":1}`), true, false)
		synctest.Wait()
		if len(r.ear.lives) != 0 || len(r.ear.wills) != 2 || len(r.ear.snaps) != 1 || len(w.got(kil)) != 1 {
			t.Errorf("%d lives, %d wills, %d snapshots, %d answers", len(r.ear.lives), len(r.ear.wills), len(r.ear.snaps), len(w.got(kil)))
		}
		if will := r.ear.wills[0]; will.Path != "fixed" || will.Start != start || will.Conn != 1 {
			t.Errorf("will %+v", will)
		}
		tell(record.LeafState, "fixed", on, false, false)
		tell(record.LeafNow, "", []byte(`{"v":1}`), false, false)
		tell(record.LeafAlarm, "", []byte("nonsense"), false, false)
		if len(r.ear.lives) != 3 || r.ear.lives[0].State == nil || r.ear.lives[0].Path != "fixed" {
			t.Errorf("lives %+v", r.ear.lives)
		}
		time.Sleep(time.Second)
		stop()
	})
}

// A store that is older than what it promised says so: a gap from the last record
// it has of that start, once.
func TestRestoredStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		r := newRig(t, t.TempDir(), w, noSamples{}, nil)
		stop := r.run(t)
		r.record(t, kil, record.LaneA, 1)
		r.record(t, kil, record.LaneA, 2)
		synctest.Wait()
		mark := record.RecordID(start, 9)
		for range 2 {
			r.Handle(broker.Message{Topic: topic(kil, record.LeafState, "fixed"), Payload: stateOf(t, record.State{Online: true, Mark: &record.Marks{A: mark}})})
			time.Sleep(time.Second)
		}
		gaps, err := r.db.Gaps(t.Context(), "kil", 0)
		must(t, err)
		if len(gaps) != 1 || gaps[0].ID != string(mark) || gaps[0].Why != record.WhyStoreRestore || !gaps[0].From.Equal(stampAt(2).Wall) {
			t.Errorf("gaps %+v", gaps)
		}
		if len(r.ear.gaps) != 1 || len(w.got(kil)) < 3 {
			t.Errorf("%d gaps told, %d answers", len(r.ear.gaps), len(w.got(kil)))
		}
		// The closet goes on from the head that it was told.
		framed, err := record.Frame(body(t, record.LaneA, 10, stampAt(10)), record.Out{ID: record.RecordID(start, 10), Prev: w.head(kil, record.LaneA), Mark: &mark})
		must(t, err)
		r.Handle(broker.Message{Topic: topic(kil, record.LeafAlarm, ""), Payload: framed})
		synctest.Wait()
		if h := w.head(kil, record.LaneA); h != record.RecordID(start, 10) {
			t.Errorf("head %q", h)
		}
		stop()
	})
}

// A restored card sends again, on top of the head, what was taken long ago: it is
// counted, answered, and not stored twice.
func TestHadIsNotStoredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		r := newRig(t, t.TempDir(), w, noSamples{}, nil)
		stop := r.run(t)
		for n := range uint64(3) {
			r.record(t, kil, record.LaneA, n+1)
		}
		synctest.Wait()
		for n := uint64(2); n <= 4; n++ {
			prev := w.head(kil, record.LaneA)
			framed, err := record.Frame(body(t, record.LaneA, n, stampAt(n)), record.Out{ID: record.RecordID(start, n), Prev: prev})
			must(t, err)
			r.Handle(broker.Message{Topic: topic(kil, record.LeafAlarm, ""), Payload: framed})
			synctest.Wait()
			if h := w.head(kil, record.LaneA); h != record.RecordID(start, n) {
				t.Errorf("head %q after record %d", h, n)
			}
		}
		if c := r.Counters(); c.Again != 2 || c.Taken != 4 || c.CommitsFailed != 0 {
			t.Errorf("counters %+v", c)
		}
		checkJournal(t, r.db, record.LaneA, 4)
		stop()
	})
}

// A closet that leaves the list and comes back goes on where it was.
func TestClosetLeavesAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		r := newRig(t, t.TempDir(), w, noSamples{}, nil)
		stop := r.run(t)
		r.record(t, kil, record.LaneA, 1)
		synctest.Wait()
		r.SetClosets(map[record.ClosetID]string{arvika: "vast"})
		r.record(t, kil, record.LaneA, 2)
		synctest.Wait()
		if n := r.Counters().Refused["unknown_closet"]; n != 1 || w.head(kil, record.LaneA) != record.RecordID(start, 1) {
			t.Errorf("%d refused, head %q", n, w.head(kil, record.LaneA))
		}
		r.SetClosets(closets)
		r.record(t, kil, record.LaneA, 2)
		synctest.Wait()
		if h := w.head(kil, record.LaneA); h != record.RecordID(start, 2) {
			t.Errorf("head %q", h)
		}
		stop()
	})
}

// Samples of a boot without a clock wait until a live message tells when it began.
func TestSamplesWaitForTheClock(t *testing.T) {
	dir := t.TempDir()
	samples := openSamples(t, dir)
	w := &wire{}
	r := newRig(t, dir, w, samples, nil)
	stop := r.run(t)
	at := stampAt(1)
	at.Boot, at.Synced, at.Wall = "b2", false, time.Unix(0, 0).UTC()
	r.Handle(broker.Message{Topic: topic(kil, record.LeafMetrics, ""), Payload: sentAt(t, record.LaneM, 1, nil, at)})
	until(t, "the record is passed over", func() bool {
		rows, err := r.db.Waiting(t.Context(), "samples", "kil.k1", "b2")
		must(t, err)
		return len(rows) == 1
	})
	if n := r.Counters().Samples; n != 0 {
		t.Errorf("%d samples placed without a clock", n)
	}
	now := at
	now.Mono += time.Minute
	hb, err := json.Marshal(record.Heartbeat{V: 1, Start: start, Path: "fixed", Conn: 1, At: record.Stamp{Stamp: now}})
	must(t, err)
	told := time.Now()
	r.Handle(broker.Message{Topic: topic(kil, record.LeafHB, ""), Payload: hb})
	until(t, "the samples are placed", func() bool { return r.Counters().Samples == 10 })
	stop()
	got, err := samples.Latest(t.Context(), store.Series{Site: "kil", Object: "gi3"}, told.Add(-time.Hour))
	must(t, err)
	if len(got) != 1 || got[0].Values[0].At.Sub(told.Add(-time.Minute)).Abs() > 5*time.Second {
		t.Errorf("got %+v, want one a minute before %v", got, told)
	}
	must(t, samples.Close())
}

// Not a judgement, a number to look at: records of about 400 bytes with ten
// samples, from many closets, stored, synced, acknowledged, applied.
func TestThroughput(t *testing.T) {
	const n, each = 50, 200
	dir := t.TempDir()
	samples := openSamples(t, dir)
	w := &wire{}
	r := newRig(t, dir, w, samples, nil)
	list := map[record.ClosetID]string{}
	for i := range n {
		list[record.ClosetID{Site: "s" + fmt.Sprint(i), Closet: "k1"}] = "vast"
	}
	r.SetClosets(list)
	stop := r.run(t)
	var payloads [][]byte
	for i := range uint64(each) {
		payloads = append(payloads, sent(t, record.LaneM, i+1, nil))
	}
	began := time.Now()
	for _, p := range payloads {
		for id := range list {
			r.Handle(broker.Message{Topic: topic(id, record.LeafMetrics, ""), Payload: p})
		}
	}
	until(t, "all is acknowledged", func() bool { return r.Counters().Taken == n*each })
	acked := time.Since(began)
	until(t, "all is applied", func() bool { return r.Counters().Samples == n*each*10 })
	t.Logf("%d records of %d bytes: %.0f/s acknowledged in %d commits, %.0f/s with samples applied", n*each, len(payloads[each-1]),
		n*each/acked.Seconds(), r.Counters().Commits, n*each/time.Since(began).Seconds())
	stop()
	must(t, samples.Close())
}

// Whatever a broker hands over is survived.
func FuzzHandle(f *testing.F) {
	f.Add("rackvakt/v1/vast/kil.k1/alarm", sent(f, record.LaneA, 1, nil), false, false)
	f.Add("rackvakt/v1/vast/kil.k1/metrics", sent(f, record.LaneM, 1, nil), false, false)
	f.Add("rackvakt/v1/vast/kil.k1/state/fixed", stateOf(f, record.State{Online: true, Mark: &record.Marks{}}), true, false)
	f.Add("rackvakt/v1/vast/kil.k1/state/fixed", stateOf(f, record.State{}), false, true)
	f.Add("rackvakt/v1/vast/kil.k1/hb", []byte(`{"v":1,"start":"00112233445566ff","path":"fixed","at":{"boot":"b","mono_ms":-9,"clock":""}}`), false, false)
	f.Add("rackvakt/v1/vast/kil.k1/birth/monitor", []byte(`{"v":1}`), true, false)
	f.Add("", []byte{}, true, true)
	r := newRig(f, f.TempDir(), &wire{}, noSamples{}, nil)
	stop := r.run(f)
	f.Cleanup(stop)
	f.Fuzz(func(_ *testing.T, topic string, payload []byte, retained, will bool) {
		r.Handle(broker.Message{Topic: topic, Payload: payload, Retained: retained, Will: will})
	})
}
