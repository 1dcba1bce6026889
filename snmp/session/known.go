package session

import (
	"maps"
	"slices"
	"strings"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

// Octets of a message around its varbinds, about, and of an integer value.
const (
	envelope   = 48
	usualValue = 3
)

// Bounds of what a session keeps of the rows it saw: one GET holds them.
const (
	mostPacked = firstGet
	mostTables = 16
	packedFor  = 5 * time.Minute // then the table is walked again, for new rows
)

// table is what a walk of some columns found last.
type table struct {
	instances []pdu.OID
	at        time.Time
}

func (w *walk) key() string {
	var key strings.Builder
	for _, c := range w.columns {
		key.WriteString(string(c.tree))
		key.WriteByte('/')
	}
	return key.String()
}

func (w *walk) trees() []pdu.OID {
	trees := make([]pdu.OID, len(w.columns))
	for i, c := range w.columns {
		trees[i] = c.tree
	}
	return trees
}

// pack has a sweep ask for the instances that its columns had last, with the other
// instances, where that is fewer octets than walking the columns: of a UPS with one
// line that saves all requests but one.
func (p *Sweep) pack(s *Session) {
	known, ok := s.tables[p.walk.key()]
	if p.walked || !ok || time.Since(known.at) >= packedFor {
		return
	}
	p.pending = append(p.pending, known.instances...)
	p.packed, p.walked = known.instances, true
}

// unpack ends a packed sweep: where an instance is gone the columns are walked
// after all, for rows may have moved.
func (p *Sweep) unpack(s *Session) {
	packed := p.packed
	if p.packed = nil; packed == nil || len(p.Instances(p.walk.trees())) >= len(packed) {
		return
	}
	delete(s.tables, p.walk.key())
	p.walked = false
	p.Varbinds = slices.DeleteFunc(p.Varbinds, func(vb pdu.Varbind) bool { return slices.Contains(packed, vb.OID) })
}

// remember keeps what a whole walk found, where asking for it is fewer octets.
func (p *Sweep) remember(s *Session) {
	rows, cells := 0, 0
	for _, c := range p.walk.columns {
		rows, cells = max(rows, c.rows), cells+c.rows
	}
	if p.gaveUp || len(p.walk.broken) > 0 || cells == 0 || cells > mostPacked || len(s.tables) >= mostTables {
		return
	}
	trees := p.walk.trees()
	found := p.Instances(trees)
	if packedOctets(found) >= walkedOctets(trees, rows) {
		return
	}
	if s.tables == nil {
		s.tables = make(map[string]table)
	}
	s.tables[p.walk.key()] = table{found, time.Now()}
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

// Instances returns what came under columns, in order.
func (p *Sweep) Instances(columns []pdu.OID) []pdu.OID {
	all := make(map[pdu.OID]bool)
	for _, vb := range p.Varbinds {
		if slices.ContainsFunc(columns, vb.OID.Under) {
			all[vb.OID] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
