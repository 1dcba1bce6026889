package agent

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/host"
	"rackvakt/sensors/reading"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/record"
)

// stuck is a file system whose writes answer only when it is let go.
type stuck struct {
	outbox.FS
	mu   sync.Mutex
	held chan struct{} // nil: answers at once
}

func (s *stuck) hold(held chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = held
}

func (s *stuck) wait() {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held != nil {
		<-held
	}
}

func (s *stuck) Create(name string) (outbox.File, error) {
	s.wait()
	return s.FS.Create(name)
}

// A card that does not answer: whoever gives the writer something goes on, for
// hours of metrics, and an alarm and the time still find room behind them.
func TestStuckCardHoldsNobodyUp(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		disk, o := &stuck{FS: outbox.OS{}}, outbox.DefaultOptions()
		o.Dir = filepath.Join(dir, "outbox")
		clock := reading.NewWallclock("b", 0, nil)
		box, err := outbox.Open(outbox.Config{Options: o, Start: "00000000000000aa", Clock: clock, FS: disk})
		if err != nil {
			t.Fatal(err)
		}
		times := host.TimeFile{Path: filepath.Join(dir, "time")}
		w := newWriter(box, openFile{filepath.Join(dir, "open.json")}, times, slog.New(slog.DiscardHandler))
		held := make(chan struct{})
		disk.hold(held)
		event := record.Record{At: clock.Now(), Type: record.TypeEvent, Event: &record.Event{Name: record.EventReloaded}}
		told := time.Now()
		for range jobs + 1 {
			w.append(record.LaneM, event)
		}
		w.append(record.LaneA, event)
		w.remember(nil)
		w.keepTime(told)
		if w.lost == 0 {
			t.Error("no metrics were given up, so the queue was never without room")
		}
		close(held)
		if err := w.close(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := box.Depth(record.LaneA); n != 2 { // the start gap and the event
			t.Errorf("%d entries in lane a", n)
		}
		if kept, err := times.Load(); err != nil || !kept.Equal(told.Truncate(time.Second)) {
			t.Errorf("time file says %v, %v", kept, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "open.json")); err != nil {
			t.Error(err)
		}
		if err := box.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
