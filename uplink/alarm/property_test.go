package alarm_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// world is a small truth: which things are broken, and what that makes of what
// the monitor can see. It knows nothing of the verdict.
type world struct {
	ups        bool // the switch lives on without mains
	carrierToo bool // a dead switch takes the carrier of the monitor's cable
	refuses    bool // a broken service refuses instead of being silent
	broken     map[string]bool
}

func (w *world) switchRuns() bool { return !w.broken["switch"] && (w.ups || !w.broken["mains"]) }

func (w *world) cable() bool { return !w.broken["cable"] }

// reach is how far out the monitor gets: 0 nowhere, 1 the switch, 2 past the
// uplink port, 3 the region, 4 Sjunet.
func (w *world) reach() int {
	switch {
	case !w.cable() || !w.switchRuns():
		return 0
	case w.broken["uplink"]:
		return 1
	case w.broken["access"]:
		return 2
	case w.broken["sjunet"]:
		return 3
	}
	return 4
}

// see returns what a reading of p is now.
func (w *world) see(p reading.Point) (int64, reading.Quality) {
	bit := func(b bool) (int64, reading.Quality) {
		if b {
			return 1, reading.Good
		}
		return 0, reading.Good
	}
	switch p {
	case mains:
		return bit(!w.broken["mains"])
	case carrier:
		return bit(w.cable() && (w.switchRuns() || !w.carrierToo))
	case sw1:
		return bit(w.reach() >= 1)
	case uplink:
		switch {
		case w.reach() < 1:
			return 0, reading.Unknown
		case w.broken["uplink"]:
			return reading.IfDown, reading.Good
		}
		return reading.IfUp, reading.Good
	case region:
		return bit(w.reach() >= 3)
	case cosmic:
		if w.reach() == 4 && w.broken["service"] && w.refuses {
			return reading.ProbeRefused, reading.Good
		}
		return bit(w.reach() == 4 && !w.broken["service"])
	}
	return bit(w.reach() == 4) // Sjunet targets
}

// truth is what can be known of the world from a closet that has a mains
// contact and an uplink to read: the nearest fault hides those behind it.
func (w *world) truth() []alarm.CauseName {
	var list []alarm.CauseName
	lost := w.broken["mains"]
	switch {
	case lost && w.reach() == 0: // a dead switch on a dead supply tells nothing more
		return []alarm.CauseName{alarm.MainsLost}
	case !w.cable():
		list = append(list, alarm.MonitorFault)
	case w.broken["switch"] && w.carrierToo: // looks like its own cable; the candidates say so
		list = append(list, alarm.MonitorFault)
	case w.broken["switch"]:
		list = append(list, alarm.SwitchDown)
	case w.broken["uplink"]:
		list = append(list, alarm.UplinkPortDown)
	case w.broken["access"]:
		list = append(list, alarm.AccessDown)
	case w.broken["sjunet"]:
		list = append(list, alarm.SjunetDown)
	case w.broken["service"]:
		list = append(list, alarm.ServiceDown)
	}
	if lost {
		list = append(list, alarm.MainsLost)
	}
	return list
}

var things = []string{"mains", "cable", "switch", "uplink", "access", "sjunet", "service"}

// TestVerdictAgainstTheTruth breaks one or two things of a random world, delivers
// what is seen in random order and at random times, and holds: in the end the
// verdict is the truth; on the way there and back no cause is told that is not.
func TestVerdictAgainstTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{broken: map[string]bool{}, ups: rapid.Bool().Draw(t, "ups"), carrierToo: rapid.Bool().Draw(t, "carrier too"), refuses: rapid.Bool().Draw(t, "refuses")}
		p := alarm.Plan{Kind: alarm.RegionRun, Uplinks: []alarm.Port{{Device: "sw1", Port: "Gi1/0/48"}}, Switches: []string{"sw1"},
			Mains: []reading.Point{mains}, Interfaces: []string{"eth0"},
			Targets: []alarm.ProbeTarget{{Name: "edge", Layer: alarm.LayerRegion}, {Name: "sjunet-a", Layer: alarm.LayerSjunet}, {Name: "sjunet-b", Layer: alarm.LayerSjunet}, {Name: "Cosmic", Layer: alarm.LayerService}}}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
		s := &stage{t: t, w: w, r: r, now: start}
		s.e = alarm.New(p, func() string { s.occs++; return fmt.Sprint(s.occs) }, s.now)
		s.play(10 * time.Second)
		first := rapid.SampledFrom(things).Draw(t, "first")
		w.broken[first] = true
		s.play(30 * time.Second)
		s.want(w.truth())
		if rapid.Bool().Draw(t, "second") {
			w.broken[rapid.SampledFrom(things).Draw(t, "which")] = true
			s.play(6 * time.Minute)
			s.want(w.truth())
		}
		s.before, s.mended = w.broken, s.now
		w.broken = map[string]bool{}
		s.play(6 * time.Minute)
		s.want(nil)
		if open := s.e.Open(); len(open) != 0 {
			t.Fatalf("left open: %v", open)
		}
	})
}

// stage plays a world to an engine.
type stage struct {
	t    *rapid.T
	w    *world
	r    *rand.Rand
	e    *alarm.Engine
	now  reading.Stamp
	occs int
	open map[string]alarm.Change
	// before is what was broken till mended; for as long as readings take, it may
	// still be told.
	before map[string]bool
	mended reading.Stamp
}

var seen = []reading.Point{mains, carrier, sw1, uplink, region, sjunet1, sjunet2, cosmic}

// play delivers each point about once a second, in random order, one by one.
func (s *stage) play(d time.Duration) {
	for end := s.now.Add(d); end.Since(s.now) > 0; {
		points := slices.Clone(seen)
		s.r.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
		for _, p := range points {
			s.now = s.now.Add(time.Duration(50+s.r.IntN(150)) * time.Millisecond)
			v, q := s.w.see(p)
			s.check(s.e.Step(reading.Batch{Readings: []reading.Reading{{Point: p, Value: v, Quality: q, At: s.now}}}, s.now))
		}
		if wait, ok := s.e.Next(s.now); ok && wait < time.Second {
			s.now = s.now.Add(max(wait, time.Millisecond))
			s.check(s.e.Step(reading.Batch{}, s.now))
		}
	}
}

// check holds every message against the truth of its moment.
func (s *stage) check(out alarm.Outcome) {
	if s.open == nil {
		s.open = map[string]alarm.Change{}
	}
	for _, ch := range out.Changes {
		_, was := s.open[ch.Occ]
		if was == (ch.Act == alarm.Raise) {
			s.t.Fatalf("%s of %s %s twice, or of nothing", ch.Act, ch.Code, ch.Occ)
		}
		if ch.Act == alarm.Clear {
			delete(s.open, ch.Occ)
			continue
		}
		s.open[ch.Occ] = ch
		for _, c := range ch.Causes {
			if truth := s.w.truth(); c.Name != alarm.Undecided && !s.w.fits(c.Name) && !s.late(c.Name) {
				s.t.Fatalf("%s of %s tells %s %v after the repair; broken: %v, truth %v", ch.Act, ch.Code, c.Name, s.now.Since(s.mended), s.w.broken, truth)
			}
		}
	}
}

// late reports whether c was true until no longer ago than a round of readings takes.
func (s *stage) late(c alarm.CauseName) bool {
	old := *s.w
	old.broken = s.before
	return s.now.Since(s.mended) < 2*time.Second && old.fits(c)
}

// fits reports whether a cause may be told of the world as it is.
func (w *world) fits(c alarm.CauseName) bool {
	thing := map[alarm.CauseName]string{alarm.MainsLost: "mains", alarm.SwitchDown: "switch", alarm.UplinkPortDown: "uplink",
		alarm.AccessDown: "access", alarm.SjunetDown: "sjunet", alarm.ServiceDown: "service", alarm.MonitorFault: "cable"}[c]
	return w.broken[thing] || c == alarm.MonitorFault && w.carrierToo && !w.switchRuns()
}

func (s *stage) want(want []alarm.CauseName) {
	got := names(s.e.Verdict())
	if !slices.Equal(got, want) {
		s.t.Fatalf("verdict %v, truth %v; broken %v, ups %v, carrier too %v", got, want, s.w.broken, s.w.ups, s.w.carrierToo)
	}
}

// TestNoFalseAlarmUnderLoss: a day of probes of which one in twenty is lost, with
// bursts on each ask, raises nothing.
func TestNoFalseAlarmUnderLoss(t *testing.T) {
	p := alarm.Plan{Kind: alarm.RegionRun, Targets: []alarm.ProbeTarget{{Name: "edge", Layer: alarm.LayerRegion}, {Name: "sjunet-a", Layer: alarm.LayerSjunet}}}
	e := alarm.New(p, func() string { return "x" }, start)
	r := rand.New(rand.NewPCG(7, 7))
	now := start
	for i := 0; i < 24*3600; {
		step := time.Second
		b := reading.Batch{}
		for _, x := range []reading.Point{region, sjunet1} {
			v := int64(reading.ProbeAnswered)
			if r.IntN(20) == 0 {
				v = reading.ProbeNoAnswer
			}
			b.Readings = append(b.Readings, reading.Reading{Point: x, Value: v, Quality: reading.Good, At: now})
		}
		out := e.Step(b, now)
		if len(out.Changes) > 0 || len(out.Verdict) > 0 {
			t.Fatalf("after %v: %+v %v", now.Since(start), out.Changes, names(out.Verdict))
		}
		if len(out.Asks) > 0 {
			step = 150 * time.Millisecond
		} else {
			i++
		}
		now = now.Add(step)
	}
}
