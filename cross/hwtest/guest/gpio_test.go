package guest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/warthog618/go-gpiosim"

	"rackvakt/sensors/board"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
)

// lines are the lines of the simulated chip: its number in gpio-sim and its name.
const (
	doorLine = 2
	leakLine = 3
	heldLine = 5 // held by a driver of the kernel
)

const chipLabel = "closet"

// simulated makes a chip of gpio-sim whose door rests: closed, pulled to ground.
func simulated(t *testing.T) *gpiosim.Chip {
	t.Helper()
	sim, err := gpiosim.NewSim(gpiosim.WithName(chipLabel), gpiosim.WithBank(gpiosim.NewBank(chipLabel, 8,
		gpiosim.WithNamedLine(doorLine, "DOOR"), gpiosim.WithNamedLine(leakLine, "LEAK"),
		gpiosim.WithHoggedLine(heldLine, "leds-gpio", gpiosim.HogDirectionInput))))
	must(t, err)
	t.Cleanup(sim.Close)
	must(t, sim.Chips[0].Pulldown(doorLine))
	return &sim.Chips[0]
}

// doorOptions reads a reed contact to ground, closed while the door is: high is
// open. Without a bias, since gpio-sim's own pull stands for the contact.
func doorOptions() contact.Options {
	o := contact.DefaultOptions()
	o.Name, o.Role, o.Line, o.Bias = "door", contact.Door, "DOOR", contact.NoBias
	return o
}

func runContact(t *testing.T, o contact.Options) *record {
	t.Helper()
	return run(t, contact.New(o, machine(t), clock(t), quiet()).Run)
}

// openLine opens the door's line by the board alone.
func openLine(t *testing.T, debounce time.Duration) contact.Line {
	t.Helper()
	o := doorOptions()
	o.Debounce = debounce
	line, err := machine(t).OpenLine(o.Request())
	must(t, err)
	t.Cleanup(func() { must(t, line.Close()) })
	return line
}

func edge(t *testing.T, line contact.Line) contact.Edge {
	t.Helper()
	select {
	case e, ok := <-line.Edges():
		if !ok {
			t.Fatal("the line ended")
		}
		return e
	case <-time.After(patience):
		t.Fatal("no edge")
	}
	return contact.Edge{}
}

// toggle moves the door n times. The kernel's interrupt thread makes one event of
// edges that come before it has run, so there is a pause between two.
func toggle(t *testing.T, chip *gpiosim.Chip, n int, pause time.Duration) {
	t.Helper()
	for range n {
		must(t, chip.Toggle(doorLine))
		time.Sleep(pause)
	}
}

// Twenty toggles are twenty edges, in order, without a hole in their numbers.
func TestTwentyTogglesInOrder(t *testing.T) {
	chip := simulated(t)
	line := openLine(t, 0)
	toggle(t, chip, 20, 20*time.Millisecond)
	for n := range 20 {
		want := contact.Edge{Active: n%2 == 0, Seq: uint32(n + 1)}
		if e := edge(t, line); e.Active != want.Active || e.Seq != want.Seq {
			t.Errorf("edge %d is %+v, want %+v", n, e, want)
		}
	}
	if active, err := line.Level(); active || err != nil {
		t.Errorf("level %v, %v after an even number of toggles", active, err)
	}
}

// However fast the line moves, the contact ends at the truth.
func TestBurstEndsAtTheTruth(t *testing.T) {
	chip := simulated(t)
	o := doorOptions()
	o.Debounce, o.Stable = 0, 200*time.Millisecond
	rec := runContact(t, o)
	rec.await(t, "door:door_open", "closed")
	for _, burst := range []struct {
		toggles int
		truth   string
	}{{101, "open"}, {101, "closed"}, {100, "closed"}} {
		toggle(t, chip, burst.toggles, 0)
		time.Sleep(500 * time.Millisecond)
		if texts := rec.of(0, "door:door_open"); texts[len(texts)-1] != burst.truth {
			t.Errorf("after %d toggles told %q, want %s last", burst.toggles, texts, burst.truth)
		}
	}
}

// The kernel's debounce makes one event of 21 bounces, and none of a short glitch.
func TestKernelDebounce(t *testing.T) {
	chip := simulated(t)
	line := openLine(t, 200*time.Millisecond)
	toggle(t, chip, 21, 0)
	if e := edge(t, line); !e.Active || e.Seq != 1 {
		t.Errorf("the bounces gave %+v", e)
	}
	toggle(t, chip, 2, 0) // a glitch
	time.Sleep(600 * time.Millisecond)
	select {
	case e := <-line.Edges():
		t.Errorf("an edge too many: %+v", e)
	default:
	}
}

// A contact with the kernel's debounce tells 21 bounces as one opening.
func TestBouncesAreOneOpening(t *testing.T) {
	chip := simulated(t)
	o := doorOptions()
	o.Debounce = 200 * time.Millisecond
	rec := runContact(t, o)
	rec.await(t, "door:door_open", "closed")
	mark := rec.mark()
	toggle(t, chip, 21, 0)
	rec.awaitAfter(t, mark, "door:door_open", "open")
	time.Sleep(1500 * time.Millisecond) // the level is read again in between
	if got := rec.of(mark, "door:door_open"); !slices.Equal(got, []string{"open"}) {
		t.Errorf("told %q", got)
	}
	if got := rec.of(0, "door:contact_bounces_total"); !slices.Equal(got, []string{"0"}) {
		t.Errorf("bounces told as %q", got)
	}
}

// Without the kernel's debounce 21 bounces are still one opening, and counted:
// ten times the door left its rest again.
func TestBouncesAreCounted(t *testing.T) {
	chip := simulated(t)
	o := doorOptions()
	o.Debounce = 0
	rec := runContact(t, o)
	rec.await(t, "door:door_open", "closed")
	mark := rec.mark()
	toggle(t, chip, 21, 10*time.Millisecond)
	rec.awaitAfter(t, mark, "door:contact_bounces_total", "10")
	if got := rec.of(mark, "door:door_open"); !slices.Equal(got, []string{"open"}) {
		t.Errorf("told %q", got)
	}
}

// The door is told open at the first edge and closed after its stable second,
// with the time at which it closed.
func TestDoorOpensAndCloses(t *testing.T) {
	chip := simulated(t)
	rec := runContact(t, doorOptions())
	rec.await(t, "door:door_open", "closed")
	must(t, chip.Pullup(doorLine))
	rec.await(t, "door:door_open", "open")
	mark, closed := rec.mark(), time.Now()
	must(t, chip.Pulldown(doorLine))
	told := rec.awaitAfter(t, mark, "door:door_open", "closed")
	if after := told.arrived.Sub(closed); after < time.Second {
		t.Errorf("told closed after %v, before the stable second was over", after)
	}
	if stamp := told.r.At.Wall.Sub(closed); stamp < -100*time.Millisecond || stamp > 900*time.Millisecond {
		t.Errorf("closed %v after it was", stamp)
	}
}

// latency is measured from the write that moves the line to the reading in the
// sink, once with the default debounce and once without.
func TestEdgeToReadingLatency(t *testing.T) {
	for _, debounce := range []time.Duration{0, contact.DefaultOptions().Debounce} {
		t.Run(debounce.String(), func(t *testing.T) {
			chip := simulated(t)
			o := doorOptions()
			o.Debounce, o.Stable = debounce, 100*time.Millisecond
			rec := runContact(t, o)
			rec.await(t, "door:door_open", "closed")
			var times []time.Duration
			for range 15 {
				mark, start := rec.mark(), time.Now()
				must(t, chip.Pullup(doorLine))
				times = append(times, rec.awaitAfter(t, mark, "door:door_open", "open").arrived.Sub(start))
				mark = rec.mark()
				must(t, chip.Pulldown(doorLine))
				rec.awaitAfter(t, mark, "door:door_open", "closed")
			}
			t.Attr("measured", fmt.Sprintf("debounce %v: %s", debounce, spread(times)))
			if worst := slices.Max(times); worst > debounce+time.Second {
				t.Errorf("worst %v", worst)
			}
		})
	}
}

// A line that another program or a driver holds is named so, and read once it is free.
func TestLineHeldByAnother(t *testing.T) {
	simulated(t)
	other, err := machine(t).OpenLine(doorOptions().Request())
	must(t, err)
	rec := runContact(t, doorOptions())
	rec.await(t, "door:door_open", "unknown: line held by another program")
	must(t, other.Close())
	rec.await(t, "door:door_open", "closed")
	_, err = machine(t).OpenLine(contact.Request{Chip: chipLabel, Line: fmt.Sprint(heldLine)})
	if !errors.Is(err, syscall.EBUSY) {
		t.Errorf("a line that a driver holds: %v", err)
	}
	if _, err := machine(t).OpenLine(contact.Request{Line: "NOSUCH"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a line that is not there: %v", err)
	}
}

// A chip that goes is an unknown door; when it is back, the door is read again,
// although it is another device to the kernel.
func TestChipRemovedAndBack(t *testing.T) {
	simulated(t)
	rec := runContact(t, doorOptions())
	rec.await(t, "door:door_open", "closed")
	const config = "/sys/kernel/config/gpio-sim/" + chipLabel
	start := time.Now()
	put(t, config+"/live", "0")
	gone := rec.await(t, "door:door_open", "unknown: line gone")
	mark := rec.mark()
	put(t, config+"/live", "1")
	put(t, fmt.Sprintf("/sys/devices/platform/%s/%s/sim_gpio%d/pull", get(t, config+"/dev_name"), get(t, config+"/bank0/chip_name"), doorLine), "pull-up")
	back := rec.awaitAfter(t, mark, "door:door_open", "open")
	t.Attr("measured", fmt.Sprintf("unknown after %.1f s, back after %.1f s",
		gone.arrived.Sub(start).Seconds(), back.arrived.Sub(gone.arrived).Seconds()))
}

// Lines move in both senses of their polarity, by name and by number.
func TestActiveLowByNumber(t *testing.T) {
	chip := simulated(t)
	o := contact.DefaultOptions()
	o.Name, o.Role, o.Chip, o.Line, o.Normally, o.Bias = "golv", contact.Leak, chipLabel, fmt.Sprint(leakLine), "open", contact.NoBias
	must(t, chip.Pullup(leakLine))
	rec := runContact(t, o)
	rec.await(t, "golv:leak_detected", "dry")
	must(t, chip.Pulldown(leakLine))
	rec.await(t, "golv:leak_detected", "water")
}

// sense lists chip, label, names, and who holds what, and says "pull-up" to the kernel.
func TestListAndBias(t *testing.T) {
	chip := simulated(t)
	o := doorOptions()
	o.Bias = contact.PullUp
	line, err := machine(t).OpenLine(o.Request())
	must(t, err)
	if level, err := chip.Pull(doorLine); level != 1 || err != nil {
		t.Errorf("the pull-up did not reach the chip: %d, %v", level, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	inv := machine(t).List(ctx)
	n := slices.IndexFunc(inv.Chips, func(c board.Chip) bool { return c.Label == chipLabel })
	if n < 0 {
		t.Fatalf("chip not listed: %+v", inv)
	}
	want := board.Pin{Offset: doorLine, Name: "DOOR", Used: true, Consumer: "rackvakt:door"}
	if got := inv.Chips[n].Lines[doorLine]; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := inv.Chips[n].Lines[heldLine]; !got.Used || got.Consumer != "leds-gpio" {
		t.Errorf("%+v", got)
	}
	must(t, line.Close())
}

// A symlink beside a chip, as Raspberry Pi OS has for the Pi 5, is no second chip.
func TestSymlinkedChip(t *testing.T) {
	chip := simulated(t)
	link := "/dev/gpiochip99"
	must(t, os.Symlink(chip.DevPath(), link))
	defer func() { must(t, os.Remove(link)) }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	found := 0
	for _, c := range machine(t).List(ctx).Chips {
		if c.Label == chipLabel {
			found++
		}
	}
	if found != 1 {
		t.Errorf("listed %d times", found)
	}
	rec := runContact(t, doorOptions())
	if r := rec.await(t, "door:door_open", "closed"); r.r.Quality != reading.Good {
		t.Errorf("%+v", r)
	}
}
