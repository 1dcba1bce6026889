package climate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/bmxx80"
)

// onBus is a chip on an I2C bus of its own handle.
type onBus struct {
	dev i2c.Dev
	bus *remembering
}

// remembering keeps the last error of the bus, since periph's drivers pass it on
// without wrapping it.
type remembering struct {
	i2c.BusCloser
	last error
}

// Tx implements i2c.Bus.
func (r *remembering) Tx(addr uint16, w, read []byte) error {
	r.last = r.BusCloser.Tx(addr, w, read)
	return r.last
}

func openOnBus(o Options, hw Hardware) (onBus, error) {
	bus, err := hw.OpenBus(o.Bus)
	if err != nil {
		return onBus{}, fmt.Errorf("open i2c-%s: %w", o.Bus, err)
	}
	r := &remembering{BusCloser: bus}
	return onBus{dev: i2c.Dev{Bus: r, Addr: o.address()}, bus: r}, nil
}

// Close closes the handle of the bus.
func (b onBus) Close() error { return b.bus.Close() }

// mcp9808 registers and their fixed contents, DS25095A tables 5-1 and 5-5.
const (
	mcpAmbient  = 0x05
	mcpMaker    = 0x06
	mcpDevice   = 0x07
	mcpMakerID  = 0x0054
	mcpDeviceID = 0x04 // high byte of the device register
)

type mcp9808 struct{ onBus }

func openMCP9808(o Options, hw Hardware) (sensor, error) {
	b, err := openOnBus(o, hw)
	return mcp9808{b}, err
}

// read checks who answers and converts the ambient register: bits 15-13 are the
// alert flags, bit 12 the sign, the rest 1/16 degree in two's complement.
// Example (section 5.1.3.1): 0xc194 is 25.25 degrees.
func (m mcp9808) read() (sample, error) {
	maker, err := m.register(mcpMaker)
	if err != nil {
		return sample{}, err
	}
	device, err := m.register(mcpDevice)
	if err != nil {
		return sample{}, err
	}
	if maker != mcpMakerID || device>>8 != mcpDeviceID {
		return sample{}, wrongChip
	}
	raw, err := m.register(mcpAmbient)
	if err != nil {
		return sample{}, err
	}
	return sample{temperature: int64(int16(raw<<3)) * 1000 / 128}, nil
}

func (m mcp9808) register(reg byte) (uint16, error) {
	var buf [2]byte
	if err := m.dev.Tx([]byte{reg}, buf[:]); err != nil {
		return 0, fmt.Errorf("mcp9808 register %#02x: %w", reg, err)
	}
	return binary.BigEndian.Uint16(buf[:]), nil
}

// SHT4x: measure with high precision, 8.3 ms at most (datasheet 4.5, table 8).
const (
	shtMeasure = 0xfd
	shtWait    = 10 * time.Millisecond
)

type sht4x struct{ onBus }

func openSHT4x(o Options, hw Hardware) (sensor, error) {
	b, err := openOnBus(o, hw)
	return sht4x{b}, err
}

// read measures once: two words, each followed by its CRC. Conversion as in
// section 4.6; humidity is cut to 0..100 % as that section asks.
func (s sht4x) read() (sample, error) {
	if err := s.dev.Tx([]byte{shtMeasure}, nil); err != nil {
		return sample{}, fmt.Errorf("sht4x start: %w", err)
	}
	time.Sleep(shtWait)
	var b [6]byte
	if err := s.dev.Tx(nil, b[:]); err != nil {
		return sample{}, fmt.Errorf("sht4x read: %w", err)
	}
	if crc8(b[0:2]) != b[2] || crc8(b[3:5]) != b[5] {
		return sample{}, crcMismatch
	}
	t := int64(binary.BigEndian.Uint16(b[0:2]))
	rh := int64(binary.BigEndian.Uint16(b[3:5]))
	return sample{
		temperature: (t*175_000+32_767)/65_535 - 45_000,
		humidity:    min(max((rh*125_000+32_767)/65_535-6_000, 0), 100_000),
		hasHumidity: true,
	}, nil
}

// crc8 is the checksum of section 4.4: polynomial 0x31, start 0xff, no reflection,
// no final xor; 0xbeef gives 0x92.
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

// named adds the bus's own error to what periph's driver said. Without one the
// bus worked, and the driver met a chip that it does not know.
func (b onBus) named(err error) error {
	if b.bus.last == nil {
		return fmt.Errorf("%w: %w", wrongChip, err)
	}
	return fmt.Errorf("%w: %w", b.bus.last, err)
}

type bme280 struct {
	onBus
	chip *bmxx80.Dev
}

// openBME280 leaves the compensation to periph's driver, which reads the
// calibration and checks the chip's identity.
func openBME280(o Options, hw Hardware) (sensor, error) {
	b, err := openOnBus(o, hw)
	if err != nil {
		return nil, err
	}
	opts := bmxx80.Opts{Temperature: bmxx80.O1x, Humidity: bmxx80.O1x, Pressure: bmxx80.O1x}
	dev, err := bmxx80.NewI2C(b.bus, o.address(), &opts)
	if err != nil {
		return nil, errors.Join(b.named(err), b.Close())
	}
	return bme280{b, dev}, nil
}

func (s bme280) read() (sample, error) {
	var env physic.Env
	if err := s.chip.Sense(&env); err != nil {
		return sample{}, s.named(err)
	}
	return sample{
		temperature: int64((env.Temperature - physic.ZeroCelsius) / physic.MilliKelvin),
		humidity:    int64(env.Humidity / (10 * physic.MicroRH)),
		hasHumidity: s.chip.String()[:3] == "BME",
	}, nil
}
