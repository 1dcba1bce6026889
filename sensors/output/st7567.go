package output

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// stContrast is the electronic volume (0 to 63) that suits the usual panels.
const stContrast = 40

// stReset is how long reset is low, and how long the chip is left alone after it;
// both are far more than it needs.
const stReset = 10 * time.Millisecond

// st7567 is an LCD on SPI. Nothing comes back from it.
type st7567 struct {
	port  spi.PortCloser
	chip  conn.Conn
	name  string
	dc    Line
	reset Line
	setup []byte
}

// openST7567 opens port and lines and resets the chip.
func openST7567(ctx context.Context, o Display, hw Hardware) (_ controller, err error) {
	d := &st7567{name: "spi" + o.SPI, setup: stSetup(o)}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	if d.port, err = hw.OpenSPI(o.SPI); err != nil {
		return nil, fmt.Errorf("%w: %w", errBus, err)
	}
	// Writing is allowed up to 20 MHz at 3.3 V; modules with long wires are slower.
	if d.chip, err = d.port.Connect(physic.MegaHertz, spi.Mode0, 8); err != nil {
		return nil, fmt.Errorf("display at %s: %w", d.name, err)
	}
	if d.dc, err = hw.OpenOutput(Request{Name: "display-dc", Pin: o.DC}); err != nil {
		return nil, err
	}
	// The reset line is active while the chip is held in reset, at the low level.
	pin := o.Reset
	pin.ActiveLow = !pin.ActiveLow
	if d.reset, err = hw.OpenOutput(Request{Name: "display-reset", Pin: pin}); err != nil {
		return nil, err
	}
	return d, d.pulse(ctx)
}

// pulse resets the chip.
func (d *st7567) pulse(ctx context.Context) error {
	for _, active := range []bool{true, false} {
		if err := d.reset.Set(active); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(stReset):
		}
	}
	return nil
}

// stSetup is the set-up of section "initial code": bias, directions, the voltage
// of the panel, the whole power circuit on, display on.
func stSetup(o Display) []byte {
	segments, commons := byte(0xa0), byte(0xc8)
	if o.Flip {
		segments, commons = 0xa1, 0xc0
	}
	contrast := byte(stContrast)
	if o.Contrast > 0 {
		contrast = byte(o.Contrast)
	}
	return []byte{
		0xa3, // bias 1/7
		segments, commons,
		0xa6,           // a set bit is dark
		0x40,           // row 0 of the memory is the first
		0x23,           // regulation ratio 4.5
		0x81, contrast, // electronic volume
		0x2f, // booster, regulator and follower on
		0xa4, // shows the memory
		0xaf, // display on
	}
}

func (d *st7567) source() string { return d.name }

// send writes with A0 high for data, low for commands.
func (d *st7567) send(data bool, bytes ...byte) error {
	if err := d.dc.Set(data); err != nil {
		return err
	}
	if err := d.chip.Tx(bytes, nil); err != nil {
		return fmt.Errorf("display at %s: %w", d.name, err)
	}
	return nil
}

func (d *st7567) begin() error { return d.send(false, d.setup...) }

// firstColumn is the memory's column that the leftmost dot has: with the segments
// reversed the four that no panel of 128 has come first.
func (d *st7567) firstColumn() byte {
	if d.setup[1] == 0xa1 {
		return 132 - Width
	}
	return 0
}

func (d *st7567) band(n int, dots []byte) error {
	x := d.firstColumn()
	if err := d.send(false, 0xb0|byte(n), 0x10|x>>4, x&0x0f); err != nil {
		return err
	}
	return d.send(true, dots...)
}

// end switches the display off: AEh, and with A5h the power circuit sleeps.
func (d *st7567) end() error { return errors.Join(d.send(false, 0xae, 0xa5), d.close()) }

// close gives back what was opened.
func (d *st7567) close() error {
	var errs []error
	for _, line := range []Line{d.dc, d.reset} {
		if line != nil {
			errs = append(errs, line.Close())
		}
	}
	if d.port != nil {
		errs = append(errs, d.port.Close())
	}
	return errors.Join(errs...)
}

// spiNumbers reads "B.C".
func spiNumbers(name string) (bus, chip int, ok bool) {
	b, c, cut := strings.Cut(name, ".")
	bus, berr := strconv.Atoi(b)
	chip, cerr := strconv.Atoi(c)
	return bus, chip, cut && berr == nil && cerr == nil && bus >= 0 && chip >= 0
}
