package chip

import (
	"sync"
	"time"
)

// SHT4x is Sensirion's SHT40/41/45, datasheet SHT4x version 6.5.
type SHT4x struct {
	mu     sync.Mutex
	t, rh  int64  // 0.001 degree, 0.001 %; guarded by mu
	serial uint32 // guarded by mu
	dead   bool   // guarded by mu; the heater does nothing
	crept  bool   // guarded by mu; the humidity element does not follow
	pend   answer // guarded by mu
	heats  int    // guarded by mu
}

// NewSHT4x returns one at 0 degrees and 0 %, with the serial number 0x0ca10001.
func NewSHT4x() *SHT4x { return &SHT4x{serial: 0x0ca1_0001} }

// Set moves temperature and humidity, in 0.001 degree and 0.001 %.
func (s *SHT4x) Set(milliC, milliRH int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t, s.rh = milliC, milliRH
}

// BreakHeater leaves the heater cold; StickHumidity leaves the humidity as it is
// when the heater warms the chip, as a wet or aged sensor does.
func (s *SHT4x) BreakHeater(on bool) { s.mu.Lock(); s.dead = on; s.mu.Unlock() }

// StickHumidity is told with BreakHeater.
func (s *SHT4x) StickHumidity(on bool) { s.mu.Lock(); s.crept = on; s.mu.Unlock() }

// Heats returns how often the heater was used.
func (s *SHT4x) Heats() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heats
}

// What the commands take at most, section 3.1 table 4, and how far each heating
// raises the chip: about 60 degrees for 200 mW over a second (section 4.9).
var sht4xCommands = map[byte]struct {
	takes time.Duration
	rise  int64 // 0.001 degree
}{
	0xfd: {8300 * time.Microsecond, 0},
	0xf6: {4500 * time.Microsecond, 0},
	0xe0: {1600 * time.Microsecond, 0},
	0x39: {1100 * time.Millisecond, 60_000},
	0x32: {110 * time.Millisecond, 20_000},
	0x2f: {1100 * time.Millisecond, 33_000},
	0x24: {110 * time.Millisecond, 11_000},
	0x1e: {1100 * time.Millisecond, 6_000},
	0x15: {110 * time.Millisecond, 2_000},
}

// Commands without a measurement, section 4.5 table 8.
const (
	sht4xSerial = 0x89
	sht4xReset  = 0x94
)

// Write implements Chip: one octet, and nothing is taken while a command runs.
func (s *SHT4x) Write(data []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(data) == 0 {
		return true
	}
	if len(data) != 1 || s.pend.data != nil && time.Now().Before(s.pend.ready) && data[0] != sht4xReset {
		return false
	}
	switch data[0] {
	case sht4xSerial:
		s.pend = after(0, sealed(uint16(s.serial>>16), uint16(s.serial)))
		return true
	case sht4xReset:
		s.pend = answer{}
		return true
	}
	c, known := sht4xCommands[data[0]]
	if !known {
		return false
	}
	t, rh := s.t, s.rh
	if c.rise > 0 {
		s.heats++
		if !s.dead {
			t, rh = heated(t, rh, c.rise)
		}
		if s.crept {
			rh = s.rh
		}
	}
	s.pend = after(c.takes, sealed(ticks(t, -45_000, 175_000), ticks(rh, -6_000, 125_000)))
	return true
}

// Read implements Chip: an idle or busy SHT4x does not answer (section 4.2).
func (s *SHT4x) Read(into []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pend.take(into)
}
