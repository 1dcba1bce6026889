package poll

import (
	"context"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/session"
)

// fullPoll is one poll of everything.
type fullPoll struct {
	*session.Sweep
	inventory bool // all columns, system and MACs
	// changed are the ports whose state is another than before, more what is asked
	// about them then; nil for nothing.
	followed bool
	changed  []uint32
	more     *gather
	// ports are what the first read of Varbinds told.
	ports []ifmib.Port
	read  int
}

func newFullPoll(instances, columns []pdu.OID, rows int) *fullPoll {
	return &fullPoll{Sweep: session.NewSweep(instances, columns, rows)}
}

// step does one request: of the sweep, and then of what follows it.
func (p *fullPoll) step(ctx context.Context, s *session.Session, now func() reading.Stamp) error {
	if !p.Done() {
		return p.Step(ctx, s, now)
	}
	if err := p.more.step(ctx, s, nil); err != nil {
		return err
	}
	p.Restarted = p.Restarted || p.more.restarted
	if p.more.done() {
		p.Varbinds = append(p.Varbinds, p.more.vbs...)
	}
	return nil
}

// interfaces returns the ports that came so far. They may be written to by the last
// who asks.
func (p *fullPoll) interfaces() []ifmib.Port {
	if p.read != len(p.Varbinds) {
		p.ports, p.read = ifmib.Read(p.Varbinds), len(p.Varbinds)
	}
	return p.ports
}

// doubtful reports whether the ports that came may not be all, or may lack the
// names that they have.
func (p *fullPoll) doubtful() bool { return p.Left(ifmib.Name, ifmib.Descr) }
