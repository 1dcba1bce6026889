package usbip

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"rackvakt/sensors/sensortest/chip"
)

const vhci = "/sys/devices/platform/vhci_hcd.0"

// appears is how long the kernel gets to make an adapter of a device.
const appears = 20 * time.Second

// Adapter is one attached device. Close pulls it off.
type Adapter struct {
	// Name is N of /dev/i2c-N, or the name of the 1-Wire bus.
	Name string

	port   int
	socket *os.File
	done   chan error
	once   sync.Once
	closed error
}

// AttachI2C plugs in an adapter for bus and returns once /dev/i2c-N is there and the
// kernel's own drivers have looked at the bus: a chip that hangs on it by then may
// become theirs too.
func AttachI2C(bus *chip.Bus) (*Adapter, error) {
	a, err := attach(&tinyUSB{bus: bus})
	if err != nil {
		return nil, err
	}
	// The port of the hub counts from 1.
	path, err := a.await(fmt.Sprintf("%s/usb*/*-%d/*/i2c-*/i2c-dev/i2c-*", vhci, a.port+1), nil)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.Name = strings.TrimPrefix(filepath.Base(path), "i2c-")
	if _, err := a.await("/dev/i2c-"+a.Name, nil); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	// Drivers of the kernel look for chips of theirs on a new bus (i2c_detect). This
	// file is read under the lock that is held until they are done.
	usb := filepath.Join(path, "../../../..")
	if _, err := os.ReadFile(filepath.Join(usb, "bNumInterfaces")); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// AttachOneWire plugs in an adapter for wire and returns once its bus is there.
// The kernel finds the sensors within some seconds.
func AttachOneWire(wire *chip.Wire) (*Adapter, error) {
	const masters = "/sys/bus/w1/devices/w1_bus_master*"
	before, err := filepath.Glob(masters)
	if err != nil {
		return nil, err
	}
	var old []os.FileInfo
	for _, path := range before {
		if info, err := os.Stat(path); err == nil {
			old = append(old, info)
		}
	}
	a, err := attach(&ds2490{wire: wire})
	if err != nil {
		return nil, err
	}
	path, err := a.await(masters, old)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.Name = filepath.Base(path)
	return a, nil
}

// attach gives one end of a socket pair to a free port of vhci_hcd and serves the
// other.
func attach(d device) (*Adapter, error) {
	status, err := os.ReadFile(vhci + "/status")
	if err != nil {
		return nil, fmt.Errorf("attach to vhci_hcd: %w", err)
	}
	port, err := freePort(string(status))
	if err != nil {
		return nil, err
	}
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("attach to vhci_hcd: %w", err)
	}
	a := &Adapter{port: port, socket: os.NewFile(uintptr(ends[0]), "usbip"), done: make(chan error, 1)}
	go func() { a.done <- serve(a.socket, d) }()
	// port, socket, bus and number of the device at its far end, full speed
	words := fmt.Sprintf("%d %d %d 2", port, ends[1], 1<<16|port+2)
	err = os.WriteFile(vhci+"/attach", []byte(words), 0)
	err = errors.Join(err, syscall.Close(ends[1]))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("attach to vhci_hcd: %w", err), a.socket.Close())
	}
	return a, nil
}

// freePort finds the first port for full speed that is free (state 4) in the text
// of vhci_hcd: lines of hub, port, state, speed, device, socket and bus id.
func freePort(status string) (int, error) {
	for line := range strings.Lines(status) {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] != "hs" || f[2] != "004" {
			continue
		}
		if port, err := strconv.Atoi(f[1]); err == nil {
			return port, nil
		}
	}
	return 0, errors.New("attach to vhci_hcd: no free port")
}

// await waits for a path that is none of old, which may go meanwhile and leave
// their names to others.
func (a *Adapter) await(pattern string, old []os.FileInfo) (string, error) {
	for end := time.Now().Add(appears); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, path := range found {
			info, err := os.Stat(path)
			if err == nil && !slices.ContainsFunc(old, func(o os.FileInfo) bool { return os.SameFile(o, info) }) {
				return path, nil
			}
		}
		select {
		case err := <-a.done:
			a.done <- err
			return "", fmt.Errorf("wait for %s: the kernel let the device go: %w", pattern, err)
		default:
		}
	}
	return "", fmt.Errorf("the kernel made no %s within %v", pattern, appears)
}

// Close pulls the device off and waits until the kernel has let it go.
func (a *Adapter) Close() error {
	a.once.Do(func() {
		a.closed = os.WriteFile(vhci+"/detach", []byte(strconv.Itoa(a.port)), 0)
		select {
		case err := <-a.done:
			if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
				err = nil // an answer was under way when the kernel let go
			}
			a.closed = errors.Join(a.closed, err)
		case <-time.After(appears):
			a.closed = errors.Join(a.closed, errors.New("detach from vhci_hcd: the kernel keeps the device"))
		}
		a.closed = errors.Join(a.closed, a.socket.Close())
	})
	return a.closed
}
