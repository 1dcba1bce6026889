package poll

import (
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/session"
)

// fullPoll is one poll of everything.
type fullPoll struct {
	*session.Sweep
	inventory bool // all columns, system and MACs
}

func newFullPoll(instances, columns []pdu.OID, rows int) *fullPoll {
	return &fullPoll{Sweep: session.NewSweep(instances, columns, rows)}
}

// doubtful reports whether the ports that came may not be all, or may lack the
// names that they have.
func (p *fullPoll) doubtful() bool { return p.Left(ifmib.Name, ifmib.Descr) }
