package state_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

const closetID = "arvika.plan1"

var begin = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// rig drives one Machine with a clock of its own.
type rig struct {
	t       *testing.T
	m       *state.Machine
	now     time.Time
	alarms  map[string]state.Alarm
	cases   map[string]state.Case
	notices []state.Notice
	asked   []state.Ask
	heard   map[string]time.Time
}

func site(id, router, sw string) state.Site {
	return state.Site{
		ID: id, Name: "Vårdcentralen " + id, Area: "vast", Kind: alarm.RegionRun, Routine: "Reservrutin 4",
		Closets: []state.Closet{{Name: "plan1", Router: router, Switch: sw}},
	}
}

func probed() state.Site   { return site("arvika", "192.0.2.1", "192.0.2.10") }
func unprobed() state.Site { return site("arvika", "", "") }

func newRig(t *testing.T, sites ...state.Site) *rig {
	r := &rig{t: t, now: begin, alarms: map[string]state.Alarm{}, cases: map[string]state.Case{}, heard: map[string]time.Time{}}
	r.m = state.New(state.DefaultOptions(), sites, begin)
	return r
}

func (r *rig) take(acts []state.Action) {
	for _, a := range acts {
		switch a := a.(type) {
		case state.SaveAlarm:
			r.alarms[a.Alarm.Change.Occ] = a.Alarm
		case state.SaveCase:
			r.cases[a.Case.ID] = a.Case
		case state.Notify:
			if r.cases[a.Notice.Case.ID].Seq != a.Notice.Seq {
				r.t.Errorf("notice %d of %s before its case was saved", a.Notice.Seq, a.Notice.Case.ID)
			}
			r.notices = append(r.notices, a.Notice)
		case state.Ask:
			r.asked = append(r.asked, a)
		}
	}
}

func (r *rig) step(evs ...state.Event) {
	for _, ev := range evs {
		r.take(r.m.Step(ev, r.now))
	}
}

// pass lets d go by in ticks of 100 ms; each is called every second.
func (r *rig) pass(d time.Duration, each ...state.Event) {
	for end := r.now.Add(d); r.now.Before(end); {
		r.now = r.now.Add(100 * time.Millisecond)
		if r.now.Sub(begin)%time.Second == 0 {
			for _, ev := range each {
				if l, ok := ev.(state.Life); ok {
					l.At = r.now
					ev = l
				}
				r.step(ev)
			}
		}
		r.step(state.Tick{})
	}
}

func hb(drained bool) state.Life {
	return state.Life{Closet: closetID, Path: "fixed", Start: "s1", Conn: 1, Drained: drained, Empty: drained, Backlog: !drained}
}

// up brings the closet to a quiet normal state.
func (r *rig) up() { r.pass(5*time.Second, hb(true)) }

func stamp(t time.Time) reading.Stamp {
	return reading.Stamp{Boot: "b1", Mono: t.Sub(begin) + time.Hour, Wall: t, Synced: true}
}

func raise(code alarm.Code, occ string, since time.Time, cause alarm.CauseName) state.Change {
	row, _ := alarm.Lookup(code)
	ch := alarm.Change{Act: alarm.Raise, Key: alarm.Key{Code: code}, Occ: occ, Severity: alarm.Critical, Class: row.Class, Since: stamp(since)}
	if cause != "" {
		ch.Causes = []alarm.Cause{{Name: cause}}
		ch.Class = alarm.RemedyOf(cause, alarm.RegionRun).Class
	}
	return state.Change{Closet: closetID, Made: stamp(since), Change: ch}
}

func cleared(c state.Change, until time.Time) state.Change {
	u := stamp(until)
	c.Made = u
	c.Change.Act, c.Change.Until, c.Change.Reason, c.Change.Causes = alarm.Clear, &u, "restored", nil
	return c
}

// told renders the notices as "kind code verdict" for comparison.
func (r *rig) told() []string {
	var list []string
	for _, n := range r.notices {
		words := []string{string(n.Kind), string(n.Case.Code)}
		for _, v := range n.Case.Verdict() {
			words = append(words, string(v))
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

func (r *rig) want(list ...string) {
	r.t.Helper()
	if got := r.told(); !slices.Equal(got, list) {
		r.t.Errorf("told\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(list, "\n  "))
	}
}

func (r *rig) last() state.Notice {
	r.t.Helper()
	if len(r.notices) == 0 {
		r.t.Fatal("nothing was told")
	}
	return r.notices[len(r.notices)-1]
}

func (r *rig) closet() state.ClosetView { return r.m.View(r.now).Sites[0].Closets[0] }

func answer(t state.Target, alive bool) state.Answered {
	return state.Answered{Closet: closetID, Target: t, Alive: alive}
}

// cut plays a silence of d with a told case and returns when it began and ended.
func (r *rig) cut(d time.Duration) (from, back time.Time) {
	from = r.now
	r.pass(2500 * time.Millisecond)
	r.step(answer(state.Router, true), answer(state.Switch, false))
	r.pass(d - 2500*time.Millisecond)
	back = r.now
	return from, back
}

func TestLateRecordsJoinTheSilence(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	from, back := r.cut(5 * time.Minute)
	link := raise(alarm.LinkDown, "o1", from.Add(300*time.Millisecond), alarm.UplinkPortDown)
	path := raise(alarm.PathDownRegion, "o2", from.Add(700*time.Millisecond), alarm.UplinkPortDown)
	for range 4 { // what was written during the cut arrives first: not believed
		life := hb(true)
		life.At = r.now
		r.step(life)
		r.pass(400 * time.Millisecond)
	}
	r.step(link, path, cleared(link, back.Add(-time.Second)))
	r.pass(3*time.Second, hb(false))
	r.want("opened monitor.silent unknown")
	r.step(cleared(path, back))
	r.pass(2*time.Second, hb(true))
	r.want("opened monitor.silent unknown", "closed monitor.silent uplink_port_down")
	k := r.last().Case
	if !k.Measured || !k.Start.Equal(from.Add(300*time.Millisecond)) || !k.End.Equal(back) {
		t.Errorf("measured %v, from %v to %v", k.Measured, k.Start.Sub(from), k.End.Sub(back))
	}
	if k.Class != alarm.Access || k.Party != alarm.RegionIT || len(k.Standing) != 0 || len(k.Members) != 3 {
		t.Errorf("%+v", k)
	}
	if v := r.m.View(r.now); len(v.Cases) != 0 || len(r.closet().Alarms) != 0 {
		t.Errorf("still open: %v %v", v.Cases, r.closet().Alarms)
	}
	r.step(link, path) // doubled or out of order: over is over
	r.pass(time.Minute, hb(true))
	if len(r.notices) != 2 {
		t.Errorf("told again: %v", r.told())
	}
}

func TestSilenceWithoutExplanation(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	from, back := r.cut(time.Minute)
	r.pass(4*time.Second, hb(true))
	r.want("opened monitor.silent unknown", "closed monitor.silent unknown")
	k := r.last().Case
	if k.Measured || !k.Start.Equal(from) || k.End.Sub(back) > time.Second {
		t.Errorf("from %v to %v, measured %v", k.Start, k.End, k.Measured)
	}
}

func TestSecondOutageIsASecondCase(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	var occ = []string{"o1", "o2"}
	for i := range occ {
		from, back := r.cut(30 * time.Second)
		r.pass(time.Second, hb(false))
		link := raise(alarm.LinkDown, occ[i], from, alarm.UplinkPortDown)
		r.step(link, cleared(link, back))
		r.pass(time.Minute, hb(true))
	}
	r.want("opened monitor.silent unknown", "closed monitor.silent uplink_port_down",
		"opened monitor.silent unknown", "closed monitor.silent uplink_port_down")
	if r.notices[0].Case.ID == r.notices[2].Case.ID {
		t.Error("both outages carry one number")
	}
}

// The second cut comes before the first could be explained: each record finds
// the silence that it belongs to.
func TestSecondOutageBeforeTheFirstIsExplained(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	from1, back1 := r.cut(time.Minute)
	r.pass(time.Second, hb(false))
	r.pass(20*time.Second, hb(false))
	from2, back2 := r.cut(time.Minute)
	r.pass(time.Second, hb(false))
	a := raise(alarm.LinkDown, "o1", from1, alarm.UplinkPortDown)
	b := raise(alarm.LinkDown, "o2", from2, alarm.SwitchDown)
	r.step(a, cleared(a, back1), b, cleared(b, back2))
	r.pass(5*time.Second, hb(true))
	r.want("opened monitor.silent unknown", "opened monitor.silent unknown",
		"closed monitor.silent uplink_port_down", "closed monitor.silent switch_down")
}

func TestStillBrokenAfterReturn(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	from, _ := r.cut(time.Minute)
	r.pass(time.Second, hb(false))
	path := raise(alarm.PathDownSjunet, "o1", from, alarm.SjunetDown)
	r.step(path)
	r.pass(20*time.Second, hb(true))
	r.want("opened monitor.silent unknown")
	r.pass(20*time.Second, hb(true))
	r.want("opened monitor.silent unknown", "updated monitor.silent sjunet_down")
	r.step(cleared(path, r.now))
	r.want("opened monitor.silent unknown", "updated monitor.silent sjunet_down", "closed monitor.silent sjunet_down")
}

func TestOwnStart(t *testing.T) {
	r := newRig(t, probed())
	r.pass(4900 * time.Millisecond)
	if len(r.asked) != 0 {
		t.Fatal("asked before two periods")
	}
	r.pass(100 * time.Millisecond)
	if v := r.closet(); len(r.asked) != 1 || v.Status != state.Unknown {
		t.Fatalf("asked %v, %s", r.asked, v.Status)
	}
	for range 30 {
		r.step(answer(state.Router, true), answer(state.Switch, true))
		r.pass(time.Second)
	}
	r.want()

	none := newRig(t, unprobed())
	none.pass(59 * time.Second)
	none.want()
	none.pass(2 * time.Second)
	none.want("opened monitor.silent unknown")
}

func TestOwnTroubleIsNoSilence(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	r.step(state.Own{Deaf: true, Why: "broker_down"})
	r.pass(10 * time.Minute)
	if v := r.closet(); v.Status != state.Unknown || v.Reason != "collector_deaf" || len(r.asked) != 0 {
		t.Errorf("%+v, asked %v", v, r.asked)
	}
	r.step(state.Own{})
	r.pass(4900 * time.Millisecond)
	if len(r.asked) != 0 {
		t.Error("asked before two periods")
	}
	r.pass(3*time.Second, hb(true))
	if r.want(); r.closet().Status != state.Online {
		t.Error("not online again")
	}
}

func TestOneCutIsOneCase(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	link := raise(alarm.LinkDown, "o1", r.now, alarm.UplinkPortDown)
	path := raise(alarm.PathDownRegion, "o2", r.now, alarm.UplinkPortDown)
	sjunet := raise(alarm.PathDownSjunet, "o3", r.now, alarm.UplinkPortDown)
	r.step(link, path, sjunet, path)
	r.pass(10*time.Second, hb(true))
	r.want("opened link.down uplink_port_down")
	r.step(cleared(link, r.now), cleared(path, r.now))
	r.want("opened link.down uplink_port_down")
	r.step(cleared(sjunet, r.now), cleared(sjunet, r.now))
	r.want("opened link.down uplink_port_down", "closed link.down uplink_port_down")
}

func TestLiveAlarms(t *testing.T) {
	for _, c := range []struct {
		code  alarm.Code
		cause alarm.CauseName
		party alarm.Party
		told  []alarm.Party
	}{
		{alarm.PathDownSjunet, alarm.SjunetDown, alarm.RegionIT, []alarm.Party{alarm.RegionIT, alarm.CareProvider}},
		{alarm.PowerMainsLost, "", alarm.PropertyOwner, []alarm.Party{alarm.RegionIT, alarm.PropertyOwner, alarm.CareProvider}},
		{alarm.DoorHeld, "", alarm.CareProvider, []alarm.Party{alarm.RegionIT, alarm.CareProvider}},
		{alarm.ClimateTemp, "", alarm.PropertyOwner, []alarm.Party{alarm.RegionIT, alarm.PropertyOwner}},
	} {
		r := newRig(t, probed())
		r.up()
		ch := raise(c.code, "o1", r.now, c.cause)
		r.step(ch)
		n := r.last()
		if n.Case.Party != c.party || !slices.Equal(n.Parties, c.told) || !n.At.Equal(r.now) {
			t.Errorf("%s: party %s, told %v", c.code, n.Case.Party, n.Parties)
		}
		r.pass(time.Minute, hb(true))
		r.step(cleared(ch, r.now))
		if n = r.last(); n.Kind != state.Closed || !slices.Equal(n.Parties, c.told) || len(r.notices) != 2 {
			t.Errorf("%s: %v", c.code, r.told())
		}
	}
}

func TestLateIsNotNow(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	old := raise(alarm.DoorHeld, "o1", r.now.Add(-time.Hour), "")
	r.step(old, cleared(old, r.now.Add(-50*time.Minute)))
	r.pass(time.Minute, hb(true))
	r.want()
	still := raise(alarm.DoorHeld, "o2", r.now.Add(-time.Hour), "")
	r.step(still)
	r.want()
	r.pass(2*time.Second, hb(true))
	r.want("opened door.held")
	if k := r.last().Case; !k.Start.Equal(still.Change.Since.Wall) || !k.Measured {
		t.Errorf("start %v", k.Start)
	}
}

func TestOnlyWhoRaisedItClearsIt(t *testing.T) {
	other := site("kil", "", "")
	r := newRig(t, probed(), other)
	r.up()
	door := raise(alarm.DoorHeld, "o1", r.now, "")
	r.step(door)
	foreign := cleared(door, r.now)
	foreign.Closet = "kil.plan1"
	r.step(foreign)
	r.cut(10 * time.Second)
	silent := r.last().Case.Members[0]
	fake := cleared(raise(alarm.MonitorSilent, silent, r.now, ""), r.now)
	r.step(fake, raise(alarm.MonitorSilent, "o9", r.now, ""), state.OpenList{Closet: closetID, Occs: []string{"o1"}})
	if open := len(r.closet().Alarms); open != 2 {
		t.Errorf("%d alarms stand, want door and silence", open)
	}
}

func TestOpenListClosesWhatWasLost(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	r.step(raise(alarm.DoorHeld, "o1", r.now, ""), raise(alarm.ClimateTemp, "o2", r.now, ""))
	r.step(state.OpenList{Closet: closetID, Occs: []string{"o2"}})
	r.want("opened door.held", "opened climate.temperature", "closed door.held")
	if n := r.last(); n.Case.Reason != "lost_by_closet" {
		t.Errorf("reason %q", n.Case.Reason)
	}
}

func TestClearBeforeRaise(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	door := raise(alarm.DoorHeld, "o1", r.now, "")
	r.step(cleared(door, r.now), door)
	r.want()
}

func TestSilenceAfterMainsLost(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	mains := raise(alarm.PowerMainsLost, "o1", r.now, "")
	r.step(mains)
	_, back := r.cut(10 * time.Minute)
	r.want("opened power.mains_lost")
	if v := r.closet(); v.Status != state.Silent {
		t.Errorf("status %s", v.Status)
	}
	r.pass(time.Second, hb(false))
	r.step(cleared(mains, back))
	r.pass(5*time.Second, hb(true))
	r.want("opened power.mains_lost", "closed power.mains_lost")
}

func TestManySitesAreOneIncident(t *testing.T) {
	var sites []state.Site
	ids := []string{"arvika", "kil", "forshaga", "grums", "hagfors", "torsby"}
	for _, id := range ids {
		sites = append(sites, site(id, "192.0.2.1", "192.0.2.10"))
	}
	r := newRig(t, sites...)
	var all []state.Event
	for _, id := range ids {
		l := hb(true)
		l.Closet = state.ClosetID(id, "plan1")
		all = append(all, l)
	}
	r.pass(5*time.Second, all...)
	r.pass(5*time.Second, all[0])
	r.want("opened region.many_silent region_core")
	n := r.last()
	if len(n.Case.Sites) != 5 || !slices.Equal(n.Parties, []alarm.Party{alarm.RegionIT}) || n.Case.Class != alarm.RegionCore {
		t.Errorf("sites %v, parties %v, class %s", n.Case.Sites, n.Parties, n.Case.Class)
	}
	r.pass(5*time.Second, all...)
	r.want("opened region.many_silent region_core", "closed region.many_silent region_core")
}

func TestAcknowledged(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	r.step(raise(alarm.DoorHeld, "o1", r.now, ""))
	id := r.last().Case.ID
	r.step(state.Acknowledged{Case: id, By: "servicedesk"}, state.Acknowledged{Case: id, By: "another"}, state.Acknowledged{Case: "none", By: "x"})
	if k := r.cases[id]; k.AckedBy != "servicedesk" || !k.AckedAt.Equal(r.now) || len(r.notices) != 1 {
		t.Errorf("%+v", k)
	}
}

func TestUnsynchronisedClockIsPlacedByItsBoot(t *testing.T) {
	r := newRig(t, probed())
	life := hb(true)
	for range 5 {
		r.now = r.now.Add(time.Second)
		life.At = r.now
		life.Stamp = reading.Stamp{Boot: "b1", Mono: r.now.Sub(begin) + time.Hour, Wall: time.Unix(0, 0)}
		r.step(life)
		slow := life // the same, held up on its way: tells less
		slow.At = r.now.Add(700 * time.Millisecond)
		r.step(slow)
	}
	door := raise(alarm.DoorHeld, "o1", r.now.Add(-500*time.Millisecond), "")
	for _, s := range []*reading.Stamp{&door.Made, &door.Change.Since} {
		s.Wall, s.Synced = time.Unix(100, 0), false
	}
	r.step(door)
	if k := r.last().Case; !k.Start.Equal(r.now.Add(-500*time.Millisecond)) || !k.Measured {
		t.Errorf("start %v, measured %v", k.Start, k.Measured)
	}
}

// A cut too short to be told leaves no message behind, although its records come fresh.
func TestShortCutTellsNothing(t *testing.T) {
	r := newRig(t, probed())
	r.up()
	from := r.now
	r.pass(3 * time.Second)
	life := hb(false)
	life.At = r.now
	r.step(life)
	link := raise(alarm.LinkDown, "o1", from, alarm.UplinkPortDown)
	link.Made = stamp(r.now.Add(-500 * time.Millisecond))
	r.step(link)
	r.pass(300 * time.Millisecond)
	r.step(cleared(link, r.now))
	r.pass(10*time.Second, hb(true))
	r.want()
}
