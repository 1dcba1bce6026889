package contact_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
	"rackvakt/sensors/strictyaml"
)

// rig runs one contact on a scripted line and notes each change that it tells.
type rig struct {
	lines   sensortest.Lines
	mu      sync.Mutex
	changes []string // guarded by mu; "1.5s door_open 1", level repeats left out
	bounces int64    // guarded by mu
	last    map[reading.Point]reading.Reading
}

func (r *rig) sink(b reading.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range b.Readings {
		if v.Point.Kind == reading.Bounces {
			r.bounces = v.Value
			continue
		}
		was, had := r.last[v.Point]
		r.last[v.Point] = v
		if had && was.Value == v.Value && was.Quality == v.Quality && was.Reason == v.Reason {
			continue
		}
		text := fmt.Sprintf("%s %s", v.At.Mono, v.Point.Kind.Word(v.Value))
		if !v.Known() {
			text = fmt.Sprintf("%s %s: %s", v.At.Mono, v.Quality, v.Reason)
		}
		r.changes = append(r.changes, text)
	}
}

func (r *rig) told() ([]string, int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.changes), r.bounces
}

func options(role contact.Role) contact.Options {
	o := contact.DefaultOptions()
	o.Name, o.Role, o.Line = string(role), role, "GPIO17"
	return o
}

// follow runs script against a contact of the given role in fake time.
func follow(t *testing.T, role contact.Role, script func(r *rig)) (changes []string, bounces int64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{last: map[reading.Point]reading.Reading{}}
		clock := reading.NewWallclock("b", 0, nil)
		c := contact.New(options(role), &r.lines, clock, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx, r.sink) }()
		synctest.Wait()
		script(r)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if r.lines.Held() {
			t.Error("the line is still held after Run")
		}
		changes, bounces = r.told()
	})
	return changes, bounces
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("told\n%q, want\n%q", got, want)
	}
}

func at(ms int) { time.Sleep(time.Duration(ms) * time.Millisecond) }

func TestFirstEdgeAtOnceAndCloseAfterStableSecond(t *testing.T) {
	got, bounces := follow(t, contact.Door, func(r *rig) {
		at(300)
		r.lines.Move(true)
		at(700)
		r.lines.Move(false)
		at(5000)
	})
	expect(t, got, "0s closed", "300ms open", "1s closed")
	if bounces != 0 {
		t.Errorf("%d bounces", bounces)
	}
}

func TestCloseIsNotToldBeforeTheStableSecond(t *testing.T) {
	got, _ := follow(t, contact.Door, func(r *rig) {
		at(300)
		r.lines.Move(true)
		at(700)
		r.lines.Move(false)
		at(999)
	})
	expect(t, got, "0s closed", "300ms open")
}

func TestTwentyOneBouncesAreOneOpening(t *testing.T) {
	got, bounces := follow(t, contact.Door, func(r *rig) {
		at(100)
		for i := range 21 {
			r.lines.Move(i%2 == 0)
			at(7)
		}
		at(10_000)
		r.lines.Move(false)
		at(3000)
	})
	expect(t, got, "0s closed", "100ms open", "10.247s closed")
	if bounces != 10 {
		t.Errorf("%d bounces, want the 10 times that it left its rest again", bounces)
	}
}

// A closing that bounces must not hide the opening that follows.
func TestRealOpeningAfterBouncesIsTold(t *testing.T) {
	got, _ := follow(t, contact.Door, func(r *rig) {
		at(100)
		r.lines.Move(true)
		at(900)
		for i := range 21 {
			r.lines.Move(i%2 == 1)
			at(10)
		}
		at(2000)
		r.lines.Move(true)
		at(100)
	})
	expect(t, got, "0s closed", "100ms open", "1.2s closed", "3.21s open")
}

func TestLostEdgesAreFoundByLevelAndSequence(t *testing.T) {
	t.Run("opening lost, found by level", func(t *testing.T) {
		got, _ := follow(t, contact.Door, func(r *rig) {
			at(500)
			r.lines.MoveUnseen(true)
			at(3000)
		})
		expect(t, got, "0s closed", "2s open")
	})
	t.Run("closing lost, found by level", func(t *testing.T) {
		got, _ := follow(t, contact.Door, func(r *rig) {
			at(500)
			r.lines.Move(true)
			at(100)
			r.lines.MoveUnseen(false)
			at(5000)
		})
		expect(t, got, "0s closed", "500ms open", "2s closed")
	})
	t.Run("opening lost, closing seen", func(t *testing.T) {
		got, bounces := follow(t, contact.Door, func(r *rig) {
			r.lines.Move(true)
			at(10)
			r.lines.Move(false)
			at(3490)
			r.lines.MoveUnseen(true)
			r.lines.Move(false)
			at(5000)
		})
		expect(t, got, "0s closed", "0s open", "10ms closed", "3.5s open", "3.5s closed")
		if bounces != 1 {
			t.Errorf("%d bounces, want 1 for the lost edge", bounces)
		}
	})
}

func TestLineThatIsHeldGoneAndBack(t *testing.T) {
	got, _ := follow(t, contact.Mains, func(r *rig) {
		at(1000)
		r.lines.Break(fmt.Errorf("read: %w", syscall.ENODEV))
		r.lines.Refuse(fmt.Errorf("open: %w", syscall.ENOENT))
		at(1500) // level at 2s finds it gone; reopened at 3s, 5s, 9s
		r.lines.Refuse(fmt.Errorf("request: %w", syscall.EBUSY))
		at(2000)
		r.lines.Refuse(nil)
		r.lines.Break(nil)
		r.lines.Move(true)
		at(6000)
	})
	expect(t, got, "0s present", "2s unknown: line gone", "3s unknown: line held by another program", "5s lost")
}

func TestPauseBetweenAttemptsGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines sensortest.Lines
		lines.Refuse(syscall.EBUSY)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		c := contact.New(options(contact.Leak), &lines, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler))
		if err := c.Run(ctx, func(reading.Batch) {}); err != nil {
			t.Fatal(err)
		}
		// 0 1 3 7 15 31 61 91 s
		if n, _ := lines.Opened(); n != 8 {
			t.Errorf("%d attempts in two minutes, want 8", n)
		}
	})
}

func TestMeaningByRole(t *testing.T) {
	want := map[contact.Role][2]string{
		contact.Door: {"closed", "open"}, contact.Lock: {"locked", "unlocked"}, contact.Tamper: {"closed", "open"},
		contact.Mains: {"present", "lost"}, contact.Leak: {"dry", "water"}, contact.Smoke: {"clear", "smoke"},
		contact.Cooling: {"no", "yes"},
	}
	for _, role := range contact.Roles() {
		rest, active := role.Kind().Word(role.Value(false)), role.Kind().Word(role.Value(true))
		if got := [2]string{rest, active}; got != want[role] {
			t.Errorf("%s: %q, want %q", role, got, want[role])
		}
	}
}

// The active level by wiring: with a pull-up an open circuit is high.
func TestWiring(t *testing.T) {
	for _, c := range []struct {
		normally  string
		bias      contact.Bias
		activeLow bool
	}{
		{"closed", contact.PullUp, false},
		{"open", contact.PullUp, true},
		{"closed", contact.PullDown, true},
		{"open", contact.PullDown, false},
		{"closed", contact.NoBias, false},
	} {
		o := options(contact.Door)
		o.Normally, o.Bias = c.normally, c.bias
		if got := o.Request().ActiveLow; got != c.activeLow {
			t.Errorf("normally %s, %s: active low %v", c.normally, c.bias, got)
		}
	}
}

func TestValidate(t *testing.T) {
	type file struct {
		Contacts []contact.Options `yaml:"contacts"`
	}
	good := "contacts:\n  - {name: door, role: door, line: GPIO17}\n"
	f := file{}
	if p := strictyaml.Decode("f", []byte(good), &f); p.Err() != nil || f.Contacts[0].Debounce != 40*time.Millisecond {
		t.Errorf("%v, %+v", p, f)
	}
	bad := "contacts:\n  - {name: a b, role: window, line: 17, normally: ajar, bias: up, debounce: 2s, stable: 1ms, level_every: 1h}\n"
	if p := strictyaml.Decode("f", []byte(bad), &file{}); len(p) != 8 {
		t.Errorf("%d problems, want 8:\n%v", len(p), p)
	}
}
