package state

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Store keeps alarms and cases over restarts. A save is durable when it returns.
type Store interface {
	LoadState(ctx context.Context) (Restored, error)
	SaveAlarm(ctx context.Context, a Alarm) error
	SaveCase(ctx context.Context, c Case) error
}

// Notifier takes a message over, durably; handing it the same one again is harmless.
type Notifier interface {
	Notify(ctx context.Context, n Notice) error
}

// Prober asks the probes of the region whether address answers (a refusal is an
// answer). An error means that the question could not be put.
type Prober interface {
	Alive(ctx context.Context, address string) (bool, error)
}

// Commander sends `cmd` answer down every open path of a closet.
type Commander interface {
	Answer(ctx context.Context, closet string) error
}

// Wiring is what a Loop needs from outside. Prober and Commands may be nil.
type Wiring struct {
	Store    Store
	Notifier Notifier
	Prober   Prober
	Commands Commander
	Log      *slog.Logger
}

const (
	// tickEvery is how finely silence is timed.
	tickEvery = 100 * time.Millisecond
	// queued bounds the events that wait; more make Post wait.
	queued = 4096
	// asking bounds the questions put at once.
	asking = 256
	// saveRetry is the pause before a refused save is tried again.
	saveRetry = time.Second
)

// job is what is handed to the loop; done, if there is one, gets the outcome.
type job struct {
	evs  []Event
	done chan error
}

// Loop runs one Machine: events in, time, questions out.
type Loop struct {
	o     Options
	w     Wiring
	jobs  chan job
	slots chan struct{}
	asks  sync.WaitGroup
	mu    sync.Mutex // guards m
	m     *Machine
}

// NewLoop returns a Loop over sites; Run starts it.
func NewLoop(o Options, sites []Site, w Wiring) *Loop {
	return &Loop{
		o: o, w: w, m: New(o, sites, time.Now()),
		jobs: make(chan job, queued), slots: make(chan struct{}, asking),
	}
}

// Post hands one event in, in the order of the calls of one goroutine. It waits
// while the loop is busy and returns when ctx ends.
func (l *Loop) Post(ctx context.Context, ev Event) error {
	return l.hand(ctx, job{evs: []Event{ev}})
}

// Apply hands events in and returns once everything that follows from them is
// saved and queued. Handing the same ones in again changes nothing.
func (l *Loop) Apply(ctx context.Context, evs []Event) error {
	j := job{evs: evs, done: make(chan error, 1)}
	if err := l.hand(ctx, j); err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("apply %d events: %w", len(evs), ctx.Err())
	}
}

func (l *Loop) hand(ctx context.Context, j job) error {
	select {
	case l.jobs <- j:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hand in %d events: %w", len(j.evs), ctx.Err())
	}
}

// View returns a copy of the present knowledge. It may be called from any goroutine.
func (l *Loop) View() View {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.m.View(time.Now())
}

// Run restores from the store and works until ctx ends. All goroutines it
// started have ended when it returns.
func (l *Loop) Run(ctx context.Context) error {
	defer l.asks.Wait()
	restored, err := l.w.Store.LoadState(ctx)
	if err != nil {
		return fmt.Errorf("load alarms and cases: %w", err)
	}
	l.mu.Lock()
	acts := l.m.Restore(restored, time.Now())
	l.mu.Unlock()
	if err := l.carryOut(ctx, acts); err != nil {
		return nil // asked to stop
	}
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		var j job
		select {
		case <-ctx.Done():
			return nil
		case j = <-l.jobs:
		case <-tick.C:
			j.evs = []Event{Tick{}}
		}
		err := l.work(ctx, j)
		if j.done != nil {
			j.done <- err
		}
	}
}

func (l *Loop) work(ctx context.Context, j job) error {
	for _, ev := range j.evs {
		l.mu.Lock()
		acts := l.m.Step(ev, time.Now())
		l.mu.Unlock()
		if err := l.carryOut(ctx, acts); err != nil {
			return err
		}
	}
	return nil
}

// carryOut does what a step decided, in order. What could not be saved or queued
// is tried again until ctx ends: a message must not overtake the case it rests on.
func (l *Loop) carryOut(ctx context.Context, acts []Action) error {
	for _, act := range acts {
		var err error
		switch a := act.(type) {
		case SaveAlarm:
			err = l.insist(ctx, "save alarm", func() error { return l.w.Store.SaveAlarm(ctx, a.Alarm) })
		case SaveCase:
			err = l.insist(ctx, "save case", func() error { return l.w.Store.SaveCase(ctx, a.Case) })
		case Notify:
			n := a.Notice
			l.w.Log.Info("case told", "case", n.Case.ID, "kind", n.Kind, "code", n.Case.Code, "site", n.Case.Site, "verdict", n.Case.Verdict())
			err = l.insist(ctx, "queue message", func() error { return l.w.Notifier.Notify(ctx, n) })
		case Ask:
			l.ask(ctx, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// insist returns nil once do succeeds, an error when ctx ends before.
func (l *Loop) insist(ctx context.Context, what string, do func() error) error {
	for said := false; ; said = true {
		err := do()
		if err == nil {
			return nil
		}
		if ctx.Err() == nil && !said {
			l.w.Log.Error("store refuses, trying again", "what", what, "err", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, err)
		case <-time.After(saveRetry):
		}
	}
}

// ask puts one question per target, each in its own goroutine with its own deadline.
func (l *Loop) ask(ctx context.Context, a Ask) {
	l.mu.Lock()
	conf := l.m.closets[a.Closet].conf
	l.mu.Unlock()
	for _, t := range a.Targets {
		address := map[Target]string{Router: conf.Router, Switch: conf.Switch}[t]
		if t == Path && l.w.Commands == nil || t != Path && l.w.Prober == nil {
			l.give(Answered{Closet: a.Closet, Target: t, Failed: true})
			continue
		}
		l.asks.Go(func() { l.put(ctx, a.Closet, t, address) })
	}
}

func (l *Loop) put(ctx context.Context, closet string, t Target, address string) {
	ctx, cancel := context.WithTimeout(ctx, l.o.AskWithin)
	defer cancel()
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return // counts as no answer, as its time is over
	}
	if t == Path {
		if err := l.w.Commands.Answer(ctx, closet); err != nil {
			l.w.Log.Warn("closet could not be asked", "closet", closet, "err", err)
		}
		return
	}
	alive, err := l.w.Prober.Alive(ctx, address)
	switch {
	case err != nil && ctx.Err() == nil:
		l.w.Log.Warn("probe failed", "closet", closet, "target", t, "err", err)
		l.give(Answered{Closet: closet, Target: t, Failed: true})
	default:
		l.give(Answered{Closet: closet, Target: t, Alive: alive && err == nil})
	}
}

// give posts an answer unless that would wait: a missing answer counts as none in time.
func (l *Loop) give(ev Answered) {
	select {
	case l.jobs <- job{evs: []Event{ev}}:
	default:
		l.w.Log.Warn("answer dropped, the loop is busy", "closet", ev.Closet, "target", ev.Target)
	}
}
