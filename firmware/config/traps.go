package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/trap"
)

// Traps returns the options of the listener, with what other parts of the file
// say of it: who sends, and where its engine is kept.
func (c *Config) Traps() trap.Options {
	o := c.SNMP.Traps
	o.State = filepath.Join(c.StateDir, "snmp-engine")
	o.Senders = map[netip.Addr]string{}
	for _, d := range c.SNMP.Devices {
		if a, err := sender(d.Address); err == nil {
			o.Senders[a] = d.Name
		}
	}
	return o
}

// sender returns the address that a device polled at address sends from.
func sender(address string) (netip.Addr, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	a, err := netip.ParseAddr(host)
	return a.Unmap().WithZone(""), err
}

// validateTraps reports senders that could not be told apart.
func (c *Config) validateTraps(r *strictyaml.Report) {
	for i, u := range c.SNMP.Traps.Users {
		if c.device(u.Device) == nil {
			r.Bad(fmt.Sprintf("snmp.traps.users[%d].device", i), u.Device, "the name of a device under snmp.devices", c.anySwitch())
		}
	}
	if c.SNMP.Traps.Listen == "" || !c.SNMP.Traps.Community.Set() {
		return
	}
	seen := map[netip.Addr]bool{}
	for i, d := range c.SNMP.Devices {
		// Version 2c says nothing of its sender but the address.
		a, err := sender(d.Address)
		if err != nil || seen[a] {
			r.Bad(fmt.Sprintf("snmp.devices[%d].address", i), d.Address, "an IP address of its own, since traps with a community are told apart by it", "192.0.2.10")
		}
		seen[a] = true
	}
}
