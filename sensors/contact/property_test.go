package contact_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
)

// step is one move of a made-up line, done after a wait.
type step struct {
	after time.Duration
	do    string
	to    bool
}

func (s step) String() string { return fmt.Sprintf("%s:%s(%v)", s.after, s.do, s.to) }

// steps draws waits that fall on, before and after the times that matter, and
// moves whose edges may be lost, faults, and a chip that goes.
func steps(kinds []string) *rapid.Generator[[]step] {
	waits := rapid.OneOf(
		rapid.SampledFrom([]time.Duration{0, 999 * time.Millisecond, time.Second, 1001 * time.Millisecond, 2 * time.Second}),
		rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond
		}),
	)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{waits.Draw(t, "after"), rapid.SampledFrom(kinds).Draw(t, "do"), rapid.Bool().Draw(t, "to")}
	}), 1, 40)
}

// watched runs one door on a line that steps move, and keeps what must hold.
type watched struct {
	lines sensortest.Lines
	clock reading.Clock
	mu    sync.Mutex
	// open is the true side, since when it is the present one; guarded by mu.
	open  bool
	since time.Duration
	last  reading.Reading // guarded by mu; of the door
	// fresh is true until a first level was told after the line was opened.
	fresh bool     // guarded by mu
	wrong []string // guarded by mu
}

// sink checks each telling against the truth of that moment. lossless says that
// every edge was seen.
func (w *watched) sink(lossless bool) reading.Sink {
	return func(b reading.Batch) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, r := range b.Readings {
			if r.Point.Kind == reading.DoorOpen {
				w.check(r, lossless)
			}
		}
	}
}

func (w *watched) check(r reading.Reading, lossless bool) {
	was, now := w.last, w.clock.Now()
	w.last = r
	if r.At.Mono < was.At.Mono {
		w.wrong = append(w.wrong, fmt.Sprintf("told at %s a moment before the one told last: %s, %s", now.Mono, r.At.Mono, was.At.Mono))
	}
	first := w.fresh
	w.fresh = !r.Known() && r.Quality != reading.Fault
	if first || !r.Is(0) || was.Is(0) {
		return
	}
	stable := now.Mono - r.At.Mono
	if stable < time.Second {
		w.wrong = append(w.wrong, fmt.Sprintf("closed told at %s for %s: before a stable second", now.Mono, r.At.Mono))
	}
	if lossless && (w.open || w.since > r.At.Mono) {
		w.wrong = append(w.wrong, fmt.Sprintf("closed told at %s for %s, though open since or moved at %s", now.Mono, r.At.Mono, w.since))
	}
}

// take does one step and reports whether an opening must have been told by it.
func (w *watched) take(s step) (mustOpen bool) {
	switch s.do {
	case "move", "lose":
		w.mu.Lock()
		mustOpen = s.do == "move" && s.to && !w.open && w.lines.Held()
		if w.open != s.to {
			w.open, w.since = s.to, w.clock.Now().Mono
		}
		w.mu.Unlock()
		if s.do == "lose" {
			w.lines.MoveUnseen(s.to)
		} else {
			w.lines.Move(s.to)
		}
	case "fault":
		w.lines.Fail(contact.LoopCut)
	case "vanish":
		w.lines.Vanish(syscall.ENODEV)
	case "hold":
		w.lines.Break(syscall.EBUSY)
		w.lines.Refuse(syscall.EBUSY)
	case "back":
		w.lines.Break(nil)
		w.lines.Refuse(nil)
	}
	return mustOpen
}

// play runs all steps in fake time and returns what was wrong. rest is how long
// after the last step the truth must be told.
func play(t *testing.T, all []step, lossless bool, rest time.Duration) (wrong []string) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{clock: reading.NewWallclock("b", 0, nil), fresh: true}
		c := contact.New(options(contact.Door), &w.lines, w.clock, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { _ = c.Run(ctx, w.sink(lossless)) })
		synctest.Wait()
		for _, s := range all {
			time.Sleep(s.after)
			synctest.Wait()
			mustOpen := w.take(s)
			synctest.Wait()
			if now := w.clock.Now(); mustOpen && !w.told().Is(1) {
				w.wrong = append(w.wrong, fmt.Sprintf("opened at %s, and told %+v", now.Mono, w.last))
			}
		}
		w.take(step{do: "back"})
		if w.open { // ends a fault
			w.lines.Move(true)
		}
		time.Sleep(rest)
		synctest.Wait()
		if last := w.told(); !last.Known() || last.Is(1) != w.open {
			w.wrong = append(w.wrong, fmt.Sprintf("the door is open: %v; told %+v", w.open, last))
		}
		cancel()
		done.Wait()
		wrong = w.wrong
	})
	return wrong
}

func (w *watched) told() reading.Reading {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func checkSteps(t *testing.T, kinds []string, lossless bool, rest time.Duration) {
	rapid.Check(t, func(rt *rapid.T) {
		all := steps(kinds).Draw(rt, "steps")
		for _, wrong := range play(t, all, lossless, rest) {
			rt.Errorf("%s", wrong)
		}
	})
}

// longest is after how long the truth is told at the latest on a line that is
// open: the next level, and then a stable second.
const longest = 2*time.Second + time.Second + time.Millisecond

// Whatever edges come: an opening is told at once, closed only after a stable
// second in which the door was closed, and the truth at the end.
func TestAnyEdges(t *testing.T) {
	checkSteps(t, []string{"move"}, true, longest)
}

// The same with lost edges, except that what was lost cannot be known at once.
func TestAnyEdgesSomeLost(t *testing.T) {
	checkSteps(t, []string{"move", "move", "lose"}, false, longest)
}

// The same with faults of the loop, a chip that goes and a line that is held:
// once all is well again, the truth is told after the longest pause.
func TestAnyEdgesAndFaults(t *testing.T) {
	checkSteps(t, []string{"move", "move", "lose", "fault", "vanish", "hold", "back"}, false, 30*time.Second+longest)
}
