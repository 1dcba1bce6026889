package climate

import (
	"encoding/binary"
	"fmt"

	"periph.io/x/conn/v3/i2c"
)

// onBus is a chip on an I2C bus of its own handle.
type onBus struct {
	dev  i2c.Dev
	bus  i2c.BusCloser
	name string
}

func openOnBus(o Options, hw Hardware) (onBus, error) {
	bus, err := hw.OpenBus(o.Bus)
	if err != nil {
		return onBus{}, fmt.Errorf("open i2c-%s: %w", o.Bus, err)
	}
	return onBus{dev: i2c.Dev{Bus: bus, Addr: o.address()}, bus: bus, name: string(o.Driver)}, nil
}

// Close closes the handle of the bus.
func (b onBus) Close() error { return b.bus.Close() }

// tx is one transaction, named by what it is for.
func (b onBus) tx(what string, w, r []byte) error {
	if err := b.dev.Tx(w, r); err != nil {
		return fmt.Errorf("%s %s: %w", b.name, what, err)
	}
	return nil
}

// register reads a register of 16 bits, high octet first.
func (b onBus) register(reg byte) (uint16, error) {
	var buf [2]byte
	err := b.tx(fmt.Sprintf("register %#02x", reg), []byte{reg}, buf[:])
	return binary.BigEndian.Uint16(buf[:]), err
}

// words splits what a chip sent into words of 16 bits, each with its checksum
// behind it.
func words(b []byte) ([]uint16, error) {
	out := make([]uint16, 0, len(b)/3)
	for ; len(b) >= 3; b = b[3:] {
		if crc8(b[:2]) != b[2] {
			return nil, crcMismatch
		}
		out = append(out, binary.BigEndian.Uint16(b))
	}
	return out, nil
}

// crc8 is the checksum of Sensirion (SHT4x datasheet section 4.4, SHT3x 4.12) and
// of TI's HDC302x (SNAS778D section 7.3.9): polynomial 0x31, start 0xff, no
// reflection, no final xor; 0xbeef gives 0x92, 0xabcd gives 0x6f.
func crc8(data []byte) byte {
	crc := byte(0xff)
	for _, b := range data {
		crc ^= b
		for range 8 {
			if crc&0x80 != 0 {
				crc = crc<<1 ^ 0x31
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
