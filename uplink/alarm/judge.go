package alarm

import (
	"slices"
	"time"

	"rackvakt/sensors/reading"
)

// pointRule judges one point by its value alone.
func pointRule(p reading.Point, say string, bad func(int64) bool) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		s, ok := e.knownAfresh(r, p, now)
		if !ok {
			return finding{}
		}
		f := finding{truth: No, severity: r.row.Severity, since: s.held}
		f.evidence = []Evidence{{Say: say, Device: p.Device, Object: p.Object, Value: p.Kind.Show(s.value), AgeMS: now.Since(s.seen).Milliseconds()}}
		if bad(s.value) {
			f.truth = Yes
		}
		return f
	}
}

// knownAfresh is known, without readings that were polled while a parent stood.
// Contacts and carriers report their own changes and need no second look.
func (e *Engine) knownAfresh(r *rule, p reading.Point, now reading.Stamp) (*sample, bool) {
	s, ok := e.known(p, now)
	polled := p.Kind == reading.IfOperStatus || p.Kind == reading.DeviceUp || p.Kind >= reading.Voltage
	if !ok || polled && !r.afresh.IsZero() && s.seen.Since(r.afresh) <= 0 {
		return nil, false
	}
	return s, true
}

// judgeCarrier: every own interface without carrier.
func judgeCarrier(e *Engine, r *rule, now reading.Stamp) finding {
	obs := e.seen.Carrier
	switch all(obs) {
	case No:
		return finding{truth: Yes, severity: r.row.Severity, since: since(now, obs, No), evidence: observed("carrier_lost", obs, No)}
	case Yes:
		return finding{truth: No, severity: r.row.Severity, since: since(now, obs, Yes)}
	}
	return finding{}
}

// since is when the newest of the observations that are want began to be so; for
// Yes the oldest, since one alone suffices.
func since(now reading.Stamp, obs []Observation, want Truth) reading.Stamp {
	held := time.Duration(-1)
	for _, o := range obs {
		if o.Well == want && (held < 0 || want == No && o.Held < held || want == Yes && o.Held > held) {
			held = o.Held
		}
	}
	return now.Add(-max(held, 0))
}

// judgeNear: the way out of the closet.
func judgeNear(e *Engine, r *rule, now reading.Stamp) finding {
	return e.pathFinding(r, e.seen.near, now)
}

// pathFinding is what a layer's group of targets says. A lost path waits a
// little for its cause.
func (e *Engine) pathFinding(r *rule, g group, now reading.Stamp) finding {
	obs := make([]Observation, 0, len(g.targets))
	for _, t := range g.targets {
		obs = append(obs, t.Observation)
	}
	f := finding{severity: r.row.Severity}
	if g.well == No && !r.afresh.IsZero() && oldest(obs) >= now.Since(r.afresh) {
		return finding{} // some were not asked again since the parent cleared
	}
	switch g.well {
	case Yes:
		f.truth, f.since, f.evidence = No, since(now, obs, Yes), observed("target_answers", obs, Yes)
	case No:
		f.truth, f.since, f.evidence = Yes, since(now, obs, No), observed("target_silent", obs, No)
		if len(e.verdict) == 0 || undecided(e.verdict) {
			f.hold = holdUndecided
		}
	case Unsure:
	}
	return f
}

// oldest returns the greatest age.
func oldest(obs []Observation) time.Duration {
	var age time.Duration
	for _, o := range obs {
		age = max(age, o.Age)
	}
	return age
}

// judgeLayer: a layer behind the region's edge.
func judgeLayer(l Layer) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		j := &e.seen
		g := j.sjunet
		if l == LayerInternet {
			g = j.internet
		}
		f := e.pathFinding(r, g, now)
		if f.truth == Yes && !j.sameAsNear() && j.near.well == Unsure {
			f.hold = max(f.hold, holdParent)
		}
		return f
	}
}

// judgeService: silent though the way there is open, or refusing.
func judgeService(name string) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		j := &e.seen
		i := slices.IndexFunc(j.services, func(x Target) bool { return x.Object == name })
		if i < 0 {
			return finding{}
		}
		x := j.services[i]
		if !r.afresh.IsZero() && x.Age >= now.Since(r.afresh) {
			return finding{}
		}
		f := finding{severity: r.row.Severity, since: now.Add(-x.Held), evidence: []Evidence{targetEvidence(x)}}
		switch {
		case x.Refused, x.Well == No && slices.ContainsFunc(j.failedServices(), func(y Target) bool { return y.Object == name }):
			f.truth = Yes
		case x.Well == Yes:
			f.truth, f.evidence = No, evidence("target_answers", []Target{x}, Yes)
		}
		return f
	}
}

// judgeStorage: the data directory refuses, or has too little room.
func judgeStorage(e *Engine, r *rule, now reading.Stamp) finding {
	f := pointRule(own("", reading.StorageWritable), "storage_refused", func(v int64) bool { return v == 0 })(e, r, now)
	free, ok := e.known(own("", reading.StorageFree), now)
	if f.truth == Yes || !ok || e.plan.StorageFree == 0 {
		return f
	}
	if free.value < e.plan.StorageFree {
		return finding{truth: Yes, severity: r.row.Severity, since: free.held,
			evidence: []Evidence{{Say: "storage_full", Device: reading.Monitor, Value: reading.StorageFree.Show(free.value), AgeMS: now.Since(free.seen).Milliseconds()}}}
	}
	if f.truth == Unsure {
		f = finding{truth: No, severity: r.row.Severity, since: free.held}
	}
	return f
}

// lifeUsed is how much of a card's life may be used, 0.001 %.
const lifeUsed = 90_000

// judgeLife: a card says that it is nearly worn out, by its life or by its reserved
// blocks, or the file system on it has met errors: both are told as PartState.
func judgeLife(e *Engine, r *rule, now reading.Stamp) finding {
	f := finding{severity: r.row.Severity}
	for _, p := range e.cards {
		life, ok := e.known(p, now)
		switch {
		case !ok:
		case p.Kind == reading.StorageLife && life.value > lifeUsed:
			f.take(Yes, life.held)
			f.evidence = append(f.evidence, said("storage_worn", p, life, now))
		case p.Kind == reading.PartState && life.value >= reading.PartWarning:
			f.take(Yes, life.held)
			f.evidence = append(f.evidence, said("storage_fault", p, life, now))
		case f.truth != Yes:
			f.take(No, life.held)
		}
	}
	return r.steady(f)
}

// lasted reports whether d has gone since start; else the engine is woken then.
func (e *Engine) lasted(start reading.Stamp, d time.Duration, now reading.Stamp) bool {
	if now.Since(start) >= d {
		return true
	}
	e.wake(start.Mono + d)
	return false
}
