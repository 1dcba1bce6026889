package climate

import (
	"errors"
	"fmt"
	"time"
)

// SHT4x commands, datasheet version 6.5 section 4.5 table 8, and what they take
// at most, section 3.1 table 4.
const (
	sht4xMeasure = 0xfd // high precision, 8.3 ms
	sht4xWait    = 10 * time.Millisecond
	sht4xSerial  = 0x89
	sht4xIdle    = time.Millisecond
	// 110 mW for a second, then a measurement while it is still warm: 1.1 s. The
	// strongest heating is not needed to see the air at the chip dry.
	sht4xHeat     = 0x2f
	sht4xHeatWait = 1150 * time.Millisecond
)

type sht4x struct {
	onBus
	id uint32
}

// openSHT4x reads the serial number, two words with their checksums (section 4.7).
func openSHT4x(o Options, hw Hardware) (sensor, error) {
	b, err := openOnBus(o, hw)
	if err != nil {
		return nil, err
	}
	s := sht4x{onBus: b}
	w, err := s.ask("serial number", sht4xSerial, sht4xIdle, noPause)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	s.id = uint32(w[0])<<16 | uint32(w[1])
	return s, nil
}

// noPause is the wait of everything that is short.
func noPause(d time.Duration) bool {
	time.Sleep(d)
	return true
}

// ask sends a command and reads its two words when they are ready.
func (s sht4x) ask(what string, command byte, ready time.Duration, wait func(time.Duration) bool) ([]uint16, error) {
	if err := s.tx(what, []byte{command}, nil); err != nil {
		return nil, err
	}
	wait(ready)
	var b [6]byte
	if err := s.tx(what, nil, b[:]); err != nil {
		return nil, err
	}
	return words(b[:])
}

func (s sht4x) serial() string { return fmt.Sprintf("%08x", s.id) }

func (s sht4x) read() (sample, error) {
	w, err := s.ask("measure", sht4xMeasure, sht4xWait, noPause)
	if err != nil {
		return sample{}, err
	}
	return sht4xSample(w), nil
}

// sht4xSample converts as section 4.6 says; humidity is cut to 0..100 % as that
// section asks.
func sht4xSample(w []uint16) sample {
	return sample{
		temperature: scale(w[0], 175_000) - 45_000,
		humidity:    min(max(scale(w[1], 125_000)-6_000, 0), 100_000),
		hasHumidity: true,
	}
}

// scale maps the whole range of a word to 0..full.
func scale(w uint16, full int64) int64 { return divide(int64(w)*full, 65_535) }

// heat uses one pulse, which ends by itself. Section 4.9 allows a tenth of the
// time; a pulse in hours is far below it.
func (s sht4x) heat(wait func(time.Duration) bool) (before, warm sample, err error) {
	if before, err = s.read(); err != nil {
		return before, before, err
	}
	w, err := s.ask("heat", sht4xHeat, sht4xHeatWait, wait)
	if err != nil {
		return before, before, err
	}
	return before, sht4xSample(w), nil
}

// Commands that the SHT3x (SHT3x-DIS version 7, sections 4.3 to 4.13) and TI's
// HDC302x (SNAS778D section 7.5.7 table 7-4) have in common.
var (
	cmdMeasure   = []byte{0x24, 0x00} // once, best repeatability, no clock stretching
	cmdStatus    = []byte{0xf3, 0x2d}
	cmdClear     = []byte{0x30, 0x41}
	cmdHeaterOn  = []byte{0x30, 0x6d}
	cmdHeaterOff = []byte{0x30, 0x66}
)

// Bits of their status word: SHT3x table 18, HDC302x table 7-12.
const (
	statusHeater = 0x2000
	statusReset  = 0x0010
)

const (
	// commandedWait covers 15.5 ms (SHT3x table 4) and 14.4 ms (HDC302x 6.5).
	commandedWait = 20 * time.Millisecond
	// heatFor warms the chip by some degrees: 3.6 to 33 mW in the SHT3x (4.12).
	heatFor = 5 * time.Second
)

// commanded is an SHT3x or HDC302x.
type commanded struct {
	onBus
	id string
	// power is sent before the heater is switched on; nil: it has one power only.
	power []byte
}

// SHT3x: the serial number, from Sensirion's note on the electronic
// identification code of SHT3x.
var sht3xSerial = []byte{0x36, 0x82}

func openSHT3x(o Options, hw Hardware) (sensor, error) {
	return openCommanded(o, hw, func(c *commanded) error {
		if err := c.tx("serial number", sht3xSerial, nil); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
		w, err := c.words("serial number", nil, 2)
		if err != nil {
			return err
		}
		c.id = fmt.Sprintf("%04x%04x", w[0], w[1])
		return nil
	})
}

// HDC302x: maker 0x3000 (table 7-4), the three words of the NIST id, and half the
// heater's power with its checksum (table 7-3).
var (
	hdcMaker = []byte{0x37, 0x81}
	hdcNIST  = [][]byte{{0x36, 0x83}, {0x36, 0x84}, {0x36, 0x85}}
	hdcPower = []byte{0x30, 0x6e, 0x03, 0xff, 0x00}
)

const hdcMakerID = 0x3000

func openHDC302x(o Options, hw Hardware) (sensor, error) {
	return openCommanded(o, hw, func(c *commanded) error {
		c.power = hdcPower
		maker, err := c.words("maker", hdcMaker, 1)
		if err != nil {
			return err
		}
		if maker[0] != hdcMakerID {
			return wrongChip
		}
		for _, command := range hdcNIST {
			w, err := c.words("serial number", command, 1)
			if err != nil {
				return err
			}
			c.id += fmt.Sprintf("%04x", w[0])
		}
		return nil
	})
}

// openCommanded clears what the status word says of the time before, switches the
// heater off, and identifies the chip.
func openCommanded(o Options, hw Hardware, identify func(*commanded) error) (sensor, error) {
	b, err := openOnBus(o, hw)
	if err != nil {
		return nil, err
	}
	c := &commanded{onBus: b}
	start := func() error {
		if err := c.tx("heater off", cmdHeaterOff, nil); err != nil {
			return err
		}
		if err := c.tx("clear status", cmdClear, nil); err != nil {
			return err
		}
		return identify(c)
	}
	if err := start(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *commanded) serial() string { return c.id }

// words sends a command, if any, and reads n words in the same transaction.
func (c *commanded) words(what string, command []byte, n int) ([]uint16, error) {
	b := make([]byte, 3*n)
	if err := c.tx(what, command, b); err != nil {
		return nil, err
	}
	return words(b)
}

// read measures once. A heater that is on, by whomever, is switched off, and the
// warm value is not told.
func (c *commanded) read() (sample, error) {
	status, err := c.words("status", cmdStatus, 1)
	if err != nil {
		return sample{}, err
	}
	if status[0]&statusHeater != 0 {
		return sample{}, errors.Join(selfHeated, c.tx("heater off", cmdHeaterOff, nil))
	}
	if status[0]&statusReset != 0 {
		if err := c.tx("clear status", cmdClear, nil); err != nil {
			return sample{}, err
		}
	}
	return c.measure()
}

// measure converts as SHT3x section 4.13 and HDC302x section 7.3.3 say.
func (c *commanded) measure() (sample, error) {
	if err := c.tx("measure", cmdMeasure, nil); err != nil {
		return sample{}, err
	}
	time.Sleep(commandedWait)
	w, err := c.words("measure", nil, 2)
	if err != nil {
		return sample{}, err
	}
	return sample{
		temperature: scale(w[0], 175_000) - 45_000,
		humidity:    scale(w[1], 100_000),
		hasHumidity: true,
	}, nil
}

func (c *commanded) heat(wait func(time.Duration) bool) (before, warm sample, err error) {
	if before, err = c.read(); err != nil {
		return before, before, err
	}
	if c.power != nil {
		if err = c.tx("heater power", c.power, nil); err != nil {
			return before, before, err
		}
	}
	if err = c.tx("heater on", cmdHeaterOn, nil); err != nil {
		return before, before, err
	}
	wait(heatFor)
	warm, err = c.measure()
	return before, warm, errors.Join(err, c.tx("heater off", cmdHeaterOff, nil))
}
