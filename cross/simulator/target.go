// Package simulator plays the world around a closet over real sockets on
// loopback: switches and UPSes that speak SNMP, and network targets that answer
// or fall silent as behind a cut cable. The demo and the rigs drive it.
//
// It refuses to listen anywhere but on loopback and to know what the monitor
// makes of what it plays.
package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// Target is one TCP service that can be cut off. While cut it behaves as behind
// a cut cable: no answer at all, neither accept nor reset. Linux drops every SYN
// once the queue of a listener that nobody accepts from is full, so a listener
// with the shortest queue, filled by two connections of our own, is silent.
type Target struct {
	listener *net.TCPListener

	gate    sync.Mutex // held by serve while it accepts, and by a cut
	mu      sync.Mutex // guards plugs
	plugs   []net.Conn // fill the queue; not empty while cut
	serving sync.WaitGroup
}

// Listen opens a target on a loopback address ("127.0.0.1:0").
func Listen(ctx context.Context, addr string) (*Target, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", addr)
	if err != nil {
		return nil, fmt.Errorf("open target: %w", err)
	}
	tcp := l.(*net.TCPListener)
	if !tcp.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("open target %s: not a loopback address", addr), l.Close())
	}
	t := &Target{listener: tcp}
	t.serving.Go(t.serve)
	return t, nil
}

// Addr returns the address that clients dial.
func (t *Target) Addr() string { return t.listener.Addr().String() }

// turn is how long serve holds the gate before a cut can have it.
const turn = 20 * time.Millisecond

// serve accepts while the gate is open; a client only learns that it is there.
func (t *Target) serve() {
	for {
		t.gate.Lock()
		err := t.accept()
		t.gate.Unlock()
		if err != nil {
			return
		}
	}
}

// accept takes one connection or gives up after a turn; an error means closed.
func (t *Target) accept() error {
	if err := t.listener.SetDeadline(time.Now().Add(turn)); err != nil {
		return err
	}
	conn, err := t.listener.Accept()
	if err == nil {
		return conn.Close()
	}
	if isTimeout(err) {
		return nil
	}
	return err
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// Cut makes the target silent. It returns once a new connection gets no answer.
func (t *Target) Cut() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.plugs) > 0 {
		return nil
	}
	t.gate.Lock()
	if err := t.queue(0); err != nil {
		t.gate.Unlock()
		return err
	}
	for range 200 {
		plug, err := net.DialTimeout("tcp4", t.Addr(), 100*time.Millisecond)
		if isTimeout(err) && len(t.plugs) > 0 {
			return nil
		}
		if err != nil {
			return errors.Join(fmt.Errorf("cut target %s: %w", t.Addr(), err), t.reopen())
		}
		t.plugs = append(t.plugs, plug)
	}
	return errors.Join(fmt.Errorf("cut target %s: it still answers", t.Addr()), t.reopen())
}

// Restore makes the target answer again.
func (t *Target) Restore() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.plugs) == 0 {
		return nil
	}
	return t.reopen()
}

// reopen ends a cut; the caller holds mu and the gate.
func (t *Target) reopen() error {
	err := t.queue(128)
	for _, plug := range t.plugs {
		err = errors.Join(err, plug.Close())
	}
	t.plugs = nil
	t.gate.Unlock()
	return err
}

// queue sets the length of the listener's queue of connections not yet accepted.
func (t *Target) queue(n int) error {
	raw, err := t.listener.SyscallConn()
	if err != nil {
		return fmt.Errorf("reach socket of target %s: %w", t.Addr(), err)
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = syscall.Listen(int(fd), n) }); err != nil {
		return fmt.Errorf("reach socket of target %s: %w", t.Addr(), err)
	}
	return inner
}

// Close ends the target and waits for its goroutine.
func (t *Target) Close() error {
	err := errors.Join(t.Restore(), t.listener.Close())
	t.serving.Wait()
	return err
}
