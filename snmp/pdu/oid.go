package pdu

import (
	"fmt"
	"strconv"
	"strings"
)

// OID is an object identifier as four big-endian octets for each arc, so that
// comparing two as strings is their order in SNMP and a tree is a prefix. The
// zero value is the empty identifier. Print it with String.
type OID string

// maxArcs is the largest number of arcs, RFC 2578 section 3.5.
const maxArcs = 128

// ParseOID reads dotted decimals, with or without a leading dot.
func ParseOID(s string) (OID, error) {
	var room [4 * maxArcs]byte
	b := room[:0]
	arcs := 0
	for part := range strings.SplitSeq(strings.TrimPrefix(s, "."), ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return "", fmt.Errorf("object identifier %.80q: arc %.20q is no 32-bit number", s, part)
		}
		if arcs++; arcs <= maxArcs {
			b = appendArc(b, uint32(n))
		}
	}
	if arcs > maxArcs {
		return "", fmt.Errorf("object identifier of %d arcs: at most %d", arcs, maxArcs)
	}
	return OID(b), nil
}

// MustOID is ParseOID for constants of the program; it panics on a mistake.
func MustOID(s string) OID {
	o, err := ParseOID(s)
	if err != nil {
		panic(err)
	}
	return o
}

func appendArc(b []byte, arc uint32) []byte {
	return append(b, byte(arc>>24), byte(arc>>16), byte(arc>>8), byte(arc))
}

// Len returns the number of arcs.
func (o OID) Len() int { return len(o) / 4 }

// Arc returns arc i, counted from 0.
func (o OID) Arc(i int) uint32 {
	return uint32(o[4*i])<<24 | uint32(o[4*i+1])<<16 | uint32(o[4*i+2])<<8 | uint32(o[4*i+3])
}

// With returns o followed by arcs.
func (o OID) With(arcs ...uint32) OID {
	b := []byte(o)
	for _, a := range arcs {
		b = appendArc(b, a)
	}
	return OID(b)
}

// Under reports whether o lies below tree (and is not tree itself).
func (o OID) Under(tree OID) bool {
	return len(o) > len(tree) && strings.HasPrefix(string(o), string(tree))
}

// Index returns the arcs of o below tree; false where o does not lie below it.
func (o OID) Index(tree OID) ([]uint32, bool) {
	if !o.Under(tree) {
		return nil, false
	}
	rest := o[len(tree):]
	arcs := make([]uint32, rest.Len())
	for i := range arcs {
		arcs[i] = rest.Arc(i)
	}
	return arcs, true
}

// String writes dotted decimals without a leading dot.
func (o OID) String() string {
	b := make([]byte, 0, 3*len(o)/2)
	for i := range o.Len() {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(o.Arc(i)), 10)
	}
	return string(b)
}
