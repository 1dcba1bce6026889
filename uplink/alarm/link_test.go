package alarm_test

import (
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

var uplink2 = reading.Point{Device: "sw1", Object: "Gi1/0/47", Kind: reading.IfOperStatus}

func twoUplinks() alarm.Plan {
	p := partsPlan()
	p.Uplinks = append(p.Uplinks, alarm.Port{Device: "sw1", Port: "Gi1/0/47"})
	return p
}

// Of two uplinks the first that falls is redundancy lost, the last is link down;
// neither is told as the other too.
func TestTwoUplinks(t *testing.T) {
	both := func(t *testing.T) *closet {
		c := newCloset(t, twoUplinks())
		c.set(uplink2, reading.IfUp)
		c.sound()
		c.run(5 * time.Second)
		return c
	}
	t.Run("one", func(t *testing.T) {
		c := both(t)
		c.set(uplink, reading.IfDown)
		c.run(10 * time.Minute)
		if ch := c.find(alarm.Raise, alarm.LinkRedundancy); ch.Severity != alarm.Warning || ch.Class != alarm.Access {
			t.Errorf("%+v", ch)
		}
		c.want("raise link.redundancy_lost sw1/Gi1/0/48")
		c.set(uplink, reading.IfUp)
		c.run(time.Minute)
		c.want("clear link.redundancy_lost sw1/Gi1/0/48")
	})
	t.Run("both, read one by one", func(t *testing.T) {
		c := both(t)
		c.set(uplink, reading.IfDown)
		c.run(2 * time.Second)
		last := c.now
		c.set(uplink2, reading.IfDown)
		c.dead(path...)
		c.run(time.Minute)
		first := c.find(alarm.Raise, alarm.LinkDown)
		if first.Since != last || first.Severity != alarm.Critical || first.Joins != "" {
			t.Errorf("%+v, the last fell at %v", first, last.Mono)
		}
		for _, ch := range c.changes[1:] {
			if ch.Joins != first.Occ {
				t.Errorf("%s %s is a case of its own", ch.Code, ch.Object)
			}
		}
		c.want("raise link.down sw1/Gi1/0/48", "raise link.down sw1/Gi1/0/47", "raise path.down:region")
		c.set(uplink, reading.IfUp)
		c.set(uplink2, reading.IfUp)
		c.alive(path...)
		c.run(time.Minute)
		c.want("clear link.down sw1/Gi1/0/48", "clear link.down sw1/Gi1/0/47", "clear path.down:region")
	})
	t.Run("one after the other, and back in turn", func(t *testing.T) {
		c := both(t)
		c.set(uplink, reading.IfDown)
		c.run(time.Minute)
		c.want("raise link.redundancy_lost sw1/Gi1/0/48")
		c.set(uplink2, reading.IfDown)
		c.run(time.Minute)
		c.want("raise link.down sw1/Gi1/0/48", "raise link.down sw1/Gi1/0/47")
		c.set(uplink, reading.IfUp)
		c.run(time.Minute)
		c.want("clear link.down sw1/Gi1/0/48", "clear link.down sw1/Gi1/0/47",
			"clear link.redundancy_lost sw1/Gi1/0/48", "raise link.redundancy_lost sw1/Gi1/0/47")
		c.set(uplink2, reading.IfUp)
		c.run(time.Minute)
		c.want("clear link.redundancy_lost sw1/Gi1/0/47")
	})
	t.Run("the other is unknown", func(t *testing.T) {
		c := both(t)
		c.spoil(uplink2, reading.Unknown)
		c.set(uplink, reading.IfDown)
		c.run(15 * time.Second)
		c.want("raise link.down sw1/Gi1/0/48")
	})
}

// The expected speed comes from the plan, else from what was seen, and outlives a
// restart of the agent with the alarm.
func TestSpeed(t *testing.T) {
	const port = "sw1/Gi1/0/48"
	t.Run("planned", func(t *testing.T) {
		plan := partsPlan()
		plan.Speeds = map[alarm.Port]int64{plan.Uplinks[0]: 10 * gigabit}
		c := newCloset(t, plan).sound()
		c.run(5 * time.Minute)
		c.want("raise link.speed_fallback " + port)
		plan.Speeds[plan.Uplinks[0]] = gigabit / 10
		c.e.Replan(plan, c.now)
		c.run(5 * time.Minute)
		c.want("clear link.speed_fallback " + port)
	})
	t.Run("over a restart", func(t *testing.T) {
		c := outfit(t, partsPlan())
		c.set(speed, gigabit/10)
		c.run(5 * time.Minute)
		open := c.e.Open()
		c.e = alarm.New(partsPlan(), c.occ, c.now)
		c.e.Restore(open)
		c.run(5 * time.Minute)
		c.want("raise link.speed_fallback " + port)
		c.set(speed, gigabit)
		c.run(5 * time.Minute)
		c.want("clear link.speed_fallback " + port)
	})
	t.Run("what a port says while it is down", func(t *testing.T) {
		c := outfit(t, partsPlan())
		c.set(uplink, reading.IfDown)
		c.set(speed, 10_000_000)
		c.set(duplex, reading.DuplexHalf)
		c.set(optic, reading.PartCritical)
		c.set(errorRate, 50_000)
		c.run(10 * time.Minute)
		c.want("raise link.down " + port)
		c.set(uplink, reading.IfUp)
		for _, p := range []reading.Point{speed, duplex, optic, errorRate} { // not read since
			c.spoil(p, reading.Stale)
		}
		c.run(10 * time.Minute)
		c.want("clear link.down " + port)
		c.sound()
		c.run(10 * time.Minute)
		c.want()
	})
	t.Run("read seldom", func(t *testing.T) {
		c := outfit(t, partsPlan())
		bad := reading.Batch{Readings: []reading.Reading{
			{Point: speed, Value: 10_000_000, Quality: reading.Good, At: c.now}, {Point: optic, Value: 2, Quality: reading.Good, At: c.now}}}
		c.step(bad) // as the link goes down
		for i := range c.order {
			if c.order[i] == speed || c.order[i] == optic {
				c.order[i] = reading.Point{Device: "elsewhere", Object: c.order[i].Object, Kind: c.order[i].Kind}
			}
		}
		c.set(uplink, reading.IfDown)
		c.run(5 * time.Second)
		c.set(uplink, reading.IfUp)
		c.run(10 * time.Minute)
		c.want("raise link.down "+port, "clear link.down "+port)
	})
}

func TestErrorsHaveHysteresis(t *testing.T) {
	plan := partsPlan()
	plan.ErrorRate = 10_000
	c := outfit(t, plan)
	for _, x := range []struct {
		rate int64
		want []string
	}{
		{9_000, nil}, {11_000, []string{"raise link.errors sw1/Gi1/0/48"}}, {6_000, nil}, {5_000, []string{"clear link.errors sw1/Gi1/0/48"}}, {9_000, nil},
	} {
		c.set(errorRate, x.rate)
		c.run(15 * time.Minute)
		c.want(x.want...)
	}
	plan.ErrorRate = -1
	c.e.Replan(plan, c.now)
	c.set(errorRate, 1_000_000)
	c.run(15 * time.Minute)
	c.want()
}

// A device that knows when its port changed dates the alarm; one whose word
// contradicts what was read does not.
func TestSinceAsTheSourceDatesIt(t *testing.T) {
	for _, x := range []struct {
		name string
		held time.Duration // of the port that is down, at the first reading of it
		want time.Duration // how long before that reading it began
	}{
		{"not told", 0, 0}, {"a slow table", 20 * time.Second, 20 * time.Second}, {"impossible", 240 * time.Hour, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newCloset(t, partsPlan()).sound()
			c.set(apPort, reading.IfUp)
			c.run(time.Minute)
			began := c.now
			c.set(apPort, reading.IfDown)
			for range 40 {
				if x.held > 0 {
					c.held[apPort] = x.held + c.now.Since(began)
				}
				c.run(time.Second)
			}
			if ch := c.find(alarm.Raise, alarm.PortDown); began.Since(ch.Since) != x.want {
				t.Errorf("began %v before it was read", began.Since(ch.Since))
			}
		})
	}
	t.Run("down for longer than this machine runs", func(t *testing.T) {
		c := newCloset(t, partsPlan()).sound()
		c.set(apPort, reading.IfDown)
		c.held[apPort] = 72 * time.Hour
		c.round()
		c.idle(15 * time.Second)
		if ch := c.find(alarm.Raise, alarm.PortDown); start.Since(ch.Since) != 72*time.Hour || start.Wall.Sub(ch.Since.Wall) != 72*time.Hour {
			t.Errorf("since %+v", ch.Since)
		}
	})
	t.Run("ended before it began", func(t *testing.T) {
		c := newCloset(t, partsPlan()).sound()
		c.run(time.Second)
		c.set(apPort, reading.IfDown)
		c.run(30 * time.Second)
		c.set(apPort, reading.IfUp)
		c.held[apPort] = 31 * time.Second
		c.run(30 * time.Second) // the driver holds that until is not before since
		c.want("raise port.down sw1/Gi1/0/7", "clear port.down sw1/Gi1/0/7")
	})
}
