package alarm

import (
	"time"

	"rackvakt/sensors/reading"
)

// A contact that bounces for long is loose, or its magnet hangs at the edge of
// its reach. Bounces are counted as a penalty that decays: a door that bounces at
// each closing all day is well, one that rattles for a minute is not.
const (
	bounceStart = 60 // above it the contact is at fault
	bounceEnd   = 10 // below it it is well again
	bounceDecay = 2  // a minute
)

// bounces is the penalty of one contact.
type bounces struct {
	penalty int64
	at      reading.Stamp // when penalty was right
	// since is when the fault began; zero: well.
	since reading.Stamp
	// count is how many bounces were told since the fault began.
	count int64
}

func (b *bounces) now(now reading.Stamp) int64 {
	return max(0, b.penalty-int64(now.Since(b.at)*bounceDecay/time.Minute))
}

// takeBounces counts new bounces, and notes on a door that it is not steady. A
// count that begins again with the program counts from there.
func (e *Engine) takeBounces(r reading.Reading, before sample) {
	n := r.Value - before.value
	if !r.Known() || !before.good || n <= 0 {
		return
	}
	b := e.bounces[r.Point.Device]
	if b == nil {
		b = &bounces{}
		e.bounces[r.Point.Device] = b
	}
	b.penalty, b.at = b.now(r.At)+n, r.At
	if b.since.IsZero() && b.penalty > bounceStart {
		b.since = r.At
	}
	if !b.since.IsZero() {
		b.count += n
	}
	for _, d := range e.plan.Doors {
		if d.Point.Device == r.Point.Device {
			e.doorway(d.Point).steady = r.At
		}
	}
}

// bouncing returns since when the contact of that name is at fault by its bounces;
// false for one that is not.
func (e *Engine) bouncing(device string, now reading.Stamp) (finding, bool) {
	b := e.bounces[device]
	if b == nil || b.since.IsZero() {
		return finding{}, false
	}
	left := b.now(now)
	if left < bounceEnd {
		b.since, b.count = reading.Stamp{}, 0
		return finding{}, false
	}
	e.wake(now.Mono + time.Duration(left-bounceEnd+1)*time.Minute/bounceDecay)
	return finding{since: b.since, evidence: []Evidence{{Say: "contact_bounces", Device: device,
		Value: reading.Bounces.Show(b.count), AgeMS: now.Since(b.at).Milliseconds()}}}, true
}
