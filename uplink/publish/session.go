package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"rackvakt/uplink/outbox"
	"rackvakt/uplink/record"
)

// Every wait of a session (facts measured on the client, see the package comment).
const (
	connackTimeout = 10 * time.Second
	writeTimeout   = 5 * time.Second
	pingTimeout    = 4 * time.Second
	tokenTimeout   = 5 * time.Second
	goodbyeTimeout = time.Second
	beatEvery      = time.Second
)

// Room in the window that lane m leaves to lane a.
const (
	alarmRecords = 8
	alarmOctets  = 4 << 10
)

// inboxSize bounds what the collector sends and the agent has not looked at.
const inboxSize = 32

// session is one connection. Its fields belong to the goroutine of run, but for
// the channels.
type session struct {
	p      *Publisher
	conn   uint64
	raw    net.Conn
	verify *verifier // nil without TLS
	client mqtt.Client
	lost   chan error
	// acks holds the newest ack only: the heads in it stand for all before.
	acks    chan []byte
	inbox   chan mqtt.Message
	answers chan string // ids of questions to be answered by an hb

	window record.Window
	tries  int // time-outs in a row
	// until is when lack of progress becomes a time-out; zero: nothing is awaited.
	until time.Time
	// last is the token of the record sent last: a broker that has not confirmed
	// it by the time-out is no broker.
	last  mqtt.Token
	heard bool
	// leaving: goodbye was said, so the broker must not publish the will.
	leaving bool
	beats   sync.WaitGroup
}

func newSession(p *Publisher, conn uint64, raw net.Conn, v *verifier) *session {
	s := &session{p: p, conn: conn, raw: raw, verify: v, lost: make(chan error, 1),
		acks: make(chan []byte, 1), inbox: make(chan mqtt.Message, inboxSize), answers: make(chan string, 4)}
	s.client = mqtt.NewClient(s.options())
	return s
}

// options sets the client up for one honest connection: with AutoReconnect off and
// a clean session a token fails when its connection does.
func (s *session) options() *mqtt.ClientOptions {
	will, _ := json.Marshal(record.State{V: record.Version, Start: s.p.cfg.Start, Conn: s.conn}) // two numbers and a string
	o := mqtt.NewClientOptions().AddBroker(s.p.url.String())
	o.SetClientID(record.ClientID(s.p.cfg.Closet, s.p.cfg.Path, s.p.cfg.Start))
	o.SetProtocolVersion(4).SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetResumeSubs(false)
	o.SetKeepAlive(s.p.cfg.KeepAlive).SetPingTimeout(pingTimeout).SetWriteTimeout(writeTimeout).SetConnectTimeout(connackTimeout)
	o.SetBinaryWill(s.p.base.Of(record.LeafState, s.p.cfg.Path).String(), will, 1, true)
	o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return s.raw, nil })
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { s.lost <- err })
	return o
}

// connect brings the session up: CONNACK, then the collector's topics.
func (s *session) connect(ctx context.Context) error {
	if err := wait(ctx, s.client.Connect(), connackTimeout+tokenTimeout); err != nil {
		return fmt.Errorf("open MQTT session with %s: %w", s.p.cfg.Broker, err)
	}
	topics := map[string]byte{}
	for leaf, qos := range map[record.Leaf]byte{record.LeafAck: 0, record.LeafDesired: 1, record.LeafCmd: 1} {
		topics[s.p.base.Of(leaf, "").String()] = qos
	}
	if err := wait(ctx, s.client.SubscribeMultiple(topics, s.take), tokenTimeout); err != nil {
		return fmt.Errorf("subscribe at %s: %w", s.p.cfg.Broker, err)
	}
	return nil
}

// wait waits for a token, but never for ever: a token of this client may never complete.
func wait(ctx context.Context, t mqtt.Token, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-t.Done():
		return t.Error()
	case <-timer.C:
		return fmt.Errorf("no answer within %s", limit)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take sorts what the collector sends. It runs in the client's read loop and never
// waits: a full inbox loses the oldest message.
func (s *session) take(_ mqtt.Client, m mqtt.Message) {
	if m.Topic() == s.p.base.Of(record.LeafAck, "").String() {
		replaceOldest(s.acks, m.Payload())
		return
	}
	replaceOldest(s.inbox, m)
}

// replaceOldest puts v into c, the oldest making room for it. One goroutine puts.
func replaceOldest[T any](c chan T, v T) {
	for {
		select {
		case c <- v:
			return
		default:
		}
		select {
		case <-c:
		default:
		}
	}
}

// run keeps the session until it fails or ctx ends.
func (s *session) run(ctx context.Context) error {
	beating, stop := context.WithCancel(context.Background())
	s.beats.Go(func() { s.beat(beating) })
	defer s.beats.Wait()
	defer stop()
	changed := s.p.changes()
	if err := s.greet(); err != nil {
		return err
	}
	check := time.NewTicker(beatEvery)
	defer check.Stop()
	done, linger := ctx.Done(), (<-chan time.Time)(nil)
	for {
		added := s.p.cfg.Outbox.Changed()
		if err := s.fill(); err != nil {
			return err
		}
		if linger != nil && s.empty() {
			return s.goodbye(ctx.Err())
		}
		var err error
		select {
		case err = <-s.lost:
			err = fmt.Errorf("connection lost: %w", err)
		case <-done:
			done, linger = nil, time.After(s.p.cfg.Linger)
		case <-linger:
			return s.goodbye(ctx.Err())
		case ack := <-s.acks:
			err = s.acked(ack)
		case m := <-s.inbox:
			s.receive(m)
		case <-added:
		case <-changed:
			changed = s.p.changes()
			err = errors.Join(s.sendBirths(false), s.sendNow(false))
		case <-s.timer():
			err = s.expire()
		case <-check.C:
			err = s.verifyAgain()
		}
		if err != nil {
			return err
		}
	}
}

// timer returns a channel for the window's time-out, nil while nothing is awaited.
func (s *session) timer() <-chan time.Time {
	if s.until.IsZero() {
		return nil
	}
	return time.After(time.Until(s.until))
}

// greet says state, births and now, in this order (protocol.md, Pi 1).
func (s *session) greet() error {
	if s.window.Expire() {
		if err := s.sendState(); err != nil {
			return err
		}
	}
	if err := s.sendBirths(true); err != nil {
		return err
	}
	return s.sendNow(true)
}

// fill sends while the window is open.
func (s *session) fill() error {
	for {
		e, ok := s.next()
		if !ok {
			return nil
		}
		topic := s.p.base.Of(record.LeafOf(e.Lane), "").String()
		if err := s.publish(topic, 1, false, e.Payload); err != nil {
			return err
		}
		s.window.Sent(e.Lane, e.ID, len(e.Payload))
		if s.until.IsZero() {
			s.until = s.timeout()
		}
	}
}

// next returns what may be sent now: lane a before each record of lane m. What of
// lane a does not fit keeps lane m waiting too, and lane m leaves room for the next
// alarm, which must not wait for a collector that is slow with metrics.
func (s *session) next() (outbox.Entry, bool) {
	records, octets := record.WindowRecords, 0
	for _, lane := range record.Lanes() {
		if s.window.InFlight() >= records {
			break
		}
		if e, ok := s.p.cfg.Outbox.Next(&s.window, lane); ok {
			return e, s.window.Open(len(e.Payload) + octets)
		}
		records, octets = record.WindowRecords-alarmRecords, alarmOctets
	}
	return outbox.Entry{}, false
}

// timeout returns when the present wait ends, with up to a quarter of jitter.
func (s *session) timeout() time.Time {
	d := record.Timeout(s.tries)
	return time.Now().Add(d + time.Duration(s.p.cfg.Random()*float64(d)/4))
}

// publish hands a message to the client; a failure ends the session.
func (s *session) publish(topic string, qos byte, retained bool, payload []byte) error {
	t := s.client.Publish(topic, qos, retained, payload)
	if qos > 0 {
		s.last = t
	}
	select {
	case <-t.Done():
		if err := t.Error(); err != nil {
			return fmt.Errorf("publish on %s: %w", topic, err)
		}
	default:
	}
	return nil
}

// acked applies the collector's heads, lane by lane, to outbox and window. Nothing
// else moves either.
func (s *session) acked(payload []byte) error {
	ack, err := record.DecodePayload[record.Ack](payload)
	if err != nil {
		s.p.cfg.Log.Warn("ack refused", "err", err)
		return nil
	}
	progress := false
	for _, lane := range record.Lanes() {
		e := s.p.cfg.Outbox.Ack(lane, ack.Head.Of(lane))
		before := s.window.InFlight()
		s.window.Ack(lane, ack.Head.Of(lane), e)
		if e.Left > 0 && s.window.InFlight() == before {
			// The collector had more than this connection has sent.
			s.window.Restart(lane)
		}
		progress = progress || e.Left > 0
	}
	s.heard = true
	s.p.mu.Lock()
	s.p.status.Heard = s.p.cfg.Clock.Now()
	s.p.mu.Unlock()
	switch {
	case s.window.InFlight() == 0:
		s.tries, s.until = 0, time.Time{}
	case progress:
		s.tries = 0
		s.until = s.timeout()
	}
	return nil
}

// expire is the window's time-out: state again, then everything from the first entry.
func (s *session) expire() error {
	if s.last != nil {
		select {
		case <-s.last.Done():
		default:
			return fmt.Errorf("the broker did not confirm within %s", record.Timeout(s.tries))
		}
	}
	s.tries++
	s.until = time.Time{}
	if s.window.Expire() {
		return s.sendState()
	}
	return nil
}

func (s *session) verifyAgain() error {
	if s.verify == nil {
		return nil
	}
	err := s.verify.again()
	s.p.mu.Lock()
	s.p.status.DatesUnchecked = s.verify.marked() && err == nil
	s.p.mu.Unlock()
	return err
}

// empty reports whether the outbox has nothing left to send.
func (s *session) empty() bool {
	for _, lane := range record.Lanes() {
		if s.p.cfg.Outbox.Depth(lane) > 0 {
			return false
		}
	}
	return true
}

// receive hands a message on to the agent.
func (s *session) receive(m mqtt.Message) {
	switch m.Topic() {
	case s.p.base.Of(record.LeafDesired, "").String():
		if len(m.Payload()) == 0 {
			return // a cleared retained message
		}
		d, err := record.DecodePayload[record.Desired](m.Payload())
		if err != nil {
			s.p.cfg.Log.Warn("desired refused", "err", err)
		} else if s.p.cfg.Desired != nil {
			s.p.cfg.Desired(d)
		}
	case s.p.base.Of(record.LeafCmd, "").String():
		s.command(m)
	}
}

func (s *session) command(m mqtt.Message) {
	c, err := record.DecodePayload[record.Command](m.Payload())
	switch {
	case err != nil:
		s.p.cfg.Log.Warn("command refused", "err", err)
	case m.Retained():
		s.p.cfg.Log.Warn("command refused", "err", "retained, so its age is not known")
	case c.Do == record.OrderAnswer:
		replaceOldest(s.answers, c.ID)
	case s.p.cfg.Command != nil:
		s.p.cfg.Command(c)
	}
}

// sendState says who is here and what is known to be taken.
func (s *session) sendState() error {
	marks := s.p.cfg.Outbox.Marks()
	return s.sendJSON(s.p.base.Of(record.LeafState, s.p.cfg.Path), 1, true, record.State{V: record.Version, Online: true,
		Start: s.p.cfg.Start, Conn: s.conn, Mark: &marks, At: &record.Stamp{Stamp: s.p.cfg.Clock.Now()}})
}

func (s *session) sendJSON(t record.Topic, qos byte, retained bool, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", t, err)
	}
	return s.publish(t.String(), qos, retained, payload)
}

// sendNow sends the snapshot if it is new, or in any case.
func (s *session) sendNow(anyway bool) error {
	s.p.mu.Lock()
	payload, due := s.p.now, s.p.due || anyway
	s.p.due = false
	s.p.mu.Unlock()
	if payload == nil || !due {
		return nil
	}
	return s.publish(s.p.base.Of(record.LeafNow, "").String(), 0, true, payload)
}

// sendBirths sends the parts that have changed, or all of them.
func (s *session) sendBirths(all bool) error {
	s.p.mu.Lock()
	parts := maps.Clone(s.p.births)
	if !all {
		maps.DeleteFunc(parts, func(part string, _ []byte) bool { return !s.p.fresh[part] })
	}
	clear(s.p.fresh)
	s.p.mu.Unlock()
	for part, payload := range parts {
		if err := s.publish(s.p.base.Of(record.LeafBirth, part).String(), 1, true, payload); err != nil {
			return err
		}
	}
	return nil
}

func (p *Publisher) changes() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// beat sends hb each second, and at once for each question. It is a goroutine of
// its own: a slow card must not look like a dead closet.
func (s *session) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for answer := ""; ; {
		if err := s.sendBeat(answer); err != nil {
			return // the loss is told by the client to run
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			answer = ""
		case answer = <-s.answers:
		}
	}
}

func (s *session) sendBeat(answer string) error {
	stats := s.p.cfg.Outbox.Stats()
	depth := 0
	for _, n := range stats.Depth {
		depth += n
	}
	return s.sendJSON(s.p.base.Of(record.LeafHB, ""), 0, false, record.Heartbeat{V: record.Version, Start: s.p.cfg.Start,
		Path: s.p.cfg.Path, Conn: s.conn, Depth: depth, DepthA: stats.Depth[record.LaneA], AgeS: int64(s.p.cfg.Outbox.OldestAge() / time.Second),
		Answer: answer, At: record.Stamp{Stamp: s.p.cfg.Clock.Now()}})
}

// goodbye leaves in good order: the retained state says offline, as the will would.
func (s *session) goodbye(cause error) error {
	payload, err := json.Marshal(record.State{V: record.Version, Start: s.p.cfg.Start, Conn: s.conn})
	if err != nil {
		return err
	}
	t := s.client.Publish(s.p.base.Of(record.LeafState, s.p.cfg.Path).String(), 1, true, payload)
	if err := wait(context.Background(), t, goodbyeTimeout); err != nil {
		return fmt.Errorf("say goodbye: %w", err)
	}
	s.leaving = true
	return cause
}

// close ends the client and the connection under it, whatever state they are in.
// Unless goodbye was said, the connection goes first: the broker publishes the will.
func (s *session) close() {
	if !s.leaving {
		_ = s.raw.Close() // the client learns it from its next read
	}
	s.client.Disconnect(uint(goodbyeTimeout / time.Millisecond / 4))
	_ = s.raw.Close() // an error here says that it is closed
}
