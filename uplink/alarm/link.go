package alarm

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"rackvakt/sensors/reading"
)

// usualErrors is the limit of errors where the Plan has none: one a second, in 0.001/s.
const usualErrors = 1000

func (b *builder) links() {
	for _, u := range b.plan.Uplinks {
		o := object(u.Device, u.Port)
		b.add(LinkDown, o, judgeUplink(u))
		if len(b.plan.Uplinks) > 1 { // behind link.down, which stands where no other is up
			b.add(LinkRedundancy, o, operDown(u))
		}
		b.add(LinkSpeed, o, settledPart(judgeSpeed(u)))
		if b.plan.ErrorRate >= 0 {
			b.add(LinkErrors, o, settledPart(judgeErrors(u)))
		}
	}
}

func (p Port) of(k reading.Kind) reading.Point {
	return reading.Point{Device: p.Device, Object: p.Port, Kind: k}
}

func operDown(u Port) judgeFunc {
	return pointRule(u.point(), "port_oper_down", func(v int64) bool { return operIsWell(v) == No })
}

// judgeUplink: an uplink port, where no other is known to be up. While one is, the
// connection is not down, only less safe: link.redundancy_lost. It went down with the last of them.
func judgeUplink(u Port) judgeFunc {
	one := operDown(u)
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		f := one(e, r, now)
		switch {
		case f.truth == Yes && e.seen.uplinks == Yes:
			return finding{truth: No, since: since(now, e.seen.Uplinks, Yes), evidence: observed("port_oper_up", e.seen.Uplinks, Yes)}
		case f.truth == Yes && e.seen.uplinks == No:
			f.since = since(now, e.seen.Uplinks, No)
		case f.truth == No && r.open != nil:
			f.since = e.passedSince(r.open.Since, f.since)
		}
		return f
	}
}

// passedSince returns when something beyond the only uplink was heard first
// between down and up, else up: a port through which answers come is up already,
// though its next read may be seconds away.
func (e *Engine) passedSince(down, up reading.Stamp) reading.Stamp {
	if len(e.plan.Uplinks) != 1 {
		return up
	}
	for _, p := range e.probes {
		beyond := p.Layer != LayerGateway && p.Layer != LayerService
		if beyond && p.heard && p.misses == 0 && p.turned.Since(down) > 0 && up.Since(p.turned) > 0 {
			up = p.turned
		}
	}
	return up
}

// linked returns the sample of p if its port is up and it was read since it came
// up: what a port says while it is down, or from before, is of another link.
func (e *Engine) linked(p reading.Point, now reading.Stamp) (*sample, bool) {
	oper, ok := e.known(reading.Point{Device: p.Device, Object: p.Object, Kind: reading.IfOperStatus}, now)
	s, ok2 := e.known(p, now)
	return s, ok && ok2 && oper.value == reading.IfUp && s.seen.Since(oper.held) >= 0
}

// judgeSpeed: slower than it is built for, or half duplex.
func judgeSpeed(u Port) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		duplex, known := e.linked(u.of(reading.IfDuplex), now)
		if known && duplex.value == reading.DuplexHalf {
			return r.steady(finding{truth: Yes, severity: r.row.Severity, since: duplex.held,
				evidence: []Evidence{said("duplex_half", u.of(reading.IfDuplex), duplex, now)}})
		}
		speed, ok := e.linked(u.of(reading.IfSpeed), now)
		halfBefore := !known && e.samples[u.of(reading.IfDuplex)] != nil && e.samples[u.of(reading.IfDuplex)].value == reading.DuplexHalf
		if !ok || speed.value <= 0 || halfBefore {
			return finding{}
		}
		e.fastest[u] = max(e.fastest[u], speed.value, r.toldSpeed())
		expected := cmp.Or(max(e.plan.Speeds[u], 0), e.fastest[u])
		if speed.value >= expected {
			return r.steady(finding{truth: No, severity: r.row.Severity, since: speed.held})
		}
		built := Evidence{Say: sayExpected, Device: u.Device, Object: u.Port, Value: reading.IfSpeed.Show(expected)}
		return r.steady(finding{truth: Yes, severity: r.row.Severity, since: speed.held,
			evidence: []Evidence{said("speed_low", u.of(reading.IfSpeed), speed, now), built}})
	}
}

// sayExpected is the evidence that holds the speed which is expected.
const sayExpected = "speed_expected"

// toldSpeed returns the expected speed that the open alarm tells, in bit/s; 0 if
// none is open. It carries what was seen over a restart.
func (r *rule) toldSpeed() int64 {
	if r.open == nil {
		return 0
	}
	i := slices.IndexFunc(r.open.Evidence, func(ev Evidence) bool { return ev.Say == sayExpected })
	if i < 0 {
		return 0
	}
	digits, _ := strings.CutSuffix(r.open.Evidence[i].Value, " "+reading.IfSpeed.Unit())
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0 // of another version
	}
	return v
}

// judgeErrors: more errors than allowed; a limit that was passed holds until the
// rate is below half of it.
func judgeErrors(u Port) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		rate, ok := e.linked(u.of(reading.IfErrorRate), now)
		if !ok {
			return finding{}
		}
		limit := cmp.Or(e.plan.ErrorRate, usualErrors)
		if r.stood() {
			limit /= 2
		}
		f := finding{truth: No, severity: r.row.Severity, since: rate.seen}
		if rate.value > limit {
			f.truth, f.evidence = Yes, []Evidence{said("errors_high", u.of(reading.IfErrorRate), rate, now)}
		}
		return r.steady(f)
	}
}

// judgeOptic: the optics of an uplink that is up. Without light from the far end
// they are weak of necessity, and the link is down.
func judgeOptic(part judgeFunc) judgeFunc {
	return settledPart(func(e *Engine, r *rule, now reading.Stamp) finding {
		if _, ok := e.linked(r.points[0], now); !ok {
			return finding{}
		}
		return part(e, r, now)
	})
}
