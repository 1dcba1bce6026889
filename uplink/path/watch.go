package path

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rackvakt/sensors/reading"
)

// Watch asks all targets on their schedules. Make one with New.
type Watch struct {
	prober Prober
	clock  reading.Clock
	sink   reading.Sink
	log    *slog.Logger

	reload chan Options
	ask    chan struct{}
	// emitting keeps deliveries of the targets apart.
	emitting sync.Mutex
}

// New returns a Watch that asks the targets of o through p.
func New(o Options, p Prober, clock reading.Clock, sink reading.Sink, log *slog.Logger) *Watch {
	w := &Watch{prober: p, clock: clock, sink: sink, log: log, reload: make(chan Options, 1), ask: make(chan struct{}, 1)}
	w.reload <- o
	return w
}

// Ask starts a short burst on all targets at once. It returns at once; while a
// burst runs another one is not started.
func (w *Watch) Ask() {
	select {
	case w.ask <- struct{}{}:
	default:
	}
}

// Set replaces the targets and times; what was learnt of targets that stay is kept.
func (w *Watch) Set(o Options) {
	for {
		select {
		case w.reload <- o:
			return
		default:
		}
		select {
		case <-w.reload:
		default:
		}
	}
}

// Run asks until ctx ends, and returns when every probe has ended.
func (w *Watch) Run(ctx context.Context) {
	lanes := map[Target]*lane{}
	opts := <-w.reload
	for ctx.Err() == nil {
		lanes = w.lanes(opts, lanes)
		opts = w.turn(ctx, opts, lanes)
	}
}

// lanes returns one lane per target, with what was learnt before.
func (w *Watch) lanes(o Options, before map[Target]*lane) map[Target]*lane {
	now := map[Target]*lane{}
	for _, t := range o.Targets {
		l := &lane{watch: w, target: t, opts: o}
		if old := before[t]; old != nil {
			l.estimate, l.losses, l.method = old.estimate, old.losses, old.method
		}
		now[t] = l
	}
	return now
}

// turn runs the lanes until ctx ends or new options come, which it returns.
func (w *Watch) turn(ctx context.Context, o Options, lanes map[Target]*lane) Options {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	bursts := make([]chan struct{}, len(o.Targets))
	for i, t := range o.Targets {
		bursts[i] = make(chan struct{}, 1)
		every := o.Spacing(t)
		first := every * time.Duration(i) / time.Duration(len(o.Targets))
		running.Go(func() { lanes[t].run(ctx, first, every, bursts[i]) })
	}
	for {
		select {
		case <-ctx.Done():
			return o
		case fresh := <-w.reload:
			w.log.Info("path targets replaced", "targets", len(fresh.Targets))
			return fresh
		case <-w.ask:
			for _, b := range bursts {
				select {
				case b <- struct{}{}:
				default:
				}
			}
		}
	}
}

// lane asks one target.
type lane struct {
	watch  *Watch
	target Target
	opts   Options

	// mu guards what follows: probes of one target may overlap.
	mu       sync.Mutex
	estimate estimate
	losses   losses
	method   Method
	// shots counts probes; heard is the latest of them that was answered.
	shots, heard int
}

// run asks every so often, and in bursts when told. Probes run beside it, so
// that a slow answer does not hold up the next probe.
func (l *lane) run(ctx context.Context, first, every time.Duration, burst <-chan struct{}) {
	var shots sync.WaitGroup
	defer shots.Wait()
	next := time.NewTimer(first)
	defer next.Stop()
	for left := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-burst:
			if left > 0 {
				continue
			}
			left = l.opts.Burst
		case <-next.C:
		}
		shots.Go(func() { l.shoot(ctx) })
		wait := every
		if left--; left > 0 {
			wait = l.opts.BurstSpacing
		}
		left = max(left, 0)
		next.Reset(wait)
	}
}

// shoot sends one probe. It tells a miss when the learnt time-out has passed,
// and goes on listening up to the greatest one, to learn from a late answer.
func (l *lane) shoot(ctx context.Context) {
	l.mu.Lock()
	l.shots++
	shot, timeout := l.shots, l.estimate.timeout(l.opts.TimeoutMin, l.opts.TimeoutMax)
	l.mu.Unlock()

	probeCtx, cancel := context.WithTimeout(ctx, l.opts.TimeoutMax)
	defer cancel()
	answer := make(chan Result, 1)
	go func() { answer <- l.watch.prober.Probe(probeCtx, l.target) }()
	late := time.NewTimer(timeout)
	defer late.Stop()
	select {
	case r := <-answer:
		l.settle(ctx, shot, r)
	case <-late.C:
		l.settle(ctx, shot, Result{Method: l.used(), Reason: "no answer in time"})
		l.learn(<-answer)
	}
}

// used returns the method of the last result, or the one asked for.
func (l *lane) used() Method {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.method != "" {
		return l.method
	}
	return l.target.How()
}

// learn takes the round trip of an answer into the estimate.
func (l *lane) learn(r Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.learnLocked(r)
}

func (l *lane) learnLocked(r Result) {
	if r.Alive() && !(r.Resent && l.estimate.learnt && l.estimate.timeout(0, time.Hour) < firstTimeout) {
		l.estimate.learn(r.RTT)
	}
}

// settle counts and delivers the outcome of one probe.
func (l *lane) settle(ctx context.Context, shot int, r Result) {
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	l.learnLocked(r)
	l.losses.add(!r.Alive())
	// A later probe has been answered already: this miss is a lost packet, and
	// must not stand as the newest word on the target.
	outdated := shot < l.heard
	if r.Alive() && !outdated {
		l.heard = shot
	}
	fresh := r.Method != l.method
	l.method = r.Method
	loss := l.losses.rate()
	l.mu.Unlock()
	l.watch.emit(l.batch(r, loss, outdated, fresh))
}

// batch writes a result as readings.
func (l *lane) batch(r Result, loss int64, outdated, fresh bool) reading.Batch {
	now := l.watch.clock.Now()
	b := reading.Batch{Readings: []reading.Reading{
		{Point: l.target.Point(reading.ProbeLoss), Value: loss, Quality: reading.Good, At: now},
	}}
	if !outdated {
		rtt := reading.Reading{Point: l.target.Point(reading.ProbeRTT), Reason: r.Reason, At: now}
		if r.Alive() {
			rtt.Value, rtt.Quality = max(r.RTT.Microseconds(), 1), reading.Good
		}
		b.Readings = append(b.Readings, rtt, reading.Reading{
			Point: l.target.Point(reading.ProbeResult), Value: r.Outcome, Quality: reading.Good, Reason: r.Reason, At: now,
		})
	}
	if fresh {
		b.Facts = []reading.Fact{{Point: l.target.Point(reading.None), Label: reading.LabelMethod, Text: string(r.Method), At: now}}
	}
	return b
}

func (w *Watch) emit(b reading.Batch) {
	w.emitting.Lock()
	defer w.emitting.Unlock()
	w.sink(b)
}
