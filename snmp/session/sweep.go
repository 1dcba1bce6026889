package session

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// firstGet is the number of identifiers in one GET until a device shows less.
const firstGet = 40

// Sweep reads instances by GET, then columns by GETBULK, one request a step, so
// that the owner can ask something else between two.
type Sweep struct {
	// Varbinds is what came so far, Problems what was odd and how it was taken.
	Varbinds []pdu.Varbind
	Problems []string
	// UpTime is the sysUpTime of the last answer, RTT its round trip.
	UpTime pdu.Number
	RTT    time.Duration
	// Restarted: sysUpTime fell meanwhile, the values do not belong together.
	Restarted bool
	Started   time.Time

	begun   bool
	pending []pdu.OID
	packed  []pdu.OID // instances of the columns, asked for in place of a walk
	walk    *walk
	walked  bool
	// at is when the values of an index came, with the sysUpTime of their own PDU.
	at     map[uint32]moment
	octets int
	gaveUp bool
	// dropped: instances were left out that the device refused or did not answer.
	dropped bool
}

// NewSweep returns a Sweep of instances and columns; rows is the number of rows
// that the columns had last, 0 where that is not known.
func NewSweep(instances, columns []pdu.OID, rows int) *Sweep {
	return &Sweep{
		pending: slices.Clone(instances), walk: newWalk(columns, rows), walked: len(columns) == 0,
		at: make(map[uint32]moment), Started: time.Now(),
	}
}

// Done reports whether there is nothing left to ask.
func (p *Sweep) Done() bool { return len(p.pending) == 0 && p.walked }

// Step does one request. now tells the moment of an answer; nil where nobody asks.
func (p *Sweep) Step(ctx context.Context, s *Session, now func() reading.Stamp) error {
	if !p.begun {
		p.begun = true
		p.pack(s)
	}
	if len(p.pending) > 0 {
		err := p.getStep(ctx, s, now)
		if err == nil && len(p.pending) == 0 {
			p.unpack(s)
		}
		return err
	}
	p.walk.wide = s.o.Version == "1"
	p.walk.begin(s.known)
	after, reps := p.walk.request()
	r, err := s.Bulk(ctx, after, reps)
	if err != nil {
		return err
	}
	p.took(s, r, now)
	return nil
}

// took takes one answer, and ends the sweep where it is the last or one too many.
func (p *Sweep) took(s *Session, r Reply, now func() reading.Stamp) {
	err := p.takeBulk(r, s.o.Timeout, now)
	s.learn(p.walk, r)
	s.sawUpTime(p.UpTime)
	if p.octets += r.Octets; err == nil && p.octets > mostOctets {
		err = fmt.Errorf("more than %d octets", mostOctets)
	}
	if err == nil && time.Since(p.Started) > mostTime {
		err = fmt.Errorf("it took longer than %v", mostTime)
	}
	if err != nil {
		p.GiveUp(err.Error())
	}
	p.ended(s)
}

// ended ends a sweep whose columns came to their end.
func (p *Sweep) ended(s *Session) {
	if next, _ := p.walk.request(); len(next) == 0 {
		p.walked = true
	}
	if p.walked {
		p.Problems = append(p.Problems, p.walk.problems...)
		p.remember(s)
	}
}

// GiveUp ends a sweep before its end.
func (p *Sweep) GiveUp(why string) {
	p.pending, p.walked, p.gaveUp = nil, true, true
	p.Problems = append(p.Problems, "the poll was given up: "+why)
}

// Broken reports whether a column or an instance was left out that the device refused
// or did not answer.
func (p *Sweep) Broken() bool { return p.dropped || len(p.walk.broken) > 0 }

// Unanswered has a sweep go on after a request that was left without an answer by a
// device that answers others: with fewer columns, and then without the one asked for.
func (p *Sweep) Unanswered(s *Session) {
	if n := min(len(p.pending), s.identifiers()); n > 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("no answer to %s and %d more: left out", p.pending[0], n-1))
		p.dropped = true
		if p.pending = p.pending[n:]; len(p.pending) == 0 {
			p.unpack(s)
		}
		return
	}
	p.walk.unanswered()
	p.ended(s)
}

// Left reports whether the sweep, or one of columns, ended before its end.
func (p *Sweep) Left(columns ...pdu.OID) bool {
	return p.gaveUp || slices.ContainsFunc(columns, func(c pdu.OID) bool { return p.walk.broken[c] })
}

func (p *Sweep) takeBulk(r Reply, most time.Duration, now func() reading.Stamp) error {
	p.walk.answered(r)
	if r.Status != noError {
		return p.walk.refused(r.Status, r.Index)
	}
	if len(r.Varbinds) == 0 {
		return p.walk.smaller(errEmpty)
	}
	p.RTT = r.RTT
	p.sawUpTime(r.Varbinds[:1])
	kept, err := p.walk.take(r.Varbinds[1:], r.RTT < most/4 && !r.Lost)
	p.grow()
	p.Varbinds = append(p.Varbinds, kept...)
	p.stamp(kept, now)
	return err
}

// grow makes room for all values where their number is known.
func (p *Sweep) grow() {
	if n := len(p.walk.columns) * p.walk.rows; n <= mostVarbinds && cap(p.Varbinds) < n {
		p.Varbinds = slices.Grow(p.Varbinds, n-len(p.Varbinds))
	}
}

// stamp notes when the values of indexes came.
func (p *Sweep) stamp(vbs []pdu.Varbind, now func() reading.Stamp) {
	if now == nil {
		return
	}
	at := moment{now(), p.UpTime}
	for i, vb := range vbs {
		index := vb.OID.Arc(vb.OID.Len() - 1)
		if i > 0 && vbs[i-1].OID.Arc(vbs[i-1].OID.Len()-1) == index {
			continue // the columns of a row come one after the other
		}
		p.at[index] = at
	}
}

func (p *Sweep) getStep(ctx context.Context, s *Session, now func() reading.Stamp) error {
	g, err := s.GetSome(ctx, p.pending)
	if err != nil {
		return err
	}
	p.pending = g.Rest
	p.Varbinds = append(p.Varbinds, g.Varbinds...)
	p.Problems = append(p.Problems, g.Problems...)
	p.dropped = p.dropped || len(g.Problems) > 0
	p.RTT = g.RTT
	p.sawUpTime(g.Varbinds)
	p.stamp(g.Varbinds, now)
	return nil
}

func (p *Sweep) sawUpTime(vbs []pdu.Varbind) {
	up := system.Read(vbs).UpTime
	if !up.Present {
		return
	}
	p.Restarted = p.Restarted || system.Restarted(p.UpTime, up)
	p.UpTime = up
}

// Got is what one GET brought.
type Got struct {
	Varbinds []pdu.Varbind // what was asked for and nothing else
	Rest     []pdu.OID     // still to ask
	Problems []string
	RTT      time.Duration
}

// GetSome asks for sysUpTime.0 and as many of oids as fit, and tells which are left.
func (s *Session) GetSome(ctx context.Context, oids []pdu.OID) (Got, error) {
	n := min(len(oids), s.identifiers())
	ask := append([]pdu.OID{upTime}, slices.DeleteFunc(slices.Clone(oids[:n]), isUpTime)...)
	r, err := s.getEach(ctx, ask)
	if err != nil {
		return Got{}, err
	}
	g := Got{Rest: oids[n:], RTT: r.RTT}
	if r.Status == noError {
		for _, vb := range r.Varbinds {
			if slices.Contains(ask, vb.OID) && vb.Value.Exists() {
				g.Varbinds = append(g.Varbinds, vb)
			}
		}
		return g, nil
	}
	g.Rest = oids
	bad := r.Index - 1
	switch {
	case r.Status == tooBig && n > 1:
		s.known.Identifiers = n / 2
		s.limited(QuirkTooBig)
	case bad >= 0 && bad < len(ask):
		g.drop(ask[bad], r.Status)
	case len(oids) > 0:
		g.drop(oids[0], r.Status)
	}
	return g, nil
}

func isUpTime(o pdu.OID) bool { return o == upTime }

// drop leaves out an identifier that makes the device refuse the whole request.
// The uptime goes with every request, so its refusal ends the poll.
func (g *Got) drop(o pdu.OID, status int) {
	if o == upTime {
		g.Rest = nil
	}
	if status != noSuchName {
		g.Problems = append(g.Problems, fmt.Sprintf("%s refused with error-status %d", o, status))
	}
	g.Rest = slices.DeleteFunc(slices.Clone(g.Rest), func(other pdu.OID) bool { return other == o })
}

// Stamp returns when the values of an index came.
func (p *Sweep) Stamp(index uint32, otherwise reading.Stamp) reading.Stamp {
	if at, ok := p.at[index]; ok {
		return at.Stamp
	}
	return otherwise
}

// UpTimeOf returns the sysUpTime of the PDU that brought the values of an index.
func (p *Sweep) UpTimeOf(index uint32) pdu.Number {
	if at, ok := p.at[index]; ok {
		return at.up
	}
	return p.UpTime
}

// moment is a Stamp and what the device called it.
type moment struct {
	reading.Stamp
	up pdu.Number
}
