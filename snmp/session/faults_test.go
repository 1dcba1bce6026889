package session

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
	"rackvakt/snmp/system"
)

func optionsV2(addr string) Options {
	o := DefaultOptions()
	o.Address, o.Version, o.Access.Community = addr, "2c", "public"
	return o
}

func optionsV3(addr string) Options {
	o := DefaultOptions()
	o.Address, o.User = addr, snmptest.UserName
	o.Access.AuthPassphrase, o.Access.PrivPassphrase = snmptest.AuthPassphrase, snmptest.PrivPassphrase
	return o
}

// newSession returns a session that ends with the test.
func newSession(t *testing.T, o Options) *Session {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func pollAll(t *testing.T, s *Session, columns []pdu.OID) *Sweep {
	t.Helper()
	p := NewSweep(system.Instances(), columns, 0)
	for !p.Done() {
		if err := p.Step(t.Context(), s, nil); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// What gosnmp passes through or gives up on, one fault each; every port must be
// there all the same, and nothing twice.
func TestFaultsOfAgents(t *testing.T) {
	for name, c := range map[string]struct {
		faults  snmptest.Faults
		problem string // part of a problem; "" none
		ports   int    // with a good ifOperStatus
	}{
		"good":                {snmptest.Faults{}, "", 48},
		"duplicate datagrams": {snmptest.Faults{Duplicate: true}, "", 48},
		"cut datagram first":  {snmptest.Faults{Truncate: true}, "", 48},
		"tooBig":              {snmptest.Faults{TooBigAbove: 3}, "", 48},
		"few repetitions":     {snmptest.Faults{MaxRepetitions: 1}, "", 48},
		"genErr on a column":  {snmptest.Faults{GenErr: ifmib.Alias.String()}, "error-status 5", 48},
		"loop in a column":    {snmptest.Faults{Loop: ifmib.OperStatus.String()}, "comes after", 48},
		"varbinds twice":      {snmptest.Faults{Repeat: true}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := snmptest.New()
			snmptest.NewSwitch(a, snmptest.SwitchOptions{})
			o := optionsV2(snmptest.Start(t, a))
			a.Misbehave(c.faults)
			s := newSession(t, o)
			p := pollAll(t, s, ifmib.Usual())
			seen := make(map[pdu.OID]bool)
			up := 0
			for _, vb := range p.Varbinds {
				if column := vb.OID[:len(vb.OID)-4]; slices.Contains(ifmib.Usual(), column) && seen[vb.OID] {
					t.Errorf("%s came twice", vb.OID)
				}
				seen[vb.OID] = true
			}
			for _, port := range ifmib.Read(p.Varbinds) {
				if port.Oper.Present {
					up++
				}
			}
			if c.ports > 0 && up != c.ports {
				t.Errorf("%d ports with a state, want %d; problems %q", up, c.ports, p.Problems)
			}
			told := strings.Join(p.Problems, "\n")
			if c.problem != "" && !strings.Contains(told, c.problem) || c.problem == "" && told != "" && c.ports > 0 {
				t.Errorf("problems %q, want %q", p.Problems, c.problem)
			}
		})
	}
}

// An answer that is not the one to the request counts as none.
func TestAnswersThatAreNone(t *testing.T) {
	for name, faults := range map[string]snmptest.Faults{
		"wrong request-id": {WrongID: true},
		"request-id 0":     {ZeroID: true},
		"wrong community":  {WrongCommunity: true},
		"cut":              {Truncate: true, Only: true},
		"nothing":          {Silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			a := snmptest.New()
			o := optionsV2(snmptest.Start(t, a))
			o.Timeout = 20 * time.Millisecond
			a.Misbehave(faults)
			s := newSession(t, o)
			if r, err := s.Get(t.Context(), []pdu.OID{upTime}); !errors.Is(err, ErrSilent) {
				t.Errorf("%+v, %v", r, err)
			}
			asked := 0
			for range 200 { // the last request may still be on its way to a busy agent
				if asked = a.Stats().Requests; faults.Silent || asked >= attempts {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if !faults.Silent && asked != attempts {
				t.Errorf("asked %d times, want %d", asked, attempts)
			}
		})
	}
}

// A value of an instance that was not asked for is not taken.
func TestOtherInstances(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 2})
	s := newSession(t, optionsV2(snmptest.Start(t, a)))
	a.Misbehave(snmptest.Faults{Other: true})
	g, err := s.GetSome(t.Context(), []pdu.OID{ifmib.OperStatus.With(1)})
	if err != nil || len(g.Varbinds) != 0 {
		t.Errorf("%v, %v", g.Varbinds, err)
	}
}

// A refused port (ICMP) and a lost answer wait their time instead of using up all
// attempts at once.
func TestRefusedPortWaits(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := conn.LocalAddr().String()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	o := optionsV2(addr)
	o.Timeout = 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if _, err := newSession(t, o).Get(ctx, []pdu.OID{upTime}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("five attempts of 100 ms ended within 150 ms: %v", err)
	}
}

func TestLostAnswersAreAskedAgain(t *testing.T) {
	for _, version := range []func(string) Options{optionsV2, optionsV3} {
		a := snmptest.New()
		o := version(snmptest.Start(t, a))
		o.Timeout = 300 * time.Millisecond
		a.Misbehave(snmptest.Faults{LoseNext: attempts - 1})
		if r, err := newSession(t, o).Get(t.Context(), []pdu.OID{upTime}); err != nil || len(r.Varbinds) != 1 {
			t.Errorf("version %s: %+v, %v", o.Version, r, err)
		}
	}
}

// What is learned about GET and GETBULK is remembered.
func TestTooBigIsRemembered(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	s := newSession(t, optionsV2(snmptest.Start(t, a)))
	a.Misbehave(snmptest.Faults{TooBigAbove: 4})
	pollAll(t, s, ifmib.Usual())
	first := a.Stats().Requests
	a.ResetStats()
	pollAll(t, s, ifmib.Usual())
	if s.known.Repetitions > 4 || a.Stats().Requests >= first {
		t.Errorf("repetitions %d, requests %d then %d", s.known.Repetitions, first, a.Stats().Requests)
	}
}

// Version 3: the device restarts (boots and time change) and is replaced (another
// engine); neither needs more than the next request.
func TestVersion3ReSync(t *testing.T) {
	a := snmptest.New()
	s := newSession(t, optionsV3(snmptest.Start(t, a)))
	get := func(what string) {
		t.Helper()
		if r, err := s.Get(t.Context(), []pdu.OID{upTime}); err != nil || r.Status != noError {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
	}
	get("first")
	a.Restart(0)
	get("after a restart")
	a.SetEngineID([]byte{0x80, 0x00, 0x7a, 0x69, 0x04, 'o', 't', 'h', 'e', 'r'})
	if err := a.AddUser(snmptest.TestUser()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), []pdu.OID{upTime}); err != nil {
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("another engine: %v", err)
		}
	}
	get("after another engine")
}

// A full poll of 48 ports, the fourteen usual columns, takes at most 13 requests
// and 1.1 times the octets that the values need in full answers to short questions.
func TestBudgetOfAFullPoll(t *testing.T) {
	for _, version := range []func(string) Options{optionsV2, optionsV3} {
		a := snmptest.New()
		snmptest.NewSwitch(a, snmptest.SwitchOptions{})
		o := version(snmptest.Start(t, a))
		s := newSession(t, o)
		if _, err := s.Get(t.Context(), []pdu.OID{upTime}); err != nil {
			t.Fatal(err)
		}
		pollAll(t, s, ifmib.Usual())
		a.ResetStats()
		p := NewSweep(nil, ifmib.Usual(), 48)
		if err := p.Run(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if len(p.Varbinds) != 48*14 {
			t.Errorf("version %s: %d values, want %d", o.Version, len(p.Varbinds), 48*14)
		}
		around := 45 // octets of a message with sysUpTime, beside its other varbinds
		if o.Version == "3" {
			around = 145
		}
		values := 0
		for _, vb := range p.Varbinds {
			values += len(ber.AppendVarbind(nil, vb))
		}
		answers := requests(values, frame-around)
		least := values + answers*(2*around+varbindOctets(ifmib.Descr))
		st := a.Stats()
		t.Logf("version %s: %d requests, %d octets, %d values of %d octets, least %d in %d", o.Version,
			st.Requests, st.Octets+st.OctetsIn, len(p.Varbinds), values, least, answers)
		if st.Requests > 13 || st.Octets+st.OctetsIn > least+least/10 {
			t.Errorf("version %s: %d requests and %d octets, at most 13 and 1.1 x %d", o.Version, st.Requests, st.Octets+st.OctetsIn, least)
		}
	}
}

// A device that refuses even its uptime, and names nothing, is no reason to fall.
func TestRefusalOfTheUptime(t *testing.T) {
	a := snmptest.New()
	s := newSession(t, optionsV2(snmptest.Start(t, a)))
	a.Misbehave(snmptest.Faults{GenErr: upTime.String(), NoIndex: true})
	if g, err := s.GetSome(t.Context(), nil); err != nil || len(g.Varbinds)+len(g.Rest) != 0 {
		t.Errorf("%+v, %v", g, err)
	}
}
