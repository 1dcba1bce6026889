package session

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

// A table that never ends ends here, by rows or by octets, and says so.
func TestEndlessTable(t *testing.T) {
	for name, c := range map[string]struct {
		faults   snmptest.Faults
		size     int // of the largest answer
		problem  string
		requests int // at most
	}{
		"rows":          {snmptest.Faults{Endless: ifmib.Descr.String(), EndlessOctets: 8}, 1472, "more than 4096 rows", 200},
		"huge values":   {snmptest.Faults{Endless: ifmib.Descr.String(), EndlessOctets: 1300}, 60_000, "more than 4096 rows", 8000},
		"many at once":  {snmptest.Faults{Endless: ifmib.Descr.String(), EndlessOctets: 1300}, 1472, "more than 4096 rows", 8000},
		"loop of a row": {snmptest.Faults{Loop: ifmib.Descr.String()}, 1472, "comes after", 20},
	} {
		t.Run(name, func(t *testing.T) {
			a := snmptest.New()
			snmptest.NewSwitch(a, snmptest.SwitchOptions{})
			a.SetMaxSize(c.size)
			o := optionsV2(snmptest.Start(t, a))
			a.Misbehave(c.faults)
			s := newSession(t, o)
			p := pollAll(t, s, []pdu.OID{ifmib.Descr, ifmib.OperStatus})
			if !strings.Contains(strings.Join(p.Problems, "\n"), c.problem) || !p.Left(ifmib.Descr) {
				t.Errorf("problems %q", p.Problems)
			}
			if got := a.Stats().Requests; got > c.requests || p.octets > mostOctets+maxDatagram || len(p.Varbinds) > 2*mostRows {
				t.Errorf("%d requests, %d octets, %d values", got, p.octets, len(p.Varbinds))
			}
			if up := len(p.Instances([]pdu.OID{ifmib.OperStatus})); up != 48 {
				t.Errorf("the column beside it has %d rows", up)
			}
		})
	}
}

// Octets are bounded as well where rows are few.
func TestMostOctets(t *testing.T) {
	s := newSession(t, optionsV2("192.0.2.1"))
	p := NewSweep(nil, []pdu.OID{ifmib.Descr}, 0)
	big := Reply{Octets: mostOctets / 2, Varbinds: []pdu.Varbind{{OID: upTime, Value: pdu.Ticks(1)}}}
	for row := 1; !p.Done() && row < 10; row++ {
		p.walk.begin(s.known)
		p.walk.request()
		big.Varbinds = append(big.Varbinds[:1], pdu.Varbind{OID: ifmib.Descr.With(uint32(row)), Value: pdu.Int(1)})
		p.took(s, big, nil)
	}
	if !p.gaveUp || len(p.Varbinds) > 4 {
		t.Errorf("%d values of %d octets each, problems %q", len(p.Varbinds), big.Octets, p.Problems)
	}
}

// So is time, where nobody else ends the sweep.
func TestMostTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, optionsV2("192.0.2.1"))
		p := NewSweep(nil, []pdu.OID{ifmib.Descr}, 0)
		for row := uint32(1); !p.Done() && row < 1000; row++ {
			p.walk.begin(s.known)
			p.walk.request()
			time.Sleep(time.Second)
			p.took(s, Reply{Varbinds: []pdu.Varbind{{OID: upTime, Value: pdu.Ticks(row)}, {OID: ifmib.Descr.With(row), Value: pdu.Int(1)}}}, nil)
		}
		if !p.gaveUp || time.Since(p.Started) > mostTime+time.Minute {
			t.Errorf("after %v: %d values, problems %q", time.Since(p.Started), len(p.Varbinds), p.Problems)
		}
	})
}

// An agent that drips one row an answer, each as late as it may be, is left when
// its owner's time is up, and holds up no other.
func TestSlowDripDelaysNobody(t *testing.T) {
	drip := snmptest.New()
	dripAddr := snmptest.Start(t, drip)
	drip.Misbehave(snmptest.Faults{Endless: ifmib.Descr.String(), MaxRepetitions: 1, Delay: 40 * time.Millisecond})
	good := snmptest.New()
	snmptest.NewSwitch(good, snmptest.SwitchOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	slow := newSession(t, optionsV2(dripAddr))
	quick := newSession(t, optionsV2(snmptest.Start(t, good)))
	var both sync.WaitGroup
	var err error
	both.Go(func() { err = NewSweep(nil, []pdu.OID{ifmib.Descr}, 0).Run(ctx, slow) })
	polls := 0
	for ctx.Err() == nil {
		p := NewSweep(nil, ifmib.Usual(), 48)
		if e := p.Run(t.Context(), quick); e != nil || len(p.Varbinds) != 48*14 {
			t.Fatalf("%d values, %v", len(p.Varbinds), e)
		}
		polls++
	}
	both.Wait()
	if !errors.Is(err, context.DeadlineExceeded) || polls < 3 {
		t.Errorf("the slow one: %v; the other was polled %d times meanwhile", err, polls)
	}
	if st := drip.Stats(); st.InFlight != 1 || st.Requests > 20 {
		t.Errorf("%+v", st)
	}
}

// A flood of datagrams that answer nothing is passed over, and the wait for the
// answer is not longer for it.
func TestFloodOfOtherDatagrams(t *testing.T) {
	a := snmptest.New()
	o := optionsV2(snmptest.Start(t, a))
	o.Timeout = 200 * time.Millisecond
	a.Misbehave(snmptest.Faults{WrongID: true, Duplicate: true})
	s := newSession(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := s.Get(ctx, []pdu.OID{upTime}); !errors.Is(err, ErrSilent) {
		t.Error(err)
	}
}
