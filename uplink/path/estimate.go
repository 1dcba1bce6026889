package path

import "time"

// firstTimeout is used until a target has answered once, RFC 6298 section 2.1.
const firstTimeout = time.Second

// estimate learns a target's time-out, RFC 6298 section 2: alpha 1/8, beta 1/4,
// K 4. It does not back off after a miss: every probe is a new one and is told
// from the others, so late answers are learnt from instead. The zero value has
// learnt nothing.
type estimate struct {
	srtt, rttvar time.Duration
	learnt       bool
}

// learn takes one round trip.
func (e *estimate) learn(rtt time.Duration) {
	if !e.learnt {
		*e = estimate{srtt: rtt, rttvar: rtt / 2, learnt: true}
		return
	}
	e.rttvar += ((e.srtt - rtt).Abs() - e.rttvar) / 4
	e.srtt += (rtt - e.srtt) / 8
}

// timeout returns how long to wait for the next answer, within low and high.
func (e *estimate) timeout(low, high time.Duration) time.Duration {
	t := firstTimeout
	if e.learnt {
		t = e.srtt + 4*e.rttvar
	}
	return min(max(t, low), high)
}

// lossSpan is the number of probes that ProbeLoss looks back on.
const lossSpan = 20

// losses remembers the last probes of one target. The zero value has seen none.
type losses struct {
	missed [lossSpan]bool
	seen   int
}

func (l *losses) add(missed bool) {
	l.missed[l.seen%lossSpan] = missed
	l.seen++
}

// rate returns the share of missed probes in 0.001 %.
func (l *losses) rate() int64 {
	n := min(l.seen, lossSpan)
	if n == 0 {
		return 0
	}
	lost := 0
	for _, m := range l.missed[:n] {
		if m {
			lost++
		}
	}
	return int64(lost) * 100_000 / int64(n)
}
