package poll

import (
	"context"
	"slices"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/lldp"
	"rackvakt/snmp/pdu"
	printermib "rackvakt/snmp/printer"
	"rackvakt/snmp/session"
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

// seldom is a group of tables that few devices have.
type seldom struct {
	probe   pdu.OID   // has a value below it where the tables are of use
	columns []pdu.OID // what is walked then
}

// seldomTables lists those of neighbours and printers. Neighbours are looked for
// below the whole entry, as not every agent has its first column.
func seldomTables() []seldom {
	var all []seldom
	for _, columns := range [][]pdu.OID{lldp.Columns(), lldp.ColumnsV2(), lldp.ColumnsCDP()} {
		last := columns[len(columns)-1]
		all = append(all, seldom{last[:len(last)-4], columns})
	}
	return append(all, seldom{printermib.Status, printermib.Columns()})
}

// seldomProbes returns the trees to look into before seldomTables are asked for.
func seldomProbes() []pdu.OID {
	var trees []pdu.OID
	for _, t := range seldomTables() {
		trees = append(trees, t.probe)
	}
	return trees
}

// readSeldom walks those of the seldom tables that a probe found a row of.
func readSeldom(ctx context.Context, s *session.Session, p *fullPoll) error {
	for _, t := range seldomTables() {
		if !under(p.probed, t.probe) {
			continue
		}
		for part := range slices.Chunk(t.columns, columnsAtOnce) {
			if err := p.append(ctx, s, nil, part); err != nil {
				return err
			}
		}
	}
	return nil
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
