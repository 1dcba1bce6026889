package climate

import (
	"errors"
	"time"
)

// Registers that the plain thermometers share: pointer 0 is the temperature (0x05
// in the MCP9808), pointer 1 the configuration.
const regConfig = 0x01

// openThermometer opens a chip, asks it whether it is the one, and closes it if not.
func openThermometer[T sensor](o Options, hw Hardware, as func(onBus) T, start func(onBus) error) (sensor, error) {
	b, err := openOnBus(o, hw)
	if err != nil {
		return nil, err
	}
	if err := start(b); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return as(b), nil
}

// Registers of the MCP9808 and their fixed contents, DS25095A tables 5-1 and 5-5.
const (
	mcpAmbient  = 0x05
	mcpMaker    = 0x06
	mcpDevice   = 0x07
	mcpMakerID  = 0x0054
	mcpDeviceID = 0x04 // high byte of the device register
	mcpShutdown = 0x0100
	// mcpConverts is the conversion time at the power-on resolution, table 5-7.
	mcpConverts = 250 * time.Millisecond
)

type mcp9808 struct{ onBus }

func openMCP9808(o Options, hw Hardware) (sensor, error) {
	return openThermometer(o, hw, func(b onBus) mcp9808 { return mcp9808{b} }, wakeMCP9808)
}

// wakeMCP9808 ends a shutdown that somebody left (register 5-2, bit 8): the
// ambient register would stay as it is for ever. It writes to no other chip.
func wakeMCP9808(b onBus) error {
	if err := (mcp9808{b}).identify(); err != nil {
		return err
	}
	config, err := b.register(regConfig)
	if err != nil || config&mcpShutdown == 0 {
		return err
	}
	config &^= mcpShutdown
	if err := b.tx("wake", []byte{regConfig, byte(config >> 8), byte(config)}, nil); err != nil {
		return err
	}
	time.Sleep(mcpConverts)
	return nil
}

// identify reads the fixed registers.
func (m mcp9808) identify() error {
	maker, err := m.register(mcpMaker)
	if err != nil {
		return err
	}
	device, err := m.register(mcpDevice)
	if err != nil {
		return err
	}
	if maker != mcpMakerID || device>>8 != mcpDeviceID {
		return wrongChip
	}
	return nil
}

// read checks who answers (a chip may be exchanged while it is read) and converts
// the ambient register: bits 15-13 are the alert flags, bit 12 the sign, the rest
// 1/16 degree in two's complement. Example (section 5.1.3.1): 0xc194 is 25.25 degrees.
func (m mcp9808) read() (sample, error) {
	if err := m.identify(); err != nil {
		return sample{}, err
	}
	raw, err := m.register(mcpAmbient)
	return sample{temperature: int64(int16(raw<<3)) * 1000 / 128}, err
}

// TMP102, SBOS397H section 7.5.3: the resolution bits of the configuration always
// read 11, its last four bits 0; bit 8 is shutdown.
const (
	tmpFixed    = 0x600f
	tmpFixedAre = 0x6000
	tmpShutdown = 0x0100
	// tmpConverts is the first conversion, 26 ms, section 6.5.
	tmpConverts = 35 * time.Millisecond
)

type tmp102 struct{ onBus }

func openTMP102(o Options, hw Hardware) (sensor, error) {
	return openThermometer(o, hw, func(b onBus) tmp102 { return tmp102{b} }, wakeTMP102)
}

func wakeTMP102(b onBus) error {
	config, err := b.register(regConfig)
	switch {
	case err != nil:
		return err
	case config&tmpFixed != tmpFixedAre:
		return wrongChip
	case config&tmpShutdown == 0:
		return nil
	}
	config &^= tmpShutdown
	if err := b.tx("wake", []byte{regConfig, byte(config >> 8), byte(config)}, nil); err != nil {
		return err
	}
	time.Sleep(tmpConverts)
	return nil
}

// read converts 12 bits of 1/16 degree, or 13 when bit 0 tells of extended mode:
// section 7.3.1, tables 7-2 and 7-3. 0x1900 is 25 degrees, 0xe700 is -25.
func (m tmp102) read() (sample, error) {
	raw, err := m.register(0)
	if raw&1 != 0 {
		return sample{temperature: int64(int16(raw)>>3) * 1000 / 16}, err
	}
	return sample{temperature: int64(int16(raw)>>4) * 1000 / 16}, err
}

// LM75A, NXP product data sheet Rev. 4 section 7.4.2: the configuration has eight
// bits, the upper three are reserved and 0, bit 0 is shutdown.
const (
	lmReserved = 0xe0
	lmShutdown = 0x01
	// lmConverts is the conversion time, 100 ms typical, table 12, doubled.
	lmConverts = 200 * time.Millisecond
)

type lm75 struct{ onBus }

func openLM75(o Options, hw Hardware) (sensor, error) {
	return openThermometer(o, hw, func(b onBus) lm75 { return lm75{b} }, wakeLM75)
}

func wakeLM75(b onBus) error {
	var config [1]byte
	err := b.tx("configuration", []byte{regConfig}, config[:])
	switch {
	case err != nil:
		return err
	case config[0]&lmReserved != 0:
		return wrongChip
	case config[0]&lmShutdown == 0:
		return nil
	}
	if err := b.tx("wake", []byte{regConfig, config[0] &^ lmShutdown}, nil); err != nil {
		return err
	}
	time.Sleep(lmConverts)
	return nil
}

// read converts the upper eleven bits of 0.125 degree, section 7.4.3: 0x1900 is
// 25 degrees, 0xe700 is -25. The older LM75 has nine, and zeros below them.
func (m lm75) read() (sample, error) {
	raw, err := m.register(0)
	return sample{temperature: int64(int16(raw)>>5) * 125}, err
}
