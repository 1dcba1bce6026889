package rate

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

// sample is a read at uptime ticks, at seconds of our own clock.
func sample(value, ticks uint64, seconds float64) Sample {
	return Sample{
		Value: value, UpTime: pdu.Some(ticks), At: reading.Stamp{Boot: "b", Mono: time.Duration(seconds * float64(time.Second))},
	}
}

func TestBetween(t *testing.T) {
	const top32, day = 1 << 32, 8_640_000
	mbit100, gbit := pdu.Some(100_000_000), pdu.Some(1_000_000_000)
	moving := func(c Counter) Counter {
		c.Moving = true
		return c
	}
	set := func(s Sample, ticks uint64) Sample {
		s.Discontinuity = pdu.Some(ticks)
		return s
	}
	for name, c := range map[string]struct {
		prev, cur Sample
		counter   Counter
		want      int64
		why       Why
	}{
		// The worked example: 296 + 704 octets in 10 s.
		"32 bits wrap": {sample(top32-296, 100_000, 0), sample(704, 101_000, 10), Octets(32, mbit100), 800, Known},
		// 12,500,000 octets in 10.00 s are 10 Mbit/s.
		"plain growth": {sample(500, 100_000, 0), sample(12_500_500, 101_000, 10), Octets(64, gbit), 10_000_000, Known},
		// The same in 9.50 s of the device's clock: 100,000,000 bits / 9.5 s.
		"the device's seconds count": {sample(500, 100_000, 0), sample(12_500_500, 100_950, 10), Octets(64, gbit), 10_526_315, Known},
		// 3 errors in 60 s are 50 thousandths a second.
		"errors":                    {sample(7, 100_000, 0), sample(10, 106_000, 60), Errors(32, gbit), 50, Known},
		"no speed, growth":          {sample(7, 100_000, 0), sample(1007, 101_000, 10), Octets(0, pdu.Number{}), 800, Known},
		"64 bits wrap":              {sample(math.MaxUint64-99, 100_000, 0), sample(900, 101_000, 10), Octets(64, mbit100), 800, Known},
		"stands still, others move": {sample(7, 100_000, 0), sample(7, 101_000, 10), moving(Errors(32, gbit)), 0, Known},
		"stands still":              {sample(7, 100_000, 0), sample(7, 101_000, 10), Errors(32, gbit), 0, Cached},
		"same uptime":               {sample(7, 100_000, 0), sample(9, 100_000, 10), moving(Errors(32, gbit)), 0, Cached},
		// 13,750,000 octets/s is a tenth more than 100 Mbit/s carries.
		"just over the line":     {sample(0, 100_000, 0), sample(137_500_000, 101_000, 10), Octets(64, mbit100), 110_000_000, Known},
		"faster than the line":   {sample(0, 100_000, 0), sample(140_000_000, 101_000, 10), Octets(64, mbit100), 0, Impossible},
		"fell too far to wrap":   {sample(top32-1_000_000_000, 100_000, 0), sample(704, 101_000, 10), Octets(32, mbit100), 0, Reset},
		"64 bits fell":           {sample(top32-296, 100_000, 0), sample(704, 101_000, 10), Octets(64, mbit100), 0, Reset},
		"fell from above 32":     {sample(top32+5, 100_000, 0), sample(704, 101_000, 10), Octets(32, mbit100), 0, Reset},
		"fell, width unknown":    {sample(top32-296, 100_000, 0), sample(704, 101_000, 10), Octets(0, mbit100), 0, WidthUnknown},
		"fell, speed unknown":    {sample(top32-296, 100_000, 0), sample(704, 101_000, 10), Octets(32, pdu.Some(0)), 0, WidthUnknown},
		"uptime fell":            {sample(9000, 50*day, 0), sample(9500, 600, 10), Octets(64, gbit), 0, Restarted},
		"uptime fell, near wrap": {sample(top32-296, 50*day, 0), sample(704, 600, 10), Octets(32, mbit100), 0, Restarted},
		// Restarted in a gap of 100 s; the new uptime has passed the old one.
		"uptime passed the old one": {sample(9000, 3_000, 0), sample(9500, 9_000, 100), Octets(64, gbit), 0, Restarted},
		"just started":              {sample(0, 400, 0), sample(500, 1_400, 10), Octets(64, gbit), 0, Young},
		"discontinuity":             {set(sample(0, 100_000, 0), 0), set(sample(500, 101_000, 10), 100_500), Octets(64, gbit), 0, Discontinuity},
		"old discontinuity":         {set(sample(0, 100_000, 0), 50), set(sample(1000, 101_000, 10), 50), Octets(64, gbit), 800, Known},
		"uptime wraps after 497 d":  {sample(0, top32-600, 0), sample(1000, 400, 10), Octets(64, gbit), 800, Known},
		"uptime and value fall":     {sample(top32-296, top32-600, 0), sample(704, 400, 10), Octets(32, mbit100), 0, Reset},
		// 2^32 octets take 34.4 s at 1 Gbit/s.
		"32 bits, 34 s of 1 Gbit/s": {sample(0, 100_000, 0), sample(1000, 103_400, 34), Octets(32, gbit), 235, Known},
		"32 bits, 35 s of 1 Gbit/s": {sample(0, 100_000, 0), sample(1000, 103_500, 35), Octets(32, gbit), 0, Narrow},
		"no uptime":                 {Sample{Value: 1, At: reading.Stamp{Boot: "b"}}, sample(1000, 101_000, 10), Octets(64, gbit), 0, NoUptime},
		"uptime of no TimeTicks":    {sample(0, top32+5, 0), sample(1000, top32+1005, 10), Octets(64, gbit), 0, NoUptime},
		"too long ago":              {sample(0, 100_000, 0), sample(1000, 130_100, 301), Octets(64, gbit), 0, Gap},
		"as long as may be":         {sample(0, 100_000, 0), sample(30_000, 130_000, 300), Octets(64, gbit), 800, Known},
		"the same moment":           {sample(0, 100_000, 5), sample(1000, 101_000, 5), Octets(64, gbit), 0, NotLater},
		"more than a result holds":  {sample(0, 100_000, 0), sample(math.MaxUint64, 101_000, 10), Octets(64, pdu.Number{}), 0, Impossible},
	} {
		got, why := Between(c.prev, c.cur, c.counter)
		if got != c.want || why != c.why {
			t.Errorf("%s: %d %q, want %d %q", name, got, why, c.want, c.why)
		}
	}
}

func TestMaxGap(t *testing.T) {
	c := Counter{Scale: 1, MaxGap: 30 * time.Second}
	if _, why := Between(sample(0, 100_000, 0), sample(1, 103_100, 31), c); why != Gap {
		t.Error(why)
	}
	if r, why := Between(sample(0, 100_000, 0), sample(31, 103_000, 30), c); r != 1 || why != Known {
		t.Error(r, why)
	}
}

func TestMoved(t *testing.T) {
	for _, c := range []struct {
		prev, cur []uint64
		want      bool
	}{
		{nil, nil, false}, {[]uint64{1, 2}, []uint64{1, 2}, false}, {[]uint64{1, 2}, []uint64{1, 3}, true}, {[]uint64{1}, []uint64{1, 3}, false},
	} {
		if got := Moved(c.prev, c.cur); got != c.want {
			t.Errorf("%v", c)
		}
	}
}

var speeds = []uint64{10_000_000, 100_000_000, 1_000_000_000, 2_500_000_000, 10_000_000_000}

// truth draws a line and a time between two reads of it, with a device's clock that
// is somewhat off.
func truth(t *rapid.T) (speed uint64, width int, seconds float64, ticks uint64) {
	speed = rapid.SampledFrom(speeds).Draw(t, "speed")
	width = rapid.SampledFrom([]int{32, 64}).Draw(t, "width")
	seconds = rapid.Float64Range(0.5, 300).Draw(t, "seconds")
	off := rapid.Float64Range(0.95, 1.05).Draw(t, "clock")
	return speed, width, seconds, uint64(seconds*off*100) + 1
}

// A value that fell gives no rate, or one that the line carries.
func TestWrapIsNeverFasterThanTheLine(t *testing.T) {
	known := 0
	rapid.Check(t, func(t *rapid.T) {
		speed, width, seconds, ticks := truth(t)
		top := uint64(1)<<(width-1)*2 - 1
		before := top - rapid.Uint64Range(0, top/2).Draw(t, "before")
		now := rapid.Uint64Range(0, top/2).Draw(t, "now")
		up := rapid.Uint64Range(0, 1<<32-1).Draw(t, "uptime")
		cur := sample(now, (up+ticks)&(1<<32-1), seconds)
		r, why := Between(sample(before, up, 0), cur, Octets(width, pdu.Some(speed)))
		if why == Known {
			known++
		}
		if r < 0 || r > int64(speed) || why != Known && r != 0 {
			t.Fatalf("%d bit/s on a line of %d: %q", r, speed, why)
		}
	})
	if known == 0 {
		t.Error("no wrap gave a rate")
	}
}

// What the line carried is told to within the rounding, wrap or not.
func TestRateIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		speed, width, seconds, ticks := truth(t)
		up := rapid.Uint64Range(10_000, 1<<32-1-ticks).Draw(t, "uptime")
		count := rapid.Uint64Range(1, speed/8*ticks/100).Draw(t, "octets")
		before := rapid.Uint64().Draw(t, "before")
		now := before + count
		if width == 32 {
			before &= math.MaxUint32
			now = (before + count) & math.MaxUint32
		}
		r, why := Between(sample(before, up, 0), sample(now, up+ticks, seconds), Octets(width, pdu.Some(speed)))
		if why == Narrow && width == 32 && speed/8*ticks/100 >= math.MaxUint32 {
			return
		}
		if why == Young && up <= uint64(5+seconds/8)*100+100 || why == Cached && before == now {
			return
		}
		if want := int64(count * 8 * 100 / ticks); why != Known || r != want {
			t.Fatalf("%d %q, want %d", r, why, want)
		}
	})
}

// A device that started again between the two reads gives no rate, whatever its
// counters were and are.
func TestResetGivesNoRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		speed, width, seconds, _ := truth(t)
		ago := rapid.Float64Range(0, seconds).Draw(t, "started")
		up := rapid.Uint64Range(0, 1<<32-1-60_000).Draw(t, "uptime") // not within minutes of 497 days
		before := rapid.Uint64Range(0, uint64(1)<<(width-1)*2-1).Draw(t, "before")
		now := rapid.Uint64Range(0, uint64(float64(speed/8)*ago)+1).Draw(t, "now")
		r, why := Between(sample(before, up, 0), sample(now, uint64(ago*100), seconds), Octets(width, pdu.Some(speed)))
		if why == Known || r != 0 {
			t.Fatalf("%d %q", r, why)
		}
	})
}
