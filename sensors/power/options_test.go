package power_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rackvakt/sensors/power"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// file is where the options stand in a configuration.
type file struct {
	Power []power.Options `yaml:"power"`
}

func TestOptions(t *testing.T) {
	var f file
	err := strictyaml.Decode("f.yaml", []byte(`power:
  - {name: supply, driver: ina219, rails: [{name: 5v, max_ma: 3200}]}
  - name: board
    driver: ina3221
    bus: "3"
    address: 0x41
    every: 10s
    rails:
      - {name: 12v, channel: 1, shunt_uohm: 50000}
      - {name: battery, channel: 3, reversed: true, battery: {capacity_mwh: 18500, load_mw: 6000}}
`), &f).Err()
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Power[0].Source(); got != "ina219 i2c-1 0x40" {
		t.Errorf("source %q", got)
	}
	b := f.Power[1].Rails[1]
	if b.ShuntMicroOhm != 100_000 || b.Battery.Chemistry != power.LiIon || b.Battery.Cells != 1 || b.Battery.ReservePercent != 10 {
		t.Errorf("defaults of a rail: %+v", b)
	}
	if got := f.Power[1].Point(power.HoldUp, reading.Remaining).String(); got != "board/hold-up:remaining_seconds" {
		t.Errorf("point %s", got)
	}
}

func TestOptionsRefused(t *testing.T) {
	problems := strictyaml.Decode("f.yaml", []byte(`power:
  - {name: a b, driver: ina219, bus: one, address: 0x50, every: 1ms, deadline: 1h, rails: [{name: 5v, channel: 1, max_ma: 3201}, {name: 12v}]}
  - {name: x, driver: ina260}
  - {name: y, driver: ina226, rails: []}
  - name: z
    driver: ina3221
    address: 0x44
    rails:
      - {name: hold-up, channel: 4, shunt_uohm: 1, battery: {capacity_mwh: 1, cells: 0, reserve: 99, chemistry: coal, load_mw: -1, resistance_mohm: -1}}
      - {name: a, channel: 2, shunt_tolerance: 300, battery: {capacity_mwh: 5000, curve: [{mv: 3000, percent: 0}, {mv: 4000, percent: 100}]}}
      - {name: a, channel: 2, battery: {capacity_mwh: -5}}
`), new(file))
	want := `f.yaml:2:6: power[0].name: found "a b"; want a name without spaces, slashes and colons, for example power
f.yaml:2:33: power[0].bus: found "one"; want the number N of /dev/i2c-N, for example 1
f.yaml:2:43: power[0].address: found "0x50"; want 0x40 to 0x4f for ina219, for example 0x40
f.yaml:2:58: power[0].every: found "1ms"; want 1s to 10m, for example 5s
f.yaml:2:70: power[0].deadline: found "1h0m0s"; want 1s to 1m, for example 3s
f.yaml:2:84: power[0].rails: found "2 rails"; want at least one, at most 1 for ina219, for example [{name: 5v}]
f.yaml:2:103: power[0].rails[0].channel: found "1"; want no channel, since ina219 has one only
f.yaml:2:115: power[0].rails[0].max_ma: found "3201"; want at most 3200 with this shunt, for example 3200
f.yaml:3:15: power[1].driver: found "ina260"; want ina219, ina226 or ina3221, for example ina219
f.yaml:4:31: power[2].rails: found "0 rails"; want at least one, at most 1 for ina226, for example [{name: 5v}]
f.yaml:7:5: power[3].address: found "0x44"; want 0x40 to 0x43 for ina3221, for example 0x40
f.yaml:9:10: power[3].rails[0].name: found "hold-up"; want a name that no other rail has, not hold-up, for example 5v
f.yaml:9:25: power[3].rails[0].channel: found "4"; want 1 to 3, each once, for example 1
f.yaml:9:37: power[3].rails[0].shunt_uohm: found "1"; want 100 to 10000000 micro-ohm, for example 100000
f.yaml:9:62: power[3].rails[0].battery.capacity_mwh: found "1"; want 100 to 10000000, for example 18500
f.yaml:9:79: power[3].rails[0].battery.cells: found "0"; want 1 to 24, for example 1
f.yaml:9:89: power[3].rails[0].battery.reserve: found "99"; want 0 to 90, for example 10
f.yaml:9:102: power[3].rails[0].battery.chemistry: found "coal"; want li_ion, lifepo4, lead_acid or nimh, for example li_ion
f.yaml:9:119: power[3].rails[0].battery.load_mw: found "-1"; want 0 to 1000000, for example 6000
f.yaml:9:132: power[3].rails[0].battery.resistance_mohm: found "-1"; want 0 to 10000, for example 100
f.yaml:10:31: power[3].rails[1].shunt_tolerance: found "300"; want 0 to 200, in 0.1 %, for example 10
f.yaml:10:53: power[3].rails[1].battery: found "a second battery"; want one hold-up battery for each chip
f.yaml:10:83: power[3].rails[1].battery.curve: found "2 points"; want at least two points, voltage and percent both falling from 100 to 0, for example [{mv: 4150, percent: 100}, {mv: 3300, percent: 0}]
f.yaml:11:10: power[3].rails[2].name: found "a"; want a name that no other rail has, not hold-up, for example 5v
f.yaml:11:19: power[3].rails[2].channel: found "2"; want 1 to 3, each once, for example 1
f.yaml:11:41: power[3].rails[2].battery.capacity_mwh: found "-5"; want what the battery holds, or 0 for none, for example 18500`
	if d := cmp.Diff(want, problems.Error()); d != "" {
		t.Error(d)
	}
}
