package pdu

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Type is the BER tag of a value, RFC 3416 section 3 and RFC 2578.
type Type byte

// Types of values. The last three are the exceptions of RFC 3416: no value.
const (
	Integer        Type = 0x02
	OctetString    Type = 0x04
	Null           Type = 0x05
	ObjectID       Type = 0x06
	IPAddress      Type = 0x40
	Counter32      Type = 0x41
	Gauge32        Type = 0x42
	TimeTicks      Type = 0x43
	Opaque         Type = 0x44
	Counter64      Type = 0x46
	NoSuchObject   Type = 0x80
	NoSuchInstance Type = 0x81
	EndOfMibView   Type = 0x82
)

// Value is one value as it came. The zero value holds nothing.
type Value struct {
	Type Type
	// Num holds the numeric types; an Integer as two's complement of 64 bits.
	Num uint64
	// Octets holds OctetString, IPAddress and Opaque, and the text of an OID's arcs.
	Octets []byte
}

// Varbind is one object instance and its value.
type Varbind struct {
	OID   OID
	Value Value
}

// Exists reports whether there is a value: not an exception, Null or nothing.
func (v Value) Exists() bool {
	switch v.Type {
	case 0, Null, NoSuchObject, NoSuchInstance, EndOfMibView:
		return false
	}
	return true
}

// Int returns a whole number. Agents send numbers under the wrong type, so any
// numeric type and decimal text are taken; false for everything else.
func (v Value) Int() (int64, bool) {
	switch v.Type {
	case Integer:
		return int64(v.Num), true
	case Counter32, Gauge32, TimeTicks, Counter64:
		return int64(v.Num), v.Num <= math.MaxInt64
	case OctetString:
		n, err := strconv.ParseInt(strings.Trim(string(v.Octets), " \x00\r\n\t"), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// Number returns a number that cannot be negative, absent where there is none.
func (v Value) Number() Number {
	if v.Type == Counter64 {
		return Some(v.Num)
	}
	if n, ok := v.Int(); ok && n >= 0 {
		return Some(uint64(n))
	}
	return Number{}
}

// Text returns an OctetString as text fit to show, "" where there is none.
func (v Value) Text() string {
	if v.Type != OctetString {
		return ""
	}
	return Clean(v.Octets)
}

// OID returns the value of an ObjectID, "" where it is none.
func (v Value) OID() OID {
	if v.Type != ObjectID {
		return ""
	}
	return OID(v.Octets)
}

// maxText bounds a DisplayString or SnmpAdminString, in octets (RFC 2579, RFC 3411).
const maxText = 255

// Clean makes text of what agents call a string: octets that are not UTF-8 are
// read as ISO 8859-1, control characters become blanks, and blanks and NUL at
// the ends go. Example: 47 69 31 00 20 is "Gi1"; 52 E4 76 is "Räv".
func Clean(b []byte) string {
	if len(b) > maxText {
		b = b[:maxText]
		for cut := 1; cut < utf8.UTFMax && !utf8.Valid(b); cut++ {
			if utf8.Valid(b[:maxText-cut]) {
				b = b[:maxText-cut] // the limit had cut a character in two
			}
		}
	}
	var runes []rune
	if utf8.Valid(b) {
		runes = []rune(string(b))
	} else {
		for _, c := range b {
			runes = append(runes, rune(c))
		}
	}
	for i, r := range runes {
		if !unicode.IsGraphic(r) {
			runes[i] = ' '
		}
	}
	return strings.TrimSpace(string(runes))
}

// Number is a number that may be absent; absent is null in JSON, never 0.
type Number struct {
	Value   uint64
	Present bool
}

// Some returns a Number that is present.
func Some(n uint64) Number { return Number{Value: n, Present: true} }

// Or returns n where it is present, else other.
func (n Number) Or(other Number) Number {
	if n.Present {
		return n
	}
	return other
}

// Int returns n for a Reading: numbers above 2^63-1 lose their top bit, so a
// Counter64 still only grows between wraps.
func (n Number) Int() int64 { return int64(n.Value & math.MaxInt64) }

// MarshalJSON writes the number, or null where it is absent.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Present {
		return []byte("null"), nil
	}
	return strconv.AppendUint(nil, n.Value, 10), nil
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (n *Number) UnmarshalJSON(b []byte) error {
	*n = Number{}
	if string(b) == "null" {
		return nil
	}
	n.Present = true
	return json.Unmarshal(b, &n.Value)
}

// Constructors, for agents and tests.

// Int returns an Integer.
func Int(n int64) Value { return Value{Type: Integer, Num: uint64(n)} }

// Text returns an OctetString.
func Text(s string) Value { return Value{Type: OctetString, Octets: []byte(s)} }

// Bytes returns an OctetString of any octets.
func Bytes(b []byte) Value { return Value{Type: OctetString, Octets: b} }

// Identifier returns an ObjectID.
func Identifier(o OID) Value { return Value{Type: ObjectID, Octets: []byte(o)} }

// Count returns a Counter32.
func Count(n uint32) Value { return Value{Type: Counter32, Num: uint64(n)} }

// Count64 returns a Counter64.
func Count64(n uint64) Value { return Value{Type: Counter64, Num: n} }

// Gauge returns a Gauge32.
func Gauge(n uint32) Value { return Value{Type: Gauge32, Num: uint64(n)} }

// Ticks returns TimeTicks, in 0.01 s.
func Ticks(n uint32) Value { return Value{Type: TimeTicks, Num: uint64(n)} }

// Float returns the Opaque that holds a float (net-snmp's extension): 9F 78 04 and
// four octets of IEEE 754. Example: 9F 78 04 42 28 00 00 is 42.
func Float(f float32) Value {
	return Value{Type: Opaque, Octets: binary.BigEndian.AppendUint32([]byte{0x9f, 0x78, 4}, math.Float32bits(f))}
}
