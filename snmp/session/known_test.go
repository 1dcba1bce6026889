package session

import (
	"slices"
	"testing"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
	"rackvakt/snmp/system"
)

// A table of one row is asked for by instance from the second time on, in the same
// GET as all else; one of many rows is walked, which is fewer octets.
func TestKnownRowsArePacked(t *testing.T) {
	for _, c := range []struct{ ports, requests int }{{1, 1}, {48, 13}} {
		a := snmptest.New()
		snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: c.ports})
		s := newSession(t, optionsV2(snmptest.Start(t, a)))
		var octets [2]int
		for i := range octets {
			a.ResetStats()
			p := NewSweep(system.Instances(), ifmib.Usual(), c.ports)
			if err := p.Run(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if got := len(p.Instances(ifmib.Usual())); got != 14*c.ports || p.Left(ifmib.Name) || len(p.Problems) != 0 {
				t.Errorf("%d ports: %d values, problems %q", c.ports, got, p.Problems)
			}
			st := a.Stats()
			octets[i] = st.Octets + st.OctetsIn
			if i == 1 && st.Requests > c.requests {
				t.Errorf("%d ports: %+v", c.ports, st)
			}
		}
		if octets[1] > octets[0]+octets[0]/50 { // numbers grow
			t.Errorf("%d ports: %d octets, then %d", c.ports, octets[0], octets[1])
		}
	}
}

// Rows that moved, or came after some time, are found all the same.
func TestKnownRowsThatMoved(t *testing.T) {
	a := snmptest.New()
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 1})
	s := newSession(t, optionsV2(snmptest.Start(t, a)))
	indexes := func() []uint32 {
		p := NewSweep(nil, ifmib.Usual(), 1)
		if err := p.Run(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		var all []uint32
		for _, port := range ifmib.Read(p.Varbinds) {
			all = append(all, port.Index)
		}
		return all
	}
	indexes()
	m.Renumber(10)
	if got := indexes(); !slices.Equal(got, []uint32{11}) {
		t.Errorf("moved: %v", got)
	}
	a.Set(ifmib.Descr.With(12).String(), pdu.Text("new"))
	for key, known := range s.tables {
		known.at = known.at.Add(-packedFor)
		s.tables[key] = known
	}
	if got := indexes(); !slices.Equal(got, []uint32{11, 12}) {
		t.Errorf("came: %v", got)
	}
}

// What is fewer octets as a walk is walked, also where one GET would hold it.
func TestCheapWalksAreNotPacked(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 30})
	s := newSession(t, optionsV2(snmptest.Start(t, a)))
	pollAll(t, s, []pdu.OID{ifmib.Descr})
	if len(s.tables) != 0 {
		t.Error("30 rows of one column are kept for a GET")
	}
}
