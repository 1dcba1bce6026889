// Package rate tells how fast a counter moved between two reads.
//
// Each read holds sysUpTime.0 of the same PDU: it gives the seconds, as the device
// counts them, and tells a restart from a wrap (RFC 2578 section 7.1.6: a counter
// has no defined start and may be set back whenever the agent starts). Where it is
// not certain what happened there is no rate, and a Why that says so: a gap in a
// graph is honest, a rate of 0 or of 4 Gbit/s is not.
//
// It refuses to keep anything between calls, to smooth, and to believe more than
// the line carries. It does not see a counter that was set back without a trace:
// same uptime, no discontinuity time, 32 bits, and just before its wrap.
//
// Worked example: 32 bits of octets on a line of 100 Mbit/s, 4,294,967,000 at
// uptime 100,000 and 704 at uptime 101,000 (ten seconds later) are 296 octets to
// the wrap and 704 after it: 1,000 octets, 800 bit/s.
package rate

import (
	"math"
	"math/bits"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

// Sample is one read of one counter.
type Sample struct {
	Value uint64
	// UpTime is sysUpTime.0 of the same PDU, 0.01 s. Absent: there is no rate.
	UpTime pdu.Number
	// Discontinuity is ifCounterDiscontinuityTime of the row, absent where it is
	// not read. A value that changed means that the counter was set back.
	Discontinuity pdu.Number
	// At is when the answer came.
	At reading.Stamp
}

// Counter says what the two samples are samples of.
type Counter struct {
	// Bits is 32 or 64, the width of the column that both samples came from. 0:
	// not known; a value that falls then gives no rate.
	Bits int
	// Ceiling is the most counts a second that the line carries. 0: not known; a
	// value that falls then gives no rate, and any growth is believed.
	Ceiling uint64
	// Scale is how many of the result's unit one count is: see Octets and Errors.
	Scale uint64
	// Moving says that another counter of the same two reads has moved (see
	// Moved), so that the agent does not answer an old copy of its table: a value
	// that stands still is then a rate of 0. false: it is no rate.
	Moving bool
	// MaxGap is the longest time between two samples; 0: DefaultMaxGap.
	MaxGap time.Duration
}

// DefaultMaxGap is the longest time over which a rate still says something.
const DefaultMaxGap = 5 * time.Minute

// Octets is a counter of octets on a line of speed bit/s; its rate is in bit/s
// (reading.IfInBits, reading.IfOutBits). A speed of 0 or absent is not known.
func Octets(width int, speed pdu.Number) Counter {
	return Counter{Bits: width, Ceiling: speed.Value / 8, Scale: 8}
}

// smallestFrame is what the shortest Ethernet frame takes of the line in bits: 64
// octets, preamble and gap of 20 (IEEE 802.3 clause 4.4).
const smallestFrame = (64 + 20) * 8

// Errors is a counter of frames on a line of speed bit/s; its rate is in 0.001
// frames per second (reading.IfErrorRate).
func Errors(width int, speed pdu.Number) Counter {
	c := Counter{Bits: width, Scale: 1000}
	if speed.Value > 0 {
		c.Ceiling = speed.Value/smallestFrame + 1
	}
	return c
}

// Moved reports whether any of the counters of one read differs from the same
// counter of the read before; for Counter.Moving. The lists have the same order.
func Moved(prev, cur []uint64) bool {
	for i := range min(len(prev), len(cur)) {
		if prev[i] != cur[i] {
			return true
		}
	}
	return false
}

// Why says why there is no rate. The words are stable, for Reading.Reason.
type Why string

// The reasons. Known means that there is a rate.
const (
	Known         Why = ""
	NoUptime      Why = "no uptime with the counter"
	NotLater      Why = "second sample is not later"
	Gap           Why = "samples too far apart"
	Cached        Why = "agent answers a cached copy"
	Young         Why = "device has just started"
	Restarted     Why = "device restarted"
	Discontinuity Why = "counter was set back by the agent"
	Reset         Why = "counter fell and did not wrap"
	WidthUnknown  Why = "counter fell and its width or line speed is not known"
	Impossible    Why = "faster than the line"
	Narrow        Why = "32 bits may wrap twice between two samples"
)

// Between returns the rate from prev to cur in the unit of c, and Known; or 0 and
// why there is none.
func Between(prev, cur Sample, c Counter) (int64, Why) {
	gap := cur.At.Since(prev.At)
	ticks, wrapped, why := elapsed(prev.UpTime, cur.UpTime, gap)
	switch {
	case gap > 0 && gap > c.maxGap():
		return 0, Gap
	case why != Known:
		return 0, why
	case prev.Discontinuity != cur.Discontinuity:
		return 0, Discontinuity
	case c.Bits == 32 && c.Ceiling > 0 && !c.faster(math.MaxUint32, ticks):
		return 0, Narrow
	}
	growth, why := c.growth(prev.Value, cur.Value, ticks, wrapped)
	if why != Known {
		return 0, why
	}
	return perSecond(growth, c.Scale, ticks)
}

func (c Counter) maxGap() time.Duration {
	if c.MaxGap > 0 {
		return c.MaxGap
	}
	return DefaultMaxGap
}

const (
	tick = 10 * time.Millisecond
	// steady and drift are how far the device's clock may be from ours: agents
	// that renew sysUpTime every few seconds, and clocks that run wrong.
	steady = 5 * time.Second
	drift  = 8
)

// elapsed returns the ticks from before to now, and whether sysUpTime wrapped at
// 2^32 (497 days). It agrees with gap, our own measure, or the device restarted:
// also where its new uptime has already passed the old one.
func elapsed(before, now pdu.Number, gap time.Duration) (ticks uint64, wrapped bool, why Why) {
	switch {
	case !before.Present || !now.Present:
		return 0, false, NoUptime
	case gap <= 0:
		return 0, false, NotLater
	case before.Value == now.Value:
		return 0, false, Cached
	case before.Value >= 1<<32 || now.Value >= 1<<32:
		return 0, false, NoUptime // no TimeTicks
	}
	wrapped = now.Value < before.Value
	ticks = (now.Value - before.Value) & (1<<32 - 1)
	slack := steady + gap/drift
	if off := time.Duration(ticks)*tick - gap; off > slack || off < -slack {
		return 0, false, Restarted
	}
	if time.Duration(before.Value)*tick <= slack {
		return 0, false, Young // a second restart would not show
	}
	return ticks, wrapped, Known
}

// growth returns how many counts there were. Growth may pass the ceiling by a
// tenth, since agents renew counters on a schedule of their own; a wrap may not.
func (c Counter) growth(before, now, ticks uint64, upTimeWrapped bool) (uint64, Why) {
	if before == now {
		if !c.Moving {
			return 0, Cached
		}
		return 0, Known
	}
	if now > before {
		if c.Ceiling > 0 && c.faster((now-before)/11*10, ticks) {
			return 0, Impossible
		}
		return now - before, Known
	}
	wrap := now - before // modulo 2^64
	switch {
	case c.Bits != 32 && c.Bits != 64 || c.Ceiling == 0:
		return 0, WidthUnknown
	case upTimeWrapped || c.Bits == 32 && before > math.MaxUint32:
		return 0, Reset
	case c.Bits == 32:
		wrap &= math.MaxUint32
	}
	if c.faster(wrap, ticks) {
		return 0, Reset
	}
	return wrap, Known
}

// faster reports whether count in ticks is more than the line carries.
func (c Counter) faster(count, ticks uint64) bool {
	if c.Ceiling == 0 {
		return false
	}
	hi, lo := bits.Mul64(c.Ceiling, ticks)
	if hi >= perTick {
		return false // more than 2^64 counts fit
	}
	most, _ := bits.Div64(hi, lo, perTick)
	return count > most
}

// perTick is how many ticks a second has.
const perTick = 100

// perSecond returns count x scale x 100 / ticks, rounded down.
func perSecond(count, scale, ticks uint64) (int64, Why) {
	hi, lo := bits.Mul64(count, max(scale, 1)*perTick)
	if hi >= ticks {
		return 0, Impossible
	}
	q, _ := bits.Div64(hi, lo, ticks)
	if q > math.MaxInt64 {
		return 0, Impossible
	}
	return int64(q), Known
}
