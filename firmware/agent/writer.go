package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"rackvakt/sensors/host"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/record"
)

// job is one thing for the disk: records of one lane, the list of open alarms, or
// the time.
type job struct {
	lane record.Lane
	recs []record.Record
	open []alarm.Change
	keep bool      // open is set
	time time.Time // zero: not this job
}

// jobs bounds what waits for the disk: ten minutes of a card that does not answer
// are a few hundred. The last alarmJobs places are not for metrics.
const (
	jobs      = 4096
	alarmJobs = 1024
)

// writer brings records to the outbox in the order in which they were made, and
// writes the small files beside it, so that a slow card holds up neither rules
// nor watchdog.
type writer struct {
	box   *outbox.Outbox
	keep  openFile
	times host.TimeFile
	log   *slog.Logger
	queue chan job
	done  chan struct{}
	// lost counts the metrics records given up since there was room last.
	lost int
}

func newWriter(box *outbox.Outbox, keep openFile, times host.TimeFile, log *slog.Logger) *writer {
	w := &writer{box: box, keep: keep, times: times, log: log, queue: make(chan job, jobs), done: make(chan struct{})}
	go w.run()
	return w
}

// append queues records. A queue without room for metrics means that the card has
// been silent for hours: they are given up then, and counted; alarms still find room.
func (w *writer) append(lane record.Lane, recs ...record.Record) {
	if len(recs) == 0 {
		return
	}
	j := job{lane: lane, recs: recs}
	if lane == record.LaneA {
		w.queue <- j
		return
	}
	if len(w.queue) >= jobs-alarmJobs {
		if w.lost++; w.lost == 1 {
			w.log.Error("storage does not answer, metrics are lost")
		}
		return
	}
	if w.lost > 0 {
		w.log.Warn("storage answers again", "lost", w.lost)
		w.lost = 0
	}
	w.queue <- j
}

// remember queues the list of open alarms.
func (w *writer) remember(open []alarm.Change) { w.queue <- job{open: open, keep: true} }

// keepTime queues a synchronised time for the time file.
func (w *writer) keepTime(now time.Time) { w.queue <- job{time: now} }

func (w *writer) run() {
	defer close(w.done)
	for j := range w.queue {
		w.do(j)
	}
}

func (w *writer) do(j job) {
	if !j.time.IsZero() {
		if err := w.times.Save(j.time); err != nil {
			w.log.Warn("time not kept", "error", err)
		}
		return
	}
	if j.keep {
		if err := w.keep.save(j.open); err != nil {
			w.log.Warn("open alarms not kept", "error", err)
		}
		return
	}
	for len(j.recs) > 0 {
		ids, err := w.box.Append(j.lane, j.recs...)
		if err == nil {
			return
		}
		w.log.Error("record refused by the outbox", "lane", string(j.lane), "error", err)
		if errors.Is(err, outbox.ErrClosed) {
			return
		}
		// The record behind the taken ones is malformed or too large; the rest is not.
		j.recs = j.recs[min(len(ids)+1, len(j.recs)):]
	}
}

// close writes what is queued and ends; an error if ctx ends first.
func (w *writer) close(ctx context.Context) error {
	close(w.queue)
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write the last records: %w", ctx.Err())
	}
}

// openFile keeps the open alarms over a restart, so that each keeps its
// occurrence. A file that is missing or broken only costs that.
type openFile struct{ path string }

func (f openFile) load() ([]alarm.Change, error) {
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var open []alarm.Change
	if err == nil {
		err = json.Unmarshal(b, &open)
	}
	if err != nil {
		return nil, fmt.Errorf("read open alarms %s: %w", f.path, err)
	}
	return open, nil
}

func (f openFile) save(open []alarm.Change) error {
	b, err := json.Marshal(open)
	if err != nil {
		return fmt.Errorf("write open alarms: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(f.path), ".open-*")
	if err != nil {
		return fmt.Errorf("write open alarms: %w", err)
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), f.path)
	}
	if err != nil {
		return fmt.Errorf("write open alarms: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	return nil
}
