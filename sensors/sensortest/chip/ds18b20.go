package chip

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"sync"
	"time"
)

// DS18B20 is Maxim's thermometer on one wire, 19-7487 Rev 6.
type DS18B20 struct {
	mu      sync.Mutex
	rom     [8]byte
	sixteen int16     // what it measures in 1/16 degree; guarded by mu
	pad     [8]byte   // scratchpad without its checksum; guarded by mu
	done    time.Time // guarded by mu; when the conversion ends; zero: none runs
	badCRC  bool      // guarded by mu
	deaf    bool      // guarded by mu; takes the command to convert and does not
	now     byte      // guarded by mu; the function command
	at      int       // guarded by mu; its data octets so far
}

// NewDS18B20 returns one just switched on, with this serial number of 48 bits.
func NewDS18B20(serial uint64) *DS18B20 {
	s := &DS18B20{}
	s.rom[0] = 0x28
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], serial)
	copy(s.rom[1:7], b[:6])
	s.rom[7] = maximCRC(s.rom[:7])
	s.PowerOn()
	return s
}

// ROM returns family, serial number and checksum.
func (s *DS18B20) ROM() [8]byte { return s.rom }

// ID is how Linux names it.
func (s *DS18B20) ID() string {
	var b [8]byte
	copy(b[:6], s.rom[1:7])
	return fmt.Sprintf("28-%012x", binary.LittleEndian.Uint64(b[:]))
}

// PowerOn is what a cut of its supply does: the scratchpad says 85 degrees until a
// conversion ends (section "Memory", figure 9).
func (s *DS18B20) PowerOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pad = [8]byte{0x50, 0x05, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10}
	s.done = time.Time{}
}

// Set moves the temperature, in 0.001 degree; the sensor knows 1/16.
func (s *DS18B20) Set(milli int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sixteen = int16(floor(milli*16+500, 1000))
}

// BreakCRC spoils the checksum of the scratchpad.
func (s *DS18B20) BreakCRC(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.badCRC = on
}

// StopConverting makes the sensor lose its supply at every conversion, as a long
// cable without one does: it stays at 85 degrees.
func (s *DS18B20) StopConverting(on bool) {
	s.mu.Lock()
	s.deaf = on
	s.mu.Unlock()
	s.PowerOn()
}

// Function commands, section "DS18B20 function commands".
const (
	convertT        = 0x44
	writeScratchpad = 0x4e
	readScratchpad  = 0xbe
)

// conversion is how long one takes at most, 93.75 ms for 9 bits to 750 ms for 12.
func (s *DS18B20) conversion() time.Duration {
	return 93_750 * time.Microsecond << (s.pad[4] >> 5 & 3)
}

func (s *DS18B20) command(b byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finish()
	s.now, s.at = b, 0
	if b == convertT && !s.deaf {
		s.done = time.Now().Add(s.conversion())
	}
}

// finish ends a conversion whose time is over; bits below the resolution are 0.
func (s *DS18B20) finish() {
	if s.done.IsZero() || time.Now().Before(s.done) {
		return
	}
	s.done = time.Time{}
	below := uint(3 - s.pad[4]>>5&3)
	binary.LittleEndian.PutUint16(s.pad[:], uint16(s.sixteen)&^(1<<below-1))
}

func (s *DS18B20) ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finish()
	return s.done.IsZero()
}

// touch answers one octet after a function command: 0 while it converts, 0xff for
// a sensor with a supply of its own (read power supply, 0xb4).
func (s *DS18B20) touch(b byte) byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finish()
	n := s.at
	s.at++
	switch {
	case s.now == convertT && !s.done.IsZero():
		return 0
	case s.now == readScratchpad && n < 8:
		return s.pad[n]
	case s.now == readScratchpad && n == 8 && s.badCRC:
		return ^maximCRC(s.pad[:])
	case s.now == readScratchpad && n == 8:
		return maximCRC(s.pad[:])
	case s.now == writeScratchpad && n == 2: // of the configuration two bits can be written
		s.pad[4] = b&0x60 | 0x1f
	case s.now == writeScratchpad && n < 2:
		s.pad[2+n] = b
	}
	return 0xff
}

// maximCRC is the checksum of Maxim's application note 27, x^8+x^5+x^4+1, low bit
// first: 02 1c b8 01 00 00 00 gives a2.
func maximCRC(data []byte) byte {
	rest := byte(0)
	for _, b := range data {
		rest ^= b
		for range 8 {
			carry := rest & 1
			rest = rest>>1 ^ carry*bits.Reverse8(0x31)
		}
	}
	return rest
}
