package host_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"rackvakt/sensors/host"
)

func TestTimeFileNeverGoesBack(t *testing.T) {
	f := host.TimeFile{Path: filepath.Join(t.TempDir(), "time")}
	load := func() time.Time {
		t.Helper()
		at, err := f.Load()
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if !load().IsZero() {
		t.Error("a time before any was saved")
	}
	early := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	late := early.Add(48 * time.Hour)
	for _, at := range []time.Time{early, late, early} {
		if err := f.Save(at); err != nil {
			t.Fatal(err)
		}
	}
	if got := load(); !got.Equal(late) {
		t.Errorf("remembers %v, want %v", got, late)
	}
	if err := os.WriteFile(f.Path, []byte("half a li"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Load(); err == nil {
		t.Error("a broken file was read")
	}
	if err := f.Save(early); err != nil || !load().Equal(early) {
		t.Errorf("a broken file is not replaced: %v", err)
	}
	if err := (host.TimeFile{Path: "/nosuch/folder/time"}).Save(late); err == nil {
		t.Error("a folder that does not exist took the file")
	}
	if got := host.Floor(early, late, time.Time{}); !got.Equal(late) {
		t.Errorf("floor %v", got)
	}
}

func TestNotifier(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	env := map[string]string{"NOTIFY_SOCKET": socket, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": strconv.Itoa(os.Getpid())}
	n := host.NotifierFrom(func(k string) string { return env[k] })
	if n.Watchdog != 30*time.Second {
		t.Errorf("watchdog %v", n.Watchdog)
	}
	for _, c := range []struct {
		send func() error
		want string
	}{
		{func() error { return n.Ready("polls 2 switches") }, "READY=1\nSTATUS=polls 2 switches"},
		{n.Alive, "WATCHDOG=1"},
		{n.Stopping, "STOPPING=1"},
	} {
		if err := c.send(); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 256)
		got, err := conn.Read(buf)
		if err != nil || string(buf[:got]) != c.want {
			t.Errorf("%q, %v, want %q", buf[:got], err, c.want)
		}
	}
	env["WATCHDOG_PID"] = "1"
	if n := host.NotifierFrom(func(k string) string { return env[k] }); n.Watchdog != 0 {
		t.Error("another process's watchdog was taken")
	}
	if err := (*host.Notifier)(nil).Alive(); err != nil {
		t.Errorf("nobody to tell: %v", err)
	}
}
