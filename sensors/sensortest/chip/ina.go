package chip

// Rail is what a power monitor of the INA family measures.
type Rail struct {
	MilliVolt int64 // at the load
	MicroAmp  int64 // through the shunt; negative: backwards
}

// INA219 is Texas Instruments' power monitor, SBOS448G. With a calibration
// register of 0, as after power-on, current and power read 0 (section 8.5.1).
type INA219 struct {
	words
	microOhm int64 // of the shunt
	rail     Rail  // guarded by words.mu
}

// NewINA219 returns one just switched on, with a shunt of so many micro-ohms.
func NewINA219(microOhm int64) *INA219 {
	c := &INA219{microOhm: microOhm}
	c.reg = map[byte]uint16{0: 0x399f}
	c.write = map[byte]uint16{0: 0xffff, 5: 0xfffe}
	c.fresh = func(byte) { c.convert() }
	c.wrote = func(reg byte) {
		if reg == 0 && c.reg[0]&0x8000 != 0 { // RST
			c.reg = map[byte]uint16{0: 0x399f}
		}
	}
	return c
}

// Set moves what is measured.
func (c *INA219) Set(r Rail) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rail = r
}

// convert fills the results: shunt voltage in 10 uV (section 8.6.3.1), bus voltage
// in 4 mV from bit 3 on with "conversion ready" in bit 1 and overflow in bit 0
// (8.6.3.2), current = shunt * calibration / 4096, power = current * bus / 5000
// (8.5.1, equations 4 and 5).
func (c *INA219) convert() {
	shunt := shuntOf(c.rail, c.microOhm, 10, c.rangeOf())
	bus := c.rail.MilliVolt / 4
	current := shunt * int64(c.reg[5]) / 4096
	c.reg[1] = uint16(shunt)
	c.reg[2] = uint16(bus)<<3 | 2
	c.reg[3] = uint16(max(current*bus, -current*bus) / 5000)
	c.reg[4] = uint16(current)
	if current != int64(int16(current)) {
		c.reg[2] |= 1
	}
}

// rangeOf returns the range of the shunt voltage in 10 uV: PGA, bits 12 and 11 of
// the configuration, 40 mV times 1, 2, 4 or 8.
func (c *INA219) rangeOf() int64 { return 4000 << (c.reg[0] >> 11 & 3) }

// shuntOf is the voltage over a shunt in steps of 1/perMicroVolt, cut to limit.
func shuntOf(r Rail, microOhm, microVolt, limit int64) int64 {
	v := r.MicroAmp * microOhm / 1_000_000 / microVolt
	return min(max(v, -limit), limit)
}

// INA226 is its successor, SBOS547A: shunt voltage in 2.5 uV, bus voltage in 1.25
// mV, current = shunt * calibration / 2048, power = current * bus / 20000 (section
// 7.5.1), and its identity in 0xfe and 0xff.
type INA226 struct {
	words
	microOhm int64
	rail     Rail // guarded by words.mu
}

// NewINA226 returns one just switched on, with a shunt of so many micro-ohms.
func NewINA226(microOhm int64) *INA226 {
	c := &INA226{microOhm: microOhm}
	fresh := func() { c.reg = map[byte]uint16{0: 0x4127, 0xfe: 0x5449, 0xff: 0x2260} }
	fresh()
	c.write = map[byte]uint16{0: 0x8fff, 5: 0x7fff, 6: 0xfc03, 7: 0xffff}
	c.fresh = func(byte) { c.convert() }
	c.wrote = func(reg byte) {
		if reg == 0 && c.reg[0]&0x8000 != 0 {
			fresh()
		}
	}
	return c
}

// Set moves what is measured.
func (c *INA226) Set(r Rail) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rail = r
}

func (c *INA226) convert() {
	nano := c.rail.MicroAmp * c.microOhm / 1_000 // of a volt
	shunt := min(max(nano/2_500, -32_768), 32_767)
	bus := c.rail.MilliVolt * 100 / 125
	current := shunt * int64(c.reg[5]) / 2048
	c.reg[1] = uint16(shunt)
	c.reg[2] = uint16(bus)
	c.reg[3] = uint16(max(current*bus, -current*bus) / 20_000)
	c.reg[4] = uint16(current)
	c.reg[6] |= 0x0008 // CVRF: conversion ready
}

// INA3221 watches three rails, SBOS576B: per channel shunt voltage in 40 uV (1, 3,
// 5) and bus voltage in 8 mV (2, 4, 6), both from bit 3 on; identity in 0xfe, 0xff.
type INA3221 struct{ words }

// NewINA3221 returns one just switched on.
func NewINA3221() *INA3221 {
	c := &INA3221{words{
		reg:   map[byte]uint16{0: 0x7127, 0xfe: 0x5449, 0xff: 0x3220},
		write: map[byte]uint16{0: 0xffff},
	}}
	c.wrote = func(reg byte) {
		if reg == 0 && c.reg[0]&0x8000 != 0 {
			c.reg[0] = 0x7127
		}
	}
	return c
}

// Set moves a channel, 1 to 3, that has a shunt of so many micro-ohms.
func (c *INA3221) Set(channel int, r Rail, microOhm int64) {
	reg := byte(2*channel - 1)
	c.SetRegister(reg, uint16(shuntOf(r, microOhm, 40, 4095))<<3)
	c.SetRegister(reg+1, uint16(r.MilliVolt/8)<<3)
}
