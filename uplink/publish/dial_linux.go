package publish

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// socketOptions pins a socket to an interface (it still needs a route by it) and
// bounds how long sent data may stay unanswered.
func socketOptions(fd int, ifname string) error {
	ms := int(userTimeout / time.Millisecond)
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, ms); err != nil {
		return fmt.Errorf("set TCP_USER_TIMEOUT: %w", err)
	}
	if ifname == "" {
		return nil
	}
	if err := unix.BindToDevice(fd, ifname); err != nil {
		return fmt.Errorf("bind to interface %s: %w", ifname, err)
	}
	return nil
}
