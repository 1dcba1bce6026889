package ber

import "rackvakt/snmp/pdu"

// Flags of an SNMPv3 message, RFC 3412 section 6.4.
const (
	FlagAuth       = 1
	FlagPriv       = 2
	FlagReportable = 4
)

// ModelUSM is the User-based Security Model, RFC 3411 section 5.
const ModelUSM = 3

// Message3 is a message of version 3 with USM parameters (RFC 3414 section 2.4).
type Message3 struct {
	ID      int64 // msgID
	MaxSize int64 // octets that the sender takes
	Flags   byte
	Model   int64

	EngineID    []byte
	Boots, Time int64
	User        string
	AuthParams  []byte
	PrivParams  []byte

	// Scoped is the encoded ScopedPDU; with FlagPriv the encrypted octets.
	Scoped []byte
}

// Append appends the encoded message to b.
func (m Message3) Append(b []byte) []byte {
	header := appendInt(nil, m.ID)
	header = appendInt(header, m.MaxSize)
	header = appendTLV(header, tagOctets, []byte{m.Flags})
	header = appendInt(header, m.Model)
	usm := appendTLV(nil, tagOctets, m.EngineID)
	usm = appendInt(usm, m.Boots)
	usm = appendInt(usm, m.Time)
	usm = appendTLV(usm, tagOctets, []byte(m.User))
	usm = appendTLV(usm, tagOctets, m.AuthParams)
	usm = appendTLV(usm, tagOctets, m.PrivParams)
	body := appendInt(nil, V3)
	body = appendTLV(body, tagSequence, header)
	body = appendTLV(body, tagOctets, appendTLV(nil, tagSequence, usm))
	if m.Flags&FlagPriv != 0 {
		body = appendTLV(body, tagOctets, m.Scoped)
	} else {
		body = append(body, m.Scoped...)
	}
	return appendTLV(b, tagSequence, body)
}

// ParseMessage3 decodes a message of version 3. AuthParams and Scoped are parts
// of b, so that the receiver can blank AuthParams in place to check a digest.
func ParseMessage3(b []byte) (Message3, error) {
	outer := (&reader{b: b}).sequence()
	if version := outer.integer(); outer.err != nil || version != V3 {
		return Message3{}, ErrMalformed
	}
	header := outer.sequence()
	m := Message3{ID: header.integer(), MaxSize: header.integer()}
	flags := header.take(tagOctets)
	m.Model = header.integer()
	usm := (&reader{b: outer.take(tagOctets), err: outer.err}).sequence()
	m.EngineID = usm.take(tagOctets)
	m.Boots, m.Time = usm.integer(), usm.integer()
	m.User = string(usm.take(tagOctets))
	m.AuthParams, m.PrivParams = usm.take(tagOctets), usm.take(tagOctets)
	if outer.err != nil || header.err != nil || usm.err != nil || len(flags) != 1 {
		return m, ErrMalformed
	}
	m.Flags = flags[0]
	m.Scoped = outer.b
	if m.Flags&FlagPriv != 0 {
		m.Scoped = outer.take(tagOctets)
	}
	return m, outer.err
}

// AppendScoped appends an encoded ScopedPDU to b.
func AppendScoped(b, engineID []byte, context string, p PDU) []byte {
	body := appendTLV(nil, tagOctets, engineID)
	body = appendTLV(body, tagOctets, []byte(context))
	return appendTLV(b, tagSequence, p.Append(body))
}

// ParseScoped decodes a ScopedPDU; octets behind it are padding.
func ParseScoped(b []byte) (engineID []byte, context string, p PDU, err error) {
	r := (&reader{b: b}).sequence()
	engineID, context = r.take(tagOctets), string(r.take(tagOctets))
	if r.err != nil {
		return nil, "", PDU{}, r.err
	}
	p, err = ParsePDU(r.b)
	return engineID, context, p, err
}

// Envelope is what can be known of a message without keys.
type Envelope struct {
	Version   int64
	Community string
	// ID is the request-id, of version 3 the msgID.
	ID int64
	// Report is the object of a Report sent in clear, "" for any other message.
	Report pdu.OID
}

// ParseEnvelope decodes the envelope of a message that fills b exactly.
func ParseEnvelope(b []byte) (Envelope, error) {
	_, _, rest, err := readTLV(b)
	if err != nil || len(rest) != 0 {
		return Envelope{}, ErrMalformed
	}
	outer := (&reader{b: b}).sequence()
	e := Envelope{Version: outer.integer()}
	if e.Version == V3 {
		return e.version3(b)
	}
	e.Community = string(outer.take(tagOctets))
	if outer.err != nil {
		return e, outer.err
	}
	_, content, _, err := readTLV(outer.b)
	if err != nil {
		return e, err
	}
	r := &reader{b: content}
	e.ID = r.integer()
	return e, r.err
}

func (e Envelope) version3(b []byte) (Envelope, error) {
	m, err := ParseMessage3(b)
	e.ID = m.ID
	if err != nil || m.Flags&FlagPriv != 0 {
		return e, err
	}
	if _, _, p, err := ParseScoped(m.Scoped); err == nil && p.Type == Report && len(p.Varbinds) > 0 {
		e.Report = p.Varbinds[0].OID
	}
	return e, nil
}
