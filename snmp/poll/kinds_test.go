package poll

import (
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/session"
	"rackvakt/snmp/snmptest"
	"rackvakt/snmp/ups"
)

// own is a UPS that tells by its maker's MIB only.
const own = `
name: own
mib: [OWN-MIB]
match: {object_id: [1.3.6.1.4.1.8072], present: [1.3.6.1.4.1.9999]}
root: 1.3.6.1.4.1.9999
device: {vendor: Sample, model: .9.1.0@}
scalars:
  - {at: .1.4, class: charge, name: Battery}
ups:
  source: [{at: .1.1.0@, words: {1: normal, 2: battery}}]
  battery: [{at: .1.2.0@, words: {1: normal, 2: low}}]
  runtime: [{at: .1.3.0@, multiply: 60}]
  charge: [{at: .1.4.0@}]
  replace: [{at: .1.5.0@, is: [2]}]
  overload: [{at: .1.6.0@, is: [1]}]
`

func TestUPSByProfile(t *testing.T) {
	a := snmptest.New()
	a.Set("1.3.6.1.2.1.1.2.0", pdu.Identifier(pdu.MustOID("1.3.6.1.4.1.8072.1")))
	setAll(a, "1.3.6.1.4.1.9999.", map[string]pdu.Value{
		"1.1.0": pdu.Int(1), "1.2.0": pdu.Int(1), "1.3.0": pdu.Int(30), "1.4.0": pdu.Int(99), "1.5.0": pdu.Int(1), "1.6.0": pdu.Int(0), "9.1.0": pdu.Text("U9"),
	})
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.Name, o.Kind, o.UplinkPorts, o.ProfileDir = "ups1", KindUPS, nil, profileDir(t, own)
	o.PollEvery = time.Hour
	o.UplinkEvery = time.Hour
	c := newCloset()
	d := run(t, o, c)
	c.await(t, "model", func() bool { return c.fact("ups1", "", reading.LabelModel) == "U9" })
	d.Ask()
	c.await(t, "mains", func() bool { return c.get("ups1", "", reading.UPSSource).Is(reading.UPSSourceNormal) })
	a.Set("1.3.6.1.4.1.9999.1.1.0", pdu.Int(2))
	a.Set("1.3.6.1.4.1.9999.1.5.0", pdu.Int(2))
	a.Set("1.3.6.1.4.1.9999.1.6.0", pdu.Int(1))
	d.Ask()
	c.await(t, "battery", func() bool {
		return c.get("ups1", "", reading.UPSSource).Is(reading.UPSSourceBattery) && c.get("ups1", "", reading.UPSRuntime).Is(1800) &&
			c.get("ups1", "", reading.UPSReplace).Is(1) && c.get("ups1", "", reading.UPSOverload).Is(1)
	})
}

// What a UPS was found not to tell is left out: version 1 refuses all for it.
func TestUPSIsAskedForWhatItHas(t *testing.T) {
	v := newView(Options{Name: "ups1", Kind: KindUPS})
	if all := v.upsInstances(ups.Urgent()); len(all) != len(ups.Urgent()) {
		t.Errorf("before a discovery: %v", all)
	}
	has := ups.Urgent()[0]
	v.learnUPS([]pdu.Varbind{{OID: has, Value: pdu.Int(3)}, {OID: ups.Urgent()[1], Value: pdu.Value{Type: pdu.NoSuchInstance}}})
	if some := v.upsInstances(ups.Urgent()); len(some) != 1 || some[0] != has {
		t.Errorf("after it: %v, want %v", some, has)
	}
}

func TestPrinterIsPolled(t *testing.T) {
	a := snmptest.New()
	withPrinter(a)
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.Name, o.Kind, o.UplinkPorts = "pr1", KindPrinter, nil
	c := newCloset()
	run(t, o, c)
	c.await(t, "toner", func() bool { return c.get("pr1", "toner black", reading.Level).Is(9000) })
	for p, want := range map[reading.Point]int64{
		{Object: "waste toner", Kind: reading.Level}: 0, {Object: "tray 1", Kind: reading.Level}: 0, {Kind: reading.DeviceUp}: 1,
		{Object: "low toner", Kind: reading.PartState}: reading.PartWarning, {Object: "door open", Kind: reading.PartState}: reading.PartCritical,
		{Object: "jammed", Kind: reading.PartState}: reading.PartOK,
	} {
		if r := c.get("pr1", p.Object, p.Kind); !r.Is(want) {
			t.Errorf("%v: %+v, want %d", p, r, want)
		}
	}
	if c.get("pr1", "toner cyan", reading.Level).Known() {
		t.Error("a level without a number has become one")
	}
	a.Set(hrPrinter+"2.1", pdu.Bytes([]byte{0}))
	c.await(t, "door closed", func() bool { return c.get("pr1", "door open", reading.PartState).Is(reading.PartOK) })
	if c.fact("pr1", "", reading.LabelSerial) != "QX7Y1" {
		t.Error("the serial number is not told")
	}
}

// stored is a Store in memory.
type stored map[string]session.Limits

func (s stored) Load(device string) session.Limits    { return s[device] }
func (s stored) Save(device string, l session.Limits) { s[device] = l }

func TestStateAndRequests(t *testing.T) {
	a := snmptest.New()
	a.SetUpTime(10_000_000)
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	withSensors(a, 48)
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.UplinkEvery, o.PollEvery, o.SensorsEvery, o.NeighboursEvery = time.Hour, time.Hour, time.Hour, time.Hour
	c := newCloset()
	kept := stored{}
	d := New(o, Deps{Clock: reading.NewWallclock("boot", 0, nil), Sink: c.sink, Log: discard(), Store: kept})
	s, err := session.New(o.Options)
	if err != nil {
		t.Fatal(err)
	}
	d.s = s
	defer s.Close()
	if d.profiles, _, err = OpenProfiles(o.ProfileDir); err != nil {
		t.Fatal(err)
	}
	until := func(what string, due func()) int {
		t.Helper()
		due()
		before := a.Stats().Requests
		for begun := false; !begun || d.poll != nil || d.job != nil || d.asked || d.found.at.IsZero(); begun = true {
			d.step(t.Context())
		}
		return a.Stats().Requests - before
	}
	first := until("discovery", func() {})
	until("poll that learns", func() { d.pollDue = time.Now() })
	poll := until("poll", func() { d.pollDue = time.Now() })
	sensors := until("sensors", func() { d.AskSensors() })
	urgent := until("urgent", func() { d.Ask() })
	t.Logf("requests: start %d, poll %d, sensors %d, urgent %d", first, poll, sensors, urgent)
	if poll > 13 || sensors > 4 || urgent != 1 {
		t.Errorf("poll %d, sensors %d, urgent %d requests; want at most 13, 4, 1", poll, sensors, urgent)
	}
	walked := 0
	for _, p := range d.found.parts {
		walked += len(p.columns)
	}
	if walked != 2 { // value and status of ENTITY-SENSOR; a PoE supply is one row
		t.Errorf("%d columns are walked, want 2: %+v", walked, d.found.parts)
	}
	if st := d.State(); st.Sensors != 18 || st.Inventory.IsZero() || st.Limits.Repetitions == 0 || kept["sw1"].Repetitions == 0 {
		t.Errorf("state %+v, kept %+v", st, kept)
	}
}

// A closet monitor has no ports: its sensors are read, nothing of a switch or a UPS.
func TestOther(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	withSensors(a, 0)
	c := newCloset()
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.Kind, o.Name, o.UplinkPorts = KindOther, "emu1", nil
	run(t, o, c)
	c.await(t, "sensors", func() bool { return c.get("emu1", "Inlet", reading.Temperature).Is(31_000) })
	if r := c.get("emu1", "", reading.DeviceUp); !r.Is(1) {
		t.Errorf("%+v", r)
	}
	if r := c.get("emu1", "1/1", reading.IfOperStatus); r.Quality == reading.Good {
		t.Errorf("a port was read: %+v", r)
	}
}
