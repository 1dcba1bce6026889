package alarm

import (
	"slices"
	"time"

	"rackvakt/sensors/reading"
)

// Table returns the evidence as it stands: what Verdict is asked with.
func (e *Engine) Table(now reading.Stamp) Table {
	t := Table{Kind: e.plan.Kind}
	for _, name := range e.plan.Interfaces {
		t.Carrier = append(t.Carrier, e.observe(own(name, reading.Carrier), now, oneIsWell))
	}
	for _, p := range e.plan.Mains {
		t.Mains = append(t.Mains, e.observe(p, now, oneIsWell))
	}
	if len(e.plan.Mains) == 0 {
		for _, name := range e.plan.UPS {
			t.Mains = append(t.Mains, e.observe(device(name, reading.UPSSource), now, sourceIsWell))
		}
	}
	for _, name := range e.plan.carriers() {
		t.Switches = append(t.Switches, e.observe(device(name, reading.DeviceUp), now, oneIsWell))
	}
	for _, p := range e.plan.Uplinks {
		t.Uplinks = append(t.Uplinks, e.observe(p.point(), now, operIsWell))
	}
	for _, p := range e.probes {
		t.Targets = append(t.Targets, Target{Observation: e.observeTarget(p, now), Layer: p.Layer, Behind: p.Behind})
	}
	return t
}

// carriers returns the switches that the path leads over: those with an uplink,
// or all of them where no uplink is configured.
func (p *Plan) carriers() []string {
	var names []string
	for _, u := range p.Uplinks {
		if !slices.Contains(names, u.Device) {
			names = append(names, u.Device)
		}
	}
	if len(names) == 0 {
		return p.Switches
	}
	return names
}

func oneIsWell(v int64) Truth {
	if v == 1 {
		return Yes
	}
	return No
}

func sourceIsWell(v int64) Truth {
	switch v {
	case reading.UPSSourceBattery:
		return No
	case 1, 2: // RFC 1628: other, none
		return Unsure
	}
	return Yes
}

// operIsWell: RFC 2863 testing, unknown and dormant say neither.
func operIsWell(v int64) Truth {
	switch v {
	case reading.IfUp:
		return Yes
	case reading.IfDown, 6, 7: // notPresent, lowerLayerDown
		return No
	}
	return Unsure
}

// observe makes a row of the table of one point.
func (e *Engine) observe(p reading.Point, now reading.Stamp, well func(int64) Truth) Observation {
	o := Observation{Device: p.Device, Object: p.Object}
	s, ok := e.known(p, now)
	if !ok {
		return o
	}
	o.Well, o.Value = well(s.value), p.Kind.Show(s.value)
	o.Age, o.Held = now.Since(s.seen), now.Since(s.held)
	return o
}

// known returns the sample of p if it may be used in a decision: good, and not
// older than its limit. It wakes the engine when that ends.
func (e *Engine) known(p reading.Point, now reading.Stamp) (*sample, bool) {
	s := e.samples[p]
	if s == nil || !s.last.Known() {
		return nil, false
	}
	limit := e.plan.AgeLimit(p)
	if now.Since(s.seen) > limit {
		return nil, false
	}
	e.wake(s.seen.Mono + limit + time.Millisecond)
	return s, true
}

func (e *Engine) observeTarget(p *probe, now reading.Stamp) Observation {
	o := Observation{Device: PathDevice, Object: p.Name}
	limit := e.plan.AgeLimit(p.point())
	if !p.heard || now.Since(p.seen) > limit {
		return o
	}
	e.wake(p.seen.Mono + limit + time.Millisecond)
	o.Age, o.Held = now.Since(p.seen), now.Since(p.turned)
	switch {
	case p.misses == 0:
		o.Well, o.Refused = Yes, p.refused
	case e.declared(p):
		o.Well = No
	}
	return o
}

// declared reports whether the misses of p suffice to call it silent: enough of
// its own layer, or every target of the path missing together.
func (e *Engine) declared(p *probe) bool {
	const least = 2
	need := e.plan.misses()
	if p.misses < min(least, need) {
		return false
	}
	layer, path, whole := 0, 0, true
	for _, x := range e.probes {
		path += x.misses
		whole = whole && x.misses >= min(least, need)
		if x == p || x.Layer == p.Layer && p.Layer != LayerService {
			layer += x.misses
		}
	}
	return layer >= need || whole && path >= need
}
