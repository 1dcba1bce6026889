package contact_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
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
	problem []string // guarded by mu; texts of the problem fact, "" for none
	reason  string   // guarded by mu; of the last bounce count
	last    map[reading.Point]reading.Reading
}

func (r *rig) sink(b reading.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range b.Facts {
		if f.Label == reading.LabelProblem {
			r.problem = append(r.problem, f.Text)
		}
	}
	for _, v := range b.Readings {
		if v.Point.Kind == reading.Bounces {
			r.bounces, r.reason = v.Value, v.Reason
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
	t.Run("reopening lost while the rest is pending", func(t *testing.T) {
		got, bounces := follow(t, contact.Door, func(r *rig) {
			at(100)
			r.lines.Move(true)
			at(50)
			r.lines.Move(false)
			at(500)
			r.lines.MoveUnseen(true)
			at(500) // the rest would be due now: the level says otherwise
			r.lines.Move(false)
			at(3000)
		})
		expect(t, got, "0s closed", "100ms open", "1.15s closed")
		if bounces != 2 {
			t.Errorf("%d bounces, want 2: the rest that was left, and the edge that was lost", bounces)
		}
	})
	t.Run("numbers missing from the kernel", func(t *testing.T) {
		_, bounces := follow(t, contact.Door, func(r *rig) {
			at(100)
			r.lines.Move(true)
			for range 5 {
				r.lines.MoveUnseen(false)
				r.lines.MoveUnseen(true)
			}
			r.lines.Move(false)
			at(3000)
		})
		if bounces != 10 {
			t.Errorf("%d bounces, want the 10 edges that were lost", bounces)
		}
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

func TestChipThatIsPulledOutAndBack(t *testing.T) {
	got, _ := follow(t, contact.Door, func(r *rig) {
		at(1300)
		r.lines.Vanish(fmt.Errorf("read: %w", syscall.ENODEV)) // its edges end: no wait for the level
		at(500)
		r.lines.Refuse(nil)
		r.lines.Break(nil)
		r.lines.MoveUnseen(true)
		at(3000)
		r.lines.Move(false)
		at(3000)
	})
	expect(t, got, "0s closed", "1.3s unknown: line gone", "2.3s open", "4.8s closed")
}

// A fault of the line is told at once and as long as it lasts; after it rest needs
// its stable second, and the active side does not.
func TestFaultOfTheLine(t *testing.T) {
	got, bounces := follow(t, contact.Door, func(r *rig) {
		at(1300)
		r.lines.Fail(contact.LoopCut)
		at(5000)
		r.lines.Move(false)
		at(500)
		r.lines.Fail(contact.LoopCut) // before the stable second: nothing is told
		at(1000)
		r.lines.Fail(contact.LoopShorted)
		at(1000)
		r.lines.Move(true)
		at(1000)
		r.lines.Fail(contact.LoopCut)
		at(200)
		r.lines.Move(false)
		at(3000)
	})
	expect(t, got, "0s closed", "1.3s fault: loop cut", "7.8s fault: loop shorted", "8.8s open",
		"9.8s fault: loop cut", "10s closed")
	if bounces != 0 {
		t.Errorf("%d bounces", bounces)
	}
}

// A contact that bounces too often keeps its state, and has a problem until it
// has been quiet for a whole window.
func TestTooManyBouncesAreAProblem(t *testing.T) {
	follow(t, contact.Door, func(r *rig) {
		at(1000)
		bounce := func(n int) {
			r.lines.Move(true)
			for range n {
				at(60)
				r.lines.Move(false)
				at(60)
				r.lines.Move(true)
			}
			at(60)
			r.lines.Move(false)
			at(1500)
		}
		want := func(when string, problems ...string) {
			t.Helper()
			r.mu.Lock()
			defer r.mu.Unlock()
			if !slices.Equal(r.problem, problems) || r.reason != problems[len(problems)-1] {
				t.Errorf("%s: problems %q, reason of the count %q", when, r.problem, r.reason)
			}
		}
		bounce(10)
		at(11 * 60_000)
		bounce(19)
		want("29 bounces in 11 minutes", "")
		bounce(1)
		want("20 bounces in ten minutes", "", contact.BouncesProblem)
		at(9 * 60_000)
		want("nine minutes later", "", contact.BouncesProblem)
		bounce(1)
		at(9 * 60_000)
		want("eighteen minutes later, with one bounce between", "", contact.BouncesProblem)
		at(65_000)
		want("ten quiet minutes later", "", contact.BouncesProblem, "")
	})
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
	for _, c := range []struct {
		line string
		keys []string
	}{
		{"{name: door, role: door, line: GPIO17}", nil},
		{"{name: door, role: door, line: \"17\"}", []string{"chip"}},
		{"{name: a b, role: window, line: 17, normally: ajar, bias: up, debounce: 2s, stable: 1ms, level_every: 1h, bounce_limit: -1, bounce_window: 1s}",
			[]string{"name", "role", "line", "normally", "bias", "debounce", "stable", "level_every", "bounce_limit", "bounce_window"}},
		{"{name: leak, role: leak, line: GPIO17, door: door}", []string{"door"}},
		{"{name: door, role: door}", []string{"line"}},
		{"{name: door, role: door, supervised: {bus: 1}}", []string{"supervised.bus"}},
		{"{name: door, role: door, supervised: {bus: \"1\"}}", nil},
		{"{name: door, role: door, supervised: {channel: 1}}", []string{"supervised.bus"}},
		{"{name: door, role: door, line: GPIO17, chip: x, bias: none, supervised: {bus: \"1\"}}", []string{"line", "chip", "bias"}},
		{"{name: door, role: door, supervised: {bus: one, address: 0x47, channel: 4, supply_mv: 12000, pull_up_ohms: 0, closed_ohms: 0, open_ohms: 0, wire_ohms: -1, tolerance_percent: 0}}",
			[]string{"supervised.bus", "supervised.address", "supervised.channel", "supervised.supply_mv", "supervised.pull_up_ohms",
				"supervised.closed_ohms", "supervised.open_ohms", "supervised.wire_ohms", "supervised.tolerance_percent"}},
		{"{name: door, role: door, supervised: {bus: \"1\", closed_ohms: 2200, open_ohms: 2700}}", []string{"supervised.open_ohms"}},
		{"{name: door, role: door, supervised: {bus: \"1\", pull_up_ohms: 100000}}", []string{"supervised.open_ohms"}},
	} {
		expectKeys(t, c.line, "contacts:\n  - "+c.line+"\n", "contacts[0].", c.keys)
	}
}

// file is a configuration that holds contacts only.
type file struct {
	Contacts []contact.Options `yaml:"contacts"`
}

// Validate reports what contradicts between the contacts.
func (f *file) Validate(r *strictyaml.Report) { contact.ValidateAll(f.Contacts, r.At("contacts")) }

func expectKeys(t *testing.T, name, text, prefix string, want []string) {
	t.Helper()
	var keys []string
	for _, p := range strictyaml.Decode("f", []byte(text), &file{}) {
		keys = append(keys, strings.TrimPrefix(p.Key, prefix))
	}
	want = slices.Clone(want)
	slices.Sort(keys)
	slices.Sort(want)
	if !slices.Equal(keys, want) {
		t.Errorf("%s: mistakes at %q, want %q", name, keys, want)
	}
}

func TestValidateAll(t *testing.T) {
	const doors = "contacts:\n  - {name: door, role: door, line: GPIO17}\n  - {name: back, role: door, supervised: {bus: \"1\", channel: 0}}\n"
	for _, c := range []struct {
		more string
		keys []string
	}{
		{"{name: lock, role: lock, line: GPIO27, door: back}", nil},
		{"{name: lock, role: lock, line: GPIO27}", nil},
		{"{name: lock, role: lock, line: GPIO27, door: front}", []string{"[2].door"}},
		{"{name: lock, role: lock, line: GPIO17, door: door}", []string{"[2].line"}},
		{"{name: lock, role: lock, supervised: {bus: \"1\", channel: 0}}", []string{"[2].supervised.channel"}},
		{"{name: lock, role: lock, supervised: {bus: \"1\", channel: 1}}", nil},
		{"{name: l1, role: lock, line: GPIO22, door: door}\n  - {name: l2, role: lock, line: GPIO23, door: door}", []string{"[3].door"}},
		{"{name: l1, role: lock, line: GPIO22, door: l1}", []string{"[2].door"}},
	} {
		expectKeys(t, c.more, doors+"  - "+c.more+"\n", "contacts", c.keys)
	}
}

func TestDoorOfALock(t *testing.T) {
	o := options(contact.Lock)
	if p, ok := o.DoorPoint(); ok {
		t.Errorf("a lock that names no door is in %s", p)
	}
	o.Door = "back"
	if p, ok := o.DoorPoint(); !ok || p.String() != "back:door_open" {
		t.Errorf("%s, %v", p, ok)
	}
}
