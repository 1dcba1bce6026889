package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// readText returns a small file without the white space and NULs at its end.
func readText(fsys fs.FS, path string) (string, error) {
	b, err := fs.ReadFile(fsys, path)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\x00\n\t "), nil
}

// text is readText with nothing for a file that is not there.
func text(fsys fs.FS, path string) string {
	s, err := readText(fsys, path)
	if err != nil {
		return ""
	}
	return s
}

func readInt(fsys fs.FS, path string) (int64, error) {
	s, err := readText(fsys, path)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("read %s: %q is not a number", path, s)
	}
	return v, nil
}

// parseUptime reads the first number of /proc/uptime, "12345.67 54321.00": seconds
// since the boot, sleep included.
func parseUptime(s string) (time.Duration, error) {
	first, _, _ := strings.Cut(s, " ")
	d, err := time.ParseDuration(first + "s")
	if err != nil || d < 0 {
		return 0, fmt.Errorf("read uptime: %q is not a number of seconds", first)
	}
	return d, nil
}

// carrier returns 1 or 0. An interface that is set down has no carrier: the
// kernel answers EINVAL then.
func carrier(fsys fs.FS, name string) (int64, error) {
	v, err := readInt(fsys, "sys/class/net/"+name+"/carrier")
	if errors.Is(err, syscall.EINVAL) {
		return 0, nil
	}
	return v, err
}

// socZone finds the thermal zone of the chip: "cpu-thermal" on a Raspberry Pi.
// Its temp is in 0.001 degree Celsius.
func socZone(fsys fs.FS) (string, bool) {
	types, err := fs.Glob(fsys, "sys/class/thermal/thermal_zone*/type")
	if err != nil {
		return "", false
	}
	for _, path := range types {
		kind := strings.ToLower(text(fsys, path))
		if strings.HasPrefix(kind, "cpu") || strings.HasPrefix(kind, "soc") || kind == "x86_pkg_temp" {
			return strings.TrimSuffix(path, "type") + "temp", true
		}
	}
	return "", false
}

// available returns the octets of memory that can be had without swapping:
// MemAvailable of /proc/meminfo, in kB of 1024.
func available(fsys fs.FS) (int64, error) {
	s, err := readText(fsys, "proc/meminfo")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(s) {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] != "MemAvailable:" || f[2] != "kB" {
			continue
		}
		kib, err := strconv.ParseInt(f[1], 10, 53)
		if err != nil || kib < 0 {
			return 0, fmt.Errorf("read meminfo: %q is not a number", f[1])
		}
		return kib << 10, nil
	}
	return 0, errors.New("read meminfo: no MemAvailable")
}

// resident returns the octets of the own process in memory: the second number of
// statm, in pages.
func resident(fsys fs.FS) (int64, error) {
	s, err := readText(fsys, "proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(s)
	if len(fields) < 2 {
		return 0, fmt.Errorf("read statm: %q has no second number", s)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read statm: %q is not a number", fields[1])
	}
	return pages * int64(os.Getpagesize()), nil
}
