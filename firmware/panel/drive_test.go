package panel

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/sensors/board"
	"rackvakt/sensors/output"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sim"
)

// From the closet's answer to lamp, buzzer, relay and display, on the simulated
// board, with a technician who presses the button.
func TestDrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, fault := *closet(), error(nil)
		tell := func(s *agent.Snapshot, err error) {
			mu.Lock()
			defer mu.Unlock()
			if fault = err; s != nil {
				now = *s
			}
		}
		ask := func(context.Context) (agent.Snapshot, error) {
			mu.Lock()
			defer mu.Unlock()
			return now, fault
		}
		o := output.DefaultOptions()
		o.LED.Line, o.Buzzer.Line, o.Relay.Line, o.Mute.Line, o.Display.Driver = "led", "buzzer", "relay", "mute", output.SSD1306
		state := sim.NewState()
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if err := Drive(ctx, o, board.NewSimulated(state), reading.NewWallclock("b", 0, nil), func(reading.Batch) {}, ask, slog.New(slog.DiscardHandler)); err != nil {
				t.Error(err)
			}
		})
		expect := func(when, led, buzzer, relay, display string) {
			t.Helper()
			got := state.Shown()
			if got["led"] != led || got["buzzer"] != buzzer || got["relay"] != relay || !strings.Contains(got["display"], display) {
				t.Errorf("%s: %v", when, got)
			}
		}
		time.Sleep(500 * time.Millisecond)
		expect("well", "steady", "silent", "well", "Vårdcentralen Kyrkeby")
		tell(closet(linkDown), nil)
		time.Sleep(askEvery)
		expect("link down", "fast", "pulse", "alarm", "Larm: 1, kritiska: 1")
		if err := state.Set(map[string]string{"mute": "pressed"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		expect("pressed", "fast", "silent", "alarm", "Summern tyst 30 min")
		tell(nil, errors.New("busy"))
		time.Sleep(askEvery)
		expect("no answer", "dark", "silent", "alarm", "övervakningen")
		tell(closet(linkDown, smoke), nil)
		time.Sleep(askEvery)
		expect("smoke", "fast", "urgent", "alarm", "Larm: 2, kritiska: 2")
		tell(cut(closet()), nil)
		time.Sleep(askEvery)
		expect("no contact", "double", "silent", "well", "")
		cancel()
		all.Wait()
		for name, what := range state.Shown() {
			if what != "" {
				t.Errorf("after the end %s shows %q", name, what)
			}
		}
	})
}
