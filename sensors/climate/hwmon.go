package climate

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// hwmon reads a sensor that a driver of the kernel serves below /sys/class/hwmon
// (Documentation/hwmon/sysfs-interface.rst): temp*_input in 0.001 degree,
// humidity*_input in 0.001 %, temp*_fault 1 for a broken one. The number of
// hwmonN changes from boot to boot, so it is looked for by name.
type hwmon struct {
	sys fs.FS
	// input is the path without its last part: class/hwmon/hwmon2/temp1.
	input string
	// humidity is the whole path, "" for none.
	humidity string
}

const hwmonClass = "class/hwmon"

func openHWMon(o Options, hw Hardware) (sensor, error) {
	sys := hw.Sys()
	folder, err := hwmonFolder(sys, o)
	if err != nil {
		return nil, err
	}
	input, err := hwmonInput(sys, folder, o.Label)
	if err != nil {
		return nil, err
	}
	h := hwmon{sys: sys, input: path.Join(folder, input)}
	wet := path.Join(folder, strings.Replace(input, "temp", "humidity", 1)+"_input")
	if _, err := fs.Stat(sys, wet); err == nil {
		h.humidity = wet
	}
	return h, nil
}

// hwmonFolder finds the one chip of the name, and of the unit where one is given.
func hwmonFolder(sys fs.FS, o Options) (string, error) {
	folders, err := fs.ReadDir(sys, hwmonClass)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", hwmonClass, err)
	}
	var found []string
	for _, f := range folders {
		folder := path.Join(hwmonClass, f.Name())
		name, err := fs.ReadFile(sys, folder+"/name")
		if err != nil || strings.TrimSpace(string(name)) != o.Chip {
			continue
		}
		if o.Unit == "" || hwmonUnit(sys, folder) == o.Unit {
			found = append(found, folder)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("hwmon chip %q unit %q: %w", o.Chip, o.Unit, fs.ErrNotExist)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("hwmon chip %q: %s: %w", o.Chip, strings.Join(found, ", "), errAmbiguous)
}

// hwmonUnit is the name of the device behind a hwmon folder: "1-0044"; "" where
// none shows.
func hwmonUnit(sys fs.FS, folder string) string {
	to, err := fs.ReadLink(sys, folder+"/device")
	if err != nil {
		return ""
	}
	return path.Base(to)
}

// hwmonInput returns "temp1" for the input with the label, or the first one.
func hwmonInput(sys fs.FS, folder, label string) (string, error) {
	paths, err := fs.Glob(sys, folder+"/temp*_input")
	if err != nil { // only a bad pattern
		return "", err
	}
	slices.SortFunc(paths, func(a, b string) int { return len(a) - len(b) }) // temp2 before temp10
	for _, p := range paths {
		input := strings.TrimSuffix(path.Base(p), "_input")
		if label == "" || label == input {
			return input, nil
		}
		text, err := fs.ReadFile(sys, path.Join(folder, input+"_label"))
		if err == nil && strings.TrimSpace(string(text)) == label {
			return input, nil
		}
	}
	return "", fmt.Errorf("hwmon %s label %q: %w", folder, label, fs.ErrNotExist)
}

// Close has nothing to close.
func (hwmon) Close() error { return nil }

func (h hwmon) read() (sample, error) {
	if text, err := fs.ReadFile(h.sys, h.input+"_fault"); err == nil && strings.TrimSpace(string(text)) == "1" {
		return sample{}, kernelFault
	}
	t, err := h.number(h.input + "_input")
	if err != nil || h.humidity == "" {
		return sample{temperature: t}, err
	}
	rh, err := h.number(h.humidity)
	return sample{temperature: t, humidity: rh, hasHumidity: true}, err
}

func (h hwmon) number(name string) (int64, error) {
	text, err := fs.ReadFile(h.sys, name)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	v, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return 0, notANumber
	}
	return v, nil
}
