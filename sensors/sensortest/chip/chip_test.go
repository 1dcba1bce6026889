package chip

import (
	"bytes"
	"encoding/hex"
	"errors"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// tx is one transaction; "" where it is not acknowledged.
func tx(t *testing.T, c Chip, w string, n int) string {
	t.Helper()
	var b Bus
	b.Plug(0x40, c)
	out, err := hex.DecodeString(w)
	if err != nil {
		t.Fatal(err)
	}
	r := make([]byte, n)
	if b.Tx(0x40, out, r) != nil {
		return ""
	}
	return hex.EncodeToString(r)
}

func expect(t *testing.T, c Chip, w, want string) {
	t.Helper()
	if got := tx(t, c, w, max(len(want)/2, 1)); got != want {
		t.Errorf("%s reads %q, want %q", w, got, want)
	}
}

// DS25095A section 5.1.3.1 and table 5-1: 25.25 degrees is 0xc194 with the limits
// at 0; maker 0x0054, device 0x0400.
func TestMCP9808Datasheet(t *testing.T) {
	m := NewMCP9808()
	m.Set(25_250)
	expect(t, m, "05", "c194")
	expect(t, m, "06", "0054")
	expect(t, m, "07", "0400")
	expect(t, m, "08", "03")
	m.Set(-7_250)
	expect(t, m, "05", "3f8c") // below the lower limit of 0
	tx(t, m, "040500", 0)      // critical 80
	tx(t, m, "020280", 0)      // upper 40
	m.Set(40_062)
	expect(t, m, "05", "4281")
	tx(t, m, "010100", 0) // shutdown: the value stays
	m.Set(20_000)
	expect(t, m, "05", "4281")
}

// LM75A table 10: 0x3f8 << 5 is 127 degrees, 0x001 0.125, 0x7ff -0.125, 0x649
// -54.875. TMP102 table 8-2: 0x190 is 25, 0xfff -0.0625, 0xc90 -55.
func TestLM75AndTMP102Datasheet(t *testing.T) {
	l, m := NewLM75(), NewTMP102()
	for milli, want := range map[int64]string{127_000: "7f00", 125: "0020", -125: "ffe0", -54_875: "c920", 25_000: "1900"} {
		l.Set(milli)
		expect(t, l, "00", want)
	}
	for milli, want := range map[int64]string{25_000: "1900", -62: "fff0", -55_000: "c900", 127_937: "7ff0"} {
		m.Set(milli)
		expect(t, m, "00", want)
	}
	expect(t, m, "01", "60a0")
}

// SBOS448G table 8: 10 A and 11.98 V over 2 mOhm with calibration 0x5000.
func TestINA219Datasheet(t *testing.T) {
	c := NewINA219(2_000)
	c.Set(Rail{11_980, 10_000_000})
	expect(t, c, "00", "399f")
	expect(t, c, "01", "07d0")
	expect(t, c, "02", "5d9a") // 0x5d98 and "conversion ready"
	expect(t, c, "04", "0000") // not calibrated yet
	tx(t, c, "055000", 0)
	expect(t, c, "04", "2710")
	expect(t, c, "03", "1766")
	c.Set(Rail{11_980, -10_000_000})
	expect(t, c, "01", "f830")
	c.Set(Rail{11_980, 1_000_000_000})
	expect(t, c, "01", "7d00") // the range ends at 320 mV
	tx(t, c, "008000", 0)
	expect(t, c, "05", "0000")
}

// SBOS547A table 4: the same load with calibration 0x0a00.
func TestINA226Datasheet(t *testing.T) {
	c := NewINA226(2_000)
	c.Set(Rail{11_980, 10_000_000})
	tx(t, c, "050a00", 0)
	for reg, want := range map[string]string{"00": "4127", "01": "1f40", "02": "2570", "04": "2710", "03": "12b8", "fe": "5449", "ff": "2260"} {
		expect(t, c, reg, want)
	}
}

// SBOS576B sections 8.6.2.2 and 8.6.2.3: -80 mV of shunt is 0xc180, 12 V of bus
// 0x2ee0.
func TestINA3221Datasheet(t *testing.T) {
	c := NewINA3221()
	c.Set(2, Rail{12_000, -800_000}, 100_000)
	for reg, want := range map[string]string{"00": "7127", "01": "0000", "03": "c180", "04": "2ee0", "fe": "5449", "ff": "3220"} {
		expect(t, c, reg, want)
	}
}

// Section 4.4: 0xbeef has the checksum 0x92.
func TestSensirionChecksum(t *testing.T) {
	if got := sealed(0xbeef); !bytes.Equal(got, []byte{0xbe, 0xef, 0x92}) {
		t.Errorf("% x", got)
	}
}

// Section 4.6: the ends of both ranges; section 4.2: no answer before the
// measurement is over, nor to a second read.
func TestSHT4xDatasheet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSHT4x()
		s.Set(-45_000, 119_000)
		expect(t, s, "", "")
		expect(t, s, "fd", "")
		expect(t, s, "fd", "") // busy
		time.Sleep(8300 * time.Microsecond)
		expect(t, s, "", "000081ffffac")
		expect(t, s, "", "")
		expect(t, s, "89", hex.EncodeToString(sealed(0x0ca1, 0x0001)))
		expect(t, s, "00", "")
		s.Set(25_000, 50_000)
		tx(t, s, "39", 0)
		time.Sleep(1100 * time.Millisecond)
		hot, err := hex.DecodeString(tx(t, s, "", 6))
		if err != nil || len(hot) != 6 {
			t.Fatal(hot, err)
		}
		temp := 175*float64(int(hot[0])<<8|int(hot[1]))/65535 - 45
		rh := 125*float64(int(hot[3])<<8|int(hot[4]))/65535 - 6
		if math.Abs(temp-85) > 0.1 || rh > 4 || rh < 2 || s.Heats() != 1 {
			t.Errorf("heated to %.1f degrees and %.1f %%", temp, rh)
		}
	})
}

// Sections 4.3, 4.13 and 4.14 of the SHT3x: status 0x8010 after power-on, 85
// degrees is 0xbe3a or so, heater by its bit.
func TestSHT3xDatasheet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSHT3x()
		s.Set(130_000, 100_000)
		expect(t, s, "f32d", hex.EncodeToString(sealed(0x8010)))
		expect(t, s, "2400", "")
		time.Sleep(15500 * time.Microsecond)
		expect(t, s, "", "ffffacffffac")
		expect(t, s, "2c06", "ffffacffffac") // held until it is done
		tx(t, s, "3041", 0)
		tx(t, s, "306d", 0)
		expect(t, s, "f32d", hex.EncodeToString(sealed(0x2000)))
		tx(t, s, "1234", 0)
		expect(t, s, "f32d", hex.EncodeToString(sealed(0x2000))) // the next command cleared it
		tx(t, s, "30a2", 0)
		expect(t, s, "f32d", hex.EncodeToString(sealed(0x8010)))
		tx(t, s, "611d1234"+hex.EncodeToString(sealed(0x1234)[2:]), 0)
		expect(t, s, "e11f", hex.EncodeToString(sealed(0x1234)))
		tx(t, s, "611d123400", 0)
		expect(t, s, "e11f", hex.EncodeToString(sealed(0x1234)))
	})
}

// SNAS778D tables 7-4 and 7-12: maker 0x3000, status 0x8010 after power-on, the
// conversion of section 7.3.3.
func TestHDC302xDatasheet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHDC302x()
		h.Set(130_000, 100_000)
		expect(t, h, "3781", hex.EncodeToString(sealed(0x3000)))
		expect(t, h, "3683", hex.EncodeToString(sealed(0x0ca1)))
		expect(t, h, "f32d", hex.EncodeToString(sealed(0x8010)))
		expect(t, h, "2400", "")
		time.Sleep(20 * time.Millisecond)
		expect(t, h, "", "ffffacffffac")
		tx(t, h, "306e03ff00", 0)
		expect(t, h, "f32d", hex.EncodeToString(sealed(0x8010))) // the power's checksum is right
		tx(t, h, "306e03ff01", 0)
		expect(t, h, "3682", "") // no command of this chip
	})
}

// SBAS444E sections 8.1.2 and 8.1.3: 0x8583 after power-on, 0x7fff at full scale,
// a conversion takes its time.
func TestADS1115Datasheet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewADS1115()
		expect(t, a, "01", "8583")
		a.Set(0, 2_048)
		tx(t, a, "01c3c3", 0) // input 0, 4.096 V, once, 475 a second
		expect(t, a, "01", "43c3")
		expect(t, a, "00", "0000")
		time.Sleep(3 * time.Millisecond)
		expect(t, a, "01", "c3c3")
		expect(t, a, "00", "4000")
		a.Set(0, 5_000)
		a.Set(1, 6_000)
		tx(t, a, "01c3c3", 0)
		time.Sleep(3 * time.Millisecond)
		expect(t, a, "00", "7fff")
		tx(t, a, "018383", 0) // input 0 against 1
		time.Sleep(10 * time.Millisecond)
		expect(t, a, "00", "e0c0") // -1 V of 4.096
		a.Ohms(2, 3_300, 2_200, 1_000)
		tx(t, a, "01e3e3", 0)
		time.Sleep(2 * time.Millisecond)
		expect(t, a, "00", "2038") // 1.031 V
	})
}

// Sections 8.1.5.2 and 10.1: commands in one message or in pieces, data to page
// and column, coming round in the page.
func TestSSD1306Datasheet(t *testing.T) {
	d := NewSSD1306()
	expect(t, d, "", "40")
	tx(t, d, "00af2002b3011f", 0) // on, page mode, page 3, column 0xf1
	expect(t, d, "", "00")
	tx(t, d, "00b30f17", 0) // column 0x7f
	tx(t, d, "40aabb", 0)
	if m := d.Memory(); m[3][127] != 0xaa || m[3][0] != 0xbb || !d.On() {
		t.Errorf("% x", m[3])
	}
	tx(t, d, "80b5800080104011", 0) // each with a control byte of its own
	if m := d.Memory(); m[5][0] != 0x11 {
		t.Errorf("% x", m[5])
	}
	tx(t, d, "00ae", 0)
	if d.On() {
		t.Error("still on")
	}
}

// BST-BMP280-DS001 section 3.12: adc_T 519888 is 25.08 degrees and t_fine 128422,
// adc_P 415148 then 100653.27 Pa.
func TestBoschExample(t *testing.T) {
	b := NewBMP280(BoschExample())
	fine := b.fine(519888)
	if math.Abs(fine-128422) > 1 || math.Abs(fine/5120-25.08) > 0.005 {
		t.Errorf("t_fine %.1f", fine)
	}
	if got := b.pascal(415148, fine); math.Abs(got-100653.27) > 0.1 {
		t.Errorf("%.2f Pa", got)
	}
	if got := b.rawTemperature(fine / 5120); got != 519888 {
		t.Errorf("raw temperature %d", got)
	}
	if got := b.rawPressure(b.pascal(415148, fine), fine); got != 415148 {
		t.Errorf("raw pressure %d", got)
	}
}

// Sections 5.3 and 5.4: forced mode measures once, after its time; ctrl_hum counts
// only with the next ctrl_meas; skipped values are 0x80000 and 0x8000.
func TestBME280Modes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBME280(BoschExample())
		b.Set(25_080, 50_000, 100_653)
		expect(t, b, "d0", "60")
		expect(t, b, "88", "706b")   // T1 27504
		expect(t, b, "e4", "132903") // H4 313, H5 50
		expect(t, b, "f7", "8000008000008000")
		tx(t, b, "f425", 0) // temperature and pressure, forced
		expect(t, b, "f3", "08")
		expect(t, b, "f7", "8000008000008000")
		time.Sleep(10 * time.Millisecond)
		expect(t, b, "f3", "00")
		expect(t, b, "f4", "24")
		got := tx(t, b, "f7", 8)
		if len(got) != 16 || got[:4] != "655a" || got[6:10] != "7eec" || got[12:] != "8000" {
			t.Errorf("measured %s", got)
		}
		tx(t, b, "f201", 0)
		tx(t, b, "f425", 0)
		time.Sleep(20 * time.Millisecond)
		if got := tx(t, b, "fd", 2); got == "8000" {
			t.Error("humidity was skipped")
		}
		for _, rh := range []int64{0, 33_000, 99_000} {
			fine := b.fine(519888)
			if got := b.percent(float64(b.rawHumidity(float64(rh)/1000, fine)), fine); math.Abs(got*1000-float64(rh)) > 10 {
				t.Errorf("%d reads back as %.3f", rh, got)
			}
		}
		tx(t, b, "e0b6", 0)
		expect(t, b, "f2", "00")
		expect(t, NewBMP280(BoschExample()), "d0", "58")
	})
}

// Application note 27 gives the checksum of this ROM; 19-7487 table 1 the numbers.
func TestDS18B20Datasheet(t *testing.T) {
	if got := maximCRC([]byte{0x02, 0x1c, 0xb8, 0x01, 0, 0, 0}); got != 0xa2 {
		t.Errorf("%#x", got)
	}
	synctest.Test(t, func(t *testing.T) {
		s, other := NewDS18B20(0x71c7e3a), NewDS18B20(2)
		if s.ID() != "28-0000071c7e3a" {
			t.Error(s.ID())
		}
		var w Wire
		w.Attach(s)
		w.Attach(other)
		read := func() []byte {
			w.Reset()
			w.Touch(matchROM)
			rom := s.ROM()
			for _, b := range rom {
				w.Touch(b)
			}
			w.Touch(readScratchpad)
			var pad []byte
			for range 9 {
				pad = append(pad, w.Touch(0xff))
			}
			return pad
		}
		convert := func() {
			w.Reset()
			w.Touch(skipROM)
			w.Touch(convertT)
		}
		if got := read(); got[0] != 0x50 || got[1] != 0x05 || maximCRC(got) != 0 {
			t.Errorf("after power-on % x", got)
		}
		for milli, want := range map[int64][2]byte{125_000: {0xd0, 0x07}, 25_062: {0x91, 0x01}, -10_125: {0x5e, 0xff}, -55_000: {0x90, 0xfc}} {
			s.Set(milli)
			convert()
			if w.TouchBit(true) {
				t.Error("done at once")
			}
			time.Sleep(750 * time.Millisecond)
			if !w.TouchBit(true) {
				t.Error("not done in time")
			}
			if got := read(); [2]byte(got[:2]) != want || maximCRC(got) != 0 {
				t.Errorf("%d is % x", milli, got)
			}
		}
		s.BreakCRC(true)
		if got := read(); maximCRC(got) == 0 {
			t.Error("the checksum holds")
		}
		if len(w.Search()) != 2 {
			t.Error("search")
		}
		w.Detach(s)
		if got := read(); !bytes.Equal(got, bytes.Repeat([]byte{0xff}, 9)) {
			t.Errorf("pulled off, it reads % x", got)
		}
		w.Short(true)
		if w.Reset() || w.Search() != nil || w.Touch(0xff) != 0 {
			t.Error("a shorted bus answers")
		}
		w.Short(false)
		w.Detach(other)
		if w.Reset() {
			t.Error("an empty bus answers")
		}
	})
}

func TestFaultsOfTheBus(t *testing.T) {
	var b Bus
	m := NewMCP9808()
	b.Plug(0x18, m)
	read := func() (string, error) {
		r := make([]byte, 2)
		err := b.Tx(0x18, []byte{7}, r)
		return hex.EncodeToString(r), err
	}
	for _, c := range []struct {
		fault Fault
		want  string
		err   error
	}{{0, "0400", nil}, {NoAnswer, "0000", syscall.ENXIO}, {BadLast, "0410", nil}, {BadFirst, "1400", nil}, {AllOnes, "ffff", nil}} {
		b.Break(0x18, c.fault)
		if got, err := read(); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("fault %d: %s, %v", c.fault, got, err)
		}
	}
	b.Break(0x18, 0)
	b.Stick(true)
	if _, err := read(); !errors.Is(err, syscall.ETIMEDOUT) {
		t.Error(err)
	}
	b.Stick(false)
	b.Plug(0x18, nil)
	if _, err := read(); !errors.Is(err, syscall.ENXIO) {
		t.Error(err)
	}
	if b.Messages() == 0 {
		t.Error("nothing was counted")
	}
}

// What a driver is proven against may not come from the driver.
func TestChipsShareNoCodeWithDrivers(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			if strings.Contains(imp.Path.Value, "rackvakt") || strings.Contains(imp.Path.Value, ".") {
				t.Errorf("%s imports %s", name, imp.Path.Value)
			}
		}
	}
}
