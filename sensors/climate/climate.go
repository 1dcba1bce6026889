// Package climate reads temperature and humidity probes and distrusts them: CRC,
// known power-on values, the chip's own range, and the median of three samples
// against spikes. Whatever fails is a named fault or an unknown, never a number.
// Each probe has its own goroutine, handle, deadline and pause, so a broken bus
// harms no other.
//
// Chips: Microchip MCP9808 (DS25095A, 0.25 °C typical), Sensirion SHT4x
// (datasheet version 6.5, SHT40 0.2 °C and 1.8 % RH typical), Bosch BME280
// (BST-BME280-DS002 revision 1.6, 1 °C and 3 % RH, through periph's bmxx80), and
// Maxim DS18B20 (19-7487 Rev 6, 0.5 °C from -10 to 85) through the kernel's
// w1_therm (Documentation/w1/slaves/w1_therm.rst, kernel 5.8 and later), where a
// read takes 0.8-1.4 s.
//
// It refuses to judge limits (uplink/alarm), to calibrate, and to open devices
// itself (sensors/board).
package climate

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"rackvakt/sensors/reading"
)

const (
	// fillEvery is the time between the first samples, until there are three.
	fillEvery = time.Second
	// lastPause bounds the pause after failures.
	lastPause = time.Minute
)

// errDeadline says that a sample took longer than Options.Deadline.
var errDeadline = errors.New("deadline passed")

// Probe reads one configured probe.
type Probe struct {
	opt   Options
	hw    Hardware
	clock reading.Clock
	log   *slog.Logger
	past  filter
	// problem is the reason told last, "" while the probe is well.
	problem string
	failed  int
	// humid says that the chip has once measured humidity.
	humid bool
}

// New returns a Probe that reads through hw when it runs. log may not be nil.
func New(opt Options, hw Hardware, clock reading.Clock, log *slog.Logger) *Probe {
	return &Probe{
		opt: opt, hw: hw, clock: clock, past: filter{driver: opt.Driver},
		log: log.With("probe", opt.Name, "position", opt.Position, "driver", string(opt.Driver)),
	}
}

// result is one attempt of the worker.
type result struct {
	s   sample
	err error
}

// Run samples the probe into sink until ctx ends, then waits for a sample that
// is still under way. A read that the kernel holds longer than the deadline makes
// the probe unknown; no second one is started beside it.
func (p *Probe) Run(ctx context.Context, sink reading.Sink) error {
	p.tellSource(sink)
	ask, answers := make(chan struct{}), make(chan result, 1)
	done := make(chan struct{})
	go p.work(ask, answers, done)
	defer func() { close(ask); <-done }()
	for {
		select {
		case ask <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		p.await(ctx, answers, sink)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(p.pause()):
		}
	}
}

// await takes one answer; a late one is told as unknown and then waited for.
func (p *Probe) await(ctx context.Context, answers <-chan result, sink reading.Sink) {
	late := time.NewTimer(p.opt.Deadline)
	defer late.Stop()
	for {
		select {
		case r := <-answers:
			p.take(r, sink)
			return
		case <-late.C:
			p.fail(errDeadline, sink)
		case <-ctx.Done():
			return
		}
	}
}

// work owns the chip: it opens it when asked for a sample, keeps it open while
// it answers, and closes it after any failure.
func (p *Probe) work(ask <-chan struct{}, answers chan<- result, done chan<- struct{}) {
	defer close(done)
	var chip sensor
	for range ask {
		var r result
		chip, r = p.sample(chip)
		answers <- r
	}
	if chip != nil {
		if err := chip.Close(); err != nil {
			p.log.Warn("probe not closed", "err", err)
		}
	}
}

func (p *Probe) sample(chip sensor) (sensor, result) {
	var err error
	if chip == nil {
		if chip, err = openChip(p.opt, p.hw); err != nil {
			return nil, result{err: err}
		}
	}
	s, err := chip.read()
	if err != nil {
		return nil, result{err: errors.Join(err, chip.Close())}
	}
	return chip, result{s: s}
}

// Read samples once, for sense: no median, since there is only one.
func (p *Probe) Read() reading.Batch {
	chip, r := p.sample(nil)
	if chip != nil {
		r.err = errors.Join(r.err, chip.Close())
	}
	if r.err == nil {
		r.err = p.past.judge(r.s)
	}
	p.humid = r.s.hasHumidity
	out := p.batch(r.s, p.clock.Now())
	if r.err != nil {
		out = p.broken(r.err)
	}
	out.Facts = []reading.Fact{p.source()}
	return out
}

// take judges an answer and delivers it.
func (p *Probe) take(r result, sink reading.Sink) {
	if r.err != nil {
		p.past.recent = nil
		p.fail(r.err, sink)
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
	if p.problem != "" {
		p.log.Info("probe answers again", "after", p.problem)
		p.problem = ""
	}
	sink(p.batch(s, p.clock.Now()))
}

// fail delivers a fault or an unknown and logs a new reason once. After one bad
// sample the ones before it still stand for the present; after a second, or a
// read that was held up, they would be old values told as new.
func (p *Probe) fail(err error, sink reading.Sink) {
	if p.failed++; p.failed > 1 || errors.Is(err, errDeadline) {
		p.past.recent = nil
	}
	if why, _ := reason(err); why != p.problem {
		p.log.Warn("probe fails", "reason", why, "err", err)
		p.problem = why
	}
	sink(p.broken(err))
}

// pause returns the time to the next sample: short until three are there, the
// configured time when well, growing after failures.
func (p *Probe) pause() time.Duration {
	switch {
	case p.failed > 0:
		return min(p.opt.Every<<min(p.failed-1, 6), max(lastPause, p.opt.Every))
	case len(p.past.recent) < 3:
		return fillEvery
	}
	return p.opt.Every
}

func (p *Probe) batch(s sample, at reading.Stamp) reading.Batch {
	good := func(k reading.Kind, v int64) reading.Reading {
		return reading.Reading{Point: p.opt.Point(k), Value: v, Quality: reading.Good, At: at}
	}
	out := reading.Batch{Readings: []reading.Reading{good(reading.Temperature, s.temperature)}}
	if !s.hasHumidity {
		return out
	}
	out.Readings = append(out.Readings, good(reading.Humidity, s.humidity))
	if d, ok := dewPoint(s); ok {
		return reading.Batch{Readings: append(out.Readings, good(reading.DewPoint, d))}
	}
	dry := reading.Reading{Point: p.opt.Point(reading.DewPoint), Reason: "air too dry", At: at}
	return reading.Batch{Readings: append(out.Readings, dry)}
}

// broken says of everything that the probe measures that it is not known.
func (p *Probe) broken(err error) reading.Batch {
	why, isFault := reason(err)
	q := reading.Unknown
	if isFault {
		q = reading.Fault
	}
	kinds := []reading.Kind{reading.Temperature}
	if p.humid {
		kinds = append(kinds, reading.Humidity, reading.DewPoint)
	}
	var out reading.Batch
	for _, k := range kinds {
		out.Readings = append(out.Readings, reading.Reading{
			Point: p.opt.Point(k), Quality: q, Reason: why, At: p.clock.Now(),
		})
	}
	return out
}

func (p *Probe) source() reading.Fact {
	return reading.Fact{
		Point: reading.Point{Device: p.opt.Name, Object: p.opt.Position},
		Label: reading.LabelSource, Text: p.opt.Source(), At: p.clock.Now(),
	}
}

func (p *Probe) tellSource(sink reading.Sink) {
	sink(reading.Batch{Facts: []reading.Fact{p.source()}})
}
