// Package sensortest holds doubles for the drivers' tests: a scripted GPIO line,
// an I2C bus that plays recorded bytes, and a /sys in memory.
//
// It refuses to know the drivers: what a test expects stands in the test.
package sensortest

import (
	"errors"
	"sync"

	"rackvakt/sensors/contact"
)

// Lines is a contact.Opener whose one line a test moves. The zero value has a
// resting line.
type Lines struct {
	mu      sync.Mutex
	opened  int             // guarded by mu
	refuse  error           // guarded by mu; what OpenLine returns
	broken  error           // guarded by mu; what Level returns
	active  bool            // guarded by mu
	seq     uint32          // guarded by mu
	line    *line           // guarded by mu; nil while none is open
	request contact.Request // guarded by mu; the last one
}

type line struct {
	from  *Lines
	edges chan contact.Edge
	ended bool // guarded by from.mu; edges is closed
}

// OpenLine implements contact.Opener.
func (l *Lines) OpenLine(req contact.Request) (contact.Line, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened++
	l.request = req
	if l.refuse != nil {
		return nil, l.refuse
	}
	l.seq = 0
	l.line = &line{from: l, edges: make(chan contact.Edge, 1024)}
	return l.line, nil
}

// Refuse makes OpenLine fail with err; nil lets it work again.
func (l *Lines) Refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = err
}

// Break makes Level fail with err; nil lets it work again.
func (l *Lines) Break(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = err
}

// Vanish ends the edges of the open line, as a chip does that is pulled out, and
// makes Level and OpenLine fail with err until Break and Refuse say otherwise.
func (l *Lines) Vanish(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken, l.refuse = err, err
	if l.line != nil {
		l.line.end()
	}
}

// Fail makes the line show a fault, with its edge; Move ends it.
func (l *Lines) Fail(f contact.Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = f
	l.deliver(contact.Edge{Fault: f})
}

// Move changes the level and delivers the edge; without a change, and without a
// fault to end, it does nothing.
func (l *Lines) Move(active bool) { l.move(active, true) }

// MoveUnseen changes the level and loses the edge, which still has its number.
func (l *Lines) MoveUnseen(active bool) { l.move(active, false) }

func (l *Lines) move(active, seen bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fault := errors.As(l.broken, new(contact.Fault))
	if active == l.active && !fault {
		return
	}
	l.active = active
	if fault {
		l.broken = nil
	}
	if seen {
		l.deliver(contact.Edge{Active: active})
		return
	}
	l.seq++
}

// deliver numbers e and hands it to the open line.
func (l *Lines) deliver(e contact.Edge) {
	l.seq++
	e.Seq = l.seq
	if l.line != nil && !l.line.ended {
		l.line.edges <- e
	}
}

// Opened returns how often OpenLine was called, and the last request.
func (l *Lines) Opened() (int, contact.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.opened, l.request
}

// Held reports whether a line is open.
func (l *Lines) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line != nil
}

func (n *line) Level() (bool, error) {
	n.from.mu.Lock()
	defer n.from.mu.Unlock()
	return n.from.active, n.from.broken
}

func (n *line) Edges() <-chan contact.Edge { return n.edges }

func (n *line) Source() string { return "test line" }

func (n *line) Close() error {
	n.from.mu.Lock()
	defer n.from.mu.Unlock()
	n.from.line = nil
	n.end()
	return nil
}

func (n *line) end() {
	if !n.ended {
		n.ended = true
		close(n.edges)
	}
}
