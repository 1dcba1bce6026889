// Package contact reads one dry contact on a GPIO line and says what it stands
// for: a door that is open, mains that is lost, water on the floor.
//
// The active side is told at the first edge; the resting side only after it has
// lasted (a second by default), with the time at which it began. The level, read
// at start and every few seconds, is the truth; the kernel's sequence numbers
// show lost edges. A line that is held, missing or gone is unknown with its
// reason and is opened again with a growing pause.
//
// Interface: Linux GPIO character device, uAPI v2 (linux/gpio.h, Linux 5.10 and
// later), with the debounce of the kernel. go-gpiocdev spins while a chip that
// has gone is still open; the level read ends that within LevelEvery.
//
// It refuses to judge (forced, held, out of hours: uplink/alarm), to open
// character devices itself (sensors/board), and to drive a line.
package contact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
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
	// problem is the reason told last, "" while the line is open.
	problem string
	// told is the bounce count told last; -1 before the first.
	told int64
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
		err := c.session(ctx, sink)
		if ctx.Err() != nil {
			return nil
		}
		if c.problem == "" {
			pause = firstPause
		}
		c.lost(err, sink)
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
			Readings: []reading.Reading{c.unknown(reason(err), now)},
			Facts:    []reading.Fact{c.source(strings.TrimSpace(c.opt.Chip+" "+c.opt.Line), now)},
		}
	}
	active, err := line.Level()
	out := reading.Batch{Facts: []reading.Fact{c.source(line.Source(), now)}}
	if err = errors.Join(err, line.Close()); err != nil {
		out.Readings = []reading.Reading{c.unknown(reason(err), now)}
	} else {
		out.Readings = []reading.Reading{c.good(active, now)}
	}
	return out
}

// session opens the line and follows it until it fails or ctx ends.
func (c *Contact) session(ctx context.Context, sink reading.Sink) (err error) {
	line, err := c.lines.OpenLine(c.opt.Request())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, line.Close()) }()
	if err := c.level(line, sink); err != nil {
		return err
	}
	c.log.Info("contact opened", "line", line.Source())
	c.problem = ""
	sink(reading.Batch{Facts: []reading.Fact{c.source(line.Source(), c.clock.Now())}})
	return c.follow(ctx, line, sink)
}

func (c *Contact) follow(ctx context.Context, line Line, sink reading.Sink) error {
	truth := time.NewTicker(c.opt.LevelEvery)
	defer truth.Stop()
	settle := time.NewTimer(time.Hour)
	defer settle.Stop()
	for {
		settle.Reset(c.untilDue())
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-line.Edges():
			if !ok {
				return errGone
			}
			c.edge(e, sink)
		case <-settle.C:
			c.settle(sink)
		case <-truth.C:
			if err := c.level(line, sink); err != nil {
				return err
			}
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

func (c *Contact) edge(e Edge, sink reading.Sink) {
	now := c.clock.Now()
	st, ch := c.st.edge(e, now.Mono-e.Age)
	c.tell(st, ch, now, sink)
}

func (c *Contact) settle(sink reading.Sink) {
	now := c.clock.Now()
	st, ch := c.st.settle(now.Mono, c.opt.Stable)
	c.tell(st, ch, now, sink)
}

// level reads the truth. A level that changes nothing is told again, so that
// its age stays small, unless a rest is pending: that one is told with the time
// at which it began, and nothing newer may contradict it.
func (c *Contact) level(line Line, sink reading.Sink) error {
	active, err := line.Level()
	if err != nil {
		return err
	}
	now := c.clock.Now()
	st, ch := c.st.level(active, now.Mono)
	if ch == nil && !st.resting {
		ch = &change{st.active, now.Mono}
	}
	c.tell(st, ch, now, sink)
	return nil
}

// tell stores the new state and delivers what changed.
func (c *Contact) tell(st state, ch *change, now reading.Stamp, sink reading.Sink) {
	c.st = st
	var out []reading.Reading
	if ch != nil {
		out = append(out, c.good(ch.active, now.Add(ch.at-now.Mono)))
	}
	if st.bounces != c.told {
		c.told = st.bounces
		out = append(out, reading.Reading{
			Point: reading.Point{Device: c.opt.Name, Kind: reading.Bounces},
			Value: st.bounces, Quality: reading.Good, At: now,
		})
	}
	if out != nil {
		sink(reading.Batch{Readings: out})
	}
}

// lost forgets the level, tells unknown with the reason, and logs a new reason once.
func (c *Contact) lost(err error, sink reading.Sink) {
	c.st = c.st.lost()
	why := reason(err)
	if why != c.problem {
		c.log.Warn("contact lost", "reason", why, "err", err)
	}
	c.problem = why
	sink(reading.Batch{Readings: []reading.Reading{c.unknown(why, c.clock.Now())}})
}

func (c *Contact) good(active bool, at reading.Stamp) reading.Reading {
	return reading.Reading{Point: c.opt.Point(), Value: c.opt.Role.Value(active), Quality: reading.Good, At: at}
}

func (c *Contact) unknown(why string, at reading.Stamp) reading.Reading {
	return reading.Reading{Point: c.opt.Point(), Quality: reading.Unknown, Reason: why, At: at}
}

func (c *Contact) source(text string, at reading.Stamp) reading.Fact {
	return reading.Fact{
		Point: reading.Point{Device: c.opt.Name}, Label: reading.LabelSource,
		Text: text, At: at,
	}
}

// reason names what keeps a line from being read.
func reason(err error) string {
	switch {
	case errors.Is(err, syscall.EBUSY):
		return "line held by another program"
	case errors.Is(err, syscall.ENODEV):
		return "line gone"
	case errors.Is(err, fs.ErrNotExist):
		return "no such line"
	case errors.Is(err, fs.ErrPermission):
		return "no permission"
	}
	return "line cannot be read"
}
