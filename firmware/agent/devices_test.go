package agent_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"rackvakt/firmware/agent"
	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
	"rackvakt/uplink/alarm"
)

// supply is a row of pethMainPseTable, RFC 3621: power, state (1 on, 3 faulty) and consumption.
const supply = "1.3.6.1.2.1.105.1.3.1.1."

// A trap about a part has the sensors read at once, and what the switch then says
// is an alarm on that part; it ends when the part is well again.
func TestPartFails(t *testing.T) {
	l := newLab(t)
	for column, v := range map[string]pdu.Value{"2.1": pdu.Gauge(370), "3.1": pdu.Int(1), "4.1": pdu.Gauge(120), "5.1": pdu.Int(80)} {
		l.snmp.Set(supply+column, v)
	}
	l.snmp.SetUpTime(100 * 3600) // one that has just started is left alone
	addr := freePort(t)
	l.edit("127.0.0.1:9", "127.0.0.2:9") // a sender has an address of its own
	l.edit("uplink_ports", "sensors_every: 1h, uplink_ports")
	l.edit("limits: {door_held: 10m}", "limits: {door_held: 10m, delays: {switch.poe: {trip: 0s, clear: 0s}}}")
	l.edit("sensors:\n", "  traps: {listen: \""+addr+"\", community: {file: "+l.dir+"/community}}\nsensors:\n")
	l.start()
	l.until("the supply is well", func(s agent.Snapshot) bool { return value(s, "sw1", "poe_state") == "ok" })
	conn, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	trap := func() {
		t.Helper()
		m := ber.Message{Version: ber.V2c, Community: "public", PDU: ber.PDU{Type: ber.Trap, Varbinds: []pdu.Varbind{
			// pethMainPowerUsageOnNotification, RFC 3621
			{OID: pdu.MustOID("1.3.6.1.6.3.1.1.4.1.0"), Value: pdu.Identifier(pdu.MustOID("1.3.6.1.2.1.105.0.2"))}}}}
		if _, err := conn.Write(m.Append(nil)); err != nil {
			t.Fatal(err)
		}
	}
	poe := func(s agent.Snapshot) bool {
		return slices.ContainsFunc(s.Alarms, func(a agent.Alarm) bool {
			return a.Code == alarm.SwitchPoE && strings.HasPrefix(a.Object, "sw1/") && a.Party == alarm.RegionIT
		})
	}
	l.snmp.Set(supply+"3.1", pdu.Int(3))
	trap()
	s := l.until("the supply's alarm", poe)
	if p := s.Devices[0].Poll; p == nil || p.Limits.Repetitions == 0 || p.Sensors == 0 {
		t.Errorf("what the poller knows of the switch: %+v", p)
	}
	l.snmp.Set(supply+"3.1", pdu.Int(1))
	trap()
	l.until("its end", func(s agent.Snapshot) bool { return !poe(s) })
	l.stop()
}

// The patch map says where an important port leads, to the alarm too; another list
// is taken over while running.
func TestPatchMapInAlarms(t *testing.T) {
	l := newLab(t)
	l.write("patch.csv", "switch,port,outlet,room,use\nsw1,1/3,2.14-1,204,printer\n")
	l.edit("limits: {door_held: 10m}", "patch_map: ["+l.dir+"/patch.csv]\nports: [{device: sw1, port: 1/3}]\n"+
		"limits: {door_held: 10m, delays: {port.down: {trip: 0s, clear: 0s}}}")
	l.edit("uplink_ports", "poll_every: 5s, uplink_ports")
	l.start()
	port := func(s agent.Snapshot) agent.Port {
		i := slices.IndexFunc(s.Ports, func(p agent.Port) bool { return p.Port == "1/3" })
		if i < 0 {
			return agent.Port{}
		}
		return s.Ports[i]
	}
	s := l.until("the port is known", func(s agent.Snapshot) bool { return port(s).Outlet != "" })
	if p := port(s); p.Outlet != "2.14-1" || p.Room != "204" || p.Role != "printer" || !p.Important {
		t.Errorf("%+v", p)
	}
	l.sw.SetUp(3, false)
	var text strings.Builder
	l.until("the port's alarm", func(s agent.Snapshot) bool {
		return slices.ContainsFunc(s.Alarms, func(a agent.Alarm) bool {
			m := alarm.Change{Key: a.Key, Severity: a.Severity, Class: a.Class, Evidence: a.Evidence}.Render(alarm.View{Party: alarm.RegionIT, Lang: alarm.Swedish})
			text.Reset()
			text.WriteString(strings.Join(m.Evidence, "; "))
			return a.Code == alarm.PortDown
		})
	})
	if !strings.Contains(text.String(), "2.14-1") || !strings.Contains(text.String(), "204") {
		t.Errorf("the alarm says %q, without outlet and room", text.String())
	}
	l.write("patch.csv", "switch,port,outlet,room,use\nsw1,1/3,2.14-9,204,printer\n")
	l.hup <- nil
	l.until("the other list", func(s agent.Snapshot) bool { return port(s).Outlet == "2.14-9" })
	l.stop()
}
