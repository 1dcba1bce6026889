package session

import (
	"testing"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

// A poll that knows how many rows there were finds all that there are now: more,
// fewer, and none in one of two tables.
func TestRowsThatCameAndWent(t *testing.T) {
	for name, c := range map[string]struct {
		ports, rows int
		without     string
		want        int
	}{
		"as before":         {48, 48, "", 48 * 14},
		"one more":          {49, 48, "", 49 * 14},
		"many more":         {200, 48, "", 200 * 14},
		"fewer":             {3, 48, "", 3 * 14},
		"without ifTable":   {49, 48, "1.3.6.1.2.1.2.2", 49 * 7},
		"without ifXTable":  {49, 48, "1.3.6.1.2.1.31", 49 * 7},
		"nothing any more":  {4, 48, "1.3.6.1.2.1", 0},
		"rows not known":    {49, 0, "", 49 * 14},
		"one row, as known": {1, 1, "", 14},
	} {
		t.Run(name, func(t *testing.T) {
			a := snmptest.New()
			snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: c.ports})
			if c.without != "" {
				a.Delete(c.without)
			}
			s := newSession(t, optionsV2(snmptest.Start(t, a)))
			p := NewSweep(nil, ifmib.Usual(), c.rows)
			if err := p.Run(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if got := len(p.Instances(ifmib.Usual())); got != c.want || len(p.Varbinds) != got || len(p.Problems) != 0 {
				t.Errorf("%d values, %d different, want %d; problems %q", len(p.Varbinds), got, c.want, p.Problems)
			}
		})
	}
}

// An agent whose answers need several frames is asked for what fits one, also in
// the next session.
func TestAnswersBeyondOneFrame(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	a.SetMaxSize(20_000)
	addr := snmptest.Start(t, a)
	s := newSession(t, optionsV2(addr))
	pollAll(t, s, ifmib.Usual())
	if l := s.Limits(); !l.Has(QuirkLarge) || l.Largest <= frame {
		t.Fatalf("%+v", l)
	}
	next := newSession(t, optionsV2(addr))
	next.Use(s.Limits())
	largest := 0
	p := NewSweep(nil, ifmib.Usual(), 48)
	for !p.Done() {
		after, reps := p.walk.request()
		if n := len(after) * reps * usualVarbind; n > frame {
			largest = max(largest, n)
		}
		if err := p.Step(t.Context(), next, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := a.Stats().Octets; len(p.Varbinds) != 48*14 || largest > frame+frame/2 {
		t.Errorf("%d values, a question for about %d octets, %d in all", len(p.Varbinds), largest, got)
	}
}

// A row beyond the last is asked for in the first columns only.
func TestExactQuestions(t *testing.T) {
	w := newWalk([]pdu.OID{ifmib.Descr, ifmib.Name, ifmib.OperStatus, ifmib.AdminStatus, ifmib.InErrors}, 30)
	w.reps, w.most = 50, 50
	answer := func(n int) {
		var vbs []pdu.Varbind
		for row := range n {
			for _, i := range w.asked {
				vb := pdu.Varbind{OID: w.columns[i].tree.With(uint32(row + 1)), Value: pdu.Int(1)}
				if row >= 30 {
					vb.OID = w.columns[i].tree.With()[:len(w.columns[i].tree)-4]
				}
				vbs = append(vbs, vb)
			}
		}
		if _, err := w.take(vbs, true); err != nil {
			t.Fatal(err)
		}
	}
	if after, reps := w.request(); len(after) != 4 || reps != 31 {
		t.Fatalf("first %d columns, %d repetitions", len(after), reps)
	}
	answer(31)
	if after, reps := w.request(); len(after) != 1 || reps != 30 {
		t.Fatalf("then %d columns, %d repetitions", len(after), reps)
	}
	answer(30)
	if after, _ := w.request(); len(after) != 0 {
		t.Errorf("asks on for %v", after)
	}
}
