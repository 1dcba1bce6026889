package session

import (
	"encoding/json"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

// Answers that are too large for the path are lost each time: smaller ones are
// asked for, and remembered.
func TestLargeAnswersAreLost(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	o := optionsV2(snmptest.Start(t, a))
	o.Timeout = 150 * time.Millisecond
	a.Misbehave(snmptest.Faults{LoseLarger: 700})
	s := newSession(t, o)
	p := pollAll(t, s, ifmib.Usual())
	l := s.Limits()
	if got := len(ifmib.Read(p.Varbinds)); got != 48 || l.Most == 0 || l.Most >= firstRepetitions || !l.Has(QuirkLost) || l.Largest > 700 {
		t.Fatalf("%d ports, %+v", got, l)
	}
	next := newSession(t, o)
	next.Use(l)
	a.ResetStats()
	known := NewSweep(nil, ifmib.Usual(), 48)
	if err := known.Run(t.Context(), next); err != nil || len(known.Varbinds) != 48*14 {
		t.Fatalf("%d values, %v", len(known.Varbinds), err)
	}
	if got := next.Limits(); got.Most != l.Most {
		t.Errorf("then %+v", got)
	}
}

// One or two lost datagrams teach nothing where answers as large have come.
func TestLostDatagramsTeachNothing(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	o := optionsV2(snmptest.Start(t, a))
	o.Timeout = 400 * time.Millisecond
	s := newSession(t, o)
	pollAll(t, s, ifmib.Usual())
	before := s.Limits()
	for lost := range 3 {
		a.Misbehave(snmptest.Faults{LoseNext: lost + 1})
		p := NewSweep(nil, ifmib.Usual(), 48)
		if err := p.Run(t.Context(), s); err != nil || len(p.Varbinds) != 48*14 {
			t.Fatalf("%d lost: %d values, %v", lost+1, len(p.Varbinds), err)
		}
		if l := s.Limits(); l.Most != before.Most || l.Has(QuirkLost) || l.Repetitions < before.Repetitions {
			t.Errorf("%d lost: %+v, before %+v", lost+1, l, before)
		}
	}
}

// Answers that are lost again and again although smaller frames came are too large.
func TestLostAgainAndAgain(t *testing.T) {
	s := newSession(t, optionsV2("192.0.2.1"))
	s.known.Largest = 1450
	less := Reply{Repetitions: 5, Octets: 1000, Varbinds: make([]pdu.Varbind, 41)}
	all := Reply{Repetitions: 10, Octets: 1450, Varbinds: make([]pdu.Varbind, 60)}
	for i, c := range []struct {
		r    Reply
		want bool
	}{{less, false}, {less, false}, {all, false}, {less, false}, {less, false}, {less, true}} {
		if got := s.tooLarge(c.r, 10, 8); got != c.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}

// A limit holds for a day or until the device restarts, and rises by one step.
func TestLimitsAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, optionsV2("192.0.2.1"))
		s.Use(Limits{Repetitions: 3, Most: 3, Identifiers: 10, Quirks: []string{QuirkTooBig}, Tried: time.Now()})
		want := func(what string, most, identifiers int) {
			t.Helper()
			if l := s.Limits(); l.Most != most || l.Identifiers != identifiers {
				t.Errorf("%s: %+v", what, l)
			}
		}
		s.sawUpTime(pdu.Some(100_000))
		want("at once", 3, 10)
		time.Sleep(raiseEvery - time.Second)
		s.sawUpTime(pdu.Some(100_000_000))
		want("before a day", 3, 10)
		time.Sleep(2 * time.Second)
		s.sawUpTime(pdu.Some(100_000_200))
		want("after a day", 6, 20)
		s.sawUpTime(pdu.Some(100_000_300))
		want("one step only", 6, 20)
		s.sawUpTime(pdu.Some(500))
		want("after a restart", 12, 40)
		for range 10 {
			time.Sleep(raiseEvery + time.Second)
			s.sawUpTime(pdu.Some(1000))
		}
		want("in the end", mostRepetitions, firstGet)
	})
}

// What a device refused is found again after it was raised, not believed for ever.
func TestLimitIsTriedAgain(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	a.SetUpTime(1_000_000)
	s := newSession(t, optionsV2(snmptest.Start(t, a)))
	a.Misbehave(snmptest.Faults{TooBigAbove: 4})
	pollAll(t, s, ifmib.Usual())
	low := s.Limits()
	if low.Most == 0 || low.Most > 4 || !low.Has(QuirkTooBig) {
		t.Fatalf("%+v", low)
	}
	a.Misbehave(snmptest.Faults{})
	a.SetUpTime(10)
	pollAll(t, s, ifmib.Usual())
	if l := s.Limits(); l.Most != 2*low.Most || l.Has(QuirkTooBig) {
		t.Errorf("after a restart without the fault %+v, before %+v", l, low)
	}
}

// What a file says is advice: nothing in it makes a session ask for nonsense.
func TestUseTakesNoNonsense(t *testing.T) {
	for _, l := range []Limits{
		{Repetitions: -1, Most: -5, Identifiers: -1, Largest: -9, RoundTrip: -1, Best: -1, Caches: -1},
		{Repetitions: math.MaxInt, Most: math.MaxInt, Identifiers: math.MaxInt, Largest: math.MaxInt, RoundTrip: math.MaxInt64, Best: math.MaxInt64},
		{Repetitions: 50, Most: 1, Quirks: make([]string, 100)},
	} {
		a := snmptest.New()
		snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3})
		s := newSession(t, optionsV2(snmptest.Start(t, a)))
		s.Use(l)
		if p := pollAll(t, s, ifmib.Usual()); len(ifmib.Read(p.Varbinds)) != 3 {
			t.Errorf("%+v: %d ports", l, len(ifmib.Read(p.Varbinds)))
		}
	}
}

func TestLimitsAsText(t *testing.T) {
	l := Limits{Repetitions: 20, Most: 25, Identifiers: 40, Largest: 1400, RoundTrip: 12_340 * time.Microsecond, Caches: 30 * time.Second}
	l.quirk(QuirkTooBig, true)
	l.quirk(QuirkSlow, true)
	l.quirk(QuirkSlow, true)
	const want = "20 repetitions, at most 25, 40 identifiers, answers up to 1400 octets, round trip 12.3ms, caches for about 30s, slow, too big"
	if got := l.String(); got != want {
		t.Errorf("%q", got)
	}
	raw, err := json.Marshal(l)
	var back Limits
	if err == nil {
		err = json.Unmarshal(raw, &back)
	}
	if err != nil || !back.near(l) || back.RoundTrip != l.RoundTrip {
		t.Errorf("%s: %+v, %v", raw, back, err)
	}
	if raw, err = json.Marshal(Limits{}); err != nil || string(raw) != "{}" {
		t.Errorf("%s, %v", raw, err)
	}
}

// A device whose round trips grow is given time between two requests.
func TestSlowDevice(t *testing.T) {
	var l load
	known := Limits{}
	give := func(rtts ...time.Duration) {
		for _, rtt := range rtts {
			l.sample(rtt*time.Millisecond, &known)
		}
	}
	pause := func() time.Duration { return (&Session{load: l}).Pause() }
	give(20, 22, 20, 25)
	if pause() != 0 || known.Best.Round(time.Millisecond) != 20*time.Millisecond {
		t.Errorf("at rest %v, %+v", pause(), known)
	}
	give(500, 25, 400, 25)
	if pause() != 0 {
		t.Errorf("single late answers make it slow: %v", pause())
	}
	give(100, 120, 150, 180)
	if pause() != 180*time.Millisecond || !known.Has(QuirkSlow) {
		t.Errorf("under load %v, %+v", pause(), known)
	}
	give(70, 70, 900)
	if pause() != mostPause {
		t.Errorf("still under load %v", pause())
	}
	give(30, 30)
	if pause() != 0 || known.Has(QuirkSlow) {
		t.Errorf("at rest again %v, %+v", pause(), known)
	}
	l, known = load{}, Limits{}
	give(90, 90, 100, 110, 95, 120)
	if pause() != 0 {
		t.Error("a device that is never quicker is slow")
	}
	l, known = load{}, Limits{}
	give(1, 1, 1, 1, 30, 30, 30, 30)
	if pause() != 0 {
		t.Error("30 ms is slow for nobody")
	}
}
