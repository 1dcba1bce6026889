package agent

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rackvakt/sensors/reading"
)

// retry is the pause before a source that could not begin is started anew.
const retry = 30 * time.Second

// settle is how long a source must run to count as running.
const settle = 3 * time.Second

// group runs the sources. One that fails is named, left alone for a while and
// started again; it stops no other.
type group struct {
	log *slog.Logger
	all sync.WaitGroup

	mu      sync.Mutex
	failing map[string]string // guarded by mu: source to reason
	running map[string]bool   // guarded by mu
}

func newGroup(log *slog.Logger) *group {
	return &group{log: log, failing: map[string]string{}, running: map[string]bool{}}
}

// start runs one source until ctx ends.
func (g *group) start(ctx context.Context, name string, run func(context.Context) error) {
	g.mu.Lock()
	g.running[name] = true
	g.mu.Unlock()
	g.all.Go(func() {
		defer g.ended(name)
		for ctx.Err() == nil {
			settled := time.AfterFunc(settle, func() { g.well(name) })
			err := run(ctx)
			settled.Stop()
			if ctx.Err() != nil {
				return
			}
			g.note(name, err)
			select {
			case <-ctx.Done():
			case <-time.After(retry):
			}
		}
	})
}

func (g *group) ended(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.running, name)
}

// note keeps why a source is not running and logs a new reason once.
func (g *group) note(name string, err error) {
	why := "ended"
	if err != nil {
		why = err.Error()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failing[name] != why {
		g.log.Error("source cannot run", "source", name, "error", why)
	}
	g.failing[name] = why
}

// well forgets the failure of a source that runs again.
func (g *group) well(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.failing, name)
}

// lacks lists the sources that are not running.
func (g *group) lacks() []Lack {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []Lack
	for name, why := range g.failing {
		list = append(list, Lack{What: "source", Object: name, Why: why})
	}
	return list
}

// wait waits for all sources, at most until ctx ends, and names those left.
func (g *group) wait(ctx context.Context) (left []string) {
	done := make(chan struct{})
	go func() { g.all.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for name := range g.running {
		left = append(left, name)
	}
	return left
}

// intakeSize bounds the batches that wait for the closet's goroutine.
const intakeSize = 256

// intake is the one way into the closet. A batch is copied, for its source may
// reuse it; when the closet is behind, the source waits.
type intake struct {
	batches chan reading.Batch
}

func newIntake() intake { return intake{make(chan reading.Batch, intakeSize)} }

// sink returns a Sink for one source.
func (in intake) sink(ctx context.Context) reading.Sink {
	return func(b reading.Batch) {
		own := reading.Batch{
			Readings: append([]reading.Reading(nil), b.Readings...),
			Facts:    append([]reading.Fact(nil), b.Facts...),
		}
		select {
		case in.batches <- own:
		case <-ctx.Done():
		}
	}
}
