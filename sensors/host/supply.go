package host

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"rackvakt/sensors/reading"
)

// Bits of the firmware's get_throttled word that tell of the present: the supply
// is too low; the clock is capped, throttled, or held down for a soft limit of
// temperature.
const (
	underVoltageNow = 0x1
	slowedNow       = 0xe
)

// readSupply reads undervoltage and throttling from what this machine has.
func (h *Host) readSupply(g *gather) {
	word, hasWord := firmwareWord(h.from.FS)
	var bits uint64
	var err error
	if hasWord {
		bits, err = readHex(h.from.FS, word)
	}
	if alarm, ok := voltageAlarm(h.from.FS); ok {
		v, err := readInt(h.from.FS, alarm)
		g.take(point("", reading.Undervoltage), v, err)
	} else if hasWord {
		g.take(point("", reading.Undervoltage), number(bits&underVoltageNow != 0), err)
	}
	switch coolers := processorCoolers(h.from.FS); {
	case hasWord:
		g.take(point("", reading.ThrottledNow), number(bits&slowedNow != 0), err)
	case len(coolers) > 0:
		slowed, err := cooled(h.from.FS, coolers)
		g.take(point("", reading.ThrottledNow), number(slowed), err)
	}
}

// voltageAlarm finds the kernel's rpi_volt.
func voltageAlarm(fsys fs.FS) (string, bool) {
	for _, path := range glob(fsys, "sys/class/hwmon/hwmon*/name") {
		if text(fsys, path) == "rpi_volt" {
			return strings.TrimSuffix(path, "name") + "in0_lcrit_alarm", true
		}
	}
	return "", false
}

// firmwareWord finds get_throttled, which only the Raspberry Pi's own kernels have.
func firmwareWord(fsys fs.FS) (string, bool) {
	words := glob(fsys, "sys/devices/platform/soc*/soc*:firmware/get_throttled")
	if len(words) == 0 {
		return "", false
	}
	return words[0], true
}

// processorCoolers finds the cooling devices that slow the processor down:
// "cpufreq-cpu0", "thermal-cpufreq-0" in older kernels.
func processorCoolers(fsys fs.FS) []string {
	var found []string
	for _, path := range glob(fsys, "sys/class/thermal/cooling_device*/type") {
		if strings.Contains(text(fsys, path), "cpufreq-") {
			found = append(found, strings.TrimSuffix(path, "type")+"cur_state")
		}
	}
	return found
}

// cooled reports whether one of the cooling devices is at work.
func cooled(fsys fs.FS, states []string) (bool, error) {
	for _, path := range states {
		v, err := readInt(fsys, path)
		if err != nil {
			return false, err
		}
		if v > 0 {
			return true, nil
		}
	}
	return false, nil
}

// readHex reads a hexadecimal word, with or without 0x.
func readHex(fsys fs.FS, path string) (uint64, error) {
	s, err := readText(fsys, path)
	if err != nil {
		return 0, err
	}
	word, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 32)
	if err != nil {
		return 0, fmt.Errorf("read %s: %q is not a hexadecimal word", path, s)
	}
	return word, nil
}

// glob returns the files of a pattern; the patterns here are well formed.
func glob(fsys fs.FS, pattern string) []string {
	found, err := fs.Glob(fsys, pattern)
	if err != nil {
		return nil
	}
	return found
}
