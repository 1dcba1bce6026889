package board

import (
	"context"
	"errors"
	"syscall"

	"periph.io/x/conn/v3/i2c"
)

// Addresses that a device may have; the rest is reserved (I2C specification
// UM10204, table 4).
const (
	firstAddress = 0x08
	lastAddress  = 0x77
)

// likely names what usually answers at an address in a closet.
func likely(addr uint16) string {
	switch {
	case addr >= 0x18 && addr <= 0x1f:
		return "MCP9808"
	case addr == 0x3c || addr == 0x3d:
		return "SSD1306 display"
	case addr >= 0x44 && addr <= 0x46:
		return "SHT4x, SHT3x or INA219"
	case addr >= 0x40 && addr <= 0x4f:
		return "INA219, INA226, LM75, TMP102 or ADS1115"
	case addr >= 0x50 && addr <= 0x57:
		return "EEPROM"
	case addr == 0x68:
		return "DS3231 clock"
	case addr == 0x76 || addr == 0x77:
		return "BME280 or BMP280"
	}
	return ""
}

// identity asks a chip who it is: the two bytes from register ask on,
// under mask, are want.
type identity struct {
	name        string
	first, last uint16
	ask         byte
	mask, want  uint16
}

// identities are read-only registers with fixed contents.
var identities = []identity{
	{"MCP9808", 0x18, 0x1f, 0x07, 0xff00, 0x0400},
	{"BME280", 0x76, 0x77, 0xd0, 0xff00, 0x6000},
	{"BMP280", 0x76, 0x77, 0xd0, 0xff00, 0x5800},
}

// shtSerial is the SHT4x command that reads the serial number: an idle SHT4x
// does not answer a plain read.
const shtSerial = 0x89

// scan reads one byte from every address of a bus.
func scan(ctx context.Context, b Board, name string) (out Bus) {
	out = Bus{Name: name, Devices: []Device{}}
	bus, err := b.OpenBus(name)
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	defer func() {
		if err := bus.Close(); err != nil && out.Problem == "" {
			out.Problem = err.Error()
		}
	}()
	for addr := uint16(firstAddress); addr <= lastAddress && ctx.Err() == nil; addr++ {
		err := bus.Tx(addr, nil, make([]byte, 1))
		if stopsScan(err) {
			out.Problem = err.Error()
			return out
		}
		if err == nil || addr >= 0x44 && addr <= 0x46 && bus.Tx(addr, []byte{shtSerial}, nil) == nil {
			out.Devices = append(out.Devices, identify(bus, addr))
		}
	}
	return out
}

// stopsScan reports whether the bus as a whole does not work: stuck, or an
// adapter that speaks SMBus only.
func stopsScan(err error) bool {
	return errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, syscall.EOPNOTSUPP) ||
		errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EACCES)
}

func identify(bus i2c.Bus, addr uint16) Device {
	for _, id := range identities {
		var b [2]byte
		if addr < id.first || addr > id.last || bus.Tx(addr, []byte{id.ask}, b[:]) != nil {
			continue
		}
		if (uint16(b[0])<<8|uint16(b[1]))&id.mask == id.want {
			return Device{Address: addr, Likely: id.name, Sure: true}
		}
	}
	return Device{Address: addr, Likely: likely(addr)}
}
