package climate_test

import (
	"io/fs"
	"log/slog"
	"slices"
	"testing"
	"testing/fstest"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
)

// tx is one transaction with the usual address of the chip under test.
func tx(addr uint16, w, r []byte) i2ctest.IO { return i2ctest.IO{Addr: addr, W: w, R: r} }

func join(parts ...[]i2ctest.IO) []i2ctest.IO { return slices.Concat(parts...) }

// Words of the datasheets with their checksums: 0xbeef (Sensirion), 0xabcd and
// 0xabab (TI), 0x6666 for two fifths of the full scale.
var (
	beef   = []byte{0xbe, 0xef, 0x92}
	abcd   = []byte{0xab, 0xcd, 0x6f}
	abab   = []byte{0xab, 0xab, 0x72}
	fifths = []byte{0x66, 0x66, 0x93}
	zero   = []byte{0x00, 0x00, 0x81}
)

func both(a, b []byte) []byte { return slices.Concat(a, b) }

// sht3xStart is heater off, clear status, serial number (SHT3x sections 4.10 to
// 4.12), status one reading of the status word.
func sht3xStart(number []byte) []i2ctest.IO {
	return []i2ctest.IO{
		tx(0x44, []byte{0x30, 0x66}, nil), tx(0x44, []byte{0x30, 0x41}, nil),
		tx(0x44, []byte{0x36, 0x82}, nil), tx(0x44, nil, number),
	}
}

func status(word []byte) []i2ctest.IO { return []i2ctest.IO{tx(0x44, []byte{0xf3, 0x2d}, word)} }

func measured(words []byte) []i2ctest.IO {
	return []i2ctest.IO{tx(0x44, []byte{0x24, 0x00}, nil), tx(0x44, nil, words)}
}

const (
	humidPoint = "climate/inlet:relative_humidity_ratio "
	dewPoint   = "climate/inlet:dew_point_celsius "
)

// -45 + 175 x 0.4 = 25 degrees, 100 x 0.4 = 40 %.
func TestSHT3x(t *testing.T) {
	start := sht3xStart(both(beef, fifths))
	expect(t, played(t, climate.SHT3x, join(start, status(zero), measured(both(fifths, fifths)))...),
		tempPoint+"25", humidPoint+"0.4", dewPoint+"10.457")
	expect(t, played(t, climate.SHT3x, join(start, status(zero), measured(both(fifths, []byte{0x66, 0x66, 0x92})))...),
		tempPoint+"fault: crc mismatch")
	expect(t, played(t, climate.SHT3x, join(start, status([]byte{0, 0, 0}))...), tempPoint+"fault: crc mismatch")
	// 0x0010 with checksum 0x62: reset since; it is cleared and measured.
	cleared := tx(0x44, []byte{0x30, 0x41}, nil)
	expect(t, played(t, climate.SHT3x, join(start, status([]byte{0x80, 0x10, 0xe1}), []i2ctest.IO{cleared}, measured(both(fifths, fifths)))...),
		tempPoint+"25", humidPoint+"0.4", dewPoint+"10.457")
	// 0x2000 with checksum 0x5d: the heater is on; it is switched off, the value not told.
	off := tx(0x44, []byte{0x30, 0x66}, nil)
	expect(t, played(t, climate.SHT3x, join(start, status([]byte{0x20, 0x00, 0x5d}), []i2ctest.IO{off})...),
		tempPoint+"fault: self-heating")
}

// 0xabcd: 43981/65535 of 175 degrees and of 100 %.
func TestHDC302x(t *testing.T) {
	start := []i2ctest.IO{
		tx(0x44, []byte{0x30, 0x66}, nil), tx(0x44, []byte{0x30, 0x41}, nil),
		tx(0x44, []byte{0x37, 0x81}, []byte{0x30, 0x00, 0x33}),
		tx(0x44, []byte{0x36, 0x83}, abab), tx(0x44, []byte{0x36, 0x84}, abcd), tx(0x44, []byte{0x36, 0x85}, beef),
	}
	expect(t, played(t, climate.HDC302x, join(start, status(zero), measured(both(fifths, abcd)))...),
		tempPoint+"25", humidPoint+"0.67111", dewPoint+"18.47")
	other := append(slices.Clone(start[:2]), tx(0x44, []byte{0x37, 0x81}, beef))
	expect(t, played(t, climate.HDC302x, other...), tempPoint+"fault: another chip answers at this address")
}

// SBOS397H tables 7-2 and 7-3.
func TestTMP102(t *testing.T) {
	config := tx(0x48, []byte{1}, []byte{0x60, 0xa0})
	for _, c := range []struct {
		high, low byte
		want      string
	}{
		{0x64, 0x00, "100"}, {0x19, 0x00, "25"}, {0x00, 0x40, "0.25"}, {0xff, 0xc0, "-0.25"},
		{0xe7, 0x00, "-25"}, {0xc9, 0x00, "-55"},
		{0x40, 0x01, "128"}, {0x0c, 0x81, "25"}, {0xf3, 0x81, "-25"}, // extended mode
		{0x4b, 0x01, "fault: out of range"}, {0x00, 0x00, "fault: power-on value"},
	} {
		expect(t, played(t, climate.TMP102, config, tx(0x48, []byte{0}, []byte{c.high, c.low})), tempPoint+c.want)
	}
	asleep := tx(0x48, []byte{1}, []byte{0x61, 0xa0})
	woken := tx(0x48, []byte{1, 0x60, 0xa0}, nil)
	expect(t, played(t, climate.TMP102, asleep, woken, tx(0x48, []byte{0}, []byte{0x19, 0x00})), tempPoint+"25")
	expect(t, played(t, climate.TMP102, tx(0x48, []byte{1}, []byte{0x00, 0x00})), tempPoint+"fault: another chip answers at this address")
}

// LM75A Rev. 4 table 10.
func TestLM75(t *testing.T) {
	config := tx(0x48, []byte{1}, []byte{0})
	for _, c := range []struct {
		high, low byte
		want      string
	}{
		{0x7d, 0x00, "125"}, {0x19, 0x00, "25"}, {0x00, 0x20, "0.125"}, {0xff, 0xe0, "-0.125"},
		{0xe7, 0x00, "-25"}, {0xc9, 0x20, "-54.875"}, {0xc9, 0x00, "-55"},
		{0x7f, 0x00, "fault: out of range"}, {0x00, 0x00, "fault: power-on value"},
	} {
		expect(t, played(t, climate.LM75, config, tx(0x48, []byte{0}, []byte{c.high, c.low})), tempPoint+c.want)
	}
	woken := tx(0x48, []byte{1, 0x00}, nil)
	expect(t, played(t, climate.LM75, tx(0x48, []byte{1}, []byte{1}), woken, tx(0x48, []byte{0}, []byte{0x19, 0x00})), tempPoint+"25")
	expect(t, played(t, climate.LM75, tx(0x48, []byte{1}, []byte{0x60})), tempPoint+"fault: another chip answers at this address")
}

// A shutdown that somebody left is ended, in the MCP9808 too.
func TestMCP9808Wakes(t *testing.T) {
	ops := mcp(0xc1, 0x94)
	ops[2].R = []byte{0x01, 0x00}
	ops = slices.Insert(ops, 3, tx(0x18, []byte{1, 0, 0}, nil))
	expect(t, played(t, climate.MCP9808, ops...), tempPoint+"25.25")
}

// Serial numbers are facts.
func TestSerialNumber(t *testing.T) {
	bus := &i2ctest.Playback{DontPanic: true, Ops: join(sht3xStart(both(beef, fifths)), status(zero), measured(both(fifths, fifths)))}
	b := readOnce(climate.SHT3x, &sensortest.Hardware{Bus: bus.Tx})
	if got := factOf(b, reading.LabelSerial); got != "beef6666" {
		t.Errorf("serial %q", got)
	}
	hw := &sensortest.Hardware{}
	hw.SetW1(w1ID, "21437\n")
	if got := factOf(readOnce(climate.DS18B20, hw), reading.LabelSerial); got != "0000071c7e3a" {
		t.Errorf("serial %q", got)
	}
}

func readOnce(d climate.Driver, hw *sensortest.Hardware) reading.Batch {
	return climate.New(options(d), hw, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler)).Read()
}

func factOf(b reading.Batch, l reading.Label) string {
	for _, f := range b.Facts {
		if f.Label == l {
			return f.Text
		}
	}
	return ""
}

func hwmonTree() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	link := func(to string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink} }
	const c = "class/hwmon/hwmon"
	return fstest.MapFS{
		c + "0/name": file("cpu_thermal\n"), c + "0/temp1_input": file("51000\n"),
		c + "1/name": file("sht3x\n"), c + "1/temp1_input": file("21400\n"), c + "1/humidity1_input": file("41000\n"),
		c + "2/name": file("lm75\n"), c + "2/temp1_input": file("-3500\n"), c + "2/device": link("../../../1-0048"),
		c + "3/name": file("lm75\n"), c + "3/temp1_input": file("33000\n"), c + "3/device": link("../../../1-0049"),
		c + "4/name": file("many\n"), c + "4/temp10_input": file("10000\n"), c + "4/temp2_input": file("2000\n"),
		c + "4/temp2_label": file("front\n"), c + "4/temp10_label": file("rear\n"), c + "4/temp2_fault": file("1\n"),
		c + "5/name": file("broken\n"), c + "5/temp1_input": file("n/a\n"),
	}
}

func TestHWMon(t *testing.T) {
	for _, c := range []struct {
		chip, label, unit string
		want              []string
	}{
		{"sht3x", "", "", []string{tempPoint + "21.4", humidPoint + "0.41", dewPoint + "7.597"}},
		{"lm75", "", "", []string{tempPoint + "unknown: several sensors fit"}},
		{"lm75", "", "1-0048", []string{tempPoint + "-3.5"}},
		{"lm75", "temp1", "1-0049", []string{tempPoint + "33"}},
		{"many", "", "", []string{tempPoint + "fault: the kernel reports a broken sensor"}},
		{"many", "rear", "", []string{tempPoint + "10"}},
		{"many", "side", "", []string{tempPoint + "unknown: no such bus or sensor"}},
		{"absent", "", "", []string{tempPoint + "unknown: no such bus or sensor"}},
		{"broken", "", "", []string{tempPoint + "fault: not a number"}},
	} {
		o := options(climate.HWMon)
		o.Chip, o.Label, o.Unit = c.chip, c.label, c.unit
		p := climate.New(o, &sensortest.Hardware{Files: hwmonTree()}, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler))
		expect(t, texts(p.Read()), c.want...)
	}
}

// What a reading may be off is what the datasheet says.
func TestUncertainty(t *testing.T) {
	b := readOnce(climate.MCP9808, &sensortest.Hardware{Bus: (&i2ctest.Playback{Ops: mcp(0xc1, 0x94), DontPanic: true}).Tx})
	if off := b.Readings[0].Uncertainty; off != 500 {
		t.Errorf("MCP9808 at 25 °C: %d", off)
	}
	bus := &i2ctest.Playback{DontPanic: true, Ops: join(sht3xStart(both(beef, fifths)), status(zero), measured(both(fifths, fifths)))}
	b = readOnce(climate.SHT3x, &sensortest.Hardware{Bus: bus.Tx})
	var off []int64
	for _, r := range b.Readings {
		off = append(off, r.Uncertainty)
	}
	// 4 % of 40 % are 1.4 degrees of dew point up and 1.6 down, 0.4 degrees 0.3.
	if len(off) != 3 || off[0] != 400 || off[1] != 4_000 || off[2] < 1_800 || off[2] > 2_100 {
		t.Errorf("SHT3x: %v", off)
	}
}
