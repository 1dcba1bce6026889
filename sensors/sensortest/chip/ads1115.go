package chip

import (
	"math"
	"time"
)

// ADS1115 is Texas Instruments' converter, SBAS444E: four inputs, 16 bits.
type ADS1115 struct {
	words
	milliVolt [4]int64  // at the inputs; guarded by words.mu
	done      time.Time // guarded by words.mu; when the conversion ends; zero: none runs
}

// NewADS1115 returns one just switched on: configuration 0x8583 (section 8.1.3).
func NewADS1115() *ADS1115 {
	a := &ADS1115{}
	a.reg = map[byte]uint16{0: 0, 1: 0x8583, 2: 0x8000, 3: 0x7fff}
	a.write = map[byte]uint16{1: 0x7fff, 2: 0xffff, 3: 0xffff}
	a.before = a.start
	a.fresh = func(byte) { a.finish() }
	return a
}

// Set puts a voltage to ground on an input, 0 to 3.
func (a *ADS1115) Set(input int, milliVolt int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.milliVolt[input] = milliVolt
}

// Ohms hangs a resistance to ground on an input that a pull-up ties to a supply;
// below zero the cable is cut.
func (a *ADS1115) Ohms(input int, supplyMilliVolt, pullUp, ohms int64) {
	v := supplyMilliVolt
	if ohms >= 0 {
		v = supplyMilliVolt * ohms / (ohms + pullUp)
	}
	a.Set(input, v)
}

// adsRates are samples a second by bits 7 to 5 of the configuration.
var adsRates = [8]time.Duration{8, 16, 32, 64, 128, 250, 475, 860}

// start begins a conversion where bit 15 asks for one and none runs; it reads as 0
// until it is over.
func (a *ADS1115) start(reg byte, v uint16) {
	a.finish()
	if reg == 1 && v&0x8000 != 0 && a.done.IsZero() {
		a.done = time.Now().Add(time.Second / adsRates[v>>5&7])
		a.reg[1] &^= 0x8000
	}
}

// adsFull is the full scale in 0.001 V by bits 11 to 9.
var adsFull = [8]float64{6144, 4096, 2048, 1024, 512, 256, 256, 256}

// adsPairs are positive and negative input by bits 14 to 12; -1 is ground.
var adsPairs = [8][2]int{{0, 1}, {0, 3}, {1, 3}, {2, 3}, {0, -1}, {1, -1}, {2, -1}, {3, -1}}

func (a *ADS1115) finish() {
	config := a.reg[1]
	if config&0x0100 == 0 { // continuous
		a.reg[0] = a.convert(config)
		return
	}
	if a.done.IsZero() || time.Now().Before(a.done) {
		return
	}
	a.done = time.Time{}
	a.reg[0] = a.convert(config)
	a.reg[1] |= 0x8000
}

func (a *ADS1115) convert(config uint16) uint16 {
	pair := adsPairs[config>>12&7]
	v := a.milliVolt[pair[0]]
	if pair[1] >= 0 {
		v -= a.milliVolt[pair[1]]
	}
	raw := math.Round(float64(v) * 32768 / adsFull[config>>9&7])
	return uint16(int16(min(max(raw, -32768), 32767)))
}
