package board

import (
	"encoding/binary"
	"time"

	"periph.io/x/conn/v3/i2c"
)

// identity is how a chip tells who it is.
type identity struct {
	name string
	// driver is what a configuration calls it; "" where there is none.
	driver      string
	first, last uint16
	// sure: what fits reads so in no other chip of these addresses.
	sure bool
	fits func(i2c.Dev) bool
}

// identities are asked in this order. Questions of one octet come first: they only
// set the pointer of a chip of registers. None changes what a chip does.
var identities = []identity{
	// DS25095A table 5-1: maker 0x0054, device 0x04.
	{"MCP9808", "mcp9808", 0x18, 0x1f, true, both(register(0x06, 0xffff, 0x0054), register(0x07, 0xff00, 0x0400))},
	// SHT4x version 6.5 section 4.7: two words, each with its checksum.
	{"SHT4x", "sht4x", 0x44, 0x46, true, sealed([]byte{0x89}, 2, nil)},
	// SBOS547A table 7-3 and SBOS576B section 8.6.2: maker TI, then the die.
	{"INA226", "ina226", 0x40, 0x4f, true, both(register(0xfe, 0xffff, 0x5449), register(0xff, 0xfff0, 0x2260))},
	{"INA3221", "ina3221", 0x40, 0x43, true, both(register(0xfe, 0xffff, 0x5449), register(0xff, 0xffff, 0x3220))},
	// SBOS448G section 8.6.2.1: has no identity; this is the configuration after power-on.
	{"INA219", "ina219", 0x40, 0x4f, false, register(0x00, 0xffff, 0x399f)},
	// SBAS444E table 8-3: likewise, without the bit that says whether it converts.
	{"ADS1115", "ads1115", 0x48, 0x4b, false, register(0x01, 0x7fff, 0x0583)},
	// SBOS397H section 7.5.3: bits of the configuration that never change, and a
	// temperature without its last three bits.
	{"TMP102", "tmp102", 0x48, 0x4b, false, both(register(0x01, 0x600f, 0x6000), register(0x00, 0x0006, 0))},
	// LM75A Rev. 4 sections 7.4.2 and 7.4.3: the upper bits of the configuration
	// and the lower ones of the temperature are 0.
	{"LM75", "lm75", 0x48, 0x4f, false, both(register(0x01, 0xe000, 0), register(0x00, 0x001f, 0))},
	// BST-BME280-DS002 section 5.4.1, BST-BMP280-DS001 section 4.3.1, BST-BME680-DS001 section 5.3.1.
	{"BME280", "bme280", 0x76, 0x77, true, register(0xd0, 0xff00, 0x6000)},
	{"BMP280", "bmp280", 0x76, 0x77, true, register(0xd0, 0xff00, 0x5800)},
	{"BME680", "", 0x76, 0x77, true, register(0xd0, 0xff00, 0x6100)},
	// SNAS778D table 7-4: maker TI. The SHT3x has no such command.
	{"HDC302x", "hdc302x", 0x44, 0x47, true, sealed([]byte{0x37, 0x81}, 1, []uint16{0x3000})},
	// SHT3x, note on the electronic identification code.
	{"SHT3x", "sht3x", 0x44, 0x45, true, sealed([]byte{0x36, 0x82}, 2, nil)},
}

// likely names what usually answers at an address in a closet.
func likely(addr uint16) string {
	switch {
	case addr >= 0x18 && addr <= 0x1f:
		return "MCP9808"
	case addr == 0x3c || addr == 0x3d:
		return "SSD1306 display"
	case addr == 0x3f:
		return "ST7567 display"
	case addr >= 0x44 && addr <= 0x47:
		return "SHT4x, SHT3x, HDC302x or INA219"
	case addr >= 0x40 && addr <= 0x4f:
		return "INA219, LM75, TMP102 or ADS1115"
	case addr >= 0x50 && addr <= 0x57:
		return "EEPROM"
	case addr == 0x68:
		return "DS3231 clock"
	case addr == 0x76 || addr == 0x77:
		return "BME280 or BMP280"
	}
	return ""
}

// register fits where the two octets from register reg on are want under mask.
func register(reg byte, mask, want uint16) func(i2c.Dev) bool {
	return func(d i2c.Dev) bool {
		var b [2]byte
		return d.Tx([]byte{reg}, b[:]) == nil && binary.BigEndian.Uint16(b[:])&mask == want
	}
}

func both(a, b func(i2c.Dev) bool) func(i2c.Dev) bool {
	return func(d i2c.Dev) bool { return a(d) && b(d) }
}

// answersWithin is the longest that a chip prepares what a command asks for.
const answersWithin = 2 * time.Millisecond

// sealed fits where command is answered by n words with right checksums that are
// want, if want is not nil. A word of all ones is a line that nobody drives.
func sealed(command []byte, n int, want []uint16) func(i2c.Dev) bool {
	return func(d i2c.Dev) bool {
		b := make([]byte, 3*n)
		if d.Tx(command, nil) != nil {
			return false
		}
		time.Sleep(answersWithin)
		if d.Tx(nil, b) != nil {
			return false
		}
		for i := range n {
			w := binary.BigEndian.Uint16(b[3*i:])
			if checksum(w) != b[3*i+2] || w == 0xffff || want != nil && w != want[i] {
				return false
			}
		}
		return true
	}
}

// wakeUps are commands without effect for chips that do not answer a plain read
// while idle: SHT4x (its serial number), SHT3x and HDC302x (their status).
var wakeUps = [][]byte{{0x89}, {0xf3, 0x2d}}

// answers reports whether a chip is at addr; err is that of the plain read.
func answers(bus i2c.Bus, addr uint16) (yes bool, err error) {
	if err = bus.Tx(addr, nil, make([]byte, 1)); err == nil || stopsScan(err) {
		return err == nil, err
	}
	for _, w := range wakeUps {
		if addr >= 0x44 && addr <= 0x47 && bus.Tx(addr, w, nil) == nil {
			time.Sleep(answersWithin)
			return true, nil
		}
	}
	return false, err
}

func identify(bus i2c.Bus, addr uint16) Device {
	dev := i2c.Dev{Bus: bus, Addr: addr}
	for _, id := range identities {
		if addr >= id.first && addr <= id.last && id.fits(dev) {
			return Device{Address: addr, Likely: id.name, Driver: id.driver, Sure: id.sure}
		}
	}
	return Device{Address: addr, Likely: likely(addr)}
}
