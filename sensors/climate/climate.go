package climate

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"rackvakt/sensors/bus"
	"rackvakt/sensors/climate/forecast"
	"rackvakt/sensors/reading"
)

const (
	// fillEvery is the time between the first samples, until there are three.
	fillEvery = time.Second
	// lastPause bounds the pause after failures.
	lastPause = time.Minute
	// heatTakes is what a heater test may take beyond Options.Deadline.
	heatTakes = 7 * time.Second
	// coolFor is the pause after the heater was on. A chip of a few square
	// millimetres is back at the air's temperature in less; if it is still warmer
	// than before by stillWarm, the pause is had once more.
	coolFor   = 25 * time.Second
	stillWarm = 1_000
	// hot is the temperature that the forecast is for, 0.001 °C.
	hot = 35_000
)

// Probe reads one configured probe.
type Probe struct {
	opt   Options
	hw    Hardware
	clock reading.Clock
	log   *slog.Logger
	peers *Peers // nil: it is alone
	past  filter
	// problem is the reason told last, "" while the probe is well.
	problem string
	failed  int
	// humid says that the chip has once measured humidity.
	humid bool
	// number is the serial number told last; notes the problems told last, noted
	// that any were.
	number, notes string
	noted         bool

	// damp and humidity follow the humidity; heater says that the chip has one,
	// test that it is to be used next, cool that it was (or was found) on, warmed
	// what was measured before.
	damp     dampness
	humidity resting
	heater   bool
	test     bool
	cool     bool
	warmed   *sample

	// ahead is nil where no forecast is made; foretold says that one is being told,
	// bornOut when the data last bore it.
	ahead    *forecast.History
	foretold bool
	bornOut  time.Duration
}

// New returns a Probe that reads through hw when it runs. log may not be nil.
func New(opt Options, hw Hardware, clock reading.Clock, log *slog.Logger) *Probe {
	p := &Probe{
		opt: opt, hw: hw, clock: clock, past: filter{driver: opt.Driver},
		log: log.With("probe", opt.Name, "position", opt.Position, "driver", string(opt.Driver)),
	}
	if opt.Position != "outlet" { // where 35 degrees are no danger
		p.ahead = forecast.New(hot, chips[opt.Driver].step)
	}
	return p
}

// Among lets the probe compare itself with the others that share peers. It is
// called before Run.
func (p *Probe) Among(peers *Peers) *Probe {
	p.peers = peers
	peers.join(p.opt)
	return p
}

// Run samples the probe into sink until ctx ends, then waits for a sample that
// is still under way. A read that the kernel holds longer than the deadline makes
// the probe unknown; no second one is started beside it.
func (p *Probe) Run(ctx context.Context, sink reading.Sink) error {
	sink(reading.Batch{Facts: []reading.Fact{p.fact(reading.LabelSource, p.opt.Source())}})
	ask, answers := make(chan bool), make(chan result, 1)
	done := make(chan struct{})
	go p.work(ctx, ask, answers, done)
	defer func() { close(ask); <-done }()
	for {
		heat := p.test
		p.test = false
		select {
		case ask <- heat:
		case <-ctx.Done():
			return nil
		}
		p.await(ctx, heat, answers, sink)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(p.pause()):
		}
	}
}

// await takes one answer; a late one is told as unknown and then waited for.
func (p *Probe) await(ctx context.Context, heat bool, answers <-chan result, sink reading.Sink) {
	patience := p.opt.Deadline
	if heat {
		patience += heatTakes
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case r := <-answers:
			p.take(r, sink)
			return
		case <-late.C:
			p.fail(bus.ErrDeadline, sink)
		case <-ctx.Done():
			return
		}
	}
}

// Read samples once, for sense: no median, since there is only one.
func (p *Probe) Read() reading.Batch {
	chip, r := p.sample(nil, false, noPause)
	if chip != nil {
		r.err = errors.Join(r.err, chip.Close())
	}
	if r.err == nil {
		r.err = p.past.judge(r.s)
	}
	p.humid = r.s.hasHumidity
	out := reading.Batch{Readings: p.values(r.s, p.clock.Now())}
	if r.err != nil {
		out = p.broken(r.err)
	}
	out.Facts = append(p.facts(r.serial), p.fact(reading.LabelSource, p.opt.Source()))
	return out
}

// take judges an answer and delivers it.
func (p *Probe) take(r result, sink reading.Sink) {
	p.heater = r.heater
	if r.err != nil {
		p.past.recent = nil
		p.fail(r.err, sink)
		return
	}
	if r.warm != nil {
		p.takeHeated(r)
		return
	}
	if p.stillWarm(r.s) {
		return
	}
	s, ready, err := p.past.take(r.s)
	if err != nil {
		p.fail(err, sink)
		return
	}
	p.failed = 0
	p.humid = r.s.hasHumidity
	if !ready {
		return
	}
	if stands(r.s.temperature, s.temperature, r.s.temperature, spikeT) {
		p.log.Debug("sample held back", "raw", r.s.temperature, "median", s.temperature)
	}
	p.deliver(s, r, sink)
}

// takeHeated notes the outcome of a heater test; samples begin anew when the chip
// has cooled.
func (p *Probe) takeHeated(r result) {
	p.damp.heated(r.s, *r.warm)
	p.log.Info("heater tested the humidity sensor", "before", r.s.humidity, "warm", r.warm.humidity,
		"rise", r.warm.temperature-r.s.temperature, "creeps", p.damp.thinks == creeping)
	p.warmed, p.cool = &r.s, true
	p.past.recent = nil
}

// stillWarm reports, once after a test, that the chip has not cooled yet.
func (p *Probe) stillWarm(s sample) bool {
	if p.warmed == nil {
		return false
	}
	warm := s.temperature > p.warmed.temperature+stillWarm
	p.warmed, p.cool = nil, warm
	return warm
}

// fail delivers a fault or an unknown and logs a new reason once. After one bad
// sample the ones before it still stand for the present; after a second, or a
// read that was held up, they would be old values told as new.
func (p *Probe) fail(err error, sink reading.Sink) {
	if p.failed++; p.failed > 1 || errors.Is(err, bus.ErrDeadline) {
		p.past.recent = nil
		p.peers.gone(p.opt.Key())
		p.humidity = resting{}
	}
	p.cool = p.cool || errors.Is(err, selfHeated)
	p.turn(err)
	sink(p.broken(err))
}

// turn logs the beginning and the end of a problem.
func (p *Probe) turn(err error) {
	why := ""
	if err != nil {
		why, _ = reason(err)
	}
	switch {
	case why == p.problem:
		return
	case why == "":
		p.log.Info("probe answers again", "after", p.problem)
	default:
		p.log.Warn("probe fails", "reason", why, "err", err)
	}
	p.problem = why
}

// pause returns the time to the next sample: short until three are there, the
// configured time when well, growing after failures, long after the heater.
func (p *Probe) pause() time.Duration {
	switch {
	case p.cool:
		p.cool = false
		return coolFor
	case p.test:
		return fillEvery
	case p.failed > 0:
		return min(p.opt.Every<<min(p.failed-1, 6), max(lastPause, p.opt.Every))
	case len(p.past.recent) < 3:
		return fillEvery
	}
	return p.opt.Every
}
