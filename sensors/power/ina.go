package power

// calibrate returns the content of the calibration register for a rail: equation
// 1 of both datasheets, the current's step taken from the highest current
// expected (equation 2) and rounded up to 1, 2 or 5 times a power of ten. Bit 0
// of an INA219 and bit 15 of an INA226 cannot be set. Example: 2 milliohm and 30 A give a step of 1 mA,
// 20480 for an INA219 and 2560 for an INA226.
func (m model) calibrate(r Rail) uint16 {
	least := (m.highest(r)*1000 + 32_767) / 32_768
	// A finer step than this does not fit the register, nor would the shunt's own
	// resolution fill it.
	least = max(least, m.calibration/m.calibrationMost/r.ShuntMicroOhm+1)
	return uint16(m.calibration/(roundUp(least)*r.ShuntMicroOhm)) &^ 1
}

// most returns the highest current that the chip can measure through a rail's
// shunt, mA: 1 uV over 1 micro-ohm is 1 A.
func (m model) most(r Rail) int64 { return m.shuntMicroVolt * 1000 / r.ShuntMicroOhm }

// highest returns the highest current that the chip is set up for, mA.
func (m model) highest(r Rail) int64 {
	if r.MaxMilliAmp > 0 {
		return r.MaxMilliAmp
	}
	return m.most(r)
}

// roundUp returns the next of 1, 2, 5, 10, 20, 50 ... that is not below n.
func roundUp(n int64) int64 {
	for ten := int64(1); ; ten *= 10 {
		for _, k := range []int64{1, 2, 5} {
			if k*ten >= n {
				return k * ten
			}
		}
	}
}

// microAmps converts the current register. What the calibration register could
// not hold of the step's fraction is made up for.
func (c *chip) microAmps(raw uint16, r Rail) int64 {
	return int64(int16(raw)) * c.m.calibration / (int64(c.calibration) * r.ShuntMicroOhm)
}

// INA219 (SBOS448G, section 8.6.2.1): BRNG 32 V, PGA for the rail's current, 32
// samples of 12 bits averaged on both inputs (17 ms each), continuous.
const (
	config219   = 0x2000 | 0xd<<7 | 0xd<<3 | 7
	gain219     = 11     // PG, 40 mV times 1, 2, 4 or 8
	overflow219 = 0x0001 // OVF in the bus voltage register
	ready219    = 0x0002 // CNVR there
	range219    = 4_000  // steps of 10 uV in 40 mV
)

// pga219 returns the smallest range that holds the rail's highest current; the
// widest where none is given.
func pga219(r Rail) uint16 {
	if r.MaxMilliAmp == 0 {
		return 3
	}
	pg := uint16(0)
	for pg < 3 && int64(range219*10)<<pg < r.MaxMilliAmp*r.ShuntMicroOhm/1000 {
		pg++
	}
	return pg
}

func configure219(o Options) uint16 { return config219 | pga219(o.Rails[0])<<gain219 }

// read219 reads shunt voltage, current and bus voltage (bits 15-3, 4 mV), and the
// power register last, for that clears CNVR: set again, it proves that the chip
// measures. Example of section 9.2.2.1: shunt 0x07d0, bus 0x5d98, current 0x2710
// at a step of 1 mA are 11.98 V and 10 A.
func read219(c *chip, r Rail) (sample, error) {
	v, err := c.registers(regShunt, regCurrent, regBus, regPower)
	if err != nil {
		return sample{}, err
	}
	shunt, bus := int64(int16(v[0])), v[2]
	full := int64(range219) << pga219(r)
	switch {
	case bus == allOnes:
		return sample{}, lineHigh
	case bus&ready219 == 0:
		return sample{}, noConversion
	case bus&overflow219 != 0, shunt >= full, shunt <= -full:
		return sample{}, overRange
	}
	return sample{milliVolt: int64(bus>>3) * 4, microAmp: c.microAmps(v[1], r)}, nil
}

// INA226 (SBOS547A, section 7.6): bit 14 reads 1; 16 samples of 1.1 ms averaged on
// both inputs, continuous. OVF and CVRF stand in Mask/Enable; reading it clears
// CVRF, so that set again it proves that the chip measures.
const (
	config226   = 0x4000 | 2<<9 | 4<<6 | 4<<3 | 7
	regMask226  = 0x06
	overflow226 = 0x0004
	ready226    = 0x0008
)

func configure226(Options) uint16 { return config226 }

// read226: 1.25 mV a step of the bus. Example of section 7.5: shunt 0x1f40, bus
// 0x2570, current 0x2710 at a step of 1 mA are 11.98 V and 10 A.
func read226(c *chip, r Rail) (sample, error) {
	v, err := c.registers(regMask226, regShunt, regCurrent, regBus)
	if err != nil {
		return sample{}, err
	}
	shunt := int16(v[1])
	switch {
	case v[3] == allOnes:
		return sample{}, lineHigh
	case v[0]&ready226 == 0:
		return sample{}, noConversion
	case v[0]&overflow226 != 0, shunt == -1<<15, shunt == 1<<15-1:
		return sample{}, overRange
	}
	return sample{milliVolt: int64(int16(v[3])) * 125 / 100, microAmp: c.microAmps(v[2], r)}, nil
}

// INA3221 (SBOS576B, section 8.6.2): the channels in use, 16 samples of 1.1 ms
// averaged on both inputs, continuous. It has no current register: the shunt's 40
// uV steps (bits 15-3) are divided by its resistance here.
const (
	config3221  = 2<<9 | 4<<6 | 4<<3 | 7
	channel3221 = 14 // CH1en; the next channels below it
	full3221    = 4_095
)

func configure3221(o Options) uint16 {
	config := uint16(config3221)
	for _, r := range o.Rails {
		config |= 1 << (channel3221 + 1 - r.Channel)
	}
	return config
}

func read3221(c *chip, r Rail) (sample, error) {
	reg := byte(2*r.Channel - 1)
	v, err := c.registers(reg, reg+1)
	if err != nil {
		return sample{}, err
	}
	shunt, bus := int64(int16(v[0])>>3), int64(int16(v[1])>>3)
	switch {
	case v[1] == allOnes:
		return sample{}, lineHigh
	case shunt >= full3221, shunt <= -full3221:
		return sample{}, overRange
	}
	return sample{milliVolt: bus * 8, microAmp: shunt * 40_000_000 / r.ShuntMicroOhm}, nil
}
