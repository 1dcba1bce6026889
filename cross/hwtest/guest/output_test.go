package guest

import (
	"context"
	"testing"
	"time"

	"github.com/warthog618/go-gpiosim"

	"rackvakt/sensors/output"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest/chip"
)

// Lines of the panel's chip.
const (
	ledLine   = 0
	relayLine = 1
)

// until waits until probe says yes.
func until(t *testing.T, what string, probe func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if probe() {
			return
		}
	}
	t.Fatalf("waited for %s", what)
}

// The lamp blinks, the relay stands energised while all is well, and the display
// has the page, all on real interfaces; at the end everything is off.
func TestOutputs(t *testing.T) {
	sim, err := gpiosim.NewSim(gpiosim.WithName("panel"), gpiosim.WithBank(gpiosim.NewBank("panel", 4,
		gpiosim.WithNamedLine(ledLine, "LED"), gpiosim.WithNamedLine(relayLine, "RELAY"))))
	must(t, err)
	t.Cleanup(sim.Close)
	level := func(line int) int {
		v, err := sim.Chips[0].Level(line)
		must(t, err)
		return v
	}
	bus := newI2C(t)
	oled := chip.NewSSD1306()
	bus.Plug(0x3c, oled)
	o := output.DefaultOptions()
	o.LED, o.Relay.Pin = output.Pin{Line: "LED"}, output.Pin{Line: "RELAY"}
	o.Display.Driver, o.Display.Bus = output.SSD1306, bus.Name
	out := output.New(o, machine(t), clock(t), func(reading.Batch) {}, quiet())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- out.Run(ctx) }()
	defer cancel()

	page := output.Page{Title: "Kyrkeby plan1", Corner: "12:00", Lines: []string{"Allt väl", "22,5 °C", "Dörr stängd"}}
	out.Show(output.Show{LED: output.Steady, Page: page})
	want := [8][128]byte(output.Render(page))
	until(t, "the page", func() bool { return oled.On() && oled.Memory() == want })
	until(t, "a steady lamp and a relay at rest", func() bool { return level(ledLine) == 1 && level(relayLine) == 1 })

	out.Show(output.Show{LED: output.Fast, Alarm: true, Page: page})
	until(t, "the relay to fall", func() bool { return level(relayLine) == 0 })
	for n := range 6 {
		until(t, "a blink", func() bool { return level(ledLine) == n%2 })
	}

	cancel()
	select {
	case err := <-done:
		must(t, err)
	case <-time.After(patience):
		t.Fatal("the outputs do not end")
	}
	if level(ledLine) != 0 || level(relayLine) != 0 || oled.On() {
		t.Errorf("at the end: lamp %d, relay %d, display %v", level(ledLine), level(relayLine), oled.On())
	}
}
