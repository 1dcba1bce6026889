package contact

import "time"

// BouncesProblem is the text of the LabelProblem fact, and the Reason of the
// Bounces reading, of a contact that bounces too often: most often the magnet
// hangs too far from the reed.
const BouncesProblem = "bounces: magnet gap?"

// rattle decides whether a contact bounces too often. The zero value has seen
// no bounce.
type rattle struct {
	// recent holds when the last bounces were, oldest first, as many as make a fault.
	recent []time.Duration
	bad    bool
}

// step takes more bounces seen at now. A contact is bad once limit bounces lie
// within the window, and well again after a whole window without one. step
// reports whether that has changed; limit 0 never makes a contact bad.
func (r *rattle) step(more int64, now time.Duration, limit int, window time.Duration) bool {
	for range min(more, int64(limit)) {
		r.recent = append(r.recent, now)
	}
	if over := len(r.recent) - limit; over > 0 {
		r.recent = append(r.recent[:0], r.recent[over:]...)
	}
	was := r.bad
	switch n := len(r.recent); {
	case n == 0:
	case now-r.recent[n-1] >= window:
		r.bad = false
	case n == limit && now-r.recent[0] <= window:
		r.bad = true
	}
	return r.bad != was
}

// problem is what is wrong with the contact; "" if nothing is.
func (r *rattle) problem() string {
	if r.bad {
		return BouncesProblem
	}
	return ""
}
