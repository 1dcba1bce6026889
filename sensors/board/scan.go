package board

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"periph.io/x/conn/v3/i2c"
)

// Addresses that a device may have; the rest is reserved (I2C specification
// UM10204, table 4).
const (
	firstAddress = 0x08
	lastAddress  = 0x77
)

// buses is what scan needs of a board.
type buses interface {
	OpenBus(bus string) (i2c.BusCloser, error)
	Sys() fs.FS
}

// scan asks every address of a bus. What a driver of the kernel holds is listed,
// and not disturbed.
func scan(ctx context.Context, b buses, name string) (out Bus) {
	out = Bus{Name: name, Devices: []Device{}}
	bus, err := b.OpenBus(name)
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	defer func() {
		if err := bus.Close(); err != nil && out.Problem == "" {
			out.Problem = err.Error()
		}
	}()
	for addr := uint16(firstAddress); addr <= lastAddress && ctx.Err() == nil; addr++ {
		if d, held := ofKernel(b.Sys(), name, addr); held {
			out.Devices = append(out.Devices, d)
			continue
		}
		yes, err := answers(bus, addr)
		if stopsScan(err) {
			out.Problem = err.Error()
			return out
		}
		if yes {
			out.Devices = append(out.Devices, identify(bus, addr))
		}
	}
	return out
}

// ofKernel looks for a device that a kernel driver is bound to
// (Documentation/i2c/instantiating-devices.rst).
func ofKernel(sys fs.FS, bus string, addr uint16) (Device, bool) {
	dir := fmt.Sprintf("bus/i2c/devices/%s-%04x", bus, addr)
	if _, err := fs.Stat(sys, path.Join(dir, "driver")); err != nil {
		return Device{}, false
	}
	name, err := fs.ReadFile(sys, path.Join(dir, "name"))
	if err != nil {
		name = []byte("?")
	}
	return Device{Address: addr, Kernel: strings.TrimSpace(string(name))}, true
}

// stopsScan reports whether the bus as a whole does not work: stuck, or an
// adapter that speaks SMBus only.
func stopsScan(err error) bool {
	return errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, syscall.EOPNOTSUPP) ||
		errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EACCES)
}
