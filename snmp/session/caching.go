package session

import "time"

// Caching recognises a device that answers from a table which it renews now and
// then: its counters stand still for several polls and then move, again and again
// after about the same time. The zero value has seen nothing.
type Caching struct {
	polls  int    // since the counters moved last, with the one that saw it
	moved  uint64 // uptime then, 0.01 s
	known  bool   // moved is set
	steady int    // spans in a row that are alike
	span   uint64 // the last time from one move to the next, 0.01 s
}

// steadySpans is how many spans alike make a device one that caches.
const steadySpans = 3

// Saw takes one poll: the uptime that came with it, in 0.01 s, and whether any of
// the counters that usually move had moved since the poll before.
func (c Caching) Saw(upTime uint64, moved bool) Caching {
	if c.known && upTime < c.moved {
		return Caching{} // restarted
	}
	c.polls++
	if !moved {
		return c
	}
	span, still := upTime-c.moved, c.polls > 1
	switch {
	case !c.known:
	case !still:
		c.steady = 0 // it moves from poll to poll
	case c.steady > 0 && span <= c.span+c.span/2 && c.span <= span+span/2: // polls see it late
		c.steady++
	default:
		c.steady = 1 // the first of perhaps several
	}
	if c.known {
		c.span = span
	}
	c.moved, c.known, c.polls = upTime, true, 0
	return c
}

// For returns for about how long the device repeats itself; 0 where it does not,
// or is not known to. It is the time between two polls that saw a move.
func (c Caching) For() time.Duration {
	if c.steady < steadySpans {
		return 0
	}
	return time.Duration(c.span) * 10 * time.Millisecond
}
