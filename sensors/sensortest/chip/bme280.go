package chip

import (
	"encoding/binary"
	"math"
	"sync"
	"time"
)

// Calibration is what the factory burns into a BME280 or BMP280, by the names of
// the datasheet.
type Calibration struct {
	T1     uint16
	T2, T3 int16
	P1     uint16
	P      [8]int16 // dig_P2 to dig_P9
	H1     uint8
	H2     int16
	H3     uint8
	H4, H5 int16
	H6     int8
}

// BoschExample is the calibration of the datasheet's example (BMP280, BST-BMP280-DS001
// revision 1.26, section 3.12), with a humidity part as found in devices.
func BoschExample() Calibration {
	return Calibration{
		T1: 27504, T2: 26435, T3: -1000,
		P1: 36477, P: [8]int16{-10685, 3024, 2855, 140, -7, 15500, -14600, 6000},
		H1: 75, H2: 362, H3: 0, H4: 313, H5: 50, H6: 30,
	}
}

// Registers, BST-BME280-DS002 revision 1.6 section 5.3.
const (
	bmeCalibration = 0x88
	bmeHumidH1     = 0xa1
	bmeID          = 0xd0
	bmeReset       = 0xe0
	bmeHumidH2     = 0xe1
	bmeCtrlHum     = 0xf2
	bmeStatus      = 0xf3
	bmeCtrlMeas    = 0xf4
	bmeConfig      = 0xf5
	bmeData        = 0xf7
)

// BME280 is Bosch's sensor of temperature, humidity and pressure; as BMP280 it has
// no humidity.
type BME280 struct {
	mu      sync.Mutex
	cal     Calibration
	humid   bool
	reg     [256]byte // guarded by mu
	pointer byte      // guarded by mu
	hum     byte      // guarded by mu; ctrl_hum that counts: as of the last write to ctrl_meas
	ready   time.Time // guarded by mu; when the measurement that runs is done; zero: none runs
	// what it measures: 0.001 degree, 0.001 %, Pa; guarded by mu
	t, rh, pa int64
}

// NewBME280 returns one just switched on, at 20 degrees, 50 % and 1013.25 hPa.
func NewBME280(cal Calibration) *BME280 { return newBosch(cal, 0x60, true) }

// NewBMP280 returns its sibling without humidity.
func NewBMP280(cal Calibration) *BME280 { return newBosch(cal, 0x58, false) }

func newBosch(cal Calibration, id byte, humid bool) *BME280 {
	b := &BME280{cal: cal, humid: humid, t: 20_000, rh: 50_000, pa: 101_325}
	b.reg[bmeID] = id
	b.burn()
	b.powerOn()
	return b
}

// Set moves what it measures, in 0.001 degree, 0.001 % and Pa.
func (b *BME280) Set(milliC, milliRH, pa int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t, b.rh, b.pa = milliC, milliRH, pa
}

// burn writes the calibration into its registers, section 4.2.2 table 16.
func (b *BME280) burn() {
	put := binary.LittleEndian.PutUint16
	c := b.cal
	for i, v := range append([]uint16{c.T1, uint16(c.T2), uint16(c.T3), c.P1}, unsigned(c.P[:])...) {
		put(b.reg[bmeCalibration+2*i:], v)
	}
	if !b.humid {
		return
	}
	b.reg[bmeHumidH1] = c.H1
	put(b.reg[bmeHumidH2:], uint16(c.H2))
	b.reg[0xe3] = c.H3
	b.reg[0xe4] = byte(c.H4 >> 4)
	b.reg[0xe5] = byte(c.H4&15) | byte(c.H5&15)<<4
	b.reg[0xe6] = byte(c.H5 >> 4)
	b.reg[0xe7] = byte(c.H6)
}

func unsigned(in []int16) []uint16 {
	out := make([]uint16, len(in))
	for i, v := range in {
		out[i] = uint16(v)
	}
	return out
}

// powerOn leaves the registers as a reset does: 0x80000 and 0x8000 stand for "not measured".
func (b *BME280) powerOn() {
	for _, r := range []int{bmeCtrlHum, bmeStatus, bmeCtrlMeas, bmeConfig} {
		b.reg[r] = 0
	}
	copy(b.reg[bmeData:], []byte{0x80, 0, 0, 0x80, 0, 0, 0x80, 0})
	b.hum, b.ready = 0, time.Time{}
}

// Write implements Chip: pairs of register and value (section 6.2.1); a single
// octet sets the pointer.
func (b *BME280) Write(data []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish()
	if len(data) == 0 {
		return true
	}
	b.pointer = data[0]
	for i := 0; i+1 < len(data); i += 2 {
		b.store(data[i], data[i+1])
	}
	return true
}

func (b *BME280) store(reg, v byte) {
	switch reg {
	case bmeReset:
		if v == 0xb6 {
			b.powerOn()
		}
	case bmeCtrlHum:
		if b.humid {
			b.reg[reg] = v & 7
		}
	case bmeConfig:
		b.reg[reg] = v
	case bmeCtrlMeas:
		b.reg[reg], b.hum = v, b.reg[bmeCtrlHum]
		if v&3 != 0 {
			b.ready = time.Now().Add(b.takes())
			b.reg[bmeStatus] |= 8
		}
	}
}

// oversampling is what three bits ask for: 0 skips, 5 and more are 16.
func oversampling(bits byte) int64 { return []int64{0, 1, 2, 4, 8, 16, 16, 16}[bits&7] }

// takes is the longest time of a measurement, appendix B section 9.1.
func (b *BME280) takes() time.Duration {
	us := int64(1250) + 2300*oversampling(b.reg[bmeCtrlMeas]>>5)
	if p := oversampling(b.reg[bmeCtrlMeas] >> 2); p > 0 {
		us += 2300*p + 575
	}
	if h := oversampling(b.hum); h > 0 {
		us += 2300*h + 575
	}
	return time.Duration(us) * time.Microsecond
}

// finish ends a measurement whose time is over; forced mode falls asleep. In
// normal mode the values follow what is measured at every access.
func (b *BME280) finish() {
	if b.ready.IsZero() || time.Now().Before(b.ready) {
		return
	}
	t, p, h := uint32(0x80000), uint32(0x80000), uint32(0x8000)
	ctrl := b.reg[bmeCtrlMeas]
	rawT := b.rawTemperature(float64(b.t) / 1000)
	if ctrl>>5 != 0 {
		t = rawT
	}
	if ctrl>>2&7 != 0 {
		p = b.rawPressure(float64(b.pa), b.fine(rawT))
	}
	if b.hum != 0 {
		h = b.rawHumidity(float64(b.rh)/1000, b.fine(rawT))
	}
	copy(b.reg[bmeData:], []byte{byte(p >> 12), byte(p >> 4), byte(p << 4), byte(t >> 12), byte(t >> 4), byte(t << 4)})
	if b.humid {
		b.reg[0xfd], b.reg[0xfe] = byte(h>>8), byte(h)
	}
	if ctrl&3 != 3 {
		b.reg[bmeCtrlMeas] &^= 3
		b.reg[bmeStatus] &^= 8
		b.ready = time.Time{}
	}
}

// Read implements Chip: from the pointer on.
func (b *BME280) Read(into []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish()
	for i := range into {
		into[i] = b.reg[b.pointer]
		b.pointer++
	}
	return true
}

// nearest finds the raw number whose compensated value is nearest to want. The
// compensation rises or falls all the way.
func nearest(want float64, top uint32, compensate func(raw float64) float64) uint32 {
	low, high := uint32(0), top
	rising := compensate(float64(top)) > compensate(0)
	for low < high {
		mid := (low + high) / 2
		if (compensate(float64(mid)) < want) == rising {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low > 0 && math.Abs(compensate(float64(low-1))-want) < math.Abs(compensate(float64(low))-want) {
		low--
	}
	return low
}

// fine is t_fine of appendix A (section 8.1), in floating point.
func (b *BME280) fine(raw uint32) float64 { return b.fineOf(float64(raw)) }

func (b *BME280) fineOf(raw float64) float64 {
	t1, t2, t3 := float64(b.cal.T1), float64(b.cal.T2), float64(b.cal.T3)
	d := raw/131072 - t1/8192
	return (raw/16384-t1/1024)*t2 + d*d*t3
}

func (b *BME280) rawTemperature(celsius float64) uint32 {
	return nearest(celsius, 1<<20-1, func(raw float64) float64 { return b.fineOf(raw) / 5120 })
}

// pascal is the compensation of pressure in section 8.1.
func (b *BME280) pascal(raw, fine float64) float64 {
	p := func(n int) float64 { return float64(b.cal.P[n-2]) }
	v1 := fine/2 - 64000
	v2 := v1*v1*p(6)/32768 + v1*p(5)*2
	v2 = v2/4 + p(4)*65536
	v1 = (p(3)*v1*v1/524288 + p(2)*v1) / 524288
	v1 = (1 + v1/32768) * float64(b.cal.P1)
	x := (1048576 - raw - v2/4096) * 6250 / v1
	return x + (p(9)*x*x/2147483648+x*p(8)/32768+p(7))/16
}

func (b *BME280) rawPressure(pa, fine float64) uint32 {
	return nearest(pa, 1<<20-1, func(raw float64) float64 { return b.pascal(raw, fine) })
}

// percent is the compensation of humidity in section 8.1.
func (b *BME280) percent(raw, fine float64) float64 {
	c := b.cal
	h := fine - 76800
	h = (raw - (float64(c.H4)*64 + float64(c.H5)/16384*h)) *
		(float64(c.H2) / 65536 * (1 + float64(c.H6)/67108864*h*(1+float64(c.H3)/67108864*h)))
	return h * (1 - float64(c.H1)*h/524288)
}

func (b *BME280) rawHumidity(percent, fine float64) uint32 {
	return nearest(percent, 1<<16-1, func(raw float64) float64 { return b.percent(raw, fine) })
}
