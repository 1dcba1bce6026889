package climate

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"periph.io/x/conn/v3/i2c"
)

// Hardware is what a probe needs of the board.
type Hardware interface {
	// OpenBus opens the I2C bus N of /dev/i2c-N. Errors of Tx wrap the kernel's
	// errno: ENXIO or EREMOTEIO when nothing answers, ETIMEDOUT, EBUSY.
	OpenBus(bus string) (i2c.BusCloser, error)
	// Sys returns the tree of /sys.
	Sys() fs.FS
}

// sample is what one read of a chip gave. Temperatures are 0.001 degree Celsius,
// humidity 0.001 %.
type sample struct {
	temperature int64
	humidity    int64
	hasHumidity bool
}

// sensor reads one chip. It is used from one goroutine at a time.
type sensor interface {
	read() (sample, error)
	Close() error
}

// chip is one row of the table of drivers.
type chip struct {
	// first, last and usual are I2C addresses; 0 for 1-Wire.
	first, last, usual uint16
	// low and high bound what the datasheet lets the chip measure, 0.001 °C.
	low, high int64
}

var chips = map[Driver]chip{
	MCP9808: {0x18, 0x1f, 0x18, -40_000, 125_000},
	SHT4x:   {0x44, 0x46, 0x44, -40_000, 125_000},
	BME280:  {0x76, 0x77, 0x76, -40_000, 85_000},
	DS18B20: {low: -55_000, high: 125_000},
}

// openChip starts the configured chip.
func openChip(o Options, hw Hardware) (sensor, error) {
	switch o.Driver {
	case MCP9808:
		return openMCP9808(o, hw)
	case SHT4x:
		return openSHT4x(o, hw)
	case BME280:
		return openBME280(o, hw)
	case DS18B20:
		return openDS18B20(o, hw)
	}
	return nil, fmt.Errorf("unknown driver %q", o.Driver)
}

// fault is an answer that must not be believed; its text is the reading's Reason.
type fault string

func (f fault) Error() string { return string(f) }

// Faults.
const (
	crcMismatch = fault("crc mismatch")
	wrongChip   = fault("another chip answers at this address")
	noContent   = fault("no sensor or bad checksum")
	powerOn     = fault("power-on value")
	allOnes     = fault("127.9 degrees: line held high")
	outOfRange  = fault("out of range")
	notANumber  = fault("not a number")
)

// reason names err; isFault tells an answer that must not be believed from no
// answer at all.
func reason(err error) (why string, isFault bool) {
	var f fault
	switch {
	case errors.As(err, &f):
		return string(f), true
	case errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EREMOTEIO):
		return "no answer at address", false
	case errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, errDeadline):
		return "no answer in time", false
	case errors.Is(err, syscall.EBUSY):
		return "held by another program", false
	case errors.Is(err, fs.ErrNotExist):
		return "no such bus or sensor", false
	case errors.Is(err, fs.ErrPermission):
		return "no permission", false
	}
	return "cannot be read", false
}
