package poll

import (
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/patchmap"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/port"
	"rackvakt/snmp/rate"
	"rackvakt/snmp/snmptest"
)

// A trap that names a port has it read at once, and with it since when and how it
// runs; no other port is asked.
func TestAskPortReadsOnlyThatPort(t *testing.T) {
	a := snmptest.New()
	a.SetUpTime(10_000_000)
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	withSensors(a, 48)
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.UplinkEvery, o.PollEvery, o.SensorsEvery, o.NeighboursEvery = time.Hour, time.Hour, time.Hour, time.Hour
	m.SetUp(5, false) // so that the agent is known to fill ifLastChange
	m.SetUp(5, true)
	c := newCloset()
	d := run(t, o, c)
	c.await(t, "duplex", func() bool { return c.get("sw1", "1/7", reading.IfDuplex).Is(reading.DuplexFull) })
	a.ResetStats()
	m.SetUp(7, false)
	m.SetUp(8, false)
	a.Set(duplexMode+"7", pdu.Int(2))
	d.AskPort(7)
	c.await(t, "port 7 down", func() bool {
		return c.get("sw1", "1/7", reading.IfOperStatus).Is(reading.IfDown) && c.get("sw1", "1/7", reading.IfDuplex).Is(reading.DuplexHalf)
	})
	if r := c.get("sw1", "1/8", reading.IfOperStatus); !r.Is(reading.IfUp) {
		t.Errorf("port 8 was read too: %+v", r)
	}
	if n := a.Stats().Requests; n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// Who changes is told since when; a regular poll asks one GET more for it.
func TestHeldComesFromIfLastChange(t *testing.T) {
	at := func(s int) reading.Stamp { return reading.Stamp{Boot: "b", Mono: time.Duration(s) * time.Second} }
	p := func(oper, change uint64) ifmib.Port {
		return ifmib.Port{Name: "1", Oper: pdu.Some(oper), LastChange: pdu.Some(change)}
	}
	up := func(s int) pdu.Number { return pdu.Some(100_000 + 100*uint64(s)) } // 1000 s at 0
	for name, c := range map[string]struct {
		filled bool
		before ifmib.Port
		now    ifmib.Port
		want   time.Duration
		wrong  bool
	}{
		"since 7 s":                         {true, p(1, 5000), p(2, 102_300), 7 * time.Second, false},
		"never filled":                      {false, p(1, 0), p(2, 0), 0, false},
		"not changed with the state":        {true, p(1, 5000), p(2, 5000), 0, true},
		"in the future":                     {true, p(1, 5000), p(2, 200_000), 0, false},
		"before another state was seen":     {true, p(1, 5000), p(2, 90_000), 0, false},
		"the same state, since long":        {true, p(1, 5000), p(1, 5000), 980 * time.Second, false},
		"the same state, but not all along": {true, p(1, 5000), p(1, 102_900), time.Second, false},
		"from boot on":                      {true, p(1, 0), p(1, 0), 1030 * time.Second, false},
	} {
		k := changes{filled: c.filled}
		k.held(c.before, up(20), at(20))
		if got := k.held(c.now, up(30), at(30)); got != c.want || k.wrong != c.wrong {
			t.Errorf("%s: held %v, want %v; ignored %v", name, got, c.want, k.wrong)
		}
	}
	k := changes{filled: true}
	k.held(p(1, 5000), up(0), at(0))
	k.held(p(2, 5000), up(10), at(10))
	if got := k.held(p(1, 101_500), up(20), at(20)); got != 0 {
		t.Errorf("an agent that did not fill it once is believed: %v", got)
	}
}

func TestRegularPollTellsSinceWhen(t *testing.T) {
	a := snmptest.New()
	a.SetUpTime(10_000_000)
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	m.SetUp(5, false)
	m.SetUp(5, true)
	c := newCloset()
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.UplinkEvery = time.Hour
	run(t, o, c)
	c.await(t, "ports", func() bool { return c.get("sw1", "1/9", reading.IfInBits).Known() })
	m.SetUp(9, false)
	c.await(t, "port 9 down", func() bool { return c.get("sw1", "1/9", reading.IfOperStatus).Is(reading.IfDown) })
	c.mu.Lock()
	defer c.mu.Unlock()
	if held := c.heldFirst[reading.Point{Device: "sw1", Object: "1/9", Kind: reading.IfOperStatus}]; held <= 0 || held > 5*time.Second {
		t.Errorf("held %v when it was first told", held)
	}
}

func TestRatesTellResetFromWrap(t *testing.T) {
	o := optionsV2("192.0.2.1")
	v := newView(o)
	read := func(s int, octets uint64) counted {
		return counted{
			in: pdu.Some(octets), out: pdu.Some(octets), inErrors: pdu.Some(0), outErrors: pdu.Some(uint64(s)), inBits: 32, outBits: 64,
			speed: pdu.Some(100_000_000), up: pdu.Some(100_000 + 100*uint64(s)), at: reading.Stamp{Boot: "b", Mono: time.Duration(s) * time.Second},
		}
	}
	kinds := func(all []reading.Reading) map[reading.Kind]reading.Reading {
		m := make(map[reading.Kind]reading.Reading)
		for _, r := range all {
			m[r.Point.Kind] = r
		}
		return m
	}
	grows := kinds(v.addPortRates(nil, "1", read(0, 1000), read(10, 126_000), true))
	if !grows[reading.IfInBits].Is(100_000) || !grows[reading.IfOutBits].Is(100_000) || !grows[reading.IfErrorRate].Is(1000) {
		t.Errorf("growth: %+v", grows)
	}
	wraps := kinds(v.addPortRates(nil, "1", read(0, 4_294_967_000), read(10, 704), true))
	if !wraps[reading.IfInBits].Is(800) {
		t.Errorf("a wrap of 32 bits: %+v", wraps[reading.IfInBits])
	}
	if r := wraps[reading.IfOutBits]; r.Quality != reading.Unknown || r.Reason != string(rate.Reset) {
		t.Errorf("64 bits do not wrap there, they were set back: %+v", r)
	}
	reset := read(10, 500)
	reset.up = pdu.Some(300)
	if r := kinds(v.addPortRates(nil, "1", read(0, 1000), reset, true))[reading.IfInBits]; r.Quality != reading.Unknown {
		t.Errorf("after a restart: %+v", r)
	}
}

func TestWidthOfCounters(t *testing.T) {
	all := wideCounters([]pdu.Varbind{
		{OID: ifmib.HCInOctets.With(1), Value: pdu.Count64(5)}, {OID: ifmib.HCInOctets.With(2), Value: pdu.Count64(0)},
		{OID: ifmib.InOctets.With(2), Value: pdu.Count(7)}, {OID: ifmib.HCOutOctets.With(2), Value: pdu.Count64(9)},
	})[ifmib.HCInOctets]
	if width(all[1]) != 64 || width(all[2]) != 32 {
		t.Errorf("widths %d and %d, want 64 and 32", width(all[1]), width(all[2]))
	}
}

// A port that got another name stays who it was by its alias.
func TestRenamedPortIsFoundByAlias(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	c := newCloset()
	run(t, fast(optionsV2(snmptest.Start(t, a))), c)
	c.await(t, "poll", func() bool { return c.get("sw1", "1/48", reading.IfOperStatus).Is(reading.IfUp) })
	a.Set("1.3.6.1.2.1.31.1.1.1.1.48", pdu.Text("Ethernet48"))
	c.await(t, "told", func() bool { return strings.Contains(c.fact("sw1", "", reading.LabelProblem), "Ethernet48") })
	c.await(t, "known again", func() bool { return c.get("sw1", "1/48", reading.IfOperStatus).Is(reading.IfUp) })
	if r := c.get("sw1", "Ethernet48", reading.IfOperStatus); r.Known() {
		t.Errorf("it became another port: %+v", r)
	}
}

func TestRatesOverUDP(t *testing.T) {
	a := snmptest.New()
	a.SetUpTime(10_000_000)
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	m.SetRate(3, 1_000_000)
	c := newCloset()
	run(t, fast(optionsV2(snmptest.Start(t, a))), c)
	c.await(t, "a rate near 8 Mbit/s", func() bool {
		r := c.get("sw1", "1/3", reading.IfInBits)
		return r.Known() && r.Value > 6_000_000 && r.Value < 10_000_000
	})
	if r := c.get("sw1", "1/3", reading.IfErrorRate); !r.Is(0) {
		t.Errorf("errors: %+v", r)
	}
}

func TestPortsLeadSomewhere(t *testing.T) {
	patch, err := patchmap.Parse("patch.csv", []byte("switch,port,panel,panel_port,outlet,room,use\nsw1,1/3,A,12,2.14-1,204,printer\nsw1,9/9,A,13,2.14-2,204,\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := snmptest.New()
	withNeighbors(a)
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.UplinkPorts = []string{"1/1"}
	c := newCloset()
	d := run(t, o, c)
	d.SetPorts(Ports{Patch: patch, Roles: map[string]port.Role{"1/2": port.Server}})
	c.await(t, "outlet", func() bool { return c.fact("sw1", "1/3", reading.LabelOutlet) == "2.14-1" })
	for object, want := range map[string]string{"1/1": "uplink", "1/2": "server", "1/3": "printer"} {
		if got := c.fact("sw1", object, reading.LabelRole); got != want {
			t.Errorf("role of %s: %q, want %q", object, got, want)
		}
	}
	if c.fact("sw1", "1/3", reading.LabelRoom) != "204" || c.fact("sw1", "1/3", reading.LabelPanelPort) != "A:12" {
		t.Error("room or panel port are not told")
	}
	c.await(t, "row without a port told", func() bool {
		return strings.Contains(c.fact("sw1", "", reading.LabelProblem), "patch.csv:3")
	})
	d.SetPorts(Ports{})
	c.await(t, "outlet gone, role by neighbour", func() bool {
		return c.fact("sw1", "1/3", reading.LabelOutlet) == "" && c.fact("sw1", "1/2", reading.LabelRole) == "access_point"
	})
}
