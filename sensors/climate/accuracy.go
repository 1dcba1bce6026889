package climate

// band is how far off a value between from and to may be either way, 0.001 °C or %.
type band struct{ from, to, off int64 }

// accuracy is what a datasheet promises; the first band that fits counts, and the
// widest where none does.
type accuracy struct {
	temperature, humidity []band
}

// accuracies are the limits that the datasheets state as maximum. Sensirion and TI
// state only a typical value as a number and the maximum as a figure: there twice
// the typical value stands. Sources as in the table of the package comment.
var accuracies = map[Driver]accuracy{
	MCP9808: {temperature: []band{{-20_000, 100_000, 500}, {-40_000, 125_000, 1_000}}},
	TMP102:  {temperature: []band{{-25_000, 85_000, 2_000}, {-55_000, 128_000, 3_000}}},
	LM75:    {temperature: []band{{-25_000, 100_000, 2_000}, {-55_000, 125_000, 3_000}}},
	SHT3x: { // SHT30: 0.2 °C from 0 to 65, 2 %
		temperature: []band{{0, 65_000, 400}, {-40_000, 125_000, 1_200}},
		humidity:    []band{{0, 100_000, 4_000}},
	},
	SHT4x: { // SHT40: 0.2 °C, 1.8 %
		temperature: []band{{0, 65_000, 400}, {-40_000, 125_000, 1_200}},
		humidity:    []band{{0, 100_000, 3_600}},
	},
	HDC302x: { // 0.1 °C, 0.5 %
		temperature: []band{{0, 65_000, 200}, {-40_000, 125_000, 800}},
		humidity:    []band{{10_000, 70_000, 1_000}, {0, 100_000, 2_000}},
	},
	BME280: {
		temperature: []band{{0, 65_000, 1_000}, {-20_000, 65_000, 1_250}, {-40_000, 85_000, 1_500}},
		humidity:    []band{{0, 100_000, 3_000}},
	},
	BMP280:  {temperature: []band{{0, 65_000, 1_000}, {-40_000, 85_000, 1_500}}},
	DS18B20: {temperature: []band{{-10_000, 85_000, 500}, {-30_000, 100_000, 1_000}, {-55_000, 125_000, 2_000}}},
}

// kernelChips are the names by which the kernel calls chips of the table above.
// jc42 serves the MCP9808 and coarser chips of memory modules: JEDEC JC-42.4
// grade B, 2 °C between 40 and 125.
var kernelChips = map[string]accuracy{
	"sht3x": accuracies[SHT3x], "sht4x": accuracies[SHT4x],
	"tmp102": accuracies[TMP102], "lm75": accuracies[LM75], "lm75a": accuracies[LM75],
	"jc42": {temperature: []band{{75_000, 95_000, 1_000}, {40_000, 125_000, 2_000}, {-20_000, 125_000, 3_000}}},
}

// accuracyOf returns what is promised for the chip of o; nothing for a chip of the
// kernel that is not known.
func accuracyOf(o Options) accuracy {
	if o.Driver == HWMon {
		return kernelChips[o.Chip]
	}
	return accuracies[o.Driver]
}

// at returns how far off v may be; 0 where nothing is promised.
func at(bands []band, v int64) int64 {
	widest := int64(0)
	for _, b := range bands {
		if v >= b.from && v <= b.to {
			return b.off
		}
		widest = max(widest, b.off)
	}
	return widest
}
