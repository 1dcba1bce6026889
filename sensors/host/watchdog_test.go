package host_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"rackvakt/sensors/host"
	"rackvakt/sensors/reading"
)

func TestLiveness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := host.NewLiveness(reading.NewWallclock("b", time.Hour, nil))
		if !l.Alive() {
			t.Error("nothing is waited for and something is late")
		}
		closet, path := l.Watch("closet", 10*time.Second), l.Watch("path", 20*time.Second)
		expect := func(when string, want ...string) {
			t.Helper()
			if got := l.Late(); !slices.Equal(got, want) || l.Alive() != (len(want) == 0) {
				t.Errorf("%s: late %v, want %v", when, got, want)
			}
		}
		time.Sleep(10 * time.Second)
		expect("at the bound")
		time.Sleep(time.Second)
		expect("behind it", "closet")
		time.Sleep(10 * time.Second)
		expect("both", "closet", "path")
		closet.Beat()
		expect("one beats again", "path")
		path.End()
		expect("the other has ended")
		(*host.Loop)(nil).Beat()
		(*host.Loop)(nil).End()
	})
}

// device is a kernel's watchdog: it notes what is written to it and when.
type device struct {
	start time.Time
	grant time.Duration
	fail  error

	mu   sync.Mutex
	told []string // guarded by mu
}

func (d *device) note(s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, fmt.Sprintf("%v %s", time.Since(d.start), s))
}

func (d *device) Write(b []byte) (int, error) {
	d.note(string(b))
	return len(b), nil
}

func (d *device) Close() error { d.note("closed"); return nil }

func (d *device) SetTimeout(time.Duration) (time.Duration, error) { return d.grant, d.fail }

// guard runs a Watchdog on dev while do runs, and returns what it said and what
// the device saw.
func guard(t *testing.T, live *host.Liveness, dev *device, do func()) (string, []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := host.Watchdog{
		Path: "/dev/watchdog", Timeout: 12 * time.Second, FS: fstest.MapFS{}, Live: live, Log: slog.New(slog.DiscardHandler),
		Open: func(string) (host.WatchdogDevice, error) { return dev, nil },
	}
	var running sync.WaitGroup
	var err error
	running.Go(func() { err = w.Run(ctx) })
	do()
	cancel()
	running.Wait()
	return fmt.Sprint(err), dev.told
}

func TestWatchdogIsFedWhileLoopsBeat(t *testing.T) {
	for _, c := range []struct {
		name string
		dev  *device
		want []string
	}{
		{"timeout granted", &device{grant: 12 * time.Second}, []string{"0s k", "3s k", "6s k", "7s V", "7s closed"}},
		{"another timeout holds", &device{grant: 20 * time.Second, fail: syscall.EINVAL}, []string{"0s k", "5s k", "7s V", "7s closed"}},
		{"shorter than asked", &device{grant: 8 * time.Second}, []string{"0s k", "2s k", "4s k", "6s k", "7s V", "7s closed"}},
		{"no timeout told", &device{fail: syscall.ENOTTY}, []string{"0s k", "3s k", "6s k", "7s V", "7s closed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.dev.start = time.Now()
				live := host.NewLiveness(reading.NewWallclock("b", 0, nil))
				live.Watch("closet", time.Minute)
				err, got := guard(t, live, c.dev, func() { time.Sleep(7 * time.Second) })
				if err != "<nil>" || !slices.Equal(got, c.want) {
					t.Errorf("%v, told %v, want %v", err, got, c.want)
				}
			})
		})
	}
}

// A loop that hangs stops the feeding, and a stop that hangs leaves it armed.
func TestWatchdogStarvesWhileALoopHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := &device{start: time.Now(), grant: 12 * time.Second}
		live := host.NewLiveness(reading.NewWallclock("b", 0, nil))
		loop := live.Watch("closet", 4*time.Second)
		err, got := guard(t, live, dev, func() {
			time.Sleep(10 * time.Second)
			loop.Beat()
			time.Sleep(9 * time.Second)
		})
		want := []string{"0s k", "3s k", "12s k", "19s closed"}
		if err != "<nil>" || !slices.Equal(got, want) {
			t.Errorf("%v, told %v, want %v", err, got, want)
		}
	})
}

func TestWatchdogRefused(t *testing.T) {
	live := host.NewLiveness(reading.NewWallclock("b", 0, nil))
	w := host.Watchdog{Path: "/dev/watchdog", Timeout: time.Minute, Live: live, Log: slog.New(slog.DiscardHandler),
		FS: fstest.MapFS{"run/systemd/system": {Mode: 0o755 | 1<<31}}, Open: func(string) (host.WatchdogDevice, error) {
			t.Error("opened beside systemd")
			return nil, syscall.EBUSY
		}}
	if err := w.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "systemd") {
		t.Errorf("beside systemd: %v", err)
	}
	w.FS = fstest.MapFS{}
	w.Open = func(string) (host.WatchdogDevice, error) { return nil, syscall.EBUSY }
	if err := w.Run(t.Context()); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("held by another: %v", err)
	}
	w.Open = nil
	w.Path = t.TempDir() + "/nosuch"
	if err := w.Run(t.Context()); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("no device: %v", err)
	}
}

// Systemd is fed through the same look at the loops; without it nobody is fed.
func TestFeedSystemd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := host.NewLiveness(reading.NewWallclock("b", 0, nil))
		loop := live.Watch("closet", 15*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		fed := 0
		var running sync.WaitGroup
		running.Go(func() {
			live.Feed(ctx, 10*time.Second, func() error { fed++; return syscall.ECONNREFUSED }, slog.New(slog.DiscardHandler))
		})
		running.Go(func() {
			live.Feed(ctx, 0, func() error { t.Error("fed without a watchdog"); return nil }, slog.New(slog.DiscardHandler))
		})
		time.Sleep(35 * time.Second)
		loop.Beat()
		running.Wait()
		if fed != 4 { // at 0, 10, 40 and 50 s
			t.Errorf("fed %d times", fed)
		}
	})
}
