package host

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Notifier tells systemd how the service is, sd_notify(3): datagrams of
// KEY=VALUE lines to the socket in $NOTIFY_SOCKET. The zero value and nil tell
// nobody and succeed.
type Notifier struct {
	// Socket is a path, or a name in the abstract space when it begins with @.
	Socket string
	// Watchdog is the time within which systemd wants to hear WATCHDOG=1; 0: none.
	Watchdog time.Duration
}

// NotifierFrom reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID through getenv.
func NotifierFrom(getenv func(string) string) *Notifier {
	n := &Notifier{Socket: getenv("NOTIFY_SOCKET")}
	usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	pid := getenv("WATCHDOG_PID")
	if err == nil && usec > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		n.Watchdog = time.Duration(usec) * time.Microsecond
	}
	return n
}

// Ready tells that the service has started, with one line for `systemctl status`.
func (n *Notifier) Ready(status string) error { return n.send("READY=1", "STATUS="+status) }

// Alive feeds the watchdog.
func (n *Notifier) Alive() error { return n.send("WATCHDOG=1") }

// Status sets the line for `systemctl status`.
func (n *Notifier) Status(status string) error { return n.send("STATUS=" + status) }

// Stopping tells that the service is on its way down.
func (n *Notifier) Stopping() error { return n.send("STOPPING=1") }

func (n *Notifier) send(lines ...string) error {
	if n == nil || n.Socket == "" {
		return nil
	}
	// The net package writes a leading @ as the NUL of the abstract space.
	conn, err := net.Dial("unixgram", n.Socket)
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	_, err = conn.Write([]byte(strings.ReplaceAll(strings.Join(lines, "\n"), "\r", " ")))
	if cerr := conn.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}
