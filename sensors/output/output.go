// Package output shows what it is told to show: a status lamp, a buzzer, an alarm
// relay, and a small display of 128x64 dots.
//
// Wiring and what happens without the program:
//
//   - The lamp is a LED on a GPIO line. Dark means that nobody watches: the line is
//     off before the program starts and after it ends.
//   - The buzzer is an active one (it has its own tone) on a GPIO line, switched
//     with a transistor; a bare piezo disc is not driven.
//   - The relay stands, with fail_safe (the default), in its energised place while
//     all is well, so that a lost supply, a cut wire and an ended program are alarms.
//   - In an orderly end every line is set to off and the display is switched off.
//     After a kill the lines are the kernel's: Raspberry Pi's kernels leave an
//     output at its last level unless config.txt holds dtparam=strict_gpiod, which
//     turns it back to an input, so that the board's resistor decides; mainline
//     kernels do that by themselves. systemd starts a killed program again within
//     seconds, and the first thing that it does is to set the lines to off.
//
// Displays:
//
//	ssd1306  OLED 128x64 on I2C, 0x3c or 0x3d. Solomon Systech SSD1306 Rev 1.1
//	         (Apr 2008). No answer at its address is noticed within a minute.
//	st7567   LCD 128x64 on SPI with a line for D/C (A0) and one for reset.
//	         Sitronix ST7567 Ver 1.4b. Its SPI is write only: a display that is
//	         missing or broken is not noticed.
//
// Each output has its own retries; one that is broken is named by a Fact (Device
// "outputs", label problem) and disturbs no other.
//
// It refuses to decide what is shown (firmware/panel), to open character devices
// itself (sensors/board), and to wait for a display when something else is due.
package output

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/spi"

	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
)

// Device is the Device of the Facts that name a broken output; the Object is led,
// buzzer, relay, display or mute.
const Device = "outputs"

// Light is what the status lamp does.
type Light string

// Lights. The zero Light is Dark.
const (
	Dark   Light = "dark"   // nobody watches
	Steady Light = "steady" // all is well
	Slow   Light = "slow"   // a warning: on and off for a second each
	Fast   Light = "fast"   // a critical alarm: four times a second
	Double Light = "double" // no contact with the region: two short flashes, a pause
)

// Sound is what the buzzer does.
type Sound string

// Sounds. The zero Sound is Silent.
const (
	Silent Sound = "silent"
	Pulse  Sound = "pulse"  // a critical alarm: a short tone every other second
	Urgent Sound = "urgent" // water, smoke, heat: three tones, a pause
)

// Show is everything that is shown at a moment.
type Show struct {
	LED    Light
	Buzzer Sound
	// Alarm is what the relay tells.
	Alarm bool
	Page  Page
}

// Request says which line is wanted as an output.
type Request struct {
	// Name is led, buzzer, relay, display-dc or display-reset; the kernel shows it
	// as the line's consumer.
	Name string
	Pin
}

// Line is one line that is driven.
type Line interface {
	// Set drives the line; true is active.
	Set(active bool) error
	// Source names chip and line for people.
	Source() string
	// Close gives the line back as it stands.
	Close() error
}

// Teller is a Line of a simulated board, which is told in a word what it shows,
// since nobody sees it blink.
type Teller interface{ Tell(word string) }

// Opener opens lines as outputs, inactive. Errors wrap the kernel's errno, as
// those of contact.Opener do.
type Opener interface {
	OpenOutput(Request) (Line, error)
}

// Hardware is what outputs need of a board.
type Hardware interface {
	Opener
	contact.Opener
	OpenBus(bus string) (i2c.BusCloser, error)
	// OpenSPI opens "0.1", chip select 1 of SPI bus 0.
	OpenSPI(port string) (spi.PortCloser, error)
}

// Outputs drives what is configured.
type Outputs struct {
	opt    Options
	hw     Hardware
	clock  reading.Clock
	sink   reading.Sink
	log    *slog.Logger
	press  chan struct{}
	led    *wire
	buzzer *wire
	relay  *wire
	screen *screen
}

// New returns the outputs of o. They are off until Run runs and Show was called.
// log and sink may not be nil; sink takes the Facts.
func New(o Options, hw Hardware, clock reading.Clock, sink reading.Sink, log *slog.Logger) *Outputs {
	return &Outputs{
		opt: o, hw: hw, clock: clock, sink: sink, log: log, press: make(chan struct{}, 1),
		led: newWire("led", o.LED, hw), buzzer: newWire("buzzer", o.Buzzer, hw),
		relay: newWire("relay", o.Relay.Pin, hw), screen: newScreen(o.Display, hw),
	}
}

// Show has s shown in place of what was shown. It does not wait and may be called
// from any goroutine.
func (o *Outputs) Show(s Show) {
	o.led.show.set(wanted{string(s.LED), lights[s.LED]})
	o.buzzer.show.set(wanted{string(s.Buzzer), sounds[s.Buzzer]})
	o.relay.show.set(relayed(s.Alarm, o.opt.Relay.FailSafe))
	o.screen.show.set(s.Page)
}

// Pressed delivers the presses of the mute button. Presses that nobody took are
// one.
func (o *Outputs) Pressed() <-chan struct{} { return o.press }

// Run drives the outputs until ctx ends, then switches all off. It keeps going
// without any of them and returns nil. Run may be called once.
func (o *Outputs) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for name, part := range o.parts() {
		all.Go(func() {
			k := keeper{name: name, out: o, log: o.log.With("output", name)}
			k.keep(ctx, part)
		})
	}
	<-ctx.Done()
	all.Wait()
	return nil
}

// session drives one output until it fails or ctx ends; it calls up with the
// output's source once it works.
type session func(ctx context.Context, up func(source string)) error

// parts returns what is configured, by the Object of its Facts.
func (o *Outputs) parts() map[string]session {
	parts := map[string]session{}
	for _, w := range []*wire{o.led, o.buzzer, o.relay} {
		if w.pin.Used() {
			parts[w.name] = w.drive
		}
	}
	if o.opt.Display.Used() {
		parts["display"] = o.screen.drive
	}
	if o.opt.Mute.Used() {
		parts["mute"] = o.watchButton
	}
	return parts
}

// Pauses between attempts to open an output.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// keeper runs the sessions of one output, and says when it is broken.
type keeper struct {
	name string
	out  *Outputs
	log  *slog.Logger
	// problem is the reason told last; "" while the output works.
	problem string
}

func (k *keeper) keep(ctx context.Context, part session) {
	pause := firstPause
	for {
		err := part(ctx, func(source string) {
			pause = firstPause
			k.works(source)
		})
		if ctx.Err() != nil {
			if err != nil {
				k.log.Warn("output not switched off", "err", err)
			}
			return
		}
		k.broken(err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

func (k *keeper) works(source string) {
	k.log.Info("output works", "source", source)
	k.problem = ""
	k.tell(reading.LabelSource, source)
	k.tell(reading.LabelProblem, "")
}

// broken tells a new reason once.
func (k *keeper) broken(err error) {
	if why := reason(err); why != k.problem {
		k.problem = why
		k.log.Warn("output does not work", "err", err)
		k.tell(reading.LabelProblem, why)
	}
}

func (k *keeper) tell(label reading.Label, text string) {
	k.out.sink(reading.Batch{Facts: []reading.Fact{{
		Point: reading.Point{Device: Device, Object: k.name}, Label: label, Text: text, At: k.out.clock.Now(),
	}}})
}

// cell holds the newest of the values that one goroutine is to act on.
type cell[T any] struct {
	mu      sync.Mutex
	value   T             // guarded by mu
	changed chan struct{} // holds one
}

func newCell[T any]() *cell[T] { return &cell[T]{changed: make(chan struct{}, 1)} }

func (c *cell[T]) set(v T) {
	c.mu.Lock()
	c.value = v
	c.mu.Unlock()
	select {
	case c.changed <- struct{}{}:
	default: // there is a change to look at already
	}
}

func (c *cell[T]) get() T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.value
}
