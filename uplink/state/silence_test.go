package state_test

import (
	"slices"
	"testing"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// The question is put 2.5 s after the last sign of life, to all three.
func TestSilenceAsks(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	heard := r.closet().Heard
	r.pass(2400 * time.Millisecond)
	if len(r.asked) != 0 {
		t.Fatalf("asked after %v", r.now.Sub(heard))
	}
	r.pass(100 * time.Millisecond)
	if len(r.asked) != 1 || !slices.Equal(r.asked[0].Targets, []state.Target{state.Path, state.Router, state.Switch}) {
		t.Fatalf("asked %v", r.asked)
	}
	if v := r.closet(); v.Status != state.Unknown || !v.Heard.Equal(heard) {
		t.Errorf("while asking: %s, heard %v", v.Status, v.Heard)
	}
	r.step(state.Life{Closet: closetID, Path: "fixed", Start: "s1", Conn: 1, At: r.now, Drained: true})
	r.step(answer(state.Switch, false), answer(state.Router, false))
	if r.want(); r.closet().Status != state.Online {
		t.Errorf("answered in time, but %s", r.closet().Status)
	}
}

func TestSilenceIsTold(t *testing.T) {
	for _, c := range []struct {
		name       string
		site       state.Site
		answers    []state.Event
		after      time.Duration // from the last sign of life
		cause      alarm.CauseName
		candidates []alarm.CauseName
		party      alarm.Party
	}{
		{"switch silent, router answers", probed(), []state.Event{answer(state.Router, true), answer(state.Switch, false)}, 2500 * time.Millisecond,
			alarm.Undecided, []alarm.CauseName{alarm.UplinkPortDown, alarm.SwitchDown, alarm.MainsLost}, alarm.RegionIT},
		{"both silent", probed(), []state.Event{answer(state.Switch, false), answer(state.Router, false)}, 2500 * time.Millisecond,
			alarm.Undecided, []alarm.CauseName{alarm.AccessDown, alarm.MainsLost}, alarm.RegionIT},
		{"no answer comes", probed(), nil, 4 * time.Second,
			alarm.Undecided, []alarm.CauseName{alarm.AccessDown, alarm.MainsLost}, alarm.RegionIT},
		{"switch answers", probed(), []state.Event{answer(state.Router, true), answer(state.Switch, true)}, 60 * time.Second,
			alarm.MonitorFault, nil, alarm.RegionIT},
		{"no probe", unprobed(), nil, 10 * time.Second,
			alarm.Undecided, []alarm.CauseName{alarm.AccessDown, alarm.UplinkPortDown, alarm.SwitchDown, alarm.MainsLost, alarm.MonitorFault}, alarm.RegionIT},
		{"router only, silent", site("arvika", "192.0.2.1", ""), []state.Event{answer(state.Router, false)}, 2500 * time.Millisecond,
			alarm.Undecided, []alarm.CauseName{alarm.AccessDown, alarm.MainsLost}, alarm.RegionIT},
		{"router only, answers", site("arvika", "192.0.2.1", ""), []state.Event{answer(state.Router, true)}, 10 * time.Second,
			alarm.Undecided, []alarm.CauseName{alarm.UplinkPortDown, alarm.SwitchDown, alarm.MainsLost, alarm.MonitorFault}, alarm.RegionIT},
		{"probes fail here", probed(), []state.Event{state.Answered{Closet: closetID, Target: state.Router, Failed: true}, state.Answered{Closet: closetID, Target: state.Switch, Failed: true}},
			10 * time.Second, alarm.Undecided, []alarm.CauseName{alarm.AccessDown, alarm.UplinkPortDown, alarm.SwitchDown, alarm.MainsLost, alarm.MonitorFault}, alarm.RegionIT},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.site)
			r.up()
			heard, asked := r.closet().Heard, 0
			for r.now.Sub(heard) < 90*time.Second && len(r.notices) == 0 {
				r.pass(100 * time.Millisecond)
				if len(r.asked) > asked {
					asked = len(r.asked)
					r.step(c.answers...)
				}
			}
			n := r.last()
			if d := n.At.Sub(heard); d != c.after {
				t.Errorf("told after %v, want %v", d, c.after)
			}
			k := n.Case
			if n.Kind != state.Opened || k.Code != alarm.MonitorSilent || k.Causes[0].Name != c.cause || !slices.Equal(k.Causes[0].Candidates, c.candidates) {
				t.Errorf("%s %s %+v", n.Kind, k.Code, k.Causes)
			}
			if k.Party != c.party || !k.Start.Equal(heard) || r.closet().Status != state.Silent {
				t.Errorf("party %s, start %v, status %s", k.Party, k.Start, r.closet().Status)
			}
			r.pass(5 * time.Minute)
			if len(r.notices) != 1 {
				t.Errorf("told again: %v", r.told())
			}
		})
	}
}

func TestWillStartsTheQuestionOnly(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	r.step(state.Will{Closet: closetID, Path: "fixed", Start: "s1", Conn: 7}, state.Will{Closet: closetID, Path: "fixed", Start: "s0", Conn: 1})
	if len(r.asked) != 0 {
		t.Fatalf("the will of another session was believed: %v", r.asked)
	}
	r.step(state.Will{Closet: closetID, Path: "fixed", Start: "s1", Conn: 1})
	r.step(answer(state.Switch, false), answer(state.Router, true))
	if len(r.asked) != 1 {
		t.Fatalf("asked %v", r.asked)
	}
	r.want()
	r.pass(2500 * time.Millisecond)
	r.want("opened monitor.silent unknown")
}

func TestLastWordsExplainSilence(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	r.step(state.LastWords{Closet: closetID, Start: "s1", Reason: "stopped"}, state.Life{Closet: closetID, Path: "fixed", Start: "s1", Conn: 1, At: r.now})
	r.pass(10 * time.Minute)
	if v := r.closet(); v.Status != state.Stopped || v.Reason != "stopped" || len(r.asked) != 0 {
		t.Errorf("%s %q, asked %v", v.Status, v.Reason, r.asked)
	}
	r.want()
	back := hb(true)
	back.Start = "s2"
	r.pass(3*time.Second, back)
	r.step(state.LastWords{Closet: closetID, Start: "s1", Reason: "stopped"})
	if v := r.closet(); v.Status != state.Online {
		t.Errorf("last words of an earlier start were believed: %s", v.Status)
	}
}

// Who was not told of the trouble is not told of its end, although it was theirs.
func TestTheEndIsToldToThoseWhoKnew(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	from, back := r.cut(time.Minute)
	r.pass(time.Second, hb(false))
	path := raise(alarm.PathDownRegion, "o1", from, alarm.MainsLost)
	r.step(path, cleared(path, back))
	r.pass(5*time.Second, hb(true))
	r.want("opened monitor.silent unknown", "closed monitor.silent mains_lost")
	n := r.last()
	if n.Case.Party != alarm.PropertyOwner || !slices.Equal(n.Parties, r.notices[0].Parties) || slices.Contains(n.Parties, alarm.PropertyOwner) {
		t.Errorf("party %s, told %v", n.Case.Party, n.Parties)
	}
}
