package poll

import (
	"slices"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// learnColumns returns the columns that a regular poll of this device needs: the
// usual ones that it has, and the others where those are missing or say nothing.
func learnColumns(vbs []pdu.Varbind) []pdu.OID {
	says := make(map[pdu.OID]bool) // has any value, for counters and speeds other than 0
	has := make(map[pdu.OID]bool)
	for _, vb := range vbs {
		column := vb.OID[:len(vb.OID)-4]
		has[column] = true
		says[column] = says[column] || vb.Value.Number().Value > 0
	}
	columns := slices.DeleteFunc(ifmib.Usual(), func(c pdu.OID) bool { return !has[c] })
	for _, pair := range [][2]pdu.OID{
		{ifmib.HCInOctets, ifmib.InOctets}, {ifmib.HCOutOctets, ifmib.OutOctets},
		{ifmib.HCInUcast, ifmib.InUcast}, {ifmib.HCOutUcast, ifmib.OutUcast},
	} {
		wide, narrow := pair[0], pair[1]
		if has[narrow] && (!has[wide] || !says[wide] && says[narrow]) {
			columns = append(columns, narrow)
		}
	}
	if has[ifmib.Speed] && speedNeeded(vbs) {
		columns = append(columns, ifmib.Speed)
	}
	return columns
}

// speedNeeded reports whether some port tells its speed only in ifSpeed.
func speedNeeded(vbs []pdu.Varbind) bool {
	high := make(map[uint32]bool)
	for _, vb := range vbs {
		if vb.OID.Under(ifmib.HighSpeed) && vb.Value.Number().Value > 0 {
			high[vb.OID.Arc(vb.OID.Len()-1)] = true
		}
	}
	for _, vb := range vbs {
		if vb.OID.Under(ifmib.Speed) && vb.Value.Number().Value > 0 && !high[vb.OID.Arc(vb.OID.Len()-1)] {
			return true
		}
	}
	return false
}
