package state_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// heard is a heartbeat of a start over a path, some time after the last one. With
// boot it carries the uptime at which it was sent, late before it is heard.
type heard struct {
	after       time.Duration
	start, path string
	boot        string
	late        time.Duration
}

func (r *rig) hear(h heard) {
	r.now = r.now.Add(h.after)
	l := state.Life{Closet: closetID, At: r.now, Start: h.start, Path: h.path, Conn: 1, Drained: true, Empty: true}
	if l.Path == "" {
		l.Path = "fixed"
	}
	if h.boot != "" {
		l.Stamp = reading.Stamp{Boot: h.boot, Mono: r.now.Add(-h.late).Sub(begin) + time.Hour, Wall: time.Unix(0, 0)}
	}
	r.step(l)
}

// The words of another card are a restart, a second path, a late message or a duplicate.
func TestDuplicate(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name string
		hear []heard
		want int // the message at which it is told, from 1; 0: never
	}{
		{"one start", []heard{{after: s, start: "a"}, {after: s, start: "a"}, {after: s, start: "a"}}, 0},
		{"a restart", []heard{{after: s, start: "a"}, {after: s, start: "b"}, {after: s, start: "b"}}, 0},
		{"two restarts", []heard{{after: s, start: "a"}, {after: s, start: "b"}, {after: s, start: "c"}, {after: s, start: "c"}}, 0},
		{"two paths of one start", []heard{{after: s, start: "a"}, {after: s, start: "a", path: "mobile"}, {after: s, start: "a"}, {after: s, start: "a", path: "mobile"}}, 0},
		{"in turn", []heard{{after: s, start: "a"}, {after: s, start: "b"}, {after: s, start: "a"}, {after: s, start: "b"}, {after: s, start: "a"}}, 3},
		{"in turn over two paths", []heard{{after: s, start: "a"}, {after: s, start: "b", path: "mobile"}, {after: s, start: "a"}}, 3},
		{"one of them starts again", []heard{{after: s, start: "a"}, {after: s, start: "b"}, {after: s, start: "c"}, {after: s, start: "a"}}, 4},
		{"within five minutes", []heard{{after: s, start: "a"}, {after: 4 * time.Minute, start: "b"}, {after: time.Minute, start: "a"}}, 3},
		{"after five minutes", []heard{{after: s, start: "a"}, {after: 4 * time.Minute, start: "b"}, {after: time.Minute + s, start: "a"}}, 0},
		{"records name no start", []heard{{after: s, start: "a"}, {after: s}, {after: s, start: "a"}, {after: s}}, 0},
		{"late words of the same boot", []heard{{after: s, start: "a", boot: "x"}, {after: 3 * s, start: "b", boot: "x"},
			{after: s, start: "a", boot: "x", path: "mobile", late: 2 * s}, {after: s, start: "b", boot: "x"}}, 0},
		{"late words of an earlier boot", []heard{{after: s, start: "a", boot: "x"}, {after: 30 * s, start: "b", boot: "y"},
			{after: s, start: "a", boot: "x", late: 29 * s}}, 0},
		{"late words, then live ones", []heard{{after: s, start: "a", boot: "x"}, {after: s, start: "b", boot: "y"},
			{after: s, start: "a", boot: "x", late: 1500 * time.Millisecond}, {after: s, start: "b", boot: "y"}, {after: s, start: "a", boot: "x"}}, 5},
		{"two agents in one boot", []heard{{after: s, start: "a", boot: "x"}, {after: s, start: "b", boot: "x"}, {after: s, start: "a", boot: "x"}}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, probed())
			for i, h := range c.hear {
				r.hear(h)
				if told := len(r.notices) > 0; told != (c.want > 0 && i+1 >= c.want) {
					t.Fatalf("after message %d: told %v", i+1, r.told())
				}
			}
			if c.want == 0 {
				return
			}
			r.want("opened monitor.duplicate")
			row, _ := alarm.Lookup(alarm.MonitorDuplicate)
			if k := r.last().Case; k.Severity != row.Severity || row.Trip != 0 || !slices.Equal(r.last().Parties, []alarm.Party{alarm.RegionIT}) || k.Party != alarm.RegionIT {
				t.Errorf("%+v to %v", k, r.last().Parties)
			}
		})
	}
}

// What is retained and what is a will is no sign of life; only wills come here.
func TestDuplicateIsNotSeenInWills(t *testing.T) {
	r := newRig(t, probed())
	for _, start := range []string{"a", "b"} {
		r.hear(heard{after: time.Second, start: start})
	}
	r.step(state.Will{Closet: closetID, Path: "fixed", Start: "a", Conn: 1})
	r.hear(heard{after: time.Second, start: "b"})
	r.want()
}

// The evidence names both, the start is that of the later one.
func TestDuplicateEvidence(t *testing.T) {
	r := newRig(t, probed())
	r.pass(time.Hour, hb(true))
	from := r.now.Add(time.Second)
	r.hear(heard{after: time.Second, start: "s2"})
	r.hear(heard{after: time.Second, start: "s1"})
	k := r.last().Case
	if len(k.Evidence) != 1 || k.Evidence[0].Say != state.SayTwoStarts || k.Evidence[0].Value != "s2, s1" || !k.Start.Equal(from) {
		t.Errorf("%+v from %v", k.Evidence, k.Start)
	}
}

// It ends when one start alone was heard for ten minutes: not while both speak, not
// in silence, not by the closet's own word; a restart of the one that stays counts anew.
func TestDuplicateEnds(t *testing.T) {
	const hold = 10 * time.Minute
	for _, c := range []struct {
		name string
		play func(r *rig)
		want time.Duration // from the last word of the other; 0: it stands
	}{
		{"alone", func(r *rig) { r.pass(hold+time.Minute, hb(true)) }, hold + time.Second},
		{"a second short", func(r *rig) { r.pass(hold, hb(true)) }, 0},
		{"both go on", func(r *rig) {
			for range 20 {
				r.pass(time.Minute, hb(true))
				r.hear(heard{after: time.Second, start: "s2"})
			}
		}, 0},
		{"silence", func(r *rig) {
			r.pass(5*time.Minute, hb(true))
			r.pass(30 * time.Minute)
			r.pass(9*time.Minute, hb(true))
		}, 0},
		{"heard each minute", func(r *rig) {
			for range 11 {
				r.hear(heard{after: time.Minute, start: "s1"})
			}
		}, 11 * time.Minute},
		{"a restart", func(r *rig) {
			r.pass(9*time.Minute, hb(true))
			again := hb(true)
			again.Start = "s3"
			r.pass(9*time.Minute, again)
		}, 0},
		{"the closet clears it", func(r *rig) {
			r.step(cleared(raise(alarm.MonitorDuplicate, r.last().Case.Members[0], r.now, ""), r.now), state.OpenList{Closet: closetID})
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, probed())
			r.up()
			r.hear(heard{after: time.Second, start: "s2"})
			r.hear(heard{after: time.Second, start: "s1"})
			r.hear(heard{after: time.Second, start: "s2"})
			other := r.now
			c.play(r)
			var told []state.Notice
			for _, n := range r.notices {
				if n.Case.Code == alarm.MonitorDuplicate {
					told = append(told, n)
				}
			}
			if c.want == 0 {
				if len(told) != 1 {
					t.Errorf("told %v", r.told())
				}
				return
			}
			if len(told) != 2 || told[1].Kind != state.Closed || told[1].At.Sub(other) != c.want {
				t.Fatalf("told %v, want the end %v after the last word of the other: %+v", r.told(), c.want, told)
			}
			if end := told[1].Case.End; end.Sub(other) > time.Minute || end.Before(other) {
				t.Errorf("ended %v after the last word of the other", end.Sub(other))
			}
			r.hear(heard{after: time.Second, start: "s2"}) // plugged in again
			r.hear(heard{after: time.Second, start: "s1"})
			if n := r.last(); n.Kind != state.Opened || n.Case.ID == told[0].Case.ID {
				t.Errorf("not told again: %v", r.told())
			}
		})
	}
}

// The closet's other cases open and close as they do with one card.
func TestDuplicateStandsApart(t *testing.T) {
	play := func(other bool) *rig {
		r := newRig(t, probed())
		r.up()
		if other {
			r.hear(heard{start: "s2"})
			r.hear(heard{start: "s1"})
		}
		door := raise(alarm.DoorHeld, "o1", r.now, "")
		r.step(door)
		from, back := r.cut(10 * time.Second)
		r.pass(2*time.Second, hb(false))
		link := raise(alarm.LinkDown, "o2", from, alarm.UplinkPortDown)
		r.step(link, cleared(link, back))
		r.pass(4*time.Second, hb(true))
		r.step(cleared(door, r.now))
		return r
	}
	tell := func(r *rig) []string {
		var list []string
		for _, n := range r.notices {
			if n.Case.Code != alarm.MonitorDuplicate {
				list = append(list, fmt.Sprint(n.Kind, n.Case.Code, n.Case.Verdict(), n.At))
			}
		}
		return list
	}
	one, two := play(false), play(true)
	if !slices.Equal(tell(one), tell(two)) || len(two.notices) != len(one.notices)+1 {
		t.Errorf("with\n  %s\nwithout\n  %s", strings.Join(two.told(), "\n  "), strings.Join(one.told(), "\n  "))
	}
}

// The collector may stop between any two of the saves: told once, and closed once
// after ten minutes of one card.
func TestDuplicateOutlivesARestart(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	r.hear(heard{after: time.Second, start: "s2"})
	r.now = r.now.Add(time.Second)
	first := hb(true)
	first.At = r.now
	acts := r.m.Step(first, r.now)
	for n := 1; n <= len(acts); n++ {
		again := r.restarted(acts[:n])
		for _, start := range []string{"s2", "s1", "s2", "s1"} { // both are still there
			again.hear(heard{after: time.Second, start: start})
		}
		again.pass(11*time.Minute, hb(true))
		id := again.last().Case.ID
		want := []string{"opened monitor.duplicate " + id + " 1", "closed monitor.duplicate " + id + " 2"}
		if got := again.final(); !slices.Equal(got, want) || len(again.closet().Alarms) != 0 {
			t.Errorf("stopped after %d of %d saves: %v", n, len(acts), got)
		}
	}
}

// The end of a duplicate cannot come before its next sign could.
func TestDuplicateTimes(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"duplicate_within: 2m\nduplicate_clear: 2m\n", ""},
		{"duplicate_within: 15m\n", "at least duplicate_within"},
		{"duplicate_within: 0s\n", "a duration above 0"},
		{"duplicate_clear: 0s\n", "a duration above 0"},
	} {
		o := state.DefaultOptions()
		err := strictyaml.Decode("c.yml", []byte(c.src), &o).Err()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.src, err)
		}
	}
}
