package session

import (
	"maps"
	"slices"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

// Octets of a message around its varbinds, about, and of an integer value.
const (
	envelope   = 48
	usualValue = 3
)

// NewKnownSweep returns a Sweep that reads the known instances of columns: by GETs
// packed full where that is fewer octets, as of some rows of a long table, or of a
// table of one row; else by walking the columns, which brings new rows as well.
// rows is the number of rows that the columns had last.
func NewKnownSweep(known, columns []pdu.OID, rows int) *Sweep {
	if packedOctets(known) < walkedOctets(columns, rows) {
		return NewSweep(known, nil, 0)
	}
	return NewSweep(nil, columns, rows)
}

// packedOctets estimates the octets of GETs and their answers: every identifier
// goes both ways.
func packedOctets(known []pdu.OID) int {
	total := requests(len(known), firstGet) * 2 * envelope
	for _, o := range known {
		n := varbindOctets(o)
		total += n + n + usualValue
	}
	return total
}

// walkedOctets estimates the octets of GETBULKs and their answers: a few
// columns go out each time, and one row more than there is comes back.
func walkedOctets(columns []pdu.OID, rows int) int {
	width := 0
	for _, c := range columns {
		width += varbindOctets(c) + 1 // the index
	}
	if width == 0 {
		return 0
	}
	back := (rows + 1) * (width + usualValue*len(columns))
	named := width * min(len(columns), fewColumns) / len(columns)
	return back + requests(back, frame)*(2*envelope+named)
}

// varbindOctets is what an identifier and an empty value take.
func varbindOctets(o pdu.OID) int {
	return len(ber.AppendVarbind(nil, pdu.Varbind{OID: o, Value: pdu.Value{Type: pdu.Null}}))
}

func requests(n, each int) int { return (n + each - 1) / each }

// Instances returns what came under columns, in order: what NewKnownSweep takes.
func (p *Sweep) Instances(columns []pdu.OID) []pdu.OID {
	all := make(map[pdu.OID]bool)
	for _, vb := range p.Varbinds {
		if slices.ContainsFunc(columns, vb.OID.Under) {
			all[vb.OID] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
