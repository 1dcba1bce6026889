package guest

import (
	"testing"

	"rackvakt/sensors/contact"
	"rackvakt/sensors/sensortest/chip"
)

// A supervised loop on a real bus: both states of the contact, and a cut, a short
// and a lost converter told apart from them.
func TestSupervisedLoop(t *testing.T) {
	const point = "door:door_open"
	bus := newI2C(t)
	adc := chip.NewADS1115()
	ohms := func(r int64) { adc.Ohms(1, 3_300, 2_200, r) }
	ohms(1_000)
	bus.Plug(0x48, adc)
	o := contact.DefaultOptions()
	o.Name, o.Role = "door", contact.Door
	o.Supervised = contact.DefaultLoop()
	o.Supervised.Bus, o.Supervised.Channel = bus.Name, 1
	rec := runContact(t, o)
	rec.await(t, point, "closed")
	for _, step := range []struct {
		ohms int64
		told string
	}{{3_200, "open"}, {1_000, "closed"}, {-1, "fault: loop cut"}, {1_000, "closed"}, {0, "fault: loop shorted"}, {3_200, "open"}} {
		mark := rec.mark()
		ohms(step.ohms)
		rec.awaitAfter(t, mark, point, step.told)
	}
	mark := rec.mark()
	bus.Break(0x48, chip.NoAnswer)
	rec.awaitAfter(t, mark, point, "unknown: no answer at address")
	bus.Break(0x48, 0)
	rec.awaitAfter(t, mark, point, "open")
}
