package climate_test

import (
	"encoding/binary"
	"log/slog"
	"syscall"
	"testing"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
)

// bmp280 answers with the worked example of BST-BMP280-DS001 section 3.12, which
// the BME280 shares: calibration below, raw temperature 519888 is 25.08 degrees.
func bmp280(id byte) func(addr uint16, w, r []byte) error {
	var registers [256]byte
	registers[0xd0] = id
	calibration := []int{27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000}
	for i, c := range calibration {
		binary.LittleEndian.PutUint16(registers[0x88+2*i:], uint16(c))
	}
	const rawPressure, rawTemperature = 415148, 519888
	copy(registers[0xf7:], []byte{rawPressure >> 12, rawPressure >> 4 & 0xff, rawPressure << 4 & 0xff})
	copy(registers[0xfa:], []byte{rawTemperature >> 12, rawTemperature >> 4 & 0xff, rawTemperature << 4 & 0xff})
	return func(addr uint16, w, r []byte) error {
		if addr != 0x76 {
			return syscall.EREMOTEIO
		}
		if len(r) > 0 {
			copy(r, registers[w[0]:])
		}
		return nil
	}
}

func TestBMP280(t *testing.T) {
	for _, c := range []struct {
		id      byte
		address uint16
		want    string
	}{
		{0x58, 0x76, tempPoint + "25.08"},
		{0x60, 0x76, tempPoint + "fault: another chip answers at this address"},
		{0x58, 0x77, tempPoint + "unknown: no answer at address"},
	} {
		o := options(climate.BMP280)
		o.Address = c.address
		hw := &sensortest.Hardware{Bus: bmp280(c.id)}
		p := climate.New(o, hw, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler))
		expect(t, texts(p.Read()), c.want)
		if opened, closed := hw.Handles(); opened != 1 || closed != 1 {
			t.Errorf("%d handles opened, %d closed", opened, closed)
		}
	}
}
