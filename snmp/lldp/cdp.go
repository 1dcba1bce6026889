package lldp

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"rackvakt/snmp/pdu"
)

var cdpEntry = pdu.MustOID("1.3.6.1.4.1.9.9.23.1.2.1.1")

// Columns of cdpCacheEntry (CISCO-CDP-MIB), indexed by ifIndex and a number.
const (
	cdpDeviceID     = 6
	cdpDevicePort   = 7
	cdpCapabilities = 9
	cdpSysName      = 17
)

// ColumnsCDP lists what to walk of CISCO-CDP-MIB.
func ColumnsCDP() []pdu.OID {
	return []pdu.OID{cdpEntry.With(cdpDeviceID), cdpEntry.With(cdpDevicePort), cdpEntry.With(cdpCapabilities), cdpEntry.With(cdpSysName)}
}

// cdpWords holds the capabilities by their bit, the lowest first. A transparent
// bridge and a switch are both a bridge.
var cdpWords = []string{
	"router", "bridge", "sourceRouteBridge", "bridge", "host", "igmp", "repeater", "telephone", "remotelyManaged",
}

// readCDP returns the neighbours of cdpCacheTable.
func readCDP(vbs []pdu.Varbind, l *locator) []Neighbor {
	rows := make(map[[2]uint32]cells)
	for _, vb := range vbs {
		index, ok := vb.OID.Index(cdpEntry)
		if !ok || len(index) != 3 || !vb.Value.Exists() {
			continue
		}
		at := [2]uint32{index[1], index[2]}
		if rows[at] == nil {
			rows[at] = make(cells)
		}
		rows[at][index[0]] = vb.Value
	}
	var all []Neighbor
	for _, at := range slices.SortedFunc(maps.Keys(rows), func(a, b [2]uint32) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	}) {
		n := rows[at].cdpNeighbor()
		if n.ChassisID == "" && n.PortID == "" && n.SysName == "" {
			continue
		}
		n.LocalPort, n.LocalIndex = l.interfaceAt(at[0])
		all = append(all, n)
	}
	return all
}

func (c cells) cdpNeighbor() Neighbor {
	device := c[cdpDeviceID]
	n := Neighbor{
		Protocol: CDP, ChassisIDType: "deviceId", PortIDType: "interfaceName",
		ChassisID: identifier("", device), PortID: identifier("", c[cdpDevicePort]),
		SysName: c[cdpSysName].Text(), Capabilities: cdpBits(c[cdpCapabilities]),
	}
	isMAC := len(device.Octets) == macLength && !isText(device.Octets)
	if isMAC {
		n.ChassisIDType = "macAddress"
	}
	if n.SysName == "" && isText(device.Octets) {
		n.SysName = n.ChassisID
	}
	return n
}

// cdpBits returns the words of four octets in network order: 00 00 00 28 is
// switch (bridge) and IGMP.
func cdpBits(v pdu.Value) []string {
	if v.Type != pdu.OctetString || len(v.Octets) == 0 || len(v.Octets) > 4 {
		return nil
	}
	padded := append(make([]byte, 4-len(v.Octets)), v.Octets...)
	set := binary.BigEndian.Uint32(padded)
	var words []string
	for i, w := range cdpWords {
		if set&(1<<i) != 0 && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}
