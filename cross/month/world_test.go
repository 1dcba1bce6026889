package month

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"rackvakt/uplink/alarm"
)

// truth is something that an alarm must tell, or may.
type truth struct {
	alarm.Key
	from, to time.Duration // since the beginning
	// within is how long after from it must be told; 0: it may be told.
	within time.Duration
	// over is how long after to the alarm may still stand.
	over time.Duration
}

// move is one act on a line.
type move struct {
	at     time.Duration
	lock   bool // of the lock, else of the door
	active bool // open, or unlocked
	broken bool // the line does not answer from now on; active is its level till then
	mended bool
	seen   bool // its edge is not lost
}

// world is what truly happens, drawn from one seed.
type world struct {
	r      *rand.Rand
	begin  time.Time // in Swedish time
	length time.Duration
	moves  []move
	truths []truth
	visits []alarm.Visit
	// openings are when the door was truly opened.
	openings []time.Duration
	// heats and damps are times in which it gets warm or damp; gone and stuck those
	// in which the 1-Wire probe is silent or rests, creeps those in which the
	// humidity sensor is full of water.
	heats, damps        []course
	gone, stuck, creeps []span
	// wire and bus are the bad reads of either probe; drift is how far the humidity
	// sensor is off in the end, in %.
	wire, bus    flakes
	drift, phase float64
}

type span struct{ from, to time.Duration }

func (s span) holds(at time.Duration) bool { return s.from <= at && at < s.to }

func in(list []span, at time.Duration) bool {
	return slices.ContainsFunc(list, func(s span) bool { return s.holds(at) })
}

// course is a rise towards rest + by with the time constant tau, until to, and back.
type course struct {
	span
	by  float64
	tau time.Duration
}

func (c course) add(at time.Duration) float64 {
	up := func(t time.Duration) float64 { return c.by * (1 - math.Exp(-t.Hours()/c.tau.Hours())) }
	switch {
	case at < c.from:
		return 0
	case at < c.to:
		return up(at - c.from)
	}
	const back = 10 * time.Minute
	return up(c.to-c.from) * math.Exp(-(at-c.to).Hours()/back.Hours())
}

// flakes bounds the bad reads of a probe: at most two of eight.
type flakes struct {
	share float64
	last  [7]bool
}

func (f *flakes) bad(r *rand.Rand) bool {
	n := 0
	for _, b := range f.last {
		if b {
			n++
		}
	}
	bad := n < 2 && r.Float64() < f.share
	copy(f.last[:], f.last[1:])
	f.last[len(f.last)-1] = bad
	return bad
}

const day = 24 * time.Hour

func newWorld(seed uint64, begin time.Time, days int) *world {
	w := &world{r: rand.New(rand.NewPCG(seed, 30)), begin: begin, length: time.Duration(days) * day,
		wire: flakes{share: 0.04}, bus: flakes{share: 0.01}}
	w.drift, w.phase = w.between(-3, 3), w.between(0, 2)
	for d := range days {
		w.doors(time.Duration(d) * day)
	}
	w.climate(days)
	slices.SortStableFunc(w.moves, func(a, b move) int { return cmp.Compare(a.at, b.at) })
	return w
}

func (w *world) between(a, b float64) float64 { return a + (b-a)*w.r.Float64() }

func (w *world) time(a, b time.Duration) time.Duration {
	return a + time.Duration(w.r.Int64N(int64(b-a)))
}

func (w *world) wall(at time.Duration) time.Time { return w.begin.Add(at) }

// hours is the door's opening hours as the month has them, by hand.
var hours = []string{"mon-fri 07:00-17:00", "sat 10:00-14:00"}

// inHours says the same as hours, in other words.
func inHours(t time.Time) bool {
	local := t.In(t.Location())
	clock := local.Format("15:04")
	switch local.Weekday() {
	case time.Sunday:
		return false
	case time.Saturday:
		allSaints := local.Format("2006-01-02") == "2026-10-31"
		return !allSaints && clock >= "10:00" && clock < "14:00"
	}
	return clock >= "07:00" && clock < "17:00"
}

func (w *world) allowed(at time.Duration) bool {
	t := w.wall(at)
	return inHours(t) || slices.ContainsFunc(w.visits, func(v alarm.Visit) bool { return !t.Before(v.From) && t.Before(v.To) })
}

// doors draws what happens to the door on one day, from 40 minutes to 80 apart.
func (w *world) doors(from time.Duration) {
	if w.r.IntN(3) == 0 {
		at := from + w.time(18*time.Hour, 22*time.Hour)
		w.visits = append(w.visits, alarm.Visit{From: w.wall(at), To: w.wall(at + 2*time.Hour)})
	}
	for at := from + w.time(10*time.Minute, time.Hour); at < from+day-time.Hour; at += w.time(40*time.Minute, 80*time.Minute) {
		if !w.allowed(at) && w.r.IntN(3) > 0 {
			continue // the night is quieter
		}
		switch w.r.IntN(24) {
		case 0:
			w.forced(at)
		case 1:
			w.use(at, w.time(12*time.Minute, 16*time.Minute))
		case 2, 3:
			w.glitch(at)
		case 4:
			w.rattle(at)
		case 5:
			w.boltOut(at)
		case 6:
			w.chatter(at)
		case 7:
			w.lineGone(at)
		default:
			w.use(at, w.time(5*time.Second, 8*time.Minute))
		}
	}
}

func (w *world) must(code alarm.Code, object string, from, to, within, over time.Duration) {
	w.truths = append(w.truths, truth{alarm.Key{Code: code, Object: object}, from, to, within, over})
}

// turn moves a contact at the given moment, with bounces; it returns when it rests.
func (w *world) turn(at time.Duration, lock, active bool, bounces int) time.Duration {
	w.moves = append(w.moves, move{at: at, lock: lock, active: active})
	for range bounces {
		for _, side := range []bool{!active, active} {
			at += w.time(2*time.Millisecond, 30*time.Millisecond)
			w.moves = append(w.moves, move{at: at, lock: lock, active: side})
		}
	}
	return at
}

// opened draws an opening of the door and its end, and returns that.
func (w *world) opened(at, length time.Duration) time.Duration {
	w.openings = append(w.openings, at)
	w.turn(at, false, true, w.r.IntN(6))
	return w.turn(at+length, false, false, w.r.IntN(6))
}

// Slack of what rests on contacts: an edge may be lost, and the level is read
// every two seconds; an opening is sure after two.
const (
	told  = 6 * time.Second
	ended = 10 * time.Second
)

// use is somebody with a key.
func (w *world) use(at, length time.Duration) {
	w.turn(at, true, true, w.r.IntN(3))
	open := at + w.time(3*time.Second, 10*time.Second)
	shut := w.opened(open, length)
	w.turn(shut+w.time(2*time.Second, 20*time.Second), true, false, w.r.IntN(3))
	if !w.allowed(open) {
		w.must(alarm.DoorUnscheduled, "door", open, shut, told, ended)
	}
	w.maybeHeld(open, shut)
}

const heldAfter = 10 * time.Minute

// maybeHeld: held, unless in a visit; what a visit covers in part may be told.
func (w *world) maybeHeld(open, shut time.Duration) {
	held := open + heldAfter
	if shut < held {
		return
	}
	within := told
	for _, v := range w.visits {
		if w.wall(open).Before(v.To) && w.wall(shut).After(v.From) {
			within = 0
		}
	}
	w.must(alarm.DoorHeld, "door", held, shut, within, ended)
}

// forced is somebody without a key.
func (w *world) forced(at time.Duration) {
	shut := w.opened(at, w.time(5*time.Second, 5*time.Minute))
	w.must(alarm.DoorForced, "door", at, shut, told, ended)
}

// glitch is a locked door that somebody leans on.
func (w *world) glitch(at time.Duration) {
	w.turn(at, false, true, 0)
	w.turn(at+w.time(20*time.Millisecond, 500*time.Millisecond), false, false, 0)
}

// rattle is a magnet at the edge of its reach, for minutes. It is too slow for
// edges to be lost, which only a full buffer of the kernel loses.
func (w *world) rattle(at time.Duration) {
	end, t := at+w.time(3*time.Minute, 6*time.Minute), at
	for t < end {
		w.moves = append(w.moves, move{at: t, active: true, seen: true})
		t += w.time(20*time.Millisecond, 800*time.Millisecond)
		w.moves = append(w.moves, move{at: t, seen: true})
		t += w.time(20*time.Millisecond, 900*time.Millisecond)
	}
	w.must(alarm.MonitorSensor, "door", at, t, 10*time.Minute, 15*time.Minute)
}

// boltOut is a lock that is turned while the door is open.
func (w *world) boltOut(at time.Duration) {
	w.turn(at, true, true, 0)
	open := at + 5*time.Second
	shut := w.opened(open, 4*time.Minute)
	out := open + time.Minute
	w.turn(out, true, false, 0)
	w.turn(out+2*time.Minute, true, true, 0)
	w.turn(shut+5*time.Second, true, false, 0)
	w.must(alarm.DoorLockFault, "door", out, out+2*time.Minute, 40*time.Second, 15*time.Second)
	if !w.allowed(open) {
		w.must(alarm.DoorUnscheduled, "door", open, shut, told, ended)
	}
}

// chatter is a lock whose contact is loose.
func (w *world) chatter(at time.Duration) {
	t := at
	for i := range 30 {
		w.turn(t, true, i%2 == 0, 0)
		t += w.time(1500*time.Millisecond, 3*time.Second)
	}
	w.must(alarm.DoorLockFault, "door", at, t, 90*time.Second, 6*time.Minute)
}

// lineGone is a chip that is away for some minutes.
func (w *world) lineGone(at time.Duration) {
	end := at + w.time(4*time.Minute, 8*time.Minute)
	lock := w.r.IntN(2) == 0
	w.moves = append(w.moves, move{at: at, lock: lock, broken: true}, move{at: end, lock: lock, mended: true})
	name := "door"
	if lock {
		name = "lock"
	}
	w.must(alarm.MonitorSensor, name, at, end, 3*time.Minute, 2*time.Minute)
}

// climate draws what happens to the air, each day some other thing, half a day apart.
func (w *world) climate(days int) {
	things := []func(time.Duration){w.warm, w.hot, w.damp, w.lost}
	if days > 7 {
		things = append(things, w.rests, w.creep)
	}
	start := w.r.IntN(len(things))
	for d := range days {
		things[(start+d)%len(things)](time.Duration(d)*day + w.time(time.Hour, 2*time.Hour))
	}
}

const (
	inletName, dampName = "climate/inlet", "damp/ceiling"
	warnTemp, hotTemp   = 27.0, 35.0
	warnDamp            = 60.0
)

// above finds when a value is above a bound, in a span and some time after; only
// what lasts must be told.
func (w *world) above(f func(time.Duration) float64, bound float64, s span) (found span, lasts bool) {
	found = span{-1, -1}
	for at := s.from; at < s.to+4*time.Hour; at += 5 * time.Second {
		if f(at) > bound {
			if found.from < 0 {
				found.from = at
			}
			found.to = at
		}
	}
	return found, found.to-found.from > 15*time.Minute
}

// warm is a fan that stands: it gets warm, and no more.
func (w *world) warm(at time.Duration) { w.heat(at, 3*time.Hour, w.between(6.5, 8), 30*time.Minute) }

// hot is a cooling unit that stands: 35 degrees and more.
func (w *world) hot(at time.Duration) { w.heat(at, 80*time.Minute, w.between(24, 28), time.Hour) }

func (w *world) heat(at, length time.Duration, by float64, tau time.Duration) {
	c := course{span{at, at + length}, by, tau}
	w.heats = append(w.heats, c)
	if s, ok := w.above(w.temperature, warnTemp+0.6, c.span); ok {
		w.must(alarm.ClimateTemp, inletName, s.from, s.to, 5*time.Minute, 40*time.Minute)
	}
	if s, _ := w.above(w.temperature, warnTemp-0.6, c.span); s.from >= 0 {
		w.must(alarm.ClimateTemp, inletName, s.from, s.to, 0, 40*time.Minute)
	}
	if s, _ := w.above(w.temperature, hotTemp, c.span); s.from >= 0 {
		within := s.from - c.from - 10*time.Minute
		w.must(alarm.ClimateHeating, inletName, c.from, c.to+10*time.Minute, within, 20*time.Minute)
	}
}

// damp is wet air for hours.
func (w *world) damp(at time.Duration) {
	c := course{span{at, at + w.time(2*time.Hour, 4*time.Hour)}, w.between(24, 28), 10 * time.Minute}
	w.wet(c)
}

func (w *world) wet(c course) {
	w.damps = append(w.damps, c)
	const off = 5 // what the sensor may be off: its uncertainty and noise
	if s, ok := w.above(w.humidity, warnDamp+off, c.span); ok {
		w.must(alarm.ClimateHumidity, dampName, s.from, s.to, 20*time.Minute, time.Hour)
	}
	if s, _ := w.above(w.humidity, warnDamp-off, c.span); s.from >= 0 {
		w.must(alarm.ClimateHumidity, dampName, s.from, s.to, 0, time.Hour)
	}
}

// lost is a cable that is out.
func (w *world) lost(at time.Duration) {
	s := span{at, at + w.time(10*time.Minute, time.Hour)}
	w.gone = append(w.gone, s)
	w.must(alarm.MonitorSensor, inletName, s.from, s.to, 5*time.Minute, 5*time.Minute)
}

// rests is a probe that says the same for most of a day.
func (w *world) rests(at time.Duration) {
	s := span{at, at + 20*time.Hour}
	w.stuck = append(w.stuck, s)
	w.must(alarm.MonitorSensor, inletName, s.from+12*time.Hour-10*time.Minute, s.to, 8*time.Hour, 10*time.Minute)
}

// creep is a day and more of wet air, of which the sensor fills with water and
// stays wet when the air is dry again, till it is dry too.
func (w *world) creep(at time.Duration) {
	c := course{span{at, at + 16*time.Hour}, 48, 10 * time.Minute}
	w.wet(c)
	s := span{at + 8*time.Hour, at + 21*time.Hour}
	w.creeps = append(w.creeps, s)
	w.must(alarm.MonitorSensor, dampName, at+12*time.Hour, s.to, time.Hour, 90*time.Minute)
	// What is not known keeps the alarm on the humidity that was there before.
	for i := range w.truths {
		if w.truths[i].Code == alarm.ClimateHumidity && w.truths[i].from >= at {
			w.truths[i].over = s.to - w.truths[i].to + 2*time.Hour
		}
	}
}

// temperature and humidity are what the air truly has, in °C and %.
func (w *world) temperature(at time.Duration) float64 {
	t := 21.5 + 2*math.Sin(2*math.Pi*(at.Hours()/24+w.phase)) + 0.15*math.Sin(at.Hours()*11)
	for _, c := range w.heats {
		t += c.add(at)
	}
	return t
}

func (w *world) humidity(at time.Duration) float64 {
	rh := 42 + 4*math.Sin(2*math.Pi*(at.Hours()/24-w.phase)) + 0.4*math.Sin(at.Hours()*7)
	for _, c := range w.damps {
		rh += c.add(at)
	}
	return rh
}

func (t truth) String() string {
	return fmt.Sprintf("%s %s %v-%v", t.Code, t.Object, t.from.Round(time.Second), t.to.Round(time.Second))
}
