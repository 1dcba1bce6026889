package climate

import (
	"slices"
	"testing"
	"testing/fstest"
)

func FuzzWords(f *testing.F) {
	f.Add([]byte{0xbe, 0xef, 0x92, 0x66, 0x66, 0x93})
	f.Add([]byte{0xff, 0xff, 0xac, 0x00, 0x00, 0x81})
	f.Add([]byte{0xab, 0xcd, 0x6f, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := words(data)
		if err != nil {
			return
		}
		var back []byte
		for _, v := range w {
			pair := []byte{byte(v >> 8), byte(v)}
			back = append(back, pair[0], pair[1], crc8(pair))
		}
		if !slices.Equal(back, data[:len(data)/3*3]) {
			t.Fatalf("% x is % x", data, back)
		}
		if len(w) < 2 {
			return
		}
		if s := sht4xSample(w); s.temperature < -45_000 || s.temperature > 130_000 || s.humidity < 0 || s.humidity > 100_000 {
			t.Fatalf("%+v", s)
		}
	})
}

func FuzzHWMon(f *testing.F) {
	for _, s := range []string{"21400\n", "-5", "", "n/a", "99999999999", "0x10"} {
		f.Add(s, "41000\n", "0")
	}
	f.Fuzz(func(t *testing.T, temperature, humidity, broken string) {
		const at = "class/hwmon/hwmon0/"
		tree := fstest.MapFS{
			at + "temp1_input":     &fstest.MapFile{Data: []byte(temperature)},
			at + "humidity1_input": &fstest.MapFile{Data: []byte(humidity)},
			at + "temp1_fault":     &fstest.MapFile{Data: []byte(broken)},
		}
		s, err := hwmon{sys: tree, input: at + "temp1", humidity: at + "humidity1_input"}.read()
		past := filter{driver: HWMon}
		if err == nil && past.judge(s) == nil && (s.temperature < -55_000 || s.temperature > 150_000 || s.humidity < 0 || s.humidity > 100_000) {
			t.Errorf("%q %q is believed: %+v", temperature, humidity, s)
		}
	})
}
