package panel

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/sensors/output"
	"rackvakt/sensors/reading"
)

// How often the closet is asked, and how often what is shown is decided anew.
const (
	askEvery    = 2 * time.Second
	decideEvery = time.Second
)

// Drive shows on the outputs o of hw what ask answers, until ctx ends. sink takes
// the Facts that name a broken output. It keeps going without any output and
// returns nil.
func Drive(ctx context.Context, o output.Options, hw output.Hardware, clock reading.Clock, sink reading.Sink, ask agent.Asker, log *slog.Logger) error {
	out := output.New(o, hw, clock, sink, log)
	ended := make(chan error, 1)
	go func() { ended <- out.Run(ctx) }()
	d := driver{opt: o, ask: ask, log: log}
	tick := time.NewTicker(decideEvery)
	defer tick.Stop()
	for pressed := false; ; {
		out.Show(d.next(ctx, pressed))
		pressed = false
		select {
		case err := <-ended:
			return err
		case <-out.Pressed():
			pressed = true
		case <-tick.C:
		}
	}
}

// driver keeps what was heard and shown between two decisions.
type driver struct {
	opt   output.Options
	ask   agent.Asker
	log   *slog.Logger
	front Front
	// last is what the closet answered at asked; nil if it did not.
	last  *agent.Snapshot
	asked time.Time
	fault string
}

// next asks if it is time, and decides.
func (d *driver) next(ctx context.Context, pressed bool) output.Show {
	if now := time.Now(); d.asked.IsZero() || now.Sub(d.asked) >= askEvery {
		d.hear(ctx)
		d.asked = now
	}
	var show output.Show
	show, d.front = d.front.Next(&d.opt, d.last, pressed, time.Now())
	return show
}

// hear asks the closet; a silence is logged once.
func (d *driver) hear(ctx context.Context) {
	s, err := d.ask(ctx)
	if err == nil {
		d.last, d.fault = &s, ""
		return
	}
	d.last = nil
	if errors.Is(err, context.Canceled) || d.fault != "" {
		return
	}
	d.fault = err.Error()
	d.log.Warn("outputs show that the closet does not answer", "err", err)
}
