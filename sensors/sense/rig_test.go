package sense_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"periph.io/x/conn/v3/i2c"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/power"
	"rackvakt/sensors/sense"
	"rackvakt/sensors/sensortest"
	"rackvakt/sensors/sensortest/chip"
	"rackvakt/sensors/strictyaml"
)

// rig is a board with an I2C bus of chips that answer by their datasheets.
type rig struct {
	bare
	hw  *sensortest.Hardware
	inv board.Inventory
}

func (r rig) OpenBus(name string) (i2c.BusCloser, error) { return r.hw.OpenBus(name) }
func (r rig) List(context.Context) board.Inventory       { return r.inv }

// Mistakes of wiring on real drivers: what the chips do is named as what it is.
func TestMistakesOnTheBus(t *testing.T) {
	var bus chip.Bus
	sht, mcp, rail := chip.NewSHT4x(), chip.NewMCP9808(), chip.NewINA219(100_000)
	sht.Set(21_400, 41_000)
	mcp.Set(22_500)
	bus.Plug(0x44, sht)
	bus.Plug(0x18, mcp)
	bus.Plug(0x19, chip.NewTMP102())
	bus.Plug(0x40, rail)
	b := rig{hw: &sensortest.Hardware{Bus: bus.Tx}, inv: board.Inventory{Buses: []board.Bus{{Name: "1", Devices: []board.Device{
		{Address: 0x18, Likely: "MCP9808", Driver: "mcp9808", Sure: true}, {Address: 0x19, Likely: "MCP9808"},
		{Address: 0x40, Likely: "INA219", Driver: "ina219"}, {Address: 0x44, Likely: "SHT4x", Driver: "sht4x", Sure: true},
	}}}}}
	s := setup(b, nil, nil)
	for _, c := range []struct {
		position string
		driver   climate.Driver
		addr     uint16
	}{{"inlet", climate.MCP9808, 0x18}, {"outlet", climate.MCP9808, 0x19}, {"room", climate.SHT4x, 0x44}} {
		o := climate.DefaultOptions()
		o.Name, o.Position, o.Driver, o.Address = "climate", c.position, c.driver, c.addr
		s.Climate = append(s.Climate, o)
	}
	var five power.Options
	five.SetDefaults()
	five.Name, five.Driver, five.Rails = "power", power.INA219, make([]power.Rail, 1)
	five.Rails[0].SetDefaults()
	five.Rails[0].Name = "5v"
	s.Power = []power.Options{five}
	expect := func(want ...string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			var got []string
			for _, m := range sense.Read(t.Context(), s).Mistakes {
				got = append(got, strings.Fields(m.Where)[0]+" "+m.Code)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	const outlet = "climate/outlet another_chip"
	expect(outlet)
	bus.Break(0x44, chip.BadLast)
	bus.Break(0x18, chip.NoAnswer)
	bus.Break(0x40, chip.NoAnswer)
	expect("climate/inlet no_answer", outlet, "climate/room bad_checksum", "power/5v no_answer")
	bus.Stick(true)
	expect("climate/inlet no_answer_in_time", "climate/outlet no_answer_in_time", "climate/room no_answer_in_time", "power/5v no_answer_in_time")
}

// What stands in the comments of a snippet is right too, once its mark is taken away.
func TestCommentsOfSnippet(t *testing.T) {
	inv := board.Inventory{
		Chips: []board.Chip{{Label: "pinctrl-bcm2711", Lines: []board.Pin{{Offset: 2, Name: "GPIO2"}, {Offset: 5, Name: "GPIO5", Output: true}, {Offset: 6, Name: "GPIO6", Used: true}, {Offset: 17, Name: "GPIO17"}}}},
		Buses: []board.Bus{{Name: "1", Devices: []board.Device{
			{Address: 0x40, Likely: "INA219", Driver: "ina219"}, {Address: 0x41, Likely: "INA3221", Driver: "ina3221", Sure: true},
			{Address: 0x48, Likely: "ADS1115", Driver: "ads1115"}, {Address: 0x68, Likely: "DS3231 clock"},
		}}},
	}
	r := sense.Read(t.Context(), setup(rig{hw: &sensortest.Hardware{}, inv: inv}, nil, nil))
	var b strings.Builder
	if err := r.Snippet(&b, sense.English); err != nil {
		t.Fatal(err)
	}
	golden(t, "comments.en.yaml", b.String())
	var cfg struct {
		Contacts []contact.Options `yaml:"contacts"`
		Power    []power.Options   `yaml:"power"`
	}
	for _, line := range regexp.MustCompile(`(?m)^ *# {1,2}.*(- \{name: door|power: ).*$`).FindAllString(b.String(), -1) {
		line = strings.TrimLeft(line, " #")
		if strings.HasPrefix(line, "-") {
			line = "contacts:\n" + line
		}
		if err := strictyaml.Decode("comment", []byte(line), &cfg).Err(); err != nil {
			t.Errorf("%v in %q", err, line)
		}
	}
	if len(cfg.Contacts) != 1 || cfg.Contacts[0].Line != "GPIO17" || len(cfg.Power) != 1 {
		t.Errorf("%+v", cfg)
	}
	loop := regexp.MustCompile(`supervised: \{.*\}`).FindString(b.String())
	if err := strictyaml.Decode("comment", []byte("contacts:\n- {name: door, role: door, "+loop+"}"), &cfg).Err(); err != nil || !cfg.Contacts[0].Supervised.Used() {
		t.Errorf("%q: %v", loop, err)
	}
}
