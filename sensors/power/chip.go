package power

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"rackvakt/sensors/bus"
)

// Hardware is what a Monitor needs of the board.
type Hardware interface {
	// OpenBus opens the I2C bus N of /dev/i2c-N. Errors of Tx wrap the kernel's
	// errno: ENXIO or EREMOTEIO when nothing answers, ETIMEDOUT, EBUSY.
	OpenBus(bus string) (i2c.BusCloser, error)
}

// firstAddress is where the addresses of all three chips begin.
const firstAddress = 0x40

// model is one row of the table of chips, from the electrical characteristics of
// the datasheets, over the temperature of a closet.
type model struct {
	channels    int
	lastAddress uint16
	// shuntMicroVolt is the widest range of the shunt voltage.
	shuntMicroVolt int64
	// maxMilliVolt is the highest bus voltage that the chip stands.
	maxMilliVolt int64
	// gain is the worst error of gain of both inputs, 0.1 %.
	gain int64
	// busOffset (mV) and shuntOffset (uV) are the worst offsets, resolution included.
	busOffset, shuntOffset int64
	// die is the identity in register 0xff without its revision; 0: has none.
	die uint16
	// calibration is what its register times the current's step (uA) times the
	// shunt (micro-ohm) must give; 0: has no such register.
	calibration int64
	// calibrationMost is the highest content of that register.
	calibrationMost int64
	// settle is how long the first averaged conversion takes after setting up.
	settle time.Duration
	// configure returns the content of the configuration register.
	configure func(Options) uint16
	read      func(*chip, Rail) (sample, error)
}

// models is filled in by the chips' own files.
var models = map[Driver]model{
	INA219: {channels: 1, lastAddress: 0x4f, shuntMicroVolt: 320_000, maxMilliVolt: 26_000, gain: 10, busOffset: 4, shuntOffset: 210,
		calibration: 40_960_000_000, calibrationMost: 65_534, settle: 60 * time.Millisecond, configure: configure219, read: read219},
	INA226: {channels: 1, lastAddress: 0x4f, shuntMicroVolt: 81_917, maxMilliVolt: 36_000, gain: 3, busOffset: 9, shuntOffset: 13,
		die: 0x2260, calibration: 5_120_000_000, calibrationMost: 32_767, settle: 60 * time.Millisecond, configure: configure226, read: read226},
	INA3221: {channels: 3, lastAddress: 0x43, shuntMicroVolt: 163_800, maxMilliVolt: 26_000, gain: 4, busOffset: 24, shuntOffset: 120,
		die: 0x3220, settle: 150 * time.Millisecond, configure: configure3221, read: read3221},
}

// Registers that two or three of the chips share.
const (
	regConfig      = 0x00
	regShunt       = 0x01
	regBus         = 0x02
	regPower       = 0x03
	regCurrent     = 0x04
	regCalibration = 0x05
	regMaker       = 0xfe
	regDie         = 0xff

	makerTI     = 0x5449 // "TI"
	dieRevision = 0x000f
	allOnes     = 0xffff
)

// sample is what one rail gave.
type sample struct {
	milliVolt, microAmp int64
	// fault is why this rail must not be believed, while others may; nil: it may.
	fault error
}

// chip is one chip that was set up. It is used from one goroutine at a time.
type chip struct {
	opt Options
	m   model
	bus i2c.BusCloser
	dev i2c.Dev
	// config and calibration are what the chip was set to.
	config, calibration uint16
}

// openChip opens the bus, looks who answers, and sets the chip up.
func openChip(o Options, hw Hardware) (*chip, error) {
	bus, err := hw.OpenBus(o.Bus)
	if err != nil {
		return nil, fmt.Errorf("open i2c-%s: %w", o.Bus, err)
	}
	m := models[o.Driver]
	c := &chip{opt: o, m: m, bus: bus, dev: i2c.Dev{Bus: bus, Addr: o.address()}, config: m.configure(o)}
	if m.calibration > 0 {
		c.calibration = m.calibrate(o.Rails[0])
	}
	if err := c.setUp(); err != nil {
		return nil, errors.Join(err, bus.Close())
	}
	return c, nil
}

// Close closes the handle of the bus and leaves the chip measuring.
func (c *chip) Close() error { return c.bus.Close() }

func (c *chip) setUp() error {
	if err := c.identify(); err != nil {
		return err
	}
	if err := c.set(regConfig, c.config); err != nil {
		return err
	}
	if c.calibration != 0 {
		if err := c.set(regCalibration, c.calibration); err != nil {
			return err
		}
	}
	switch err := c.verify(); {
	case errors.Is(err, settingsLost): // it did not even take them
		return wrongChip
	case err != nil:
		return err
	}
	time.Sleep(c.m.settle)
	return nil
}

// identify checks the identity, where the chip has one.
func (c *chip) identify() error {
	if c.m.die == 0 {
		return nil
	}
	maker, err := c.register(regMaker)
	if err != nil {
		return err
	}
	die, err := c.register(regDie)
	switch {
	case err != nil:
		return err
	case maker == allOnes && die == allOnes:
		return lineHigh
	case maker != makerTI || die&^dieRevision != c.m.die:
		return wrongChip
	}
	return nil
}

// verify reads back what the chip was set to. A chip that lost its supply for a
// moment has forgotten it, and its current would read as 0.
func (c *chip) verify() error {
	for _, want := range []struct {
		reg   byte
		value uint16
	}{{regConfig, c.config}, {regCalibration, c.calibration}} {
		if want.value == 0 {
			continue // no such register
		}
		got, err := c.register(want.reg)
		switch {
		case err != nil:
			return err
		case got == allOnes:
			return lineHigh
		case got != want.value:
			return settingsLost
		}
	}
	return nil
}

// read returns a sample of each rail, in their order; an error where the chip as
// a whole cannot be believed or does not answer.
func (c *chip) read() ([]sample, error) {
	if err := c.verify(); err != nil {
		return nil, err
	}
	var all []sample
	for _, rail := range c.opt.Rails {
		s, err := c.m.read(c, rail)
		var f fault
		switch {
		case errors.As(err, &f):
			s = sample{fault: f}
		case err != nil:
			return nil, err
		case s.milliVolt > c.m.maxMilliVolt:
			s = sample{fault: outOfRange}
		case rail.Reversed:
			s.microAmp = -s.microAmp
		}
		all = append(all, s)
	}
	return all, nil
}

func (c *chip) register(reg byte) (uint16, error) {
	var b [2]byte
	if err := c.dev.Tx([]byte{reg}, b[:]); err != nil {
		return 0, fmt.Errorf("%s register %#02x: %w", c.opt.Driver, reg, err)
	}
	return binary.BigEndian.Uint16(b[:]), nil
}

// registers reads several.
func (c *chip) registers(regs ...byte) ([]uint16, error) {
	out := make([]uint16, len(regs))
	for i, reg := range regs {
		v, err := c.register(reg)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (c *chip) set(reg byte, v uint16) error {
	if err := c.dev.Tx([]byte{reg, byte(v >> 8), byte(v)}, nil); err != nil {
		return fmt.Errorf("%s set register %#02x: %w", c.opt.Driver, reg, err)
	}
	return nil
}

// fault is an answer that must not be believed.
type fault = bus.Fault

// Faults.
const (
	wrongChip    = fault("another chip answers at this address")
	settingsLost = fault("the chip was reset")
	lineHigh     = fault("line held high")
	noConversion = fault("the chip does not measure")
	overRange    = fault("current over range")
	outOfRange   = fault("out of range")
	noBattery    = fault("no battery")
	wrongBattery = fault("voltage does not fit the battery")
)
