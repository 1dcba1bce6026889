package climate

import (
	"context"
	"errors"
	"time"
)

// result is one attempt of the worker.
type result struct {
	s sample
	// warm is what the chip measured with its heater on; nil: it was not used.
	warm   *sample
	serial string
	// heater says that the chip has one.
	heater bool
	err    error
}

// work owns the chip: it opens it when asked for a sample, keeps it open while
// it answers, and closes it after any failure. What is asked says whether the
// heater is to be used.
func (p *Probe) work(ctx context.Context, ask <-chan bool, answers chan<- result, done chan<- struct{}) {
	defer close(done)
	wait := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return true
		case <-ctx.Done():
			return false
		}
	}
	var chip sensor
	for heat := range ask {
		var r result
		chip, r = p.sample(chip, heat, wait)
		answers <- r
	}
	if chip != nil {
		if err := chip.Close(); err != nil {
			p.log.Warn("probe not closed", "err", err)
		}
	}
}

func (p *Probe) sample(chip sensor, heat bool, wait func(time.Duration) bool) (sensor, result) {
	var err error
	if chip == nil {
		if chip, err = openChip(p.opt, p.hw); err != nil {
			return nil, result{err: err}
		}
	}
	r := attempt(chip, heat, wait)
	if r.err != nil {
		return nil, result{heater: r.heater, err: errors.Join(r.err, chip.Close())}
	}
	return chip, r
}

// attempt reads a chip once, with its heater if it has one and heat says so.
func attempt(chip sensor, heat bool, wait func(time.Duration) bool) (r result) {
	if n, ok := chip.(numbered); ok {
		r.serial = n.serial()
	}
	h, ok := chip.(heated)
	r.heater = ok
	if !ok || !heat {
		r.s, r.err = chip.read()
		return r
	}
	var warm sample
	r.s, warm, r.err = h.heat(wait)
	r.warm = &warm
	return r
}
