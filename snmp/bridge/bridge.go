// Package bridge reads what a switch forwards where: BRIDGE-MIB (RFC 4188) and
// Q-BRIDGE-MIB (RFC 4363). It tells which MAC address stands behind which
// interface and in which VLAN, and the VLANs of each port.
//
// It refuses to ask for anything, to take a bridge port for an ifIndex (what leads
// from one to the other is dot1dBasePortIfIndex alone), and to guess a VLAN where
// a filtering database (FDB) serves several. An agent that keeps an FDB for each
// VLAN behind a community or context of its own tells that of the one it was asked in.
//
// A MAC address is close to a person. Who calls this does so since somebody asked,
// and keeps nothing of it.
//
// Worked example: 30 19 06 14 2B 06 01 02 01 11 07 01 02 02 01 02 14 02 00 5E 10
// 81 48 33 02 01 05 is dot1qTpFdbPort (1.3.6.1.2.1.17.7.1.2.2.1.2) = 5 of FDB 20 (14)
// and the address 02 00 5E 10 C8 33, each octet one arc: C8 is 200, written 81 48. A
// PortList 90 00 80 has the ports 1, 4 and 17: the first bit of each octet is the lowest.
package bridge

import (
	"cmp"
	"encoding/json"
	"slices"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// Columns lists what to walk, the columns of one table in each list. The tables
// are dot1dBasePortTable, dot1dTpFdbTable, dot1qTpFdbTable, dot1qVlanCurrentTable,
// dot1qVlanStaticTable and dot1qPortVlanTable.
func Columns() [][]pdu.OID {
	var all [][]pdu.OID
	for i, t := range taken {
		if i == 0 || t.entry != taken[i-1].entry {
			all = append(all, nil)
		}
		last := len(all) - 1
		all[last] = append(all[last], t.entry.With(t.column))
	}
	return all
}

// Bridge is what an agent tells of its forwarding. No list is nil.
type Bridge struct {
	Addresses []Address `json:"addresses"` // by interface, VLAN and address
	VLANs     []VLAN    `json:"vlans"`     // by number
	Ports     []Port    `json:"ports"`     // by bridge port
	// Problems says what was odd and how it was taken.
	Problems []string `json:"-"`
}

// Text is null in JSON where it is empty: not told.
type Text string

// MarshalJSON writes t, or null where it is empty.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// Place is a port of the bridge, and the interface it is.
type Place struct {
	BridgePort pdu.Number `json:"bridge_port"` // dot1dBasePort; absent for port 0, which is none
	IfIndex    pdu.Number `json:"if_index"`    // absent where nothing leads to an interface
	Name       Text       `json:"port"`        // ifName, else ifDescr
}

// Address is one MAC address that the bridge has seen or was told of.
type Address struct {
	MAC string `json:"mac"` // 12 hex digits
	Place
	VLAN pdu.Number `json:"vlan"`   // absent where not told, or where the FDB serves several
	FDB  pdu.Number `json:"fdb_id"` // absent for a row of dot1dTpFdbTable
	// Status is Learned, Static, Self, Other, or "" where not told.
	Status Text `json:"status"`
}

// Words of Address.Status.
const (
	Learned = "learned"
	Static  = "static" // mgmt(5): it stands in the table of static addresses
	Self    = "self"   // an address of the bridge itself
	Other   = "other"
)

// VLAN is one virtual LAN of the bridge.
type VLAN struct {
	ID   uint32     `json:"vlan"` // 1 to 4094
	Name Text       `json:"name"`
	FDB  pdu.Number `json:"fdb_id"`
}

// Port tells the VLANs of one port. Tagged and Untagged are what is sent out of
// it, nil where no VLAN told its ports.
type Port struct {
	Place
	PVID     pdu.Number `json:"pvid"` // VLAN of frames that come in without a tag
	Untagged []uint32   `json:"untagged"`
	Tagged   []uint32   `json:"tagged"`
}

// Read takes from vbs what belongs to the two MIBs; false where nothing does. ports
// are the interfaces of the same device.
func Read(vbs []pdu.Varbind, ports []ifmib.Port) (Bridge, bool) {
	r := newReader(ports)
	for _, vb := range vbs {
		r.take(vb)
	}
	b := Bridge{Addresses: r.addresses(), VLANs: r.vlanList(), Ports: r.ports()}
	b.Problems = r.problems()
	return b, len(b.Addresses)+len(b.VLANs)+len(b.Ports) > 0
}

func (r *reader) vlanList() []VLAN {
	all := []VLAN{}
	for _, id := range sortedKeys(r.vlans) {
		v := r.vlans[id]
		all = append(all, VLAN{ID: id, Name: Text(v.name), FDB: v.fdb})
	}
	return all
}

func (r *reader) ports() []Port {
	numbers := make(map[uint32]bool)
	for n := range r.base {
		numbers[n] = true
	}
	for n := range r.pvid {
		numbers[n] = true
	}
	all, order, ids := []Port{}, sortedKeys(numbers), sortedKeys(r.vlans)
	listed := slices.ContainsFunc(ids, func(id uint32) bool { return r.vlans[id].listed() })
	for _, n := range order {
		p := Port{Place: r.place(pdu.Some(uint64(n))), PVID: r.pvid[n]}
		if listed {
			p.Untagged, p.Tagged = []uint32{}, []uint32{}
		}
		for _, id := range ids {
			switch member, untagged := r.vlans[id].member(n); {
			case untagged:
				p.Untagged = append(p.Untagged, id)
			case member:
				p.Tagged = append(p.Tagged, id)
			}
		}
		all = append(all, p)
	}
	for _, id := range ids {
		r.strays(id, order)
	}
	return all
}

// place finds the interface of a bridge port.
func (r *reader) place(port pdu.Number) Place {
	p := Place{BridgePort: port}
	if port.Present && port.Value <= mostPort {
		p.IfIndex = r.base[uint32(port.Value)]
	}
	if p.IfIndex.Present {
		p.Name = Text(r.names[p.IfIndex.Value])
	}
	return p
}

func byPlace(a, b Address) int {
	return cmp.Or(byNumber(a.IfIndex, b.IfIndex), byNumber(a.BridgePort, b.BridgePort), byNumber(a.VLAN, b.VLAN), cmp.Compare(a.MAC, b.MAC), byNumber(a.FDB, b.FDB))
}

// byNumber has what is absent come last.
func byNumber(a, b pdu.Number) int {
	switch {
	case a.Present && !b.Present:
		return -1
	case !a.Present && b.Present:
		return 1
	}
	return cmp.Compare(a.Value, b.Value)
}
