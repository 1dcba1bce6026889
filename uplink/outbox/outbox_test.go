package outbox_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/outbox/outboxtest"
	"rackvakt/uplink/record"
)

// receiver is the collector's end of both lanes, kept over restarts of the outbox.
type receiver struct {
	t     testing.TB
	lanes map[record.Lane]*record.Receiver
	took  map[record.Lane][]record.Record
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{t: t, lanes: map[record.Lane]*record.Receiver{}, took: map[record.Lane][]record.Record{}}
	for _, lane := range record.Lanes() {
		r.lanes[lane] = record.NewReceiver(record.Saved{})
	}
	return r
}

// drain sends everything that waits, with one ack for each batch of entries.
func (r *receiver) drain(o *outbox.Outbox, batch int) {
	r.t.Helper()
	marks := o.Marks()
	var w record.Window
	for _, lane := range record.Lanes() {
		if _, gap := r.lanes[lane].OnState(marks.Of(lane)); gap {
			r.t.Errorf("lane %s: mark %s not known", lane, marks.Of(lane))
		}
		w.Ack(lane, r.lanes[lane].Head(), o.Ack(lane, r.lanes[lane].Head()))
		for {
			n := 0
			for ; n < batch; n++ {
				e, ok := o.Next(&w, lane)
				if !ok {
					break
				}
				r.receive(e)
				w.Sent(lane, e.ID, len(e.Payload))
			}
			if n == 0 {
				break
			}
			w.Ack(lane, r.lanes[lane].Head(), o.Ack(lane, r.lanes[lane].Head()))
		}
		if d := o.Depth(lane); d != 0 {
			r.t.Errorf("lane %s: %d entries left after draining", lane, d)
		}
	}
}

func (r *receiver) receive(e outbox.Entry) {
	rec, err := record.Decode(e.Payload)
	if err != nil {
		r.t.Errorf("entry %s: %v", e.ID, err)
		return
	}
	if r.lanes[e.Lane].OnRecord(rec.ID, rec.Prev, rec.Mark).Verdict == record.Take {
		r.took[e.Lane] = append(r.took[e.Lane], rec)
	}
	r.lanes[e.Lane].Committed()
}

// gaps returns the reasons of the gaps taken, in order.
func (r *receiver) gaps(lane record.Lane) []string {
	var why []string
	for _, rec := range r.took[lane] {
		if rec.Gap != nil {
			why = append(why, rec.Gap.Why)
		}
	}
	return why
}

func (r *receiver) has(lane record.Lane, id record.ID) bool {
	return slices.ContainsFunc(r.took[lane], func(rec record.Record) bool { return rec.ID == id })
}

func (r *receiver) covered(lane record.Lane, id record.ID) bool {
	return slices.ContainsFunc(r.took[lane], func(rec record.Record) bool {
		return rec.Gap != nil && slices.ContainsFunc(rec.Gap.Covers, func(s record.Span) bool { return s.Has(id) })
	})
}

// ordered checks that each start's records came once, in order.
func (r *receiver) ordered() {
	r.t.Helper()
	for _, lane := range record.Lanes() {
		last := map[string]uint64{}
		for _, rec := range r.took[lane] {
			start, n, gap, _ := rec.ID.Split()
			if gap {
				continue
			}
			if n <= last[start] {
				r.t.Errorf("lane %s: %s came after number %d", lane, rec.ID, last[start])
			}
			last[start] = n
		}
	}
}

func startID(n int) string { return fmt.Sprintf("%016x", n) }

// testClock is set by hand.
type testClock struct{ now reading.Stamp }

func (c *testClock) Now() reading.Stamp { return c.now }

func newClock() *testClock {
	return &testClock{reading.Stamp{Boot: "boot", Mono: time.Minute, Wall: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Synced: true}}
}

func open(t testing.TB, dir string, start int, change func(*outbox.Config)) *outbox.Outbox {
	t.Helper()
	cfg := outbox.Config{Options: outbox.Options{Dir: dir, CapMB: 64}, Start: startID(start), Clock: newClock()}
	if change != nil {
		change(&cfg)
	}
	o, err := outbox.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// rec makes a record of about size octets as stored.
func rec(size int) record.Record {
	return record.Record{At: newClock().now, Type: record.TypeEvent,
		Event: &record.Event{Name: "test", Detail: map[string]string{"x": strings.Repeat("x", max(0, size-190))}}}
}

func appendN(t testing.TB, o *outbox.Outbox, lane record.Lane, n, size int) []record.ID {
	t.Helper()
	recs := make([]record.Record, n)
	for i := range recs {
		recs[i] = rec(size)
	}
	ids, err := o.Append(lane, recs...)
	if err != nil || len(ids) != n {
		t.Fatalf("append: %d of %d, %v", len(ids), n, err)
	}
	return ids
}

func TestEverythingArrivesOnceOverStopsAndCrashes(t *testing.T) {
	dir := t.TempDir()
	r := newReceiver(t)
	var want []record.ID
	for start := 1; start <= 6; start++ {
		o := open(t, dir, start, nil)
		want = append(want, appendN(t, o, record.LaneM, 30, 300)...)
		if start%3 == 0 {
			r.drain(o, 7)
		}
		want = append(want, appendN(t, o, record.LaneM, 5, 300)...)
		if start%2 == 0 {
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	o := open(t, dir, 7, nil)
	r.drain(o, 50)
	r.ordered()
	for _, id := range want {
		if !r.has(record.LaneM, id) {
			t.Errorf("%s lost", id)
		}
	}
	if got, want := r.gaps(record.LaneM), []string{"first_start", "unclean_stop", "stopped", "unclean_stop", "stopped", "unclean_stop", "stopped"}; !slices.Equal(got, want) {
		t.Errorf("gaps %v, want %v", got, want)
	}
}

// The power goes at each single change of the disk, once before it and once in the
// middle of it: whatever Append had returned for as durable is there afterwards.
func TestPowerCutAtEveryChange(t *testing.T) {
	total := 0
	run := func(limit int) {
		dir := t.TempDir()
		fs := &outboxtest.FS{}
		r := newReceiver(t)
		var durable []record.ID
		small := func(c *outbox.Config) { c.FS, c.SegmentSize, c.Reserve = fs, 4096, 8192 }
		first := open(t, dir, 1, small)
		appendN(t, first, record.LaneM, 20, 300)
		appendN(t, first, record.LaneA, 5, 300)
		begin := fs.Changed()
		if limit > 0 {
			fs.Limit(limit, syscall.EIO)
		}
		put := func(o *outbox.Outbox, lane record.Lane, n int) {
			ids := appendN(t, o, lane, n, 300)
			if o.Health().Writable {
				durable = append(durable, ids...)
			}
		}
		put(first, record.LaneM, 15)
		r.drain(first, 10)
		put(first, record.LaneA, 1)
		put(first, record.LaneM, 10)
		_ = first.Close() // on a dead disk it says so
		second := open(t, dir, 2, small)
		put(second, record.LaneM, 12)
		total = fs.Changed() - begin
		fs.Allow()
		third := open(t, dir, 3, nil)
		if h := third.Health(); !h.Writable {
			t.Fatalf("limit %d: %+v", limit, h)
		}
		r.drain(third, 50)
		r.ordered()
		for _, id := range durable {
			lane := record.LaneM
			if r.has(record.LaneA, id) {
				lane = record.LaneA
			}
			if !r.has(lane, id) {
				t.Fatalf("limit %d: %s was durable and is lost", limit, id)
			}
		}
	}
	run(0)
	n := total
	for limit := 1; limit <= n; limit++ {
		run(limit)
	}
	t.Logf("%d cut points", n)
}

func TestReadOnlyCardKeepsRecordsInMemoryAndSaysSo(t *testing.T) {
	dir := t.TempDir()
	fs := &outboxtest.FS{}
	clock := newClock()
	var told []bool
	o := open(t, dir, 1, func(c *outbox.Config) {
		c.FS, c.Clock, c.MemoryCap = fs, clock, 64<<10
		c.OnHealth = func(h outbox.Health) { told = append(told, h.Writable) }
	})
	before := appendN(t, o, record.LaneM, 10, 300)
	fs.Refuse(syscall.EROFS, outboxtest.Changes...)
	lostRun := appendN(t, o, record.LaneM, 300, 400)
	alarms := appendN(t, o, record.LaneA, 3, 300)
	if h := o.Health(); h.Writable || h.Fault == "" || h.MemoryBytes == 0 || h.MemoryBytes > 100<<10 || h.Dropped == 0 {
		t.Errorf("health %+v", h)
	}
	fs.Allow()
	clock.now = clock.now.Add(time.Minute)
	after := appendN(t, o, record.LaneM, 10, 300)
	if h := o.Health(); !h.Writable || h.MemoryBytes != 0 {
		t.Errorf("disk takes again: %+v", h)
	}
	if !slices.Equal(told, []bool{false, true}) {
		t.Errorf("told %v", told)
	}
	o = open(t, dir, 2, nil) // without Close: what was in memory is on the disk now
	r := newReceiver(t)
	r.drain(o, 20)
	r.ordered()
	for _, id := range slices.Concat(before, after, lostRun) {
		if !r.has(record.LaneM, id) && !r.covered(record.LaneM, id) {
			t.Errorf("%s neither came nor is covered", id)
		}
	}
	if !slices.Contains(r.gaps(record.LaneM), record.WhyMemory) {
		t.Errorf("gaps %v", r.gaps(record.LaneM))
	}
	for _, rec := range r.took[record.LaneA] {
		if rec.Gap == nil && (!slices.Contains(alarms, rec.ID) || !rec.Volatile) {
			t.Errorf("alarm %s, volatile %t", rec.ID, rec.Volatile)
		}
	}
}

func TestWorksWithoutAnyDisk(t *testing.T) {
	fs := &outboxtest.FS{}
	fs.Refuse(syscall.EIO, append(slices.Clone(outboxtest.Changes), outboxtest.List, outboxtest.Read)...)
	o := open(t, filepath.Join(t.TempDir(), "none"), 1, func(c *outbox.Config) { c.FS = fs })
	ids := appendN(t, o, record.LaneA, 3, 300)
	if o.Health().Writable {
		t.Error("a dead disk is called writable")
	}
	r := newReceiver(t)
	r.drain(o, 5)
	for _, id := range ids {
		if !r.has(record.LaneA, id) {
			t.Errorf("%s lost", id)
		}
	}
	if h := o.Health(); h.MemoryBytes != 0 {
		t.Errorf("memory not given back: %+v", h)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}

func TestEachOperationRefusedAloneLosesNothing(t *testing.T) {
	for _, op := range outboxtest.Changes {
		for _, err := range []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS} {
			t.Run(fmt.Sprintf("%s %v", op, err), func(t *testing.T) {
				dir := t.TempDir()
				fs := &outboxtest.FS{}
				clock := newClock()
				o := open(t, dir, 1, func(c *outbox.Config) { c.FS, c.SegmentSize, c.Clock = fs, 4096, clock })
				r := newReceiver(t)
				ids := appendN(t, o, record.LaneM, 25, 300)
				fs.Refuse(err, op)
				for range 4 {
					ids = append(ids, appendN(t, o, record.LaneM, 9, 300)...)
					clock.now = clock.now.Add(time.Minute)
				}
				r.drain(o, 10)
				ids = append(ids, appendN(t, o, record.LaneM, 9, 300)...)
				fs.Allow()
				clock.now = clock.now.Add(time.Minute)
				ids = append(ids, appendN(t, o, record.LaneM, 9, 300)...)
				if cerr := o.Close(); cerr != nil {
					t.Errorf("close: %v", cerr)
				}
				r.drain(open(t, dir, 2, nil), 10)
				r.ordered()
				for _, id := range ids {
					if !r.has(record.LaneM, id) {
						t.Errorf("%s lost", id)
					}
				}
			})
		}
	}
}

// A write that was refused may be on the disk all the same, and once more where it
// went next.
func TestRefusedWriteThatIsThereAfterAll(t *testing.T) {
	dir := t.TempDir()
	fs := &outboxtest.FS{}
	clock := newClock()
	o := open(t, dir, 1, func(c *outbox.Config) { c.FS, c.Clock = fs, clock })
	ids := appendN(t, o, record.LaneM, 5, 300)
	fs.Refuse(syscall.EIO, outboxtest.Sync, outboxtest.Truncate)
	ids = append(ids, appendN(t, o, record.LaneM, 5, 300)...)
	fs.Allow()
	clock.now = clock.now.Add(time.Minute)
	ids = append(ids, appendN(t, o, record.LaneM, 5, 300)...)
	o = open(t, dir, 2, nil)
	if got := o.Depth(record.LaneM); got != len(ids)+2 {
		t.Errorf("%d entries, want %d and two start gaps", got, len(ids))
	}
	r := newReceiver(t)
	r.drain(o, 4)
	r.ordered()
	for _, id := range ids {
		if !r.has(record.LaneM, id) {
			t.Errorf("%s lost", id)
		}
	}
}

func TestShortWriteLosesNothing(t *testing.T) {
	dir := t.TempDir()
	fs := &outboxtest.FS{}
	o := open(t, dir, 1, func(c *outbox.Config) { c.FS = fs })
	ids := appendN(t, o, record.LaneM, 5, 300)
	fs.Short(700)
	ids = append(ids, appendN(t, o, record.LaneM, 5, 300)...)
	r := newReceiver(t)
	r.drain(o, 4)
	r.ordered()
	for _, id := range ids {
		if !r.has(record.LaneM, id) {
			t.Errorf("%s lost", id)
		}
	}
}

func TestCapDropsOldestMetricsAndPutsAGap(t *testing.T) {
	dir := t.TempDir()
	o := open(t, dir, 1, func(c *outbox.Config) { c.CapMB = 1; c.SegmentSize = 128 << 10 })
	alarms := appendN(t, o, record.LaneA, 100, 300)
	var metrics []record.ID
	for range 60 {
		metrics = append(metrics, appendN(t, o, record.LaneM, 100, 400)...)
	}
	h := o.Health()
	if h.DiskBytes > 1<<20 || h.Dropped == 0 {
		t.Errorf("health %+v", h)
	}
	o = open(t, dir, 2, nil)
	r := newReceiver(t)
	r.drain(o, 64)
	r.ordered()
	for _, id := range alarms {
		if !r.has(record.LaneA, id) {
			t.Fatalf("alarm %s given up while metrics were left", id)
		}
	}
	there := 0
	for i, id := range metrics {
		if r.has(record.LaneM, id) {
			there++
		} else if there > 0 || !r.covered(record.LaneM, id) {
			t.Fatalf("number %d: not covered, or newer than one that is there", i+1)
		}
	}
	if got := r.gaps(record.LaneM); !slices.Equal(got, []string{record.WhyCap, record.WhyUncleanStop}) {
		t.Errorf("gaps %v", got)
	}
	t.Logf("%d of %d metrics kept in %d bytes; gaps %v", there, len(metrics), h.DiskBytes, r.gaps(record.LaneM))
}

func TestForeignHeadIsToldOnce(t *testing.T) {
	told := 0
	o := open(t, t.TempDir(), 1, func(c *outbox.Config) { c.OnHealth = func(outbox.Health) { told++ } })
	appendN(t, o, record.LaneA, 1, 300)
	if e := o.Ack(record.LaneA, record.RecordID(startID(99), 5)); !e.Resend || e.Left != 0 {
		t.Errorf("effect %+v", e)
	}
	o.Ack(record.LaneA, record.RecordID(startID(99), 6))
	if told != 1 || o.Health().Stranger != startID(99) {
		t.Errorf("told %d times, stranger %q", told, o.Health().Stranger)
	}
}

func TestRefusedRecordsAndUseAfterClose(t *testing.T) {
	o := open(t, t.TempDir(), 1, nil)
	ids, err := o.Append(record.LaneA, rec(300), rec(20000), rec(300))
	if err == nil || len(ids) != 1 || o.Depth(record.LaneA) != 2 {
		t.Errorf("ids %v, %v, depth %d", ids, err, o.Depth(record.LaneA))
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Append(record.LaneA, rec(300)); err == nil {
		t.Error("append after Close")
	}
	if _, err := outbox.Open(outbox.Config{Options: outbox.Options{Dir: t.TempDir(), CapMB: 5}, Start: "x", Clock: newClock()}); err == nil {
		t.Error("opened with an impossible start")
	}
}

func TestChangedAndAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := reading.NewWallclock("boot", time.Hour, nil)
		o := open(t, t.TempDir(), 1, func(c *outbox.Config) { c.Clock = clock })
		newReceiver(t).drain(o, 10)
		if o.OldestAge() != 0 {
			t.Errorf("age of an empty outbox %s", o.OldestAge())
		}
		changed := o.Changed()
		r := rec(300)
		r.At = clock.Now()
		if _, err := o.Append(record.LaneA, r); err != nil {
			t.Fatal(err)
		}
		<-changed
		time.Sleep(90 * time.Second)
		if o.OldestAge() != 90*time.Second || o.Depth(record.LaneA) != 1 {
			t.Errorf("age %s, depth %d", o.OldestAge(), o.Depth(record.LaneA))
		}
	})
}
