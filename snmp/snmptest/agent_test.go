package snmptest

import (
	"net"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

func listen(t *testing.T, a *Agent) *gosnmp.GoSNMP {
	t.Helper()
	addr, err := a.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(a.conn.LocalAddr().(*net.UDPAddr).Port)
	g := &gosnmp.GoSNMP{Target: "127.0.0.1", Port: port, Community: "public", Timeout: time.Second, MaxOids: 60}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	})
	return g
}

func connect(t *testing.T, g *gosnmp.GoSNMP) {
	t.Helper()
	if err := g.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
}

// Version 1 has no exceptions and no Counter64: it steps over them.
func TestVersion1(t *testing.T) {
	a := New()
	NewSwitch(a, SwitchOptions{Ports: 2})
	g := listen(t, a)
	g.Version = gosnmp.Version1
	connect(t, g)
	r, err := g.GetNext([]string{".1.3.6.1.2.1.31.1.1.1.1.2"})
	if err != nil || r.Variables[0].Name != ".1.3.6.1.2.1.31.1.1.1.15.1" {
		t.Errorf("after the last name: %+v, %v", r, err)
	}
	r, err = g.Get([]string{".1.3.6.1.2.1.99.0"})
	if err != nil || r.Error != gosnmp.NoSuchName {
		t.Errorf("missing: %+v, %v", r, err)
	}
}

func TestWritesAreRefused(t *testing.T) {
	a := New()
	g := listen(t, a)
	g.Version = gosnmp.Version2c
	connect(t, g)
	r, err := g.Set([]gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1.5.0", Type: gosnmp.OctetString, Value: "x"}})
	if err != nil || r.Error != gosnmp.NotWritable || a.Stats().Sets != 1 {
		t.Errorf("%+v, %v, %+v", r, err, a.Stats())
	}
}

func TestChangesWhileItRuns(t *testing.T) {
	a := New()
	m := NewSwitch(a, SwitchOptions{Ports: 2})
	g := listen(t, a)
	g.Version = gosnmp.Version2c
	connect(t, g)
	get := func(oid string) any {
		t.Helper()
		r, err := g.Get([]string{oid})
		if err != nil {
			t.Fatal(err)
		}
		return r.Variables[0].Value
	}
	m.SetUp(2, false)
	m.SetAlias(2, "akut")
	if v := get(".1.3.6.1.2.1.2.2.1.8.2"); v != 2 {
		t.Errorf("ifOperStatus %v", v)
	}
	if v := get(".1.3.6.1.2.1.31.1.1.1.18.2"); string(v.([]byte)) != "akut" {
		t.Errorf("ifAlias %v", v)
	}
	m.Renumber(10)
	if v := get(".1.3.6.1.2.1.2.2.1.8.12"); v != 2 {
		t.Errorf("ifOperStatus after renumbering %v", v)
	}
	if v := get(".1.3.6.1.2.1.2.2.1.8.2"); v != nil {
		t.Errorf("the old row is still there: %v", v)
	}
	a.SetUpTime(500_000)
	m.Restart(0)
	if v := get(".1.3.6.1.2.1.1.3.0"); v.(uint32) > 1000 {
		t.Errorf("sysUpTime after a restart %v", v)
	}
	if v := get(".1.3.6.1.2.1.31.1.1.1.6.12"); v.(uint64) > 100_000 {
		t.Errorf("octets after a restart %v", v)
	}
}

// FuzzHandle: no datagram makes the agent panic or answer more than a frame.
func FuzzHandle(f *testing.F) {
	get := ber.PDU{Type: ber.GetBulk, ID: 1, First: 1, Second: 1 << 31, Varbinds: []pdu.Varbind{{OID: pdu.MustOID("1.3.6.1.2.1.1")}, {OID: pdu.MustOID("1.3.6.1.2.1.2")}}}
	f.Add(ber.Message{Version: ber.V2c, Community: "public", PDU: get}.Append(nil))
	f.Add(ber.Message3{ID: 1, Flags: 4, Model: 3, Scoped: ber.AppendScoped(nil, nil, "", get)}.Append(nil))
	a := New()
	NewSwitch(a, SwitchOptions{Ports: 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		answers, _ := a.handle(b)
		for _, answer := range answers {
			if len(answer) > defaultSize && len(answer) > 2*len(b) {
				t.Errorf("%d octets answer %d", len(answer), len(b))
			}
		}
	})
}
