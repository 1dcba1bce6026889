package guest

import (
	"testing"
	"time"

	"rackvakt/sensors/power"
	"rackvakt/sensors/sensortest/chip"
)

// rails reads a power monitor on a bus.
func rails(t *testing.T, d power.Driver, bus string, addr uint16, channels ...int) *record {
	t.Helper()
	var o power.Options
	o.SetDefaults()
	o.Name, o.Driver, o.Bus, o.Address, o.Every = "power", d, bus, addr, 250*time.Millisecond
	names := []string{"5v", "12v", "battery"}
	for i, channel := range channels {
		var r power.Rail
		r.SetDefaults()
		r.Name, r.Channel = names[i], channel
		o.Rails = append(o.Rails, r)
	}
	return run(t, power.New(o, machine(t), clock(t), quiet()).Run)
}

// Every power monitor tells volts and amperes both ways, names what fails, and is
// set up again after a reset.
func TestPowerMonitorsFollow(t *testing.T) {
	const shunt = 100_000 // micro-ohm
	const volts, amperes = "power/5v:voltage_volts", "power/5v:current_amperes"
	bus := newI2C(t)
	ina219, ina226, ina3221 := chip.NewINA219(shunt), chip.NewINA226(shunt), chip.NewINA3221()
	for _, c := range []struct {
		driver   power.Driver
		addr     uint16
		chip     chip.Chip
		set      func(chip.Rail)
		channels []int
	}{
		{power.INA219, 0x40, ina219, ina219.Set, []int{0}},
		{power.INA226, 0x41, ina226, ina226.Set, []int{0}},
		{power.INA3221, 0x42, ina3221, func(r chip.Rail) { ina3221.Set(2, r, shunt) }, []int{2}},
	} {
		t.Run(string(c.driver), func(t *testing.T) {
			t.Parallel()
			c.set(chip.Rail{MilliVolt: 5_080, MicroAmp: 740_000})
			bus.Plug(c.addr, c.chip)
			rec := rails(t, c.driver, bus.Name, c.addr, c.channels...)
			rec.awaitNear(t, volts, 5_080, 8)
			rec.awaitNear(t, amperes, 740, 2)
			c.set(chip.Rail{MilliVolt: 4_520, MicroAmp: -300_000})
			rec.awaitNear(t, volts, 4_520, 8)
			rec.awaitNear(t, amperes, -300, 2)
			mark := rec.mark()
			bus.Break(c.addr, chip.NoAnswer)
			rec.awaitAfter(t, mark, volts, "unknown: no answer at address")
			bus.Break(c.addr, 0)
			rec.awaitNear(t, volts, 4_520, 8)
			c.chip.Write([]byte{0, 0x80, 0}) // somebody resets it
			rec.awaitNear(t, amperes, -300, 2)
		})
	}
}
