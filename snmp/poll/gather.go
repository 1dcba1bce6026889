package poll

import (
	"context"
	"fmt"
	"slices"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/session"
	"rackvakt/snmp/system"
)

// Widths of requests: trees looked into at once, and columns walked side by side.
const (
	probesAtOnce  = 24
	columnsAtOnce = 12
)

// part is instances to get and columns to walk side by side.
type part struct {
	instances, columns []pdu.OID
	rows               int // that the columns had last; 0 where not known
}

// gather reads what is not a poll of the ports, one request a step: it looks into
// trees, and then reads parts.
type gather struct {
	trees []pdu.OID // still to look into
	wide  int       // trees looked into at once; 0 means probesAtOnce
	seen  []pdu.Varbind
	parts []part // still to read
	sweep *session.Sweep

	vbs       []pdu.Varbind
	problems  []string
	upTime    pdu.Number // of the last answer
	restarted bool       // sysUpTime fell meanwhile
	gaveUp    bool       // it was ended before its end
	broken    bool       // something was left out that the device did not answer
}

func (g *gather) done() bool { return len(g.trees) == 0 && len(g.parts) == 0 && g.sweep == nil }

// partial reports whether what did not come may be there all the same.
func (g *gather) partial() bool { return g.gaveUp || g.broken }

// read adds columns that are walked side by side, a request's worth at a time.
func (g *gather) read(columns ...pdu.OID) {
	for some := range slices.Chunk(columns, columnsAtOnce) {
		g.parts = append(g.parts, part{columns: some})
	}
}

// step does one request. now tells the moment of an answer; nil where nobody asks.
func (g *gather) step(ctx context.Context, s *session.Session, now func() reading.Stamp) error {
	if len(g.trees) > 0 {
		return g.look(ctx, s)
	}
	if g.sweep == nil {
		p := g.parts[0]
		g.sweep, g.parts = session.NewSweep(p.instances, p.columns, p.rows), g.parts[1:]
	}
	if !g.sweep.Done() {
		if err := g.sweep.Step(ctx, s, now); err != nil {
			return err
		}
	}
	if g.sweep.Done() {
		g.take(g.sweep)
		g.sweep = nil
	}
	return nil
}

func (g *gather) take(s *session.Sweep) {
	g.vbs = append(g.vbs, s.Varbinds...)
	g.problems = append(g.problems, s.Problems...)
	g.gaveUp = g.gaveUp || s.Left()
	g.broken = g.broken || s.Broken()
	g.restarted = g.restarted || s.Restarted || system.Restarted(g.upTime, s.UpTime)
	g.upTime = s.UpTime.Or(g.upTime)
}

// look asks for the first value below each of some trees. What an answer had no
// room for is asked again; see refused for the rest.
func (g *gather) look(ctx context.Context, s *session.Session) error {
	if g.wide == 0 {
		g.wide = probesAtOnce
	}
	some := g.trees[:min(len(g.trees), g.wide)]
	r, err := s.Bulk(ctx, some, 1)
	if err != nil {
		return err
	}
	answered := len(r.Varbinds) - 1 // sysUpTime stands first
	if r.Status != 0 || answered <= 0 {
		g.refused(r, len(some))
		return nil
	}
	for _, vb := range r.Varbinds[1:] {
		if vb.Value.Exists() && slices.ContainsFunc(some, vb.OID.Under) {
			g.seen = append(g.seen, vb)
		}
	}
	g.trees = g.trees[min(answered, len(some)):]
	return nil
}

// refused leaves out the tree that a refusal names, and where it names none looks
// into fewer of the asked trees at once.
func (g *gather) refused(r session.Reply, asked int) {
	at := r.Index - 2 // it counts from 1, and sysUpTime stands first
	switch {
	case r.Status != 0 && !r.TooBig() && at >= 0 && at < asked:
		g.trees = slices.Delete(slices.Clone(g.trees), at, at+1)
	case asked > 1:
		g.wide = asked / 2
	default:
		g.trees, g.wide = g.trees[1:], probesAtOnce
	}
}

// unanswered goes on after a request that a device left without an answer, though
// it answers others: with less at once, and then without what it asked for.
func (g *gather) unanswered(s *session.Session) {
	switch {
	case len(g.trees) == 0:
		g.sweep.Unanswered(s)
	case min(len(g.trees), g.wide) > 1:
		g.wide = min(len(g.trees), g.wide) / 2
	default:
		g.problems = append(g.problems, fmt.Sprintf("no answer to a question below %s: left out", g.trees[0]))
		g.trees, g.wide, g.broken = g.trees[1:], probesAtOnce, true
	}
}

// giveUp ends it before its end.
func (g *gather) giveUp(why string) {
	if g.sweep != nil {
		g.sweep.GiveUp(why)
		g.take(g.sweep)
	}
	g.trees, g.parts, g.sweep, g.gaveUp = nil, nil, nil, true
}
