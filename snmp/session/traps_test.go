package session

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

// traps lists what gosnmp v1.47.0 does that a poller must not pass on, and the test
// that shows that this one does not: in this folder, or in that of the trap receiver.
var traps = []struct{ what, folder, test string }{
	{"cancelling the context does not interrupt a wait", ".", "TestCancelInterruptsAWait"},
	{"BulkWalk returns no error on genErr and tooBig, and no rows", ".", "TestFaultsOfAgents"},
	{"BulkWalk returns no error on authentication errors", ".", "TestAuthenticationErrorsAreTold"},
	{"Get with tooBig: no error and no variables", ".", "TestGetTooBigIsHalved"},
	{"what was too big is asked again each time", ".", "TestTooBigIsRemembered"},
	{"identifiers that do not increase within an answer pass", ".", "TestFaultsOfAgents"},
	{"a walk may loop for ever", ".", "TestEndlessTable"},
	{"a wrong community, request-id 0 and a wrong request-id are accepted", ".", "TestAnswersThatAreNone"},
	{"another identifier than was asked for is accepted", ".", "TestOtherInstances"},
	{"another type is accepted", ".", "TestOtherTypes"},
	{"on an unconnected socket the source is not checked", ".", "TestSourceIsChecked"},
	{"a cut datagram burns all retries", ".", "TestAnswersThatAreNone"},
	{"an ICMP refusal burns all retries", ".", "TestRefusedPortWaits"},
	{"several goroutines on one client lose answers", ".", "TestSlowDripDelaysNobody"},
	{"version 3: the device restarts, or is replaced", ".", "TestVersion3ReSync"},
	{"version 3: a jump of time costs one round trip", ".", "TestVersion3TimeJump"},
	{"version 3: every pair of protocols", ".", "TestSnmpdPairs"},
	{"the listener does not check the community of version 2c", "../trap", "TestVersion2"},
	{"the listener delivers a replay of version 3 twice", "../trap", "TestReplay"},
	{"an INFORM with a table of users times out", "../trap", "TestGosnmpSends"},
	{"an INFORM is acknowledged only after the handler returns", "../trap", "TestSlowHandle"},
}

func TestEveryTrapHasATest(t *testing.T) {
	for _, trap := range traps {
		files, err := filepath.Glob(filepath.Join(trap.folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(raw), "\nfunc "+trap.test+"(t ")
		}
		if !found {
			t.Errorf("%s: no test %s in %s", trap.what, trap.test, trap.folder)
		}
	}
}

// A wait of minutes ends when its context is cancelled, and the session lives on.
func TestCancelInterruptsAWait(t *testing.T) {
	a := snmptest.New()
	o := optionsV2(snmptest.Start(t, a))
	o.Timeout = time.Hour
	a.Misbehave(snmptest.Faults{Silent: true})
	s := newSession(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := s.Get(ctx, []pdu.OID{upTime}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	a.Misbehave(snmptest.Faults{})
	s.Close()
	if r, err := s.Get(t.Context(), []pdu.OID{upTime}); err != nil || len(r.Varbinds) != 1 {
		t.Errorf("after it: %+v, %v", r, err)
	}
}

// A refusal of version 3 is an error with its reason, of a GET and of a sweep.
func TestAuthenticationErrorsAreTold(t *testing.T) {
	a := snmptest.New()
	addr := snmptest.Start(t, a)
	for reason, change := range map[string]func(*Options){
		"wrong authentication": func(o *Options) { o.Access.AuthPassphrase = "not the one it has" },
		"unknown user":         func(o *Options) { o.User = "stranger" },
	} {
		o := optionsV3(addr)
		change(&o)
		s := newSession(t, o)
		_, err := s.Get(t.Context(), []pdu.OID{upTime})
		walk := NewSweep(nil, []pdu.OID{ifmib.Descr}, 0).Run(t.Context(), s)
		for how, err := range map[string]error{"GET": err, "sweep": walk} {
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Reason != reason {
				t.Errorf("%s: %v, want %s", how, err, reason)
			}
		}
	}
}

// A GET that is too big is asked in halves until all values are there.
func TestGetTooBigIsHalved(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	s := newSession(t, optionsV2(snmptest.Start(t, a)))
	a.Misbehave(snmptest.Faults{TooBigAbove: 7})
	var want []pdu.OID
	for port := range uint32(48) {
		want = append(want, ifmib.OperStatus.With(port+1))
	}
	p := NewSweep(want, nil, 0)
	if err := p.Run(t.Context(), s); err != nil || len(p.Instances([]pdu.OID{ifmib.OperStatus})) != 48 {
		t.Errorf("%d values, %v, problems %q", len(p.Varbinds), err, p.Problems)
	}
	if l := s.Limits(); l.Identifiers == 0 || l.Identifiers > 6 || !l.Has(QuirkTooBig) {
		t.Errorf("%+v", l)
	}
}

// A number under another type is taken, text where a number belongs is none.
func TestOtherTypes(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3})
	s := newSession(t, optionsV2(snmptest.Start(t, a)))
	a.Set(ifmib.OperStatus.With(1).String(), pdu.Gauge(2))
	a.Set(ifmib.HCInOctets.With(1).String(), pdu.Count(77))
	a.Set(ifmib.OperStatus.With(2).String(), pdu.Text("up"))
	a.Set(ifmib.Name.With(2).String(), pdu.Int(7))
	a.Set(ifmib.HCInOctets.With(2).String(), pdu.Identifier(upTime))
	ports := ifmib.Read(pollAll(t, s, ifmib.Usual()).Varbinds)
	if len(ports) != 3 {
		t.Fatalf("%d ports", len(ports))
	}
	if p := ports[0]; p.OperWord() != "down" || p.InOctets != pdu.Some(77) {
		t.Errorf("%+v", p)
	}
	if p := ports[1]; p.Oper.Present || p.InOctets.Value == 7 || p.Name != "Port 1/2" {
		t.Errorf("%+v", p)
	}
}

// A good answer from another address than the one that was asked is none.
func TestSourceIsChecked(t *testing.T) {
	device, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = device.Close()
		_ = stranger.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		buf := make([]byte, 2000)
		for {
			n, from, err := device.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := ber.ParseMessage(buf[:n])
			if err != nil {
				t.Error(err)
				return
			}
			m.PDU.Type, m.PDU.Varbinds = ber.Response, []pdu.Varbind{{OID: upTime, Value: pdu.Ticks(1)}}
			_, _ = stranger.WriteTo(m.Append(nil), from)
		}
	}()
	o := optionsV2(device.LocalAddr().String())
	o.Timeout = 20 * time.Millisecond
	if r, err := newSession(t, o).Get(t.Context(), []pdu.OID{upTime}); !errors.Is(err, ErrSilent) {
		t.Errorf("%+v, %v", r, err)
	}
}

// The clock of an engine jumps: one Report, and the answer.
func TestVersion3TimeJump(t *testing.T) {
	a := snmptest.New()
	s := newSession(t, optionsV3(snmptest.Start(t, a)))
	get := func() {
		t.Helper()
		if r, err := s.Get(t.Context(), []pdu.OID{upTime}); err != nil || len(r.Varbinds) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	get()
	a.ResetStats()
	a.SkipTime(time.Hour)
	get()
	get()
	if st := a.Stats(); st.Reports != 1 || st.Requests != 2 {
		t.Errorf("%+v", st)
	}
}
