package alarm

import (
	"slices"
	"time"

	"rackvakt/sensors/reading"
)

// Reasons of a Change.
const (
	ReasonRestored     = "restored"       // the condition is over
	ReasonNotWatched   = "not_watched"    // nothing in the configuration watches it any more
	ReasonLostByCloset = "lost_by_closet" // the closet started without it (collector)
	ReasonVerdict      = "verdict"        // the cause is another than was told
	ReasonSeverity     = "severity"       // it became worse or milder
	ReasonFlapping     = "flapping"       // it comes and goes; Count times so far
	ReasonSteady       = "steady"         // it no longer comes and goes, and stands
)

// blink is how long a condition may be unknown without its delays beginning anew: a
// sensor with a bad answer now and then must still be able to say that it is hot.
const blink = 45 * time.Second

// finding is what a rule sees: whether its condition stands, since when, and why.
type finding struct {
	truth    Truth
	severity Severity
	since    reading.Stamp // when truth began, as measured
	evidence []Evidence
	// hold is a further delay before raise: time for a parent or a cause to show.
	hold time.Duration
}

// rule is one condition: a row of the catalogue on one object.
type rule struct {
	key   Key
	row   Row
	delay Delay
	latch bool
	judge func(e *Engine, r *rule, now reading.Stamp) finding
	// parents are the codes behind which it cannot be judged.
	parents []Code
	// found says that the rule came with a reading, and is of a part, of which points tell.
	found  bool
	points []reading.Point
	state
}

// state is what a rule remembers.
type state struct {
	truth Truth
	since reading.Stamp
	// settled is the truth last known, settledSince when it began, and turned the
	// moment when it was decided. broken: since then it was unknown for longer than
	// blink, or behind a parent.
	settled              Truth
	settledSince, turned reading.Stamp
	broken               bool
	// judgedFrom is the moment from which truth was judged without a break longer than
	// blink, but for one behind a parent; no delay counts from before it.
	judgedFrom reading.Stamp
	behind     Code          // the parent that stands now, "" for none
	afresh     reading.Stamp // polled readings from before are of a time behind a parent
	open       *Change
	order      int // of being raised
	unlatched  bool
	worse      Severity // a severity other than that told, and since when it is seen
	worseSince reading.Stamp
	flap
}

// judge judges one rule and tells what came of it.
func (e *Engine) judge(r *rule, now reading.Stamp) {
	var f finding
	parent := e.parentOf(r)
	r.broken = r.broken || parent != "" || r.settled == Unsure || r.truth == Unsure && now.Since(r.since) > blink
	if parent == "" {
		if r.behind != "" { // judged afresh, and no delay counts from before
			r.afresh, r.judgedFrom = now, now.Add(r.row.Settle)
		}
		f = r.judge(e, r, now)
	}
	r.behind = parent
	if f.truth == Unsure {
		if r.truth != Unsure || r.since.IsZero() {
			r.since = now
		}
		r.truth = Unsure
		if now.Since(r.judgedFrom) > 0 && r.broken {
			r.judgedFrom = now
		}
		if parent == "" {
			e.mayForget(r, now)
		}
		return
	}
	r.turn(f, now)
	switch {
	case f.truth == Yes && r.open == nil:
		e.mayRaise(r, f, now)
	case f.truth == Yes:
		r.worsen(e, f, now)
		e.mayStandSteady(r, now)
	case r.open != nil:
		e.mayClear(r, f, now)
	}
}

// turn notes a change of truth and counts each return of the condition. What was
// unknown in between is no return.
func (r *rule) turn(f finding, now reading.Stamp) {
	if r.settled != f.truth && f.truth == Yes {
		r.count(now)
	}
	if r.settled != f.truth || r.broken {
		r.turned = now
	}
	r.truth, r.settled, r.since, r.settledSince, r.broken = f.truth, f.truth, f.since, f.since, false
}

// parentOf returns the first parent alarm that stands or is about to, "" for none.
func (e *Engine) parentOf(r *rule) Code {
	for _, code := range r.parents {
		for _, p := range e.byCode[code] {
			if p != r && (p.truth == Yes || p.open != nil) && r.stands(p) {
				return code
			}
		}
	}
	return ""
}

// stands reports whether parent p concerns r: a switch stands before its own
// parts and ports only, and before a UPS, which is asked over some switch; a UPS
// before its own values only.
func (r *rule) stands(p *rule) bool {
	switch p.key.Code {
	case SwitchUnreachable:
		return r.key.Code == PowerUPSLost || dev(r.key.Object) == p.key.Object
	case PowerUPSLost:
		return dev(r.key.Object) == p.key.Object
	}
	return true
}

// due reports whether a truth that began at since has lasted for d; else the
// engine is woken when it will have.
func (e *Engine) due(r *rule, since reading.Stamp, d time.Duration, now reading.Stamp) bool {
	start := since
	if start.Since(r.judgedFrom) < 0 || start.Boot != r.judgedFrom.Boot {
		start = r.judgedFrom
	}
	return e.lasted(start, d, now)
}

func (e *Engine) mayRaise(r *rule, f finding, now reading.Stamp) {
	if !e.due(r, f.since, r.delay.Trip, now) || !e.due(r, r.turned, f.hold, now) {
		return
	}
	e.opened++
	r.order = e.opened
	c := Change{Act: Raise, Key: r.key, Occ: e.newOcc(), Severity: f.severity, Since: f.since, Evidence: e.aboutPort(r, f.evidence)}
	r.open = &c
	r.unlatched = false
	e.explain(r, f)
	e.out.Changes = append(e.out.Changes, *r.open)
}

// worsen tells of another severity once it has lasted as long as a raise must.
func (r *rule) worsen(e *Engine, f finding, now reading.Stamp) {
	if f.severity == r.open.Severity {
		r.worseSince = reading.Stamp{}
		return
	}
	if r.worseSince.IsZero() || r.worse != f.severity {
		r.worse, r.worseSince = f.severity, now
	}
	if !e.due(r, r.worseSince, r.delay.Trip, now) {
		return
	}
	r.worseSince = reading.Stamp{}
	r.open.Severity, r.open.Evidence = f.severity, e.aboutPort(r, f.evidence)
	e.update(r, ReasonSeverity)
}

func (e *Engine) update(r *rule, reason string) {
	c := *r.open
	c.Act, c.Reason = Update, reason
	r.open = &c
	e.out.Changes = append(e.out.Changes, c)
}

func (e *Engine) mayClear(r *rule, f finding, now reading.Stamp) {
	if !e.due(r, f.since, r.delay.Clear, now) || r.latch && !r.unlatched {
		return
	}
	if e.keepFlapping(r, now) {
		return
	}
	until := f.since
	if until.Since(r.open.Since) < 0 { // as its source dates it; it cannot have ended before it began
		until = r.open.Since
	}
	e.clear(r, until, ReasonRestored, f.evidence)
}

// clear ends the open alarm of r.
func (e *Engine) clear(r *rule, until reading.Stamp, reason string, evidence []Evidence) {
	c := *r.open
	c.Act, c.Until, c.Reason, c.Count, c.Evidence = Clear, &until, reason, r.flaps(), evidence
	r.open, r.state.flap = nil, r.flap.ended()
	e.out.Changes = append(e.out.Changes, c)
}

// explain gives an alarm that is about the path its verdict, class and case.
func (e *Engine) explain(r *rule, f finding) {
	c := r.open
	c.Class, c.Causes = e.classOf(r), e.causesOf(r, f)
	c.Joins = e.joins(r)
}

// verdictDecides lists the alarms whose class moves with the verdict.
func verdictDecides(code Code) bool { return code == LinkDown || slices.Contains(pathCodes, code) }

func (e *Engine) classOf(r *rule) Class {
	if verdictDecides(r.key.Code) {
		if causes := e.causesOf(r, finding{}); len(causes) > 0 && causes[0].Name != Undecided {
			return RemedyOf(causes[0].Name, e.plan.Kind).Class
		}
	}
	if e.plan.Kind == Physiotherapy && r.row.Class == Access {
		return Internet
	}
	return r.row.Class
}

// causesOf returns what the verdict says of r: all of it for the loss of a path,
// the cause that stands for the alarm itself for others.
func (e *Engine) causesOf(r *rule, f finding) []Cause {
	if slices.Contains(pathCodes, r.key.Code) {
		return e.verdict
	}
	if r.key.Code == ServiceFailed {
		if f.evidence == nil {
			return r.open.Causes
		}
		return []Cause{{Name: ServiceDown, For: f.evidence}}
	}
	for _, c := range e.verdict {
		if remedies[c.Name].Code == r.key.Code || c.Name == MainsLost && r.key.Code == PowerOnBattery {
			return []Cause{c}
		}
	}
	return nil
}

// joins returns the occurrence of the oldest open alarm that has a cause in
// common with r, or is of the same loss of a path; "" if there is none.
func (e *Engine) joins(r *rule) string {
	for _, o := range e.openRules() {
		if o == r || o.order >= r.order || !sameCase(r.open, o.open) {
			continue
		}
		if o.open.Joins != "" {
			return o.open.Joins
		}
		return o.open.Occ
	}
	return ""
}

// sameCase: both are the loss of a path, or the first cause of both is the same
// fault. Two services that fail are two faults.
func sameCase(a, b *Change) bool {
	if slices.Contains(pathCodes, a.Code) && slices.Contains(pathCodes, b.Code) {
		return true
	}
	if len(a.Causes) == 0 || len(b.Causes) == 0 || a.Causes[0].Name != b.Causes[0].Name {
		return false
	}
	first := a.Causes[0].Name
	return first != Undecided && first != ServiceDown
}

// retell updates the open alarms that the verdict explains when it names
// something else than they told.
func (e *Engine) retell() {
	for _, r := range e.openRules() {
		if r.truth != Yes || !verdictDecides(r.key.Code) || r.behind != "" {
			continue
		}
		causes := e.causesOf(r, finding{})
		if len(causes) == 0 || sameCauses(causes, r.open.Causes) || undecided(causes) && !undecided(r.open.Causes) && len(r.open.Causes) > 0 {
			continue
		}
		if causes[0].Name == MainsLost && e.seen.alive {
			continue // the way is open again; power is a case of its own
		}
		c := *r.open
		c.Causes = causes
		r.open = &c
		r.open.Class = e.classOf(r)
		if r.open.Joins == "" {
			r.open.Joins = e.joins(r)
		}
		e.update(r, ReasonVerdict)
	}
}

// Flapping: each return of a condition costs a penalty that decays. Above
// flapStart the alarm stays open as one state; below flapEnd it ends.
const (
	flapPenalty = 1000
	flapStart   = 3000
	flapEnd     = 1000
	flapDecay   = 200 // per minute
)

// flap is the penalty of one rule.
type flap struct {
	penalty  int
	at       reading.Stamp // when penalty was right
	flapping bool
	turns    int // returns while flapping, and those that led to it
}

func (f *flap) now(now reading.Stamp) int {
	if f.at.IsZero() {
		return 0
	}
	return max(0, f.penalty-int(now.Since(f.at)*flapDecay/time.Minute))
}

func (f *flap) count(now reading.Stamp) {
	f.penalty = f.now(now) + flapPenalty
	f.at = now
	f.turns++
	if f.penalty <= flapPenalty {
		f.turns = 1
	}
}

func (f *flap) flaps() int {
	if f.flapping {
		return f.turns
	}
	return 0
}

func (f flap) ended() flap {
	f.flapping = false
	return f
}

// keepFlapping reports whether an alarm whose condition is over stays open since
// it would only come again; it tells so once.
func (e *Engine) keepFlapping(r *rule, now reading.Stamp) bool {
	p := r.flap.now(now)
	if !r.flapping && p <= flapStart || r.flapping && p < flapEnd {
		return false
	}
	if !r.flapping {
		r.flapping = true
		r.open.Count = r.turns
		e.update(r, ReasonFlapping)
	}
	e.wake(now.Mono + r.calm(now))
	return true
}

// calm is how long the penalty needs to fall below flapEnd.
func (f *flap) calm(now reading.Stamp) time.Duration {
	return time.Duration(f.now(now)-flapEnd+1) * time.Minute / flapDecay
}

// mayStandSteady ends the flapping of an alarm that stands for good.
func (e *Engine) mayStandSteady(r *rule, now reading.Stamp) {
	if !r.flapping {
		return
	}
	if r.flap.now(now) >= flapEnd {
		e.wake(now.Mono + r.calm(now))
		return
	}
	r.open.Count = r.turns
	r.flapping = false
	e.update(r, ReasonSteady)
	r.open.Count = 0
}
