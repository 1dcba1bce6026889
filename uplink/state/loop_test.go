package state_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// desk is store and notifier in one; while broken it refuses everything.
type desk struct {
	mu      sync.Mutex
	broken  bool
	alarms  map[string]state.Alarm
	cases   map[string]state.Case
	notices []state.Notice
	at      []time.Time
}

func newDesk() *desk {
	return &desk{alarms: map[string]state.Alarm{}, cases: map[string]state.Case{}}
}

func (d *desk) do(f func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return errors.New("disk full")
	}
	f()
	return nil
}

func (d *desk) LoadState(context.Context) (r state.Restored, err error) {
	err = d.do(func() {
		for _, a := range d.alarms {
			r.Alarms = append(r.Alarms, a)
		}
		for _, c := range d.cases {
			r.Cases = append(r.Cases, c)
		}
	})
	return r, err
}

func (d *desk) SaveAlarm(_ context.Context, a state.Alarm) error {
	return d.do(func() { d.alarms[a.Change.Occ] = a })
}

func (d *desk) SaveCase(_ context.Context, c state.Case) error {
	return d.do(func() { d.cases[c.ID] = c })
}

// Notify drops what it has, as the real queue does.
func (d *desk) Notify(_ context.Context, n state.Notice) error {
	return d.do(func() {
		for _, had := range d.notices {
			if had.Case.ID == n.Case.ID && had.Seq == n.Seq {
				return
			}
		}
		d.notices, d.at = append(d.notices, n), append(d.at, time.Now())
	})
}

func (d *desk) told() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []string
	for _, n := range d.notices {
		list = append(list, string(n.Kind)+" "+string(n.Case.Code))
	}
	return list
}

// kept counts alarms and cases.
func (d *desk) kept() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.alarms) + len(d.cases)
}

func (d *desk) when() []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.at)
}

// prober answers after a pause, or never.
type prober map[string]time.Duration

func (p prober) Alive(ctx context.Context, address string) (bool, error) {
	pause, answers := p[address]
	if !answers {
		<-ctx.Done()
		return false, nil
	}
	select {
	case <-time.After(pause):
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func (p prober) Answer(context.Context, string) error { return nil }

// running starts a Loop in the bubble; stop ends it and reports its error.
func running(t *testing.T, d *desk, p prober) (l *state.Loop, stop func()) {
	t.Helper()
	l = state.NewLoop(state.DefaultOptions(), []state.Site{probed()}, state.Wiring{
		Store: d, Notifier: d, Prober: p, Commands: p, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	return l, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func beat(t *testing.T, l *state.Loop, n int) {
	t.Helper()
	for range n {
		life := hb(true)
		life.At = time.Now()
		if err := l.Post(t.Context(), life); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
}

// With probes a cut is told within 4.1 s of the last sign of life, over a stop
// of the collector the case goes on, and its end is told once.
func TestLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		l, stop := running(t, d, prober{"192.0.2.1": 20 * time.Millisecond})
		beat(t, l, 5)
		heard := time.Now().Add(-time.Second)
		time.Sleep(30 * time.Second)
		if at := d.when(); len(at) != 1 || at[0].Sub(heard) > 4100*time.Millisecond {
			t.Fatalf("told %v at %v, last heard %v", d.told(), at, heard)
		}
		stop()
		l, stop = running(t, d, prober{})
		time.Sleep(time.Minute)
		if v := l.View(); len(v.Cases) != 1 || v.Sites[0].Closets[0].Status != state.Unknown {
			t.Errorf("after the restart: %+v", v)
		}
		beat(t, l, 10)
		if got := d.told(); !slices.Equal(got, []string{"opened monitor.silent", "closed monitor.silent"}) {
			t.Errorf("told %v", got)
		}
		stop()
	})
}

// While the store refuses nothing is told; Apply returns when all is saved.
func TestApplyWaitsForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		l, stop := running(t, d, prober{})
		beat(t, l, 5)
		d.mu.Lock()
		d.broken = true
		d.mu.Unlock()
		start := time.Now()
		door := raise(alarm.DoorHeld, "o1", start, "")
		go func() {
			time.Sleep(5500 * time.Millisecond)
			d.mu.Lock()
			d.broken = false
			d.mu.Unlock()
		}()
		short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := l.Apply(short, []state.Event{door}); err == nil || len(d.told()) != 0 {
			t.Errorf("applied without a store: %v, told %v", err, d.told())
		}
		if err := l.Apply(t.Context(), []state.Event{door}); err != nil {
			t.Error(err)
		}
		if got := d.told(); !slices.Equal(got, []string{"opened door.held"}) || d.kept() != 2 {
			t.Errorf("told %v", got)
		}
		stop()
	})
}
