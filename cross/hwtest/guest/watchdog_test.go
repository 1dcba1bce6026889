package guest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watchdog stands for systemd: it takes the agent's WATCHDOG=1 and feeds the
// kernel's watchdog with it (softdog, which only says that it would reboot).
type watchdog struct {
	mu  sync.Mutex
	fed int // guarded by mu
}

func startWatchdog(t *testing.T, seconds int) (*watchdog, string) {
	t.Helper()
	dog, err := os.OpenFile("/dev/watchdog", os.O_WRONLY, 0)
	must(t, err)
	must(t, unix.IoctlSetPointerInt(int(dog.Fd()), unix.WDIOC_SETTIMEOUT, seconds))
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(t, err)
	w := &watchdog{}
	var work sync.WaitGroup
	work.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			if !strings.Contains(string(buf[:n]), "WATCHDOG=1") {
				continue
			}
			if _, err := dog.Write([]byte{0}); err != nil {
				t.Error(err)
			}
			w.mu.Lock()
			w.fed++
			w.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		must(t, conn.Close())
		work.Wait()
		_, err := dog.Write([]byte("V")) // the magic close
		must(t, errors.Join(err, dog.Close()))
	})
	return w, path
}

func (w *watchdog) times() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fed
}

// triggered counts how often the kernel's watchdog has run out.
func triggered(t *testing.T) int {
	t.Helper()
	buf := make([]byte, 1<<20)
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, buf)
	must(t, err)
	return strings.Count(string(buf[:n]), "softdog: Triggered")
}

// The agent feeds the watchdog as long as it lives, and not when it hangs.
func TestWatchdogFedWhileAlive(t *testing.T) {
	takesLong(t)
	const seconds = 4
	c := newCloset(t)
	dog, socket := startWatchdog(t, seconds)
	before := triggered(t)
	c.start("NOTIFY_SOCKET="+socket, fmt.Sprintf("WATCHDOG_USEC=%d", seconds*1_000_000))
	c.wait("the first feeding", func() (bool, error) { return dog.times() > 0, nil })
	started := triggered(t) - before // before it was fed it may have run out once
	time.Sleep((2*seconds + 1) * time.Second)
	if n := triggered(t) - before - started; n != 0 {
		t.Errorf("fed %d times, and it ran out %d times", dog.times(), n)
	}
	t.Attr("measured", fmt.Sprintf("fed %d times in %d s", dog.times(), 2*seconds+1))
	must(t, c.agent.Signal(syscall.SIGSTOP))
	hung := time.Now()
	c.wait("the watchdog to run out", func() (bool, error) { return triggered(t)-before-started > 0, nil })
	t.Attr("measured", fmt.Sprintf("ran out %.1f s after the agent hung", time.Since(hung).Seconds()))
	must(t, c.agent.Signal(syscall.SIGCONT))
}

// Without systemd the agent feeds the kernel's watchdog itself: it does not run out
// while the agent lives, runs out when it hangs, and is let go in an orderly end.
func TestWatchdogWithoutSystemd(t *testing.T) {
	takesLong(t)
	const seconds = 5
	c := newCloset(t)
	c.configure(fmt.Sprintf("every: 2s, watchdog: /dev/watchdog, watchdog_timeout: %ds", seconds))
	before := triggered(t)
	more := func() int { return triggered(t) - before }
	c.start()
	c.wait("the agent to feed the watchdog", func() (bool, error) {
		return strings.Contains(c.agent.Tail(100), "watchdog is fed"), nil
	})
	time.Sleep((seconds + 2) * time.Second)
	if more() != 0 {
		t.Error("it ran out while the agent lived")
	}
	must(t, c.agent.Signal(syscall.SIGSTOP))
	hung := time.Now()
	c.wait("the watchdog to run out", func() (bool, error) { return more() > 0, nil })
	t.Attr("measured", fmt.Sprintf("ran out %.1f s after the agent hung", time.Since(hung).Seconds()))
	must(t, c.agent.Signal(syscall.SIGCONT))
	time.Sleep(2 * time.Second) // it feeds again
	must(t, c.agent.Stop(20*time.Second))
	before = triggered(t)
	time.Sleep((seconds + 1) * time.Second)
	if more() != 0 {
		t.Error("it ran out after an orderly end")
	}
}
