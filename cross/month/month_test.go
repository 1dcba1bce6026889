package month

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
	"rackvakt/uplink/alarm"
)

// TestMonth lives through days of a closet with bad sensors and holds what is told
// against what was true.
func TestMonth(t *testing.T) {
	days, runs, first := 3, 1, "2026-10-24" // with the night on which the clocks are turned back
	switch {
	case os.Getenv("RACKVAKT_MONTH") != "":
		days, runs, first = 30, 3, "2026-10-05"
	case testing.Short():
		days = 1
	}
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	begin, err := time.ParseInLocation(time.DateOnly, first, zone)
	if err != nil {
		t.Fatal(err)
	}
	for range runs {
		seed := rand.Uint64()
		if text := os.Getenv("RACKVAKT_MONTH_SEED"); text != "" {
			if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Logf("%d days from %s; again with RACKVAKT_MONTH_SEED=%d", days, first, seed)
			synctest.Test(t, func(t *testing.T) { live(t, newWorld(seed, begin, days)) })
		})
	}
}

// clock tells the world's time: a bubble begins at the turn of the millennium.
type clock struct {
	w     *world
	start time.Time
}

func (c clock) Now() reading.Stamp {
	d := time.Since(c.start)
	return reading.Stamp{Boot: "month", Mono: time.Hour + d, Wall: c.w.wall(d).UTC(), Synced: true}
}

// open is one alarm that was raised; ended is 0 while it is open.
type open struct {
	alarm.Change
	raised, ended time.Duration
}

// closet is the loop of the agent: every batch is a step, and the engine is woken
// when it asks for it.
type closet struct {
	t      *testing.T
	w      *world
	clock  clock
	engine *alarm.Engine
	in     chan reading.Batch
	alarms []*open
	doors  []time.Duration // when door_opened was told to have been
	occs   int
	steps  int
	// values and lies count the temperatures that were told as good, and those of them
	// that were further off than they said.
	values, lies int
}

// live runs drivers and rules for the length of the world, and judges.
func live(t *testing.T, w *world) {
	ck := clock{w, time.Now()}
	c := &closet{t: t, w: w, clock: ck, in: make(chan reading.Batch, 64)}
	c.engine = alarm.New(plan(t, w), func() string { c.occs++; return fmt.Sprint(c.occs) }, ck.Now())
	ctx, cancel := context.WithTimeout(t.Context(), w.length)
	defer cancel()
	var all sync.WaitGroup
	log := slog.New(slog.DiscardHandler)
	sink := func(b reading.Batch) {
		b = reading.Batch{Readings: slices.Clone(b.Readings), Facts: slices.Clone(b.Facts)}
		select {
		case c.in <- b:
		case <-ctx.Done():
		}
	}
	run := func(f func(context.Context, reading.Sink) error) {
		all.Go(func() {
			if err := f(ctx, sink); err != nil {
				t.Error(err)
			}
		})
	}
	var door, lock sensortest.Lines
	run(contact.New(contactOptions(contact.Door), &door, ck, log).Run)
	run(contact.New(contactOptions(contact.Lock), &lock, ck, log).Run)
	hw, peers := newHardware(w), climate.NewPeers()
	probes := []*climate.Probe{climate.New(inlet(), hw, ck, log).Among(peers), climate.New(ceiling(), hw, ck, log).Among(peers)}
	for _, p := range probes {
		run(p.Run)
	}
	all.Go(func() { act(ctx, w, &door, &lock) })
	c.run(ctx)
	all.Wait()
	c.judge()
}

func contactOptions(role contact.Role) contact.Options {
	o := contact.DefaultOptions()
	o.Name, o.Role, o.Line = string(role), role, "GPIO17"
	return o
}

func inlet() climate.Options {
	o := climate.DefaultOptions()
	o.Name, o.Position, o.Driver, o.ID = "climate", "inlet", climate.DS18B20, probeID
	return o
}

func ceiling() climate.Options {
	o := climate.DefaultOptions()
	o.Name, o.Position, o.Driver = "damp", "ceiling", climate.SHT4x
	return o
}

// plan is what the closet's configuration would make of it.
func plan(t *testing.T, w *world) alarm.Plan {
	at := func(v float64) *int64 { n := int64(1000 * v); return &n }
	door, lock := contactOptions(contact.Door), contactOptions(contact.Lock)
	p := alarm.Plan{
		Kind: alarm.RegionRun, Scheduled: true, Visits: w.visits,
		Doors: []alarm.DoorContact{{Point: door.Point(), Lock: lock.Point(), HeldAfter: heldAfter}},
		Limits: []alarm.Limit{
			{Point: inlet().Point(reading.Temperature), WarnLow: at(18), WarnHigh: at(warnTemp), CritLow: at(10), CritHi: at(hotTemp), Hysteresis: 1000, Trip: -1, Clear: -1},
			{Point: ceiling().Point(reading.Humidity), WarnHigh: at(warnDamp), CritHi: at(80), Hysteresis: 3000, Trip: -1, Clear: -1},
		},
		FreshPoint: map[reading.Point]time.Duration{},
	}
	for _, o := range []contact.Options{door, lock} {
		p.FreshPoint[o.Point()] = 3*o.LevelEvery + o.Stable
	}
	for _, l := range p.Limits {
		p.FreshPoint[l.Point] = 3*inlet().Every + inlet().Deadline
	}
	for _, text := range hours {
		var h alarm.Hours
		if err := h.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		p.Hours = append(p.Hours, h)
	}
	return p
}

// act plays what happens to the lines. One edge in fifty that may be lost is.
func act(ctx context.Context, w *world, door, lock *sensortest.Lines) {
	r, start := rand.New(rand.NewPCG(w.r.Uint64(), 3)), time.Now()
	for _, m := range w.moves {
		select {
		case <-time.After(m.at - time.Since(start)):
		case <-ctx.Done():
			return
		}
		line := door
		if m.lock {
			line = lock
		}
		switch {
		case m.broken:
			line.Refuse(syscall.ENODEV)
			line.Break(syscall.ENODEV)
		case m.mended:
			line.Break(nil)
			line.Refuse(nil)
		case !m.seen && r.IntN(50) == 0:
			line.MoveUnseen(m.active)
		default:
			line.Move(m.active)
		}
	}
}

func (c *closet) run(ctx context.Context) {
	wake := time.NewTimer(time.Hour)
	defer wake.Stop()
	for {
		d, ok := c.engine.Next(c.clock.Now())
		if !ok {
			d = time.Hour
		}
		wake.Reset(max(d, 10*time.Millisecond))
		select {
		case <-ctx.Done():
			return
		case b := <-c.in:
			c.take(b)
		case <-wake.C:
			c.take(reading.Batch{})
		}
	}
}

func (c *closet) take(b reading.Batch) {
	c.steps++
	now := c.clock.Now()
	for _, r := range b.Readings {
		c.believe(r, now.Mono-time.Hour)
	}
	out := c.engine.Step(b, now)
	for _, e := range out.Events {
		if e.Say == "door_opened" {
			c.doors = append(c.doors, e.At.Mono-time.Hour)
		}
	}
	for _, ch := range out.Changes {
		c.note(ch, now.Mono-time.Hour)
	}
}

// believe counts a temperature that is told as good, and whether it is.
func (c *closet) believe(r reading.Reading, at time.Duration) {
	if r.Point != inlet().Point(reading.Temperature) || !r.Known() || in(c.w.stuck, at) {
		return
	}
	c.values++
	const lag = 500 // 0.001 °C that the air changes in while three samples are read
	off := r.Value - int64(1000*c.w.temperature(at))
	if max(off, -off) > r.Uncertainty+lag {
		c.lies++
	}
}

func (c *closet) note(ch alarm.Change, at time.Duration) {
	c.certain(ch, at)
	i := slices.IndexFunc(c.alarms, func(a *open) bool { return a.Occ == ch.Occ && a.ended == 0 })
	switch {
	case ch.Act == alarm.Raise:
		c.alarms = append(c.alarms, &open{Change: ch, raised: at})
	case i < 0:
		c.t.Errorf("%v: %s of %s %s, which is not open", at, ch.Act, ch.Code, ch.Object)
	case ch.Act == alarm.Clear:
		c.alarms[i].ended = at
	}
}

// certain: what is told to be certainly beyond a limit truly is.
func (c *closet) certain(ch alarm.Change, at time.Duration) {
	for _, ev := range ch.Evidence {
		if !strings.HasSuffix(ev.Say, "_surely") {
			continue
		}
		value, bound, slack := c.w.temperature(at), warnTemp, 0.3
		if ch.Code == alarm.ClimateHumidity {
			value, bound, slack = c.w.humidity(at), warnDamp, 1
		}
		if value < bound-slack && !in(c.w.creeps, at) {
			c.t.Errorf("%v: %s is told as %s %s, truly %.1f", at, ch.Code, ev.Say, ev.Value, value)
		}
	}
}

// ignored are alarms that this closet has for want of a host.
func ignored(code alarm.Code) bool { return code == alarm.MonitorClock || code == alarm.MonitorStorage }

// judge compares what was told with what was true.
func (c *closet) judge() {
	missed, wrong := 0, 0
	for _, tr := range c.w.truths {
		if tr.within == 0 || tr.from+tr.within > c.w.length {
			continue
		}
		if !slices.ContainsFunc(c.alarms, func(a *open) bool {
			return a.Key == tr.Key && a.raised <= tr.from+tr.within && (a.ended == 0 || a.ended > tr.from)
		}) {
			missed++
			c.t.Errorf("missed: %v (%s)", tr, c.w.wall(tr.from).Format(time.DateTime))
		}
	}
	for _, a := range c.alarms {
		if ignored(a.Code) {
			continue
		}
		i := slices.IndexFunc(c.w.truths, func(tr truth) bool {
			end := a.ended
			if end == 0 {
				end = c.w.length
			}
			return tr.Key == a.Key && tr.from <= a.raised && a.raised <= tr.to+tr.over && end <= tr.to+tr.over
		})
		if i < 0 {
			wrong++
			c.t.Errorf("false or left standing: %s %s from %v (%s) to %v: %+v", a.Code, a.Object, a.raised, c.w.wall(a.raised).Format(time.DateTime), a.ended, a.Evidence)
		}
	}
	for _, at := range c.w.openings {
		if at < c.w.length && !slices.ContainsFunc(c.doors, func(d time.Duration) bool { return d >= at && d-at < 3*time.Second }) {
			c.t.Errorf("the door was opened at %v, and nobody told", at)
		}
	}
	// The median of three is beaten by two spikes to one side, which are rare.
	if c.lies > c.values/1000 {
		c.t.Errorf("%d of %d temperatures were further off than they said", c.lies, c.values)
	}
	c.t.Logf("%d of %d temperatures were further off than they said", c.lies, c.values)
	c.t.Logf("%d truths, %d alarms, %d openings, %d door events, %d steps; missed %d, false %d", len(c.w.truths), len(c.alarms), len(c.w.openings), len(c.doors), c.steps, missed, wrong)
}
