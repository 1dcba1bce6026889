package chip

// LM75 is NXP's LM75A (product data sheet Rev. 4): temperature in the upper
// eleven bits of register 0, 0.125 degree each, two's complement (section 7.4.3),
// configuration of eight bits in 1, hysteresis and limit in 2 and 3.
type LM75 struct{ words }

// NewLM75 returns one just switched on, at 0 degrees.
func NewLM75() *LM75 {
	return &LM75{words{
		reg:    map[byte]uint16{0: 0, 1: 0, 2: 0x4b00, 3: 0x5000},
		write:  map[byte]uint16{1: 0x001f, 2: 0xff80, 3: 0xff80},
		octets: map[byte]bool{1: true},
	}}
}

// Set moves the temperature, in 0.001 degree.
func (l *LM75) Set(milli int64) { l.SetRegister(0, uint16(floor(milli+62, 125))<<5) }

// TMP102 is Texas Instruments' TMP102 (SBOS397H): temperature in the upper twelve
// bits of register 0, 1/16 degree each (section 7.3.1), configuration 0x60a0 in 1.
type TMP102 struct{ words }

// NewTMP102 returns one just switched on, at 0 degrees.
func NewTMP102() *TMP102 {
	return &TMP102{words{
		reg:   map[byte]uint16{0: 0, 1: 0x60a0, 2: 0x4b00, 3: 0x5000},
		write: map[byte]uint16{1: 0x9fd0, 2: 0xfff0, 3: 0xfff0},
	}}
}

// Set moves the temperature, in 0.001 degree.
func (l *TMP102) Set(milli int64) { l.SetRegister(0, uint16(floor(milli*16+500, 1000))<<4) }

// floor divides and rounds down, below zero too.
func floor(a, by int64) int64 {
	q := a / by
	if a%by < 0 {
		q--
	}
	return q
}
