package board

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/warthog618/go-gpiocdev"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/host/v3/sysfs"

	"rackvakt/sensors/output"
)

// OpenOutput implements Board. The line is off from the moment that it is an output.
func (l *linux) OpenOutput(req output.Request) (output.Line, error) {
	return search(l, req.Chip, req.Line, func(chip *gpiocdev.Chip, offset int) (output.Line, error) {
		return requestOutput(chip, offset, req)
	})
}

func requestOutput(chip *gpiocdev.Chip, offset int, req output.Request) (output.Line, error) {
	d := driven{source: fmt.Sprintf("%s (%s) line %d %s", chip.Name, chip.Label, offset, req.Line)}
	opts := []gpiocdev.LineReqOption{gpiocdev.AsOutput(0), gpiocdev.WithConsumer("rackvakt:" + req.Name)}
	if req.ActiveLow {
		opts = append(opts, gpiocdev.AsActiveLow)
	}
	line, err := chip.RequestLine(offset, opts...)
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", d.source, err)
	}
	d.line = line
	return d, nil
}

// driven is one output of the character device.
type driven struct {
	line   *gpiocdev.Line
	source string
}

// Set implements output.Line.
func (d driven) Set(active bool) error {
	value := 0
	if active {
		value = 1
	}
	if err := d.line.SetValue(value); err != nil {
		return fmt.Errorf("set %s: %w", d.source, err)
	}
	return nil
}

// Source implements output.Line.
func (d driven) Source() string { return d.source }

// Close implements output.Line.
func (d driven) Close() error { return d.line.Close() }

// OpenSPI implements Board.
func (l *linux) OpenSPI(port string) (spi.PortCloser, error) {
	bus, chip, _ := strings.Cut(port, ".")
	b, berr := strconv.Atoi(bus)
	c, cerr := strconv.Atoi(chip)
	if berr != nil || cerr != nil || b < 0 || c < 0 {
		return nil, fmt.Errorf("spi port %q: %w", port, fs.ErrNotExist)
	}
	path := filepath.Join(l.dev, "spidev"+port)
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	p, err := sysfs.NewSPI(b, c)
	if err != nil {
		return nil, withErrno(fmt.Errorf("open %s: %w", path, err))
	}
	// Connect is given the speed that the chip can take; nothing bounds it here.
	if err := p.LimitSpeed(physic.GigaHertz); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return p, nil
}
