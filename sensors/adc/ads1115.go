package adc

import (
	"encoding/binary"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"rackvakt/sensors/contact"
)

// Registers, and fields of the config register (SBAS444E, "Register Map").
const (
	regConversion = 0x00
	regConfig     = 0x01

	startSingle  = 1 << 15 // written: start; read: no conversion is under way
	againstGND   = 4 << 12 // plus the channel: AIN0..AIN3 against ground
	channelShift = 12
	scale6144    = 0 << 9
	scale4096    = 1 << 9
	singleShot   = 1 << 8
	rate475      = 6 << 5 // samples a second
	noComparator = 3
)

// scale4096Most is the highest supply, in mV and with 20 % on it, that the finer
// scale holds.
const scale4096Most = 3400

// conversionTime is one sample at 475 a second, 10 % longer since the chip's
// clock may be that slow, and its wake-up of 25 us.
const conversionTime = 2400 * time.Microsecond

// unlike says that the config register does not hold what was written: no
// ADS1115, or one that was reset or is used by another program.
const unlike contact.Fault = "another chip answers at this address"

// ads1115 is one input of a chip.
type ads1115 struct {
	dev i2c.Dev
	// turn is held during a conversion: the chip has one for all its inputs.
	turn turn
	// config starts a conversion of the input.
	config uint16
}

// configFor returns the config register that measures l. Example: channel 0 at
// 3.3 V is 0xc3c3.
func configFor(l contact.Loop) uint16 {
	scale := uint16(scale4096)
	if l.Supply > scale4096Most {
		scale = scale6144
	}
	return startSingle | againstGND | uint16(l.Channel)<<channelShift | scale | singleShot | rate475 | noComparator
}

// read converts once and returns 0.001 V. Conversion register, two's complement:
// 0x7fff is one bit below full scale, 0x8000 is minus full scale.
func (a *ads1115) read() (int64, error) {
	a.turn <- struct{}{}
	defer func() { <-a.turn }()
	if err := a.dev.Tx([]byte{regConfig, byte(a.config >> 8), byte(a.config)}, nil); err != nil {
		return 0, fmt.Errorf("ads1115 start: %w", err)
	}
	time.Sleep(conversionTime)
	raw, err := a.register(regConversion)
	if err != nil {
		return 0, err
	}
	have, err := a.register(regConfig)
	if err != nil {
		return 0, err
	}
	if have != a.config {
		return 0, fmt.Errorf("%w: config register %#04x, not %#04x", unlike, have, a.config)
	}
	return a.millivolts(int64(int16(raw))), nil
}

func (a *ads1115) millivolts(raw int64) int64 {
	full := int64(6144)
	if a.config&scale4096 != 0 {
		full = 4096
	}
	return raw * full >> 15
}

func (a *ads1115) register(reg byte) (uint16, error) {
	var b [2]byte
	if err := a.dev.Tx([]byte{reg}, b[:]); err != nil {
		return 0, fmt.Errorf("ads1115 register %#02x: %w", reg, err)
	}
	return binary.BigEndian.Uint16(b[:]), nil
}
