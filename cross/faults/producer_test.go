package faults

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rackvakt/sensors/host"
	"rackvakt/sensors/reading"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/publish"
	"rackvakt/uplink/record"
)

// producerEnv holds the order of a producer: the test binary starts itself with it.
const producerEnv = "RACKVAKT_PRODUCER"

// batch is the most records that a producer hands to one Append.
const batch = 3

// order is what a producer is to do.
type order struct {
	Dir, Certs string
	Broker     string
	// Total is the number of records to have promised, over both lanes and all starts.
	Total int
	// Pause is between two Appends of a lane.
	Pause time.Duration
}

func (o order) journal() string { return filepath.Join(o.Dir, "journal") }

func TestMain(m *testing.M) {
	if text := os.Getenv(producerEnv); text != "" {
		if err := produce(text); err != nil {
			fmt.Fprintln(os.Stderr, "producer:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func newStart() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails, crypto/rand
	return hex.EncodeToString(b)
}

// side is the agent's side of the wire as firmware/agent puts it together.
type side struct {
	start string
	clock reading.Clock
	box   *outbox.Outbox
	pub   *publish.Publisher
}

func openSide(o order, clock reading.Clock, start string, log *slog.Logger) (*side, error) {
	s := &side{start: start, clock: clock}
	var err error
	s.box, err = outbox.Open(outbox.Config{Options: outbox.Options{Dir: filepath.Join(o.Dir, "outbox"), CapMB: 1024}, Start: start, Clock: clock, Log: log})
	if err != nil {
		return nil, err
	}
	id, err := record.ParseClosetID(closetID)
	if err != nil {
		return nil, err
	}
	pair := filepath.Join(o.Certs, closetID)
	options := publish.DefaultOptions()
	options.Broker, options.CA, options.Cert, options.Key, options.Path = o.Broker, filepath.Join(o.Certs, "ca.crt"), pair+".crt", pair+".key", "fixed"
	s.pub, err = publish.New(publish.Config{Options: options, Area: area, Closet: id, Start: start, Outbox: s.box, Clock: clock, Log: log})
	return s, err
}

// empty reports whether the collector has everything.
func (s *side) empty() bool {
	return s.box.Depth(record.LaneA) == 0 && s.box.Depth(record.LaneM) == 0
}

func realClock() (reading.Clock, error) {
	boot, uptime, err := host.BootID(os.DirFS("/"))
	if err != nil {
		return nil, err
	}
	return reading.NewWallclock(boot, uptime, nil), nil
}

// produce appends until the total is promised, waits until the collector has it
// all, and stops in good order. It may be killed anywhere.
func produce(text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	before := newPromised(batch)
	if _, err := os.Stat(o.journal()); err == nil {
		if before, err = readPromised(o.journal(), batch); err != nil {
			return err
		}
	}
	journal, err := os.OpenFile(o.journal(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer journal.Close()
	clock, err := realClock()
	if err != nil {
		return err
	}
	start := newStart()
	if _, err := fmt.Fprintf(journal, "start %s\n", start); err != nil {
		return err
	}
	s, err := openSide(o, clock, start, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	return s.stream(o, before, journal)
}

func (s *side) stream(o order, before *promised, journal io.Writer) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.pub.Run(ctx) }()
	var lanes sync.WaitGroup
	failed := make([]error, len(record.Lanes()))
	for i, lane := range record.Lanes() {
		lanes.Go(func() { failed[i] = s.fill(lane, o.Total/2-len(before.ids[lane]), o.Pause, journal) })
	}
	lanes.Wait()
	for !s.empty() {
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	return errors.Join(append(failed, <-ended, s.box.Close())...)
}

// fill promises n records of a lane.
func (s *side) fill(lane record.Lane, n int, pause time.Duration, journal io.Writer) error {
	for next := uint64(1); n > 0; {
		var recs []record.Record
		for range min(n, 1+int(next%batch)) {
			recs = append(recs, numbered(lane, s.start, next, s.clock.Now()))
			next++
		}
		ids, err := s.box.Append(lane, recs...)
		if err != nil {
			return err
		}
		if !s.box.Health().Writable {
			return fmt.Errorf("outbox: %s", s.box.Health().Fault)
		}
		if err := note(journal, lane, ids); err != nil {
			return err
		}
		n -= len(ids)
		time.Sleep(pause)
	}
	return nil
}

// note writes the identities in one write, which another lane's cannot cut.
func note(journal io.Writer, lane record.Lane, ids []record.ID) error {
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&b, "%s %s\n", lane, id)
	}
	_, err := io.WriteString(journal, b.String())
	return err
}

// numbered makes a record that says its own number.
func numbered(lane record.Lane, start string, n uint64, at reading.Stamp) record.Record {
	if lane == record.LaneA {
		return record.Record{At: at, Type: record.TypeEvent, Event: &record.Event{Name: "fault_rig",
			Detail: map[string]string{"start": start, "n": strconv.FormatUint(n, 10)}}}
	}
	all := record.Batch([]reading.Reading{{Point: reading.Point{Device: reading.Monitor, Object: start, Kind: reading.OutboxDepth},
		Value: int64(n), Quality: reading.Good, At: at}}, at)
	return record.Record{At: at, Type: record.TypeSamples, Samples: &all[0]}
}

// saysItself reports whether a numbered record carries the start and number of its identity.
func saysItself(r record.Record) bool {
	start, n, _, _ := r.ID.Split()
	want := strconv.FormatUint(n, 10)
	if r.Event != nil {
		return r.Event.Detail["start"] == start && r.Event.Detail["n"] == want
	}
	if r.Samples == nil {
		return false
	}
	values, err := r.Samples.Decode(r.At)
	return err == nil && len(values) == 1 && values[0].Object == start && values[0].Text == want
}
