package host

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"rackvakt/sensors/reading"
)

// Liveness knows whether the program's own loops are running: each beats within
// its bound, or it is late. What the program watches (a switch, a sensor, a disk)
// is no loop of its own and must not be counted here: a machine restarted for the
// fault of another is of no use. Make one with NewLiveness.
type Liveness struct {
	clock reading.Clock

	mu    sync.Mutex
	loops map[*Loop]time.Duration // guarded by mu; Mono of the last beat
}

// NewLiveness returns a Liveness that waits for nothing yet.
func NewLiveness(clock reading.Clock) *Liveness {
	return &Liveness{clock: clock, loops: map[*Loop]time.Duration{}}
}

// Loop is one loop that beats. Nil beats for nobody.
type Loop struct {
	of    *Liveness
	name  string
	bound time.Duration
}

// Watch begins to wait for a loop, as if it had beaten now. bound is the longest
// time between two beats.
func (l *Liveness) Watch(name string, bound time.Duration) *Loop {
	x := &Loop{l, name, bound}
	x.Beat()
	return x
}

// Beat tells that the loop runs.
func (x *Loop) Beat() {
	if x == nil {
		return
	}
	now := x.of.clock.Now().Mono
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	x.of.loops[x] = now
}

// End tells that the loop has ended in order: it is no longer waited for.
func (x *Loop) End() {
	if x == nil {
		return
	}
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	delete(x.of.loops, x)
}

// Late names the loops that did not beat within their bounds, in order.
func (l *Liveness) Late() []string {
	now := l.clock.Now().Mono
	l.mu.Lock()
	defer l.mu.Unlock()
	var late []string
	for x, beaten := range l.loops {
		if now-beaten > x.bound {
			late = append(late, x.name)
		}
	}
	slices.Sort(late)
	return late
}

// Alive reports whether no loop is late.
func (l *Liveness) Alive() bool { return len(l.Late()) == 0 }

// Feed calls feed at once and then each period until ctx ends, but not while a
// loop is late. With systemd: l.Feed(ctx, notifier.Watchdog/3, notifier.Alive, log).
// A period of 0 or less feeds nobody.
func (l *Liveness) Feed(ctx context.Context, period time.Duration, feed func() error, log *slog.Logger) {
	if period <= 0 {
		<-ctx.Done()
		return
	}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for told := ""; ; {
		problem := ""
		if late := l.Late(); len(late) > 0 {
			problem = "late: " + strings.Join(late, ", ")
		} else if err := feed(); err != nil {
			problem = err.Error()
		}
		if problem != told {
			log.Warn("watchdog", "problem", problem)
			told = problem
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
