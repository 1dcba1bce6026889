package broker

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// Names of the listeners.
const (
	listenTLS   = "tls"
	listenPlain = "plain"
)

// helloWithin is how long a connection may take to its CONNECT packet.
const helloWithin = 5 * time.Second

// guard is a listener that gives every connection a deadline for its CONNECT
// (the broker sets its own afterwards) and closes what is left when it is closed.
type guard struct {
	net.Listener
	tls *tls.Config

	mu     sync.Mutex // guards the rest
	conns  map[net.Conn]bool
	closed bool
}

func newGuard(addr string, conf *tls.Config) (*guard, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &guard{Listener: l, tls: conf, conns: map[net.Conn]bool{}}, nil
}

// Accept returns the next connection. A TLS handshake is made by its first read.
func (g *guard) Accept() (net.Conn, error) {
	raw, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if err := raw.SetDeadline(time.Now().Add(helloWithin)); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	c := net.Conn(&guarded{Conn: raw, guard: g})
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, errors.Join(net.ErrClosed, raw.Close())
	}
	g.conns[c] = true
	if g.tls != nil {
		return tls.Server(c, g.tls), nil
	}
	return c, nil
}

// Close closes the listener and every connection that came through it.
func (g *guard) Close() error {
	g.mu.Lock()
	g.closed = true
	open := g.conns
	g.conns = map[net.Conn]bool{}
	g.mu.Unlock()
	err := g.Listener.Close()
	for c := range open {
		// Most are closed already, which is what is wanted.
		if cerr := c.Close(); cerr != nil && !errors.Is(cerr, net.ErrClosed) {
			err = errors.Join(err, cerr)
		}
	}
	return err
}

type guarded struct {
	net.Conn
	guard *guard
}

// Close forgets the connection.
func (c *guarded) Close() error {
	c.guard.mu.Lock()
	delete(c.guard.conns, net.Conn(c))
	c.guard.mu.Unlock()
	return c.Conn.Close()
}
