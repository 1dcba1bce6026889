package alarm

import (
	"time"

	"rackvakt/sensors/reading"
)

const (
	// restartShown is how long after its start a device is told to have restarted.
	restartShown = 15 * time.Minute
	// restartSlack, and a fiftieth of the time between two readings, is by how much
	// the start of a device, reckoned from its uptime, may move without a restart:
	// clocks drift, and agents tell old uptimes.
	restartSlack = 30 * time.Second
	// uptimeWrap is when DeviceUptime begins again at 0: 2^32 ticks, 497 days.
	uptimeWrap = (1 << 32) * 10 * time.Millisecond
	// powerStart is how long after the mains came back a start is that of the power.
	powerStart = 10 * time.Minute
)

// startedAt is when the device started, by an uptime read at that moment.
func startedAt(at reading.Stamp, uptime int64) reading.Stamp {
	return at.Add(-time.Duration(uptime) * 10 * time.Millisecond)
}

// startOf returns when a device started; false where its uptime is not known.
func (e *Engine) startOf(name string, now reading.Stamp) (reading.Stamp, bool) {
	s, ok := e.known(device(name, reading.DeviceUptime), now)
	if !ok {
		return reading.Stamp{}, false
	}
	return startedAt(s.seen, s.value), true
}

// takeUptime notes a restart: a start that is later than the one known before. A
// start with the return of the mains is part of the power cut, which was told.
func (e *Engine) takeUptime(r reading.Reading, before sample) {
	if !r.Known() || !before.good {
		return
	}
	start := startedAt(r.At, r.Value)
	moved := start.Since(startedAt(before.seen, before.value))
	slack := restartSlack + r.At.Since(before.seen)/50
	if moved <= slack || (moved-uptimeWrap).Abs() <= slack {
		return
	}
	byPower := !e.powerBack.IsZero() && start.Since(e.powerBack) > -restartSlack && start.Since(e.powerBack) < powerStart
	if !byPower {
		e.restarted[r.Point.Device] = start
	}
}

// judgeRestart: it restarted, and that is not long ago. An alarm from before a
// restart of the monitor stands by the uptime alone.
func judgeRestart(name string) judgeFunc {
	return func(e *Engine, r *rule, now reading.Stamp) finding {
		start, ok := e.startOf(name, now)
		if !ok {
			return finding{}
		}
		seen, restarted := e.restarted[name]
		restarted = restarted && start.Since(seen).Abs() <= restartSlack
		switch {
		case !restarted && r.open == nil:
			return r.steady(finding{truth: No, severity: r.row.Severity, since: start})
		case e.lasted(start, restartShown, now):
			return r.steady(finding{truth: No, severity: r.row.Severity, since: start.Add(restartShown)})
		}
		ev := Evidence{Say: "restarted", Device: name, AgeMS: now.Since(start).Milliseconds()}
		if start.Synced {
			ev.Value = start.Wall.UTC().Format("2006-01-02 15:04:05 UTC")
		}
		return r.steady(finding{truth: Yes, severity: r.row.Severity, since: start, evidence: []Evidence{ev}})
	}
}
