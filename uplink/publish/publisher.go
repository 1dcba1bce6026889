package publish

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/record"
)

// Config is what New needs beside the settings of the file.
type Config struct {
	Options
	Area   string
	Closet record.ClosetID
	// Start is the identity of this start of the agent, the outbox's own.
	Start  string
	Outbox *outbox.Outbox
	Clock  reading.Clock
	Log    *slog.Logger
	// TimeFloor is the latest of the time file and the build date: certificates
	// are never checked against an earlier moment. nil: the system clock alone.
	TimeFloor func() time.Time
	// Desired and Command are called with what the collector sends, from one
	// goroutine; they must not block. nil: not wanted. OrderAnswer is dealt with here.
	Desired func(record.Desired)
	Command func(record.Command)
	// Dial replaces the TCP connection in tests; TLS follows if the broker's
	// address says so. nil: the real one.
	Dial func(ctx context.Context) (net.Conn, error)
	// Random gives numbers in [0,1) for jitter; nil: real ones.
	Random func() float64
	// Linger is how long Run goes on sending after its context has ended; zero: 2 s.
	Linger time.Duration
}

// Waits between connections: the first soon, since most losses are short.
const (
	reconnectFirst = time.Second
	reconnectMost  = time.Minute
	defaultLinger  = 2 * time.Second
)

// Status says how the path is.
type Status struct {
	Path      string
	Connected bool
	// Since is when Connected last changed.
	Since reading.Stamp
	// Conn counts the connections of this start, from 1; 0: none yet.
	Conn uint64
	// Heard is when the collector's last ack came; zero: none yet. A broker that
	// answers while this grows old has no collector behind it.
	Heard reading.Stamp
	// Fault says why there is no connection, "" while there is one.
	Fault string
	// DatesUnchecked: the broker's certificate was accepted without its dates,
	// because the clock is not synchronised.
	DatesUnchecked bool
}

// Publisher keeps one session over one path. Use from any goroutine.
type Publisher struct {
	cfg  Config
	url  *url.URL
	base record.Topic

	mu      sync.Mutex // guards what follows
	status  Status
	now     []byte // the payload of the topic, nil before the first
	births  map[string][]byte
	changed chan struct{} // now or births: closed and replaced
	// due and fresh: now, and the parts of births, that were not sent since they were given.
	due   bool
	fresh map[string]bool
}

// New checks the Config; nothing is opened before Run.
func New(cfg Config) (*Publisher, error) {
	u, err := url.Parse(cfg.Broker)
	if err != nil {
		return nil, fmt.Errorf("broker address: %w", err)
	}
	base := record.Topic{Area: cfg.Area, Closet: cfg.Closet}
	if err := base.Of(record.LeafState, cfg.Path).Check(); err != nil {
		return nil, fmt.Errorf("publisher: %w", err)
	}
	if !record.ValidStart(cfg.Start) || cfg.Outbox == nil || cfg.Clock == nil {
		return nil, fmt.Errorf("publisher: start %q, outbox or clock missing", cfg.Start)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	if cfg.Linger == 0 {
		cfg.Linger = defaultLinger
	}
	p := &Publisher{cfg: cfg, url: u, base: base, births: map[string][]byte{}, fresh: map[string]bool{}, changed: make(chan struct{})}
	p.status = Status{Path: cfg.Path, Since: cfg.Clock.Now(), Fault: "not connected yet"}
	return p, nil
}

// Run keeps a session until ctx ends, then sends what is left for at most Linger
// and says goodbye. It returns when everything it started has ended.
func (p *Publisher) Run(ctx context.Context) error {
	wait := backoff{min: reconnectFirst, max: reconnectMost}
	for conn := uint64(1); ctx.Err() == nil; conn++ {
		heard, err := p.connection(ctx, conn)
		if ctx.Err() != nil {
			p.note(false, conn, "stopped")
			return nil
		}
		p.note(false, conn, err.Error())
		if heard {
			wait.reset()
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait.wait(p.cfg.Random())):
		}
	}
	return nil
}

// connection makes one connection and keeps it as long as it is good. heard: the
// collector has acknowledged something over it.
func (p *Publisher) connection(ctx context.Context, conn uint64) (heard bool, err error) {
	raw, v, err := p.dial(ctx)
	if err != nil {
		return false, err
	}
	s := newSession(p, conn, raw, v)
	defer s.close()
	if err := s.connect(ctx); err != nil {
		return false, err
	}
	p.note(true, conn, "")
	err = s.run(ctx)
	return s.heard, err
}

// dial opens the connection, with mutual TLS where the address asks for it.
func (p *Publisher) dial(ctx context.Context) (net.Conn, *verifier, error) {
	var v *verifier
	var cfg *tls.Config
	if secure(p.url) {
		roots, pair, err := credentials{p.cfg.CA, p.cfg.Cert, p.cfg.Key}.load()
		if err != nil {
			return nil, nil, err
		}
		v = &verifier{roots: roots, name: p.url.Hostname(), now: p.moment}
		cfg = v.config(pair)
	}
	open := p.cfg.Dial
	if open == nil {
		open = func(ctx context.Context) (net.Conn, error) {
			return dialer(p.cfg.Interface).DialContext(ctx, "tcp", hostPort(p.url))
		}
	}
	raw, err := open(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to %s: %w", hostPort(p.url), err)
	}
	raw, err = handshake(ctx, raw, cfg)
	return raw, v, err
}

func (p *Publisher) moment() moment {
	now := p.cfg.Clock.Now()
	m := moment{Now: now.Wall, Synced: now.Synced}
	if p.cfg.TimeFloor != nil {
		m.Now = latest(m.Now, p.cfg.TimeFloor())
	}
	return m
}

// note keeps Status and logs a change of it.
func (p *Publisher) note(connected bool, conn uint64, fault string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if connected != p.status.Connected {
		p.status.Since = p.cfg.Clock.Now()
	}
	if connected != p.status.Connected || fault != p.status.Fault {
		if connected {
			p.cfg.Log.Info("broker session up", "path", p.cfg.Path, "broker", p.cfg.Broker, "conn", conn)
		} else {
			p.cfg.Log.Warn("broker session down", "path", p.cfg.Path, "broker", p.cfg.Broker, "conn", conn, "why", fault)
		}
	}
	p.status.Connected, p.status.Conn, p.status.Fault = connected, conn, fault
}

// Status returns how the path is.
func (p *Publisher) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// SetNow gives the snapshot for pages: sent at once and after each connect, with
// the time of this call. The caller keeps it fresh (every 10 s): nothing repeats a
// snapshot for a closet that makes none. body is a JSON value.
func (p *Publisher) SetNow(body []byte) error {
	payload, err := json.Marshal(record.Now{V: record.Version, Start: p.cfg.Start, At: record.Stamp{Stamp: p.cfg.Clock.Now()}, Body: body})
	if err != nil {
		return fmt.Errorf("now: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now, p.due = payload, true
	p.wake()
	return nil
}

// SetBirth gives one part of what the closet consists of: sent when it changes
// and after each connect. The part is split by the caller where it is above 8 kB.
func (p *Publisher) SetBirth(b record.Birth) error {
	b.V, b.Start = record.Version, p.cfg.Start
	if err := p.base.Of(record.LeafBirth, b.Part).Check(); err != nil {
		return fmt.Errorf("birth %q: %w", b.Part, err)
	}
	payload, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("birth %q: %w", b.Part, err)
	}
	if len(payload) > record.MaxRecord {
		return fmt.Errorf("birth %q: %w: %d octets", b.Part, record.ErrTooLarge, len(payload))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.births[b.Part], p.fresh[b.Part] = payload, true
	p.wake()
	return nil
}

// wake tells the session that now or a birth has changed. Call with mu held.
func (p *Publisher) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}
