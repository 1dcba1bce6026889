package alarm

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"rackvakt/sensors/reading"
)

// Delays of the decision itself; those of single alarms stand in the catalogue.
const (
	// holdUndecided is how long a lost path waits for a verdict before it is
	// told with the cause open.
	holdUndecided = 2 * time.Second
	// holdParent is how long a child waits for a parent that cannot be judged.
	holdParent = 3 * time.Second
	// settleVerdict is how long an inferred cause must last before it replaces
	// another that was told: what is seen while things come back is not a cause.
	settleVerdict = 30 * time.Second
	// settleStart is the same after a loss of power or of the switch.
	settleStart = 3 * time.Minute
	// askAgain is the time between the first two requests for evidence on an open
	// question; it doubles up to askSeldom.
	askAgain  = 500 * time.Millisecond
	askSeldom = 30 * time.Second
)

// Engine is the state of the rules of one closet. It is not safe for use by two
// goroutines; the one that owns the closet owns it.
type Engine struct {
	plan    Plan
	newOcc  func() string
	samples map[reading.Point]*sample
	probes  []*probe
	rules   []*rule // in the order of the catalogue
	byCode  map[Code][]*rule
	facts   map[factKey]string // of ports of switches
	fastest map[Port]int64     // bit/s that an uplink was seen to run at
	// restarted is when a device started that was seen to restart; powerBack is
	// when the mains came back last.
	restarted  map[string]reading.Stamp
	powerBack  reading.Stamp
	doorways   map[reading.Point]*doorway // by door contact
	complaints map[grievance]complaint    // on sensors whose values are still told
	// forecasts and cards are the points that were read of TimeToHot, and of the
	// monitor's own StorageLife and PartState.
	forecasts, cards []reading.Point
	// trusted is the last moment at which the clock was synchronised; zone is Swedish
	// time, nil where that cannot be had.
	trusted reading.Stamp
	zone    *time.Location
	started reading.Stamp
	// verdict is the one told; next one waits in pending since pendingSince.
	verdict, pending []Cause
	pendingSince     reading.Stamp
	seen             judgement // of this Step
	asked            map[Ask]reading.Stamp
	askGap           time.Duration // till the open question is asked again; 0: none is open
	orphans          []Change      // restored alarms that no rule stands for
	opened           int           // alarms raised so far, to know which was first
	wakeAt           time.Duration
	out              *Outcome
}

// New returns the rules for plan. newOcc makes the random name of an occurrence;
// now is when judging starts: what was never read counts from there.
func New(plan Plan, newOcc func() string, now reading.Stamp) *Engine {
	e := &Engine{newOcc: newOcc, samples: map[reading.Point]*sample{}, started: now, asked: map[Ask]reading.Stamp{},
		facts: map[factKey]string{}, fastest: map[Port]int64{}, restarted: map[string]reading.Stamp{},
		doorways: map[reading.Point]*doorway{}, complaints: map[grievance]complaint{}}
	if zone, err := time.LoadLocation("Europe/Stockholm"); err == nil {
		e.zone = zone
	}
	e.setPlan(plan)
	return e
}

func (e *Engine) setPlan(plan Plan) {
	e.plan = plan
	old := e.probes
	e.probes = nil
	for _, t := range plan.Targets {
		p := &probe{ProbeTarget: t}
		if i := slices.IndexFunc(old, func(x *probe) bool { return x.Name == t.Name }); i >= 0 {
			*p = *old[i]
			p.ProbeTarget = t
		}
		e.probes = append(e.probes, p)
	}
	was := map[Key]*rule{}
	for _, r := range e.rules {
		was[r.key] = r
	}
	e.setRules(rulesOf(plan))
	for _, r := range e.rules {
		r.judgedFrom = e.started
		if x := was[r.key]; x != nil {
			r.state = x.state
			delete(was, r.key)
		}
	}
	e.keepFound(was)
	maps.DeleteFunc(e.doorways, func(p reading.Point, _ *doorway) bool {
		return !slices.ContainsFunc(plan.Doors, func(d DoorContact) bool { return d.Point == p })
	})
	maps.DeleteFunc(e.facts, func(k factKey, _ string) bool { return !slices.Contains(plan.Switches, k.point.Device) })
}

func (e *Engine) setRules(rules []*rule) {
	e.rules, e.byCode = rules, map[Code][]*rule{}
	for _, r := range rules {
		e.byCode[r.key.Code] = append(e.byCode[r.key.Code], r)
	}
}

// ruleOf returns the rule of an alarm; nil if there is none.
func (e *Engine) ruleOf(key Key) *rule {
	if i := slices.IndexFunc(e.byCode[key.Code], func(r *rule) bool { return r.key == key }); i >= 0 {
		return e.byCode[key.Code][i]
	}
	return nil
}

// keepFound brings back the rules of parts that a changed plan still judges. What
// is left of was and open has no rule any more.
func (e *Engine) keepFound(was map[Key]*rule) {
	for p, s := range e.samples {
		if s.good {
			e.discover(p, s.value)
		}
	}
	for key, x := range was {
		r := e.ruleOf(key)
		if x.open != nil {
			r = e.revive(key)
		}
		switch {
		case r != nil:
			r.state = x.state
		case x.open != nil:
			e.orphans = append(e.orphans, *x.open)
		}
	}
	slices.SortFunc(e.orphans, func(a, b Change) int { return cmp.Compare(a.Occ, b.Occ) })
}

// Replan takes a changed configuration. What is open stays open under the same
// occurrence; alarms that nothing watches any more are cleared by the next Step.
// now is when judging of what is new in it starts.
func (e *Engine) Replan(plan Plan, now reading.Stamp) {
	e.started = now
	e.setPlan(plan)
}

// Restore takes the alarms that were open before a restart, so that they keep
// their occurrence. It is called once, before the first Step.
func (e *Engine) Restore(open []Change) {
	for _, c := range open {
		r := e.revive(c.Key)
		if r == nil {
			e.orphans = append(e.orphans, c)
			continue
		}
		e.opened++
		r.open, r.order = &c, e.opened
	}
}

// Step takes a batch (empty: a tick) and decides. It keeps nothing of b.
func (e *Engine) Step(b reading.Batch, now reading.Stamp) Outcome {
	out := Outcome{}
	e.out, e.wakeAt = &out, 0
	if now.Synced {
		e.trusted = now
	}
	for _, f := range b.Facts {
		e.learn(f)
	}
	for _, r := range b.Readings {
		e.take(r, now)
	}
	e.dropOrphans(now)
	e.decide(now)
	e.retell()
	for _, r := range e.rules {
		e.judge(r, now)
	}
	e.askOpen(now)
	out.Verdict = e.verdict
	e.out = nil
	return out
}

// Next returns how long after now the engine wants its next tick; false: only
// when something comes in. It holds until the next Step.
func (e *Engine) Next(now reading.Stamp) (time.Duration, bool) {
	if e.wakeAt == 0 {
		return 0, false
	}
	return max(e.wakeAt-now.Mono, 0), true
}

// wake asks for a tick at the given time since boot.
func (e *Engine) wake(at time.Duration) {
	if e.wakeAt == 0 || at < e.wakeAt {
		e.wakeAt = at
	}
}

// Open returns the open alarms as they were told last, oldest first.
func (e *Engine) Open() []Change {
	var list []Change
	for _, r := range e.openRules() {
		list = append(list, *r.open)
	}
	return list
}

func (e *Engine) openRules() []*rule {
	var list []*rule
	for _, r := range e.rules {
		if r.open != nil {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *rule) int { return a.order - b.order })
	return list
}

// Verdict returns the verdict as told.
func (e *Engine) Verdict() []Cause { return e.verdict }

// Conditions returns the state of every rule.
func (e *Engine) Conditions() []Condition {
	list := make([]Condition, 0, len(e.rules))
	for _, r := range e.rules {
		c := Condition{Key: r.key, Severity: r.row.Severity, Class: r.row.Class, Truth: r.truth, Since: r.since,
			Open: r.open != nil, Flapping: r.flapping, Parent: r.behind}
		if r.open != nil {
			c.Severity, c.Class, c.Occ = r.open.Severity, r.open.Class, r.open.Occ
		}
		list = append(list, c)
	}
	return list
}

// Unlatch lets a latched alarm clear once its condition is over; false if occ is
// not open or has no latch.
func (e *Engine) Unlatch(occ string) bool {
	for _, r := range e.rules {
		if r.open != nil && r.open.Occ == occ && r.latch {
			r.unlatched = true
			return true
		}
	}
	return false
}

// take notes one reading, tells of doors, and asks for evidence at its first sign.
func (e *Engine) take(r reading.Reading, now reading.Stamp) {
	if unjudged(r.Point.Kind) {
		return
	}
	s := e.samples[r.Point]
	if s == nil {
		s = &sample{}
		e.samples[r.Point] = s
	}
	before := *s
	s.take(r)
	changed := before.good && r.Known() && before.value != r.Value
	if r.Known() && (changed || !before.good) {
		e.discover(r.Point, r.Value)
	}
	e.takeSensor(r, before, changed, now)
	e.takeDevice(r, before, changed, now)
}

// takeSensor is take for what hangs on the board.
func (e *Engine) takeSensor(r reading.Reading, before sample, changed bool, now reading.Stamp) {
	switch r.Point.Kind {
	case reading.DoorOpen:
		if changed {
			e.tellDoor(r, before.held)
		}
		e.takeDoors(r, before, now)
	case reading.LockLocked:
		if changed {
			e.takeDoors(r, before, now)
		}
	case reading.Bounces:
		e.takeBounces(r, before)
	case reading.TimeToHot:
		e.forecasts = with(e.forecasts, r.Point)
	case reading.StorageLife, reading.PartState:
		if r.Point.Device == reading.Monitor {
			e.cards = with(e.cards, r.Point)
		}
	}
}

// takeDevice is take for what is polled and probed, for the mains and own interfaces.
func (e *Engine) takeDevice(r reading.Reading, before sample, changed bool, now reading.Stamp) {
	switch r.Point.Kind {
	case reading.ProbeResult:
		e.takeProbe(r, now)
	case reading.DeviceUptime:
		e.takeUptime(r, before)
	case reading.Renumberings:
		if changed && r.Value > before.value {
			e.out.Events = append(e.out.Events, Happening{Say: "renumbered", Device: r.Point.Device, At: r.At})
		}
	case reading.Carrier, reading.MainsPresent:
		if changed && r.Point.Kind == reading.MainsPresent && r.Value == 1 {
			e.powerBack = r.At
		}
		if changed {
			e.ask(AskUplink, now)
			e.ask(AskPath, now)
		}
	case reading.IfOperStatus:
		if changed && e.uplink(r.Point) {
			e.ask(AskPath, now)
		}
	}
}

// with returns list with p in it.
func with(list []reading.Point, p reading.Point) []reading.Point {
	if slices.Contains(list, p) {
		return list
	}
	return append(list, p)
}

func (e *Engine) uplink(p reading.Point) bool {
	return slices.ContainsFunc(e.plan.Uplinks, func(u Port) bool { return u.point() == p })
}

func (e *Engine) takeProbe(r reading.Reading, now reading.Stamp) {
	for _, p := range e.probes {
		if r.Point == p.point() && p.take(r) {
			e.ask(AskUplink, now)
			e.ask(AskPath, now)
		}
	}
}

func (e *Engine) tellDoor(r reading.Reading, since reading.Stamp) {
	if !slices.ContainsFunc(e.plan.Doors, func(d DoorContact) bool { return d.Point == r.Point }) {
		return
	}
	say := "door_closed"
	if r.Value == 1 {
		say = "door_opened"
	}
	e.out.Events = append(e.out.Events, Happening{Say: say, Device: r.Point.Device, Object: r.Point.Object, At: r.At, Since: &since})
}

func (e *Engine) ask(a Ask, now reading.Stamp) {
	if !slices.Contains(e.out.Asks, a) {
		e.out.Asks = append(e.out.Asks, a)
	}
	e.asked[a] = now
}

// askOpen asks again while the question of the path is open: targets miss but
// are not yet silent, or the cause is not decided.
func (e *Engine) askOpen(now reading.Stamp) {
	open := undecided(e.verdict)
	for _, p := range e.probes {
		open = open || p.misses > 0 && !e.declared(p)
	}
	if !open {
		e.askGap = 0
		return
	}
	if e.askGap == 0 {
		e.askGap = askAgain
	}
	if last, ok := e.asked[AskPath]; !ok || now.Since(last) >= e.askGap {
		if ok {
			e.askGap = min(2*e.askGap, askSeldom)
		}
		e.ask(AskPath, now)
		e.ask(AskUplink, now)
	}
	e.wake(e.asked[AskPath].Mono + e.askGap)
}

func undecided(causes []Cause) bool { return len(causes) > 0 && causes[0].Name == Undecided }

// dropOrphans clears alarms that no rule stands for any more.
func (e *Engine) dropOrphans(now reading.Stamp) {
	for _, c := range e.orphans {
		c.Act, c.Until, c.Reason = Clear, &now, ReasonNotWatched
		e.out.Changes = append(e.out.Changes, c)
	}
	e.orphans = nil
}

// decide renews the verdict. A verdict that names something else is taken at
// once if none stood, if the cause was open, or if it rests on what is seen
// directly; a merely inferred one must last first.
func (e *Engine) decide(now reading.Stamp) {
	e.seen = e.Table(now).judge()
	v := e.seen.verdict()
	switch {
	case sameCauses(v, e.verdict):
		e.verdict, e.pending = v, nil
		return
	case len(v) == 0, len(e.verdict) == 0, undecided(e.verdict), v[0].Name == e.verdict[0].Name, !e.lossTold():
	case undecided(v):
		e.pending = nil
		return
	case direct(v[0].Name):
	default:
		if len(e.pending) == 0 || e.pending[0].Name != v[0].Name {
			e.pendingSince = now
		}
		e.pending = v
		wait := settleVerdict
		if named(e.verdict, MainsLost) || named(e.verdict, SwitchDown) {
			wait = settleStart
		}
		if now.Since(e.pendingSince) < wait {
			e.wake(e.pendingSince.Mono + wait)
			return
		}
	}
	e.verdict, e.pending, e.out.VerdictChanged = v, nil, true
}

// lossTold reports whether an alarm on a lost path was told under the present verdict.
func (e *Engine) lossTold() bool {
	return slices.ContainsFunc(e.rules, func(r *rule) bool {
		return r.open != nil && (verdictDecides(r.key.Code) || r.key.Code == SwitchUnreachable)
	})
}

// direct causes rest on something that reports its own state.
func direct(c CauseName) bool { return c == MainsLost || c == UplinkPortDown }
