package session

import (
	"slices"
	"testing"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
	"rackvakt/snmp/system"
)

func optionsV1(addr string) Options {
	o := optionsV2(addr)
	o.Version = "1"
	return o
}

// Version 1 has no GETBULK and no Counter64: all ports come, with 32-bit counters,
// and no request of another kind or version is sent.
func TestVersion1(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 6})
	s := newSession(t, optionsV1(snmptest.Start(t, a)))
	p := pollAll(t, s, ifmib.Usual())
	ports := ifmib.Read(p.Varbinds)
	if len(ports) != 6 || len(p.Problems) != 0 {
		t.Fatalf("%d ports, problems %q", len(ports), p.Problems)
	}
	for _, port := range ports {
		if port.Name == "" || !port.Oper.Present || !port.InErrors.Present {
			t.Errorf("%+v", port)
		}
	}
	for _, vb := range p.Varbinds {
		if vb.Value.Type == pdu.Counter64 {
			t.Errorf("%s is a Counter64", vb.OID)
		}
	}
	if st := a.Stats(); st.GetBulks != 0 || st.Requests > 10 {
		t.Errorf("%+v", st)
	}
}

// One instance that does not exist refuses the whole GET of version 1; here the
// others come all the same; only what lies behind all objects costs one more.
func TestVersion1NoSuchName(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 2})
	s := newSession(t, optionsV1(snmptest.Start(t, a)))
	want := []pdu.OID{system.UpTime, ifmib.OperStatus.With(1), ifmib.OperStatus.With(2)}
	ask := append([]pdu.OID{ifmib.OperStatus.With(0), ifmib.OperStatus.With(3), pdu.MustOID("1.3.6.1.2.1.33.1.2.1.0")}, want[1:]...)
	g, err := s.GetSome(t.Context(), ask)
	var got []pdu.OID
	for _, vb := range g.Varbinds {
		got = append(got, vb.OID)
	}
	slices.Sort(got)
	if err != nil || len(g.Rest) != 0 || !slices.Equal(got, want) || a.Stats().Requests != 2 {
		t.Errorf("%v, rest %v, %v, %+v", got, g.Rest, err, a.Stats())
	}
}

// What has no successor is an error to the whole GETNEXT: with the index that
// names it, and with one that names nothing.
func TestVersion1EndOfObjects(t *testing.T) {
	for _, blind := range []bool{false, true} {
		a := snmptest.New()
		snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 2})
		s := newSession(t, optionsV1(snmptest.Start(t, a)))
		a.Misbehave(snmptest.Faults{NoIndex: blind})
		r, err := s.Bulk(t.Context(), []pdu.OID{pdu.MustOID("1.3.6.1.4.1.9"), ifmib.OperStatus, pdu.MustOID("1.3.6.1.4.1.11"), pdu.MustOID("2.1")}, 10)
		if err != nil || r.Status != noError || len(r.Varbinds) != 5 {
			t.Fatalf("%+v, %v", r, err)
		}
		for i, want := range []pdu.OID{system.UpTime, "", ifmib.OperStatus.With(1), "", ""} {
			if vb := r.Varbinds[i]; want == "" && vb.Value.Type != pdu.EndOfMibView || want != "" && vb.OID != want {
				t.Errorf("blind %v, %d: %+v", blind, i, vb)
			}
		}
		if got := a.Stats().Requests; got > 4 {
			t.Errorf("%d requests", got)
		}
	}
}

// A walk whose columns end with all objects ends without a problem.
func TestVersion1LastColumn(t *testing.T) {
	a := snmptest.New()
	tree := pdu.MustOID("1.3.6.1.4.1.99999.1.1")
	for row := range uint32(3) {
		a.Set(tree.With(1, row+1).String(), pdu.Int(int64(row)))
		a.Set(tree.With(2, row+1).String(), pdu.Int(int64(row)))
	}
	s := newSession(t, optionsV1(snmptest.Start(t, a)))
	p := pollAll(t, s, []pdu.OID{tree.With(1), tree.With(2)})
	if len(p.Problems) != 0 || len(p.Varbinds) < 6 || p.Left(tree.With(2)) {
		t.Errorf("%d values, problems %q", len(p.Varbinds), p.Problems)
	}
}

// A genErr of version 1 drops the column that it names.
func TestVersion1GenErr(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 4})
	s := newSession(t, optionsV1(snmptest.Start(t, a)))
	a.Misbehave(snmptest.Faults{GenErr: ifmib.Alias.String()})
	p := pollAll(t, s, ifmib.Usual())
	if !p.Left(ifmib.Alias) || p.Left(ifmib.OperStatus) || len(ifmib.Read(p.Varbinds)) != 4 {
		t.Errorf("problems %q", p.Problems)
	}
}

func TestValidateVersion(t *testing.T) {
	for version, want := range map[string]string{
		"1": "community", "2c": "community", "3": "user", "2": "version",
	} {
		o := struct {
			Options `yaml:",inline"`
		}{DefaultOptions()}
		problems := strictyaml.Decode("sw1.yaml", []byte("address: 192.0.2.10\nversion: \""+version+"\"\n"), &o)
		if len(problems) == 0 || !slices.ContainsFunc(problems, func(p strictyaml.Problem) bool { return p.Key == want }) {
			t.Errorf("version %s: %v, want one of %s", version, problems, want)
		}
	}
}
