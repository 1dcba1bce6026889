package path_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/path"
)

// script answers as told by target name and counts the probes.
type script struct {
	mu     sync.Mutex
	answer map[string]func(probe int) (time.Duration, path.Result)
	asked  map[string][]time.Time
}

func (s *script) Probe(ctx context.Context, t path.Target) path.Result {
	s.mu.Lock()
	s.asked[t.Name] = append(s.asked[t.Name], time.Now())
	delay, r := s.answer[t.Name](len(s.asked[t.Name]))
	s.mu.Unlock()
	select {
	case <-time.After(delay):
		return r
	case <-ctx.Done():
		return path.Result{Method: path.TCP, Reason: "no answer"}
	}
}

func after(d time.Duration) func(int) (time.Duration, path.Result) {
	return func(int) (time.Duration, path.Result) {
		return d, path.Result{Outcome: reading.ProbeAnswered, RTT: d, Method: path.TCP}
	}
}

func never(int) (time.Duration, path.Result) { return time.Hour, path.Result{} }

// heard is a Sink that remembers when each reading came.
type heard struct {
	start time.Time
	all   []reading.Reading
	facts []reading.Fact
}

func (h *heard) sink(b reading.Batch) {
	h.all = append(h.all, b.Readings...)
	h.facts = append(h.facts, b.Facts...)
}

func (h *heard) of(target string, k reading.Kind) []reading.Reading {
	var out []reading.Reading
	for _, r := range h.all {
		if r.Point == (reading.Point{Device: path.Device, Object: target, Kind: k}) {
			out = append(out, r)
		}
	}
	return out
}

// times writes when the readings came, as offsets from the start.
func (h *heard) times(rs []reading.Reading) []string {
	var out []string
	for _, r := range rs {
		out = append(out, fmt.Sprintf("%v=%s", r.At.Wall.Sub(h.start), r.Point.Kind.Word(r.Value)))
	}
	return out
}

func watch(t *testing.T, o path.Options, s *script, drive func(w *path.Watch, h *heard)) {
	t.Helper()
	s.asked = map[string][]time.Time{}
	synctest.Test(t, func(t *testing.T) {
		h := &heard{start: time.Now().UTC()}
		w := path.New(o, s, reading.NewWallclock("b", 0, nil), h.sink, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.Run(ctx) })
		drive(w, h)
		synctest.Wait()
		cancel()
		running.Wait()
	})
}

func options(targets ...path.Target) path.Options {
	o := path.DefaultOptions()
	o.Targets = targets
	return o
}

func target(name string, l path.Layer) path.Target {
	return path.Target{Name: name, Layer: l, Address: "192.0.2.1:443"}
}

// A target that never answers takes nothing from the schedule of its neighbours.
func TestASilentTargetDelaysNoOther(t *testing.T) {
	s := &script{answer: map[string]func(int) (time.Duration, path.Result){"slow": never, "fast": after(10 * time.Millisecond)}}
	watch(t, options(target("slow", path.Gateway), target("fast", path.Region)), s, func(_ *path.Watch, h *heard) {
		time.Sleep(4 * time.Second)
		synctest.Wait()
		want := []string{"510ms=answers", "1.51s=answers", "2.51s=answers", "3.51s=answers"}
		if got := h.times(h.of("fast", reading.ProbeResult)); !slices.Equal(got, want) {
			t.Errorf("fast: %v, want %v", got, want)
		}
		want = []string{"1s=no answer", "2s=no answer", "3s=no answer", "4s=no answer"}
		if got := h.times(h.of("slow", reading.ProbeResult)); !slices.Equal(got, want) {
			t.Errorf("slow: %v, want %v", got, want)
		}
	})
}

// Once the path is known to be quick, silence is told after the least time-out.
func TestTimeoutIsLearnt(t *testing.T) {
	s := &script{answer: map[string]func(int) (time.Duration, path.Result){
		"edge": func(n int) (time.Duration, path.Result) {
			if n > 10 {
				return never(n)
			}
			return after(20 * time.Millisecond)(n)
		},
	}}
	watch(t, options(target("edge", path.Region)), s, func(_ *path.Watch, h *heard) {
		time.Sleep(10*time.Second + 200*time.Millisecond)
		synctest.Wait()
		rs := h.of("edge", reading.ProbeResult)
		last := rs[len(rs)-1]
		if got := last.At.Wall.Sub(h.start); last.Value != reading.ProbeNoAnswer || got != 10*time.Second+150*time.Millisecond {
			t.Errorf("last: %s at %v, want silence told 150ms after the probe at 10s", last.Point.Kind.Word(last.Value), got)
		}
		loss := h.of("edge", reading.ProbeLoss)
		if got := loss[len(loss)-1].Value; got != 100_000/11 {
			t.Errorf("loss %d, want one of eleven", got)
		}
		if rtt := h.of("edge", reading.ProbeRTT); rtt[0].Value != 20_000 || rtt[10].Known() {
			t.Errorf("round trips: first %+v, last %+v", rtt[0], rtt[10])
		}
	})
}

// A path that has become slow is missed at first and then believed, because the
// late answers are learnt from.
func TestLateAnswersAreLearntFrom(t *testing.T) {
	s := &script{answer: map[string]func(int) (time.Duration, path.Result){
		"edge": func(n int) (time.Duration, path.Result) {
			if n > 20 {
				return after(700 * time.Millisecond)(n)
			}
			return after(20 * time.Millisecond)(n)
		},
	}}
	watch(t, options(target("edge", path.Region)), s, func(_ *path.Watch, h *heard) {
		time.Sleep(40 * time.Second)
		synctest.Wait()
		missed := 0
		rs := h.of("edge", reading.ProbeResult)
		for _, r := range rs {
			if r.Value == reading.ProbeNoAnswer {
				missed++
			}
		}
		if missed != 1 || rs[len(rs)-1].Value != reading.ProbeAnswered {
			t.Errorf("%d misses of %d, want one at the change", missed, len(rs))
		}
	})
}

// Ask starts a burst on every target at once, and a second Ask meanwhile adds none.
func TestAsk(t *testing.T) {
	s := &script{answer: map[string]func(int) (time.Duration, path.Result){"gw": after(time.Millisecond), "web": after(time.Millisecond)}}
	watch(t, options(target("gw", path.Gateway), target("web", path.Service)), s, func(w *path.Watch, h *heard) {
		time.Sleep(16 * time.Second)
		synctest.Wait()
		s.mu.Lock()
		clear(s.asked)
		s.mu.Unlock()
		start := time.Now()
		w.Ask()
		time.Sleep(50 * time.Millisecond)
		w.Ask()
		time.Sleep(950 * time.Millisecond)
		synctest.Wait()
		for _, name := range []string{"gw", "web"} {
			var at []time.Duration
			for _, x := range s.asked[name] {
				at = append(at, x.Sub(start))
			}
			if want := []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond}; !slices.Equal(at, want) {
				t.Errorf("%s asked at %v, want %v", name, at, want)
			}
		}
	})
}

// In a burst a lost packet whose time-out ends after a later probe was answered
// does not stand as the newest word.
func TestALostPacketBeforeAnAnswerIsOnlyLoss(t *testing.T) {
	s := &script{answer: map[string]func(int) (time.Duration, path.Result){
		"gw": func(n int) (time.Duration, path.Result) {
			if n == 11 {
				return never(n)
			}
			return after(5 * time.Millisecond)(n)
		},
	}}
	watch(t, options(target("gw", path.Gateway)), s, func(w *path.Watch, h *heard) {
		time.Sleep(9*time.Second + 500*time.Millisecond)
		w.Ask()
		time.Sleep(400 * time.Millisecond)
		synctest.Wait()
		for _, r := range h.of("gw", reading.ProbeResult) {
			if r.Value != reading.ProbeAnswered {
				t.Errorf("%v: told %q", r.At.Wall.Sub(h.start), r.Point.Kind.Word(r.Value))
			}
		}
		loss := h.of("gw", reading.ProbeLoss)
		if loss[len(loss)-1].Value == 0 {
			t.Error("the lost packet is not counted as loss")
		}
	})
}

// New targets take effect at once; one that stays keeps what was learnt of it.
func TestSet(t *testing.T) {
	s := &script{answer: map[string]func(int) (time.Duration, path.Result){"gw": after(5 * time.Millisecond), "new": after(5 * time.Millisecond)}}
	gw := target("gw", path.Gateway)
	watch(t, options(gw), s, func(w *path.Watch, h *heard) {
		time.Sleep(5*time.Second + 500*time.Millisecond)
		s.mu.Lock()
		s.answer["gw"] = never
		s.mu.Unlock()
		w.Set(options(gw, target("new", path.Region)))
		time.Sleep(time.Second)
		synctest.Wait()
		rs := h.of("gw", reading.ProbeResult)
		last := rs[len(rs)-1]
		if last.Value != reading.ProbeNoAnswer || last.At.Wall.Sub(h.start) != 5*time.Second+650*time.Millisecond {
			t.Errorf("gw: %v", h.times(rs))
		}
		if got := h.of("new", reading.ProbeResult); len(got) != 1 {
			t.Errorf("new target probed %d times in its first second", len(got))
		}
		if len(h.facts) != 2 || h.facts[0].Label != reading.LabelMethod || h.facts[0].Text != "tcp" {
			t.Errorf("facts %+v, want the method of each target once", h.facts)
		}
	})
}

func TestBurst(t *testing.T) {
	for _, c := range []struct {
		name    string
		answer  func(int) (time.Duration, path.Result)
		outcome int64
		took    time.Duration
		asked   int
	}{
		{"answers at once", after(10 * time.Millisecond), reading.ProbeAnswered, 10 * time.Millisecond, 1},
		{"first lost", func(n int) (time.Duration, path.Result) {
			if n == 1 {
				return never(n)
			}
			return after(10 * time.Millisecond)(n)
		}, reading.ProbeAnswered, 110 * time.Millisecond, 2},
		{"silent", never, reading.ProbeNoAnswer, 500 * time.Millisecond, 3},
		{"no route", func(int) (time.Duration, path.Result) {
			return 0, path.Result{Outcome: reading.ProbeNoRoute, Method: path.TCP}
		}, reading.ProbeNoRoute, 200 * time.Millisecond, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answer: map[string]func(int) (time.Duration, path.Result){"x": c.answer}, asked: map[string][]time.Time{}}
				start := time.Now()
				r := path.Burst(t.Context(), s, target("x", path.Gateway), 3, 100*time.Millisecond, 300*time.Millisecond)
				if took := time.Since(start); r.Outcome != c.outcome || took != c.took || len(s.asked["x"]) != c.asked {
					t.Errorf("outcome %d after %v and %d probes, want %d after %v and %d", r.Outcome, took, len(s.asked["x"]), c.outcome, c.took, c.asked)
				}
			})
		})
	}
}
