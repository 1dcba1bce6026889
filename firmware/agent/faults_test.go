package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/broker"
	"rackvakt/uplink/outbox/outboxtest"
	"rackvakt/uplink/record"
)

// A disk that fills up: the closet goes on, says so, raises monitor.storage, keeps
// what happens meanwhile in memory, and writes it down when there is room again.
func TestDiskFull(t *testing.T) {
	l := newLab(t)
	disk := &outboxtest.FS{}
	l.outFS = disk
	l.start()
	l.until("all is well", settled)
	disk.Refuse(syscall.ENOSPC, outboxtest.Create, outboxtest.Write, outboxtest.Allocate)
	if err := l.sim.Set(map[string]string{"door": "open"}); err != nil {
		t.Fatal(err)
	}
	s := l.until("the full disk is told", func(s agent.Snapshot) bool {
		return !s.Outbox.Writable && slices.ContainsFunc(s.Alarms, func(a agent.Alarm) bool { return a.Code == alarm.MonitorStorage })
	})
	if !slices.Contains(lacking(s), "disk") || !strings.Contains(s.Outbox.Fault, "no space") || value(s, "door", "door_open") != "open" {
		t.Errorf("fault %q, lacks %v", s.Outbox.Fault, s.Lacks)
	}
	disk.Allow()
	if err := l.sim.Set(map[string]string{"mains": "lost"}); err != nil {
		t.Fatal(err)
	}
	l.until("the disk takes again", func(s agent.Snapshot) bool {
		return s.Outbox.Writable && slices.ContainsFunc(s.Alarms, func(a agent.Alarm) bool { return a.Code == alarm.PowerMainsLost })
	})
	got := events(l.stop())
	for _, want := range []string{"door_opened door", "raise monitor.storage", "raise power.mains_lost mains", "agent_stopping  sigterm"} {
		if !slices.ContainsFunc(got, func(e string) bool { return strings.TrimSpace(e) == want }) {
			t.Errorf("%q is not among the records %q", want, got)
		}
	}
}

// No folder can be made, a secret is missing, the machine tells nothing and the
// socket's place is taken by a file: each is told, nothing stops the rest.
func TestStartsWithAlmostNothing(t *testing.T) {
	l := newLab(t)
	l.edit("community: {file: "+l.dir+"/community}", "community: {file: "+l.dir+"/nosuch}")
	l.edit("state_dir: "+l.dir+"/state", "state_dir: /proc/nosuch")
	l.edit("outbox: {dir: "+l.dir+"/outbox,", "outbox: {dir: /proc/nosuch/outbox,")
	l.start()
	s := l.until("the door is read and the rest is told", func(s agent.Snapshot) bool {
		return value(s, "door", "door_open") == "closed" && slices.Contains(lacking(s), "source sw1") && slices.Contains(lacking(s), "device sw2")
	})
	if !slices.Contains(lacking(s), "disk") || s.Outbox.Writable {
		t.Errorf("lacks %v", s.Lacks)
	}
	l.cancel(agent.Stop("sigterm"))
	// What could not be written was told while it ran; it is no error of the stop.
	if err := <-l.done; err != nil {
		t.Errorf("stop: %v", err)
	}
}

// spinning is a prober that leaves something behind which never ends, as the
// ping library does where the kernel has no buffers.
type spinning struct {
	reachable
	free chan struct{}
}

func (s *spinning) Close() { <-s.free }

// The stop ends in time also where a probe does not, and names it.
func TestStopWithoutTheLastProbe(t *testing.T) {
	l := newLab(t)
	left := &spinning{free: make(chan struct{})}
	l.prober = left
	l.start()
	l.until("all is well", settled)
	l.cancel(agent.Stop("sigterm"))
	select {
	case err := <-l.done:
		if err == nil || !strings.Contains(err.Error(), `"path"`) {
			t.Errorf("stop: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the agent did not stop within 5 s")
	}
	close(left.free)
}

// region stands in for the collector behind a real broker: it takes what
// continues its head and acknowledges it.
type region struct {
	t      *testing.T
	broker *broker.Embedded
	mu     sync.Mutex
	heads  record.Marks
	taken  []record.Record
	now    json.RawMessage
	births []string
	beats  int
	acks   chan record.Topic // never closed: a will may still come when all is over
	over   chan struct{}
}

func (r *region) handle(m broker.Message) {
	topic, err := record.ParseTopic(m.Topic)
	if err != nil {
		r.t.Error(err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch topic.Leaf {
	case record.LeafHB:
		r.beats++
	case record.LeafBirth:
		r.births = append(r.births, topic.Sub)
	case record.LeafNow:
		n, err := record.DecodePayload[record.Now](m.Payload)
		if err != nil {
			r.t.Error(err)
		}
		r.now = n.Body
	case record.LeafAlarm, record.LeafMetrics:
		r.take(topic, m.Payload)
	case record.LeafState:
		r.ack(topic)
	}
}

func (r *region) take(topic record.Topic, payload []byte) {
	rec, err := record.Decode(payload)
	if err != nil {
		r.t.Error(err)
		return
	}
	lane, _ := record.LaneOf(topic.Leaf)
	if rec.Prev == r.heads.Of(lane) {
		r.heads.Set(lane, rec.ID)
		r.taken = append(r.taken, rec)
	}
	r.ack(topic)
}

// ack asks for an ack; answer sends them in order, with the heads as they then stand.
func (r *region) ack(topic record.Topic) {
	select {
	case r.acks <- topic:
	default: // enough are waiting, and each tells everything
	}
}

func (r *region) answer() {
	for {
		var topic record.Topic
		select {
		case <-r.over:
			return
		case topic = <-r.acks:
		}
		var payload []byte
		r.sees(func() bool {
			var err error
			if payload, err = json.Marshal(record.Ack{V: record.Version, Head: r.heads}); err != nil {
				r.t.Error(err)
			}
			return true
		})
		if err := r.broker.Publish(topic.Of(record.LeafAck, "").String(), payload, 0, false); err != nil {
			r.t.Error(err)
		}
	}
}

func (r *region) sees(what func() bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return what()
}

// newRegion starts the region; it ends with the test.
func newRegion(t *testing.T) *region {
	t.Helper()
	b, err := broker.NewEmbedded(broker.EmbeddedOptions{Plain: "127.0.0.1:0", MaxClients: 10}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r := &region{t: t, broker: b, acks: make(chan record.Topic, 100), over: make(chan struct{})}
	answered := make(chan struct{})
	go func() { r.answer(); close(answered) }()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx, r.handle) }()
	t.Cleanup(func() {
		close(r.over)
		<-answered
		cancel()
		<-ended
	})
	return r
}

func acknowledged(s agent.Snapshot) bool {
	return settled(s) && s.Outbox.Alarms == 0 && s.Paths[0].Connected && s.Paths[0].HeardS >= 0
}

// line carries one TCP connection after the other to the region until it is cut:
// then nothing passes any more, and nobody is told.
type line struct {
	ln  net.Listener
	cut atomic.Bool
	all sync.WaitGroup
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{ln: ln}
	l.all.Go(func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				t.Error(errors.Join(err, near.Close()))
				return
			}
			l.all.Go(func() { l.carry(far, near) })
			l.all.Go(func() { l.carry(near, far) })
		}
	})
	t.Cleanup(func() {
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
		l.all.Wait()
	})
	return l
}

// carry ends with either end; the other end learns it from its own read.
func (l *line) carry(to, from net.Conn) {
	defer func() { _ = errors.Join(to.Close(), from.Close()) }()
	for b := make([]byte, 4096); ; {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if l.cut.Load() {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// A stop during a cut is a clean stop: the last words stay in the outbox, and the
// goodbye that nobody hears is not waited for longer than there is time.
func TestStopDuringACut(t *testing.T) {
	l := newLab(t)
	r := newRegion(t)
	uplink := newLine(t, r.broker.PlainAddr())
	l.edit("tcp://127.0.0.1:1", "tcp://"+uplink.ln.Addr().String())
	l.start()
	l.until("all is well and acknowledged", acknowledged)
	uplink.cut.Store(true)
	if left := events(l.stop()); !slices.Contains(left, "agent_stopping  sigterm") {
		t.Errorf("left in the outbox: %q", left)
	}
}

// With a broker and a collector behind it everything arrives, the last words
// too, and leaves the outbox on the collector's ack.
func TestTellsTheRegion(t *testing.T) {
	l := newLab(t)
	r := newRegion(t)
	l.edit("tcp://127.0.0.1:1", "tcp://"+r.broker.PlainAddr())
	l.start()
	l.until("all is well and acknowledged", acknowledged)
	if err := l.sim.Set(map[string]string{"door": "open"}); err != nil {
		t.Fatal(err)
	}
	l.until("now, births and beats have come", func(agent.Snapshot) bool {
		return r.sees(func() bool {
			return r.beats > 1 && slices.Contains(r.births, "monitor") && slices.Contains(r.births, "sw1") &&
				strings.Contains(string(r.now), `"device":"door"`) && slices.Contains(events(r.taken), "door_opened door")
		})
	})
	if left := events(l.stop()); len(left) != 1 || !strings.HasPrefix(left[0], "gap") {
		t.Errorf("not taken by the region: %q", left)
	}
	r.sees(func() bool {
		got := events(r.taken)
		if !slices.Contains(got, "agent_stopping  sigterm") || !slices.Contains(got, "samples") {
			t.Errorf("records %q", got)
		}
		return true
	})
	if _, err := os.Stat(filepath.Join(l.dir, "s")); err == nil {
		t.Error("the status socket is left behind")
	}
}

// A new card in an old closet: the region's head is of the card before it. What
// this one says goes on top of that, and the change is told once.
func TestOtherCard(t *testing.T) {
	l := newLab(t)
	r := newRegion(t)
	r.sees(func() bool { r.heads.Set(record.LaneA, record.RecordID("00000000000000ff", 7)); return true })
	l.edit("tcp://127.0.0.1:1", "tcp://"+r.broker.PlainAddr())
	l.start()
	l.until("the other card is told", func(s agent.Snapshot) bool {
		return acknowledged(s) && r.sees(func() bool { return slices.Contains(events(r.taken), "other_card") })
	})
	l.stop()
	r.sees(func() bool {
		told := slices.DeleteFunc(events(r.taken), func(e string) bool { return e != "other_card" })
		if len(told) != 1 {
			t.Errorf("told %d times", len(told))
		}
		return true
	})
}
