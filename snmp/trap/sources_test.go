package trap

import (
	"net/netip"
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	var s source
	count := func(n int, now time.Time) (allowed int) {
		for range n {
			if s.allow(now) {
				allowed++
			}
		}
		return allowed
	}
	for i, c := range []struct {
		after time.Duration
		want  int
	}{{0, burst}, {0, 0}, {time.Second, perSecond}, {1500 * time.Millisecond, perSecond / 2}, {time.Hour, burst}} {
		if got := count(1000, start.Add(c.after)); got != c.want {
			t.Errorf("%d: %d of 1000 allowed, want %d", i, got, c.want)
		}
	}
}

// One source's flood is its own; addresses that are made up share one rate, and
// never the one of a device.
func TestSourcesAreBounded(t *testing.T) {
	all := newSources(map[netip.Addr]string{fromSw1: "sw1"})
	addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }
	for i := range 10_000 {
		all.of(addr(i), start).allow(start)
	}
	if len(all.others) != maxSources || all.of(addr(9000), start) != &all.rest || all.of(addr(9000), start).allow(start) {
		t.Errorf("%d sources", len(all.others))
	}
	if !all.of(fromSw1, start).allow(start) {
		t.Error("a device pays for strangers")
	}
	later := start.Add(forgetAfter + time.Minute)
	if all.of(addr(9000), later) == &all.rest || len(all.others) != 1 {
		t.Errorf("%d sources after an hour", len(all.others))
	}
}

func TestNamedOncePerChange(t *testing.T) {
	var s source
	for i, c := range []struct {
		to    Reason
		after time.Duration
		want  bool
	}{
		{"", 0, false}, {WrongCommunity, 0, true}, {WrongCommunity, 0, false}, {Flood, 0, true}, {WrongCommunity, 0, false},
		{"", time.Minute, true}, {Flood, time.Minute, false}, {"", time.Minute, false}, {"", forgetAfter + time.Minute, false},
		{Flood, forgetAfter + time.Minute, true},
	} {
		if got := s.turns(c.to, start.Add(c.after)); got != c.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}
