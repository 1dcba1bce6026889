package climate

import (
	"strings"
	"time"

	"rackvakt/sensors/reading"
)

// deliver tells a median of three, unless what was seen over hours speaks against it.
func (p *Probe) deliver(s sample, r result, sink reading.Sink) {
	now := p.clock.Now()
	t, _ := p.temperature(s, now)
	p.peers.tell(p.opt.Key(), r.s.temperature, t, now.Mono)
	if p.peers.stuck(p.opt.Key(), chips[p.opt.Driver].step, p.opt.StuckAfter, now.Mono) {
		p.turn(stuckValue)
		sink(p.broken(stuckValue))
		return
	}
	var wrong error
	if s.hasHumidity {
		wrong = p.distrustHumidity(s, r.s, now.Mono)
	}
	p.turn(wrong)
	out := reading.Batch{Readings: p.values(s, now), Facts: p.facts(r.serial)}
	if wrong != nil {
		out.Readings = append(out.Readings[:1], p.broken(wrong).Readings[1:]...)
	}
	out.Readings = append(out.Readings, p.forecast(t, now)...)
	sink(out)
}

// distrustHumidity follows the humidity over hours, and asks for a heater test
// where one is due.
func (p *Probe) distrustHumidity(s, raw sample, now time.Duration) error {
	rh, _ := p.relative(s, reading.Stamp{})
	p.test = p.damp.see(rh, now, p.opt.CreepAfter, p.heater)
	p.humidity.see(raw.humidity, s.temperature, now)
	switch {
	case p.damp.thinks == creeping:
		return crept
	case raw.humidity > 0 && raw.humidity < 100_000 && p.humidity.stuck(now, p.opt.StuckAfter, ownMove):
		return stuckValue
	}
	return nil
}

// temperature and relative give the corrected value and how far it may be off.
func (p *Probe) temperature(s sample, now reading.Stamp) (v, off int64) {
	return p.opt.Calibration.apply(s.temperature, at(accuracyOf(p.opt).temperature, s.temperature), now)
}

func (p *Probe) relative(s sample, now reading.Stamp) (v, off int64) {
	v, off = p.opt.HumidityCalibration.apply(s.humidity, at(accuracyOf(p.opt).humidity, s.humidity), now)
	return min(max(v, 0), 100_000), off + p.damp.adds()
}

// values makes readings of a sample that is believed.
func (p *Probe) values(s sample, now reading.Stamp) []reading.Reading {
	good := func(k reading.Kind, v, off int64) reading.Reading {
		return reading.Reading{Point: p.opt.Point(k), Value: v, Quality: reading.Good, At: now, Uncertainty: off}
	}
	t, offT := p.temperature(s, now)
	out := []reading.Reading{good(reading.Temperature, t, offT)}
	if !s.hasHumidity {
		return out
	}
	rh, offRH := p.relative(s, now)
	out = append(out, good(reading.Humidity, rh, offRH))
	right := sample{temperature: t, humidity: rh}
	d, why := dewPoint(right)
	if why != "" {
		return append(out, reading.Reading{Point: p.opt.Point(reading.DewPoint), Reason: why, At: now})
	}
	return append(out, good(reading.DewPoint, d, dewUncertainty(right, offT, offRH)))
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
	if p.foretold {
		kinds = append(kinds, reading.TimeToHot)
		p.foretold = false
	}
	var out reading.Batch
	for _, k := range kinds {
		out.Readings = append(out.Readings, reading.Reading{
			Point: p.opt.Point(k), Quality: q, Reason: why, At: p.clock.Now(),
		})
	}
	return out
}

// takeBack is how long a forecast stands when the data do not bear it any more:
// noise leaves it open now and then.
const takeBack = time.Minute

// forecast tells when it will be hot while the temperature rises, and once that it
// rises no more.
func (p *Probe) forecast(t int64, now reading.Stamp) []reading.Reading {
	if p.ahead == nil {
		return nil
	}
	// The middle one of three samples is the median of a steady rise.
	p.ahead.Add(now.Mono-p.opt.Every, t)
	out := reading.Reading{Point: p.opt.Point(reading.TimeToHot), At: now}
	f, ok := p.ahead.Ahead(now.Mono)
	switch {
	case ok:
		out.Quality, out.Value = reading.Good, int64(f.In/time.Second)
		out.Uncertainty = int64((f.Uncertainty() + time.Second - 1) / time.Second)
		p.foretold, p.bornOut = true, now.Mono
	case p.foretold && now.Mono-p.bornOut >= takeBack:
		out.Reason = notRising
		p.foretold = false
	default:
		return nil
	}
	return []reading.Reading{out}
}

func (p *Probe) fact(label reading.Label, text string) reading.Fact {
	return reading.Fact{
		Point: reading.Point{Device: p.opt.Name, Object: p.opt.Position},
		Label: label, Text: text, At: p.clock.Now(),
	}
}

// facts returns the serial number and the problems where they are new.
func (p *Probe) facts(serial string) []reading.Fact {
	var out []reading.Fact
	if serial != p.number {
		p.number = serial
		out = append(out, p.fact(reading.LabelSerial, serial))
	}
	if notes := p.problems(); notes != p.notes || !p.noted {
		p.notes, p.noted = notes, true
		out = append(out, p.fact(reading.LabelProblem, notes))
	}
	return out
}

// Problems of a probe whose values are still told.
const (
	calibrationOverdue = "calibration overdue"
	creepSuspected     = "humidity creep suspected"
	heaterWithout      = "heater without effect"
	manySpikes         = "spikes"
	disagreesWith      = "disagrees with "
)

// problems lists what is to be known of values that are told, joined by "; ".
func (p *Probe) problems() string {
	var out []string
	now := p.clock.Now()
	if p.opt.Calibration.overdue(now) || p.opt.HumidityCalibration.overdue(now) {
		out = append(out, calibrationOverdue)
	}
	switch p.damp.thinks {
	case suspected:
		out = append(out, creepSuspected)
	case noHeater:
		out = append(out, heaterWithout)
	}
	if p.past.spiky() {
		out = append(out, manySpikes)
	}
	for _, other := range p.peers.disagrees(p.opt.Key()) {
		out = append(out, disagreesWith+other)
	}
	return strings.Join(out, "; ")
}
