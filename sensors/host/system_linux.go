package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Adjtimex asks the kernel whether its clock is synchronised, adjtimex(2): it is
// not while STA_UNSYNC is set or the state is TIME_ERROR. It changes nothing.
func Adjtimex() (bool, error) {
	var tx unix.Timex
	state, err := unix.Adjtimex(&tx)
	if err != nil {
		return false, fmt.Errorf("ask the kernel for its clock: %w", err)
	}
	return state != unix.TIME_ERROR && tx.Status&unix.STA_UNSYNC == 0, nil
}

// probeFile is written and removed to see whether a folder takes data.
const probeFile = ".rackvakt-write-test"

// Storage returns a Machine.Disk for the folder dir. It writes a few octets the
// first time and as long as the folder refuses; else it only looks at the mount
// flags, to spare the card. writer, if not nil, tells why the owner of the folder
// was last refused.
func Storage(dir string, writer func() error) func() (int64, error) {
	proven := false
	return func() (int64, error) {
		var st unix.Statfs_t
		if err := unix.Statfs(dir, &st); err != nil {
			proven = false
			return -1, fmt.Errorf("look at %s: %w", dir, err)
		}
		free := int64(st.Bavail) * int64(st.Bsize)
		var err error
		switch {
		case st.Flags&unix.ST_RDONLY != 0:
			err = fmt.Errorf("write to %s: %w", dir, unix.EROFS)
		case writer != nil && writer() != nil:
			err = writer()
		case !proven:
			err = writeTest(dir)
		}
		proven = err == nil
		return free, err
	}
}

func writeTest(dir string) error {
	path := filepath.Join(dir, probeFile)
	werr := os.WriteFile(path, []byte("rackvakt\n"), 0o600)
	rerr := os.Remove(path)
	if werr == nil {
		return rerr
	}
	if errors.Is(rerr, os.ErrNotExist) {
		return werr
	}
	return errors.Join(werr, rerr)
}

// watchdogFile is the kernel's device.
type watchdogFile struct{ *os.File }

func openWatchdog(path string) (WatchdogDevice, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return watchdogFile{f}, nil
}

// SetTimeout implements WatchdogDevice; the driver may round.
func (w watchdogFile) SetTimeout(d time.Duration) (time.Duration, error) {
	fd := int(w.Fd())
	serr := unix.IoctlSetPointerInt(fd, unix.WDIOC_SETTIMEOUT, int(d/time.Second))
	seconds, gerr := unix.IoctlGetInt(fd, unix.WDIOC_GETTIMEOUT)
	if gerr != nil {
		return 0, errors.Join(serr, gerr)
	}
	return time.Duration(seconds) * time.Second, serr
}
