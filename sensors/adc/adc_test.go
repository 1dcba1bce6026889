package adc_test

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

	"rackvakt/sensors/adc"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
)

// What the loop measures: 1k in series, 2k2 across the contact.
const (
	closed = 1000
	open   = 3200
)

// notes keeps each change that is told of a device.
type notes struct {
	mu   sync.Mutex
	last map[string]reading.Reading // guarded by mu
	told map[string][]string        // guarded by mu
}

func newNotes() *notes {
	return &notes{last: map[string]reading.Reading{}, told: map[string][]string{}}
}

func (n *notes) sink(b reading.Batch) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range b.Readings {
		if r.Point.Kind == reading.Bounces {
			continue
		}
		device := r.Point.Device
		was, had := n.last[device]
		n.last[device] = r
		if had && was.Value == r.Value && was.Quality == r.Quality && was.Reason == r.Reason {
			continue
		}
		text := r.At.Mono.String() + " " + r.Point.Kind.Word(r.Value)
		if !r.Known() {
			text = fmt.Sprintf("%s %s: %s", r.At.Mono, r.Quality, r.Reason)
		}
		n.told[device] = append(n.told[device], text)
	}
}

func (n *notes) of(device string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.told[device])
}

func options(name string, role contact.Role, channel int) contact.Options {
	o := contact.DefaultOptions()
	o.Name, o.Role = name, role
	o.Supervised.Bus, o.Supervised.Channel = "1", channel
	return o
}

// follow runs contacts on one chip while script moves their loops, in fake time.
func follow(t *testing.T, m *model, contacts []contact.Options, script func()) *notes {
	t.Helper()
	n := newNotes()
	n.follow(t, m, contacts, script)
	return n
}

func (n *notes) follow(t *testing.T, m *model, contacts []contact.Options, script func()) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		hw := &sensortest.Hardware{Bus: m.tx}
		loops := adc.New(hw)
		clock := reading.NewWallclock("b", 0, nil)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for _, o := range contacts {
			c := contact.New(o, loops, clock, slog.New(slog.DiscardHandler))
			all.Go(func() {
				if err := c.Run(ctx, n.sink); err != nil {
					t.Errorf("Run: %v", err)
				}
			})
		}
		script()
		cancel()
		all.Wait()
		if opened, closed := hw.Handles(); opened != closed {
			t.Errorf("%d handles of the bus opened, %d closed", opened, closed)
		}
	})
}

func at(d time.Duration) { time.Sleep(d) }

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("told\n%q, want\n%q", got, want)
	}
}

func TestOpeningAtOnceAndClosingAfterAStableSecond(t *testing.T) {
	m := newModel(closed)
	n := newNotes()
	n.follow(t, m, []contact.Options{options("door", contact.Door, 0)}, func() {
		at(5 * time.Second)
		m.set(0, open)
		at(100 * time.Millisecond)
		if got := len(n.of("door")); got != 2 {
			t.Errorf("the opening is not told within 0.1 s: %q", n.of("door"))
		}
		at(4900 * time.Millisecond)
		m.set(0, closed)
		at(time.Second)
		if got := len(n.of("door")); got != 2 {
			t.Errorf("the closing is told before a stable second: %q", n.of("door"))
		}
		at(4 * time.Second)
	})
	// The moment is that of the first look that showed it; the second one confirms.
	expect(t, n.of("door"), "104.8ms closed", "5.0072s open", "10.0072s closed")
}

// Each fault has its name, is no state of the contact, and ends after a stable
// second at rest, or at once with an open contact.
func TestFaultsOfTheLoop(t *testing.T) {
	for _, c := range []struct {
		name string
		ohms int64
		want string
	}{
		{"cut", endless, "loop cut"}, {"damp cut", 60_000, "loop cut"},
		{"shorted", 0, "loop shorted"}, {"shorted at the far end of the cable", 200, "loop shorted"},
		{"second resistor across the first", 500, "loop between states"},
		{"resistor in place of the contact", 2000, "loop between states"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(closed)
			n := follow(t, m, []contact.Options{options("door", contact.Door, 0)}, func() {
				at(5 * time.Second)
				m.set(0, c.ohms)
				at(5 * time.Second)
				m.set(0, closed)
				at(5 * time.Second)
				m.set(0, c.ohms)
				at(5 * time.Second)
				m.set(0, open)
				at(5 * time.Second)
			})
			expect(t, n.of("door"), "104.8ms closed", "5.0072s fault: "+c.want, "10.0072s closed",
				"15.0072s fault: "+c.want, "20.0072s open")
		})
	}
}

func TestLoopThatIsBadFromTheStart(t *testing.T) {
	m := newModel(endless)
	n := follow(t, m, []contact.Options{options("leak", contact.Leak, 0)}, func() { at(time.Minute) })
	if got := n.of("leak"); len(got) != 1 || got[0] != "366.8ms fault: loop cut" {
		t.Errorf("%q", got)
	}
}

// A contact on its way is not a fault.
func TestPassingThroughOtherVoltages(t *testing.T) {
	m := newModel(closed)
	n := follow(t, m, []contact.Options{options("door", contact.Door, 0)}, func() {
		at(5 * time.Second)
		for _, ohms := range []int64{0, 2000, endless} {
			m.set(0, ohms)
			at(80 * time.Millisecond)
		}
		m.set(0, open)
		at(5 * time.Second)
	})
	expect(t, n.of("door"), "104.8ms closed", "5.2572s open")
}

// A loop that rests in nothing is told as such and not as what it was.
func TestUnsteadyLoop(t *testing.T) {
	m := newModel(closed)
	n := follow(t, m, []contact.Options{options("door", contact.Door, 0)}, func() {
		at(5 * time.Second)
		for i := range 100 {
			m.set(0, []int64{open, closed}[i%2])
			at(50 * time.Millisecond)
		}
		at(5 * time.Second)
	})
	expect(t, n.of("door"), "104.8ms closed", "6.9572s fault: loop unsteady", "9.9572s closed")
}

// With a normally open contact the closed side is the active one.
func TestNormallyOpen(t *testing.T) {
	m := newModel(open)
	o := options("smoke", contact.Smoke, 0)
	o.Normally = "open"
	n := follow(t, m, []contact.Options{o}, func() {
		at(5 * time.Second)
		m.set(0, closed)
		at(5 * time.Second)
	})
	expect(t, n.of("smoke"), "104.8ms clear", "5.0072s smoke")
}

// Four contacts share a chip: none is ever told what another one's loop shows.
func TestFourLoopsOnOneChip(t *testing.T) {
	m := newModel(closed, open, endless, closed)
	contacts := []contact.Options{
		options("door", contact.Door, 0), options("door-2", contact.Door, 1),
		options("tamper", contact.Tamper, 2), options("lock", contact.Lock, 3),
	}
	n := follow(t, m, contacts, func() {
		at(time.Minute)
		m.set(0, open)
		at(time.Minute)
	})
	words := func(device string) (out []string) {
		for _, text := range n.of(device) {
			_, word, _ := cut(text)
			out = append(out, word)
		}
		return out
	}
	expect(t, words("door"), "closed", "open")
	expect(t, words("door-2"), "open")
	expect(t, words("tamper"), "fault: loop cut")
	expect(t, words("lock"), "locked")
	// 20 looks a second at each of four inputs.
	if got := m.conversions(); got < 4*20*115 {
		t.Errorf("%d conversions in two minutes: a loop is looked at less than ten times a second", got)
	}
}

func cut(text string) (when, word string, found bool) {
	for i, c := range text {
		if c == ' ' {
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

func TestADCThatFails(t *testing.T) {
	door := []contact.Options{options("door", contact.Door, 0)}
	t.Run("not there, then there", func(t *testing.T) {
		m := newModel(closed)
		m.fail(syscall.EREMOTEIO, 0)
		n := follow(t, m, door, func() {
			at(2500 * time.Millisecond)
			m.fail(nil, 0)
			at(5 * time.Second)
		})
		expect(t, n.of("door"), "0s unknown: no answer at address", "3.1048s closed")
	})
	t.Run("short failure", func(t *testing.T) {
		m := newModel(closed)
		n := follow(t, m, door, func() {
			at(5 * time.Second)
			m.fail(syscall.EREMOTEIO, 0)
			at(400 * time.Millisecond)
			m.fail(nil, 0)
			at(5 * time.Second)
		})
		expect(t, n.of("door"), "104.8ms closed")
	})
	t.Run("pulled out and back with the door open", func(t *testing.T) {
		m := newModel(closed)
		n := follow(t, m, door, func() {
			at(5 * time.Second)
			m.fail(syscall.ENXIO, 0)
			m.set(0, open)
			at(2 * time.Second)
			m.fail(nil, 0)
			at(5 * time.Second)
		})
		expect(t, n.of("door"), "104.8ms closed", "5.5048s unknown: no answer at address", "8.6096s open")
	})
	t.Run("bus that hangs", func(t *testing.T) {
		m := newModel(closed)
		n := follow(t, m, door, func() {
			at(5 * time.Second)
			m.fail(syscall.ETIMEDOUT, 3*time.Second)
			at(20 * time.Second)
			m.fail(nil, 0)
			at(30 * time.Second)
		})
		got := n.of("door")
		if len(got) != 3 || got[1] != "6.1048s unknown: no answer in time" {
			t.Errorf("%q", got)
		}
	})
	t.Run("another chip", func(t *testing.T) {
		m := newModel(closed)
		m.foreign = true
		n := follow(t, m, door, func() { at(5 * time.Second) })
		expect(t, n.of("door"), "2.4ms fault: another chip answers at this address")
	})
	t.Run("no such bus", func(t *testing.T) {
		o := options("door", contact.Door, 0)
		c := contact.New(o, adc.New(&sensortest.Hardware{}), reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler))
		b := c.Read()
		if r := b.Readings[0]; r.Quality != reading.Unknown || r.Reason != "no such line" || b.Facts[0].Text != "i2c-1 0x48 channel 0" {
			t.Errorf("%+v", b)
		}
	})
}

// sense reads a loop once, a bad one too.
func TestReadOnce(t *testing.T) {
	for ohms, want := range map[int64]string{closed: "good ", open: "good ", 0: "fault loop shorted"} {
		synctest.Test(t, func(t *testing.T) {
			hw := &sensortest.Hardware{Bus: newModel(ohms).tx}
			c := contact.New(options("door", contact.Door, 0), adc.New(hw), reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler))
			r := c.Read().Readings[0]
			if got := r.Quality.String() + " " + r.Reason; got != want || r.Known() && r.Is(1) != (ohms == open) {
				t.Errorf("%d ohms: %+v", ohms, r)
			}
		})
	}
}
