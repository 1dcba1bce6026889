// Package power measures supply rails (5 V, 12 V, the hold-up battery) through
// power monitors on an I2C bus, and tells how long the battery will last. Whatever
// fails is a named fault or an unknown, never a number: a chip that lost its
// settings, a current beyond the range, a chip that has stopped measuring, a
// battery that is not the configured one.
//
// Chips, all of Texas Instruments: INA219 (SBOS448G: 26 V, 1 % and 0.2 mV at the
// shunt over temperature, grade A), INA226 (SBOS547A: 36 V, 0.3 % and 10 uV) and
// INA3221 (SBOS576B: three rails, 26 V, 0.4 % and 80 uV). The range and the
// calibration register follow from the shunt and the highest current. Power is
// voltage times current, computed here, for the chips' own register has no sign.
// Each value states its uncertainty: the worst error of the chip over temperature,
// and the shunt's tolerance.
//
// A chip is set up again after each failure. An INA219 has no identity: that it
// takes and keeps its settings is all that tells it from another chip.
//
// It refuses to judge limits (uplink/alarm), to switch anything, and to open
// devices itself (sensors/board).
package power

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"rackvakt/sensors/bus"
	"rackvakt/sensors/reading"
)

// lastPause bounds the pause after failures.
const lastPause = time.Minute

// Monitor reads one configured chip.
type Monitor struct {
	opt   Options
	hw    Hardware
	clock reading.Clock
	log   *slog.Logger
	// battery is nil where no rail has one.
	battery *holdUp
	// problem is the reason told last, "" while the chip is well.
	problem string
	// ill are the rails whose own fault was told.
	ill    map[string]string
	failed int
}

// New returns a Monitor that reads through hw when it runs. log may not be nil.
func New(opt Options, hw Hardware, clock reading.Clock, log *slog.Logger) *Monitor {
	m := &Monitor{opt: opt, hw: hw, clock: clock, ill: map[string]string{},
		log: log.With("power", opt.Name, "driver", string(opt.Driver))}
	for _, r := range opt.Rails {
		if r.Battery.present() {
			m.battery = newHoldUp(r.Battery)
		}
	}
	return m
}

// result is one attempt of the worker.
type result struct {
	all []sample
	err error
}

// Run samples the chip into sink until ctx ends, then waits for a sample that is
// still under way. A read that the kernel holds longer than the deadline makes the
// rails unknown; no second one is started beside it.
func (m *Monitor) Run(ctx context.Context, sink reading.Sink) error {
	sink(reading.Batch{Facts: m.sources()})
	ask, answers := make(chan struct{}), make(chan result, 1)
	done := make(chan struct{})
	go m.work(ask, answers, done)
	defer func() { close(ask); <-done }()
	for {
		select {
		case ask <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		m.await(ctx, answers, sink)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(m.pause()):
		}
	}
}

// await takes one answer; a late one is told as unknown and then waited for.
func (m *Monitor) await(ctx context.Context, answers <-chan result, sink reading.Sink) {
	late := time.NewTimer(m.opt.Deadline)
	defer late.Stop()
	for {
		select {
		case r := <-answers:
			m.take(r, sink)
			return
		case <-late.C:
			m.fail(bus.ErrDeadline, sink)
		case <-ctx.Done():
			return
		}
	}
}

// work owns the chip: it opens it when asked for a sample, keeps it open while it
// answers, and closes it after any failure.
func (m *Monitor) work(ask <-chan struct{}, answers chan<- result, done chan<- struct{}) {
	defer close(done)
	var c *chip
	for range ask {
		var r result
		c, r = m.sample(c)
		answers <- r
	}
	if c != nil {
		if err := c.Close(); err != nil {
			m.log.Warn("power monitor not closed", "err", err)
		}
	}
}

func (m *Monitor) sample(c *chip) (*chip, result) {
	var err error
	if c == nil {
		if c, err = openChip(m.opt, m.hw); err != nil {
			return nil, result{err: err}
		}
	}
	all, err := c.read()
	if err != nil {
		return nil, result{err: errors.Join(err, c.Close())}
	}
	return c, result{all: all}
}

// Read samples once, for sense.
func (m *Monitor) Read() reading.Batch {
	c, r := m.sample(nil)
	if c != nil {
		r.err = errors.Join(r.err, c.Close())
	}
	out := m.broken(r.err)
	if r.err == nil {
		out = m.batch(r.all, m.clock.Now())
	}
	out.Facts = m.sources()
	return out
}

func (m *Monitor) take(r result, sink reading.Sink) {
	if r.err != nil {
		m.fail(r.err, sink)
		return
	}
	m.failed = 0
	if m.problem != "" {
		m.log.Info("power monitor answers again", "after", m.problem)
		m.problem = ""
	}
	sink(m.batch(r.all, m.clock.Now()))
}

// fail delivers a fault or an unknown and logs a new reason once.
func (m *Monitor) fail(err error, sink reading.Sink) {
	m.failed++
	if why, _ := bus.Reason(err); why != m.problem {
		m.log.Warn("power monitor fails", "reason", why, "err", err)
		m.problem = why
	}
	sink(m.broken(err))
}

// pause returns the time to the next sample, growing after failures.
func (m *Monitor) pause() time.Duration {
	if m.failed == 0 {
		return m.opt.Every
	}
	return min(m.opt.Every<<min(m.failed-1, 6), max(lastPause, m.opt.Every))
}

// batch makes readings of the samples, which stand in the order of the rails.
func (m *Monitor) batch(all []sample, at reading.Stamp) reading.Batch {
	var out reading.Batch
	for i, s := range all {
		rail := m.opt.Rails[i]
		m.note(rail.Name, s.fault)
		if s.fault != nil {
			out.Readings = append(out.Readings, m.refused(rail, s.fault, at)...)
			continue
		}
		out.Readings = append(out.Readings, m.good(rail, s, at)...)
		if rail.Battery.present() {
			out.Readings = append(out.Readings, m.lasts(s, at)...)
		}
	}
	return out
}

// note logs a new fault of one rail, and its end.
func (m *Monitor) note(rail string, fault error) {
	why := ""
	if fault != nil {
		why = fault.Error()
	}
	if m.ill[rail] == why {
		return
	}
	m.ill[rail] = why
	if why == "" {
		m.log.Info("rail is well again", "rail", rail)
		return
	}
	m.log.Warn("rail fails", "rail", rail, "reason", why)
}

// milliWatts is the power of a sample, with the sign of its current.
func milliWatts(s sample) int64 { return s.milliVolt * s.microAmp / 1_000_000 }

// good makes the readings of one rail with their uncertainties.
func (m *Monitor) good(rail Rail, s sample, at reading.Stamp) []reading.Reading {
	chip := models[m.opt.Driver]
	amps := max(s.microAmp, -s.microAmp)
	offVolt := chip.busOffset + s.milliVolt*chip.gain/1000
	offAmp := chip.shuntOffset*1_000_000/rail.ShuntMicroOhm + amps*(chip.gain+rail.ShuntTolerance)/1000
	offPower := (s.milliVolt*offAmp + amps*offVolt) / 1_000_000
	value := func(k reading.Kind, v, off int64) reading.Reading {
		return reading.Reading{Point: m.opt.Point(rail.Name, k), Value: v, Uncertainty: off, Quality: reading.Good, At: at}
	}
	return []reading.Reading{
		value(reading.Voltage, s.milliVolt, offVolt),
		value(reading.Current, s.microAmp/1000, offAmp/1000+1),
		value(reading.Power, milliWatts(s), offPower+1),
	}
}

// lasts tells what the battery holds and how long it will last.
func (m *Monitor) lasts(s sample, at reading.Stamp) []reading.Reading {
	told, err := m.battery.take(s, at)
	m.note(HoldUp, err)
	if err != nil {
		return m.silent(HoldUp, holdUpKinds, err, at)
	}
	left := reading.Reading{Point: m.opt.Point(HoldUp, reading.Remaining), Value: told.seconds, Uncertainty: told.uncertainty, Quality: reading.Good, At: at}
	if told.seconds < 0 {
		left = reading.Reading{Point: left.Point, Reason: "not drained", At: at}
	}
	return []reading.Reading{
		{Point: m.opt.Point(HoldUp, reading.Level), Value: told.level, Uncertainty: curveError, Quality: reading.Good, At: at},
		left,
	}
}

var (
	railKinds   = []reading.Kind{reading.Voltage, reading.Current, reading.Power}
	holdUpKinds = []reading.Kind{reading.Level, reading.Remaining}
)

// broken says of everything that the chip measures that it is not known.
func (m *Monitor) broken(err error) reading.Batch {
	var out reading.Batch
	for _, rail := range m.opt.Rails {
		out.Readings = append(out.Readings, m.refused(rail, err, m.clock.Now())...)
	}
	return out
}

// refused says it of one rail, and of the battery on it.
func (m *Monitor) refused(rail Rail, err error, at reading.Stamp) []reading.Reading {
	out := m.silent(rail.Name, railKinds, err, at)
	if rail.Battery.present() {
		out = append(out, m.silent(HoldUp, holdUpKinds, err, at)...)
	}
	return out
}

func (m *Monitor) silent(object string, kinds []reading.Kind, err error, at reading.Stamp) []reading.Reading {
	why, isFault := bus.Reason(err)
	q := reading.Unknown
	if isFault {
		q = reading.Fault
	}
	var out []reading.Reading
	for _, k := range kinds {
		out = append(out, reading.Reading{Point: m.opt.Point(object, k), Quality: q, Reason: why, At: at})
	}
	return out
}

// sources says where each rail is measured.
func (m *Monitor) sources() []reading.Fact {
	var out []reading.Fact
	for _, rail := range m.opt.Rails {
		out = append(out, reading.Fact{Point: m.opt.Point(rail.Name, reading.None), Label: reading.LabelSource, Text: m.opt.Source(), At: m.clock.Now()})
	}
	return out
}
