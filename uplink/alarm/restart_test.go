package alarm_test

import (
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

func TestRestart(t *testing.T) {
	uptime := reading.Point{Device: "sw1", Kind: reading.DeviceUptime}
	const day = 24 * time.Hour
	for _, x := range []struct {
		name     string
		ran, now time.Duration // before, and after a gap
		gap      time.Duration
		told     bool
	}{
		{"after a month", 30 * day, 40 * time.Second, 2 * time.Minute, true},
		{"up longer than before", 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, true},
		{"no restart", 30 * day, 30*day + 2*time.Minute, 2 * time.Minute, false},
		{"an old uptime is told", 30 * day, 30*day - 10*time.Second, time.Second, false},
		{"an old uptime is told, soon after a start", 5 * time.Minute, 5*time.Minute - 10*time.Second, time.Second, false},
		{"a slow clock", 30 * day, 30*day + time.Hour - time.Minute, time.Hour, false},
		{"wrap", (1<<32)*10*time.Millisecond - 10*time.Second, 5 * time.Second, 15 * time.Second, false},
		{"restart just before the wrap", (1<<32)*10*time.Millisecond - 100*time.Second, 5 * time.Second, 15 * time.Second, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			plan := alarm.Plan{Switches: []string{"sw1"}, Fresh: map[reading.Kind]time.Duration{reading.DeviceUp: 3 * time.Hour},
				FreshDevice: map[string]time.Duration{"sw1": 2 * time.Minute}}
			c := newCloset(t, plan)
			tell := func(d time.Duration) {
				c.step(reading.Batch{Readings: []reading.Reading{{Point: sw1, Value: 1, Quality: reading.Good, At: c.now}, {Point: uptime, Value: int64(d / (10 * time.Millisecond)), Quality: reading.Good, At: c.now}}})
			}
			tell(x.ran)
			c.idle(x.gap)
			tell(x.now)
			if !x.told {
				c.want()
				return
			}
			if ch := c.find(alarm.Raise, alarm.SwitchRestarted); c.now.Since(ch.Since) != x.now || ch.Severity != alarm.Warning {
				t.Errorf("%+v, started %v ago", ch, x.now)
			}
			c.want("raise switch.restarted sw1")
			for up := x.now; up < 14*time.Minute; up += time.Minute {
				c.idle(time.Minute)
				tell(up + time.Minute)
			}
			c.want()
			c.idle(2 * time.Minute)
			c.want("clear switch.restarted sw1")
		})
	}
}

// A switch reboots: it is silent, tells nonsense of its parts while it starts,
// then all is as before. Told are the silence and the restart.
func TestRebootRaisesNothingElse(t *testing.T) {
	c := outfit(t, partsPlan())
	c.set(sw1, 0)
	for _, p := range []reading.Point{uplink, apPort, fan, fan2, psu, heat, poe, poePower, poeBudget, optic, strangers, speed, duplex, errorRate} {
		c.spoil(p, reading.Unknown)
		c.reason[p] = "not told"
	}
	boots := c.boot
	c.boot = nil
	c.dead(path...)
	c.run(2 * time.Minute)
	c.want("raise path.down:region", "raise switch.unreachable sw1")
	boots["sw1"] = c.now.Add(-30 * time.Second)
	c.boot = boots
	c.set(sw1, 1)
	c.set(uplink, reading.IfUp)
	c.set(fan, 2)
	c.set(psu, 1)
	c.set(heat, 2)
	c.set(optic, 2)
	c.set(speed, gigabit/100)
	c.set(errorRate, 0)
	c.alive(path...)
	c.run(140 * time.Second)
	c.sound()
	c.run(20 * time.Minute)
	c.want("raise switch.restarted sw1", "clear switch.unreachable sw1", "clear path.down:region", "clear switch.restarted sw1")
}

// The switch starts with the power: that was told as the power cut.
func TestStartAfterAPowerCut(t *testing.T) {
	c := outfit(t, partsPlan())
	c.set(mains, 0)
	boots := c.boot
	c.boot = nil
	c.set(sw1, 0)
	c.run(5 * time.Minute)
	c.set(mains, 1)
	boots["sw1"] = c.now.Add(5 * time.Second)
	c.run(2 * time.Minute)
	c.boot = boots
	c.sound()
	c.run(20 * time.Minute)
	c.want("raise power.mains_lost mains", "clear power.mains_lost mains")
	c.boot["sw1"] = c.now
	c.run(20 * time.Minute)
	c.want("raise switch.restarted sw1", "clear switch.restarted sw1")
}

// The alarm stands over a restart of the agent, which saw no uptime fall.
func TestRestoredRestart(t *testing.T) {
	c := outfit(t, partsPlan())
	c.boot["sw1"] = c.now
	c.run(5 * time.Minute)
	open := c.e.Open()
	c.want("raise switch.restarted sw1")
	c.e = alarm.New(partsPlan(), c.occ, c.now)
	c.e.Restore(open)
	c.run(9 * time.Minute)
	c.want()
	c.run(2 * time.Minute)
	c.want("clear switch.restarted sw1")
}

func TestRenumberedIsAnEvent(t *testing.T) {
	count := reading.Point{Device: "sw1", Kind: reading.Renumberings}
	c := outfit(t, partsPlan())
	for _, v := range []int64{3, 3, 4, 4, 0, 1} {
		c.set(count, v)
		c.run(time.Second)
	}
	if len(c.events) != 2 || c.events[0].Say != "renumbered" || c.events[0].Device != "sw1" || c.events[0].At.IsZero() {
		t.Errorf("events %+v", c.events)
	}
	c.want()
}
