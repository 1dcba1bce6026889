package session

import (
	"context"

	"github.com/gosnmp/gosnmp"

	"rackvakt/snmp/pdu"
)

// successors asks for what comes after each of names with GETNEXT, as version 1
// does it. There the end of all objects is an error to the whole question (RFC
// 1157 section 4.1.3): what has no successor is left out and the rest asked again,
// and the Reply has an EndOfMibView in its place, as version 2c has.
func (s *Session) successors(ctx context.Context, names []pdu.OID) (Reply, error) {
	end := pdu.OID("") // from here on nothing follows; "": not known
	octets := 0
	for {
		var ask []pdu.OID
		var at []int
		for i, o := range names {
			if end == "" || o < end {
				ask, at = append(ask, o), append(at, i)
			}
		}
		all := make([]pdu.Varbind, len(names))
		for i, o := range names {
			all[i] = pdu.Varbind{OID: o, Value: pdu.Value{Type: pdu.EndOfMibView}}
		}
		if len(ask) == 0 {
			return Reply{Varbinds: all, Octets: octets, Repetitions: 1}, nil
		}
		dots := dotted(ask)
		r, err := s.ask(ctx, func(int) (*gosnmp.SnmpPacket, error) { return s.g.GetNext(dots) })
		if err != nil {
			return r, err
		}
		octets += r.Octets
		r.Octets, r.Repetitions = octets, 1
		switch {
		case r.Status == noSuchName:
			end = without(ask, r.Index)
			continue
		case r.Status != noError:
			if r.Index > 0 && r.Index <= len(at) {
				r.Index = at[r.Index-1] + 1
			}
			return r, nil
		}
		for i, vb := range r.Varbinds[:min(len(r.Varbinds), len(at))] {
			all[at[i]] = vb
		}
		r.Varbinds = all
		return r, nil
	}
}

// without returns the name that has no successor: the one that the answer names,
// and where it names none the last in order, which has none if any has none.
func without(ask []pdu.OID, index int) pdu.OID {
	if index > 0 && index <= len(ask) {
		return ask[index-1]
	}
	last := ask[0]
	for _, o := range ask {
		last = max(last, o)
	}
	return last
}

// getEach asks for instances. In version 1 one that does not exist refuses all
// others, so there the successor of what comes just before each is asked for.
func (s *Session) getEach(ctx context.Context, oids []pdu.OID) (Reply, error) {
	if s.o.Version != "1" {
		return s.Get(ctx, oids)
	}
	before := make([]pdu.OID, len(oids))
	for i, o := range oids {
		before[i] = predecessor(o)
	}
	r, err := s.successors(ctx, before)
	if err == nil && r.Status == noError {
		for i, o := range oids {
			if r.Varbinds[i].OID != o {
				r.Varbinds[i] = pdu.Varbind{OID: o, Value: pdu.Value{Type: pdu.NoSuchInstance}}
			}
		}
	}
	return r, err
}

// predecessor returns an identifier after which o comes next, where it exists: an
// instance has none below it. For 1.3.5.0 that is 1.3.5, for 1.3.5.7 it is 1.3.5.6.
func predecessor(o pdu.OID) pdu.OID {
	if o.Len() < 2 {
		return o
	}
	parent, last := o[:len(o)-4], o.Arc(o.Len()-1)
	if last == 0 {
		return parent
	}
	return parent.With(last - 1)
}
