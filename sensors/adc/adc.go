// Package adc reads supervised loops through an ADS1115 and shows each as a line
// that package contact follows: levels, edges, and faults of the loop.
//
// Chip: Texas Instruments ADS1115, data sheet SBAS444E (May 2009, revised December
// 2024): 16 bits, four inputs against ground, I2C address 0x48 to 0x4b by its ADDR
// pin, full scale 4.096 V (0.125 mV per bit) or 6.144 V, gain error 0.15 % at most.
// An input must not exceed the chip's supply by more than 0.3 V. The chip has no
// register that names it: its config register must read back as it was written,
// which also shows a chip that was reset (it then reads 0x8583) and another
// program that uses it.
//
// A loop is looked at 20 times a second. A state of the contact counts once two
// looks in a row agree (and Debounce has passed), a fault once it has lasted
// 0.3 s, since a moving contact passes through voltages of its own; a loop that
// stays in no circuit for two seconds is unsteady. An ADC that has not answered
// for half a second is lost, and says why.
//
// It refuses to give numbers (a voltage is only ever a circuit), and to tell what
// an open contact means (sensors/contact).
package adc

import (
	"fmt"
	"sync"

	"periph.io/x/conn/v3/i2c"

	"rackvakt/sensors/contact"
)

// Buses opens I2C buses; sensors/board serves it.
type Buses interface {
	OpenBus(bus string) (i2c.BusCloser, error)
}

// Loops opens the loops of one machine. Loops on the same chip share it: each
// conversion has the chip for itself.
type Loops struct {
	buses Buses
	mu    sync.Mutex
	chips map[place]turn // guarded by mu
}

// turn holds one token: who has it uses the chip. It is no Mutex since it is held
// over waits, which Mutexes hide from fake time.
type turn chan struct{}

// place is where a chip is.
type place struct {
	bus     string
	address uint16
}

// New returns Loops on the buses of a board.
func New(buses Buses) *Loops { return &Loops{buses: buses, chips: map[place]turn{}} }

// OpenLine implements contact.Opener for requests with a loop. It returns once
// the loop's first circuit is sure: after a tenth of a second, or after two for a
// loop that does not rest.
func (l *Loops) OpenLine(req contact.Request) (contact.Line, error) {
	bus, err := l.buses.OpenBus(req.Loop.Bus)
	if err != nil {
		return nil, fmt.Errorf("open i2c-%s: %w", req.Loop.Bus, err)
	}
	chip := &ads1115{
		dev: i2c.Dev{Bus: bus, Addr: req.Loop.Address}, turn: l.turn(req.Loop),
		config: configFor(req.Loop),
	}
	return openLine(req, bus, chip)
}

// turn returns what a loop must hold while it uses its chip.
func (l *Loops) turn(loop contact.Loop) turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := place{loop.Bus, loop.Address}
	if l.chips[at] == nil {
		l.chips[at] = make(turn, 1)
	}
	return l.chips[at]
}
