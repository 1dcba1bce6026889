package alarm

import (
	"cmp"
	"slices"
	"time"
)

// Truth is the answer to a question that may have none. The zero value is Unsure.
type Truth uint8

// Truths.
const (
	Unsure Truth = iota
	No
	Yes
)

// String writes "unknown", "no" or "yes".
func (t Truth) String() string { return [...]string{"unknown", "no", "yes"}[min(t, Yes)] }

// Layer is how far out a probe target stands.
type Layer string

// Layers, nearest first.
const (
	LayerGateway  Layer = "gateway"
	LayerRegion   Layer = "region"
	LayerSjunet   Layer = "sjunet"
	LayerInternet Layer = "internet"
	LayerService  Layer = "service"
)

// Observation is one row of an evidence table: whether one thing is well, and
// how old that knowledge is.
type Observation struct {
	// Device and Object name the Point, as in Evidence.
	Device, Object string
	// Well: Yes answers, has carrier, is up, is present; No known not to; Unsure
	// never read, too old, or not enough heard to say.
	Well Truth
	// Refused: a target refused the connection: the way there is well, the service is not.
	Refused bool
	// Value is the observed value, ready to show. Empty: the Say key is enough.
	Value string
	// Age is how old the newest observation is; Held how long Well has had its
	// value. Held is never less than Age.
	Age, Held time.Duration
}

// Target is one probed target.
type Target struct {
	Observation
	Layer Layer
	// Behind is the layer that a service is reached through. Empty: Sjunet where
	// the table has Sjunet targets, else the internet for a physiotherapy clinic,
	// else the region.
	Behind Layer
}

// Table is what a verdict rests on. Either end fills in what it knows and leaves
// the rest empty: an empty list is never read as "fine".
type Table struct {
	Kind SiteKind
	// Carrier: the monitor's own interfaces.
	Carrier []Observation
	// Mains: mains points. A UPS on battery may stand here too, as No.
	Mains []Observation
	// Switches: the switches that carry the uplink.
	Switches []Observation
	// Uplinks: the ports towards the region.
	Uplinks []Observation
	Targets []Target
	// Outside is what the region sees of a closet that it no longer hears; nil in
	// the closet. With it the rest of the table holds what was heard last.
	Outside *Outside
}

// Verdict says what broke the path: nothing (nil), one cause, or two when two
// faults stand at once. It is a function of the table alone.
func Verdict(t Table) []Cause {
	if t.Outside != nil {
		return t.outside()
	}
	j := t.judge()
	return j.verdict()
}

func (j *judgement) verdict() []Cause {
	var causes []Cause
	if !j.alive {
		causes = j.lost()
	} else {
		causes = j.beyond()
	}
	if j.mains == No && !named(causes, MainsLost) {
		causes = append(causes, j.cause(MainsLost))
	}
	return causes[:min(len(causes), 2)]
}

func named(causes []Cause, name CauseName) bool {
	return slices.ContainsFunc(causes, func(c Cause) bool { return c.Name == name })
}

// judgement is a Table with its groups summed up.
type judgement struct {
	Table
	carrier, mains, switches, uplinks Truth
	near                              group // gateway and region, or the internet of a clinic without a rack
	sjunet, internet                  group
	services                          []Target
	// alive: nothing shows that the way to the region is gone.
	alive bool
}

// group is a set of targets that stand for one layer.
type group struct {
	targets []Target
	well    Truth
	// held is how long every target has been silent (No), or the age of the newest answer (Yes).
	held time.Duration
}

// all sums up alternatives: Yes if any is well, No if every one is known not to be.
func all(obs []Observation) Truth {
	if len(obs) == 0 {
		return Unsure
	}
	sum := No
	for _, o := range obs {
		switch o.Well {
		case Yes:
			return Yes
		case Unsure:
			sum = Unsure
		case No:
		}
	}
	return sum
}

// lostMains is No if any mains point is known to be without.
func lostMains(obs []Observation) Truth {
	sum := Unsure
	for _, o := range obs {
		if o.Well == No {
			return No
		}
		sum = max(sum, o.Well)
	}
	return sum
}

// silence sums up targets: silent as a whole only when each one is.
func silence(targets []Target) group {
	g := group{targets: targets}
	if len(targets) == 0 {
		return g
	}
	obs := make([]Observation, len(targets))
	for i, t := range targets {
		obs[i] = t.Observation
	}
	g.well = all(obs)
	g.held = 1<<63 - 1
	for _, o := range obs {
		switch {
		case g.well == Yes && o.Well == Yes:
			g.held = min(g.held, o.Age)
		case g.well == No:
			g.held = min(g.held, o.Held)
		}
	}
	return g
}

func (t Table) at(layers ...Layer) []Target {
	var found []Target
	for _, x := range t.Targets {
		if slices.Contains(layers, x.Layer) {
			found = append(found, x)
		}
	}
	return found
}

// behind returns the layer that service x is reached through.
func (t Table) behind(x Target) Layer {
	switch {
	case x.Behind != "":
		return x.Behind
	case len(t.at(LayerSjunet)) > 0:
		return LayerSjunet
	case t.Kind == Physiotherapy:
		return LayerInternet
	}
	return LayerRegion
}

// answeredSince returns the targets that answered after a silence of the given
// length began: proof that the way to them is open.
func answeredSince(targets []Target, held time.Duration) []Target {
	var found []Target
	for _, x := range targets {
		if x.Well == Yes && x.Age < held {
			found = append(found, x)
		}
	}
	return found
}

// judge sums up the groups. A layer that is silent itself is well when something
// behind it answered since.
func (t Table) judge() judgement {
	j := judgement{Table: t, carrier: all(t.Carrier), mains: lostMains(t.Mains),
		switches: all(t.Switches), uplinks: all(t.Uplinks), services: t.at(LayerService)}
	j.sjunet = t.opened(silence(t.at(LayerSjunet)), LayerSjunet)
	j.internet = t.opened(silence(t.at(LayerInternet)), LayerInternet)
	j.near = t.nearest()
	j.alive = !j.cut()
	if j.near.well == No && j.switches == Yes && !seenSince(t.Switches, j.near.held) {
		j.switches = Unsure
	}
	return j
}

// opened lets a silent layer count as well if a service behind it answered since.
func (t Table) opened(g group, layer Layer) group {
	if g.well == Yes || len(g.targets) == 0 {
		return g
	}
	var behind []Target
	for _, x := range t.at(LayerService) {
		if t.behind(x) == layer {
			behind = append(behind, x)
		}
	}
	if len(answeredSince(behind, g.held)) > 0 {
		g.well = Yes
	}
	return g
}

// nearest is the layer whose loss means that nothing beyond the closet is
// reached: the region's edge, for which the gateway stands in where no region
// target is configured; the internet for a clinic without a rack; else whatever
// is probed.
func (t Table) nearest() group {
	order := [][]Layer{{LayerRegion}, {LayerGateway}, {LayerSjunet}, {LayerInternet}, {LayerService}}
	if t.Kind == Physiotherapy {
		order = [][]Layer{{LayerInternet}, {LayerGateway}, {LayerRegion}, {LayerService}}
	}
	for i, layers := range order {
		targets := t.at(layers...)
		if len(targets) == 0 {
			continue
		}
		g := silence(targets)
		for _, further := range order[i+1:] {
			if further[0] != LayerGateway && g.well != Yes && len(answeredSince(t.at(further...), g.held)) > 0 {
				g.well = Yes
			}
		}
		return g
	}
	return group{}
}

// cut reports whether the way to the region is known to be gone: every near
// target is silent, or every uplink lost its link and nothing answered since.
func (j *judgement) cut() bool {
	if j.near.well == No {
		return true
	}
	if j.carrier == No {
		return true
	}
	return j.uplinks == No && len(answeredSince(j.farSide(), j.uplinksHeld())) == 0
}

// farSide returns the targets that are surely on the far side of the uplinks. A
// gateway may be a router inside the closet, so it counts only where nothing
// further out is watched.
func (j *judgement) farSide() []Target {
	var out []Target
	for _, x := range j.Targets {
		if x.Layer != LayerGateway {
			out = append(out, x)
		}
	}
	if out == nil {
		return j.Targets
	}
	return out
}

func (j *judgement) uplinksHeld() time.Duration {
	held := time.Duration(1<<63 - 1)
	for _, o := range j.Uplinks {
		held = min(held, o.Held)
	}
	return held
}

// lost decides why nothing beyond the closet is reached, nearest fault first:
// what stands behind a dead thing says nothing.
func (j *judgement) lost() []Cause {
	switch {
	case j.mains == No && j.switches != Yes:
		return []Cause{j.cause(MainsLost)}
	case j.carrier == No:
		c := j.cause(MonitorFault)
		c.Candidates, c.Check = []CauseName{MonitorFault, SwitchDown}, "switch_lamps"
		if j.mains != Yes {
			c.Candidates = append(c.Candidates, MainsLost)
		}
		return []Cause{c}
	case j.switches == No && j.mains == Yes:
		return []Cause{j.cause(SwitchDown)}
	case j.switches == No:
		return []Cause{j.undecided("mains_in_closet", SwitchDown, MainsLost)}
	case j.uplinks == No:
		return []Cause{j.cause(UplinkPortDown)}
	case len(j.Switches)+len(j.Uplinks) == 0:
		return []Cause{j.cause(AccessDown)}
	case j.switches == Unsure && len(j.Switches) > 0 && !seenSince(j.Uplinks, j.near.held):
		return []Cause{j.undecided("read_switch", SwitchDown, UplinkPortDown, AccessDown)}
	case !seenSince(j.Uplinks, j.near.held):
		return []Cause{j.undecided("read_uplink_port", UplinkPortDown, AccessDown)}
	}
	return []Cause{j.cause(AccessDown)}
}

// seenSince reports whether one of obs was seen well after a silence of the
// given length began; what was seen before it proves nothing.
func seenSince(obs []Observation, held time.Duration) bool {
	return slices.ContainsFunc(obs, func(o Observation) bool { return o.Well == Yes && o.Age < held })
}

// beyond decides what is lost behind a region that is reached, if anything.
func (j *judgement) beyond() []Cause {
	var causes []Cause
	if j.sjunet.well == No {
		switch {
		case j.near.well == Yes && (j.sameAsNear() || j.answeredNearSince(j.sjunet.held)):
			causes = append(causes, j.cause(SjunetDown))
		default:
			causes = append(causes, j.undecided("read_region", AccessDown, SjunetDown))
		}
	}
	if bad := j.failedServices(); len(bad) > 0 {
		c := Cause{Name: ServiceDown, For: evidence("target_answers", j.layerOf(bad[0]).targets, Yes)}
		for _, x := range bad {
			c.For = append(c.For, targetEvidence(x))
		}
		causes = append(causes, c)
	}
	return causes
}

// sameAsNear: no target nearer than Sjunet is configured.
func (j *judgement) sameAsNear() bool {
	return len(j.near.targets) > 0 && j.near.targets[0].Layer == LayerSjunet
}

func (j *judgement) answeredNearSince(held time.Duration) bool {
	near := j.at(LayerRegion)
	if len(near) == 0 {
		near = j.at(LayerGateway)
	}
	if j.Kind == Physiotherapy {
		near = append(near, j.at(LayerInternet)...)
	}
	return len(answeredSince(near, held)) > 0
}

func (j *judgement) layerOf(x Target) group {
	switch j.behind(x) {
	case LayerSjunet:
		return j.sjunet
	case LayerInternet:
		return j.internet
	case LayerGateway, LayerRegion, LayerService:
	}
	return j.near
}

// failedServices returns the services that are silent though their layer is well,
// and those that refuse, which shows that the way to them is well.
func (j *judgement) failedServices() []Target {
	var bad []Target
	for _, x := range j.services {
		if x.Refused || x.Well == No && j.layerOf(x).well == Yes && j.layerOf(x).targets[0].Layer != LayerService {
			bad = append(bad, x)
		}
	}
	return bad
}

// cause gathers what speaks for and against name.
func (j *judgement) cause(name CauseName) Cause {
	c := Cause{Name: name}
	silent := evidence("target_silent", j.near.targets, No)
	switch name {
	case MainsLost:
		c.For = append(observed("mains_lost", j.Mains, No), observed("switch_silent", j.Switches, No)...)
		c.Against = append(observed("mains_present", j.Mains, Yes), observed("switch_answers", j.Switches, Yes)...)
	case MonitorFault:
		c.For = observed("carrier_lost", j.Carrier, No)
		c.Against = append(observed("switch_answers", j.Switches, Yes), evidence("target_answers", j.Targets, Yes)...)
	case SwitchDown:
		c.For = slices.Concat(observed("switch_silent", j.Switches, No), observed("mains_present", j.Mains, Yes), silent)
		c.Against = observed("mains_lost", j.Mains, No)
	case UplinkPortDown:
		c.For = slices.Concat(observed("port_oper_down", j.Uplinks, No), observed("switch_answers", j.Switches, Yes), silent)
		c.Against = evidence("target_answers", j.Targets, Yes)
	case AccessDown:
		c.For = slices.Concat(silent, observed("port_oper_up", j.Uplinks, Yes), observed("switch_answers", j.Switches, Yes), observed("carrier_present", j.Carrier, Yes))
		c.Against = observed("port_oper_down", j.Uplinks, No)
		if len(j.near.targets) > 0 && j.near.targets[0].Layer != LayerGateway {
			c.For = append(c.For, evidence("target_answers", j.at(LayerGateway), Yes)...)
		}
	case SjunetDown:
		c.For = append(evidence("target_silent", j.sjunet.targets, No), evidence("target_answers", j.at(LayerGateway, LayerRegion), Yes)...)
		c.Against = append(evidence("target_answers", j.services, Yes), evidence("target_silent", j.at(LayerGateway, LayerRegion), No)...)
	case RegionCoreDown, ServiceDown, Undecided:
	}
	return c
}

// undecided is the honest answer: what it may be, and what would tell.
func (j *judgement) undecided(check string, candidates ...CauseName) Cause {
	c := Cause{Name: Undecided, Candidates: candidates, Check: check}
	c.For = slices.Concat(
		observed("mains_lost", j.Mains, No), observed("mains_present", j.Mains, Yes), observed("mains_unknown", j.Mains, Unsure),
		observed("switch_silent", j.Switches, No), observed("switch_answers", j.Switches, Yes), observed("switch_unknown", j.Switches, Unsure),
		observed("port_oper_down", j.Uplinks, No), observed("port_oper_up", j.Uplinks, Yes), observed("port_unknown", j.Uplinks, Unsure),
		evidence("target_silent", j.Targets, No), evidence("target_answers", j.Targets, Yes))
	return c
}

// observed makes evidence of the observations that are want.
func observed(say string, obs []Observation, want Truth) []Evidence {
	var list []Evidence
	for _, o := range obs {
		if o.Well == want {
			list = append(list, Evidence{Say: say, Device: o.Device, Object: o.Object, Value: o.Value, AgeMS: o.Age.Milliseconds()})
		}
	}
	return list
}

func evidence(say string, targets []Target, want Truth) []Evidence {
	obs := make([]Observation, 0, len(targets))
	for _, t := range targets {
		obs = append(obs, t.Observation)
	}
	return observed(say, obs, want)
}

func targetEvidence(x Target) Evidence {
	say := "target_silent"
	if x.Refused {
		say = "target_refused"
	}
	return Evidence{Say: say, Device: x.Device, Object: x.Object, Value: x.Value, AgeMS: x.Age.Milliseconds()}
}

// CauseCode is the alarm that stands for the first cause; false without a cause.
func CauseCode(causes []Cause, kind SiteKind) (Remedy, bool) {
	if len(causes) == 0 {
		return Remedy{}, false
	}
	return RemedyOf(causes[0].Name, kind), true
}

// sameCauses compares two verdicts by name and candidates, not by the age of
// their evidence.
func sameCauses(a, b []Cause) bool {
	return slices.EqualFunc(a, b, func(x, y Cause) bool {
		return cmp.Compare(x.Name, y.Name) == 0 && slices.Equal(x.Candidates, y.Candidates)
	})
}
