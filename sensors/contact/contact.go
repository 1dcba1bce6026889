// Package contact reads one dry contact, on a GPIO line or in a supervised loop,
// and says what it stands for: a door that is open, mains that is lost, water on
// the floor.
//
// The active side is told at the first edge; the resting side only after it has
// lasted (a second by default), with the time at which it began. The level, read
// at start, every few seconds and before a rest is told, is the truth; the
// kernel's sequence numbers show lost edges. A line that is held, missing or gone
// is unknown with its reason and is opened again with a growing pause. A loop
// that is cut, shorted or between its states is a fault with its reason, and
// never open or closed. A contact that bounces too often keeps its state and gets
// a problem besides.
//
// Interface: Linux GPIO character device, uAPI v2 (linux/gpio.h, Linux 5.10 and
// later), with the debounce of the kernel. go-gpiocdev spins while a chip that
// has gone is still open; the level read ends that within LevelEvery.
//
// It refuses to judge (forced, held, out of hours: uplink/alarm), to open
// character devices itself (sensors/board), to read an ADC (sensors/adc), and to
// drive a line.
package contact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"syscall"
	"time"

	"rackvakt/sensors/reading"
)

// Pauses between attempts to open a line.
const (
	firstPause = time.Second
	lastPause  = 30 * time.Second
)

// errGone is returned for a line whose edges ended.
var errGone = fmt.Errorf("edges ended: %w", syscall.ENODEV)

// Contact reads one configured contact.
type Contact struct {
	opt   Options
	lines Opener
	clock reading.Clock
	log   *slog.Logger
	st    state
	// problem is why the line was lost last, "" once it is open again.
	problem string
	// told is the bounce count told last; -1 before the first.
	told   int64
	rattle rattle
	// newest is the latest moment that was told of the level.
	newest time.Duration
}

// New returns a Contact that opens its line from lines when it runs. log may not be nil.
func New(opt Options, lines Opener, clock reading.Clock, log *slog.Logger) *Contact {
	return &Contact{
		opt: opt, lines: lines, clock: clock, told: -1,
		log: log.With("contact", opt.Name, "role", string(opt.Role)),
	}
}

// Run reads the contact into sink until ctx ends; it keeps going without the
// line and returns nil. Run may be called once.
func (c *Contact) Run(ctx context.Context, sink reading.Sink) error {
	pause := firstPause
	for {
		if c.session(ctx, sink) {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

// Read opens the line, reads it once and gives it back, for sense.
func (c *Contact) Read() reading.Batch {
	now := c.clock.Now()
	line, err := c.lines.OpenLine(c.opt.Request())
	if err != nil {
		return reading.Batch{
			Readings: []reading.Reading{c.bad(err, now)},
			Facts:    []reading.Fact{c.fact(reading.LabelSource, c.opt.place(), now)},
		}
	}
	isActive, err := line.Level()
	out := reading.Batch{Facts: []reading.Fact{c.fact(reading.LabelSource, line.Source(), now)}}
	if err = errors.Join(err, line.Close()); err != nil {
		out.Readings = []reading.Reading{c.bad(err, now)}
	} else {
		out.Readings = []reading.Reading{c.good(isActive, now)}
	}
	return out
}

// session opens the line and follows it until it fails, which it tells, or ctx
// ends. It reports whether the line could be read at all. What was lost is told
// before the line is closed, since closing may wait for a bus that hangs.
func (c *Contact) session(ctx context.Context, sink reading.Sink) (opened bool) {
	line, err := c.lines.OpenLine(c.opt.Request())
	if err != nil {
		c.lost(err, sink)
		return false
	}
	defer func() {
		if err := line.Close(); err != nil {
			c.log.Warn("contact not closed", "err", err)
		}
	}()
	if err = c.level(line, sink); err == nil {
		opened = true
		c.tellOpened(line, sink)
		err = c.follow(ctx, line, sink)
	}
	if err != nil {
		c.lost(err, sink)
	}
	return opened
}

func (c *Contact) tellOpened(line Line, sink reading.Sink) {
	c.log.Info("contact opened", "line", line.Source())
	c.problem = ""
	now := c.clock.Now()
	sink(reading.Batch{Facts: []reading.Fact{
		c.fact(reading.LabelSource, line.Source(), now),
		c.fact(reading.LabelProblem, c.rattle.problem(), now),
	}})
}

// follow returns nil only when ctx has ended.
func (c *Contact) follow(ctx context.Context, line Line, sink reading.Sink) error {
	truth := time.NewTicker(c.opt.LevelEvery)
	defer truth.Stop()
	settle := time.NewTimer(time.Hour)
	defer settle.Stop()
	for {
		settle.Reset(c.untilDue())
		var err error
		select {
		case <-ctx.Done():
			return nil
		case e, open := <-line.Edges():
			err = c.edge(line, e, open, sink)
		case <-settle.C:
			err = c.settle(line, sink)
		case <-truth.C:
			err = c.level(line, sink)
		}
		if err != nil {
			return err
		}
	}
}

// untilDue returns how long to wait before settle; an hour if nothing is pending.
func (c *Contact) untilDue() time.Duration {
	due, pending := c.st.due(c.opt.Stable)
	if !pending {
		return time.Hour
	}
	return max(due-c.clock.Now().Mono, 0)
}

// edge takes what came from the line's edges; open is false once they have ended.
func (c *Contact) edge(line Line, e Edge, open bool, sink reading.Sink) error {
	if !open {
		if _, err := line.Level(); err != nil {
			return err
		}
		return errGone
	}
	now := c.clock.Now()
	st, ch := c.st.edge(e, now.Mono-e.Age)
	c.tell(st, ch, now, sink)
	return nil
}

// drain takes the edges that wait: a level read now must not overtake them.
func (c *Contact) drain(line Line, sink reading.Sink) error {
	for {
		select {
		case e, open := <-line.Edges():
			if err := c.edge(line, e, open, sink); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// settle tells a rest that is due, unless the level says that the edge which
// ended it was lost.
func (c *Contact) settle(line Line, sink reading.Sink) error {
	if err := c.level(line, sink); err != nil {
		return err
	}
	now := c.clock.Now()
	st, ch := c.st.settle(now.Mono, c.opt.Stable)
	c.tell(st, ch, now, sink)
	return nil
}

// level reads the truth. A level that changes nothing is told again, so that
// its age stays small, unless a rest is pending: that one is told with the time
// at which it began, and nothing newer may contradict it.
func (c *Contact) level(line Line, sink reading.Sink) error {
	if err := c.drain(line, sink); err != nil {
		return err
	}
	isActive, err := line.Level()
	now := c.clock.Now()
	var fault Fault
	var st state
	var ch *change
	switch {
	case errors.As(err, &fault):
		st, ch = c.st.fail(fault, now.Mono)
	case err != nil:
		return err
	default:
		st, ch = c.st.level(isActive, now.Mono)
	}
	if ch == nil && !st.resting {
		ch = st.again(now.Mono)
	}
	c.tell(st, ch, now, sink)
	return nil
}

// tell stores the new state and delivers what changed.
func (c *Contact) tell(st state, ch *change, now reading.Stamp, sink reading.Sink) {
	switch {
	case c.st.fault == st.fault:
	case st.fault != "":
		c.log.Warn("contact faulty", "reason", string(st.fault))
	default:
		c.log.Info("contact no longer faulty", "after", string(c.st.fault))
	}
	more := st.bounces - c.st.bounces
	c.st = st
	var out reading.Batch
	if ch != nil {
		// An edge that was overtaken by a level is not told as older than it.
		c.newest = max(c.newest, ch.at)
		out.Readings = append(out.Readings, c.reading(*ch, now.Add(c.newest-now.Mono)))
	}
	c.tellBounces(more, now, &out)
	if out.Readings != nil {
		sink(out)
	}
}

// tellBounces adds the count if it has changed, and the problem if it came or went.
func (c *Contact) tellBounces(more int64, now reading.Stamp, out *reading.Batch) {
	turned := c.rattle.step(more, now.Mono, c.opt.BounceLimit, c.opt.BounceWindow)
	if turned {
		out.Facts = append(out.Facts, c.fact(reading.LabelProblem, c.rattle.problem(), now))
		c.log.Warn("contact bounces", "too_often", c.rattle.bad, "bounces", c.st.bounces)
	}
	if c.st.bounces == c.told && !turned {
		return
	}
	c.told = c.st.bounces
	out.Readings = append(out.Readings, reading.Reading{
		Point: reading.Point{Device: c.opt.Name, Kind: reading.Bounces},
		Value: c.told, Quality: reading.Good, Reason: c.rattle.problem(), At: now,
	})
}

// lost forgets the level, tells unknown with the reason, and logs a new reason once.
func (c *Contact) lost(err error, sink reading.Sink) {
	c.st = c.st.lost()
	why := reason(err)
	if why != c.problem {
		c.log.Warn("contact lost", "reason", why, "err", err)
	}
	c.problem = why
	sink(reading.Batch{Readings: []reading.Reading{c.bad(err, c.clock.Now())}})
}

func (c *Contact) reading(ch change, at reading.Stamp) reading.Reading {
	if ch.side == faulty {
		return c.bad(ch.fault, at)
	}
	return c.good(ch.side == active, at)
}

func (c *Contact) good(isActive bool, at reading.Stamp) reading.Reading {
	return reading.Reading{Point: c.opt.Point(), Value: c.opt.Role.Value(isActive), Quality: reading.Good, At: at}
}

// bad says that there is no value: a fault of the loop, or a line that cannot be read.
func (c *Contact) bad(err error, at reading.Stamp) reading.Reading {
	r := reading.Reading{Point: c.opt.Point(), Quality: reading.Unknown, Reason: reason(err), At: at}
	if errors.As(err, new(Fault)) {
		r.Quality = reading.Fault
	}
	return r
}

func (c *Contact) fact(label reading.Label, text string, at reading.Stamp) reading.Fact {
	return reading.Fact{Point: reading.Point{Device: c.opt.Name}, Label: label, Text: text, At: at}
}

// reason names what keeps a line from being read.
func reason(err error) string {
	var fault Fault
	switch {
	case errors.As(err, &fault):
		return string(fault)
	case errors.Is(err, syscall.EBUSY):
		return "line held by another program"
	case errors.Is(err, syscall.ENODEV):
		return "line gone"
	case errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EREMOTEIO):
		return "no answer at address"
	case errors.Is(err, syscall.ETIMEDOUT):
		return "no answer in time"
	case errors.Is(err, fs.ErrNotExist):
		return "no such line"
	case errors.Is(err, fs.ErrPermission):
		return "no permission"
	}
	return "line cannot be read"
}
