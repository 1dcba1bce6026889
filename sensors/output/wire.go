package output

import (
	"context"
	"errors"
	"io/fs"
	"syscall"
	"time"
)

// rhythm is how a line is switched: on, off, on, off for these times, again and
// again. Without times it is off; with one it is on.
type rhythm []time.Duration

const ms = time.Millisecond

// lights and sounds are the rhythms of Light and Sound.
var (
	lights = map[Light]rhythm{
		Steady: {always}, Slow: {time.Second, time.Second}, Fast: {125 * ms, 125 * ms},
		Double: {100 * ms, 150 * ms, 100 * ms, 1150 * ms},
	}
	sounds = map[Sound]rhythm{
		Pulse: {150 * ms, 1850 * ms}, Urgent: {150 * ms, 100 * ms, 150 * ms, 100 * ms, 150 * ms, 350 * ms},
	}
)

// always is how often a line that does not change is set again, which is when a
// chip that has gone is noticed.
const always = 10 * time.Second

// wanted is a rhythm with its name.
type wanted struct {
	word string
	rhythm
}

// relayed returns what the relay does. With failSafe it is energised while all is
// well.
func relayed(alarm, failSafe bool) wanted {
	w := wanted{word: "well"}
	if alarm {
		w.word = "alarm"
	}
	if alarm != failSafe {
		w.rhythm = rhythm{always}
	}
	return w
}

// wire drives one line.
type wire struct {
	name string
	pin  Pin
	from Opener
	show *cell[wanted]
}

func newWire(name string, pin Pin, from Opener) *wire {
	return &wire{name: name, pin: pin, from: from, show: newCell[wanted]()}
}

// drive is the wire's session.
func (w *wire) drive(ctx context.Context, up func(source string)) (err error) {
	line, err := w.from.OpenOutput(Request{Name: w.name, Pin: w.pin})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, line.Set(false), line.Close()) }()
	up(line.Source())
	return w.follow(ctx, line)
}

// follow switches line as it is wanted until the line fails or ctx ends.
func (w *wire) follow(ctx context.Context, line Line) error {
	now, step := w.begin(line), 0
	turn := time.NewTimer(0)
	defer turn.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-turn.C:
			active, rest := now.at(step)
			if err := line.Set(active); err != nil {
				return err
			}
			step++
			turn.Reset(rest)
		case <-w.show.changed:
			// What is told again goes on in its rhythm.
			if w.show.get().word != now.word {
				now, step = w.begin(line), 0
				turn.Reset(0)
			}
		}
	}
}

// begin returns what is wanted now, and tells it to a line that listens.
func (w *wire) begin(line Line) wanted {
	now := w.show.get()
	if t, ok := line.(Teller); ok {
		t.Tell(now.word)
	}
	return now
}

// at returns the level of one step and how long it lasts.
func (r rhythm) at(step int) (active bool, rest time.Duration) {
	switch len(r) {
	case 0:
		return false, always
	case 1:
		return true, always
	}
	step %= len(r)
	return step%2 == 0, r[step]
}

// errBus marks what opening the bus of a display failed with.
var errBus = errors.New("bus of the display")

// reason says why an output cannot be driven, in the words that contacts use too.
func reason(err error) string {
	switch {
	case errors.Is(err, syscall.EBUSY):
		return "line held by another program"
	case errors.Is(err, fs.ErrPermission):
		return "no permission"
	case errors.Is(err, errBus) && errors.Is(err, fs.ErrNotExist):
		return "no such bus"
	case errors.Is(err, fs.ErrNotExist):
		return "no such line"
	case errors.Is(err, syscall.ENODEV):
		return "line gone"
	case errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EREMOTEIO):
		return "no answer at address"
	case errors.Is(err, syscall.ETIMEDOUT):
		return "no answer in time"
	}
	return err.Error()
}
