package faults

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
	"rackvakt/uplink/web"
)

// TestAgentKilled kills the real agent between two metrics batches: what was not
// yet in a batch shows as a gap, at the API too.
func TestAgentKilled(t *testing.T) {
	needFaults(t)
	l := newLab(t, false)
	c := newCloset(l, filepath.Join(l.dir, "closet"))
	sw := c.addSwitch("sw1", 48)
	c.configure(sw.Port(48))
	c.start()
	c.waitWorking()
	var killed []time.Time
	for range sized(3, 1) {
		// Any moment between two batches, the first of which is there.
		time.Sleep(11*time.Second + time.Duration(rand.IntN(10_000))*time.Millisecond)
		killed = append(killed, time.Now())
		must(t, c.agent.Kill())
		c.start()
		c.waitWorking()
	}
	c.checkGapsTold(killed)
	c.stopAll()
	o := audit(t, l.storeDir(), newPromised(0))
	complete(t, o)
	t.Logf("longest time between two records of lane m of one start: %.1f s", longest(t, o.rows[record.LaneM]).Seconds())
	for _, at := range killed {
		c.checkGap(o, record.LaneA, at, 0)
		c.checkGap(o, record.LaneM, at, 15*time.Second)
	}
}

// longest returns the longest time between two records of one start.
func longest(t *testing.T, rows []store.Record) (most time.Duration) {
	t.Helper()
	var before record.Record
	for _, row := range rows {
		r, err := record.Decode(row.Payload)
		must(t, err)
		if r.ID.Start() == before.ID.Start() && before.Gap == nil {
			most = max(most, r.At.Since(before.At))
		}
		before = r
	}
	return most
}

// checkGap checks that a gap holds the moment of the kill and is no longer than told
// (0: however long).
func (c *closet) checkGap(o outcome, lane record.Lane, at time.Time, most time.Duration) {
	c.t.Helper()
	g, ok := o.covering(lane, at)
	if !ok {
		c.t.Errorf("lane %s: no gap covers the kill at %s: %+v", lane, at.UTC().Format(time.StampMilli), o.Gaps)
		return
	}
	length := g.To.Sub(g.From)
	if most > 0 && length > most {
		c.t.Errorf("lane %s: the gap is %v long, want at most %v", lane, length, most)
	}
	c.t.Logf("lane %s: gap of %.1f s, from %.1f s before the kill to %.1f s after it (%s)", lane, length.Seconds(), at.Sub(g.From).Seconds(), g.To.Sub(at).Seconds(), g.Why)
}

// checkGapsTold checks that the API shows a gap of each lane for each kill.
func (c *closet) checkGapsTold(killed []time.Time) {
	c.t.Helper()
	var v struct{ Gaps []web.Gap }
	c.wait(30*time.Second, "the gaps at the API", func() (bool, error) {
		if err := c.api.Get(c.t.Context(), "/api/v1/gaps?site="+siteID, &v); err != nil {
			return false, err
		}
		told := outcome{}
		for _, g := range v.Gaps {
			told.Gaps = append(told.Gaps, store.Gap{Lane: g.Lane, Why: g.Why, From: g.From, To: g.To, Origin: store.FromCloset})
		}
		return !slices.ContainsFunc(killed, func(at time.Time) bool {
			_, a := told.covering(record.LaneA, at)
			_, m := told.covering(record.LaneM, at)
			return !a || !m
		}), nil
	})
}

// TestSilentSwitch has a switch that never answers beside one that does.
func TestSilentSwitch(t *testing.T) {
	needFaults(t)
	l := newLab(t, false)
	c := newCloset(l, filepath.Join(l.dir, "closet"))
	good, dead := c.addSwitch("sw1", 48), c.addSwitch("sw2", 48)
	dead.Misbehave(silent)
	c.configure(good.Port(48))
	began := time.Now()
	c.start()
	s := c.waitStatus(90*time.Second, "the dead switch named and its alarm", func(s agent.Snapshot) bool {
		_, raised := findAlarm(s, alarm.SwitchUnreachable)
		return raised && answers(s, good.name)
	})
	a, _ := findAlarm(s, alarm.SwitchUnreachable)
	i := slices.IndexFunc(s.Devices, func(d agent.Device) bool { return d.Name == dead.name })
	if a.Object != dead.name || i < 0 || s.Devices[i].State != "silent" || a.Since.Before(began) || a.Since.After(time.Now()) {
		t.Errorf("dead switch: alarm %+v, devices %+v", a, s.Devices)
	}
	told := c.waitAtRegion(30*time.Second, alarm.SwitchUnreachable, true)
	t.Logf("dead switch: %q (%s), since %.1f s after the start; at the region: %s %s", s.Devices[i].State, s.Devices[i].Reason, a.Since.Sub(began).Seconds(), told.Change.Code, told.Change.Object)
	oldest := c.watchFresh(good, dead)
	t.Logf("the good switch beside it: oldest port reading seen %.1f s with a poll each %v", oldest.Seconds(), c.pollEvery)
	c.stopAll()
	complete(t, audit(t, l.storeDir(), newPromised(0)))
}

// watchFresh looks at the good switch for a while: every port known and young.
func (c *closet) watchFresh(good, dead *device) (oldest time.Duration) {
	c.t.Helper()
	until := time.Now().Add(sized(40*time.Second, 12*time.Second))
	const slow = 5 * time.Second // a poll itself, on a busy machine
	for time.Now().Before(until) {
		s, ok, err := c.status()
		must(c.t, err)
		ports := 0
		for _, p := range s.Ports {
			switch age := time.Duration(p.AgeMS) * time.Millisecond; {
			case p.Device == dead.name:
				if p.Oper != "unknown" {
					c.t.Errorf("port %s of the dead switch is %s", p.Port, p.Oper)
				}
			case p.Oper != "up" || age > c.pollEvery+slow:
				c.t.Fatalf("port %s of the good switch: %s, %v old (%s)", p.Port, p.Oper, age, p.Reason)
			default:
				ports++
				oldest = max(oldest, age)
			}
		}
		if ok && ports != 48 {
			c.t.Fatalf("%d ports of the good switch, want 48", ports)
		}
		time.Sleep(500 * time.Millisecond)
	}
	return oldest
}
