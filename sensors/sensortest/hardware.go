package sensortest

import (
	"io/fs"
	"sync"
	"testing/fstest"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Hardware is a climate.Hardware in memory.
type Hardware struct {
	// Bus answers every transaction; nil is a board without I2C.
	Bus func(addr uint16, w, r []byte) error
	// Files is /sys.
	Files fstest.MapFS

	mu     sync.Mutex
	slow   time.Duration // guarded by mu
	opened int           // guarded by mu
	closed int           // guarded by mu
}

// OpenBus implements climate.Hardware.
func (h *Hardware) OpenBus(name string) (i2c.BusCloser, error) {
	if h.Bus == nil {
		return nil, &fs.PathError{Op: "open", Path: "/dev/i2c-" + name, Err: fs.ErrNotExist}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened++
	return bus{h}, nil
}

// Handles returns how many bus handles were opened and closed.
func (h *Hardware) Handles() (opened, closed int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.opened, h.closed
}

// Sys implements climate.Hardware.
func (h *Hardware) Sys() fs.FS { return slowFS{h} }

type slowFS struct{ h *Hardware }

// Open implements fs.FS.
func (s slowFS) Open(name string) (fs.File, error) {
	s.h.mu.Lock()
	slow := s.h.slow
	s.h.mu.Unlock()
	time.Sleep(slow)
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	return s.h.Files.Open(name)
}

// ReadLink implements fs.ReadLinkFS.
func (s slowFS) ReadLink(name string) (string, error) {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	return s.h.Files.ReadLink(name)
}

// Lstat implements fs.ReadLinkFS.
func (s slowFS) Lstat(name string) (fs.FileInfo, error) {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	return s.h.Files.Lstat(name)
}

// SetSlow says how long reading /sys takes before it answers.
func (h *Hardware) SetSlow(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slow = d
}

// SetW1 gives the 1-Wire sensor id a content, as w1_therm would show it.
func (h *Hardware) SetW1(id, content string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Files == nil {
		h.Files = fstest.MapFS{}
	}
	h.Files["bus/w1/devices/"+id+"/temperature"] = &fstest.MapFile{Data: []byte(content)}
}

type bus struct{ h *Hardware }

func (bus) String() string                  { return "test bus" }
func (bus) SetSpeed(physic.Frequency) error { return nil }

func (b bus) Tx(addr uint16, w, r []byte) error { return b.h.Bus(addr, w, r) }

func (b bus) Close() error {
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.h.closed++
	return nil
}
