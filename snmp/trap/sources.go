package trap

import (
	"net/netip"
	"time"
)

// Rates of one source. A 48-port switch that starts sends some sixty traps at once.
const (
	perSecond = 10
	burst     = 100
)

const (
	// maxSources bounds the sources that are told apart; strangers beyond it share
	// one rate, since anyone can make addresses up.
	maxSources = 256
	// forgetAfter is how long a stranger is remembered, and how long a reason is not
	// named again for one source.
	forgetAfter = time.Hour
)

// sources keeps a rate and a state for each address.
type sources struct {
	known  map[netip.Addr]*source // the devices, never forgotten
	others map[netip.Addr]*source
	rest   source
}

// source is one address. The zero value has sent nothing yet.
type source struct {
	left  float64 // datagrams that it may send at once, at time last
	last  time.Time
	state Reason // of its last datagram; "" is accepted
	named map[Reason]time.Time
}

func newSources(senders map[netip.Addr]string) *sources {
	s := &sources{known: map[netip.Addr]*source{}, others: map[netip.Addr]*source{}}
	for a := range senders {
		s.known[a] = &source{}
	}
	return s
}

func (s *sources) of(a netip.Addr, now time.Time) *source {
	if x, ok := s.known[a]; ok {
		return x
	}
	if x, ok := s.others[a]; ok {
		return x
	}
	if len(s.others) >= maxSources {
		for addr, x := range s.others {
			if now.Sub(x.last) > forgetAfter {
				delete(s.others, addr)
			}
		}
	}
	if len(s.others) >= maxSources {
		return &s.rest
	}
	x := &source{}
	s.others[a] = x
	return x
}

// allow takes one datagram off the source's rate; false where it is used up.
func (s *source) allow(now time.Time) bool {
	if s.last.IsZero() {
		s.left = burst
	} else {
		s.left = min(burst, s.left+now.Sub(s.last).Seconds()*perSecond)
	}
	s.last = now
	if s.left < 1 {
		return false
	}
	s.left--
	return true
}

// turns takes the fate of a datagram and reports whether to name it: where it
// differs from the fate of the last one, and was not named within forgetAfter.
func (s *source) turns(to Reason, now time.Time) bool {
	if to == s.state {
		return false
	}
	s.state = to
	if at, ok := s.named[to]; ok && now.Sub(at) < forgetAfter {
		return false
	}
	if s.named == nil {
		s.named = map[Reason]time.Time{}
	}
	s.named[to] = now
	return true
}
