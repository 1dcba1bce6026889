package climate

import (
	"encoding/binary"
	"errors"
	"time"
)

// Registers of BME280 and BMP280, BST-BME280-DS002 revision 1.6 sections 4.2.2
// and 5.3; the BMP280 (BST-BMP280-DS001 revision 1.26) has the same but for
// humidity.
const (
	boschTrim    = 0x88 // dig_T1 to dig_T3 come first
	boschTrimH1  = 0xa1
	boschTrimH2  = 0xe1
	boschID      = 0xd0
	boschCtrlHum = 0xf2
	boschStatus  = 0xf3
	boschCtrl    = 0xf4
	boschData    = 0xfa // temperature, then humidity

	idBME280 = 0x60
	idBMP280 = 0x58

	// forced mode, temperature once, pressure not at all.
	boschForced    = 1<<5 | 1
	boschOnce      = 1
	boschMeasuring = 0x08
	// boschWait covers 1.25 + 2.3 + 2.3 + 0.575 ms, appendix B section 9.1.
	boschWait  = 8 * time.Millisecond
	boschTries = 5

	// What the data registers hold after power-on, and what a measurement that
	// was skipped gives: section 5.4.7 to 5.4.9, table 18. They are the middle of
	// the range too: 26.5 degrees with the calibration of the datasheet's example.
	notYetTemperature = 0x80000
	notYetHumidity    = 0x8000
)

// trim is the factory's calibration by the datasheet's names (dig_T1 ...), table 16.
type trim struct {
	t1, t2, t3             int64
	h1, h2, h3, h4, h5, h6 int64
}

// bosch is a BME280 or BMP280. It measures in forced mode: in normal mode the
// chip warms itself.
type bosch struct {
	onBus
	trim  trim
	humid bool
}

func openBosch(o Options, hw Hardware, id byte) (sensor, error) {
	b, err := openOnBus(o, hw)
	if err != nil {
		return nil, err
	}
	s := &bosch{onBus: b, humid: id == idBME280}
	if err := s.start(id); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return s, nil
}

// start checks the identity (a BMP280 is often sold as a BME280) and reads the
// calibration.
func (s *bosch) start(id byte) error {
	var is [1]byte
	if err := s.tx("identity", []byte{boschID}, is[:]); err != nil {
		return err
	}
	if is[0] != id {
		return wrongChip
	}
	var t [6]byte
	if err := s.tx("calibration", []byte{boschTrim}, t[:]); err != nil {
		return err
	}
	s.trim.t1 = int64(binary.LittleEndian.Uint16(t[0:]))
	s.trim.t2 = int64(int16(binary.LittleEndian.Uint16(t[2:])))
	s.trim.t3 = int64(int16(binary.LittleEndian.Uint16(t[4:])))
	if s.trim.t1 == 0 || s.trim.t1 == 0xffff {
		return uncalibrated
	}
	if !s.humid {
		return nil
	}
	var h1 [1]byte
	var h [7]byte
	if err := s.tx("calibration", []byte{boschTrimH1}, h1[:]); err != nil {
		return err
	}
	if err := s.tx("calibration", []byte{boschTrimH2}, h[:]); err != nil {
		return err
	}
	s.trim.humidity(h1[0], h)
	return nil
}

// humidity unpacks dig_H1 to dig_H6; H4 and H5 share the octet at 0xe5.
func (c *trim) humidity(h1 byte, h [7]byte) {
	c.h1 = int64(h1)
	c.h2 = int64(int16(binary.LittleEndian.Uint16(h[0:])))
	c.h3 = int64(h[2])
	c.h4 = int64(int8(h[3]))<<4 | int64(h[4]&0x0f)
	c.h5 = int64(int8(h[5]))<<4 | int64(h[4]>>4)
	c.h6 = int64(int8(h[6]))
}

func (s *bosch) read() (sample, error) {
	if s.humid { // counts from the next write to ctrl_meas on
		if err := s.tx("measure", []byte{boschCtrlHum, boschOnce}, nil); err != nil {
			return sample{}, err
		}
	}
	if err := s.tx("measure", []byte{boschCtrl, boschForced}, nil); err != nil {
		return sample{}, err
	}
	if err := s.done(); err != nil {
		return sample{}, err
	}
	var b [5]byte
	data := b[:3]
	if s.humid {
		data = b[:]
	}
	if err := s.tx("measure", []byte{boschData}, data); err != nil {
		return sample{}, err
	}
	rawT := int64(b[0])<<12 | int64(b[1])<<4 | int64(b[2])>>4
	rawH := int64(b[3])<<8 | int64(b[4])
	fine := s.trim.fine(rawT)
	out := sample{
		temperature: celsius(fine), hasHumidity: s.humid,
		blankT: rawT == notYetTemperature, blankH: s.humid && rawH == notYetHumidity,
	}
	if s.humid {
		out.humidity = s.trim.percent(rawH, fine)
	}
	return out, nil
}

// done waits for the measurement to end.
func (s *bosch) done() error {
	for range boschTries {
		time.Sleep(boschWait)
		var status [1]byte
		if err := s.tx("status", []byte{boschStatus}, status[:]); err != nil {
			return err
		}
		if status[0]&boschMeasuring == 0 {
			return nil
		}
	}
	return notMeasured
}

// fine is t_fine of section 4.2.3: temperature in 1/5120 degree. The example of
// the BMP280's section 3.12: 519888 gives 128422, 25.08 degrees.
func (c trim) fine(raw int64) int64 {
	linear := (raw>>3 - c.t1<<1) * c.t2 >> 11
	d := raw>>4 - c.t1
	return linear + (d*d>>12)*c.t3>>14
}

// celsius is in 0.001 degree; the chip knows 0.01.
func celsius(fine int64) int64 { return (fine*5 + 128) >> 8 * 10 }

// percent is the humidity in 0.001 %, section 4.2.3: the result there has ten
// bits after the point.
func (c trim) percent(raw, fine int64) int64 {
	d := fine - 76_800
	wet := (raw<<14 - c.h4<<20 - c.h5*d + 16_384) >> 15
	slope := (d*c.h6>>10*(d*c.h3>>11+32_768)>>10 + 2_097_152) * c.h2
	v := wet * ((slope + 8_192) >> 14)
	v -= (v >> 15 * (v >> 15) >> 7) * c.h1 >> 4
	return divide(min(max(v, 0), 100<<22)>>12*1000, 1024)
}
