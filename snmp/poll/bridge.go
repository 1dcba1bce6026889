package poll

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rackvakt/snmp/bridge"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// Also is what Once reads only where it is asked for.
type Also int

// WithBridge has Once read who stands behind each port, and the VLANs. The tables
// may be long, and MAC addresses are close to persons: a Device never reads them.
const WithBridge Also = 1

// seldom returns what is walked of a device beside what is always read.
func seldom(also []Also) []group {
	all := []group{printerTable}
	if slices.Contains(also, WithBridge) {
		for _, columns := range bridge.Columns() {
			entry := columns[0][:len(columns[0])-4]
			all = append(all, group{[]pdu.OID{entry}, [][]pdu.OID{columns}})
		}
	}
	return all
}

// fillBridge is for a device that was asked for it: what tells nothing has empty lists.
func (r *Result) fillBridge(vbs []pdu.Varbind, also []Also) {
	if !slices.Contains(also, WithBridge) {
		return
	}
	b, _ := bridge.Read(vbs, ifmib.Read(vbs))
	r.Bridge = &b
	r.Problems = append(r.Problems, b.Problems...)
}

// bridge writes the VLANs, those of each port, and who stands behind it.
func (p *printer) bridge(b *bridge.Bridge) {
	if b == nil {
		return
	}
	for i, v := range b.VLANs {
		if i == 0 {
			p.line("")
			p.line(fmt.Sprintf("%-6s %s", "VLAN", p.say("name")))
		}
		p.line(fmt.Sprintf("%-6d %s", v.ID, cmp.Or(v.Name, "-")))
	}
	p.bridgePorts(b.Ports)
	p.line("")
	if len(b.Addresses) == 0 {
		p.line(p.tableWord("no addresses"))
		return
	}
	p.addressRow(p.tableWord("port"), "VLAN", p.tableWord("address"), p.tableWord("state"))
	for _, a := range b.Addresses {
		vlan := "-"
		if a.VLAN.Present {
			vlan = strconv.FormatUint(a.VLAN.Value, 10)
		}
		p.addressRow(placeName(a.Place), vlan, a.MAC, p.tableWord(string(cmp.Or(a.Status, "-"))))
	}
}

// bridgePorts leaves out the ports of which no VLAN is told.
func (p *printer) bridgePorts(all []bridge.Port) {
	all = slices.DeleteFunc(slices.Clone(all), func(x bridge.Port) bool { return !x.PVID.Present && len(x.Untagged)+len(x.Tagged) == 0 })
	for i, x := range all {
		if i == 0 {
			p.line("")
			p.bridgePortRow(p.tableWord("port"), "PVID", p.tableWord("untagged"), p.tableWord("tagged"))
		}
		pvid := "-"
		if x.PVID.Present {
			pvid = strconv.FormatUint(x.PVID.Value, 10)
		}
		p.bridgePortRow(placeName(x.Place), pvid, ranges(x.Untagged), ranges(x.Tagged))
	}
}

// bridgePortRow writes 99 characters.
func (p *printer) bridgePortRow(name, pvid, untagged, tagged string) {
	p.line(fmt.Sprintf("%-24s %-6s %-24s %-42s", clip(name, 24), pvid, clip(untagged, 24), clip(tagged, 42)))
}

// addressRow writes 57 characters.
func (p *printer) addressRow(name, vlan, address, state string) {
	p.line(fmt.Sprintf("%-24s %-6s %-14s %-10s", clip(name, 24), vlan, address, clip(state, 10)))
}

// placeName is the name of the interface; where there is none its ifIndex, and
// where no interface is known #, as people write it, and the port of the bridge.
func placeName(p bridge.Place) string {
	switch {
	case p.Name != "":
		return string(p.Name)
	case p.IfIndex.Present:
		return strconv.FormatUint(p.IfIndex.Value, 10)
	case p.BridgePort.Present:
		return "#" + strconv.FormatUint(p.BridgePort.Value, 10)
	}
	return "-"
}

// ranges writes ascending numbers with runs of three or more drawn together:
// "1, 20-24"; "-" for none.
func ranges(all []uint32) string {
	var parts []string
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n] == all[n-1]+1 {
			n++
		}
		if n < 3 {
			n = 1
			parts = append(parts, fmt.Sprint(all[0]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", all[0], all[n-1]))
		}
		all = all[n:]
	}
	return cmp.Or(strings.Join(parts, ", "), "-")
}
