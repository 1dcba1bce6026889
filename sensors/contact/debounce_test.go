package contact

import (
	"testing"
	"time"
)

func TestSettleWaitsForTheStableTime(t *testing.T) {
	s, _ := state{}.level(true, 0)
	s, ch := s.edge(Edge{Seq: 1}, time.Second)
	if ch != nil {
		t.Errorf("an edge to rest is told at once: %+v", *ch)
	}
	if _, ch := s.settle(2*time.Second-1, time.Second); ch != nil {
		t.Errorf("told before the stable second: %+v", *ch)
	}
	s, ch = s.settle(2*time.Second, time.Second)
	if ch == nil || ch.side != atRest || ch.at != time.Second || s.resting {
		t.Errorf("told %+v, then %+v", ch, s)
	}
}
