package poll

import (
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/lldp"
	"rackvakt/snmp/pdu"
)

// Neighbor is one device at the other end of a port, as LLDP or CDP tells it.
type Neighbor struct {
	// LocalPort and LocalIndex are name and ifIndex of the port here.
	LocalPort  *string    `json:"local_port"`
	LocalIndex pdu.Number `json:"local_index"`
	Protocol   string     `json:"protocol"` // lldp or cdp
	// ChassisID and PortID are 12 hex digits for a MAC, else an address or text.
	ChassisID     *string `json:"chassis_id"`
	ChassisIDType *string `json:"chassis_id_type"` // word of LldpChassisIdSubtype; CDP: deviceId or macAddress
	PortID        *string `json:"port_id"`
	PortDescr     *string `json:"port_descr"`
	SysName       *string `json:"sys_name"`
	// Capabilities holds words of LldpSystemCapabilitiesMap; null where none is told.
	Capabilities []string `json:"capabilities"`
}

// fillNeighbors needs the ports under the names that Interfaces have.
func (r *Result) fillNeighbors(vbs []pdu.Varbind, ports []ifmib.Port) {
	all, problems := lldp.Read(vbs, ports)
	for _, n := range all {
		r.Neighbors = append(r.Neighbors, Neighbor{
			LocalPort: text(n.LocalPort), LocalIndex: n.LocalIndex, Protocol: n.Protocol,
			ChassisID: text(n.ChassisID), ChassisIDType: text(n.ChassisIDType), PortID: text(n.PortID),
			PortDescr: text(n.PortDescr), SysName: text(n.SysName), Capabilities: n.Capabilities,
		})
	}
	r.Problems = append(r.Problems, problems...)
}
