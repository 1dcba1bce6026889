package board

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/output"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sim"
)

func outputs() output.Options {
	o := output.DefaultOptions()
	o.LED.Line, o.Buzzer.Line, o.Relay.Line, o.Mute.Line = "led", "buzzer", "relay", "mute"
	o.Display.Driver = output.SSD1306
	return o
}

// What is shown can be read from the simulated board: the words of lamp, buzzer
// and relay, and the text that the emulated display makes of its own memory.
func TestOutputsOnSimulatedBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := sim.NewState()
		out := output.New(outputs(), NewSimulated(state), reading.NewWallclock("b", 0, nil), func(reading.Batch) {}, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _ = out.Run(ctx) })
		out.Show(output.Show{LED: output.Fast, Buzzer: output.Pulse, Alarm: true, Page: output.Page{Title: "Läge", Corner: "14:03", Lines: []string{"", "Strömavbrott"}}})
		time.Sleep(time.Second)
		want := map[string]string{"led": "fast", "buzzer": "pulse", "relay": "alarm", "display": "Läge            14:03 / Strömavbrott"}
		for name, text := range want {
			if got := state.Shown()[name]; got != text {
				t.Errorf("%s shows %q, want %q", name, got, text)
			}
		}
		if err := state.Set(map[string]string{"mute": "pressed"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		select {
		case <-out.Pressed():
		default:
			t.Error("the simulated button is not felt")
		}
		cancel()
		all.Wait()
		for name, text := range state.Shown() {
			if text != "" {
				t.Errorf("after the end %s shows %q", name, text)
			}
		}
	})
}

func TestSimulatedOutputIsHeldOnce(t *testing.T) {
	b := NewSimulated(sim.NewState())
	req := output.Request{Name: "led", Pin: output.Pin{Line: "led"}}
	line, err := b.OpenOutput(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenOutput(req); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("a second request: %v", err)
	}
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenOutput(req); err != nil {
		t.Errorf("after the first was closed: %v", err)
	}
	if _, err := b.OpenOutput(output.Request{Name: "relay", Pin: output.Pin{Chip: "gpiochip0", Line: "1"}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a chip that is not there: %v", err)
	}
	if _, err := b.OpenSPI("0.0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a port that is not there: %v", err)
	}
}

func TestNoOutputsWithoutHardware(t *testing.T) {
	l := newLinux()
	l.dev = t.TempDir()
	if _, err := l.OpenOutput(output.Request{Name: "led", Pin: output.Pin{Line: "no such line"}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("line: %v", err)
	}
	for _, port := range []string{"0.0", "0", "a.b", "-1.0", ""} {
		if _, err := l.OpenSPI(port); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("port %q: %v", port, err)
		}
	}
}

func TestKernelOutput(t *testing.T) {
	l, chip := kernelChip(t)
	for _, activeLow := range []bool{false, true} {
		line, err := l.OpenOutput(output.Request{Name: "led", Pin: output.Pin{Line: "RACKDOOR", ActiveLow: activeLow}})
		if err != nil {
			t.Fatal(err)
		}
		for _, active := range []bool{false, true, false} {
			if err := line.Set(active); err != nil {
				t.Fatal(err)
			}
			level, err := chip.Level(3)
			if err != nil || (level == 1) != (active != activeLow) {
				t.Errorf("active low %v, active %v: level %d, %v", activeLow, active, level, err)
			}
		}
		if _, err := l.OpenOutput(output.Request{Name: "relay", Pin: output.Pin{Chip: "rackvakt-test", Line: "3"}}); !errors.Is(err, syscall.EBUSY) {
			t.Errorf("a line that is held: %v", err)
		}
		if err := line.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
