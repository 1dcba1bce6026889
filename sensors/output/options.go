package output

import (
	"strings"
	"time"

	"rackvakt/sensors/contact"
	"rackvakt/sensors/strictyaml"
)

// Options configures the outputs. What is left out is not there.
type Options struct {
	// LED is the status lamp.
	LED Pin `yaml:"led" example:"{line: GPIO22}"`
	// Buzzer is an active buzzer.
	Buzzer  Pin     `yaml:"buzzer" example:"{line: GPIO23}"`
	Relay   Relay   `yaml:"relay" example:"{line: GPIO24}"`
	Display Display `yaml:"display" example:"{driver: ssd1306}"`
	Mute    Mute    `yaml:"mute" example:"{line: GPIO27}"`
}

// Pin is one GPIO line that is driven.
type Pin struct {
	// Chip is the label or name of the GPIO chip; "" searches all by line name.
	Chip string `yaml:"chip" example:"pinctrl-bcm2711"`
	// Line is the line's name or its offset on Chip; "": not there.
	Line string `yaml:"line" example:"GPIO22"`
	// ActiveLow says that the low level switches on.
	ActiveLow bool `yaml:"active_low" example:"true"`
}

// Relay is the alarm output.
type Relay struct {
	Pin `yaml:",inline"`
	// FailSafe keeps the relay energised while all is well.
	FailSafe bool `yaml:"fail_safe" example:"true"`
}

// Mute is the button that silences the buzzer.
type Mute struct {
	// Chip and Line are as in Pin; the button connects the line to ground.
	Chip string `yaml:"chip" example:"pinctrl-bcm2711"`
	Line string `yaml:"line" example:"GPIO27"`
	// For is how long a press silences what is open. A new critical alarm sounds
	// all the same; leak, smoke and high heat sound again after ten minutes.
	For time.Duration `yaml:"for" example:"30m"`
}

// Drivers of displays.
const (
	SSD1306 = "ssd1306"
	ST7567  = "st7567"
)

// Display is the small display.
type Display struct {
	// Driver is ssd1306 or st7567; "": there is no display.
	Driver string `yaml:"driver" example:"ssd1306"`
	// Bus is N of /dev/i2c-N and Address 0x3c or 0x3d (ssd1306).
	Bus     string `yaml:"bus" example:"1"`
	Address uint16 `yaml:"address" example:"0x3c"`
	// SPI is B.C of /dev/spidevB.C, DC the line A0 and Reset the line RSTB (st7567).
	SPI   string `yaml:"spi" example:"0.0"`
	DC    Pin    `yaml:"dc" example:"{line: GPIO6}"`
	Reset Pin    `yaml:"reset" example:"{line: GPIO5}"`
	// Contrast is 1 to 255 for ssd1306, 1 to 63 for st7567; 0 takes 0x7f and 40.
	Contrast int `yaml:"contrast" example:"64"`
	// Flip turns the picture upside down.
	Flip bool `yaml:"flip" example:"true"`
	// Lang is the language of the pages: sv or en.
	Lang string `yaml:"lang" example:"sv"`
	// PageEvery is how long a page stays.
	PageEvery time.Duration `yaml:"page_every" example:"5s"`
}

// DefaultOptions returns no outputs, and what holds for those that are named.
func DefaultOptions() Options {
	return Options{
		Relay:   Relay{FailSafe: true},
		Mute:    Mute{For: 30 * time.Minute},
		Display: Display{Bus: "1", Address: 0x3c, SPI: "0.0", Lang: "sv", PageEvery: 5 * time.Second},
	}
}

// Any reports whether anything is configured.
func (o *Options) Any() bool {
	return o.LED.Used() || o.Buzzer.Used() || o.Relay.Used() || o.Display.Used() || o.Mute.Used()
}

// Used reports whether the line is there.
func (p Pin) Used() bool { return p.Line != "" }

// Used reports whether there is a display.
func (d Display) Used() bool { return d.Driver != "" }

// Used reports whether there is a button.
func (m Mute) Used() bool { return m.Line != "" }

// request returns the button's line: low while it is pressed.
func (m Mute) request() contact.Request {
	return contact.Request{Name: "mute", Role: Button, Chip: m.Chip, Line: m.Line, ActiveLow: true,
		Bias: contact.PullUp, Debounce: 30 * time.Millisecond}
}

// Validate reports every mistake in o.
func (o *Options) Validate(r *strictyaml.Report) {
	pins := []struct {
		key string
		pin Pin
	}{
		{"led", o.LED}, {"buzzer", o.Buzzer}, {"relay", o.Relay.Pin}, {"mute", Pin{Chip: o.Mute.Chip, Line: o.Mute.Line}},
		{"display.dc", o.Display.DC}, {"display.reset", o.Display.Reset},
	}
	taken := map[Pin]string{}
	for _, p := range pins {
		p.pin.ActiveLow = false
		if p.pin == (Pin{}) {
			continue
		}
		p.pin.validate(r, p.key)
		if other := taken[p.pin]; other != "" {
			r.Bad(p.key+".line", p.pin.Line, "a line that "+other+" does not have", "GPIO25")
		}
		taken[p.pin] = p.key
	}
	if o.Mute.For < time.Minute || o.Mute.For > 24*time.Hour {
		r.Bad("mute.for", o.Mute.For, "1m to 24h", "30m")
	}
	if o.Mute.Used() && !o.Buzzer.Used() {
		r.Bad("mute.line", o.Mute.Line, "no button, since there is no buzzer", "")
	}
}

// validate reports a line that cannot be found.
func (p Pin) validate(r *strictyaml.Report, key string) {
	switch {
	case p.Line == "":
		r.Bad(key+".line", nil, "the name of a GPIO line, or its number together with chip", "GPIO22")
	case p.Chip == "" && strings.Trim(p.Line, "0123456789") == "":
		r.Bad(key+".chip", nil, "a chip, since the line is given by number", "pinctrl-bcm2711")
	}
}

// Validate reports every mistake in d.
func (d *Display) Validate(r *strictyaml.Report) {
	most := 255
	switch d.Driver {
	case "":
		return
	case SSD1306:
		if strings.Trim(d.Bus, "0123456789") != "" || d.Bus == "" {
			r.Bad("bus", d.Bus, "N of /dev/i2c-N", "1")
		}
		if d.Address != 0x3c && d.Address != 0x3d {
			r.Bad("address", d.Address, "0x3c or 0x3d", "0x3c")
		}
		for key, pin := range map[string]Pin{"dc": d.DC, "reset": d.Reset} {
			if pin != (Pin{}) {
				r.Bad(key, pin.Line, "no "+key+", since ssd1306 is driven over I2C", "")
			}
		}
	case ST7567:
		most = 63
		if _, _, ok := spiNumbers(d.SPI); !ok {
			r.Bad("spi", d.SPI, "B.C of /dev/spidevB.C", "0.0")
		}
		for key, pin := range map[string]Pin{"dc": d.DC, "reset": d.Reset} {
			if pin == (Pin{}) {
				r.Bad(key, nil, "the line that st7567 has for "+key, "{line: GPIO6}")
			}
		}
	default:
		r.Bad("driver", d.Driver, "ssd1306 or st7567", SSD1306)
	}
	if d.Contrast < 0 || d.Contrast > most {
		r.Bad("contrast", d.Contrast, "1 to 255 for ssd1306, 1 to 63 for st7567", "40")
	}
	if d.Lang != "sv" && d.Lang != "en" {
		r.Bad("lang", d.Lang, "sv or en", "sv")
	}
	if d.PageEvery < 2*time.Second || d.PageEvery > time.Minute {
		r.Bad("page_every", d.PageEvery, "2s to 1m", "5s")
	}
}
