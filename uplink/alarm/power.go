package alarm

import (
	"time"

	"rackvakt/sensors/reading"
)

func (b *builder) power() {
	for _, p := range b.plan.Mains {
		lost := pointRule(p, "mains_lost", func(v int64) bool { return v == 0 })
		b.add(PowerMainsLost, object(p.Device, p.Object), withForecast(lost, reading.Point{}))
	}
	for _, p := range b.plan.HoldUp {
		if b.plan.HoldUpLow > 0 {
			b.add(PowerHoldUp, object(p.Device, p.Object), judgeHoldUp(p))
		}
	}
	for _, ups := range b.plan.UPS {
		b.add(PowerUPSLost, ups, pointRule(device(ups, reading.DeviceUp), "ups_silent", func(v int64) bool { return v == 0 }))
		b.add(PowerOnBattery, ups, judgeOnBattery(ups))
		b.add(PowerBatteryLow, ups, judgeBattery(ups))
	}
}

// judgeHoldUp: the monitor's own battery is drained, and lasts for less than is
// wanted. One that is not drained tells its level and no time left.
func judgeHoldUp(p reading.Point) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		left, ok := e.known(p, now)
		level, ok2 := e.known(levelOf(p), now)
		f := finding{truth: No, severity: r.row.Severity}
		switch {
		case !ok && !ok2:
			return finding{}
		case !ok:
			f.since = level.seen
			return r.steady(f)
		}
		bound := e.plan.HoldUpLow
		if r.stood() {
			bound += bound / 4
		}
		f.since = left.seen
		if seconds(left.value) < bound {
			f.truth = Yes
			f.evidence = []Evidence{{Say: "holdup_left", Device: p.Device, Object: p.Object,
				Value: short(seconds(left.value)), AgeMS: now.Since(left.seen).Milliseconds()}}
		}
		return r.steady(f)
	}
}

// levelOf is the charge of the battery whose Remaining is p.
func levelOf(p reading.Point) reading.Point {
	p.Kind = reading.Level
	return p
}

// judgeOnBattery: it runs on battery; how long that will last is told along.
func judgeOnBattery(ups string) judgeFunc {
	source := pointRule(device(ups, reading.UPSSource), "on_battery", func(v int64) bool { return v == reading.UPSSourceBattery })
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		f := source(e, r, now)
		f.evidence = append(f.evidence, e.timeLeft(ups, f, now)...)
		return f
	}
}

// judgeBattery: the UPS says low (RFC 1628), or less runtime is left than wanted
// while it runs on battery.
func judgeBattery(ups string) judgeFunc {
	status := pointRule(device(ups, reading.UPSBattery), "battery_low", func(v int64) bool { return v >= reading.UPSBatteryLow })
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		f := status(e, r, now)
		left, ok := e.known(device(ups, reading.UPSRuntime), now)
		if f.truth != Yes && ok && e.onBattery(ups, now) && time.Duration(left.value)*time.Second < e.plan.BatteryLow {
			f = finding{truth: Yes, severity: r.row.Severity, since: left.held,
				evidence: []Evidence{{Say: "battery_low", Device: ups, AgeMS: now.Since(left.seen).Milliseconds()}}}
		}
		f.evidence = append(f.evidence, e.timeLeft(ups, f, now)...)
		return f
	}
}

// timeLeft is how long the battery lasts, as evidence for f; nothing where f does
// not stand or the UPS does not say.
func (e *Engine) timeLeft(ups string, f finding, now reading.Stamp) []Evidence {
	left, ok := e.known(device(ups, reading.UPSRuntime), now)
	if f.truth != Yes || !ok {
		return nil
	}
	return []Evidence{{Say: "runtime_left", Device: ups, Value: short(time.Duration(left.value) * time.Second),
		AgeMS: now.Since(left.seen).Milliseconds()}}
}

func (e *Engine) onBattery(ups string, now reading.Stamp) bool {
	source, ok := e.known(device(ups, reading.UPSSource), now)
	return ok && source.value == reading.UPSSourceBattery
}

// onMains judges a part of a UPS only while that neither runs on battery nor has a
// low one: then much of it calls itself bad, and it is the power that is.
func onMains(part judgeFunc) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		ups := dev(r.key.Object)
		battery, ok := e.known(device(ups, reading.UPSBattery), now)
		if e.onBattery(ups, now) || ok && battery.value >= reading.UPSBatteryLow {
			return finding{}
		}
		return part(e, r, now)
	}
}
