package session

import (
	"testing"
	"time"
)

func TestCaching(t *testing.T) {
	// Polls every 10 s; the string has + where counters moved and - where not.
	for name, c := range map[string]struct {
		polls string
		want  time.Duration
	}{
		"moves each time":        {"++++++++++++++++", 0},
		"every 30 s":             {"+--+--+--+--+--+", 30 * time.Second},
		"about every 30 s":       {"+--+--+---+--+--+---+--+--+", 30 * time.Second},
		"every minute":           {"+-----+-----+-----+", time.Minute},
		"not seen often enough":  {"+--+--+", 0},
		"idle at odd times":      {"+-+-----+-+---------+--+", 0},
		"nobody at work":         {"+-------------------", 0},
		"was idle, moves again":  {"+--+--+--+--++++", 0},
		"nothing moved ever":     {"----------------", 0},
		"still after it was so ": {"+--+--+--+--+--", 30 * time.Second},
	} {
		var seen Caching
		for i, moved := range c.polls {
			seen = seen.Saw(uint64(i+1)*1000, moved == '+')
		}
		if got := seen.For(); got < c.want-c.want/4 || got > c.want+c.want/4+c.want/10 {
			t.Errorf("%s: caches for %v, want %v", name, got, c.want)
		}
	}
	seen := Caching{}.Saw(1000, true).Saw(2000, false).Saw(3000, true)
	if seen.Saw(10, true) != (Caching{}) {
		t.Error("a restart is not the beginning")
	}
}
