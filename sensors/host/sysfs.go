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

// underVoltageNow is bit 0 of the firmware's get_throttled word.
const underVoltageNow = 1

// undervoltage finds the source of the present undervoltage: the kernel's
// rpi_volt, else the firmware's word in older kernels.
func undervoltage(fsys fs.FS) (func() (int64, error), bool) {
	names, err := fs.Glob(fsys, "sys/class/hwmon/hwmon*/name")
	if err != nil {
		return nil, false
	}
	for _, path := range names {
		if text(fsys, path) == "rpi_volt" {
			alarm := strings.TrimSuffix(path, "name") + "in0_lcrit_alarm"
			return func() (int64, error) { return readInt(fsys, alarm) }, true
		}
	}
	words, err := fs.Glob(fsys, "sys/devices/platform/soc*/soc*:firmware/get_throttled")
	if err != nil || len(words) == 0 {
		return nil, false
	}
	return func() (int64, error) {
		s, err := readText(fsys, words[0])
		if err != nil {
			return 0, err
		}
		word, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 32)
		if err != nil {
			return 0, fmt.Errorf("read %s: %q is not a hexadecimal word", words[0], s)
		}
		return int64(word & underVoltageNow), nil
	}, true
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
