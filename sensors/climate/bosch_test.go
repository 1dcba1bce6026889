package climate_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

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
		{climate.BME280, 0x60, 0x76, func(b *bosch) { b.measures(519_888, 0x8000) }, []string{
			tempPoint + "fault: power-on value", humidPoint + "fault: power-on value", dewPoint + "fault: power-on value"}},
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

// The registers' power-on values are the middle of their ranges, where a closet may
// well be: with this calibration 26.46 degrees, on the way from 26.45 to 26.47. They
// are measurements there, and none where nothing led to them.
func TestBoschMeasuresThePowerOnValue(t *testing.T) {
	for _, c := range []struct {
		driver climate.Driver
		id     byte
		raw    [][2]int // temperature and humidity, each for a minute
		faults bool
	}{
		{climate.BMP280, 0x58, [][2]int{{0x80000 - 32, 0}, {0x80000, 0}, {0x80000 + 32, 0}}, false},
		{climate.BME280, 0x60, [][2]int{{0x80000 - 32, 28_000}, {0x80000, 28_000}}, false},
		{climate.BME280, 0x60, [][2]int{{519_888, 0x8000 - 9}, {519_888, 0x8000}}, false},
		{climate.BMP280, 0x58, [][2]int{{519_888, 0}, {0x80000, 0}}, true},
		{climate.BME280, 0x60, [][2]int{{519_888, 28_000}, {519_888, 0x8000}}, true},
		{climate.BME280, 0x60, [][2]int{{0x80000 - 32, 0x8000 - 9}, {0x80000, 0x8000}}, true},
	} {
		chip := newBosch(c.id)
		var at atomic.Int32 // index of raw
		bus := func(addr uint16, w, r []byte) error {
			raw := c.raw[at.Load()]
			chip.measures(raw[0], raw[1])
			return chip.tx(addr, w, r)
		}
		o := options(c.driver)
		o.Address = 0x76
		got := runOn(t, o, bus, func(*rig) {
			for i := range c.raw {
				at.Store(int32(i))
				time.Sleep(time.Minute)
			}
		})
		faults := strings.Contains(strings.Join(got, ";"), "fault: power-on value")
		if faults != c.faults {
			t.Errorf("%s %v: faults %v, told\n%q", c.driver, c.raw, faults, got)
		}
	}
}
