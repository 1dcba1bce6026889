package agent

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"rackvakt/firmware/config"
	"rackvakt/sensors/host"
	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/publish"
	"rackvakt/uplink/record"
)

// Times of the loop.
const (
	tick     = time.Second      // samples, snapshot, watchdog
	ownEvery = 10 * time.Second // the outbox's own readings
	nowEvery = 10 * time.Second // the snapshot for the region, unless something changed
	// timeEvery is how often the time file is written: 24 small writes a day.
	timeEvery = time.Hour
	// loopLate is how long the loop may stand still before the watchdog starves.
	loopLate = 30 * time.Second
)

type factKey struct {
	point reading.Point
	label reading.Label
}

// reloaded is the outcome of reading the configuration anew.
type reloaded struct {
	cfg config.Config
	err error
}

// closet is the state that one goroutine owns: every field belongs to run.
type closet struct {
	opts  Options
	cfg   config.Config
	plan  alarm.Plan
	wired []string
	start string
	clock reading.Clock
	log   *slog.Logger

	engine  *alarm.Engine
	sampler *record.Sampler
	table   map[reading.Point]reading.Reading
	facts   map[factKey]string

	// verdictAt is when the present verdict was reached.
	began, verdictAt reading.Stamp
	conf             Config
	bootless         bool
	stranger         string        // the start of another card that was told, "" none
	lastOwn, lastNow time.Duration // Mono
	lastTime         time.Duration
	reborn           map[string]bool // devices whose facts changed since their birth was told

	writer *writer
	box    *outbox.Outbox
	pubs   []*publish.Publisher
	group  *group
	live   *host.Liveness
	synced *syncCache
	// askUplink and askPath pass the engine's wishes on; setPath new targets.
	askUplink, askPath func()
	setPath            func(config.Config)
	polled             *polled
	traps              traps

	in       intake
	asks     chan chan Snapshot
	reloads  chan reloaded
	commands chan record.Command
	health   chan struct{}
}

// run is the closet's loop. It returns when ctx ends.
func (c *closet) run(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	wake := time.NewTimer(time.Hour)
	defer wake.Stop()
	beat := c.live.Watch("closet", loopLate)
	defer beat.End()
	for {
		c.setAlarmClock(wake)
		select {
		case <-ctx.Done():
			return
		case b := <-c.in.batches:
			c.take(b)
		case <-wake.C:
			c.take(reading.Batch{})
		case <-ticker.C:
			beat.Beat()
			c.tick()
		case reply := <-c.asks:
			reply <- c.snapshot()
		case r := <-c.reloads:
			c.reload(r)
		case cmd := <-c.commands:
			c.obey(cmd)
		case <-c.health:
			c.tellStranger()
			c.ownReadings()
		}
	}
}

// setAlarmClock wakes the loop when the engine wants its next step.
func (c *closet) setAlarmClock(wake *time.Timer) {
	d, ok := c.engine.Next(c.clock.Now())
	if !ok {
		d = time.Hour
	}
	wake.Reset(max(d, 10*time.Millisecond))
}

// take is one step: remember, decide, act.
func (c *closet) take(b reading.Batch) {
	now := c.clock.Now()
	for _, r := range b.Readings {
		c.table[r.Point] = r
	}
	for _, f := range b.Facts {
		c.learn(f)
	}
	out := c.engine.Step(b, now)
	c.sampler.Add(b.Readings, now)
	c.act(out, now)
}

func (c *closet) learn(f reading.Fact) {
	key := factKey{f.Point, f.Label}
	if c.facts[key] != f.Text {
		c.facts[key] = f.Text
		c.reborn[f.Point.Device] = true
	}
	if f.Text == "" {
		delete(c.facts, key)
	}
}

// act carries out what a step decided.
func (c *closet) act(out alarm.Outcome, now reading.Stamp) {
	var recs []record.Record
	for _, h := range out.Events {
		recs = append(recs, happened(h, now))
	}
	for _, ch := range out.Changes {
		recs = append(recs, record.Record{At: now, Type: record.TypeAlarm, Alarm: &ch})
		c.log.Warn("alarm", "act", string(ch.Act), "code", string(ch.Code), "object", ch.Object, "occ", ch.Occ, "class", string(ch.Class))
	}
	c.writer.append(record.LaneA, recs...)
	if len(out.Changes) > 0 {
		c.writer.remember(c.engine.Open())
		c.powerGoing(out.Changes, now)
	}
	for _, a := range out.Asks {
		switch a {
		case alarm.AskUplink:
			c.askUplink()
		case alarm.AskPath:
			c.askPath()
		}
	}
	if out.VerdictChanged {
		c.verdictAt = now
		c.log.Warn("verdict", "causes", causeNames(out.Verdict))
	}
	if len(recs) > 0 || out.VerdictChanged {
		c.tellNow(now)
	}
}

// powerGoing puts everything in order while there is power, where mains was lost or
// the own battery is nearly empty. The alarm is on its way already; then what was
// measured is written, and the time kept. A battery that ends leaves no time for
// last words, so that silence is announced with its alarm.
func (c *closet) powerGoing(changes []alarm.Change, now reading.Stamp) {
	going := func(code alarm.Code) bool {
		return slices.ContainsFunc(changes, func(ch alarm.Change) bool { return ch.Code == code && ch.Act == alarm.Raise })
	}
	if !going(alarm.PowerMainsLost) && !going(alarm.PowerHoldUp) {
		return
	}
	if going(alarm.PowerHoldUp) {
		c.writer.append(record.LaneA, record.Record{At: now, Type: record.TypeEvent, Event: &record.Event{Name: record.EventAgentStopping, Reason: "hold_up_low"}})
	}
	c.samples(c.sampler.Flush(now), now)
	if now.Synced {
		c.lastTime = now.Mono
		c.writer.keepTime(now.Wall)
	}
}

func causeNames(causes []alarm.Cause) []string {
	names := []string{}
	for _, x := range causes {
		names = append(names, string(x.Name))
	}
	return names
}

// happened writes a Happening as an event of lane a.
func happened(h alarm.Happening, now reading.Stamp) record.Record {
	name := h.Device
	if h.Object != "" {
		name += "/" + h.Object
	}
	e := &record.Event{Name: h.Say, Object: name}
	if h.Since != nil && h.Since.Boot == h.At.Boot {
		e.Detail = map[string]string{"lasted_s": seconds(h.At.Since(*h.Since))}
	}
	// The event is of the moment when it was seen, not of when it is written.
	at := now
	if !h.At.IsZero() {
		at = h.At
	}
	return record.Record{At: at, Type: record.TypeEvent, Event: e}
}

// tick does what is due by the clock.
func (c *closet) tick() {
	c.synced.look()
	now := c.clock.Now()
	c.samples(c.sampler.Due(now), now)
	if now.Mono-c.lastOwn >= ownEvery {
		c.ownReadings()
	}
	if now.Mono-c.lastNow >= nowEvery {
		c.tellNow(now)
		c.tellBirths(now)
	}
	if now.Synced && now.Mono-c.lastTime >= timeEvery {
		c.lastTime = now.Mono
		c.writer.keepTime(now.Wall)
	}
}

func (c *closet) samples(bodies []record.Samples, now reading.Stamp) {
	for i := range bodies {
		c.writer.append(record.LaneM, record.Record{At: now, Type: record.TypeSamples, Samples: &bodies[i]})
	}
}

// ownReadings delivers what the outbox says of itself.
func (c *closet) ownReadings() {
	now := c.clock.Now()
	c.lastOwn = now.Mono
	stats, health := c.box.Stats(), c.box.Health()
	depth := 0
	for _, n := range stats.Depth {
		depth += n
	}
	own := func(k reading.Kind, v int64) reading.Reading {
		return reading.Reading{Point: reading.Point{Device: reading.Monitor, Kind: k}, Value: v, Quality: reading.Good, At: now}
	}
	b := reading.Batch{Readings: []reading.Reading{
		own(reading.OutboxDepth, int64(depth)), own(reading.OutboxAge, int64(c.box.OldestAge()/time.Second)),
	}}
	if !health.Writable {
		// That it takes data again is for the host's own look at the disk to say.
		b.Readings = append(b.Readings, own(reading.StorageWritable, 0))
	}
	c.take(b)
}

// tellStranger says once that the collector knows a card that this one does not:
// it was replaced, restored from a copy, or has a twin (protocol.md, Pi 2).
func (c *closet) tellStranger() {
	start := c.box.Health().Stranger
	if start == c.stranger {
		return
	}
	c.stranger = start
	c.writer.append(record.LaneA, record.Record{At: c.clock.Now(), Type: record.TypeEvent,
		Event: &record.Event{Name: record.EventOtherCard, Detail: map[string]string{"start": start}}})
}

// tellNow gives the paths the shortened snapshot.
func (c *closet) tellNow(now reading.Stamp) {
	c.lastNow = now.Mono
	body, err := c.snapshot().Short()
	for _, p := range c.pubs {
		err = errors.Join(err, p.SetNow(body))
	}
	if err != nil {
		c.log.Warn("snapshot not told", "error", err)
	}
}

// maxBirth bounds the facts of one part of a birth, in octets: the whole message
// is at most record.MaxRecord.
const maxBirth = 7000

// tellBirths tells what devices consist of, for those whose facts changed.
func (c *closet) tellBirths(now reading.Stamp) {
	for device := range c.reborn {
		for i, facts := range c.birthFacts(device) {
			b := record.Birth{Part: device, At: record.Stamp{Stamp: now}, Facts: facts}
			if i > 0 {
				b.Part = device + "." + seconds(time.Duration(i)*time.Second)
			}
			if device == reading.Monitor {
				b.Versions = map[string]string{"rackvakt": c.opts.Version}
			}
			for _, p := range c.pubs {
				if err := p.SetBirth(b); err != nil {
					c.log.Warn("birth not told", "part", b.Part, "error", err)
				}
			}
		}
	}
	clear(c.reborn)
}

// birthFacts returns a device's facts in parts of at most maxBirth octets.
func (c *closet) birthFacts(device string) [][]record.BirthFact {
	var all []record.BirthFact
	for key, text := range c.facts {
		if key.point.Device == device {
			all = append(all, record.BirthFact{Object: key.point.Object, Label: string(key.label), Text: text})
		}
	}
	slices.SortFunc(all, func(a, b record.BirthFact) int {
		return compareText(a.Object, b.Object, a.Label, b.Label)
	})
	parts, size := [][]record.BirthFact{nil}, 0
	for _, f := range all {
		// A fact is strings only and cannot fail to be written.
		text, _ := json.Marshal(f)
		if size += len(text) + 1; size > maxBirth {
			parts, size = append(parts, nil), len(text)
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], f)
	}
	return parts
}

// obey does what the collector asks. A command that is not known is only noted.
func (c *closet) obey(cmd record.Command) {
	c.log.Info("command", "do", string(cmd.Do), "id", cmd.ID)
	if cmd.Do == record.OrderPollNow {
		c.askUplink()
		c.askPath()
	}
}

// reload takes over what a running agent can, or keeps everything and says why.
func (c *closet) reload(r reloaded) {
	if r.err != nil {
		c.conf.ReloadGood, c.conf.Error = false, r.err.Error()
		c.log.Error("configuration refused, the old one stays", "file", c.opts.File, "error", r.err)
		return
	}
	change := config.Diff(c.cfg, r.cfg)
	now := c.clock.Now()
	c.cfg = config.Merge(c.cfg, r.cfg)
	c.conf = Config{File: c.opts.File, LoadedAt: now.Wall, ReloadGood: true, RestartNeeded: change.Restart}
	if len(change.Live) > 0 {
		c.plan = c.cfg.Plan(c.wired)
		c.engine.Replan(c.plan, now)
		c.setPath(c.cfg)
		c.polled.setPorts(portsOf(c.cfg))
		c.forgetTargets()
	}
	if len(change.Restart) > 0 {
		c.log.Warn("restart needed for some settings", "keys", change.Restart)
	}
	c.log.Info("configuration taken", "file", c.opts.File, "changed", change.Live)
	c.writer.append(record.LaneA, record.Record{At: now, Type: record.TypeEvent, Event: &record.Event{Name: record.EventReloaded}})
	c.take(reading.Batch{})
}

// forgetTargets drops the readings of targets that are no longer probed.
func (c *closet) forgetTargets() {
	known := map[string]bool{}
	for _, t := range c.cfg.Path.Targets {
		known[t.Name] = true
	}
	for p := range c.table {
		if p.Device == alarm.PathDevice && !known[p.Object] {
			delete(c.table, p)
		}
	}
}
