package alarm

import (
	"cmp"
	"slices"
	"time"

	"rackvakt/sensors/reading"
)

// Parts are found, not configured: the rule of a fan comes to life with its first
// reading, or with the alarm on it from before a restart. A part of which nothing
// is known is neither well nor bad, so an alarm on it stays.
const (
	// partBack is how long a device that answers may take to tell again of a part
	// that has an alarm, after a start of the device or of the monitor.
	partBack = 15 * time.Minute
	// partGone is the same for a part that vanished while both ran.
	partGone = 24 * time.Hour
	// supplyGone is how long a power supply must be missing to be told.
	supplyGone = 10 * time.Minute
	// reasonNotTold is the Reason of a reading whose device answers, and in full,
	// without a word of it.
	reasonNotTold = "not told"
)

// family is what one kind of point of a device is judged as.
type family struct {
	code Code
	// say is the evidence for 1 and above: PartWarning, PartCritical, yes, a count.
	say string
	// most is the severity of PartCritical.
	most Severity
	// whole: all such points of a device are one condition.
	whole bool
	// rare: most objects have such a point and are well for ever; one gets its rule
	// when it is bad first.
	rare bool
	// only reports whether the plan wants a point judged; nil: any of its device.
	only  func(*Plan, reading.Point) bool
	judge func(part judgeFunc) judgeFunc
}

// switchParts and upsParts are the families of each kind of device. What a device
// calls PartState is shown and not judged: it may be anything. A switch that gets
// hot or loses its fans may stop; a supply or an optic that fails has done so, and
// what that leads to is told by itself.
var (
	switchParts = map[reading.Kind]family{
		reading.FanState:            {code: SwitchFan, say: "fan_bad", most: Critical, judge: settledPart},
		reading.HeatState:           {code: SwitchTemp, say: "heat_bad", most: Critical, judge: settledPart},
		reading.SupplyState:         {code: SwitchPSU, say: "supply_bad", most: Warning, judge: judgeSupply},
		reading.PoEState:            {code: SwitchPoE, say: "poe_bad", most: Warning, judge: judgePoE},
		reading.PoEPower:            {code: SwitchPoE, say: "poe_bad", most: Warning, judge: judgePoE},
		reading.OpticState:          {code: LinkOptic, say: "optic_weak", most: Warning, only: ofUplink, judge: judgeOptic},
		reading.IfUnknownNeighbours: {code: PortNeighbour, say: "neighbour_unknown", most: Warning, rare: true, only: neighboursKnown, judge: settledPart},
	}
	upsParts = map[reading.Kind]family{
		reading.UPSOverload:  {code: PowerOverload, say: "ups_overload", most: Warning, judge: func(part judgeFunc) judgeFunc { return part }},
		reading.UPSReplace:   {code: PowerReplace, say: "battery_bad", most: Warning, whole: true, judge: onMains},
		reading.BatteryState: {code: PowerReplace, say: "battery_bad", most: Warning, whole: true, judge: onMains},
		reading.FanState:     {code: PowerUPSFault, say: "ups_part_bad", most: Warning, judge: onMains},
		reading.HeatState:    {code: PowerUPSFault, say: "ups_part_bad", most: Warning, judge: onMains},
		reading.SupplyState:  {code: PowerUPSFault, say: "ups_part_bad", most: Warning, judge: onMains},
	}
)

// families returns what is judged of a device; nil for one that is not planned.
func (p *Plan) families(device string) map[reading.Kind]family {
	switch {
	case slices.Contains(p.Switches, device):
		return switchParts
	case slices.Contains(p.UPS, device):
		return upsParts
	}
	return nil
}

// family returns what x is judged as, and the identity of its alarm.
func (p *Plan) family(x reading.Point) (family, Key, bool) {
	f, ok := p.families(x.Device)[x.Kind]
	ok = ok && (f.only == nil || f.only(p, x))
	key := Key{Code: f.code, Object: object(x.Device, x.Object)}
	if f.whole {
		key.Object = x.Device
	}
	return f, key, ok
}

func ofUplink(p *Plan, x reading.Point) bool {
	return slices.Contains(p.Uplinks, Port{x.Device, x.Object})
}

func neighboursKnown(p *Plan, _ reading.Point) bool { return p.Neighbours }

// discover gives a point its rule.
func (e *Engine) discover(x reading.Point, value int64) {
	f, key, ok := e.plan.family(x)
	if !ok {
		return
	}
	r := e.ruleOf(key)
	switch {
	case r != nil:
		r.points = with(r.points, x)
	case !f.rare || value > 0:
		e.live(f, key, x)
	}
}

// live adds the rule of a part in the order of the catalogue.
func (e *Engine) live(f family, key Key, points ...reading.Point) *rule {
	b := &builder{plan: e.plan}
	r := b.add(key.Code, key.Object, f.judge(judgePart(f)))
	r.found, r.points, r.judgedFrom = true, points, e.started
	at, _ := slices.BinarySearchFunc(e.rules, r, func(a, b *rule) int {
		return cmp.Or(cmp.Compare(place(a.key.Code), place(b.key.Code)), cmp.Compare(a.key.Object, b.key.Object))
	})
	e.rules = slices.Insert(e.rules, at, r)
	e.byCode[key.Code] = append(e.byCode[key.Code], r)
	return r
}

// revive returns the rule of an alarm: the one that is there, or that of a part
// which has not been read; nil if the plan has no such device or judges no such part.
func (e *Engine) revive(key Key) *rule {
	if r := e.ruleOf(key); r != nil {
		return r
	}
	name, part := split(key.Object)
	var of family
	var points []reading.Point
	for _, kind := range reading.Kinds() {
		x := reading.Point{Device: name, Object: part, Kind: kind}
		if f, k, ok := e.plan.family(x); ok && k == key {
			of, points = f, append(points, x)
		}
	}
	if points == nil {
		return nil
	}
	return e.live(of, key, points...)
}

// judgePart judges by what the points say: bad if one is, well if one is known
// and none of the others was bad when it was heard last.
func judgePart(f family) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		found, doubt := finding{severity: Warning}, false
		for _, p := range r.points {
			s, ok := e.knownAfresh(r, p, now)
			switch {
			case p.Kind == reading.PoEPower: // against the budget, see judgePoE
			case !ok:
				doubt = doubt || e.samples[p] != nil && e.samples[p].value >= 1
			case s.value >= 1:
				found.take(Yes, s.held)
				if s.value >= reading.PartCritical && p.Kind.State() {
					found.severity = f.most
				}
				found.evidence = append(found.evidence, said(f.say, p, s, now))
			case found.truth != Yes:
				found.take(No, s.held)
			}
		}
		if found.truth == No && doubt {
			return finding{}
		}
		return r.steady(found)
	}
}

// take notes that one of several points says so since then: what is bad began
// with the first that is, what is well with the last.
func (f *finding) take(truth Truth, since reading.Stamp) {
	if f.truth != truth || (truth == Yes) == (since.Since(f.since) < 0) {
		f.since = since
	}
	f.truth = truth
}

// steady keeps the beginning of a condition that goes on, however its value moves.
func (r *rule) steady(f finding) finding {
	if f.truth != Unsure && f.truth == r.settled && !r.broken {
		f.since = r.settledSince
	}
	return f
}

// stood reports whether the condition stood till now, so that its bound is passed
// back only further inside.
func (r *rule) stood() bool { return r.settled == Yes || r.open != nil }

func said(say string, p reading.Point, s *sample, now reading.Stamp) Evidence {
	return Evidence{Say: say, Device: p.Device, Object: p.Object, Value: p.Kind.Show(s.value), AgeMS: now.Since(s.seen).Milliseconds()}
}

// settledPart leaves the parts of a device alone that has just started: till its
// fans run and its supplies are counted, it tells anything.
func settledPart(part judgeFunc) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		if start, ok := e.startOf(dev(r.key.Object), now); ok && !e.lasted(start, settleStart, now) {
			return finding{}
		}
		return part(e, r, now)
	}
}

// judgeSupply: what the supply says; or that it is gone from a device that
// answers and has not started since, for a supply that died or was pulled out
// often just vanishes. Fans and optics are not judged so: they come and go with
// modules that are changed on purpose, and what a lost optic does is link.down.
func judgeSupply(part judgeFunc) judgeFunc {
	return settledPart(func(e *Engine, r *rule, now reading.Stamp) finding {
		f := part(e, r, now)
		p := r.points[0]
		s, name := e.samples[p], dev(r.key.Object)
		if f.truth != Unsure || s == nil || !s.good || s.last.Quality != reading.Unknown || s.last.Reason != reasonNotTold {
			return f
		}
		start, timed := e.startOf(name, now)
		if !timed || start.Since(s.seen) > 0 || !e.answers(name, now) {
			return finding{}
		}
		ev := Evidence{Say: "supply_gone", Device: p.Device, Object: p.Object, AgeMS: now.Since(s.seen).Milliseconds()}
		return r.steady(finding{truth: Yes, severity: r.row.Severity, since: s.last.At, hold: supplyGone, evidence: []Evidence{ev}})
	})
}

// judgePoE: what the supply for ports says of itself, and how much of its budget
// it delivers. Either alone is enough; the alarm ends when neither stands.
func judgePoE(part judgeFunc) judgeFunc {
	return settledPart(func(e *Engine, r *rule, now reading.Stamp) finding {
		f := part(e, r, now)
		p := r.points[0]
		power, ok := e.knownAfresh(r, reading.Point{Device: p.Device, Object: p.Object, Kind: reading.PoEPower}, now)
		budget, ok2 := e.known(reading.Point{Device: p.Device, Object: p.Object, Kind: reading.PoEBudget}, now)
		if f.truth == Yes || e.plan.PoEShare < 0 || !ok || !ok2 || budget.value <= 0 {
			return f
		}
		const inside = 5
		limit := int64(cmp.Or(e.plan.PoEShare, 90))
		if r.stood() {
			limit -= inside
		}
		share := power.value * 100 / budget.value
		if share <= limit {
			return r.steady(finding{truth: No, severity: r.row.Severity, since: power.seen})
		}
		ev := said("poe_full", p, power, now)
		ev.Value = percent(share)
		return r.steady(finding{truth: Yes, severity: r.row.Severity, since: power.seen, evidence: []Evidence{ev}})
	})
}

// answers reports whether a device is known to answer.
func (e *Engine) answers(name string, now reading.Stamp) bool {
	up, ok := e.known(device(name, reading.DeviceUp), now)
	return ok && up.value == 1
}

// mayForget ends the alarm on a part of which its device has said nothing for too
// long, though it answers.
func (e *Engine) mayForget(r *rule, now reading.Stamp) {
	name := dev(r.key.Object)
	up, ok := e.known(device(name, reading.DeviceUp), now)
	if !r.found || r.open == nil || !ok || up.value != 1 || !e.lasted(up.held, partBack, now) {
		return
	}
	for _, p := range r.points {
		if !e.missing(p, now) {
			return
		}
	}
	e.clear(r, now, ReasonNotWatched, r.open.Evidence)
}

// missing reports whether p has not been told of for so long that it is no more.
func (e *Engine) missing(p reading.Point, now reading.Stamp) bool {
	s := e.samples[p]
	if s == nil || !s.good {
		return e.lasted(e.started, partBack, now)
	}
	if _, ok := e.known(p, now); ok {
		return false
	}
	if start, ok := e.startOf(p.Device, now); ok && start.Since(s.seen) > 0 {
		return e.lasted(start, partBack, now)
	}
	return e.lasted(s.seen, partGone, now)
}
