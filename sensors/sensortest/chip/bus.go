// Package chip holds chips that answer as their datasheets say: a test moves what
// they measure, and a driver reads it over an I2C bus. The same chip hangs on a
// bus in memory (Bus.Tx, for sensortest.Hardware) or on a real /dev/i2c-N
// (sensors/sensortest/usbip).
//
// A new chip is a type with Write and Read. One of 16-bit registers embeds words
// and fills its table; one that measures on command embeds answer.
//
// It shares no code with the drivers, nor with anything else of the product, and
// refuses to be lenient: what a datasheet forbids is not acknowledged. Faults are
// made on the bus (Break, Stick) or by the chip's own fields.
package chip

import (
	"sync"
	"syscall"
)

// Chip is one slave of an I2C bus. Each call is one message (UM10204 section
// 3.1.10); false does not acknowledge it.
type Chip interface {
	Write(data []byte) bool
	Read(into []byte) bool
}

// Fault is what is wrong at one address of a bus.
type Fault int

// Faults. The zero Fault is none.
const (
	// NoAnswer acknowledges nothing, as if the chip were pulled off.
	NoAnswer Fault = iota + 1
	// BadLast turns one bit of the last octet of every read: a checksum, where
	// the chip sends one.
	BadLast
	// BadFirst turns one bit of the first octet of every read.
	BadFirst
	// AllOnes reads every octet as 0xff, as a data line that nobody pulls down.
	AllOnes
)

// Bus is what hangs on one bus. The zero value is an empty bus.
type Bus struct {
	mu     sync.Mutex
	chips  map[uint16]Chip  // guarded by mu
	faults map[uint16]Fault // guarded by mu
	stuck  bool             // guarded by mu
	seen   int              // guarded by mu; messages
}

// Plug puts a chip at an address, in the place of what is there; nil unplugs.
func (b *Bus) Plug(addr uint16, c Chip) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.chips == nil {
		b.chips = map[uint16]Chip{}
	}
	b.chips[addr] = c
}

// Break makes a fault at an address; 0 mends it.
func (b *Bus) Break(addr uint16, f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.faults == nil {
		b.faults = map[uint16]Fault{}
	}
	b.faults[addr] = f
}

// Stick holds the clock line low for ever: no message ends. False lets it go.
func (b *Bus) Stick(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stuck = on
}

// Stuck reports whether the bus is stuck.
func (b *Bus) Stuck() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stuck
}

// Messages returns how many messages were on the bus.
func (b *Bus) Messages() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen
}

func (b *Bus) at(addr uint16) (Chip, Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen++
	return b.chips[addr], b.faults[addr]
}

// Write sends one message; false: not acknowledged.
func (b *Bus) Write(addr uint16, data []byte) bool {
	c, f := b.at(addr)
	return c != nil && f != NoAnswer && c.Write(data)
}

// Read asks for one message; false: not acknowledged.
func (b *Bus) Read(addr uint16, into []byte) bool {
	c, f := b.at(addr)
	if c == nil || f == NoAnswer || !c.Read(into) {
		return false
	}
	if len(into) == 0 {
		return true
	}
	switch f {
	case BadLast:
		into[len(into)-1] ^= 0x10
	case BadFirst:
		into[0] ^= 0x10
	case AllOnes:
		for i := range into {
			into[i] = 0xff
		}
	}
	return true
}

// Tx is one transaction with the errors of i2c-dev: ENXIO where nobody answers,
// ETIMEDOUT on a stuck bus (Documentation/i2c/fault-codes.rst). It serves as
// sensortest.Hardware.Bus.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if b.Stuck() {
		return syscall.ETIMEDOUT
	}
	if (len(w) > 0 || len(r) == 0) && !b.Write(addr, w) {
		return syscall.ENXIO
	}
	if len(r) > 0 && !b.Read(addr, r) {
		return syscall.ENXIO
	}
	return nil
}
