package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"time"
)

// WatchdogDevice is an open /dev/watchdog, Documentation/watchdog/watchdog-api.rst:
// any write feeds it, and the machine is reset if none comes within the timeout.
type WatchdogDevice interface {
	io.WriteCloser
	// SetTimeout asks for a timeout and returns the one that holds.
	SetTimeout(time.Duration) (time.Duration, error)
}

// Watchdog feeds the kernel's watchdog itself, for machines without systemd. Where
// systemd runs it owns the device, and is told through Notifier.
type Watchdog struct {
	// Path of the device: Options.Watchdog.
	Path string
	// Timeout that is asked for.
	Timeout time.Duration
	// FS is rooted at /.
	FS fs.FS
	// Live says whether the device may be fed.
	Live *Liveness
	Log  *slog.Logger
	// Open opens the device; nil: the real one.
	Open func(path string) (WatchdogDevice, error)
}

// feedsInTimeout is how often the device is fed within its timeout.
const feedsInTimeout = 4

// Run feeds the device while Live is alive, until ctx ends. Then the device is
// told that the stop is meant (the magic V), unless a loop is late: a program that
// hangs while it stops is to be ended by the reset. A kernel built with
// WATCHDOG_NOWAYOUT resets in any case.
func (w *Watchdog) Run(ctx context.Context) error {
	// sd_booted(3).
	if _, err := fs.Stat(w.FS, "run/systemd/system"); err == nil {
		return fmt.Errorf("watchdog %s: systemd runs here and owns it", w.Path)
	}
	open := w.Open
	if open == nil {
		open = openWatchdog
	}
	dev, err := open(w.Path)
	if err != nil {
		return fmt.Errorf("open watchdog: %w", err)
	}
	timeout, err := dev.SetTimeout(w.Timeout)
	if err != nil {
		w.Log.Warn("watchdog keeps its own timeout", "device", w.Path, "error", err)
	}
	if timeout <= 0 {
		timeout = w.Timeout
	}
	w.Log.Info("watchdog is fed", "device", w.Path, "timeout", timeout)
	w.Live.Feed(ctx, timeout/feedsInTimeout, func() error { return write(dev, "k") }, w.Log)
	var disarm error
	if late := w.Live.Late(); len(late) == 0 {
		disarm = write(dev, "V")
	} else {
		w.Log.Error("watchdog stays armed", "device", w.Path, "late", late)
	}
	if err := errors.Join(disarm, dev.Close()); err != nil {
		return fmt.Errorf("close watchdog %s: %w", w.Path, err)
	}
	return nil
}

func write(to io.Writer, s string) error {
	_, err := io.WriteString(to, s)
	return err
}
