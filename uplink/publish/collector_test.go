package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/record"
)

const testStart = "00112233445566aa"

var testCloset = record.ClosetID{Site: "karlstad", Closet: "k1"}

// collector is the smallest honest receiver: record's own functions behind a
// broker that can be killed and started again. What it took outlives the broker.
type collector struct {
	t *testing.T

	mu       sync.Mutex
	server   *mochi.Server
	conns    []net.Conn
	recv     map[record.Lane]*record.Receiver
	took     map[record.Lane][]record.Record
	ignored  int
	acks     int
	lossy    bool // every third ack is lost
	states   []record.State
	beats    []record.Heartbeat
	retained map[string][]byte
	nows     int  // messages on now
	silent   bool // takes records and answers nothing
	deaf     bool // takes nothing and answers nothing
	onTake   func(total int)
}

func newCollector(t *testing.T) *collector {
	c := &collector{t: t, recv: map[record.Lane]*record.Receiver{}, took: map[record.Lane][]record.Record{}, retained: map[string][]byte{}}
	for _, lane := range record.Lanes() {
		c.recv[lane] = record.NewReceiver(record.Saved{})
	}
	c.start()
	return c
}

type hook struct {
	mochi.HookBase
	c *collector
}

func (h *hook) ID() string { return "collector" }
func (h *hook) Provides(b byte) bool {
	return bytes.Contains([]byte{mochi.OnPublish, mochi.OnACLCheck, mochi.OnConnectAuthenticate}, []byte{b})
}
func (h *hook) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }
func (h *hook) OnACLCheck(*mochi.Client, string, bool) bool              { return true }
func (h *hook) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if !cl.Net.Inline {
		h.c.publish(pk.TopicName, pk.Payload)
	}
	return pk, nil
}

// start makes a new broker; the old one, if any, is dead.
func (c *collector) start() {
	server := mochi.New(&mochi.Options{InlineClient: true, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := server.AddHook(&hook{c: c}, nil); err != nil {
		c.t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.server = server
}

// kill closes every connection as a killed process would, and stops the broker.
func (c *collector) kill() {
	c.mu.Lock()
	server, conns := c.server, c.conns
	c.server, c.conns = nil, nil
	c.mu.Unlock()
	for _, conn := range conns {
		conn.Close()
	}
	if server != nil {
		server.Close()
	}
}

var errDown = errors.New("broker is down")

// attach gives one end of a connection to the broker.
func (c *collector) attach(conn net.Conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		conn.Close()
		return errDown
	}
	c.conns = append(c.conns, conn)
	server := c.server
	go func() { _ = server.EstablishConnection("test", conn) }()
	return nil
}

func (c *collector) pipe(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	return ours, c.attach(theirs)
}

func (c *collector) publish(topic string, payload []byte) {
	t, err := record.ParseTopic(topic)
	if err != nil {
		c.t.Errorf("topic %s: %v", topic, err)
		return
	}
	switch t.Leaf {
	case record.LeafState:
		s, err := record.DecodePayload[record.State](payload)
		c.check(err)
		c.mu.Lock()
		c.states = append(c.states, s)
		c.mu.Unlock()
		if s.Online {
			c.onState(t, s)
		}
	case record.LeafHB:
		b, err := record.DecodePayload[record.Heartbeat](payload)
		c.check(err)
		c.mu.Lock()
		c.beats = append(c.beats, b)
		c.mu.Unlock()
	case record.LeafAlarm, record.LeafMetrics:
		lane, _ := record.LaneOf(t.Leaf)
		c.onRecord(t, lane, payload)
	default:
		c.mu.Lock()
		c.retained[string(t.Leaf)+"/"+t.Sub] = bytes.Clone(payload)
		if t.Leaf == record.LeafNow {
			c.nows++
		}
		c.mu.Unlock()
	}
}

func (c *collector) check(err error) {
	if err != nil {
		c.t.Error(err)
	}
}

func (c *collector) onState(t record.Topic, s record.State) {
	c.mu.Lock()
	for _, lane := range record.Lanes() {
		if _, gap := c.recv[lane].OnState(s.Mark.Of(lane)); gap {
			c.t.Errorf("lane %s: the mark %s was not known", lane, s.Mark.Of(lane))
		}
	}
	c.mu.Unlock()
	c.ack(t)
}

func (c *collector) onRecord(t record.Topic, lane record.Lane, payload []byte) {
	r, err := record.Decode(payload)
	c.check(err)
	c.mu.Lock()
	if c.deaf {
		c.mu.Unlock()
		return
	}
	switch c.recv[lane].OnRecord(r.ID, r.Prev, r.Mark).Verdict {
	case record.Take:
		c.took[lane] = append(c.took[lane], r)
	default:
		c.ignored++
	}
	c.recv[lane].Committed()
	total, onTake := len(c.took[record.LaneA])+len(c.took[record.LaneM]), c.onTake
	c.mu.Unlock()
	if onTake != nil {
		onTake(total)
	}
	c.ack(t)
}

func (c *collector) ack(t record.Topic) {
	c.mu.Lock()
	ack := record.Ack{V: record.Version}
	for _, lane := range record.Lanes() {
		ack.Head.Set(lane, c.recv[lane].Head())
	}
	c.acks++
	server, quiet := c.server, c.silent || c.deaf || c.lossy && c.acks%3 == 0
	c.mu.Unlock()
	if server == nil || quiet {
		return
	}
	payload, err := json.Marshal(ack)
	c.check(err)
	_ = server.Publish(t.Of(record.LeafAck, "").String(), payload, false, 0) // a killed broker refuses
}

// tell sends a message to the closet.
func (c *collector) tell(leaf record.Leaf, v any) {
	payload, err := json.Marshal(v)
	c.check(err)
	c.mu.Lock()
	server := c.server
	c.mu.Unlock()
	topic := record.Topic{Area: "varmland", Closet: testCloset}.Of(leaf, "")
	c.check(server.Publish(topic.String(), payload, leaf == record.LeafDesired, 1))
}

func (c *collector) count(lane record.Lane) (records, gaps int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.took[lane] {
		if r.Type == record.TypeGap {
			gaps++
		} else {
			records++
		}
	}
	return records, gaps
}

// inOrder checks that records 1..n of the test's start came once each, in order.
func (c *collector) inOrder(lane record.Lane, n int) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	next := uint64(1)
	for _, r := range c.took[lane] {
		if r.Type == record.TypeGap {
			continue
		}
		if r.ID != record.RecordID(testStart, next) {
			c.t.Fatalf("lane %s: got %s in place of number %d", lane, r.ID, next)
		}
		next++
	}
	if next != uint64(n)+1 {
		c.t.Fatalf("lane %s: %d of %d records came", lane, next-1, n)
	}
}

// rig is an outbox, a publisher and a collector.
type rig struct {
	c   *collector
	out *outbox.Outbox
	pub *Publisher
}

func newRig(t *testing.T, change func(*Config, *collector)) *rig {
	t.Helper()
	c := newCollector(t)
	clock := reading.NewWallclock("boot-1", time.Minute, nil)
	out, err := outbox.Open(outbox.Config{Options: outbox.Options{Dir: t.TempDir(), CapMB: 64}, Start: testStart, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Options: DefaultOptions(), Area: "varmland", Closet: testCloset, Start: testStart, Outbox: out, Clock: clock,
		Dial: c.pipe, Random: func() float64 { return 0 }}
	cfg.Broker = "tcp://collector.example:1883"
	if change != nil {
		change(&cfg, c)
	}
	pub, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{c: c, out: out, pub: pub}
}

// run runs the publisher; the returned function stops it and waits.
func (r *rig) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.pub.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return func() {
		cancel()
		done.Wait()
		r.c.kill()
		if err := r.out.Close(); err != nil {
			t.Error(err)
		}
	}
}

func event(n int) record.Record {
	return record.Record{At: reading.Stamp{Boot: "boot-1", Mono: time.Duration(n) * time.Millisecond}, Type: record.TypeEvent,
		Event: &record.Event{Name: "test", Detail: map[string]string{"text": "something that happened in the closet, number of many"}}}
}

func (r *rig) append(t *testing.T, lane record.Lane, n int) {
	t.Helper()
	recs := make([]record.Record, n)
	for i := range recs {
		recs[i] = event(i)
	}
	if _, err := r.out.Append(lane, recs...); err != nil {
		t.Fatal(err)
	}
}
