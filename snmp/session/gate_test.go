package session

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

// One derivation at a time, and as long a rest after each.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const each = 20 * time.Millisecond
		g := NewGate()
		var under, most atomic.Int32
		var all sync.WaitGroup
		began := time.Now()
		for range 5 {
			all.Go(func() {
				err := g.do(t.Context(), func() error {
					most.Store(max(most.Load(), under.Add(1)))
					time.Sleep(each)
					under.Add(-1)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); most.Load() != 1 || took != 9*each {
			t.Errorf("%d at once, all took %v", most.Load(), took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), each/2)
		defer cancel()
		if err := g.do(ctx, func() error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("within the rest: %v", err)
		}
		if err := g.do(t.Context(), func() error { return nil }); err != nil {
			t.Errorf("who gave up has kept the gate: %v", err)
		}
	})
}

// Keys and engine outlast the socket: a new one asks for neither.
func TestKeysOutlastTheSocket(t *testing.T) {
	a := snmptest.New()
	o := optionsV3(snmptest.Start(t, a))
	o.Gate = NewGate()
	s := newSession(t, o)
	for range 4 {
		if r, err := s.Get(t.Context(), []pdu.OID{upTime}); err != nil || len(r.Varbinds) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		s.Close()
	}
	if st := a.Stats(); st.Reports != 1 {
		t.Errorf("%d Reports, want the one of the first discovery", st.Reports)
	}
}
