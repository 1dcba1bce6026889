package panel

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/firmware/agent"
	"rackvakt/sensors/output"
	"rackvakt/uplink/alarm"
)

var noon = time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)

// opened is one open alarm; the occurrence is named by occ.
func opened(code alarm.Code, severity alarm.Severity, occ, joins string) agent.Alarm {
	return agent.Alarm{Key: alarm.Key{Code: code}, Severity: severity, Occ: occ, Joins: joins, Since: noon}
}

var (
	heldDoor = opened(alarm.DoorHeld, alarm.Warning, "held", "")
	linkDown = opened(alarm.LinkDown, alarm.Critical, "link", "")
	pathDown = opened(alarm.PathDownRegion, alarm.Critical, "path", "link")
	mains    = opened(alarm.PowerMainsLost, alarm.Critical, "mains", "")
	smoke    = opened(alarm.ClimateSmoke, alarm.Critical, "smoke", "")
	warm     = opened(alarm.ClimateTemp, alarm.Warning, "heat", "")
	hot      = opened(alarm.ClimateTemp, alarm.Critical, "heat", "")
)

// closet returns a snapshot that the region hears.
func closet(alarms ...agent.Alarm) *agent.Snapshot {
	return &agent.Snapshot{At: noon, ClockSynced: true, Alarms: alarms,
		Site:    agent.Site{Name: "Vårdcentralen Kyrkeby", Closet: "plan1", Kind: alarm.RegionRun},
		Targets: []agent.Target{{Name: "gateway", Result: "answers"}},
		Paths:   []agent.Path{{Path: "fixed", Connected: true, HeardS: 2}}}
}

func deaf(s *agent.Snapshot) *agent.Snapshot {
	s.Lacks = append(s.Lacks, agent.Lack{What: "collector", Object: "fixed"})
	return s
}

func cut(s *agent.Snapshot) *agent.Snapshot {
	s.Paths = []agent.Path{{Path: "fixed", Since: noon.Add(-10 * time.Minute), HeardS: 600}, {Path: "mobile", Since: noon.Add(-7 * time.Minute), HeardS: 500}}
	return s
}

func frontOptions() *output.Options {
	o := output.DefaultOptions()
	return &o
}

func TestWhatIsShown(t *testing.T) {
	info := opened(alarm.SwitchRestarted, alarm.Info, "i", "")
	for _, c := range []struct {
		name string
		s    *agent.Snapshot
		want output.Show
	}{
		{"well", closet(), output.Show{LED: output.Steady, Buzzer: output.Silent}},
		{"information", closet(info), output.Show{LED: output.Steady, Buzzer: output.Silent}},
		{"warning", closet(heldDoor), output.Show{LED: output.Slow, Buzzer: output.Silent}},
		{"critical", closet(heldDoor, linkDown), output.Show{LED: output.Fast, Buzzer: output.Pulse, Alarm: true}},
		{"smoke", closet(linkDown, smoke), output.Show{LED: output.Fast, Buzzer: output.Urgent, Alarm: true}},
		{"warm", closet(warm), output.Show{LED: output.Slow, Buzzer: output.Silent}},
		{"hot", closet(hot), output.Show{LED: output.Fast, Buzzer: output.Urgent, Alarm: true}},
		{"no contact", cut(closet()), output.Show{LED: output.Double, Buzzer: output.Silent}},
		{"connected, not heard", deaf(closet()), output.Show{LED: output.Double, Buzzer: output.Silent}},
		{"no contact and a warning", cut(closet(heldDoor)), output.Show{LED: output.Double, Buzzer: output.Silent}},
		{"no contact and critical", cut(closet(linkDown)), output.Show{LED: output.Fast, Buzzer: output.Pulse, Alarm: true}},
		{"the closet does not answer", nil, output.Show{LED: output.Dark, Buzzer: output.Silent, Alarm: true}},
	} {
		got, _ := Front{}.Next(frontOptions(), c.s, false, noon)
		if got.LED != c.want.LED || got.Buzzer != c.want.Buzzer || got.Alarm != c.want.Alarm || got.Page.Title == "" {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	second := cut(closet())
	second.Paths[1].Connected, second.Paths[1].HeardS = true, 1
	if got, _ := (Front{}).Next(frontOptions(), second, false, noon); got.LED != output.Steady {
		t.Errorf("in contact over the second path: %v", got.LED)
	}
}

func TestMute(t *testing.T) {
	type step struct {
		at    time.Duration
		s     *agent.Snapshot
		press bool
		want  output.Sound
	}
	for name, steps := range map[string][]step{
		"a press silences for half an hour": {
			{0, closet(linkDown), false, output.Pulse}, {time.Second, closet(linkDown), true, output.Silent},
			{30 * time.Minute, closet(linkDown), false, output.Silent}, {30*time.Minute + time.Second, closet(linkDown), false, output.Pulse}},
		"what joins a silenced case is the same fault": {
			{0, closet(linkDown), true, output.Silent}, {time.Minute, closet(linkDown, pathDown), false, output.Silent}},
		"a new critical alarm sounds": {
			{0, closet(linkDown), true, output.Silent}, {time.Minute, closet(linkDown, mains), false, output.Pulse},
			{2 * time.Minute, closet(linkDown, mains), true, output.Silent}},
		"a second outage sounds": {
			{0, closet(linkDown), true, output.Silent}, {time.Minute, closet(), false, output.Silent},
			{2 * time.Minute, closet(opened(alarm.LinkDown, alarm.Critical, "another", "")), false, output.Pulse}},
		"smoke is silenced for ten minutes at most": {
			{0, closet(smoke, linkDown), true, output.Silent}, {10*time.Minute - time.Second, closet(smoke, linkDown), false, output.Silent},
			{10 * time.Minute, closet(smoke, linkDown), false, output.Urgent}, {11 * time.Minute, closet(smoke, linkDown), true, output.Silent},
			{21 * time.Minute, closet(smoke, linkDown), false, output.Urgent}},
		"what joins smoke does not lengthen its silence": {
			{0, closet(smoke, opened(alarm.LinkDown, alarm.Critical, "l", "smoke")), true, output.Silent},
			{10 * time.Minute, closet(smoke, opened(alarm.LinkDown, alarm.Critical, "l", "smoke")), false, output.Urgent}},
		"a press before the alarm silences nothing": {
			{0, closet(), true, output.Silent}, {time.Second, closet(linkDown), false, output.Pulse}},
		"a press on a warning does not silence what it becomes": {
			{0, closet(warm), true, output.Silent}, {time.Second, closet(hot), false, output.Urgent}},
		"nor of one that does not need repeating": {
			{0, closet(opened(alarm.SwitchFan, alarm.Warning, "fan", "")), true, output.Silent},
			{time.Second, closet(opened(alarm.SwitchFan, alarm.Critical, "fan", "")), false, output.Pulse}},
		"a closet that answers again is as silent as before": {
			{0, closet(linkDown), true, output.Silent}, {time.Second, nil, false, output.Silent}, {time.Minute, closet(linkDown), false, output.Silent}},
	} {
		f := Front{}
		for _, s := range steps {
			var got output.Show
			if got, f = f.Next(frontOptions(), s.s, s.press, noon.Add(s.at)); got.Buzzer != s.want {
				t.Errorf("%s: at %v %s, want %s", name, s.at, got.Buzzer, s.want)
			}
		}
	}
	short := frontOptions()
	short.Mute.For = time.Minute
	_, f := Front{}.Next(short, closet(smoke), true, noon)
	if got, _ := f.Next(short, closet(smoke), false, noon.Add(time.Minute)); got.Buzzer != output.Urgent {
		t.Errorf("smoke is silenced for longer than a press lasts: %v", got.Buzzer)
	}
}

// Whatever happens: a critical alarm whose case nobody silenced sounds, nothing
// critical is silent for longer than a press lasts, smoke not for longer than ten
// minutes, and nothing sounds without cause.
func TestMuteNeverEatsAnAlarm(t *testing.T) {
	all := []agent.Alarm{heldDoor, linkDown, pathDown, mains, smoke, warm, hot}
	rapid.Check(t, func(t *rapid.T) {
		o, f, now := frontOptions(), Front{}, noon
		pressed := map[string]time.Time{} // of a case, while it is open
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "seconds")) * time.Second)
			alarms := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 4, func(a agent.Alarm) string { return a.Occ }).Draw(t, "open")
			press := rapid.Bool().Draw(t, "press")
			var got output.Show
			got, f = f.Next(o, closet(alarms...), press, now)
			open := map[string]bool{}
			must, may := false, false
			for _, a := range alarms {
				if a.Severity != alarm.Critical {
					continue
				}
				fault, limit := a.Occ, 30*time.Minute
				if a.Occ == "path" {
					fault = "link"
				}
				if a.Occ == "smoke" || a.Occ == "heat" {
					limit = 10 * time.Minute
				}
				open[fault] = true
				if press {
					pressed[fault] = now
				}
				at, was := pressed[fault]
				may = true
				must = must || !was || now.Sub(at) >= limit
			}
			for fault := range pressed {
				if !open[fault] {
					delete(pressed, fault)
				}
			}
			if loud := got.Buzzer != output.Silent; must != loud || loud && !may {
				t.Fatalf("%s with %d alarms; must sound %v", got.Buzzer, len(alarms), must)
			}
		}
	})
}

// Pages follow each other every five seconds; what is new is shown at once.
func TestPagesTurn(t *testing.T) {
	o, f := frontOptions(), Front{}
	title := func(s *agent.Snapshot, at int) string {
		var show output.Show
		show, f = f.Next(o, s, false, noon.Add(time.Duration(at)*time.Second))
		return show.Page.Title
	}
	var got []string
	for at := range 31 {
		got = append(got, title(closet(), at))
	}
	for at, want := range []string{0: "Plats 1/5", 4: "Plats 1/5", 5: "Läge 2/5", 10: "Temperatur 3/5", 15: "Dörr 4/5", 20: "Sedan 5/5", 25: "Plats 1/5", 30: "Läge 2/5"} {
		if want != "" && got[at] != want {
			t.Errorf("after %d s %q, want %q", at, got[at], want)
		}
	}
	if got := title(closet(), 36); got != "Temperatur 3/5" {
		t.Error(got)
	}
	if got := title(closet(linkDown), 37); got != "Läge 2/5" {
		t.Errorf("a new alarm shows %q", got)
	}
	if got := title(closet(linkDown), 41); got != "Läge 2/5" {
		t.Errorf("its page is left at once: %q", got)
	}
	if got := title(closet(), 42); !strings.HasPrefix(got, "Temperatur") && !strings.HasPrefix(got, "Läge") {
		t.Errorf("the end of it shows %q", got)
	}
	if got, _ := (Front{}).Next(o, closet(linkDown), false, noon); got.Page.Title != "Läge 2/5" {
		t.Errorf("a start with an alarm shows %q", got.Page.Title)
	}
	long := closet()
	long.Site.ReserveRoutine = strings.Repeat("Ett långt stycke text. ", 30)
	for at := 100; at < 200; at += 5 {
		title(long, at)
	}
	if got := title(closet(), 200); got == "" {
		t.Error("fewer pages than before leave nothing to show")
	}
}

// Next leaves the Front that it was called on as it was.
func TestNextIsPure(t *testing.T) {
	_, f := Front{}.Next(frontOptions(), closet(linkDown), true, noon)
	before := fmt.Sprint(f)
	a, fa := f.Next(frontOptions(), closet(linkDown, mains), true, noon.Add(time.Hour))
	b, fb := f.Next(frontOptions(), closet(linkDown, mains), true, noon.Add(time.Hour))
	if fmt.Sprint(f) != before || fmt.Sprint(a, fa) != fmt.Sprint(b, fb) {
		t.Errorf("%v became %v; %v, %v", before, f, fa, fb)
	}
}
