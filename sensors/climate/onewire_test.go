package climate

import (
	"errors"
	"testing"
	"testing/fstest"
)

func FuzzParseW1(f *testing.F) {
	for _, s := range []string{"", "\n", "21437\n", "-500", "85000\n", "127937\n", "t=1", "99999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parseW1(text)
		if err != nil && v != 0 {
			t.Errorf("%q gives %d beside %v", text, v, err)
		}
		past := filter{driver: DS18B20}
		if err == nil && past.judge(sample{temperature: v}) == nil && (v < -55_000 || v > 125_000 || v == 85_000) {
			t.Errorf("%q is believed: %d", text, v)
		}
	})
}

// The examples of Sensirion and of TI.
func TestCRC8(t *testing.T) {
	if a, b := crc8([]byte{0xbe, 0xef}), crc8([]byte{0xab, 0xcd}); a != 0x92 || b != 0x6f {
		t.Errorf("crc8(beef) = %#x, crc8(abcd) = %#x", a, b)
	}
}

// Nothing but zeros is a line held low, though their checksum is right; a real
// scratchpad of 0 degrees is 0 degrees, and so is one that cannot be looked at.
func TestZerosOnTheWire(t *testing.T) {
	for content, want := range map[string]error{
		"00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n": allZeros,
		"00 00 4b 46 7f ff 0c 10 1c : crc=1c YES\n00 00 4b 46 7f ff 0c 10 1c t=0\n": nil,
		"": nil,
	} {
		sys := fstest.MapFS{"bus/w1/devices/28-1/temperature": &fstest.MapFile{Data: []byte("0\n")}}
		if content != "" {
			sys["bus/w1/devices/28-1/w1_slave"] = &fstest.MapFile{Data: []byte(content)}
		}
		if s, err := (onewire{sys, "28-1"}).read(); !errors.Is(err, want) || s.temperature != 0 {
			t.Errorf("%q: %+v, %v; want %v", content, s, err, want)
		}
	}
}
