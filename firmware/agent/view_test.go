package agent

import (
	"log/slog"
	"testing"
	"time"

	"rackvakt/firmware/config"
	"rackvakt/sensors/reading"
)

// An old value is never shown as a present one, and a silence never as fine.
func TestValuesAge(t *testing.T) {
	door := reading.Point{Device: "door", Kind: reading.DoorOpen}
	at := reading.Stamp{Boot: "b", Mono: time.Hour}
	c := &closet{log: slog.New(slog.DiscardHandler), table: map[reading.Point]reading.Reading{}, facts: map[factKey]string{}}
	c.plan.FreshPoint = map[reading.Point]time.Duration{door: 7 * time.Second}
	show := func(now reading.Stamp) Reading { return c.readings(now)[0] }
	if s := c.look(door, at); s.Quality != reading.Unknown || s.word() != "unknown" {
		t.Errorf("never read: %+v", s)
	}
	c.table[door] = reading.Reading{Point: door, Value: 1, Quality: reading.Good, At: at}
	if r := show(at.Add(7 * time.Second)); r.Value != "open" || r.Number != "1" || r.AgeMS != 7000 {
		t.Errorf("fresh: %+v", r)
	}
	if r := show(at.Add(7*time.Second + time.Millisecond)); r.Quality != "stale" || r.Value != "" || r.Number != "" {
		t.Errorf("stale: %+v", r)
	}
	c.table[door] = reading.Reading{Point: door, Value: 1, Quality: reading.Fault, Reason: "line gone", At: at}
	if r := show(at); r.Quality != "fault" || r.Value != "" || r.Reason != "line gone" {
		t.Errorf("fault: %+v", r)
	}
	climate := reading.Point{Device: "climate", Object: "inlet", Kind: reading.Temperature}
	c.table = map[reading.Point]reading.Reading{climate: {Point: climate, Value: 20_000, Quality: reading.Good, At: at}}
	if r := show(at.Add(91 * time.Second)); r.Quality != "stale" {
		t.Errorf("a point without a limit of its own: %+v", r)
	}
}

// Births of a device with much to say are told in parts that fit a message.
func TestBirthsAreSplit(t *testing.T) {
	c := &closet{facts: map[factKey]string{}, cfg: config.Default()}
	for port := range 200 {
		p := reading.Point{Device: "sw1", Object: "1/" + seconds(time.Duration(port)*time.Second)}
		c.facts[factKey{p, reading.LabelAlias}] = "outlet 01-02, room 123, the one beside the window towards the yard"
	}
	parts, n := c.birthFacts("sw1"), 0
	for _, p := range parts {
		n += len(p)
	}
	if len(parts) < 2 || n != 200 {
		t.Errorf("%d facts in %d parts", n, len(parts))
	}
}
