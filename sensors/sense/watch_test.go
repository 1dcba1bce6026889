package sense_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/sense"
	"rackvakt/sensors/sim"
)

// watching runs Watch on a simulated board and returns what it has told so far, in
// English without the time of day, each time got is called.
func watching(t *testing.T, s sense.Setup) (got func() string, stop func()) {
	var mu sync.Mutex
	var b strings.Builder // guarded by mu
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- sense.Watch(ctx, s, func(c sense.Change) error {
			var line strings.Builder
			if err := c.Print(&line, sense.English); err != nil {
				return err
			}
			_, after, _ := strings.Cut(line.String(), "  ")
			mu.Lock()
			defer mu.Unlock()
			b.WriteString(strings.Join(strings.Fields(after), " ") + "\n")
			return nil
		})
	}()
	got = func() string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		defer b.Reset()
		return b.String()
	}
	return got, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// The installer pushes the door and sees it at once, both ways; temperatures are
// told when they have moved by half a degree; what breaks is told with its reason.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := sim.NewState()
		door := contact.DefaultOptions()
		door.Name, door.Role, door.Line = "door", contact.Door, "door"
		room := climate.DefaultOptions()
		room.Name, room.Driver = "climate", climate.SHT4x
		got, stop := watching(t, setup(board.NewSimulated(state), []contact.Options{door}, []climate.Options{room}))
		defer stop()
		set := func(name, text, want string) {
			t.Helper()
			if err := state.Set(map[string]string{name: text}); err != nil {
				t.Fatal(err)
			}
			if told := got(); told != want {
				t.Errorf("%s=%s: told %q, want %q", name, text, told, want)
			}
		}
		time.Sleep(9900 * time.Millisecond)
		first := got()
		for _, want := range []string{
			"door door closed (door)\n", "climate/room humidity 41 % (sht4x i2c-1 0x44)\n",
			"i2c-1/0x18 temperature 22.5 °C (mcp9808 i2c-1 0x18)\n", "28-00000000ca11 temperature 24 °C (1-wire 28-00000000ca11)\n",
		} {
			if !strings.Contains(first, want) {
				t.Errorf("not told: %q in\n%s", want, first)
			}
		}
		set("door", "open", "door door open (closed for 9.9 s)\n")
		time.Sleep(2 * time.Second)
		set("door", "closed", "door door closed (open for 2.0 s)\n")
		time.Sleep(100 * time.Second)
		set("temperature/inlet", "22.9", "")
		time.Sleep(5 * time.Second)
		set("temperature/inlet", "23.01", "")
		time.Sleep(5 * time.Second)
		set("door", "absent", "i2c-1/0x18 temperature 23 °C (22.5 °C for 1 min 56 s)\ndoor door unknown: line gone (closed for 1 min 50 s)\n")
	})
}

// Without a configured contact the lines themselves are told.
func TestWatchLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := sim.NewState()
		s := setup(board.NewSimulated(state), nil, nil)
		s.Lines = []string{"mains"}
		got, stop := watching(t, s)
		defer stop()
		time.Sleep(time.Second)
		if told := got(); !strings.Contains(told, "mains line circuit closed (mains)\n") || strings.Contains(told, "door") {
			t.Errorf("told %q", told)
		}
		if err := state.Set(map[string]string{"mains": "lost"}); err != nil {
			t.Fatal(err)
		}
		if told := got(); !strings.Contains(told, "mains line circuit open (circuit closed for 1.0 s)\n") {
			t.Errorf("told %q", told)
		}
	})
}

func TestWatchEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(sense.Change) error { return nil }
		if err := sense.Watch(t.Context(), setup(bare{}, nil, nil), silent); !errors.Is(err, sense.ErrNothing) {
			t.Errorf("nothing to watch: %v", err)
		}
		full := errors.New("disk full")
		calls := 0
		err := sense.Watch(t.Context(), setup(board.NewSimulated(sim.NewState()), nil, nil), func(sense.Change) error { calls++; return full })
		if !errors.Is(err, full) || calls != 1 {
			t.Errorf("nobody listens: %v after %d calls", err, calls)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		start := time.Now()
		if err := sense.Watch(ctx, setup(board.NewSimulated(sim.NewState()), nil, nil), silent); err != nil || time.Since(start) != 30*time.Second {
			t.Errorf("after 30 s: %v, %v", err, time.Since(start))
		}
	})
}

func TestChangeForPrograms(t *testing.T) {
	c := sense.Change{
		At:  time.Date(2026, 11, 2, 8, 30, 0, 5e6, time.UTC),
		Was: "0", Lasted: 12.3, Value: sense.Value{Device: "door", Kind: "door_open", Quality: "good", Value: "1"},
	}
	text, err := json.Marshal(c)
	if want := `{"at":"2026-11-02T08:30:00.005Z","device":"door","kind":"door_open","quality":"good","value":"1","was":"0","lasted_seconds":12.3}`; err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
}
