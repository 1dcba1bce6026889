package publish

import "time"

// backoff is a doubling wait with jitter, so that ten thousand closets do not
// come back in step. The zero value starts at the smallest wait.
type backoff struct {
	min, max time.Duration
	next     time.Duration
}

// wait returns the next wait: between half of it and all of it. random is in [0,1).
func (b *backoff) wait(random float64) time.Duration {
	d := max(b.next, b.min)
	b.next = min(2*d, b.max)
	return d/2 + time.Duration(random*float64(d-d/2))
}

// reset goes back to the smallest wait.
func (b *backoff) reset() { b.next = b.min }
