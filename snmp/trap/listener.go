package trap

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Deps is what a Listener is given.
type Deps struct {
	// Handle takes each notification, one after the other, in a goroutine of its
	// own. While it takes its time, at most 256 others wait.
	Handle func(Notification)
	Log    *slog.Logger
}

// Stats counts datagrams since the start.
type Stats struct {
	Accepted map[Kind]int   `json:"accepted"`
	Dropped  map[Reason]int `json:"dropped"`
}

// Listener takes traps and INFORMs at one address. Stats may be called from any
// goroutine; a Listener runs once.
type Listener struct {
	o     Options
	deps  Deps
	queue chan Notification

	mu    sync.Mutex
	stats Stats // guarded by mu
}

// queueSize bounds the notifications that wait for Handle.
const queueSize = 256

// New returns a Listener for o, which must have been validated.
func New(o Options, deps Deps) *Listener {
	return &Listener{o: o, deps: deps, queue: make(chan Notification, queueSize),
		stats: Stats{Accepted: map[Kind]int{}, Dropped: map[Reason]int{}}}
}

// Stats returns the counts so far.
func (l *Listener) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Stats{maps.Clone(l.stats.Accepted), maps.Clone(l.stats.Dropped)}
}

// Run takes notifications until ctx ends; it returns an error where it could not
// begin, or where the socket failed.
func (l *Listener) Run(ctx context.Context) error {
	r, err := l.receiver(time.Now())
	if err != nil {
		return fmt.Errorf("traps: %w", err)
	}
	conn, err := net.ListenPacket("udp", l.o.Listen)
	if err != nil {
		return fmt.Errorf("traps: %w", err)
	}
	return l.serve(ctx, conn.(*net.UDPConn), r)
}

// receiver reads the secrets and the engine.
func (l *Listener) receiver(now time.Time) (*receiver, error) {
	r := &receiver{senders: l.o.Senders}
	var err error
	if l.o.Community.Set() {
		if r.community, err = l.o.Community.Read(); err != nil {
			return nil, err
		}
	}
	for _, u := range l.o.Users {
		a, err := u.account()
		if err != nil {
			return nil, fmt.Errorf("user %s of %s: %w", u.User, u.Device, err)
		}
		r.accounts = append(r.accounts, a)
	}
	if len(r.accounts) > 0 {
		if r.own, err = openEngine(l.o.State, now); err != nil {
			l.deps.Log.Warn("engine of the trap listener is not kept, devices must find it anew", "error", err)
		}
	}
	return r, nil
}

// serve reads until ctx ends. It waits for Handle to return.
func (l *Listener) serve(ctx context.Context, conn *net.UDPConn, r *receiver) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	var handling sync.WaitGroup
	defer func() {
		stop()
		cancel()
		_ = conn.Close() // a datagram socket has nothing to flush
		handling.Wait()
	}()
	handling.Go(func() { l.handle(ctx) })
	_ = conn.SetReadBuffer(readBuffer) // the kernel's own size does too
	all := newSources(l.o.Senders)
	buf := make([]byte, maxDatagram)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("traps: %w", err)
		}
		l.take(conn, r, all, slices.Clone(buf[:n]), from)
	}
}

const (
	maxDatagram = 65535
	// readBuffer holds what comes while the program waits for the processor, in octets.
	readBuffer = 1 << 20
	// writeWithin bounds the wait of the socket for an answer that cannot be sent.
	writeWithin = 100 * time.Millisecond
)

// take does all about one datagram that does not depend on Handle.
func (l *Listener) take(conn *net.UDPConn, r *receiver, all *sources, b []byte, from netip.AddrPort) {
	now, addr := time.Now(), from.Addr().Unmap().WithZone("")
	s := all.of(addr, now)
	var v verdict
	switch {
	case !s.allow(now):
		v = drop(Flood)
	case len(l.queue) == cap(l.queue): // only this goroutine fills it
		v = drop(Busy)
	default:
		v = r.receive(b, addr, now)
	}
	l.count(v)
	if v.note != nil {
		l.queue <- *v.note
	}
	if v.answer != nil {
		if err := conn.SetWriteDeadline(now.Add(writeWithin)); err == nil {
			_, _ = conn.WriteToUDPAddrPort(v.answer, from) // a lost answer is what UDP is
		}
	}
	l.tell(s, v, addr, now)
}

func (l *Listener) count(v verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v.note != nil {
		l.stats.Accepted[v.note.Kind]++
	} else {
		l.stats.Dropped[v.why]++
	}
}

// tell names what changed with a source.
func (l *Listener) tell(s *source, v verdict, from netip.Addr, now time.Time) {
	if v.why == Discovery || v.why == Replayed && v.answer != nil {
		return // every sender of INFORMs does so
	}
	switch {
	case !s.turns(v.why, now):
	case v.why == "":
		l.deps.Log.Info("traps are accepted again", "from", from.String())
	default:
		l.deps.Log.Warn("traps are dropped", "from", from.String(), "reason", string(v.why))
	}
}

// handle hands out what is queued until ctx ends.
func (l *Listener) handle(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-l.queue:
			l.deps.Handle(n)
		}
	}
}
