package state_test

import (
	"slices"
	"testing"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
)

// A restart loses nothing and tells nothing that is not told already.
func TestRestart(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	r.step(raise(alarm.DoorHeld, "o1", r.now, ""))
	from, _ := r.cut(10 * time.Second)
	before := r.told()

	again := newRig(t, probed())
	again.now = r.now.Add(time.Minute)
	again.m = state.New(state.DefaultOptions(), []state.Site{probed()}, again.now)
	kept := state.Restored{Heard: map[string]time.Time{closetID: from}}
	for _, a := range r.alarms {
		kept.Alarms = append(kept.Alarms, a)
	}
	for _, k := range r.cases {
		kept.Cases = append(kept.Cases, k)
		again.cases[k.ID] = k
	}
	again.take(again.m.Restore(kept, again.now))
	slices.Sort(before)
	handed := again.told()
	slices.Sort(handed)
	if !slices.Equal(handed, before) {
		t.Errorf("handed out again %v, want %v", handed, before)
	}
	if v := again.closet(); v.Status != state.Unknown || len(v.Alarms) != 2 || !v.Heard.Equal(from) {
		t.Errorf("%+v", v)
	}
	again.notices = nil
	back := again.now
	again.pass(5*time.Second, hb(true))
	again.want("closed monitor.silent unknown")
	if k := again.last().Case; k.End.Sub(back) > time.Second || !k.Start.Equal(from) {
		t.Errorf("from %v to %v", k.Start, k.End)
	}
}

// An alarm whose case was not saved before the stop gets one.
func TestRestartMakesTheMissingCase(t *testing.T) {
	r := newRig(t, probed())
	door := raise(alarm.DoorHeld, "o1", begin.Add(-time.Minute), "")
	r.take(r.m.Restore(state.Restored{Alarms: []state.Alarm{{
		Closet: closetID, By: state.ByCloset, Change: door.Change, From: begin.Add(-time.Minute), Placed: true, Received: begin,
	}}}, begin))
	r.want("opened door.held")
}

// What was over before the stop stays over when its records are handed in again.
func TestRestartForgetsNothingThatIsOver(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	door := raise(alarm.DoorHeld, "o1", r.now, "")
	r.step(door, cleared(door, r.now))
	closed := r.last().Case
	again := newRig(t, probed())
	again.now = r.now
	again.cases[closed.ID] = closed
	again.take(again.m.Restore(state.Restored{Cases: []state.Case{closed}}, again.now))
	again.want("closed door.held")
	again.step(door, cleared(door, r.now))
	again.pass(10*time.Second, hb(true))
	again.want("closed door.held")
}

// Only the closing messages of the last moments may be missing in the queue.
func TestRestartLeavesOldCasesAlone(t *testing.T) {
	r := newRig(t, probed())
	old := state.Case{ID: "1", Site: "arvika", Closet: "plan1", Code: alarm.DoorHeld, Seq: 2, Opened: begin.Add(-3 * time.Hour), Closed: begin.Add(-2 * time.Hour)}
	late := old
	late.ID, late.Closed = "2", begin.Add(-time.Hour)
	r.cases["2"] = late
	r.take(r.m.Restore(state.Restored{Cases: []state.Case{old, late}}, begin))
	if len(r.notices) != 1 || r.last().Case.ID != "2" {
		t.Errorf("told %v", r.told())
	}
}

// A collector that stops while a closet hands over its past waits for the rest of
// it: the closing message names the verdict.
func TestRestartWhileTheClosetHandsOver(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	from, _ := r.cut(10 * time.Second)
	back := r.now
	r.pass(2*time.Second, hb(false))
	kept := state.Restored{Heard: map[string]time.Time{closetID: r.now}}
	for _, a := range r.alarms {
		kept.Alarms = append(kept.Alarms, a)
	}
	for _, k := range r.cases {
		kept.Cases = append(kept.Cases, k)
	}
	r.m = state.New(state.DefaultOptions(), []state.Site{probed()}, r.now)
	r.notices = nil
	r.take(r.m.Restore(kept, r.now))
	r.pass(time.Second, hb(false))
	down := raise(alarm.LinkDown, "o1", from, alarm.UplinkPortDown)
	r.step(down, cleared(down, back))
	r.pass(10*time.Second, hb(true))
	if k := r.last(); k.Kind != state.Closed || !slices.Contains(k.Case.Verdict(), alarm.UplinkPortDown) {
		t.Errorf("%s with verdict %v", k.Kind, k.Case.Verdict())
	}
	for _, n := range r.notices {
		if n.Kind == state.Opened && n.Case.Code == alarm.LinkDown {
			t.Error("a late alarm was news")
		}
	}
}

// A store that is older than what it promised is told once, and the alarm ends
// when the closet has handed over what it still holds.
func TestOwnGapIsTold(t *testing.T) {
	r := newRig(t, probed())
	r.pass(2*time.Second, hb(false))
	lost := begin.Add(-time.Hour)
	own := state.Gap{Closet: closetID, Why: record.WhyStoreRestore, From: lost}
	r.step(own, own)
	r.want("opened monitor.gap")
	if k := r.last(); !k.Case.Start.Equal(lost) || !slices.Equal(k.Parties, []alarm.Party{alarm.RegionIT}) {
		t.Errorf("since %v, to %v", k.Case.Start, k.Parties)
	}
	r.pass(10*time.Second, hb(true))
	r.want("opened monitor.gap", "closed monitor.gap")
}
