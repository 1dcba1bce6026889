package board

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/warthog618/go-gpiosim"

	"rackvakt/sensors/contact"
)

// kernelChip makes a chip of gpio-sim, or skips where the kernel has none.
func kernelChip(t *testing.T) (*linux, *gpiosim.Chip) {
	t.Helper()
	if _, err := os.Stat("/sys/kernel/config/gpio-sim"); err != nil {
		t.Skipf("the kernel offers no gpio-sim (modprobe gpio-sim, as root): %v", err)
	}
	s, err := gpiosim.NewSim(gpiosim.WithBank(gpiosim.NewBank("rackvakt-test", 8,
		gpiosim.WithNamedLine(3, "RACKDOOR"), gpiosim.WithHoggedLine(5, "somebody", gpiosim.HogDirectionInput))))
	if err != nil {
		t.Skipf("gpio-sim refuses: %v", err)
	}
	t.Cleanup(s.Close)
	return newLinux(), &s.Chips[0]
}

func nextEdge(t *testing.T, line contact.Line) contact.Edge {
	t.Helper()
	select {
	case e := <-line.Edges():
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no edge from the kernel")
	}
	return contact.Edge{}
}

func TestKernelLine(t *testing.T) {
	l, chip := kernelChip(t)
	line, err := l.OpenLine(contact.Request{Name: "door", Line: "RACKDOOR", ActiveLow: true, Bias: contact.PullUp})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := chip.Pulldown(3); err != nil {
		t.Fatal(err)
	}
	if e := nextEdge(t, line); !e.Active || e.Seq != 1 {
		t.Errorf("edge %+v", e)
	}
	if active, err := line.Level(); !active || err != nil {
		t.Errorf("level %v, %v", active, err)
	}
	if _, err := l.OpenLine(contact.Request{Chip: "rackvakt-test", Line: "3"}); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("a line that is held: %v", err)
	}
	if _, err := l.OpenLine(contact.Request{Chip: "rackvakt-test", Line: "5"}); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("a line that a driver holds: %v", err)
	}
	if _, err := l.OpenLine(contact.Request{Chip: "rackvakt-test", Line: "8"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a line that is not there: %v", err)
	}
}
