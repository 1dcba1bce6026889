package output

import (
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/strictyaml"
)

type file struct {
	Outputs Options `yaml:"outputs"`
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string // each in one problem, in order
	}{
		{"nothing", `outputs: {}`, nil},
		{"everything", `
outputs:
  led: {line: GPIO22}
  buzzer: {line: GPIO23, active_low: true}
  relay: {chip: pinctrl-bcm2711, line: "24", fail_safe: false}
  mute: {line: GPIO27, for: 1h}
  display: {driver: ssd1306, bus: "1", address: 0x3d, flip: true, contrast: 64, lang: en, page_every: 8s}`, nil},
		{"st7567", `outputs: {display: {driver: st7567, spi: "0.1", dc: {line: GPIO6}, reset: {line: GPIO5}}}`, nil},
		{"a number without a chip", `outputs: {led: {line: "22"}}`, []string{"outputs.led.chip: missing"}},
		{"a chip without a line", `outputs: {relay: {chip: gpiochip0}}`, []string{"outputs.relay.line: missing"}},
		{"a line twice", `outputs: {led: {line: GPIO22}, relay: {line: GPIO22, active_low: true}}`, []string{`outputs.relay.line: found "GPIO22"; want a line that led does not have`}},
		{"a line of the display twice", `outputs: {led: {line: GPIO5}, display: {driver: st7567, dc: {line: GPIO6}, reset: {line: GPIO5}}}`, []string{"outputs.display.reset.line"}},
		{"mute too short", `outputs: {buzzer: {line: A}, mute: {line: B, for: 5s}}`, []string{`outputs.mute.for: found "5s"; want 1m to 24h`}},
		{"a button for nothing", `outputs: {mute: {line: B}}`, []string{"outputs.mute.line"}},
		{"driver", `outputs: {display: {driver: hd44780}}`, []string{`outputs.display.driver: found "hd44780"; want ssd1306 or st7567`}},
		{"address", `outputs: {display: {driver: ssd1306, address: 0x78}}`, []string{"want 0x3c or 0x3d, for example 0x3c"}},
		{"lines of the other driver", `outputs: {display: {driver: ssd1306, dc: {line: A}}}`, []string{"outputs.display.dc"}},
		{"st7567 without lines", `outputs: {display: {driver: st7567, spi: x}}`, []string{"outputs.display.dc: missing", "outputs.display.reset: missing", "outputs.display.spi"}},
		{"contrast of st7567", `outputs: {display: {driver: st7567, dc: {line: A}, reset: {line: B}, contrast: 64}}`, []string{"outputs.display.contrast"}},
		{"language and time", `outputs: {display: {driver: ssd1306, lang: fi, page_every: 1s, bus: i2c-1}}`, []string{"outputs.display.lang", "outputs.display.page_every", "outputs.display.bus"}},
		{"unknown key", `outputs: {relay: {failsafe: true}}`, []string{"an unknown key"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := file{DefaultOptions()}
			problems := strictyaml.Decode("x.yaml", []byte(c.src), &f)
			text := problems.Err()
			if len(problems) != len(c.want) {
				t.Fatalf("problems:\n%v", text)
			}
			for _, want := range c.want {
				if !strings.Contains(text.Error(), want) {
					t.Errorf("no %q in:\n%v", want, text)
				}
			}
		})
	}
}

func TestDefaultsHold(t *testing.T) {
	f := file{DefaultOptions()}
	if f.Outputs.Any() {
		t.Error("there are outputs without a configuration")
	}
	src := `outputs: {relay: {line: GPIO24}, buzzer: {line: GPIO23}, mute: {line: GPIO27}, display: {driver: ssd1306}}`
	if err := strictyaml.Decode("x.yaml", []byte(src), &f).Err(); err != nil {
		t.Fatal(err)
	}
	o := f.Outputs
	if !o.Any() || !o.Relay.FailSafe || o.Mute.For != 30*time.Minute || o.Display.Address != 0x3c || o.Display.Lang != "sv" || o.Display.PageEvery != 5*time.Second {
		t.Errorf("%+v", o)
	}
}
