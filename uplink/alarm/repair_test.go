package alarm_test

import (
	"slices"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// The port is read seldom and from a cache; answers through it tell earlier that
// it is up, and make the closet ask at once.
func TestLinkEndsWhenAnswersComeThrough(t *testing.T) {
	for _, c := range []struct {
		name string
		two  bool // a second uplink: an answer may have come through that one
		want time.Duration
	}{{"only uplink", false, 0}, {"one of two", true, 3 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			plan := fullPlan()
			if c.two {
				plan.Uplinks = append(plan.Uplinks, alarm.Port{Device: "sw1", Port: "Gi1/0/47"})
			}
			x := newCloset(t, plan).healthy()
			x.run(5 * time.Second)
			x.set(uplink, reading.IfDown)
			x.dead(path...)
			x.run(10 * time.Second)
			x.asks = nil
			mended := x.now
			x.alive(path...)
			x.run(3 * time.Second)
			if !slices.Contains(x.asks, alarm.AskUplink) {
				t.Error("the uplink was not asked for when the path answered again")
			}
			x.set(uplink, reading.IfUp)
			x.run(time.Minute)
			if end := x.find(alarm.Clear, alarm.LinkDown).Until.Since(mended); end != c.want {
				t.Errorf("link.down ended %v after the repair, want %v", end, c.want)
			}
		})
	}
}

// A router inside the closet goes on answering while the uplink is down: that is
// no sign that the uplink works.
func TestGatewayInsideTheCloset(t *testing.T) {
	x := settled(t)
	x.set(uplink, reading.IfDown)
	x.dead(region, sjunet1, sjunet2, cosmic)
	told := false
	for range 20 {
		x.run(time.Second)
		now := names(x.e.Verdict())
		told = told || slices.Equal(now, []alarm.CauseName{alarm.UplinkPortDown})
		if told && !slices.Equal(now, []alarm.CauseName{alarm.UplinkPortDown}) {
			t.Errorf("verdict became %v while the gateway answers", now)
		}
	}
	if !told {
		t.Error("uplink_port_down was never told")
	}
}
