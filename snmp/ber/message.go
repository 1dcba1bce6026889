package ber

import "rackvakt/snmp/pdu"

// Versions as msgVersion has them.
const (
	V1  = 0
	V2c = 1
	V3  = 3
)

// Types of PDUs, RFC 3416 section 3.
const (
	Get      = 0xA0
	GetNext  = 0xA1
	Response = 0xA2
	Set      = 0xA3
	GetBulk  = 0xA5
	Inform   = 0xA6
	Trap     = 0xA7
	Report   = 0xA8
)

// PDU is a request, response or report.
type PDU struct {
	Type byte
	ID   int64 // request-id
	// First is error-status, or non-repeaters of a GETBULK.
	First int64
	// Second is error-index, or max-repetitions of a GETBULK.
	Second   int64
	Varbinds []pdu.Varbind
}

// Message is a message of version 1 or 2c.
type Message struct {
	Version   int64
	Community string
	PDU       PDU
}

// Append appends the encoded message to b.
func (m Message) Append(b []byte) []byte {
	body := appendInt(nil, m.Version)
	body = appendTLV(body, tagOctets, []byte(m.Community))
	body = m.PDU.Append(body)
	return appendTLV(b, tagSequence, body)
}

// Append appends the encoded PDU to b.
func (p PDU) Append(b []byte) []byte {
	body := appendInt(nil, p.ID)
	body = appendInt(body, p.First)
	body = appendInt(body, p.Second)
	var list []byte
	for _, vb := range p.Varbinds {
		list = AppendVarbind(list, vb)
	}
	return appendTLV(b, p.Type, appendTLV(body, tagSequence, list))
}

// AppendVarbind appends one encoded varbind to b.
func AppendVarbind(b []byte, vb pdu.Varbind) []byte {
	pair := appendOID(nil, vb.OID)
	v := vb.Value
	switch v.Type {
	case pdu.Integer:
		pair = appendInt(pair, int64(v.Num))
	case pdu.Counter32, pdu.Gauge32, pdu.TimeTicks, pdu.Counter64:
		pair = appendTLV(pair, byte(v.Type), unsigned(v.Num))
	case pdu.ObjectID:
		pair = appendOID(pair, v.OID())
	case 0:
		pair = appendTLV(pair, byte(pdu.Null), nil)
	default:
		pair = appendTLV(pair, byte(v.Type), v.Octets)
	}
	return appendTLV(b, tagSequence, pair)
}

// ParseMessage decodes a message of version 1 or 2c.
func ParseMessage(b []byte) (Message, error) {
	outer := (&reader{b: b}).sequence()
	m := Message{Version: outer.integer(), Community: string(outer.take(tagOctets))}
	if outer.err != nil || m.Version != V1 && m.Version != V2c {
		return m, ErrMalformed
	}
	var err error
	m.PDU, err = ParsePDU(outer.b)
	return m, err
}

// ParsePDU decodes a PDU that b begins with.
func ParsePDU(b []byte) (PDU, error) {
	tag, content, _, err := readTLV(b)
	if err != nil || tag&0xe0 != 0xa0 || tag == 0xA4 {
		return PDU{}, ErrMalformed
	}
	r := &reader{b: content}
	p := PDU{Type: tag, ID: r.integer(), First: r.integer(), Second: r.integer()}
	list := r.sequence()
	for list.err == nil && len(list.b) > 0 {
		pair := list.sequence()
		name := pair.take(tagOID)
		if pair.err != nil {
			return p, ErrMalformed
		}
		vb, err := parsePair(name, pair.b)
		if err != nil {
			return p, err
		}
		p.Varbinds = append(p.Varbinds, vb)
	}
	return p, list.err
}

func parsePair(name, value []byte) (pdu.Varbind, error) {
	oid, err := decodeOID(name)
	if err != nil {
		return pdu.Varbind{}, err
	}
	tag, content, _, err := readTLV(value)
	if err != nil {
		return pdu.Varbind{}, err
	}
	v := pdu.Value{Type: pdu.Type(tag)}
	switch v.Type {
	case pdu.Integer, pdu.Counter32, pdu.Gauge32, pdu.TimeTicks, pdu.Counter64:
		if len(content) == 0 || len(content) > 9 {
			return pdu.Varbind{}, ErrMalformed
		}
		if v.Type == pdu.Integer {
			v.Num = uint64(int64(int8(content[0])))
			content = content[1:]
		}
		for _, c := range content {
			v.Num = v.Num<<8 | uint64(c)
		}
	case pdu.ObjectID:
		o, err := decodeOID(content)
		if err != nil {
			return pdu.Varbind{}, err
		}
		v.Octets = []byte(o)
	default:
		v.Octets = append([]byte(nil), content...)
	}
	return pdu.Varbind{OID: oid, Value: v}, nil
}
