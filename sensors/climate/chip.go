package climate

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"periph.io/x/conn/v3/i2c"

	"rackvakt/sensors/bus"
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
	// blankT and blankH say that the register held what it also holds before the
	// first conversion (BME280 and BMP280): a measurement only if others led there.
	blankT, blankH bool
}

// sensor reads one chip. It is used from one goroutine at a time.
type sensor interface {
	read() (sample, error)
	Close() error
}

// numbered is a sensor with a serial number; "" until it is known.
type numbered interface {
	serial() string
}

// heated is a sensor with a heater.
type heated interface {
	// heat measures, warms the chip, measures again, and leaves the heater off.
	// wait returns false when the probe ends; then both samples are worth nothing.
	heat(wait func(time.Duration) bool) (before, warm sample, err error)
}

// chip is one row of the table of drivers.
type chip struct {
	// first, last and usual are I2C addresses; 0 for what hangs elsewhere.
	first, last, usual uint16
	// low and high bound what the datasheet lets the chip measure, 0.001 °C.
	low, high int64
	// step is the least digit of the temperature, 0.001 °C, rounded up.
	step int64
	// startsAt is what the temperature register holds before the first
	// conversion; hasStart says that there is such a value.
	startsAt int64
	hasStart bool
}

var chips = map[Driver]chip{
	MCP9808: {first: 0x18, last: 0x1f, usual: 0x18, low: -40_000, high: 125_000, step: 63, hasStart: true},
	TMP102:  {first: 0x48, last: 0x4b, usual: 0x48, low: -55_000, high: 128_000, step: 63, hasStart: true},
	LM75:    {first: 0x48, last: 0x4f, usual: 0x48, low: -55_000, high: 125_000, step: 125, hasStart: true},
	SHT3x:   {first: 0x44, last: 0x45, usual: 0x44, low: -40_000, high: 125_000, step: 3},
	SHT4x:   {first: 0x44, last: 0x46, usual: 0x44, low: -40_000, high: 125_000, step: 3},
	HDC302x: {first: 0x44, last: 0x47, usual: 0x44, low: -40_000, high: 125_000, step: 3},
	BME280:  {first: 0x76, last: 0x77, usual: 0x76, low: -40_000, high: 85_000, step: 10},
	BMP280:  {first: 0x76, last: 0x77, usual: 0x76, low: -40_000, high: 85_000, step: 10},
	DS18B20: {low: -55_000, high: 125_000, step: 63, startsAt: 85_000, hasStart: true},
	HWMon:   {low: -55_000, high: 150_000, step: 125},
}

// openChip starts the configured chip.
func openChip(o Options, hw Hardware) (sensor, error) {
	switch o.Driver {
	case MCP9808:
		return openMCP9808(o, hw)
	case TMP102:
		return openTMP102(o, hw)
	case LM75:
		return openLM75(o, hw)
	case SHT3x:
		return openSHT3x(o, hw)
	case SHT4x:
		return openSHT4x(o, hw)
	case HDC302x:
		return openHDC302x(o, hw)
	case BME280:
		return openBosch(o, hw, idBME280)
	case BMP280:
		return openBosch(o, hw, idBMP280)
	case DS18B20:
		return openDS18B20(o, hw)
	case HWMon:
		return openHWMon(o, hw)
	}
	return nil, fmt.Errorf("unknown driver %q", o.Driver)
}

// fault is an answer that must not be believed.
type fault = bus.Fault

// Faults.
const (
	crcMismatch  = fault("crc mismatch")
	wrongChip    = fault("another chip answers at this address")
	noContent    = fault("no sensor or bad checksum")
	powerOn      = fault("power-on value")
	allOnes      = fault("127.9 degrees: line held high")
	allZeros     = fault("0 degrees: line held low")
	outOfRange   = fault("out of range")
	notANumber   = fault("not a number")
	notMeasured  = fault("chip has not measured")
	uncalibrated = fault("no factory calibration in the chip")
	selfHeated   = fault("self-heating")
	kernelFault  = fault("the kernel reports a broken sensor")
	stuckValue   = fault("stuck value")
	crept        = fault("humidity creep")
)

// Reasons of readings that are not known though nothing is at fault, beside those
// of package bus.
const (
	severalFit = "several sensors fit"
	tooDry     = "air too dry"
	noDewPoint = "outside the dew point formula"
	notRising  = "not rising"
)

// errAmbiguous says that the configuration fits several sensors of hwmon.
var errAmbiguous = errors.New(severalFit)

// reason names err; isFault tells an answer that must not be believed from no
// answer at all.
func reason(err error) (why string, isFault bool) {
	if errors.Is(err, errAmbiguous) {
		return severalFit, false
	}
	return bus.Reason(err)
}
