package board

import (
	"context"
	"slices"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"rackvakt/sensors/sensortest"
	"rackvakt/sensors/sensortest/chip"
)

func scanned(t *testing.T, bus func(uint16, []byte, []byte) error, files fstest.MapFS) (out Bus) {
	synctest.Test(t, func(t *testing.T) {
		hw := &sensortest.Hardware{Bus: bus, Files: files}
		out = scan(context.Background(), hw, "1")
		if opened, closed := hw.Handles(); opened != 1 || closed != 1 {
			t.Errorf("%d handles opened, %d closed", opened, closed)
		}
	})
	return out
}

// Every chip that we have a model of is told apart from the others, wherever they
// may share an address.
func TestIdentify(t *testing.T) {
	for _, c := range []struct {
		addr uint16
		chip chip.Chip
		want Device
	}{
		{0x18, chip.NewMCP9808(), Device{Likely: "MCP9808", Driver: "mcp9808", Sure: true}},
		{0x40, chip.NewINA3221(), Device{Likely: "INA3221", Driver: "ina3221", Sure: true}},
		{0x44, chip.NewSHT4x(), Device{Likely: "SHT4x", Driver: "sht4x", Sure: true}},
		{0x44, chip.NewSHT3x(), Device{Likely: "SHT3x", Driver: "sht3x", Sure: true}},
		{0x44, chip.NewINA226(100_000), Device{Likely: "INA226", Driver: "ina226", Sure: true}},
		{0x44, chip.NewINA219(100_000), Device{Likely: "INA219", Driver: "ina219"}},
		{0x48, chip.NewINA219(100_000), Device{Likely: "INA219", Driver: "ina219"}},
		{0x48, chip.NewINA226(100_000), Device{Likely: "INA226", Driver: "ina226", Sure: true}},
		{0x48, chip.NewTMP102(), Device{Likely: "TMP102", Driver: "tmp102"}},
		{0x48, chip.NewLM75(), Device{Likely: "LM75", Driver: "lm75"}},
		{0x76, chip.NewBME280(chip.BoschExample()), Device{Likely: "BME280", Driver: "bme280", Sure: true}},
		{0x77, chip.NewBMP280(chip.BoschExample()), Device{Likely: "BMP280", Driver: "bmp280", Sure: true}},
	} {
		t.Run(c.want.Likely, func(t *testing.T) {
			var bus chip.Bus
			bus.Plug(c.addr, c.chip)
			c.want.Address = c.addr
			if got := scanned(t, bus.Tx, nil); got.Problem != "" || !slices.Equal(got.Devices, []Device{c.want}) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// What only says something, or says it wrongly, is no identity.
func TestIdentifyDoubts(t *testing.T) {
	var bus chip.Bus
	bus.Plug(0x44, chip.NewSHT4x())
	bus.Plug(0x76, chip.NewBME280(chip.BoschExample()))
	bus.Break(0x44, chip.BadLast)
	bus.Break(0x76, chip.AllOnes)
	want := []Device{{Address: 0x44, Likely: "SHT4x, SHT3x, HDC302x or INA219"}, {Address: 0x76, Likely: "BME280 or BMP280"}}
	if got := scanned(t, bus.Tx, nil); !slices.Equal(got.Devices, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	bus.Stick(true)
	if got := scanned(t, bus.Tx, nil); got.Problem != syscall.ETIMEDOUT.Error() || len(got.Devices) != 0 {
		t.Errorf("a stuck bus: %+v", got)
	}
}

// An address that a kernel driver holds is not spoken to.
func TestKernelKeepsItsChips(t *testing.T) {
	files := fstest.MapFS{
		"bus/i2c/devices/1-0044/name":        {Data: []byte("sht3x\n")},
		"bus/i2c/devices/1-0044/driver/bind": {},
		"bus/i2c/devices/1-0018/name":        {Data: []byte("mcp9808\n")}, // declared, not bound
	}
	asked := map[uint16]bool{}
	got := scanned(t, func(addr uint16, _, _ []byte) error {
		asked[addr] = true
		return syscall.ENXIO
	}, files)
	if want := []Device{{Address: 0x44, Kernel: "sht3x"}}; !slices.Equal(got.Devices, want) || asked[0x44] || !asked[0x18] {
		t.Errorf("%+v, want %+v; asked 0x44: %v", got, want, asked[0x44])
	}
}
