package climate

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// onewire reads a DS18B20 through the kernel's w1_therm, which checks the CRC.
type onewire struct {
	sys fs.FS
	id  string
}

func openDS18B20(o Options, hw Hardware) (sensor, error) { return onewire{hw.Sys(), o.ID}, nil }

// Close has nothing to close.
func (onewire) Close() error { return nil }

// serial is the ROM code without the family, as the kernel writes it.
func (w onewire) serial() string { return strings.TrimPrefix(w.id, "28-") }

func (w onewire) read() (sample, error) {
	path := "bus/w1/devices/" + w.id + "/temperature"
	text, err := fs.ReadFile(w.sys, path)
	if err != nil {
		return sample{}, fmt.Errorf("read %s: %w", path, err)
	}
	t, err := parseW1(string(text))
	if err == nil && t == 0 && w.shorted() {
		return sample{}, allZeros
	}
	return sample{temperature: t}, err
}

// shorted reports whether the whole scratchpad reads as zeros, as it does from a
// line that is shorted to ground: the checksum of zeros is right. At 0 degrees a
// sensor's alarm and configuration registers are not 0 (datasheet table 2).
// w1_slave shows the nine octets in hex before the checksum; a look costs another
// conversion, and so is taken at 0 degrees only.
func (w onewire) shorted() bool {
	text, err := fs.ReadFile(w.sys, "bus/w1/devices/"+w.id+"/w1_slave")
	return err == nil && strings.HasPrefix(string(text), strings.Repeat("00 ", 9))
}

// w1AllOnes is all ones in the twelve bits of the DS18B20, which a line held high
// also gives, cut to 1/16 degree. The other value that is no measurement, 85
// degrees (scratchpad after power-on, datasheet 19-7487 Rev 6 table 1), stands in
// the table of chips.
const w1AllOnes = 127_900

// parseW1 reads the content of w1_therm's temperature: 0.001 degree in decimal.
// Empty content is what the kernel gives, without an error, for a missing sensor
// and for a bad checksum. The power-on value is judged by the probe, which knows
// the trend.
func parseW1(text string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, noContent
	}
	t, err := strconv.ParseInt(text, 10, 32)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, outOfRange
	case err != nil:
		return 0, notANumber
	case t >= w1AllOnes && t < 128_000:
		return 0, allOnes
	}
	return t, nil
}
