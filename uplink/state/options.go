package state

import (
	"time"

	"rackvakt/sensors/strictyaml"
)

// Options are the times of silence and of cases. All durations are positive.
type Options struct {
	// AskAfter without a sign of life starts the question.
	AskAfter time.Duration `yaml:"ask_after" example:"2.5s"`
	// AskWithin is how long an answer is waited for; a missing one counts as none.
	AskWithin time.Duration `yaml:"ask_within" example:"1.5s"`
	// AskAgain is the time between two questions while the switch answers and the closet does not.
	AskAgain time.Duration `yaml:"ask_again" example:"5s"`
	// SilentAfter tells a closet whose switch answers.
	SilentAfter time.Duration `yaml:"silent_after" example:"60s"`
	// NoProbeAfter tells a closet about which no probe says anything.
	NoProbeAfter time.Duration `yaml:"no_probe_after" example:"10s"`
	// LateAfter is the age at which a record is no longer taken for news.
	LateAfter time.Duration `yaml:"late_after" example:"1.5s"`
	// DrainHold is the least time after a return before "nothing waits any more"
	// is believed: heartbeats written during the cut may arrive in a burst. A
	// quarter of it must lie between the last record and that belief.
	DrainHold time.Duration `yaml:"drain_hold" example:"2s"`
	// PromoteAfter makes a late alarm that still stands a case although the
	// closet never said that its backlog is gone.
	PromoteAfter time.Duration `yaml:"promote_after" example:"30s"`
	// ManySilent sites silent within ManyWindow are one incident; 0: never.
	ManySilent int           `yaml:"many_silent" example:"5"`
	ManyWindow time.Duration `yaml:"many_window" example:"10s"`
	// DuplicateWithin is the time within which an earlier start of the agent, heard
	// again after a later one, shows that two cards have one certificate.
	DuplicateWithin time.Duration `yaml:"duplicate_within" example:"5m"`
	// DuplicateClear is how long one start alone must be heard to end that.
	DuplicateClear time.Duration `yaml:"duplicate_clear" example:"10m"`
}

// DefaultOptions returns the times of the design.
func DefaultOptions() Options {
	return Options{
		AskAfter: 2500 * time.Millisecond, AskWithin: 1500 * time.Millisecond, AskAgain: 5 * time.Second,
		SilentAfter: 60 * time.Second, NoProbeAfter: 10 * time.Second,
		LateAfter: 1500 * time.Millisecond, DrainHold: 2 * time.Second, PromoteAfter: 30 * time.Second,
		ManySilent: 5, ManyWindow: 10 * time.Second,
		DuplicateWithin: 5 * time.Minute, DuplicateClear: 10 * time.Minute,
	}
}

// Validate refuses times that contradict each other.
func (o *Options) Validate(r *strictyaml.Report) {
	for _, d := range []struct {
		key     string
		v       time.Duration
		example string
	}{
		{"ask_after", o.AskAfter, "2.5s"}, {"ask_within", o.AskWithin, "1.5s"}, {"ask_again", o.AskAgain, "5s"},
		{"silent_after", o.SilentAfter, "60s"}, {"no_probe_after", o.NoProbeAfter, "10s"}, {"late_after", o.LateAfter, "1.5s"},
		{"drain_hold", o.DrainHold, "2s"}, {"promote_after", o.PromoteAfter, "30s"}, {"many_window", o.ManyWindow, "10s"},
		{"duplicate_within", o.DuplicateWithin, "5m"}, {"duplicate_clear", o.DuplicateClear, "10m"},
	} {
		if d.v <= 0 {
			r.Bad(d.key, d.v, "a duration above 0", d.example)
		}
	}
	if o.AskAfter < 2*time.Second {
		r.Bad("ask_after", o.AskAfter, "at least 2s: heartbeats come each second", "2.5s")
	}
	if o.NoProbeAfter < o.AskAfter {
		r.Bad("no_probe_after", o.NoProbeAfter, "at least ask_after", "10s")
	}
	if o.SilentAfter < o.NoProbeAfter {
		r.Bad("silent_after", o.SilentAfter, "at least no_probe_after", "60s")
	}
	if o.DuplicateClear < o.DuplicateWithin {
		r.Bad("duplicate_clear", o.DuplicateClear, "at least duplicate_within", "10m")
	}
	if o.ManySilent < 0 || o.ManySilent == 1 {
		r.Bad("many_silent", o.ManySilent, "0, or 2 and above", "5")
	}
}
