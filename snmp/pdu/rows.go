package pdu

import "slices"

// Row collects the cells of one index of a table by column number.
type Row map[uint32]Value

// Rows collects by index the cells of a table whose index has the given number of
// arcs: of the columns that are named, or of all where none is. Without a value there
// is no cell; the last one of an instance wins.
func Rows(vbs []Varbind, entry OID, arcs int, columns ...uint32) map[OID]Row {
	all := make(map[OID]Row)
	for _, vb := range vbs {
		if !vb.OID.Under(entry) || vb.OID.Len() != entry.Len()+1+arcs || !vb.Value.Exists() {
			continue
		}
		column, index := vb.OID.Arc(entry.Len()), vb.OID[len(entry)+4:]
		if len(columns) > 0 && !slices.Contains(columns, column) {
			continue
		}
		if all[index] == nil {
			all[index] = make(Row)
		}
		all[index][column] = vb.Value
	}
	return all
}
