package board

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/host/v3/sysfs"

	"rackvakt/sensors/adc"
)

// linux is the hardware of the machine itself.
type linux struct {
	sys fs.FS
	dev string
	// loops shares each ADC between the contacts on it.
	loops *adc.Loops
}

func newLinux() *linux {
	l := &linux{sys: os.DirFS("/sys"), dev: "/dev"}
	l.loops = adc.New(l)
	return l
}

// Sys implements Board.
func (l *linux) Sys() fs.FS { return l.sys }

// Run implements Board: hardware needs nothing.
func (l *linux) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// OpenBus implements Board. It does not go through periph's registry, which
// knows only the buses that were there when it was filled.
func (l *linux) OpenBus(name string) (i2c.BusCloser, error) {
	n, err := strconv.Atoi(name)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("i2c bus %q: %w", name, fs.ErrNotExist)
	}
	path := filepath.Join(l.dev, "i2c-"+name)
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	bus, err := sysfs.NewI2C(n)
	if err != nil {
		return nil, withErrno(fmt.Errorf("open %s: %w", path, err))
	}
	return errnoBus{bus}, nil
}

// errnoBus gives periph's bus errors their errno back.
type errnoBus struct{ i2c.BusCloser }

// Tx implements i2c.Bus.
func (b errnoBus) Tx(addr uint16, w, r []byte) error {
	if err := b.BusCloser.Tx(addr, w, r); err != nil {
		return withErrno(fmt.Errorf("address %#02x: %w", addr, err))
	}
	return nil
}

// lostErrnos are the errors of i2c-dev that drivers tell apart
// (Documentation/i2c/fault-codes.rst).
var lostErrnos = []syscall.Errno{
	syscall.ENXIO, syscall.EREMOTEIO, syscall.ETIMEDOUT, syscall.EBUSY, syscall.EAGAIN,
	syscall.EIO, syscall.EACCES, syscall.EPERM, syscall.ENODEV, syscall.ENOENT, syscall.EOPNOTSUPP,
}

// withErrno wraps the errno that err tells only as text, since periph formats it
// away. An err that has one, or whose text names none, is returned as it is.
func withErrno(err error) error {
	var have syscall.Errno
	if errors.As(err, &have) {
		return err
	}
	for _, e := range lostErrnos {
		if strings.HasSuffix(err.Error(), e.Error()) {
			return fmt.Errorf("%w (%w)", err, e)
		}
	}
	return err
}

// List implements Board.
func (l *linux) List(ctx context.Context) Inventory {
	inv := Inventory{Buses: []Bus{}, OneWire: oneWire(l.sys)}
	inv.Chips, inv.Problems = l.chips()
	for _, name := range l.buses() {
		if ctx.Err() != nil {
			inv.Problems = append(inv.Problems, "the search was cut short")
			break
		}
		inv.Buses = append(inv.Buses, scan(ctx, l, name))
	}
	return inv
}

// buses returns the numbers of /dev/i2c-N in order.
func (l *linux) buses() []string {
	paths, err := filepath.Glob(filepath.Join(l.dev, "i2c-*"))
	if err != nil {
		return nil
	}
	var numbers []int
	for _, p := range paths {
		if n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(p), "i2c-")); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	var names []string
	for _, n := range numbers {
		names = append(names, strconv.Itoa(n))
	}
	return names
}

// oneWire returns the ids of all temperature sensors that w1 shows.
func oneWire(sys fs.FS) []string {
	paths, err := fs.Glob(sys, "bus/w1/devices/28-*")
	if err != nil { // only a bad pattern
		return []string{}
	}
	ids := make([]string, 0, len(paths))
	for _, p := range paths {
		ids = append(ids, filepath.Base(p))
	}
	return ids
}
