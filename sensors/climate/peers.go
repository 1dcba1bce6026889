package climate

import (
	"slices"
	"sync"
	"time"
)

const (
	// agreeFor is how long two probes must differ, or agree again, to be told.
	agreeFor = 2 * time.Minute
	// peerFresh is how old another probe's value may be to be compared.
	peerFresh = 5 * time.Minute
	// leastMove and moveSteps: another probe moved when it did so by this much,
	// 0.001 °C, and by so many least digits of the one that rests.
	leastMove = 3_000
	moveSteps = 40
)

// Peers lets the probes of one closet compare themselves with each other: who
// rests while others move, and who disagrees. It is safe for use by all of them.
type Peers struct {
	mu    sync.Mutex
	last  map[string]told             // guarded by mu; by Options.Key
	rests map[string]*rest            // guarded by mu
	pairs map[[2]string]*disagreement // guarded by mu; the one who asked for it first
}

// told is what a probe said last.
type told struct {
	value int64
	at    time.Duration
}

// rest is one probe's raw value since its last digit moved.
type rest struct {
	resting
	// seen is the range of each other probe since then.
	seen map[string]*resting
}

// disagreement of two probes.
type disagreement struct {
	within  int64
	differs bool // told
	turning bool // it looks otherwise than told ...
	since   time.Duration
}

// NewPeers returns Peers without a probe.
func NewPeers() *Peers {
	return &Peers{last: map[string]told{}, rests: map[string]*rest{}, pairs: map[[2]string]*disagreement{}}
}

// join makes the pair of o known, so that both of it are told.
func (p *Peers) join(o Options) {
	if p == nil || o.AgreesWith == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pairs[[2]string{o.Key(), o.AgreesWith}] = &disagreement{within: int64(o.Within)}
}

// tell takes what a probe shows: raw to see whether it rests, shown to compare.
func (p *Peers) tell(key string, raw, shown int64, now time.Duration) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[key] = told{shown, now}
	r := p.rests[key]
	if r == nil {
		r = &rest{}
		p.rests[key] = r
	}
	if !r.known || r.value != raw {
		r.seen = map[string]*resting{}
	}
	r.see(raw, raw, now)
	for other, r := range p.rests {
		if other == key {
			continue
		}
		if r.seen[key] == nil {
			r.seen[key] = &resting{known: true, low: shown, high: shown}
		}
		r.seen[key].see(0, shown, now)
	}
	for pair, d := range p.pairs {
		if slices.Contains(pair[:], key) {
			p.compare(pair, d, now)
		}
	}
}

// compare is called with mu.
func (p *Peers) compare(pair [2]string, d *disagreement, now time.Duration) {
	a, hasA := p.last[pair[0]]
	b, hasB := p.last[pair[1]]
	if !hasA || !hasB || now-a.at > peerFresh || now-b.at > peerFresh {
		d.turning = false
		return
	}
	looks := max(a.value-b.value, b.value-a.value) > d.within
	switch {
	case looks == d.differs:
		d.turning = false
	case !d.turning:
		d.turning, d.since = true, now
	case now-d.since >= agreeFor:
		d.differs, d.turning = looks, false
	}
}

// stuck reports whether the probe rests while another one moved.
func (p *Peers) stuck(key string, step int64, after, now time.Duration) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.rests[key]
	if r == nil || after == 0 || now-r.since < after {
		return false
	}
	for _, s := range r.seen {
		if s.high-s.low >= max(leastMove, moveSteps*step) {
			return true
		}
	}
	return false
}

// disagrees returns the probes that the probe disagrees with, in order.
func (p *Peers) disagrees(key string) []string {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var with []string
	for pair, d := range p.pairs {
		switch {
		case d.differs && pair[0] == key:
			with = append(with, pair[1])
		case d.differs && pair[1] == key:
			with = append(with, pair[0])
		}
	}
	slices.Sort(with)
	return slices.Compact(with)
}

// gone forgets what a probe said: it does not answer.
func (p *Peers) gone(key string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.last, key)
	delete(p.rests, key)
}
