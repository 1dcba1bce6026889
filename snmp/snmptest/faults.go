package snmptest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

// Faults is how an Agent misbehaves. The zero value is good behaviour.
type Faults struct {
	// Silent answers nothing at all.
	Silent bool
	// Loss is the share of answers that get lost, 0 to 1.
	Loss float64
	// LoseNext loses that many answers and then none.
	LoseNext int
	// LoseLarger loses every answer of more octets, as a path does that drops
	// fragments; 0: none.
	LoseLarger int
	// Delay comes before each answer.
	Delay time.Duration
	// TooBigAbove answers tooBig to a GETBULK of more repetitions, or a GET of
	// more instances; 0: never.
	TooBigAbove int
	// GenErr is a tree; a request that touches it is answered with genErr.
	GenErr string
	// Mute is a tree; a request that touches it is not answered.
	Mute string
	// Loop is a tree; after its last instance comes its first again.
	Loop string
	// MaxRepetitions cuts the repetitions of a GETBULK; 0: as asked.
	MaxRepetitions int
	// Repeat sends each varbind of a GETBULK answer twice, one after the other.
	Repeat bool
	// Other answers with another identifier than was asked for.
	Other bool
	// Empty answers without any varbind.
	Empty bool
	// The answer comes with a request-id that is not the request's, or is 0; with
	// another community; cut in half before the whole one; or twice.
	WrongID, ZeroID, WrongCommunity, Truncate, Duplicate bool
	// NoIndex answers errors with error-index 0.
	NoIndex bool
	// Endless is a tree that never ends: after every identifier below it comes
	// another, with EndlessOctets octets of text.
	Endless       string
	EndlessOctets int
	// Cache has the values of both interface tables renewed only that often.
	Cache time.Duration
	// Only sends nothing after what Truncate sends: the whole answer is lost.
	Only bool
}

// lose reports whether an answer of that many octets gets lost.
func (f *Faults) lose(octets int) bool {
	if f.LoseLarger > 0 && octets > f.LoseLarger {
		return true
	}
	if f.LoseNext > 0 {
		f.LoseNext--
		return true
	}
	return f.Loss > 0 && rand.Float64() < f.Loss
}

// datagrams returns what is sent in place of b.
func (f *Faults) datagrams(b []byte) [][]byte {
	var out [][]byte
	if f.Truncate {
		out = append(out, b[:len(b)/2])
		if f.Only {
			return out
		}
	}
	out = append(out, b)
	if f.Duplicate {
		out = append(out, b)
	}
	return out
}

// touches returns the place of the first of vbs that belongs to tree, "" for none.
func touches(tree string, vbs []pdu.Varbind) (int, bool) {
	if tree == "" {
		return 0, false
	}
	o := pdu.MustOID(tree)
	i := slices.IndexFunc(vbs, func(vb pdu.Varbind) bool { return vb.OID == o || vb.OID.Under(o) })
	return i, i >= 0
}

func (f *Faults) tooBig(q, p ber.PDU) bool {
	if f.TooBigAbove == 0 {
		return false
	}
	if q.Type == ber.GetBulk {
		return q.Second > int64(f.TooBigAbove)
	}
	return len(p.Varbinds) > f.TooBigAbove
}

// loopStart returns the first object of the Loop tree where o is its last; else -1.
func (f *Faults) loopStart(o pdu.OID, a *Agent, next int) int {
	if f.Loop == "" {
		return -1
	}
	tree := pdu.MustOID(f.Loop)
	if !o.Under(tree) || next < len(a.objects) && a.objects[next].oid.Under(tree) {
		return -1
	}
	first, _ := a.find(tree)
	return first
}

// endless returns what comes after o in the tree that never ends.
func (f *Faults) endless(o pdu.OID) (pdu.Varbind, bool) {
	if f.Endless == "" {
		return pdu.Varbind{}, false
	}
	tree := pdu.MustOID(f.Endless)
	value := pdu.Bytes(bytes.Repeat([]byte{'x'}, f.EndlessOctets))
	if o == tree {
		return pdu.Varbind{OID: o.With(1), Value: value}, true
	}
	if !o.Under(tree) {
		return pdu.Varbind{}, false
	}
	return pdu.Varbind{OID: o[:len(o)-4].With(o.Arc(o.Len()-1) + 1), Value: value}, true
}

// bend changes an answer that is otherwise good.
func (f *Faults) bend(p *ber.PDU) {
	switch {
	case f.WrongID:
		p.ID ^= 0x5a5a
	case f.ZeroID:
		p.ID = 0
	}
	if f.Empty {
		p.Varbinds = nil
	}
	if f.Other {
		for i := range p.Varbinds {
			p.Varbinds[i].OID = p.Varbinds[i].OID.With(7)
		}
	}
	if f.Repeat {
		var twice []pdu.Varbind
		for _, vb := range p.Varbinds {
			twice = append(twice, vb, vb)
		}
		p.Varbinds = twice
	}
}
