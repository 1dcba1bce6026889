package session

import (
	"testing"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

// Both ways are measured against the choice: it takes the one of fewer octets.
func TestKnownSweepTakesFewerOctets(t *testing.T) {
	for name, c := range map[string]struct{ ports, wanted, columns int }{
		"all of a switch":         {48, 48, 14},
		"two ports of 48":         {48, 2, 8},
		"half of the ports":       {48, 24, 14},
		"one row":                 {1, 1, 14},
		"three rows of 200":       {200, 3, 14},
		"one column of a switch":  {48, 48, 1},
		"one column, a few ports": {48, 4, 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := snmptest.New()
			snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: c.ports})
			s := newSession(t, optionsV2(start(t, a)))
			columns := ifmib.Usual()[:c.columns]
			whole := NewSweep(nil, columns, c.ports)
			if err := whole.Run(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			var known []pdu.OID
			for _, o := range whole.Instances(columns) {
				if int(o.Arc(o.Len()-1)) <= c.wanted {
					known = append(known, o)
				}
			}
			measure := func(p *Sweep) int {
				a.ResetStats()
				if err := p.Run(t.Context(), s); err != nil {
					t.Fatal(err)
				}
				if got := len(p.Varbinds); got < len(known) {
					t.Errorf("%d values of %d", got, len(known))
				}
				st := a.Stats()
				return st.Octets + st.OctetsIn
			}
			packed, walked := measure(NewSweep(known, nil, 0)), measure(NewSweep(nil, columns, c.ports))
			chosen := measure(NewKnownSweep(known, columns, c.ports))
			if least := min(packed, walked); chosen > least+least/10 {
				t.Errorf("%d octets, packed %d, walked %d", chosen, packed, walked)
			} else {
				t.Logf("%d octets, packed %d, walked %d", chosen, packed, walked)
			}
		})
	}
}
