package alarm_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// Points of parts.
var (
	fan       = reading.Point{Device: "sw1", Object: "fan 1", Kind: reading.FanState}
	fan2      = reading.Point{Device: "sw1", Object: "fan 2", Kind: reading.FanState}
	psu       = reading.Point{Device: "sw1", Object: "psu 1", Kind: reading.SupplyState}
	heat      = reading.Point{Device: "sw1", Object: "inlet", Kind: reading.HeatState}
	poe       = reading.Point{Device: "sw1", Object: "poe 1", Kind: reading.PoEState}
	poePower  = reading.Point{Device: "sw1", Object: "poe 1", Kind: reading.PoEPower}
	poeBudget = reading.Point{Device: "sw1", Object: "poe 1", Kind: reading.PoEBudget}
	optic     = reading.Point{Device: "sw1", Object: "Gi1/0/48", Kind: reading.OpticState}
	apOptic   = reading.Point{Device: "sw1", Object: "Gi1/0/7", Kind: reading.OpticState}
	strangers = reading.Point{Device: "sw1", Object: "Gi1/0/9", Kind: reading.IfUnknownNeighbours}
	other     = reading.Point{Device: "sw1", Object: "stack", Kind: reading.PartState}
	speed     = reading.Point{Device: "sw1", Object: "Gi1/0/48", Kind: reading.IfSpeed}
	duplex    = reading.Point{Device: "sw1", Object: "Gi1/0/48", Kind: reading.IfDuplex}
	errorRate = reading.Point{Device: "sw1", Object: "Gi1/0/48", Kind: reading.IfErrorRate}
	replace   = reading.Point{Device: "ups1", Kind: reading.UPSReplace}
	overload  = reading.Point{Device: "ups1", Kind: reading.UPSOverload}
	battery   = reading.Point{Device: "ups1", Object: "battery 1", Kind: reading.BatteryState}
	upsFan    = reading.Point{Device: "ups1", Object: "fan", Kind: reading.FanState}
	runtime   = reading.Point{Device: "ups1", Kind: reading.UPSRuntime}
)

const gigabit = 1_000_000_000

// sound sets every part to what it is on a good day; the switch has run for a month.
func (c *closet) sound() *closet {
	c.healthy()
	for _, p := range []reading.Point{fan, fan2, psu, heat, poe, optic, apOptic, strangers, other, errorRate, replace, overload, battery, upsFan} {
		c.set(p, 0)
	}
	c.set(speed, gigabit)
	c.set(duplex, reading.DuplexFull)
	c.set(poePower, 100_000)
	c.set(poeBudget, 370_000)
	c.set(runtime, 3600)
	if _, ok := c.boot["sw1"]; !ok {
		c.boot["sw1"] = c.now.Add(-30 * 24 * time.Hour)
	}
	return c
}

func partsPlan() alarm.Plan {
	p := fullPlan()
	p.Neighbours = true
	return p
}

// outfit is a sound closet that has run a while and told nothing.
func outfit(t *testing.T, plan alarm.Plan) *closet {
	c := newCloset(t, plan).sound()
	c.run(5 * time.Second)
	c.want()
	return c
}

func TestPartsRaiseAndClear(t *testing.T) {
	set := func(p reading.Point, v int64) func(*closet) { return func(c *closet) { c.set(p, v) } }
	for _, x := range []struct {
		name     string
		fault    func(*closet)
		alarm    string // code and object; "" for none
		severity alarm.Severity
		class    alarm.Class
	}{
		{"fan warns", set(fan, reading.PartWarning), "switch.fan sw1/fan 1", alarm.Warning, alarm.Switch},
		{"fan fails", set(fan, reading.PartCritical), "switch.fan sw1/fan 1", alarm.Critical, alarm.Switch},
		{"hot", set(heat, reading.PartCritical), "switch.temperature sw1/inlet", alarm.Critical, alarm.Switch},
		{"supply", set(psu, reading.PartCritical), "switch.psu sw1/psu 1", alarm.Warning, alarm.Switch},
		{"poe fails", set(poe, reading.PartCritical), "switch.poe sw1/poe 1", alarm.Warning, alarm.Switch},
		{"poe is full", set(poePower, 340_000), "switch.poe sw1/poe 1", alarm.Warning, alarm.Switch},
		{"poe has room", set(poePower, 330_000), "", 0, ""},
		{"poe fails and is full", func(c *closet) { c.set(poePower, 360_000); c.set(poe, 1) }, "switch.poe sw1/poe 1", alarm.Warning, alarm.Switch},
		{"optic of the uplink", set(optic, reading.PartWarning), "link.optic_weak sw1/Gi1/0/48", alarm.Warning, alarm.Access},
		{"optic of another port", set(apOptic, reading.PartCritical), "", 0, ""},
		{"another part", set(other, reading.PartCritical), "", 0, ""},
		{"unknown neighbour", set(strangers, 2), "port.unknown_neighbour sw1/Gi1/0/9", alarm.Warning, alarm.Switch},
		{"battery to replace", set(replace, 1), "power.battery_replace ups1", alarm.Warning, alarm.RoomPower},
		{"battery bad, told twice", func(c *closet) { c.set(replace, 1); c.set(battery, 2) }, "power.battery_replace ups1", alarm.Warning, alarm.RoomPower},
		{"overload", set(overload, 1), "power.overload ups1", alarm.Warning, alarm.RoomPower},
		{"fan of the ups", set(upsFan, reading.PartCritical), "power.ups_fault ups1/fan", alarm.Warning, alarm.RoomPower},
		{"slow", set(speed, gigabit/10), "link.speed_fallback sw1/Gi1/0/48", alarm.Warning, alarm.Access},
		{"speed not told", set(speed, 0), "", 0, ""},
		{"half duplex", set(duplex, reading.DuplexHalf), "link.speed_fallback sw1/Gi1/0/48", alarm.Warning, alarm.Access},
		{"errors", set(errorRate, 1001), "link.errors sw1/Gi1/0/48", alarm.Warning, alarm.Access},
		{"few errors", set(errorRate, 1000), "", 0, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := outfit(t, partsPlan())
			x.fault(c)
			began := c.now
			c.run(15 * time.Minute)
			if x.alarm == "" {
				c.want()
				return
			}
			ch := c.changes[0]
			if ch.Severity != x.severity || ch.Class != x.class || len(ch.Evidence) == 0 || ch.Since != began {
				t.Errorf("%+v, want severity %d, class %s, since %v", ch, x.severity, x.class, began.Mono)
			}
			c.want("raise " + x.alarm)
			c.sound()
			c.run(15 * time.Minute)
			c.want("clear " + x.alarm)
		})
	}
}

// A rule comes with the first reading of its point; a port without unknown
// neighbours has none, and none is judged where nobody listed the known ones.
func TestRulesOfPartsComeWithTheirReadings(t *testing.T) {
	codes := func(c *closet) []string {
		var list []string
		for _, k := range c.e.Conditions() {
			if slices.Contains([]alarm.Code{alarm.SwitchFan, alarm.LinkOptic, alarm.PortNeighbour, alarm.PowerReplace}, k.Code) {
				list = append(list, string(k.Code)+" "+k.Object)
			}
		}
		return list
	}
	c := newCloset(t, partsPlan()).healthy()
	c.run(2 * time.Second)
	if got := codes(c); len(got) != 0 {
		t.Errorf("before any reading: %v", got)
	}
	c.sound()
	c.round()
	for _, k := range c.e.Conditions() {
		if k.Code == alarm.PortNeighbour {
			t.Errorf("a port without unknown neighbours has a rule: %s", k.Object)
		}
	}
	c.set(strangers, 1)
	c.run(2 * time.Second)
	want := []string{"link.optic_weak sw1/Gi1/0/48", "switch.fan sw1/fan 1", "switch.fan sw1/fan 2", "port.unknown_neighbour sw1/Gi1/0/9", "power.battery_replace ups1"}
	if got := codes(c); !slices.Equal(got, want) {
		t.Errorf("rules %v, want %v", got, want)
	}
	plan := partsPlan()
	plan.Neighbours = false
	c.e.Replan(plan, c.now)
	if got := codes(c); !slices.Equal(got, slices.Delete(want, 3, 4)) {
		t.Errorf("after the plan changed: %v", got)
	}
	plan.Switches, plan.UPS = nil, nil
	c.e.Replan(plan, c.now)
	if got := codes(c); len(got) != 0 {
		t.Errorf("of devices that are gone: %v", got)
	}
}

// A part that is not told of stays what it was; one that is read again is judged.
func TestUnknownPartStaysAsItIs(t *testing.T) {
	c := outfit(t, partsPlan())
	c.spoil(fan, reading.Unknown)
	c.run(time.Hour)
	c.want()
	c.set(fan, 2)
	c.run(5 * time.Minute)
	c.want("raise switch.fan sw1/fan 1")
	c.spoil(fan, reading.Unknown)
	c.run(time.Hour)
	c.want()
	c.set(fan, 0)
	c.run(5 * time.Minute)
	c.want("clear switch.fan sw1/fan 1")
}

// One of the points that tell of a battery calls it bad and is then not told: the
// other, which never did, does not end the alarm.
func TestOneOfTwoWordsOnABattery(t *testing.T) {
	c := outfit(t, partsPlan())
	c.set(replace, 1)
	c.run(10 * time.Minute)
	c.want("raise power.battery_replace ups1")
	c.spoil(replace, reading.Unknown)
	c.run(time.Hour)
	c.want()
	c.set(replace, 0)
	c.run(10 * time.Minute)
	c.want("clear power.battery_replace ups1")
}

func TestPoEShare(t *testing.T) {
	plan := partsPlan()
	plan.PoEShare = 50
	c := outfit(t, plan)
	for _, x := range []struct {
		watts int64
		want  []string
	}{
		{185, nil}, {189, []string{"raise switch.poe sw1/poe 1"}}, {175, nil}, {166, []string{"clear switch.poe sw1/poe 1"}}, {185, nil},
	} {
		c.set(poePower, 1000*x.watts)
		c.run(10 * time.Minute)
		c.want(x.want...)
	}
	plan.PoEShare = -1
	c.e.Replan(plan, c.now)
	c.set(poePower, 370_000)
	c.run(10 * time.Minute)
	c.want()
}

// The alarm on a part that never comes back ends a day later, for the device
// answers all the while; a device that is silent says nothing about its parts.
func TestPartThatIsGoneIsForgotten(t *testing.T) {
	c := outfit(t, partsPlan())
	c.set(fan, 2)
	c.run(5 * time.Minute)
	c.want("raise switch.fan sw1/fan 1")
	c.spoil(fan, reading.Unknown)
	c.slowly(23 * time.Hour)
	c.want()
	c.slowly(2 * time.Hour)
	if ch := c.find(alarm.Clear, alarm.SwitchFan); ch.Reason != alarm.ReasonNotWatched {
		t.Errorf("reason %q", ch.Reason)
	}
	c.got()
	c.set(fan, 2)
	c.run(5 * time.Minute)
	c.want("raise switch.fan sw1/fan 1")
}

// The agent starts again while a fan is broken.
func TestRestoredPart(t *testing.T) {
	restart := func(t *testing.T) (*closet, alarm.Change) {
		c := outfit(t, partsPlan())
		c.set(fan, 2)
		c.set(optic, 1)
		c.run(5 * time.Minute)
		open := c.e.Open()
		was := c.find(alarm.Raise, alarm.SwitchFan)
		c.want("raise link.optic_weak sw1/Gi1/0/48", "raise switch.fan sw1/fan 1")
		c.e = alarm.New(partsPlan(), c.occ, c.now)
		c.e.Restore(open)
		return c, was
	}
	without := func(c *closet, points ...reading.Point) {
		c.order = slices.DeleteFunc(c.order, func(p reading.Point) bool { return slices.Contains(points, p) })
	}
	t.Run("still broken, then mended", func(t *testing.T) {
		c, was := restart(t)
		without(c, fan)
		c.run(10 * time.Minute)
		c.want()
		c.order = append(c.order, fan)
		c.run(10 * time.Minute)
		c.want()
		c.set(fan, 0)
		c.run(10 * time.Minute)
		if ch := c.find(alarm.Clear, alarm.SwitchFan); ch.Occ != was.Occ || ch.Reason != alarm.ReasonRestored {
			t.Errorf("%+v, was %s", ch, was.Occ)
		}
	})
	t.Run("never told of again", func(t *testing.T) {
		c, was := restart(t)
		without(c, fan)
		c.run(14 * time.Minute)
		c.want()
		c.run(2 * time.Minute)
		if ch := c.find(alarm.Clear, alarm.SwitchFan); ch.Occ != was.Occ || ch.Reason != alarm.ReasonNotWatched {
			t.Errorf("%+v, was %s", ch, was.Occ)
		}
		c.want("clear switch.fan sw1/fan 1")
	})
	t.Run("the switch does not answer", func(t *testing.T) {
		c, _ := restart(t)
		without(c, fan, optic)
		c.set(sw1, 0)
		c.run(20 * time.Minute)
		c.want("raise switch.unreachable sw1")
		c.set(sw1, 1)
		c.run(14 * time.Minute)
		c.want("clear switch.unreachable sw1")
		c.run(2 * time.Minute)
		c.want("clear link.optic_weak sw1/Gi1/0/48", "clear switch.fan sw1/fan 1")
	})
	t.Run("the uplink is another", func(t *testing.T) {
		c, _ := restart(t)
		open := c.e.Open()
		plan := partsPlan()
		plan.Uplinks = []alarm.Port{{Device: "sw1", Port: "Gi1/0/7"}}
		c.e = alarm.New(plan, c.occ, c.now)
		c.e.Restore(open)
		c.run(time.Second)
		c.want("clear link.optic_weak sw1/Gi1/0/48")
	})
}

// A dead switch stands before its own parts, and no other's.
func TestDeadSwitchStandsBeforeItsParts(t *testing.T) {
	plan := partsPlan()
	plan.Switches = append(plan.Switches, "sw2")
	up2, fanOf2 := reading.Point{Device: "sw2", Kind: reading.DeviceUp}, reading.Point{Device: "sw2", Object: "fan", Kind: reading.FanState}
	c := newCloset(t, plan)
	c.set(up2, 1)
	c.set(fanOf2, 0)
	c.boot["sw2"] = start.Add(-time.Hour)
	c.sound()
	c.run(5 * time.Second)
	c.set(sw1, 0)
	c.set(fan, 2)
	c.set(fanOf2, 2)
	c.run(5 * time.Minute)
	c.want("raise switch.unreachable sw1", "raise switch.fan sw2/fan")
	for _, k := range c.e.Conditions() {
		if k.Key == (alarm.Key{Code: alarm.SwitchFan, Object: "sw1/fan 1"}) && (k.Truth != alarm.Unsure || k.Parent != alarm.SwitchUnreachable) {
			t.Errorf("behind a silent switch: %+v", k)
		}
	}
	c.set(sw1, 1)
	c.run(10 * time.Minute)
	c.want("clear switch.unreachable sw1", "raise switch.fan sw1/fan 1")
}

// What was read before the switch fell silent is not judged after, however long it
// counts as fresh.
func TestPartIsReadAgainBehindADeadSwitch(t *testing.T) {
	plan := partsPlan()
	plan.FreshDevice = map[string]time.Duration{"sw1": time.Hour}
	c := outfit(t, plan)
	c.set(fan, 2)
	c.round()
	c.order = slices.DeleteFunc(c.order, func(p reading.Point) bool { return p == fan })
	c.set(sw1, 0)
	c.run(time.Minute)
	c.set(sw1, 1)
	c.run(20 * time.Minute)
	c.want("raise switch.unreachable sw1", "clear switch.unreachable sw1")
}

// A supply that vanishes from a switch that answers and runs on was pulled out or
// died; one that is unknown for another reason, or after a restart, is not told.
func TestSupplyThatIsGone(t *testing.T) {
	gone := func(t *testing.T, reason string) *closet {
		c := outfit(t, partsPlan())
		c.spoil(psu, reading.Unknown)
		c.reason[psu] = reason
		return c
	}
	t.Run("pulled out and put back", func(t *testing.T) {
		c := gone(t, "not told")
		c.run(9 * time.Minute)
		c.want()
		c.run(2 * time.Minute)
		if ch := c.find(alarm.Raise, alarm.SwitchPSU); ch.Evidence[0].Say != "supply_gone" {
			t.Errorf("evidence %+v", ch.Evidence)
		}
		c.slowly(48 * time.Hour)
		c.want("raise switch.psu sw1/psu 1")
		c.set(psu, 0)
		c.run(5 * time.Minute)
		c.want("clear switch.psu sw1/psu 1")
	})
	t.Run("the switch starts without it", func(t *testing.T) {
		c := gone(t, "not told")
		c.run(15 * time.Minute)
		c.boot["sw1"] = c.now
		c.run(20 * time.Minute)
		c.want("raise switch.psu sw1/psu 1", "raise switch.restarted sw1", "clear switch.restarted sw1", "clear switch.psu sw1/psu 1")
	})
	t.Run("not read", func(t *testing.T) {
		c := gone(t, "not read")
		c.run(time.Hour)
		c.want()
	})
	t.Run("a fan comes and goes", func(t *testing.T) {
		c := gone(t, "not told")
		c.set(psu, 0)
		c.spoil(fan, reading.Unknown)
		c.reason[fan] = "not told"
		c.run(time.Hour)
		c.want()
	})
}

// A power cut makes a UPS call its battery low, and a switch one of its two
// supplies dead: it is the power, and nothing else is told.
func TestPowerCutBlamesNoPart(t *testing.T) {
	c := outfit(t, partsPlan())
	c.set(mains, 0)
	c.set(upsFrom, reading.UPSSourceBattery)
	c.set(battery, 2)
	c.set(upsFan, 1)
	c.set(psu, 2)
	c.run(20 * time.Minute)
	c.want("raise power.mains_lost mains", "raise power.on_battery ups1")
	c.set(mains, 1)
	c.set(psu, 0)
	c.set(upsFrom, reading.UPSSourceNormal)
	c.set(upsBatt, reading.UPSBatteryLow) // it charges
	c.run(10 * time.Minute)
	c.want("raise power.battery_low ups1", "clear power.mains_lost mains", "clear power.on_battery ups1")
	c.set(upsBatt, reading.UPSBatteryNormal)
	c.set(battery, 0)
	c.set(upsFan, 0)
	c.run(10 * time.Minute)
	c.want("clear power.battery_low ups1")
}

// How long the battery lasts is told with what runs on it.
func TestMinutesLeft(t *testing.T) {
	plan := partsPlan()
	plan.BatteryLow = 10 * time.Minute
	for _, x := range []struct {
		name    string
		battery int64
		left    int64
		code    alarm.Code
		want    string
	}{
		{"on battery", reading.UPSBatteryNormal, 2700, alarm.PowerOnBattery, "batteriet räcker, 45 min"},
		{"its own word", reading.UPSBatteryLow, 1500, alarm.PowerBatteryLow, "batteriet räcker, 25 min"},
		{"less than wanted", reading.UPSBatteryNormal, 300, alarm.PowerBatteryLow, "batteriet räcker, 5 min"},
		{"seconds", reading.UPSBatteryLow, 90, alarm.PowerBatteryLow, "batteriet räcker, 90 s"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := outfit(t, plan)
			c.set(upsFrom, reading.UPSSourceBattery)
			c.set(upsBatt, x.battery)
			c.set(runtime, x.left)
			c.run(10 * time.Second)
			for _, party := range alarm.Parties() {
				if all := flat(c.find(alarm.Raise, x.code).Render(alarm.View{Party: party})); !strings.Contains(all, x.want) {
					t.Errorf("%s reads %s", party, all)
				}
			}
		})
	}
}
