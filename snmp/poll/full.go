package poll

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// firstGet is the number of identifiers in one GET until a device shows less.
const firstGet = 40

// fullPoll is one poll of everything: instances by GET, then columns by GETBULK,
// one request a step, so that the owner can ask something else between two.
type fullPoll struct {
	pending []pdu.OID
	walk    *walk
	walked  bool
	vbs     []pdu.Varbind
	// at is when the values of an index came: with the sysUpTime of their own PDU.
	at        map[uint32]reading.Stamp
	upTime    pdu.Number
	inventory bool // all columns, system and MACs
	started   time.Time
	restarted bool // sysUpTime fell meanwhile: the values do not belong together
	octets    int
	gaveUp    bool
	rtt       time.Duration
	problems  []string
	// probed holds the first value below each tree that was looked into.
	probed []pdu.Varbind
}

func newFullPoll(instances, columns []pdu.OID, rows int) *fullPoll {
	return &fullPoll{
		pending: slices.Clone(instances), walk: newWalk(columns, rows), walked: len(columns) == 0,
		at: make(map[uint32]reading.Stamp), started: time.Now(),
	}
}

func (p *fullPoll) done() bool { return len(p.pending) == 0 && p.walked }

// step does one request. now tells the moment of an answer; nil where nobody asks.
func (p *fullPoll) step(ctx context.Context, s *session, now func() reading.Stamp) error {
	if len(p.pending) > 0 {
		return p.getStep(ctx, s)
	}
	if s.reps > 0 {
		p.walk.reps, p.walk.most = s.reps, s.most
	}
	after, reps := p.walk.request()
	r, err := s.bulk(ctx, after, reps)
	if err != nil {
		return err
	}
	err = p.takeBulk(r, s.o.Timeout, now)
	s.reps, s.most = p.walk.reps, p.walk.most
	if p.octets += r.octets; err == nil && p.octets > mostOctets {
		err = fmt.Errorf("more than %d octets", mostOctets)
	}
	if next, _ := p.walk.request(); len(next) == 0 {
		p.walked = true
	}
	if err != nil {
		p.giveUp(err.Error())
	}
	if p.walked {
		p.problems = append(p.problems, p.walk.problems...)
	}
	return nil
}

// giveUp ends a poll before its end.
func (p *fullPoll) giveUp(why string) {
	p.pending, p.walked, p.gaveUp = nil, true, true
	p.problems = append(p.problems, "the poll was given up: "+why)
}

// doubtful reports whether the ports that came may not be all, or may lack the
// names that they have.
func (p *fullPoll) doubtful() bool {
	return p.gaveUp || p.walk.broken[ifmib.Name] || p.walk.broken[ifmib.Descr]
}

func (p *fullPoll) takeBulk(r reply, most time.Duration, now func() reading.Stamp) error {
	if r.status != noError {
		return p.walk.refused(r.status, r.index)
	}
	if len(r.vbs) == 0 {
		return p.walk.smaller(errEmpty)
	}
	p.rtt = r.rtt
	p.sawUpTime(r.vbs[:1])
	kept, err := p.walk.take(r.vbs[1:], r.rtt < most/4)
	p.vbs = append(p.vbs, kept...)
	if now != nil {
		at := now()
		for _, vb := range kept {
			p.at[vb.OID.Arc(vb.OID.Len()-1)] = at
		}
	}
	return err
}

func (p *fullPoll) getStep(ctx context.Context, s *session) error {
	g, err := s.getSome(ctx, p.pending)
	if err != nil {
		return err
	}
	p.pending = g.rest
	p.vbs = append(p.vbs, g.vbs...)
	p.problems = append(p.problems, g.problems...)
	p.rtt = g.rtt
	p.sawUpTime(g.vbs)
	return nil
}

func (p *fullPoll) sawUpTime(vbs []pdu.Varbind) {
	up := system.Read(vbs).UpTime
	if !up.Present {
		return
	}
	p.restarted = p.restarted || system.Restarted(p.upTime, up)
	p.upTime = up
}

// got is what one GET brought.
type got struct {
	vbs      []pdu.Varbind // what was asked for and nothing else
	rest     []pdu.OID     // still to ask
	problems []string
	rtt      time.Duration
}

// getSome asks for sysUpTime.0 and as many of oids as fit, and tells which are left.
func (s *session) getSome(ctx context.Context, oids []pdu.OID) (got, error) {
	if s.maxGet == 0 {
		s.maxGet = firstGet
	}
	n := min(len(oids), s.maxGet)
	ask := append([]pdu.OID{upTime}, slices.DeleteFunc(slices.Clone(oids[:n]), isUpTime)...)
	r, err := s.get(ctx, ask)
	if err != nil {
		return got{}, err
	}
	g := got{rest: oids[n:], rtt: r.rtt}
	if r.status == noError {
		for _, vb := range r.vbs {
			if slices.Contains(ask, vb.OID) && vb.Value.Exists() {
				g.vbs = append(g.vbs, vb)
			}
		}
		return g, nil
	}
	g.rest = oids
	bad := r.index - 1
	switch {
	case r.status == tooBig && n > 1:
		s.maxGet = n / 2
	case bad >= 0 && bad < len(ask):
		g.drop(ask[bad], r.status)
	default:
		g.drop(oids[0], r.status)
	}
	return g, nil
}

func isUpTime(o pdu.OID) bool { return o == upTime }

// drop leaves out an identifier that makes the device refuse the whole request.
// The uptime goes with every request, so its refusal ends the poll.
func (g *got) drop(o pdu.OID, status int) {
	if o == upTime {
		g.rest = nil
	}
	if status != noSuchName {
		g.problems = append(g.problems, fmt.Sprintf("%s refused with error-status %d", o, status))
	}
	g.rest = slices.DeleteFunc(slices.Clone(g.rest), func(other pdu.OID) bool { return other == o })
}

// stamp returns when the values of an index came.
func (p *fullPoll) stamp(index uint32, otherwise reading.Stamp) reading.Stamp {
	if at, ok := p.at[index]; ok {
		return at
	}
	return otherwise
}
