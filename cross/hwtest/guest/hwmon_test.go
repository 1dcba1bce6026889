package guest

import (
	"fmt"
	"testing"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/sensortest/chip"
)

// hwmon reads what a driver of the kernel shows.
func hwmon(kernelDriver, unit string) climate.Options {
	o := probe(climate.HWMon, "", 0)
	o.Chip, o.Unit = kernelDriver, unit
	return o
}

// Chips behind the kernel's own drivers are read through hwmon, two of a kind told
// apart by where they stand, and what fails there is named.
func TestHWMonProbesFollow(t *testing.T) {
	bus := newI2C(t)
	inlet, outlet, room := chip.NewLM75(), chip.NewLM75(), chip.NewSHT3x()
	for addr, c := range map[uint16]chip.Chip{0x48: inlet, 0x49: outlet, 0x44: room} {
		bus.Plug(addr, c)
	}
	inlet.Set(22_500)
	outlet.Set(31_000)
	room.Set(-4_000, 55_000)
	bus.bind(t, "lm75", 0x48)
	bus.bind(t, "lm75", 0x49)
	bus.bind(t, "sht3x", 0x44)
	unit := func(addr int) string { return fmt.Sprintf("%s-%04x", bus.Name, addr) }
	first := runProbe(t, hwmon("lm75", unit(0x48)))
	second := runProbe(t, hwmon("lm75", unit(0x49)))
	third := runProbe(t, hwmon("sht3x", ""))
	first.awaitNear(t, temperature, 22_500, 0)
	second.awaitNear(t, temperature, 31_000, 0)
	third.awaitNear(t, temperature, -4_000, 10)
	third.awaitNear(t, humidity, 55_000, 10)
	inlet.Set(27_000)
	first.awaitNear(t, temperature, 27_000, 0)
	bus.Break(0x48, chip.NoAnswer)
	mark := first.mark()
	first.awaitAfter(t, mark, temperature, "unknown: no answer at address")
	bus.Break(0x48, 0)
	first.awaitNear(t, temperature, 27_000, 0)
	runProbe(t, hwmon("lm75", unit(0x4a))).await(t, temperature, "unknown: no such bus or sensor")
}
