package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/cross/simulator"
	"rackvakt/firmware/agent"
	"rackvakt/snmp/snmptest"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
)

// device is one simulated switch.
type device struct {
	name string
	*snmptest.Agent
	*snmptest.SwitchModel
	addr string
}

// closet is the real agent on a simulated board, with switches and targets in
// this process.
type closet struct {
	*lab
	dir      string // of its data
	switches []*device
	targets  map[string]*simulator.Target
	// pollEvery and freeMB go to the configuration.
	pollEvery time.Duration
	freeMB    int
	file      string
	agent     *rig.Process
}

// newCloset makes a closet with one target per layer; it starts nothing.
func newCloset(l *lab, dir string) *closet {
	l.t.Helper()
	c := &closet{lab: l, dir: dir, targets: map[string]*simulator.Target{}, pollEvery: 5 * time.Second, freeMB: 1}
	for _, layer := range []string{"gateway", "sjunet"} {
		target, err := simulator.Listen(l.t.Context(), "127.0.0.1:0")
		must(l.t, err)
		l.t.Cleanup(func() { must(l.t, target.Close()) })
		c.targets[layer] = target
	}
	return c
}

// addSwitch puts a switch beside; the first one's last port is the uplink.
func (c *closet) addSwitch(name string, ports int) *device {
	c.t.Helper()
	d := &device{name: name, Agent: snmptest.New()}
	d.SetCommunity("fault-rig")
	d.SwitchModel = snmptest.NewSwitch(d.Agent, snmptest.SwitchOptions{Name: name, Ports: ports})
	var err error
	d.addr, err = d.Listen("127.0.0.1:0")
	must(c.t, err)
	c.t.Cleanup(func() { must(c.t, d.Close()) })
	c.switches = append(c.switches, d)
	return d
}

func (c *closet) socket() string { return filepath.Join(c.lab.dir, "status.sock") }

// configure writes the configuration and checks it as a technician would.
func (c *closet) configure(uplink string) {
	c.t.Helper()
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("site: {area: %s, site: %s, closet: plan1, name: Vårdcentralen Felet, kind: region_run}", area, siteID)
	p("state_dir: %s/state", c.dir)
	p("mqtt: [{broker: \"tls://127.0.0.1:%d\", ca: %s/ca.crt, cert: %[2]s/%[3]s.crt, key: %[2]s/%[3]s.key, path: fixed}]", c.brokerPort, c.certs, closetID)
	p("outbox: {dir: %s/outbox, cap_mb: 64}", c.dir)
	p("snmp:\n  devices:")
	for i, d := range c.switches {
		ports := ""
		if i == 0 {
			ports = fmt.Sprintf(", uplink_ports: [%q]", uplink)
		}
		p("    - {name: %s, kind: switch, address: \"%s\", version: \"2c\", community: {file: %s}, poll_every: %v%s}",
			d.name, d.addr, c.write("community", "fault-rig"), c.pollEvery, ports)
	}
	p("sensors:\n  board: {kind: sim, sim_socket: %s/sim.sock}", c.lab.dir)
	p("  contacts: [{name: door, role: door, line: door}]")
	p("host: {every: 1s, interfaces: [lo], clock_trusted: true}")
	p("path:\n  targets:")
	for _, layer := range []string{"gateway", "sjunet"} {
		p("    - {name: %s, layer: %s, address: \"%s\", method: tcp}", layer, layer, c.targets[layer].Addr())
	}
	p("limits: {storage_free_mb: %d}", c.freeMB)
	p("status: {socket: %s}", c.socket())
	c.file = c.write("rackvakt.yaml", b.String())
	_, err := rig.Command(c.t.Context(), c.bin.Agent, "check", "-config", c.file)
	must(c.t, err)
}

func (c *closet) start() {
	c.t.Helper()
	c.agent = c.run(rig.Spec{Name: "rackvakt", Path: c.bin.Agent, Args: []string{"run", "-config", c.file}})
}

// status asks the agent itself; false while it does not answer.
func (c *closet) status() (s agent.Snapshot, ok bool, err error) {
	if !c.agent.Running() {
		return s, false, fmt.Errorf("the agent ended")
	}
	out, err := rig.Command(c.t.Context(), c.bin.Agent, "status", "-socket", c.socket(), "-json")
	if err != nil {
		return s, false, nil
	}
	err = json.Unmarshal([]byte(out), &s)
	return s, err == nil, err
}

// waitStatus waits for a status that is as wanted, and returns it.
func (c *closet) waitStatus(within time.Duration, what string, want func(agent.Snapshot) bool) agent.Snapshot {
	c.t.Helper()
	var last agent.Snapshot
	defer func() {
		if c.t.Failed() {
			text, _ := json.MarshalIndent(last, "", " ")
			c.t.Logf("last status: %s", text)
		}
	}()
	c.wait(within, what, func() (bool, error) {
		s, ok, err := c.status()
		if ok {
			last = s
		}
		return ok && want(s), err
	})
	return last
}

// waitWorking waits until the closet is whole: the switch answers, the collector
// acknowledges, nothing waits.
func (c *closet) waitWorking() agent.Snapshot {
	c.t.Helper()
	return c.waitStatus(60*time.Second, "a working closet", func(s agent.Snapshot) bool {
		return len(s.Paths) == 1 && s.Paths[0].Connected && s.Paths[0].HeardS >= 0 && s.Outbox.Alarms == 0 && answers(s, c.switches[0].name)
	})
}

func answers(s agent.Snapshot, name string) bool {
	return slices.ContainsFunc(s.Devices, func(d agent.Device) bool { return d.Name == name && d.State == "answers" })
}

func findAlarm(s agent.Snapshot, code alarm.Code) (agent.Alarm, bool) {
	i := slices.IndexFunc(s.Alarms, func(a agent.Alarm) bool { return a.Code == code })
	if i < 0 {
		return agent.Alarm{}, false
	}
	return s.Alarms[i], true
}

// waitAtRegion waits until the collector shows an alarm of the closet, open or not.
func (c *closet) waitAtRegion(within time.Duration, code alarm.Code, open bool) state.Alarm {
	c.t.Helper()
	var found state.Alarm
	c.wait(within, fmt.Sprintf("alarm %s at the region, open %v", code, open), func() (bool, error) {
		var v struct{ Alarms []state.Alarm }
		if err := c.api.Get(c.t.Context(), "/api/v1/alarms?site="+siteID, &v); err != nil {
			return false, nil
		}
		for _, a := range v.Alarms {
			if a.Change.Code == code && a.Open() == open {
				found = a
				return true, nil
			}
		}
		return false, nil
	})
	return found
}

// stopAll ends agent and collector in good order.
func (c *closet) stopAll() {
	c.t.Helper()
	if err := c.agent.Stop(8 * time.Second); err != nil {
		c.t.Errorf("the agent did not stop in good order: %v", err)
	}
	c.stop()
}

// complete checks that each start's records stand in the store from 1 on without
// a hole, and returns their number by lane.
func complete(t *testing.T, o outcome) map[record.Lane]int {
	t.Helper()
	count := map[record.Lane]int{}
	for lane, rows := range o.rows {
		next := map[string]uint64{}
		for _, row := range rows {
			start, n, gap, _ := row.ID.Split()
			if gap {
				continue
			}
			if next[start]++; n != next[start] {
				t.Errorf("lane %s: %s where %d was due", lane, row.ID, next[start])
				next[start] = n
			}
			count[lane]++
		}
	}
	return count
}

func (c *closet) logHas(text string) bool {
	data, err := os.ReadFile(c.agent.LogFile)
	return err == nil && strings.Contains(string(data), text)
}
