package output

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3/i2c"
)

// Control bytes of the SSD1306 on I2C (section 8.1.5.2): what follows them up to
// the stop condition is all commands, or all data.
const (
	ssdCommands = 0x00
	ssdData     = 0x40
)

// ssdContrast is the contrast after a reset (table 9-1, command 81h).
const ssdContrast = 0x7f

// ssd1306 is an OLED display on I2C.
type ssd1306 struct {
	bus  i2c.BusCloser
	name string
	addr uint16
	// setup is the sequence of figure 2 of the application note in the datasheet.
	setup []byte
}

func openSSD1306(o Display, hw Hardware) (controller, error) {
	bus, err := hw.OpenBus(o.Bus)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBus, err)
	}
	return &ssd1306{bus: bus, name: "i2c-" + o.Bus, addr: o.Address, setup: ssdSetup(o)}, nil
}

func ssdSetup(o Display) []byte {
	segments, commons := byte(0xa1), byte(0xc8)
	if o.Flip {
		segments, commons = 0xa0, 0xc0
	}
	contrast := byte(ssdContrast)
	if o.Contrast > 0 {
		contrast = byte(o.Contrast)
	}
	return []byte{
		0xa8, Height - 1, // multiplex ratio
		0xd3, 0, // no offset of the rows
		0x40,     // row 0 of the memory is the first
		segments, // column 127 is SEG0: the usual modules hang so
		commons,
		0xda, 0x12, // COM pins alternate, as in every panel of 64 rows
		0x81, contrast,
		0xa4,       // shows the memory
		0xa6,       // a set bit is lit
		0xd5, 0x80, // clock as after a reset
		0x20, 0x02, // page addressing
		0x2e,       // no scrolling
		0x8d, 0x14, // charge pump on
		0xaf, // display on
	}
}

func (d *ssd1306) source() string { return fmt.Sprintf("%s %#02x", d.name, d.addr) }

func (d *ssd1306) send(control byte, bytes ...byte) error {
	if err := d.bus.Tx(d.addr, append([]byte{control}, bytes...), nil); err != nil {
		return fmt.Errorf("display at %s: %w", d.source(), err)
	}
	return nil
}

func (d *ssd1306) begin() error { return d.send(ssdCommands, d.setup...) }

// band sets page and column (commands B0h, 00h, 10h) and writes the band.
func (d *ssd1306) band(n int, dots []byte) error {
	if err := d.send(ssdCommands, 0xb0|byte(n), 0x00, 0x10); err != nil {
		return err
	}
	return d.send(ssdData, dots...)
}

func (d *ssd1306) end() error { return errors.Join(d.send(ssdCommands, 0xae), d.bus.Close()) }
