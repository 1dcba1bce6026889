package adc_test

import (
	"sync"
	"syscall"
	"time"
)

// supply and pullUp are what the model's inputs hang on: 3.3 V through 2k2.
const (
	supply = 3300
	pullUp = 2200
)

// endless is a cable that is cut.
const endless = 1 << 30

// model is an ADS1115 at 0x48 by its data sheet, with a resistance to ground at
// each input. It starts as after power-up.
type model struct {
	mu      sync.Mutex
	ohms    [4]int64      // guarded by mu
	config  uint16        // guarded by mu
	ready   time.Time     // guarded by mu
	result  uint16        // guarded by mu; of the last conversion that was finished
	refuse  error         // guarded by mu; what each transaction returns
	hang    time.Duration // guarded by mu; how long each transaction takes
	foreign bool          // guarded by mu; a chip that keeps its config register
	starts  int           // guarded by mu
}

func newModel(ohms ...int64) *model {
	m := &model{config: 0x8583}
	copy(m.ohms[:], ohms)
	return m
}

// tx is one transaction on the bus.
func (m *model) tx(addr uint16, w, r []byte) error {
	m.mu.Lock()
	hang := m.hang
	m.mu.Unlock()
	if hang > 0 {
		time.Sleep(hang)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return m.refuse
	}
	if addr != 0x48 || len(w) == 0 {
		return syscall.EREMOTEIO
	}
	m.finish()
	switch {
	case w[0] == 1 && len(w) == 3:
		m.write(uint16(w[1])<<8 | uint16(w[2]))
	case w[0] == 1 && len(r) == 2:
		r[0], r[1] = byte(m.config>>8), byte(m.config)
	case w[0] == 0 && len(r) == 2:
		r[0], r[1] = byte(m.result>>8), byte(m.result)
	default:
		return syscall.EREMOTEIO
	}
	return nil
}

// write starts a conversion if the chip rests; a written OS bit reads as 0 until
// it is over.
func (m *model) write(v uint16) {
	if m.foreign {
		return
	}
	busy := m.config&0x8000 == 0
	m.config = v & 0x7fff
	if v&0x8000 != 0 && !busy {
		m.starts++
		m.ready = time.Now().Add(time.Second / 475)
	}
}

// finish puts the result in place once the conversion has had its time. Only what
// the driver uses is modelled: single inputs, 4.096 V.
func (m *model) finish() {
	if m.config&0x8000 != 0 || time.Now().Before(m.ready) {
		return
	}
	m.config |= 0x8000
	if mux := m.config >> 12 & 7; mux >= 4 {
		r := m.ohms[mux-4]
		m.result = uint16(supply * r * 8 / (r + pullUp))
	}
}

func (m *model) set(channel int, ohms int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ohms[channel] = ohms
}

func (m *model) fail(err error, hang time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse, m.hang = err, hang
}

func (m *model) conversions() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.starts
}
