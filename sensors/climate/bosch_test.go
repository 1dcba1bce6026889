package climate_test

import (
	"encoding/binary"
	"slices"
	"syscall"
	"testing"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/sensortest"
)

// bosch answers with the worked example of BST-BMP280-DS001 section 3.12, which
// the BME280 shares: calibration below, raw temperature 519888 is 25.08 degrees.
// The humidity's calibration is that of a chip in the field.
type bosch struct{ registers [256]byte }

func newBosch(id byte) *bosch {
	b := &bosch{}
	b.registers[0xd0] = id
	for i, c := range []int{27504, 26435, -1000} {
		binary.LittleEndian.PutUint16(b.registers[0x88+2*i:], uint16(c))
	}
	b.registers[0xa1] = 75
	copy(b.registers[0xe1:], []byte{0x6a, 0x01, 0x00, 0x13, 0x29, 0x03, 0x1e})
	b.measures(519_888, 28_000)
	return b
}

func (b *bosch) measures(rawT, rawH int) {
	copy(b.registers[0xfa:], []byte{byte(rawT >> 12), byte(rawT >> 4), byte(rawT << 4), byte(rawH >> 8), byte(rawH)})
}

func (b *bosch) tx(addr uint16, w, r []byte) error {
	if addr != 0x76 {
		return syscall.EREMOTEIO
	}
	if len(r) > 0 {
		copy(r, b.registers[w[0]:])
	}
	return nil
}

func TestBosch(t *testing.T) {
	for _, c := range []struct {
		driver  climate.Driver
		id      byte
		address uint16
		change  func(*bosch)
		want    []string
	}{
		{climate.BMP280, 0x58, 0x76, nil, []string{tempPoint + "25.08"}},
		{climate.BME280, 0x60, 0x76, nil, []string{tempPoint + "25.08", humidPoint + "0.43856", dewPoint + "11.919"}},
		{climate.BME280, 0x58, 0x76, nil, []string{tempPoint + "fault: another chip answers at this address"}},
		{climate.BMP280, 0x60, 0x76, nil, []string{tempPoint + "fault: another chip answers at this address"}},
		{climate.BMP280, 0x58, 0x77, nil, []string{tempPoint + "unknown: no answer at address"}},
		{climate.BMP280, 0x58, 0x76, func(b *bosch) { b.measures(0x80000, 0) }, []string{tempPoint + "fault: power-on value"}},
		{climate.BME280, 0x60, 0x76, func(b *bosch) { b.measures(519_888, 0x8000) }, []string{tempPoint + "fault: power-on value"}},
		{climate.BMP280, 0x58, 0x76, func(b *bosch) { b.registers[0xf3] = 8 }, []string{tempPoint + "fault: chip has not measured"}},
		{climate.BMP280, 0x58, 0x76, func(b *bosch) { copy(b.registers[0x88:], []byte{0xff, 0xff}) }, []string{tempPoint + "fault: no factory calibration in the chip"}},
		{climate.BMP280, 0x58, 0x76, func(b *bosch) { b.measures(900_000, 0) }, []string{tempPoint + "fault: out of range"}},
	} {
		chip := newBosch(c.id)
		if c.change != nil {
			c.change(chip)
		}
		hw := &sensortest.Hardware{Bus: chip.tx}
		if c.address != 0x76 { // nobody there
			hw.Bus = func(uint16, []byte, []byte) error { return syscall.EREMOTEIO }
		}
		got := texts(readOnce(c.driver, hw))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %#02x: got\n%q, want\n%q", c.driver, c.id, got, c.want)
		}
		if opened, closed := hw.Handles(); opened != 1 || closed != 1 {
			t.Errorf("%d handles opened, %d closed", opened, closed)
		}
	}
}
