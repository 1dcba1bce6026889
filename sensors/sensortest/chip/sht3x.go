package chip

import (
	"sync"
	"time"
)

// SHT3x is Sensirion's SHT30/31/35-DIS, datasheet version 7 (December 2022).
type SHT3x struct {
	mu     sync.Mutex
	t, rh  int64               // 0.001 degree, 0.001 %; guarded by mu
	status uint16              // guarded by mu
	dead   bool                // guarded by mu; the heater does nothing
	limits map[uint16]uint16   // guarded by mu; alert limits by their reading command
	ids    map[uint16][]uint16 // what says who it is, by command
	rise   int64               // how far the heater raises the chip, 0.001 degree
	pend   answer              // guarded by mu
}

// HDC302x is Texas Instruments' HDC3020/3021/3022, SNAS778D: the commands of an SHT3x
// with its own identity, 0x3000 for the maker and three words of serial number
// (table 7-4), and no clock stretching.
type HDC302x struct{ SHT3x }

// NewHDC302x returns one just switched on, at 0 degrees and 0 %, with the serial
// number 0x0ca1, 0x0000, 0x0020.
func NewHDC302x() *HDC302x {
	return &HDC302x{SHT3x{
		status: sht3xAlert | sht3xReset, rise: 15_000,
		ids: map[uint16][]uint16{0x3781: {0x3000}, 0x3683: {0x0ca1}, 0x3684: {0x0000}, 0x3685: {0x0020}},
	}}
}

// Bits of the status register, section 4.13 table 18.
const (
	sht3xAlert      = 0x8000
	sht3xHeater     = 0x2000
	sht3xReset      = 0x0010
	sht3xBadCommand = 0x0002
	sht3xBadCRC     = 0x0001
)

// NewSHT3x returns one just switched on, at 0 degrees and 0 %, with the
// serial number 0x0ca10003.
func NewSHT3x() *SHT3x {
	// The serial number is from Sensirion's note on the identification code.
	serial := []uint16{0x0ca1, 0x0003}
	return &SHT3x{
		status: sht3xAlert | sht3xReset, rise: 3_000, ids: map[uint16][]uint16{0x3780: serial, 0x3682: serial},
		limits: map[uint16]uint16{0xe11f: 0xcd33, 0xe114: 0xc92d, 0xe109: 0x3869, 0xe102: 0x3466},
	}
}

// Set moves temperature and humidity, in 0.001 degree and 0.001 %.
func (s *SHT3x) Set(milliC, milliRH int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t, s.rh = milliC, milliRH
}

// BreakHeater leaves the heater cold, though its status bit is set.
func (s *SHT3x) BreakHeater(on bool) { s.mu.Lock(); s.dead = on; s.mu.Unlock() }

// HeaterOn reports whether the heater is switched on.
func (s *SHT3x) HeaterOn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status&sht3xHeater != 0
}

// single shot commands with what they take at most, table 9 and table 4: with
// clock stretching the chip holds the read, without it does not answer one.
var sht3xSingle = map[uint16]struct {
	takes   time.Duration
	stretch bool
}{
	0x2c06: {15500 * time.Microsecond, true}, 0x2c0d: {6500 * time.Microsecond, true}, 0x2c10: {4500 * time.Microsecond, true},
	0x2400: {15500 * time.Microsecond, false}, 0x240b: {6500 * time.Microsecond, false}, 0x2416: {4500 * time.Microsecond, false},
}

// Write implements Chip: a command of two octets.
func (s *SHT3x) Write(data []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(data) == 0 {
		return true
	}
	if len(data) < 2 || s.pend.data != nil && time.Now().Before(s.pend.ready) {
		return false
	}
	command := uint16(data[0])<<8 | uint16(data[1])
	s.status &^= sht3xBadCommand | sht3xBadCRC
	if m, ok := sht3xSingle[command]; ok {
		s.measure(m.takes, m.stretch)
	} else if len(data) == 5 {
		s.setLimit(command, data[2:])
	} else {
		s.command(command)
	}
	return true
}

func (s *SHT3x) measure(takes time.Duration, stretch bool) {
	t, rh := s.t, s.rh
	if s.status&sht3xHeater != 0 && !s.dead {
		t, rh = heated(t, rh, s.rise)
	}
	if stretch {
		time.Sleep(takes)
		takes = 0
	}
	s.pend = after(takes, sealed(ticks(t, -45_000, 175_000), ticks(rh, 0, 100_000)))
}

// command runs what takes no time: sections 4.9 to 4.14.
func (s *SHT3x) command(c uint16) {
	s.pend = answer{}
	switch c {
	case 0xf32d:
		s.pend = after(0, sealed(s.status))
	case 0x3041:
		s.status &= sht3xHeater
	case 0x306d:
		s.status |= sht3xHeater
	case 0x3066:
		s.status &^= sht3xHeater
	case 0x30a2: // soft reset, 1.5 ms
		s.status = sht3xAlert | sht3xReset
	case 0x3093: // break
	default:
		v, limit := s.limits[c]
		id, known := s.ids[c]
		switch {
		case limit:
			s.pend = after(0, sealed(v))
		case known:
			s.pend = after(0, sealed(id...))
		default:
			s.status |= sht3xBadCommand
		}
	}
}

// setLimit takes an alert limit with its checksum, or what else is written so: the
// heater's power of an HDC302x, which the model does not follow.
func (s *SHT3x) setLimit(command uint16, data []byte) {
	v := uint16(data[0])<<8 | uint16(data[1])
	if sealed(v)[2] != data[2] {
		s.status |= sht3xBadCRC
		return
	}
	// 0x611d, 0x6116, 0x610b, 0x6100 write what 0xe11f, 0xe114, 0xe109, 0xe102 read.
	reads := map[uint16]uint16{0x611d: 0xe11f, 0x6116: 0xe114, 0x610b: 0xe109, 0x6100: 0xe102}
	if to, ok := reads[command]; ok {
		s.limits[to] = v
	}
}

// Read implements Chip.
func (s *SHT3x) Read(into []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pend.take(into)
}
