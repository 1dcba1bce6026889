package poll

import (
	"fmt"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/port"
	"rackvakt/snmp/snmptest"
)

const (
	entPhysical = "1.3.6.1.2.1.47.1.1.1.1."
	entSensor   = "1.3.6.1.2.1.99.1.1.1."
	entAlias    = "1.3.6.1.2.1.47.1.3.2.1.2."
	pethPort    = "1.3.6.1.2.1.105.1.1.1."
	pethSupply  = "1.3.6.1.2.1.105.1.3.1.1."
	duplexMode  = "1.3.6.1.2.1.10.7.2.1.19."
)

// addSensor gives a an ENTITY-SENSOR row: kind by the MIB's numbers, in units.
func addSensor(a *snmptest.Agent, index, around, kind int, name string, value int64) {
	setAll(a, entPhysical, map[string]pdu.Value{
		fmt.Sprint("4.", index): pdu.Int(int64(around)), fmt.Sprint("5.", index): pdu.Int(8), fmt.Sprint("7.", index): pdu.Text(name),
	})
	setAll(a, entSensor, map[string]pdu.Value{
		fmt.Sprint("1.", index): pdu.Int(int64(kind)), fmt.Sprint("2.", index): pdu.Int(9), fmt.Sprint("3.", index): pdu.Int(0),
		fmt.Sprint("4.", index): pdu.Int(value), fmt.Sprint("5.", index): pdu.Int(1),
	})
}

// withSensors makes of the switch of a one with a serial number, two fans of one
// name, a temperature, twelve voltages, an optic in port 3, PoE, and duplex modes.
func withSensors(a *snmptest.Agent, ports int) {
	setAll(a, entPhysical, map[string]pdu.Value{
		"4.1": pdu.Int(0), "5.1": pdu.Int(3), "7.1": pdu.Text("Chassis"), "11.1": pdu.Text("SN4711"), "13.1": pdu.Text("X440"), "10.1": pdu.Text("9.1.2"),
		"4.10": pdu.Int(1), "5.10": pdu.Int(7), "7.10": pdu.Text("Fan tray"),
		"4.20": pdu.Int(1), "5.20": pdu.Int(10), "7.20": pdu.Text("Port 3"),
	})
	a.Set(entAlias+"20.0", pdu.Identifier(pdu.MustOID("1.3.6.1.2.1.2.2.1.1.3")))
	addSensor(a, 11, 10, 10, "Fan", 4100)
	addSensor(a, 12, 10, 10, "Fan", 4200)
	addSensor(a, 13, 1, 8, "Inlet", 31)
	addSensor(a, 21, 20, 1, "Receive power", -4)
	a.Set(entSensor+"6.21", pdu.Text("dBm"))
	for i := range 12 {
		addSensor(a, 30+i, 1, 4, fmt.Sprint("Rail ", i+1), 12)
	}
	setAll(a, pethSupply, map[string]pdu.Value{"2.1": pdu.Gauge(370), "3.1": pdu.Int(1), "4.1": pdu.Gauge(120), "5.1": pdu.Int(80)})
	for n := 1; n <= ports; n++ {
		a.Set(fmt.Sprint(pethPort, "3.1.", n), pdu.Int(1))
		a.Set(fmt.Sprint(pethPort, "6.1.", n), pdu.Int(3))
		a.Set(fmt.Sprint(duplexMode, n), pdu.Int(3))
	}
}

func fast(o Options) Options {
	o = quick(o)
	o.SensorsEvery, o.NeighboursEvery, o.ProfileDir = 100*time.Millisecond, 100*time.Millisecond, ""
	return o
}

func TestSensorsOfASwitch(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	withSensors(a, 48)
	c := newCloset()
	run(t, fast(optionsV2(snmptest.Start(t, a))), c)
	c.await(t, "sensors", func() bool { return c.get("sw1", "Inlet", reading.Temperature).Is(31_000) })
	for p, want := range map[reading.Point]int64{
		{Object: "Fan tray Fan #11", Kind: reading.FanSpeed}: 4100, {Object: "Fan tray Fan #12", Kind: reading.FanSpeed}: 4200,
		{Object: "Rail 12", Kind: reading.Voltage}: 12_000, {Object: "Receive power", Kind: reading.OpticalPower}: -4000,
		{Object: "PoE supply 1", Kind: reading.PoEPower}: 120_000, {Object: "PoE supply 1", Kind: reading.PoEBudget}: 370_000,
		{Object: "PoE supply 1", Kind: reading.PoEState}: reading.PartOK, {Object: "1/7", Kind: reading.IfDuplex}: reading.DuplexFull,
	} {
		if r := c.get("sw1", p.Object, p.Kind); !r.Is(want) {
			t.Errorf("%v: %+v, want %d", p, r, want)
		}
	}
	for label, want := range map[reading.Label]string{reading.LabelSerial: "SN4711", reading.LabelModel: "X440", reading.LabelVersion: "9.1.2"} {
		if got := c.fact("sw1", "", label); got != want {
			t.Errorf("%s %q, want %q", label, got, want)
		}
	}
	a.Set(entSensor+"4.13", pdu.Int(44))
	a.Set(pethSupply+"4.1", pdu.Gauge(310))
	c.await(t, "new values", func() bool {
		return c.get("sw1", "Inlet", reading.Temperature).Is(44_000) && c.get("sw1", "PoE supply 1", reading.PoEState).Is(reading.PartWarning)
	})
	a.Set(pethSupply+"3.1", pdu.Int(3))
	c.await(t, "supply faulty", func() bool { return c.get("sw1", "PoE supply 1", reading.PoEState).Is(reading.PartCritical) })

	// What the agent takes back is unknown, in its word; what it no longer answers, too.
	a.Set(entSensor+"5.13", pdu.Int(2))
	a.Delete(entSensor + "4.31")
	a.Delete(entSensor + "5.31")
	c.await(t, "unavailable", func() bool {
		gone := c.get("sw1", "Rail 2", reading.Voltage)
		return c.get("sw1", "Inlet", reading.Temperature).Reason == "unavailable" && gone.Quality == reading.Unknown
	})
	if a.Stats().Sets != 0 || a.Stats().InFlight > 1 {
		t.Errorf("%+v", a.Stats())
	}
}

// fans is a profile of fans that tell their state.
const fans = `
name: fans
mib: [FANS-MIB]
match: {object_id: [1.3.6.1.4.1.8072], present: [1.3.6.1.4.1.9999]}
root: 1.3.6.1.4.1.9999
states:
  fan: {1: turning ok, 2: slow warning, 3: stopped critical}
tables:
  - entry: .1.1
    name: "Fan {#1}"
    part: fan
    columns:
      - {at: 2, class: state, states: fan}
`

func TestFanFails(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	a.Set("1.3.6.1.4.1.9999.1.1.2.1", pdu.Int(1))
	a.Set("1.3.6.1.4.1.9999.1.1.2.2", pdu.Int(1))
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.ProfileDir = profileDir(t, fans)
	c := newCloset()
	d := run(t, o, c)
	c.await(t, "fans turn", func() bool {
		return c.get("sw1", "Fan 1", reading.FanState).Is(reading.PartOK) && c.get("sw1", "Fan 2", reading.FanState).Is(reading.PartOK)
	})
	a.Set("1.3.6.1.4.1.9999.1.1.2.2", pdu.Int(3))
	d.AskSensors()
	c.await(t, "fan 2 stands", func() bool { return c.get("sw1", "Fan 2", reading.FanState).Is(reading.PartCritical) })
	if !c.get("sw1", "Fan 1", reading.FanState).Is(reading.PartOK) {
		t.Error("fan 1 was taken along")
	}
	a.Delete("1.3.6.1.4.1.9999.1.1.2.2")
	c.await(t, "fan 2 is gone", func() bool { return c.get("sw1", "Fan 2", reading.FanState).Reason == "not told" })
}

// A row that comes into a table is found without waiting for the next inventory.
func TestNewRowBringsADiscovery(t *testing.T) {
	f := found{parts: []part{{columns: []pdu.OID{pdu.MustOID("1.3.6.1.4.1.9999.1.1.2")}}}, moving: map[pdu.OID]bool{
		pdu.MustOID("1.3.6.1.4.1.9999.1.1.2.1"): true, pdu.MustOID("1.3.6.1.4.1.9999.1.1.2.2"): false,
	}}
	row := func(o string) pdu.Varbind { return pdu.Varbind{OID: pdu.MustOID(o), Value: pdu.Int(1)} }
	if vbs, more := f.with([]pdu.Varbind{row("1.3.6.1.4.1.9999.1.1.2.1"), row("1.3.6.1.4.1.9999.1.1.2.2")}); more || len(vbs) != 1 {
		t.Errorf("%v, new row %v", vbs, more)
	}
	if _, more := f.with([]pdu.Varbind{row("1.3.6.1.4.1.9999.1.1.2.3")}); !more {
		t.Error("a new row is passed over")
	}
}

func TestNeighboursAreTold(t *testing.T) {
	a := snmptest.New()
	withNeighbors(a)
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.UplinkPorts = []string{"1/1"}
	o.KnownNeighbours = []port.Pattern{{SysName: "sw-*"}}
	c := newCloset()
	run(t, o, c)
	c.await(t, "neighbours", func() bool { return c.fact("sw1", "1/1", reading.LabelNeighbour) == "sw-core port 49" })
	if got := c.fact("sw1", "1/2", reading.LabelNeighbour); got != "ap-läkarexp port eth0" {
		t.Errorf("neighbour of 1/2: %q", got)
	}
	if !c.get("sw1", "1/2", reading.IfUnknownNeighbours).Is(1) || !c.get("sw1", "1/1", reading.IfUnknownNeighbours).Is(0) {
		t.Error("unknown neighbours are not told apart")
	}
	a.Delete(lldpRemote[:len(lldpRemote)-1])
	c.await(t, "neighbour gone", func() bool {
		return c.fact("sw1", "1/2", reading.LabelNeighbour) == "" && c.get("sw1", "1/2", reading.IfUnknownNeighbours).Is(0)
	})
	if got := c.fact("sw1", "1/1", reading.LabelNeighbour); got != "sw-core port 49" {
		t.Errorf("neighbour of 1/1: %q", got)
	}
}

// optics is a profile of light in ports, by ifIndex.
const optics = `
name: optics
mib: [OPTICS-MIB]
match: {present: [1.3.6.1.4.1.9999]}
root: 1.3.6.1.4.1.9999
tables:
  - entry: .1.1
    part: optic
    columns:
      - {at: 2, class: optical_power, name: "Optics {1.3.6.1.2.1.31.1.1.1.1} received", divide: 100, limits: {low_critical: 4, low_warning: 5}}
      - {at: 3, class: optical_power, name: "Optics {1.3.6.1.2.1.31.1.1.1.1} sent", divide: 100, limits: {low_critical: 4, low_warning: 5}}
`

// The state of an optic stands under its port, and is the worst of its values.
func TestWeakOpticStandsUnderItsPort(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	setAll(a, "1.3.6.1.4.1.9999.1.1.", map[string]pdu.Value{
		"2.4": pdu.Int(-500), "3.4": pdu.Int(-200), "4.4": pdu.Int(-2000), "5.4": pdu.Int(-1500),
		"2.48": pdu.Int(-1700), "3.48": pdu.Int(-200), "4.48": pdu.Int(-2000), "5.48": pdu.Int(-1500),
	})
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.ProfileDir = profileDir(t, optics)
	c := newCloset()
	run(t, o, c)
	c.await(t, "weak light", func() bool { return c.get("sw1", "1/48", reading.OpticState).Is(reading.PartWarning) })
	if !c.get("sw1", "1/4", reading.OpticState).Is(reading.PartOK) || !c.get("sw1", "Optics 1/48 received", reading.OpticalPower).Is(-17_000) {
		t.Error("the other optic, or the value")
	}
	a.Set("1.3.6.1.4.1.9999.1.1.2.48", pdu.Int(-2300))
	c.await(t, "no light", func() bool { return c.get("sw1", "1/48", reading.OpticState).Is(reading.PartCritical) })
}
