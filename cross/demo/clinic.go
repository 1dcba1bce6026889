package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/cross/simulator"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

// clinic is one simulated place of care: its network, its switch and UPS, and
// the monitor that watches them as a process of its own.
type clinic struct {
	// id is <site>.<closet>.
	site, closet, kind, name string
	// ports of the switch; 0: no rack.
	ports  int
	uplink int
	ups    bool
	// layers lists the targets on the way out, nearest first: name and layer.
	layers [][2]string

	targets map[string]*simulator.Target
	agent   *snmptest.Agent
	sw      *snmptest.SwitchModel
	swAddr  string
	upsAg   *snmptest.Agent
	upsM    *snmptest.UPSModel
	upsAddr string
	dir     string
	monitor *rig.Process
}

func (c *clinic) id() string { return c.site + "." + c.closet }

// clinics are the three places of the demo.
func clinics() []*clinic {
	rack := [][2]string{{"gateway", "gateway"}, {"edge", "region"}, {"sjunet1", "sjunet"}, {"sjunet2", "sjunet"}}
	return []*clinic{
		{site: "vc-arvika", closet: "plan1", kind: "region_run", name: "Vårdcentralen Arvika", ports: 48, uplink: 48, ups: true, layers: rack},
		{site: "vc-sunne", closet: "skrubb", kind: "private", name: "Läkarhuset Sunne", ports: 24, uplink: 24, layers: rack},
		{site: "fys-torsby", closet: "kontor", kind: "physiotherapy", name: "Torsby Fysioterapi",
			layers: [][2]string{{"gateway", "gateway"}, {"internet1", "internet"}, {"internet2", "internet"}, {"portal", "service"}}},
	}
}

// Secrets of the simulated devices; they open nothing else.
const (
	snmpUser = "demo"
	snmpAuth = "demo-authentication"
	snmpPriv = "demo-privacy-phrase"
)

// open starts what the clinic's monitor will look at.
func (c *clinic) open(ctx context.Context, dir string) error {
	c.dir, c.targets = filepath.Join(dir, c.id()), map[string]*simulator.Target{}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return fmt.Errorf("make folder of %s: %w", c.id(), err)
	}
	for _, l := range c.layers {
		t, err := simulator.Listen(ctx, "127.0.0.1:0")
		if err != nil {
			return err
		}
		c.targets[l[0]] = t
	}
	return c.openDevices()
}

func (c *clinic) openDevices() error {
	var err error
	if c.ports > 0 {
		c.agent = snmptest.New()
		if err := c.agent.AddUser(snmptest.User{Name: snmpUser, AuthProtocol: "sha256", AuthPassphrase: snmpAuth, PrivPassphrase: snmpPriv}); err != nil {
			return fmt.Errorf("simulate switch: %w", err)
		}
		c.sw = snmptest.NewSwitch(c.agent, snmptest.SwitchOptions{Name: c.site + "-sw1", Ports: c.ports, Descr: "Simulated access switch"})
		c.sw.SetAlias(c.uplink, "uplink to the region")
		if c.swAddr, err = c.agent.Listen("127.0.0.1:0"); err != nil {
			return fmt.Errorf("simulate switch: %w", err)
		}
	}
	if c.ups {
		c.upsAg = snmptest.New()
		if err := c.upsAg.AddUser(snmptest.User{Name: snmpUser, AuthProtocol: "sha256", AuthPassphrase: snmpAuth, PrivPassphrase: snmpPriv}); err != nil {
			return fmt.Errorf("simulate UPS: %w", err)
		}
		c.upsM = snmptest.NewUPS(c.upsAg, "ups1")
		c.upsAg.Set("1.3.6.1.2.1.1.5.0", pdu.Text(c.site+"-ups1"))
		if c.upsAddr, err = c.upsAg.Listen("127.0.0.1:0"); err != nil {
			return fmt.Errorf("simulate UPS: %w", err)
		}
	}
	return nil
}

// start writes the monitor's configuration and starts it.
func (c *clinic) start(ctx context.Context, bin rig.Binaries, certs string, brokerPort int) error {
	for name, text := range map[string]string{"rackvakt.yaml": c.config(certs, brokerPort), "auth": snmpAuth, "priv": snmpPriv} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("configure %s: %w", c.id(), err)
		}
	}
	file := filepath.Join(c.dir, "rackvakt.yaml")
	if _, err := rig.Command(ctx, bin.Agent, "check", "-config", file); err != nil {
		return err
	}
	p, err := rig.Start(rig.Spec{Name: "rackvakt", Path: bin.Agent, Args: []string{"run", "-config", file}, Dir: c.dir})
	c.monitor = p
	return err
}

// config writes the monitor's configuration file.
func (c *clinic) config(certs string, brokerPort int) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("site: {area: vast, site: %s, closet: %s, name: %q, kind: %s, reserve_routine: %q}", c.site, c.closet, c.name, c.kind, routine)
	p("state_dir: %s", c.dir)
	p("mqtt:")
	p("  - {broker: \"tls://127.0.0.1:%d\", ca: %s/ca.crt, cert: %s/%s.crt, key: %s/%s.key, path: fixed}", brokerPort, certs, certs, c.id(), certs, c.id())
	p("outbox: {dir: %s/outbox, cap_mb: 64}", c.dir)
	if c.ports > 0 {
		p("snmp:\n  devices:")
		p("    - {name: sw1, kind: switch, address: \"%s\", user: %s, auth_passphrase: {file: %s/auth}, priv_passphrase: {file: %s/priv}, uplink_ports: [%q]}",
			c.swAddr, snmpUser, c.dir, c.dir, c.sw.Port(c.uplink))
	}
	if c.ups {
		p("    - {name: ups1, kind: ups, address: \"%s\", user: %s, auth_passphrase: {file: %s/auth}, priv_passphrase: {file: %s/priv}}", c.upsAddr, snmpUser, c.dir, c.dir)
	}
	if c.ports > 0 {
		p("sensors:\n  board: {kind: sim, sim_socket: %s}", c.simSocket())
		p("  contacts:\n    - {name: door, role: door, line: door}\n    - {name: mains, role: mains, line: mains}")
		p("  climate:\n    - {name: climate, position: inlet, driver: mcp9808, bus: \"1\", address: 0x18}")
	}
	p("host: {interfaces: [lo], clock_trusted: true}")
	p("path:\n  targets:")
	for _, l := range c.layers {
		p("    - {name: %s, layer: %s, address: \"%s\", method: tcp}", l[0], l[1], c.targets[l[0]].Addr())
	}
	p("status: {socket: %s/status.sock}", c.dir)
	return b.String()
}

func (c *clinic) simSocket() string { return filepath.Join(c.dir, "sim.sock") }

// cut makes all targets of a layer silent; restore ends it.
func (c *clinic) cut(layer string) error { return c.each(layer, (*simulator.Target).Cut) }

func (c *clinic) restore(layer string) error { return c.each(layer, (*simulator.Target).Restore) }

func (c *clinic) each(layer string, do func(*simulator.Target) error) error {
	var errs error
	for _, l := range c.layers {
		if l[1] == layer {
			errs = errors.Join(errs, do(c.targets[l[0]]))
		}
	}
	return errs
}

// close stops the monitor, then its world.
func (c *clinic) close() error {
	var errs error
	if c.monitor != nil && c.monitor.Running() {
		errs = c.monitor.Stop(8 * time.Second)
	}
	for _, t := range c.targets {
		errs = errors.Join(errs, t.Close())
	}
	for _, a := range []*snmptest.Agent{c.agent, c.upsAg} {
		if a != nil {
			errs = errors.Join(errs, a.Close())
		}
	}
	return errs
}
