package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/broker"
	"rackvakt/uplink/ingest"
	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

const start = "00112233445566ff"

var (
	kil     = record.ClosetID{Site: "kil", Closet: "k1"}
	arvika  = record.ClosetID{Site: "arvika", Closet: "k1"}
	epoch   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	closets = map[record.ClosetID]string{kil: "vast", arvika: "vast"}
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ear is a Listener that remembers.
type ear struct {
	mu      sync.Mutex
	lives   []ingest.Life
	wills   []ingest.Will
	snaps   []ingest.Snapshot
	gaps    []ingest.OwnGap
	applied []ingest.Applied
}

func (e *ear) Life(l ingest.Life)         { e.do(func() { e.lives = append(e.lives, l) }) }
func (e *ear) Will(w ingest.Will)         { e.do(func() { e.wills = append(e.wills, w) }) }
func (e *ear) Snapshot(s ingest.Snapshot) { e.do(func() { e.snaps = append(e.snaps, s) }) }
func (e *ear) OwnGap(g ingest.OwnGap)     { e.do(func() { e.gaps = append(e.gaps, g) }) }

func (e *ear) Apply(_ context.Context, rs []ingest.Applied) error {
	e.do(func() { e.applied = append(e.applied, rs...) })
	return nil
}

func (e *ear) do(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
}

// wire is a broker without a network: the test hands messages to Ingest.Handle
// and reads what was published.
type wire struct {
	mu   sync.Mutex
	acks map[record.ClosetID][]record.Marks
}

func (w *wire) Run(ctx context.Context, _ broker.Handler) error {
	<-ctx.Done()
	return nil
}

func (w *wire) Publish(topic string, payload []byte, _ byte, _ bool) error {
	t, err := record.ParseTopic(topic)
	if err != nil || t.Leaf != record.LeafAck {
		return err
	}
	ack, err := record.DecodePayload[record.Ack](payload)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.acks == nil {
		w.acks = map[record.ClosetID][]record.Marks{}
	}
	w.acks[t.Closet] = append(w.acks[t.Closet], ack.Head)
	return err
}

func (w *wire) got(id record.ClosetID) []record.Marks {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]record.Marks(nil), w.acks[id]...)
}

// head returns the last head that a closet was told.
func (w *wire) head(id record.ClosetID, lane record.Lane) record.ID {
	if all := w.got(id); len(all) > 0 {
		return all[len(all)-1].Of(lane)
	}
	return ""
}

// noSamples is a time-series store for tests that have none.
type noSamples struct{}

func (noSamples) Append(context.Context, []store.Sample) (store.Refused, error) {
	return store.Refused{}, nil
}
func (noSamples) Sync() error { return nil }

// rig is an Ingest over real stores and a given broker.
type rig struct {
	*ingest.Ingest
	db  *store.DB
	ear *ear
	log *lines
}

// lines counts log lines by message.
type lines struct {
	mu sync.Mutex
	by []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by = append(l.by, string(p))
	return len(p), nil
}

var _ io.Writer = (*lines)(nil)

func newRig(t testing.TB, dir string, b ingest.Broker, samples ingest.Samples, wrap func(ingest.Store) ingest.Store) *rig {
	t.Helper()
	db, err := store.Open(context.Background(), dir)
	must(t, err)
	r := &rig{db: db, ear: &ear{}, log: &lines{}}
	s := ingest.Store(db)
	if wrap != nil {
		s = wrap(db)
	}
	w := ingest.Wiring{Broker: b, Store: s, Samples: samples, Listener: r.ear, Log: slog.New(slog.NewTextHandler(r.log, nil))}
	r.Ingest = ingest.New(ingest.DefaultOptions(), w, closets)
	return r
}

// run runs r until stop is called; a test that does not call it stops it at its end.
func (r *rig) run(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Ingest.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := errors.Join(<-done, r.db.Close()); err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func openSamples(t testing.TB, dir string) *store.Samples {
	t.Helper()
	s, err := store.OpenSamples(filepath.Join(dir, "samples"), 0, slog.New(slog.DiscardHandler), nil)
	must(t, err)
	return s
}

// until waits for something that real disks and sockets do in their own time.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 30 s still not: %s", what)
		}
	}
}

func topic(id record.ClosetID, leaf record.Leaf, sub string) string {
	return record.Topic{Area: "vast", Closet: id, Leaf: leaf, Sub: sub}.String()
}

func stampAt(n uint64) reading.Stamp {
	d := time.Duration(n) * time.Second
	return reading.Stamp{Boot: "b1", Mono: time.Hour + d, Wall: epoch.Add(d), Synced: true}
}

// body returns record n of a lane as it is stored in a closet.
func body(t testing.TB, lane record.Lane, n uint64, at reading.Stamp) []byte {
	t.Helper()
	r := record.Record{ID: record.RecordID(start, n), At: at, Type: record.TypeEvent, Event: &record.Event{Name: record.EventDoorOpened, Object: fmt.Sprint(n)}}
	if lane == record.LaneM {
		cells := make([]json.RawMessage, 10)
		objects := make([]string, 10)
		for i := range cells {
			cells[i], objects[i] = json.RawMessage(fmt.Sprint(n)), fmt.Sprintf("gi%d", i)
		}
		r.Event, r.Type = nil, record.TypeSamples
		r.Samples = &record.Samples{Groups: []record.Group{{Device: "sw1", Objects: objects,
			Columns: map[string][]json.RawMessage{"interface_receive_bytes_total": cells}}}}
	}
	stored, err := record.Encode(r)
	must(t, err)
	return stored
}

// sent returns record n as it is sent after its neighbour; a first one has a mark.
func sent(t testing.TB, lane record.Lane, n uint64, mark *record.ID) []byte {
	t.Helper()
	return sentAt(t, lane, n, mark, stampAt(n))
}

func sentAt(t testing.TB, lane record.Lane, n uint64, mark *record.ID, at reading.Stamp) []byte {
	t.Helper()
	prev := record.ID("")
	if n > 1 {
		prev = record.RecordID(start, n-1)
	}
	framed, err := record.Frame(body(t, lane, n, at), record.Out{ID: record.RecordID(start, n), Prev: prev, Mark: mark})
	must(t, err)
	return framed
}

func (r *rig) record(t testing.TB, id record.ClosetID, lane record.Lane, n uint64) {
	t.Helper()
	r.Handle(broker.Message{Topic: topic(id, record.LeafOf(lane), ""), Payload: sent(t, lane, n, nil)})
}

func stateOf(t testing.TB, s record.State) []byte {
	t.Helper()
	s.V, s.Start, s.Conn = record.Version, start, 1
	text, err := json.Marshal(s)
	must(t, err)
	return text
}
