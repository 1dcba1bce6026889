package alarm_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// rack is a small truth: parts of a switch that are bad or hidden, since when each
// has been told to be bad, and the same for bad or, of a supply, gone.
type rack struct {
	bad, hidden     map[reading.Point]bool
	saidBad, faulty map[reading.Point]reading.Stamp
	silent          bool
	boot            reading.Stamp
}

var rackParts = []reading.Point{fan, fan2, psu, heat, poe, optic}

var partCodes = map[reading.Point]alarm.Key{
	fan: {Code: alarm.SwitchFan, Object: "sw1/fan 1"}, fan2: {Code: alarm.SwitchFan, Object: "sw1/fan 2"}, psu: {Code: alarm.SwitchPSU, Object: "sw1/psu 1"},
	heat: {Code: alarm.SwitchTemp, Object: "sw1/inlet"}, poe: {Code: alarm.SwitchPoE, Object: "sw1/poe 1"}, optic: {Code: alarm.LinkOptic, Object: "sw1/Gi1/0/48"},
}

// TestPartsAgainstTheTruth lets parts fail, vanish and return, the switch start
// again or fall silent, and the agent start again, at random. An alarm on a part is
// raised only after the part was bad for long enough, one at a time for one part,
// what stays bad is told, and every open alarm is ended when all is well.
func TestPartsAgainstTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		s := &bench{t: t, now: start, open: map[string]alarm.Key{}, rack: rack{bad: map[reading.Point]bool{}, hidden: map[reading.Point]bool{},
			saidBad: map[reading.Point]reading.Stamp{}, faulty: map[reading.Point]reading.Stamp{}, boot: start.Add(-time.Hour)}}
		s.plan = alarm.Plan{Switches: []string{"sw1"}, Uplinks: []alarm.Port{{Device: "sw1", Port: "Gi1/0/48"}}}
		s.e = alarm.New(s.plan, s.occ, s.now)
		s.play(5 * time.Minute)
		for range rapid.IntRange(3, 15).Draw(t, "events") {
			part := rackParts[r.IntN(len(rackParts))]
			switch r.IntN(8) {
			case 0, 1, 2:
				s.rack.bad[part] = !s.rack.bad[part]
			case 3, 4:
				s.rack.hidden[part] = !s.rack.hidden[part]
			case 5:
				s.rack.boot = s.now
			case 6:
				s.rack.silent = !s.rack.silent
			case 7:
				s.restart()
			}
			s.play(time.Duration(r.IntN(1500)) * time.Second)
		}
		clear(s.rack.bad)
		clear(s.rack.hidden)
		s.rack.silent = false
		s.play(90 * time.Minute) // the longest flapping dies down
		if len(s.open) > 0 || len(s.e.Open()) > 0 {
			t.Fatalf("left open: %v", s.open)
		}
	})
}

// bench plays a rack to an engine.
type bench struct {
	t    *rapid.T
	rack rack
	plan alarm.Plan
	e    *alarm.Engine
	now  reading.Stamp
	occs int
	open map[string]alarm.Key
}

func (s *bench) occ() string { s.occs++; return fmt.Sprint(s.occs) }

func (s *bench) restart() {
	open := s.e.Open()
	s.e = alarm.New(s.plan, s.occ, s.now)
	s.e.Restore(open)
}

const every = 30 * time.Second

// play delivers every point each 30 s, with the engine's own ticks between.
func (s *bench) play(d time.Duration) {
	for end := s.now.Add(d); end.Since(s.now) > 0; {
		s.check(s.e.Step(s.round(), s.now))
		s.checkTold()
		for next := s.now.Add(every); ; {
			wait, ok := s.e.Next(s.now)
			if !ok || wait >= next.Since(s.now) {
				s.now = next
				break
			}
			s.now = s.now.Add(max(wait, time.Millisecond))
			s.check(s.e.Step(reading.Batch{}, s.now))
		}
	}
}

// round is what the switch tells now.
func (s *bench) round() reading.Batch {
	var b reading.Batch
	add := func(p reading.Point, v int64, told bool) {
		r := reading.Reading{Point: p, Value: v, Quality: reading.Good, At: s.now}
		if !told {
			r.Quality, r.Reason = reading.Unknown, "not told"
		}
		b.Readings = append(b.Readings, r)
	}
	up := int64(1)
	if s.rack.silent {
		up = 0
	}
	add(sw1, up, true)
	add(reading.Point{Device: "sw1", Kind: reading.DeviceUptime}, int64(s.now.Since(s.rack.boot)/(10*time.Millisecond)), !s.rack.silent)
	add(uplink, reading.IfUp, !s.rack.silent)
	for _, p := range rackParts {
		v := int64(reading.PartOK)
		if s.rack.bad[p] {
			v = reading.PartWarning
		}
		told := !s.rack.silent && !s.rack.hidden[p]
		add(p, v, told)
		gone := p == psu && s.rack.hidden[p] && !s.rack.silent
		s.since(s.rack.saidBad, p, told && s.rack.bad[p])
		s.since(s.rack.faulty, p, told && s.rack.bad[p] || gone)
	}
	return b
}

// since notes in m from when on p has been so.
func (s *bench) since(m map[reading.Point]reading.Stamp, p reading.Point, so bool) {
	switch {
	case !so:
		delete(m, p)
	case m[p].IsZero():
		m[p] = s.now
	}
}

func (s *bench) check(out alarm.Outcome) {
	for _, ch := range out.Changes {
		key, was := s.open[ch.Occ]
		if was == (ch.Act == alarm.Raise) || was && key != ch.Key {
			s.t.Fatalf("%s of %s %s %s twice, or of nothing", ch.Act, ch.Code, ch.Object, ch.Occ)
		}
		if ch.Act == alarm.Clear {
			delete(s.open, ch.Occ)
			continue
		}
		if ch.Act == alarm.Raise {
			s.checkRaise(ch)
		}
		s.open[ch.Occ] = ch.Key
	}
}

// checkTold: what is said to be bad for long, by a switch that has run for long, is
// told.
func (s *bench) checkTold() {
	const long = 20 * time.Minute
	for p, since := range s.rack.saidBad {
		told := slices.Contains(slices.Collect(maps.Values(s.open)), partCodes[p])
		if s.now.Since(since) > long && s.now.Since(s.rack.boot) > long && !told {
			s.t.Fatalf("%s has been bad for %v and is not told", p, s.now.Since(since))
		}
	}
}

// checkRaise: nothing else open is the same, and the part has been bad for long,
// counted from when it was last not known to be well.
func (s *bench) checkRaise(ch alarm.Change) {
	for _, key := range s.open {
		if key == ch.Key {
			s.t.Fatalf("%s %s is raised while it is open", ch.Code, ch.Object)
		}
	}
	for p, key := range partCodes {
		since := s.rack.faulty[p]
		if key == ch.Key && (since.IsZero() || s.now.Since(since) < 2*time.Minute-every || s.now.Since(s.rack.boot) < 3*time.Minute) {
			s.t.Fatalf("%s %s raised; bad since %v, started %v, now %v", ch.Code, ch.Object, since.Mono, s.rack.boot.Mono, s.now.Mono)
		}
	}
}
