package board

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/warthog618/go-gpiocdev"
	"golang.org/x/sys/unix"

	"rackvakt/sensors/contact"
)

const (
	// kernelEvents is asked of the kernel in place of its 16.
	kernelEvents = 128
	// queuedEdges is how many edges wait between the library and the contact.
	queuedEdges = 256
)

// chipNames returns the character devices once each: a symlink beside its target
// (Raspberry Pi OS keeps gpiochip4 so) is left out.
func (l *linux) chipNames() []string {
	var names []string
	for _, name := range gpiocdev.Chips() {
		info, err := os.Lstat(filepath.Join(l.dev, name))
		if err == nil && info.Mode()&fs.ModeSymlink == 0 {
			names = append(names, name)
		}
	}
	return names
}

// chips lists every chip with its lines.
func (l *linux) chips() (found []Chip, problems []string) {
	found = []Chip{}
	for _, name := range l.chipNames() {
		c, err := listChip(name)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		found = append(found, c)
	}
	return found, problems
}

func listChip(name string) (_ Chip, err error) {
	chip, err := gpiocdev.NewChip(name)
	if err != nil {
		return Chip{}, err
	}
	defer func() { err = errors.Join(err, chip.Close()) }()
	out := Chip{Name: name, Label: chip.Label, Lines: make([]Pin, 0, chip.Lines())}
	for n := range chip.Lines() {
		info, err := chip.LineInfo(n)
		if err != nil {
			return out, fmt.Errorf("line %d: %w", n, err)
		}
		out.Lines = append(out.Lines, Pin{
			Offset: n, Name: info.Name, Used: info.Used, Consumer: info.Consumer,
			Output: info.Config.Direction == gpiocdev.LineDirectionOutput,
		})
	}
	return out, nil
}

// OpenLine implements Board.
func (l *linux) OpenLine(req contact.Request) (contact.Line, error) {
	if req.Loop.Used() {
		return l.loops.OpenLine(req)
	}
	return search(l, req.Chip, req.Line, func(chip *gpiocdev.Chip, offset int) (contact.Line, error) {
		return request(chip, offset, req)
	})
}

// search opens the line on the first chip that is the one asked for and has it.
func search[T any](l *linux, chip, line string, open func(*gpiocdev.Chip, int) (T, error)) (none T, err error) {
	var unread error // of the first chip that cannot be looked at
	for _, name := range l.chipNames() {
		opened, found, err := openOn(name, chip, line, open)
		if found {
			return opened, err
		}
		if unread == nil {
			unread = err
		}
	}
	if unread != nil {
		return none, unread
	}
	return none, fmt.Errorf("line %q of chip %q: %w", line, chip, fs.ErrNotExist)
}

// openOn opens the line if the chip of this name is the one wanted and has it;
// found is false if not, and for a chip that cannot be looked at, which may be
// another one than the line's.
func openOn[T any](name, wanted, line string, open func(*gpiocdev.Chip, int) (T, error)) (opened T, found bool, err error) {
	chip, err := gpiocdev.NewChip(name)
	if errors.Is(err, gpiocdev.ErrPermissionDenied) {
		return opened, false, fmt.Errorf("open %s: %w", name, fs.ErrPermission)
	}
	if err != nil {
		return opened, false, fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, chip.Close()) }()
	if wanted != "" && wanted != chip.Label && wanted != chip.Name {
		return opened, false, nil
	}
	offset, ok := offsetOf(chip, line, wanted != "")
	if !ok {
		return opened, false, nil
	}
	opened, err = open(chip, offset)
	return opened, true, err
}

// offsetOf finds a line by name, or by number where the chip is named.
func offsetOf(chip *gpiocdev.Chip, line string, named bool) (int, bool) {
	if offset, err := chip.FindLine(line); err == nil {
		return offset, true
	}
	offset, err := strconv.Atoi(line)
	return offset, err == nil && named && offset >= 0 && offset < chip.Lines()
}

func request(chip *gpiocdev.Chip, offset int, req contact.Request) (contact.Line, error) {
	w := &watched{
		edges:  make(chan contact.Edge, queuedEdges),
		source: fmt.Sprintf("%s (%s) line %d %s", chip.Name, chip.Label, offset, req.Line),
	}
	line, err := chip.RequestLine(offset, options(req, w.event)...)
	if errors.Is(err, syscall.EINVAL) || errors.As(err, new(gpiocdev.ErrUapiIncompatibility)) {
		return nil, fmt.Errorf("line %s: bias or debounce refused by this kernel or chip: %w", req.Line, err)
	}
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", w.source, err)
	}
	w.line = line
	return w, nil
}

func options(req contact.Request, event func(gpiocdev.LineEvent)) []gpiocdev.LineReqOption {
	bias := gpiocdev.WithPullUp
	switch req.Bias {
	case contact.PullDown:
		bias = gpiocdev.WithPullDown
	case contact.NoBias:
		bias = gpiocdev.WithBiasDisabled
	}
	opts := []gpiocdev.LineReqOption{
		gpiocdev.AsInput, bias, gpiocdev.WithBothEdges, gpiocdev.WithEventHandler(event),
		gpiocdev.WithEventBufferSize(kernelEvents), gpiocdev.WithConsumer("rackvakt:" + req.Name),
	}
	if req.ActiveLow {
		opts = append(opts, gpiocdev.AsActiveLow)
	}
	if req.Debounce > 0 {
		opts = append(opts, gpiocdev.WithDebounce(req.Debounce))
	}
	return opts
}

// watched is one line of the character device.
type watched struct {
	line   *gpiocdev.Line
	edges  chan contact.Edge
	source string
	once   sync.Once
	closed error
}

// event runs in the library's goroutine. A full queue drops the edge; the hole in
// the sequence numbers and the next level show it.
func (w *watched) event(e gpiocdev.LineEvent) {
	edge := contact.Edge{Active: e.Type == gpiocdev.LineEventRisingEdge, Seq: e.LineSeqno, Age: age(e.Timestamp)}
	select {
	case w.edges <- edge:
	default:
	}
}

// age returns how long ago the kernel's CLOCK_MONOTONIC stamp was.
func age(stamp time.Duration) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0
	}
	if d := time.Duration(now.Nano()) - stamp; d > 0 && d < time.Minute {
		return d
	}
	return 0
}

// Level implements contact.Line.
func (w *watched) Level() (bool, error) {
	v, err := w.line.Value()
	if err != nil {
		return false, fmt.Errorf("read %s: %w", w.source, err)
	}
	return v == 1, nil
}

// Edges implements contact.Line.
func (w *watched) Edges() <-chan contact.Edge { return w.edges }

// Source implements contact.Line.
func (w *watched) Source() string { return w.source }

// Close implements contact.Line. The library's Close returns after its last event.
func (w *watched) Close() error {
	w.once.Do(func() {
		w.closed = w.line.Close()
		close(w.edges)
	})
	return w.closed
}
