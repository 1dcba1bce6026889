package session

import (
	"math/rand/v2"
	"time"
)

// waits learns how long an answer takes, as RFC 6298 does for TCP: smoothed round
// trip and its variation. The zero value knows nothing yet.
type waits struct {
	smooth, vary time.Duration
}

// minWait is the shortest wait: agents answer from a slow task of a busy device.
const minWait = 250 * time.Millisecond

// sample takes the round trip of a request that was answered at the first attempt.
func (w *waits) sample(rtt time.Duration) {
	if w.smooth == 0 {
		w.smooth, w.vary = rtt, rtt/2
		return
	}
	off := w.smooth - rtt
	if off < 0 {
		off = -off
	}
	w.vary += (off - w.vary) / 4
	w.smooth += (rtt - w.smooth) / 8
}

// timeout returns how long attempt try (from 0) waits: the learned time, doubled
// for each attempt before it, at most most; one part in ten of it is by chance,
// so that devices that failed together do not stay together.
func (w *waits) timeout(try int, most time.Duration) time.Duration {
	d := most
	if w.smooth > 0 {
		d = max(w.smooth+4*w.vary, minWait) << try
	}
	d = min(d, most)
	return d - d/20 + rand.N(d/10+1)
}
