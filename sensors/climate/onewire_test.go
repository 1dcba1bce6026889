package climate

import "testing"

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
