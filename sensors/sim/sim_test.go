package sim

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serve starts a server on a socket of its own and returns its path once it answers.
func serve(t *testing.T, state *State) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "sim.sock")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, socket, state, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for range 500 {
		if _, err := Get(t.Context(), socket); err == nil {
			return socket
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the server does not answer")
	return ""
}

func TestApplyAndGet(t *testing.T) {
	state := NewState()
	socket := serve(t, state)
	if err := Apply(t.Context(), socket, []string{"door=open", "mains", "lost", "temperature/inlet=31.5"}); err != nil {
		t.Fatal(err)
	}
	got, err := Get(t.Context(), socket)
	if err != nil || got["door"] != "open" || got["mains"] != "lost" || got["temperature/inlet"] != "31.5" {
		t.Errorf("%v, %v", got, err)
	}
	if active, present := state.Active("door"); !active || !present {
		t.Error("the door is not open")
	}
	if v, ok := state.Number("temperature/inlet"); v != 31_500 || !ok {
		t.Errorf("inlet %d, %v", v, ok)
	}
}

func TestOneMistakeChangesNothing(t *testing.T) {
	state := NewState()
	socket := serve(t, state)
	for _, bad := range [][2]string{
		{"dor=open", `no "dor"; there are cooling, door`},
		{"door=ajar", `door: "ajar" is none of closed, open, absent`},
		{"temperature/inlet=200", `is no number from -40 to 125`},
		{"temperature/inlet=NaN", `is no number from -40 to 125`},
		{"door", `"door" is not NAME=VALUE`},
		{"leak=dry", `"leak" is set twice`},
	} {
		err := Apply(t.Context(), socket, []string{"leak=water", bad[0]})
		if err == nil || !strings.Contains(err.Error(), bad[1]) {
			t.Errorf("%s: %v, want %s", bad[0], err, bad[1])
		}
	}
	if active, _ := state.Active("leak"); active {
		t.Error("a request with a mistake changed something")
	}
}

func TestSocketOfADeadProcessIsTakenOver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // ends a server that wrongly starts
	defer cancel()
	if err := Serve(ctx, file, NewState(), log); err == nil || !strings.Contains(err.Error(), "is not a socket") {
		t.Errorf("a plain file: %v", err)
	}
	socket := serve(t, NewState())
	if err := Serve(ctx, socket, NewState(), log); err == nil || !strings.Contains(err.Error(), "another program listens") {
		t.Errorf("a living socket: %v", err)
	}
	if err := Apply(t.Context(), filepath.Join(t.TempDir(), "none"), []string{"door=open"}); err == nil {
		t.Error("no error without a board")
	}
}

func TestDeclare(t *testing.T) {
	s := NewState()
	for _, c := range []struct {
		name, role string
		ok         bool
	}{
		{"door", "door", true}, {"backdoor", "door", true}, {"backdoor", "door", true},
		{"backdoor", "mains", false}, {"x", "temperature", false}, {"x", "window", false},
	} {
		if err := s.Declare(c.name, c.role); (err == nil) != c.ok {
			t.Errorf("%s as %s: %v", c.name, c.role, err)
		}
	}
	if s.Values()["backdoor"] != "closed" {
		t.Error("a new contact is not at rest")
	}
}

func FuzzHandle(f *testing.F) {
	for _, s := range []string{`{}`, `{"set":{"door":"open"}}`, `{"set":{"door":"ajar"}}`, `{"set":{"temperature/inlet":"1e9"}}`, `{"x":1}`, `[]`, ``, `{"set":{"humidity/room":"Inf"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		state := NewState()
		ans := handle(state, line)
		if (ans.Error == "") == (ans.Values == nil) {
			t.Errorf("%q: %+v", line, ans)
		}
		if _, err := json.Marshal(ans); err != nil {
			t.Error(err)
		}
		for _, name := range state.Names() {
			if err := state.shapes[name].check(state.values[name]); err != nil {
				t.Errorf("%q left %s: %v", line, name, err)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("door=open", "mains")
	f.Add("door", "open")
	f.Add("=", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		set, err := Parse([]string{a, b})
		for name, value := range set {
			if err == nil && (name == "" || value == "") {
				t.Errorf("%q %q: %v", a, b, set)
			}
		}
	})
}
