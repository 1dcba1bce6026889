package host

import (
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"rackvakt/sensors/reading"
)

// Interfaces returns those to watch: the configured ones, else the ones with a
// device behind them.
func (h *Host) Interfaces() []string {
	if len(h.opts.Interfaces) > 0 {
		return h.opts.Interfaces
	}
	entries, err := fs.ReadDir(h.from.FS, "sys/class/net")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if _, err := fs.Stat(h.from.FS, "sys/class/net/"+e.Name()+"/device"); err == nil {
			names = append(names, e.Name())
		}
	}
	return names
}

func (h *Host) readCarriers(g *gather) {
	for _, name := range h.watched {
		v, err := carrier(h.from.FS, name)
		g.take(point(name, reading.Carrier), v, err)
	}
}

// readInterfaces tells which interfaces the monitor has: their hardware address,
// and the addresses that others can reach them by. They are facts, so they are sent
// once and after a change; LabelAddress is for Region IT only.
func (h *Host) readInterfaces(g *gather) {
	passing := temporary(h.from.FS)
	for _, name := range h.watched {
		mac := text(h.from.FS, "sys/class/net/"+name+"/address")
		g.fact(name, reading.LabelMAC, strings.ReplaceAll(mac, ":", ""))
		all, err := h.from.Addresses(name)
		if err != nil {
			all = nil // what is wrong with it, its carrier says
		}
		g.fact(name, reading.LabelAddress, lasting(all, passing))
	}
}

// lasting lists addresses without those of the link and those that IPv6 changes
// daily (RFC 8981). An IPv4 address of the link stays: it says that no DHCP
// server answered (RFC 3927).
func lasting(all []netip.Prefix, passing map[netip.Addr]bool) string {
	var list []string
	for _, p := range all {
		a := p.Addr()
		if a.IsLoopback() || a.Is6() && a.IsLinkLocalUnicast() || passing[a] {
			continue
		}
		list = append(list, p.String())
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// temporaryFlag is IFA_F_TEMPORARY in the fifth column of /proc/net/if_inet6.
const temporaryFlag = 0x01

// temporary reads which IPv6 addresses are temporary: lines such as
// "20010db8000000000000000000000001 02 40 00 80 eth0". Without the file, or in a
// line of another form, none is.
func temporary(fsys fs.FS) map[netip.Addr]bool {
	found := map[netip.Addr]bool{}
	for line := range strings.Lines(text(fsys, "proc/net/if_inet6")) {
		f := strings.Fields(line)
		if len(f) != 6 || len(f[0]) != 32 {
			continue
		}
		flags, err := strconv.ParseUint(f[4], 16, 16)
		if err != nil || flags&temporaryFlag == 0 {
			continue
		}
		var groups []string
		for g := range slices.Chunk([]byte(f[0]), 4) {
			groups = append(groups, string(g))
		}
		if a, err := netip.ParseAddr(strings.Join(groups, ":")); err == nil {
			found[a] = true
		}
	}
	return found
}

// interfaceAddresses asks the kernel.
func interfaceAddresses(name string) ([]netip.Prefix, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("addresses of %s: %w", name, err)
	}
	addrs, err := i.Addrs()
	if err != nil {
		return nil, fmt.Errorf("addresses of %s: %w", name, err)
	}
	var all []netip.Prefix
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			all = append(all, p)
		}
	}
	return all, nil
}
