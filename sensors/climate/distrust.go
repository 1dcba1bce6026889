package climate

import "time"

const (
	// damp and dried are between what creep is counted, 0.001 %: above 80 % a
	// humidity sensor takes up water (SHT4x section 2.3, HDC302x section 7.3.4).
	damp  = 80_000
	dried = 75_000
	// creepAdds is what a damp sensor that nobody tested may be off in addition,
	// 0.001 %: 3 % after 60 hours, SHT3x section 1.2, SHT4x section 2.3.
	creepAdds = 3_000
	// retest is the time between two heatings of a sensor that failed, for they dry it;
	// askAgain is that after a test that brought no answer.
	retest   = time.Hour
	askAgain = 10 * time.Minute
	// leastRise is what the heater must warm the chip, 0.001 °C.
	leastRise = 500
	// ownMove is how far the chip's own temperature must move for a resting
	// humidity to be stuck, 0.001 °C.
	ownMove = 3_000
)

// verdict is what is thought of a humidity sensor.
type verdict int

const (
	trusted   verdict = iota
	suspected         // damp for long, and there is no heater to tell
	noHeater          // its heater does not warm it
	creeping          // did not follow when it was heated
)

// dampness follows one humidity sensor. The zero value is dry.
type dampness struct {
	is     bool          // damp now
	since  time.Duration // since when
	tested bool
	at     time.Duration // when it was last asked for
	told   bool          // that test brought an answer
	thinks verdict
}

// see takes one humidity and reports whether the heater should be used now; a test
// that fails on the bus is not repeated at once.
func (d *dampness) see(humidity int64, now, after time.Duration, heater bool) (test bool) {
	switch {
	case humidity < dried:
		*d = dampness{}
	case humidity > damp && !d.is:
		*d = dampness{is: true, since: now}
	}
	if !d.is || after == 0 || now-d.since < after {
		return false
	}
	if !heater {
		d.thinks = suspected
		return false
	}
	pause := after
	switch {
	case d.tested && !d.told:
		pause = min(askAgain, after)
	case d.thinks == creeping:
		pause = min(retest, after)
	}
	if d.tested && now-d.at < pause {
		return false
	}
	d.tested, d.at, d.told = true, now, false
	return true
}

// heated takes the outcome of a test. Warm air of the same content of water is
// drier by the ratio of the saturation pressures; a sound sensor shows at least a
// third of that fall while it is being heated.
func (d *dampness) heated(before, warm sample) {
	d.told = true
	if warm.temperature-before.temperature < leastRise {
		d.thinks = noHeater
		return
	}
	dry := float64(before.humidity) * saturation(before.temperature) / saturation(warm.temperature)
	fall := before.humidity - int64(dry)
	d.thinks = trusted
	if before.humidity-warm.humidity < fall/3 {
		d.thinks = creeping
	}
}

// adds is what the verdict adds to the humidity's uncertainty.
func (d *dampness) adds() int64 {
	if d.thinks == suspected || d.thinks == noHeater {
		return creepAdds
	}
	return 0
}

// resting follows one raw value and says for how long it has not moved by its
// least digit, and how far a witness moved in that time.
type resting struct {
	known     bool
	value     int64
	since     time.Duration
	low, high int64 // of the witness since then
}

// see takes the value and its witness.
func (r *resting) see(value, witness int64, now time.Duration) {
	if !r.known || value != r.value {
		*r = resting{known: true, value: value, since: now, low: witness, high: witness}
		return
	}
	r.low, r.high = min(r.low, witness), max(r.high, witness)
}

// stuck reports whether the value rests while the witness moved by at least move;
// after is how long it may rest, 0 for ever.
func (r *resting) stuck(now, after time.Duration, move int64) bool {
	return r.known && after > 0 && now-r.since >= after && r.high-r.low >= move
}
