package chip

import (
	"math"
	"time"
)

// answer is the result of a command: it can be read once, from ready on.
type answer struct {
	data  []byte
	ready time.Time
}

// after returns an answer that takes so long.
func after(d time.Duration, data []byte) answer { return answer{data, time.Now().Add(d)} }

// take copies the answer; false where there is none, or none yet.
func (a *answer) take(into []byte) bool {
	if a.data == nil || time.Now().Before(a.ready) {
		return false
	}
	for i := range into {
		into[i] = 0xff
	}
	copy(into, a.data)
	a.data = nil
	return true
}

// sealed writes words with Sensirion's checksum behind each: CRC-8 of polynomial
// 0x31 and start 0xff, one bit at a time; 0xbeef gives 0x92.
func sealed(words ...uint16) []byte {
	var out []byte
	for _, w := range words {
		crc := uint16(0xff)
		for bit := 15; bit >= 0; bit-- {
			top := crc>>7&1 != w>>bit&1
			crc = crc << 1 & 0xff
			if top {
				crc ^= 0x31
			}
		}
		out = append(out, byte(w>>8), byte(w), byte(crc))
	}
	return out
}

// ticks turns a value in 0.001 into the 16-bit number of a chip whose range begins
// at from and is span wide.
func ticks(milli, from, span int64) uint16 {
	return uint16(math.Round(min(max(float64(milli-from)*65_535/float64(span), 0), 65_535)))
}

// saturation is the pressure of water vapour over water, in hPa (Magnus, WMO-No. 8
// annex 4.B); it says how far heating dries the air at a sensor.
func saturation(milli int64) float64 {
	t := float64(milli) / 1000
	return 6.112 * math.Exp(17.62*t/(243.12+t))
}

// heated returns what a humid sensor measures when its heater has raised it.
func heated(milliC, milliRH, rise int64) (int64, int64) {
	drier := saturation(milliC) / saturation(milliC+rise)
	return milliC + rise, int64(float64(milliRH) * drier)
}
