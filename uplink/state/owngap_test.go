package state_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
)

func ownGap(lane record.Lane, from, to time.Time) state.Gap {
	return state.Gap{Closet: closetID, Why: record.WhyStoreRestore, Lane: lane, From: from, To: to}
}

// beating is a heartbeat that counts what waits in lane a and in both lanes.
func beating(a, both int) state.Life {
	l := hb(a == 0)
	l.Empty = both == 0
	return l
}

// Both lanes and what turns out later are one case with one opening and one
// closing message; raised at once, as its row says.
func TestOwnGaps(t *testing.T) {
	hour := begin.Add(-time.Hour)
	at := begin.Add(5 * time.Second)
	for _, c := range []struct {
		name  string
		gaps  []state.Gap
		start time.Time
		said  []string
	}{
		{"both lanes", []state.Gap{ownGap("a", hour, at), ownGap("m", hour.Add(-time.Minute), at)}, hour.Add(-time.Minute), []string{
			"gap_alarms 2026-03-02 08:00:00 – 2026-03-02 09:00:05 UTC", "gap_metrics 2026-03-02 07:59:00 – 2026-03-02 09:00:05 UTC"}},
		{"said twice", []state.Gap{ownGap("m", hour, at), ownGap("m", hour, at)}, hour, []string{
			"gap_metrics 2026-03-02 08:00:00 – 2026-03-02 09:00:05 UTC"}},
		{"from the beginning", []state.Gap{ownGap("m", time.Time{}, at)}, at, []string{"gap_metrics … – 2026-03-02 09:00:05 UTC"}},
		{"the beginning, then a time", []state.Gap{ownGap("m", time.Time{}, at), ownGap("a", hour, at)}, hour, []string{
			"gap_metrics … – 2026-03-02 09:00:05 UTC", "gap_alarms 2026-03-02 08:00:00 – 2026-03-02 09:00:05 UTC"}},
		{"a lane of a later version", []state.Gap{ownGap("x", hour, at)}, hour, []string{
			"records_missing 2026-03-02 08:00:00 – 2026-03-02 09:00:05 UTC"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, probed())
			r.up()
			for _, g := range c.gaps {
				r.step(g)
			}
			row, _ := alarm.Lookup(alarm.MonitorGap)
			if n := r.last(); n.At.Sub(at) != row.Trip || n.Case.Severity != row.Severity || n.Case.Party != alarm.RegionIT || !slices.Equal(n.Parties, []alarm.Party{alarm.RegionIT}) {
				t.Errorf("told %v after it was noted: %+v", n.At.Sub(at), n.Case)
			}
			r.pass(time.Minute, beating(0, 3))
			r.want("opened monitor.gap")
			for _, a := range r.alarms {
				if !a.From.Equal(c.start) || len(a.Change.Evidence) != len(c.said) || a.Placed != c.start.Before(at) {
					t.Errorf("the alarm as it is kept: %+v", a)
				}
			}
			r.pass(time.Minute, beating(0, 0))
			r.want("opened monitor.gap", "closed monitor.gap")
			k := r.last().Case
			if !k.Start.Equal(c.start) || !k.End.Equal(at) || k.Measured || len(k.Members) != 1 {
				t.Errorf("from %v to %v: %+v", k.Start, k.End, k)
			}
			var said []string
			for _, e := range k.Evidence {
				said = append(said, e.Say+" "+e.Value)
			}
			if !slices.Equal(said, c.said) {
				t.Errorf("evidence\n  %s", strings.Join(said, "\n  "))
			}
			r.step(ownGap("m", at, r.now))
			r.pass(5*time.Second, beating(0, 0))
			r.want("opened monitor.gap", "closed monitor.gap", "opened monitor.gap", "closed monitor.gap")
			if r.last().Case.ID == k.ID {
				t.Error("a later gap carries the same number")
			}
		})
	}
}

// What still waits, and who is not back, keeps it open.
func TestOwnGapWaits(t *testing.T) {
	for _, c := range []struct {
		name string
		each []state.Event
		want bool
	}{
		{"nothing waits", []state.Event{beating(0, 0)}, true},
		{"measurements wait", []state.Event{beating(0, 2)}, false},
		{"alarms wait", []state.Event{beating(2, 2)}, false},
		{"records only", []state.Event{state.Life{Closet: closetID}}, false},
		{"silent", nil, false},
	} {
		r := newRig(t, probed())
		r.up()
		r.step(ownGap("m", begin, r.now))
		now := beating(0, 0) // on its way when the gap was noted
		now.At = r.now.Add(time.Second)
		r.step(now)
		r.want("opened monitor.gap")
		r.pass(5*time.Second, c.each...)
		if closed := r.cases[r.notices[0].Case.ID].Closed; closed.IsZero() == c.want {
			t.Errorf("%s: closed %v", c.name, closed)
		}
	}
}

func TestOwnGapEvidenceIsBounded(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	for i := range 100 {
		r.step(ownGap("m", begin.Add(-time.Duration(i)*time.Hour), r.now))
	}
	r.pass(5*time.Second, beating(0, 0))
	if k := r.last().Case; len(k.Evidence) != 8 || !k.Start.Equal(begin.Add(-99*time.Hour)) || len(r.notices) != 2 {
		t.Errorf("%d lines from %v, told %v", len(k.Evidence), k.Start, r.told())
	}
}

// The closet's other cases open and close as they do without it, and neither the
// closet's own records nor its list of open alarms end it.
func TestOwnGapStandsApart(t *testing.T) {
	play := func(own bool) *rig {
		r := newRig(t, probed())
		r.up()
		door := raise(alarm.DoorHeld, "o1", r.now, "")
		r.step(door)
		from, back := r.cut(10 * time.Second)
		r.pass(2*time.Second, hb(false))
		if own {
			r.step(ownGap("a", begin, r.now), ownGap("m", begin, r.now))
			fake := raise(alarm.MonitorGap, r.last().Case.Members[0], r.now, "")
			r.step(cleared(fake, r.now), state.OpenList{Closet: closetID, Occs: []string{"o1"}})
		}
		link := raise(alarm.LinkDown, "o2", from, alarm.UplinkPortDown)
		r.step(link, cleared(link, back))
		r.pass(4*time.Second, hb(true))
		r.step(cleared(door, r.now))
		return r
	}
	without, with := play(false), play(true)
	var others []string
	for _, n := range with.notices {
		if n.Case.Code != alarm.MonitorGap {
			others = append(others, fmt.Sprint(n.Kind, n.Case.Code, n.Case.Verdict(), n.At))
		}
	}
	var alone []string
	for _, n := range without.notices {
		alone = append(alone, fmt.Sprint(n.Kind, n.Case.Code, n.Case.Verdict(), n.At))
	}
	if !slices.Equal(others, alone) || len(with.notices) != len(alone)+2 {
		t.Errorf("with\n  %s\nwithout\n  %s", strings.Join(with.told(), "\n  "), strings.Join(alone, "\n  "))
	}
}

// stopped returns what a store holds of the actions and a Machine started on it.
func (r *rig) restarted(acts []state.Action) *rig {
	again := newRig(r.t, probed())
	again.now = r.now.Add(time.Second)
	again.m = state.New(state.DefaultOptions(), []state.Site{probed()}, again.now)
	again.take(acts)
	kept := state.Restored{Heard: map[string]time.Time{closetID: r.now}}
	for _, a := range again.alarms {
		kept.Alarms = append(kept.Alarms, a)
	}
	for _, k := range again.cases {
		kept.Cases = append(kept.Cases, k)
	}
	again.take(again.m.Restore(kept, again.now))
	return again
}

// final lists the messages as a queue keeps them: one of each number.
func (r *rig) final() []string {
	var list []string
	for _, n := range r.notices {
		line := fmt.Sprint(n.Kind, " ", n.Case.Code, " ", n.Case.ID, " ", n.Seq)
		if !slices.Contains(list, line) {
			list = append(list, line)
		}
	}
	return list
}

// The collector may stop between any two of the saves: the gap is told once and
// closed once, whatever was on disk. Nobody tells it a second time.
func TestOwnGapOutlivesARestart(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	first := r.m.Step(ownGap("a", begin.Add(-time.Hour), r.now), r.now)
	acts := slices.Concat(first, r.m.Step(ownGap("m", begin.Add(-2*time.Hour), r.now), r.now))
	for n := 1; n <= len(acts); n++ {
		again := r.restarted(acts[:n])
		again.pass(time.Second, beating(0, 0)) // may be an old one: the closet is only just back
		if again.last().Kind == state.Closed {
			t.Errorf("stopped after %d: closed at once", n)
		}
		again.pass(3*time.Second, beating(0, 1))
		again.step(ownGap("m", begin.Add(-2*time.Hour), r.now))
		again.pass(5*time.Second, beating(0, 0))
		id := again.last().Case.ID
		want := []string{"opened monitor.gap " + id + " 1", "closed monitor.gap " + id + " 2"}
		if got := again.final(); !slices.Equal(got, want) || len(again.closet().Alarms) != 0 {
			t.Errorf("stopped after %d of %d saves: %v", n, len(acts), got)
		}
		if k := again.last().Case; !k.Start.Equal(begin.Add(-2*time.Hour)) || len(k.Evidence) != 2 {
			t.Errorf("stopped after %d: from %v, %v", n, k.Start, k.Evidence)
		}
	}
}
