package agent_test

import (
	"net"
	"slices"
	"testing"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/trap"
)

// freePort returns an address of loopback that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	return conn.LocalAddr().String()
}

// A trap has the uplink read at once, by one request, and is not believed by
// itself; a wrong community and a failed authentication have nothing read.
func TestTrapAsks(t *testing.T) {
	l := newLab(t)
	addr := freePort(t)
	l.edit("127.0.0.1:9", "127.0.0.2:9") // a sender has an address of its own
	l.edit("uplink_every: 500ms, uplink_ports", "uplink_every: 30s, uplink_ports")
	l.edit("sensors:\n", "  traps: {listen: \""+addr+"\", community: {file: "+l.dir+"/community}}\nsensors:\n")
	l.start()
	l.until("all is well", settled)
	l.quiet()
	conn, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	send := func(community, oid string) {
		t.Helper()
		m := ber.Message{Version: ber.V2c, Community: community, PDU: ber.PDU{Type: ber.Trap, Varbinds: []pdu.Varbind{
			{OID: pdu.MustOID("1.3.6.1.6.3.1.1.4.1.0"), Value: pdu.Identifier(pdu.MustOID(oid))}}}}
		if _, err := conn.Write(m.Append(nil)); err != nil {
			t.Fatal(err)
		}
	}
	uplink := func(oper string) func(agent.Snapshot) bool {
		return func(s agent.Snapshot) bool {
			return slices.ContainsFunc(s.Ports, func(p agent.Port) bool { return p.Uplink && p.Oper == oper })
		}
	}
	const linkDown, linkUp, authenticationFailure = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4", "1.3.6.1.6.3.1.1.5.5"

	send("public", linkDown) // the port is up: what the switch answers counts
	l.requests(1)
	l.until("the port is up all the same", uplink("up"))

	l.sw.SetUp(8, false)
	send("private", linkDown)
	send("public", authenticationFailure)
	s := l.until("both are counted", func(s agent.Snapshot) bool {
		return s.Traps.Dropped[trap.WrongCommunity] == 1 && s.Traps.Accepted[trap.AuthenticationFailure] == 1
	})
	if !uplink("up")(s) || s.Traps.Listen != addr {
		t.Errorf("traps %+v, ports %+v", s.Traps, s.Ports)
	}
	send("public", linkDown)
	l.until("the port is down", uplink("down"))
	l.requests(2)

	l.sw.SetUp(8, true)
	send("public", linkUp)
	s = l.until("the port is up", uplink("up"))
	l.requests(3)
	if s.Traps.Accepted[trap.LinkDown] != 2 || s.Traps.Accepted[trap.LinkUp] != 1 {
		t.Errorf("%+v", s.Traps)
	}
	l.stop()
}

// quiet waits until the switch has been asked nothing for a while, and counts from there.
func (l *lab) quiet() {
	l.t.Helper()
	for asked := -1; asked != l.snmp.Stats().Requests; time.Sleep(300 * time.Millisecond) {
		asked = l.snmp.Stats().Requests
	}
	l.snmp.ResetStats()
}

// requests waits until the switch has been asked n times.
func (l *lab) requests(n int) {
	l.t.Helper()
	for end := time.Now().Add(10 * time.Second); l.snmp.Stats().Requests < n && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if got := l.snmp.Stats().Requests; got != n {
		l.t.Fatalf("%d requests, want %d", got, n)
	}
}
