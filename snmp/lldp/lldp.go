// Package lldp reads who stands at the other end of a port from varbinds: LLDP
// through LLDP-MIB (IEEE 802.1AB-2005) and LLDP-V2-MIB (IEEE 802.1AB-2009), and
// CDP through CISCO-CDP-MIB.
//
// It refuses to ask for anything, to read a vendor's own neighbour table, and to
// name a port that nothing leads to: the local port number of LLDP-MIB is no
// ifIndex, and goes through the local port table to an interface (see local.go).
//
// lldpRemTable is keyed by time mark, port and row. An agent may answer a row
// again under an older mark, so the newest mark of a port and row stands; the same
// neighbour on the same port, from another row or the other MIB, is told once.
// Several neighbours on one port are several.
//
// Worked example: 30 15 06 0E 28 C4 62 01 01 02 01 04 01 01 09 00 17 01
// 04 03 73 77 31 is lldpRemSysName (1.0.8802.1.1.2.1.4.1.1.9) of time mark 0,
// local port 23, row 1: "sw1". lldpRemSysCapEnabled 28 00 in the same row has the
// bits 2 and 4, counted from the left: bridge and router.
package lldp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// Tables of LLDP-MIB and LLDP-V2-MIB.
var (
	localEntry    = pdu.MustOID("1.0.8802.1.1.2.1.3.7.1")
	remoteEntry   = pdu.MustOID("1.0.8802.1.1.2.1.4.1.1")
	remoteEntryV2 = pdu.MustOID("1.3.111.2.802.1.1.13.1.4.1.1")
)

// Columns of lldpRemEntry. Those of lldpV2RemEntry are one higher: the address
// that the frame was sent to has come into the index.
const (
	chassisIDSubtype = 4
	chassisID        = 5
	portIDSubtype    = 6
	portID           = 7
	portDescr        = 8
	sysName          = 9
	capSupported     = 11
	capEnabled       = 12
)

// remoteColumns leaves out the system description: long, and told by no field.
var remoteColumns = []uint32{
	chassisIDSubtype, chassisID, portIDSubtype, portID, portDescr, sysName, capSupported, capEnabled,
}

// Columns lists what to walk of LLDP-MIB, the local ports first.
func Columns() []pdu.OID {
	all := []pdu.OID{localEntry.With(localIDSubtype), localEntry.With(localID), localEntry.With(localDescr)}
	for _, c := range remoteColumns {
		all = append(all, remoteEntry.With(c))
	}
	return all
}

// ColumnsV2 lists what to walk of LLDP-V2-MIB, which knows ports by their ifIndex.
func ColumnsV2() []pdu.OID {
	var all []pdu.OID
	for _, c := range remoteColumns {
		all = append(all, remoteEntryV2.With(c+1))
	}
	return all
}

// Protocols of a Neighbor.
const (
	LLDP = "lldp"
	CDP  = "cdp"
)

// Neighbor is one device at the other end of a port. Strings are fit to show and
// "" where the neighbour did not tell.
type Neighbor struct {
	// LocalPort is the name of the interface; where none was found, what the agent
	// calls its port, or "".
	LocalPort string
	// LocalIndex is its ifIndex, absent where no interface was found.
	LocalIndex pdu.Number
	Protocol   string // LLDP or CDP
	// ChassisID and PortID are 12 hex digits for a MAC, an address for a network
	// address, text where the octets are text, else hex digits.
	ChassisID     string
	ChassisIDType string // word of LldpChassisIdSubtype; CDP: "deviceId" or "macAddress"
	PortID        string
	PortIDType    string // word of LldpPortIdSubtype; CDP: "interfaceName"
	PortDescr     string
	SysName       string // CDP without a sysName: the device id, unless that is a MAC
	// Capabilities are those that are switched on, else those there are: words of
	// LldpSystemCapabilitiesMap, and some of CDP that LLDP has no word for.
	Capabilities []string
}

var chassisTypes = []string{
	"", "chassisComponent", "interfaceAlias", "portComponent", "macAddress", "networkAddress", "interfaceName", "local",
}

var portTypes = []string{
	"", "interfaceAlias", "portComponent", "macAddress", "networkAddress", "interfaceName", "agentCircuitId", "local",
}

var capabilities = []string{
	"other", "repeater", "bridge", "wlanAccessPoint", "router", "telephone", "docsisCableDevice", "stationOnly",
	"cVLANComponent", "sVLANComponent", "twoPortMACRelay",
}

func word(words []string, v pdu.Value) string {
	if n := v.Number(); n.Present && n.Value < uint64(len(words)) {
		return words[n.Value]
	}
	return ""
}

// Read returns the neighbours that vbs tell of, by ascending ifIndex with those
// of no interface last, and what was odd and how it was taken. ports are the
// interfaces of the same device.
func Read(vbs []pdu.Varbind, ports []ifmib.Port) (all []Neighbor, problems []string) {
	l := newLocator(vbs, ports)
	for _, r := range remoteRows(vbs) {
		n := r.neighbor()
		if n.ChassisID == "" && n.PortID == "" && n.SysName == "" {
			continue // a row that is just going, or coming
		}
		if r.v2 {
			n.LocalPort, n.LocalIndex = l.interfaceAt(r.port)
		} else {
			n.LocalPort, n.LocalIndex = l.localPort(r.port)
		}
		all = append(all, n)
	}
	all = append(all, readCDP(vbs, l)...)
	all = once(all)
	slices.SortStableFunc(all, func(a, b Neighbor) int {
		return cmp.Or(byIndex(a.LocalIndex, b.LocalIndex), strings.Compare(a.LocalPort, b.LocalPort), -strings.Compare(a.Protocol, b.Protocol))
	})
	return all, l.problems()
}

func byIndex(a, b pdu.Number) int {
	if a.Present != b.Present {
		if a.Present {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Value, b.Value)
}

// once drops a neighbour that an earlier one of the list already is.
func once(all []Neighbor) []Neighbor {
	seen := make(map[string]bool)
	return slices.DeleteFunc(all, func(n Neighbor) bool {
		key := fmt.Sprintf("%q %v %q %q %q %q %q", n.LocalPort, n.LocalIndex, n.Protocol, n.ChassisIDType, n.ChassisID, n.PortIDType, n.PortID)
		if n.ChassisID == "" || n.PortID == "" {
			key += " " + n.SysName
		}
		before := seen[key]
		seen[key] = true
		return before
	})
}
