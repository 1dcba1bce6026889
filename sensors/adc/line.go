package adc

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"periph.io/x/conn/v3/i2c"

	"rackvakt/sensors/contact"
)

const (
	// lookEvery is the time between two looks at a loop.
	lookEvery = 50 * time.Millisecond
	// patience is how long the ADC may fail before the line is lost.
	patience = 500 * time.Millisecond
	// queued is how many edges wait for the contact.
	queued = 64
)

// line is one loop that is looked at. Its goroutine owns bus, chip and seq.
type line struct {
	req   contact.Request
	bus   i2c.BusCloser
	chip  *ads1115
	start time.Time
	edges chan contact.Edge
	stop  chan struct{}
	done  chan struct{}
	once  sync.Once
	seq   uint32
	// closed is the error of closing the bus; set before done is closed.
	closed error

	mu     sync.Mutex
	filter filter        // guarded by mu
	last   time.Duration // guarded by mu; the last look that worked
	lost   error         // guarded by mu; why the line has ended
}

// openLine looks until something counts, then goes on looking on its own.
func openLine(req contact.Request, bus i2c.BusCloser, chip *ads1115) (contact.Line, error) {
	l := &line{
		req: req, bus: bus, chip: chip, start: time.Now(), filter: filter{debounce: req.Debounce},
		edges: make(chan contact.Edge, queued), stop: make(chan struct{}), done: make(chan struct{}),
	}
	for !l.filter.sure {
		if err := l.look(); err != nil {
			return nil, errors.Join(err, bus.Close())
		}
		time.Sleep(lookEvery)
	}
	go l.run()
	return l, nil
}

// run looks until the line is closed or the ADC is lost.
func (l *line) run() {
	defer close(l.done)
	defer func() { l.closed = l.bus.Close() }()
	defer close(l.edges)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
		if err := l.look(); err != nil && l.outOfPatience(err) {
			return
		}
	}
}

// look reads the voltage once and delivers an edge if something else counts now.
func (l *line) look() error {
	millivolts, err := l.chip.read()
	if err != nil {
		return fmt.Errorf("%s: %w", l.req.Loop, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Since(l.start)
	was := l.filter.sure
	next, at, changed := l.filter.look(l.req.Loop.Circuit(millivolts), now)
	l.filter, l.last = next, now
	if changed && was {
		l.deliver(contact.Edge{Active: l.active(), Fault: next.fault(), Age: now - at})
	}
	return nil
}

// deliver drops an edge that finds the queue full; its number is missing then.
func (l *line) deliver(e contact.Edge) {
	l.seq++
	e.Seq = l.seq
	select {
	case l.edges <- e:
	default:
	}
}

// outOfPatience notes err and reports whether the ADC has failed for too long.
func (l *line) outOfPatience(err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.start)-l.last < patience {
		return false
	}
	l.lost = err
	return true
}

// active says which side of the contact counts; it has no meaning in a fault.
func (l *line) active() bool {
	return (l.filter.told == contact.ContactClosed) == l.req.ClosedActive
}

// Level implements contact.Line: what counts now. It does not touch the bus, so
// a bus that hangs is found by the age of the last look.
func (l *line) Level() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != nil {
		return false, l.lost
	}
	if time.Since(l.start)-l.last > 2*patience {
		return false, fmt.Errorf("%s: %w", l.req.Loop, syscall.ETIMEDOUT)
	}
	if f := l.filter.fault(); f != "" {
		return false, f
	}
	return l.active(), nil
}

// Edges implements contact.Line.
func (l *line) Edges() <-chan contact.Edge { return l.edges }

// Source implements contact.Line.
func (l *line) Source() string { return l.req.Loop.String() }

// Close implements contact.Line. It waits for a look that is under way.
func (l *line) Close() error {
	l.once.Do(func() { close(l.stop) })
	<-l.done
	return l.closed
}
