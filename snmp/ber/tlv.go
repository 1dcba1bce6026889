// Package ber encodes and decodes SNMP messages in the Basic Encoding Rules, as
// far as SNMP uses them (RFC 3417 section 8: definite lengths only).
//
// It refuses to know MIBs, sockets and keys: the encrypted part of an SNMPv3
// message stays octets here.
//
// Worked example: 30 26 02 01 01 04 06 70 75 62 6C 69 63 A0 19 02 01 07 02 01 00
// 02 01 00 30 0E 30 0C 06 08 2B 06 01 02 01 01 03 00 05 00 is a version 2c GET of
// sysUpTime.0 with community "public" and request-id 7.
package ber

import (
	"errors"
	"math"

	"rackvakt/snmp/pdu"
)

// ErrMalformed says that octets are no SNMP message.
var ErrMalformed = errors.New("malformed BER")

const (
	tagInteger  = byte(pdu.Integer)
	tagOctets   = byte(pdu.OctetString)
	tagOID      = byte(pdu.ObjectID)
	tagSequence = 0x30
)

// readTLV returns tag and content of the first element of b, and what follows it.
func readTLV(b []byte) (tag byte, content, rest []byte, err error) {
	if len(b) < 2 {
		return 0, nil, nil, ErrMalformed
	}
	n, at := int(b[1]), 2
	if n&0x80 != 0 {
		size := n & 0x7f
		if size == 0 || size > 4 || len(b) < 2+size {
			return 0, nil, nil, ErrMalformed
		}
		n = 0
		for _, c := range b[2 : 2+size] {
			n = n<<8 | int(c)
		}
		at += size
	}
	if n < 0 || n > len(b)-at {
		return 0, nil, nil, ErrMalformed
	}
	return b[0], b[at : at+n], b[at+n:], nil
}

// reader takes elements off the front of b; the first failure sticks.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(want byte) []byte {
	if r.err != nil {
		return nil
	}
	tag, content, rest, err := readTLV(r.b)
	if err == nil && tag != want {
		err = ErrMalformed
	}
	r.b, r.err = rest, err
	return content
}

// integer takes an INTEGER of at most 8 octets.
func (r *reader) integer() int64 {
	c := r.take(tagInteger)
	if r.err == nil && (len(c) == 0 || len(c) > 8) {
		r.err = ErrMalformed
	}
	if r.err != nil {
		return 0
	}
	n := int64(int8(c[0]))
	for _, x := range c[1:] {
		n = n<<8 | int64(x)
	}
	return n
}

func (r *reader) sequence() *reader {
	return &reader{b: r.take(tagSequence), err: r.err}
}

// appendTLV appends one element.
func appendTLV(b []byte, tag byte, content []byte) []byte {
	b = append(b, tag)
	switch n := len(content); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	case n < 0x10000:
		b = append(b, 0x82, byte(n>>8), byte(n))
	default:
		b = append(b, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, content...)
}

func appendInt(b []byte, n int64) []byte { return appendTLV(b, tagInteger, signed(n)) }

// signed is the shortest two's complement of n.
func signed(n int64) []byte {
	size := 1
	for x := n; x > math.MaxInt8 || x < math.MinInt8; x >>= 8 {
		size++
	}
	return bigEndian(uint64(n), size)
}

// unsigned is n with a leading zero octet where the top bit is set.
func unsigned(n uint64) []byte {
	size := 1
	for x := n; x > math.MaxInt8; x >>= 8 {
		size++
	}
	return bigEndian(n, size)
}

func bigEndian(n uint64, size int) []byte {
	out := make([]byte, size)
	for i := size - 1; i >= 0; i-- {
		out[i] = byte(n)
		n >>= 8
	}
	return out
}

func appendOID(b []byte, o pdu.OID) []byte {
	var content []byte
	switch o.Len() {
	case 0:
		content = []byte{0}
	case 1:
		content = appendArc(nil, uint64(o.Arc(0))*40)
	default:
		content = appendArc(nil, uint64(o.Arc(0))*40+uint64(o.Arc(1)))
		for i := 2; i < o.Len(); i++ {
			content = appendArc(content, uint64(o.Arc(i)))
		}
	}
	return appendTLV(b, tagOID, content)
}

func appendArc(b []byte, n uint64) []byte {
	var digits [10]byte
	i := len(digits) - 1
	digits[i] = byte(n & 0x7f)
	for n >>= 7; n > 0; n >>= 7 {
		i--
		digits[i] = byte(n) | 0x80
	}
	return append(b, digits[i:]...)
}

// maxArcs is the largest number of arcs, RFC 2578 section 3.5.
const maxArcs = 128

func decodeOID(c []byte) (pdu.OID, error) {
	var arcs []uint32
	var n uint64
	open := false
	for _, x := range c {
		n = n<<7 | uint64(x&0x7f)
		open = x&0x80 != 0
		if n > math.MaxUint32+80 || len(arcs) > maxArcs {
			return "", ErrMalformed
		}
		if open {
			continue
		}
		if len(arcs) == 0 {
			first := min(n/40, 2)
			arcs = append(arcs, uint32(first))
			n -= 40 * first
		}
		if n > math.MaxUint32 {
			return "", ErrMalformed
		}
		arcs = append(arcs, uint32(n))
		n = 0
	}
	if open || len(arcs) > maxArcs {
		return "", ErrMalformed
	}
	return pdu.OID("").With(arcs...), nil
}
