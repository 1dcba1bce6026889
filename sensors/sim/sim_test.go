package sim

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
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
	pic, err := Get(t.Context(), socket)
	if got := pic.Values; err != nil || got["door"] != "open" || got["mains"] != "lost" || got["temperature/inlet"] != "31.5" {
		t.Errorf("%v, %v", pic, err)
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
		{"door=crc", `door: "crc" is none of closed, open, absent`},
		{"temperature/inlet=crc", `none of absent, stuck, power-on`},
		{"temperature/inlet=ramp:22..36", `"ramp:22..36" is no ramp like ramp:22..36/10m`},
		{"temperature/inlet=ramp:22..36/-1m", `is no ramp`},
		{"temperature/inlet=ramp:22..360/1m", `"360" is no number`},
		{"temperature/inlet=ramp:22/1m", `is no ramp`},
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

// A ramp goes in a straight line and stays; a fault keeps what was.
func TestRampsAndFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewState()
		set := func(name, text string) {
			t.Helper()
			if err := s.Set(map[string]string{name: text}); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(name string, want int64, f Fault) {
			t.Helper()
			if got, ok := s.Number(name); !ok || got != want || s.Fault(name) != f {
				t.Errorf("%s is %d, %v, fault %q; want %d and %q", name, got, ok, s.Fault(name), want, f)
			}
		}
		const inlet, ceiling = "temperature/inlet", "temperature/ceiling"
		set(inlet, "ramp:22..36/10m")
		expect(inlet, 22_000, "")
		time.Sleep(5 * time.Minute)
		expect(inlet, 29_000, "")
		if got := s.Now(); len(got) != 1 || got[inlet] != "29" {
			t.Errorf("moving: %v", got)
		}
		set(inlet, "stuck")
		time.Sleep(time.Hour)
		expect(inlet, 29_000, Stuck)
		set(inlet, "ramp:..-2.5/1m")
		time.Sleep(90 * time.Second)
		expect(inlet, -2_500, "")
		set(ceiling, "crc")
		expect(ceiling, 24_000, CRC)
		set(ceiling, "power-on")
		expect(ceiling, 24_000, PowerOn)
		set(ceiling, "26.1")
		expect(ceiling, 26_100, "")
		set(ceiling, Absent)
		if _, ok := s.Number(ceiling); ok || s.Fault(ceiling) != "" {
			t.Error("an absent sensor measures")
		}
		if _, ok := s.Number("door"); ok {
			t.Error("a door measures")
		}
	})
}

func TestShown(t *testing.T) {
	state := NewState()
	state.Show("led", "red, fast")
	pic, err := Get(t.Context(), serve(t, state))
	if err != nil || pic.Shown["led"] != "red, fast" || len(pic.Now) != 0 {
		t.Errorf("%+v, %v", pic, err)
	}
	if err := state.Set(map[string]string{"led": "green"}); err == nil {
		t.Error("an output can be set")
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
	for _, s := range []string{`{}`, `{"set":{"door":"open"}}`, `{"set":{"door":"ajar"}}`, `{"set":{"temperature/inlet":"1e9"}}`, `{"x":1}`, `[]`, ``, `{"set":{"humidity/room":"Inf"}}`,
		`{"set":{"temperature/inlet":"ramp:22..36/10m"}}`, `{"set":{"temperature/room":"crc","humidity/room":"ramp:../1s"}}`} {
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
			if v, err := state.shapes[name].parse(state.values[name].text, value{}, time.Time{}); err != nil {
				t.Errorf("%q left %s at %v: %v", line, name, v, err)
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
