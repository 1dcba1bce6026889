package alarm

import (
	"cmp"
	"slices"
	"strings"

	"rackvakt/sensors/reading"
)

// disagrees begins the problem of a probe that differs from another in the same air.
const disagrees = "disagrees with "

// complaint is what speaks against a sensor whose values are still told.
type complaint struct {
	since    reading.Stamp
	evidence Evidence
}

// grievance is what a complaint is about: device or device/part, and its Say.
type grievance struct{ on, say string }

// complain notes or ends a complaint on device or device/part.
func (e *Engine) complain(on, say, why string, at reading.Stamp) {
	key := grievance{on, say}
	if why == "" {
		delete(e.complaints, key)
		return
	}
	c, had := e.complaints[key]
	if !had {
		c.since = at
	}
	c.evidence = Evidence{Say: say, Value: why}
	c.evidence.Device, c.evidence.Object = split(on)
	e.complaints[key] = c
}

// complaintsOn returns what speaks against one sensor.
func (e *Engine) complaintsOn(on string, now reading.Stamp) []complaint {
	var list []complaint
	for key, c := range e.complaints {
		if key.on == on {
			c.evidence.AgeMS = now.Since(c.since).Milliseconds()
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b complaint) int { return cmp.Compare(a.evidence.Say, b.evidence.Say) })
	return list
}

// takeBounces notes what a contact thinks of its bounces, and of a door that bounces
// that it is not steady.
func (e *Engine) takeBounces(r reading.Reading, before sample) {
	if !r.Known() {
		return
	}
	e.complain(object(r.Point.Device, r.Point.Object), "contact_bounces", r.Reason, r.At)
	if !before.good || r.Value <= before.value {
		return // the count of another run
	}
	for _, d := range e.plan.Doors {
		if d.Point.Device == r.Point.Device {
			e.doorway(d.Point).steady = r.At
		}
	}
}

// takeProblem notes that a probe disagrees with another.
func (e *Engine) takeProblem(f reading.Fact) {
	why := ""
	for part := range strings.SplitSeq(plain(f.Text), "; ") {
		if strings.HasPrefix(part, disagrees) {
			why = part
		}
	}
	for _, l := range e.plan.Limits {
		if l.Point.Device == f.Point.Device && l.Point.Object == f.Point.Object {
			e.complain(object(f.Point.Device, f.Point.Object), "probe_disagrees", why, f.At)
		}
	}
}

// judgeSensor: a point that must be read and is not: refused by its source, too
// old, or never read since the start; or one that is read and not to be believed.
func judgeSensor(points *[]reading.Point) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		f := finding{truth: No, severity: r.row.Severity, since: now}
		if r.truth == No {
			f.since = r.since
		}
		for _, p := range *points {
			bad, ok := e.unread(p, now)
			if !ok {
				continue
			}
			f.take(Yes, bad.since)
			f.evidence = append(f.evidence, bad.evidence...)
		}
		for _, c := range e.complaintsOn(r.key.Object, now) {
			f.take(Yes, c.since)
			f.evidence = append(f.evidence, c.evidence)
		}
		return f
	}
}

// unread returns since when p has no value that may be used; false if it has one, or
// had one so lately that a single bad answer may have come between.
func (e *Engine) unread(p reading.Point, now reading.Stamp) (finding, bool) {
	if _, ok := e.known(p, now); ok {
		return finding{}, false
	}
	s, limit := e.samples[p], e.plan.AgeLimit(p)
	ev := Evidence{Say: "reading_missing", Device: p.Device, Object: p.Object}
	switch {
	case s == nil:
		return finding{since: e.started, evidence: []Evidence{ev}}, e.lasted(e.started, limit, now)
	case s.last.Known():
		ev.Say, ev.AgeMS = "reading_old", now.Since(s.seen).Milliseconds()
		return finding{since: s.seen, evidence: []Evidence{ev}}, true
	}
	if s.last.Quality == reading.Fault {
		ev.Say = "reading_fault"
	}
	ev.Value, ev.AgeMS = s.last.Reason, now.Since(s.badSince).Milliseconds()
	return finding{since: s.badSince, evidence: []Evidence{ev}}, e.lasted(s.badSince, limit, now)
}
