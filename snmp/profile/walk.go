package profile

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// walk is what a device answered, in order of the identifiers, without what does
// not exist.
type walk []pdu.Varbind

func newWalk(vbs []pdu.Varbind) walk {
	w := make(walk, 0, len(vbs))
	for _, vb := range vbs {
		if vb.Value.Exists() {
			w = append(w, vb)
		}
	}
	slices.SortStableFunc(w, func(a, b pdu.Varbind) int { return strings.Compare(string(a.OID), string(b.OID)) })
	return w
}

func (w walk) find(oid pdu.OID) int {
	i, _ := slices.BinarySearchFunc(w, oid, func(vb pdu.Varbind, o pdu.OID) int { return strings.Compare(string(vb.OID), string(o)) })
	return i
}

// below returns what lies below tree.
func (w walk) below(tree pdu.OID) walk {
	from := w.find(tree)
	for from < len(w) && w[from].OID == tree {
		from++
	}
	to := from
	for to < len(w) && w[to].OID.Under(tree) {
		to++
	}
	return w[from:to]
}

// has reports whether tree is an instance with a value, or has one below it.
func (w walk) has(tree pdu.OID) bool {
	i := w.find(tree)
	return i < len(w) && (w[i].OID == tree || w[i].OID.Under(tree))
}

// get returns what r refers to for a row; nothing where it is not there.
func (w walk) get(r Ref, index pdu.OID) pdu.Value {
	if !r.Set() {
		return pdu.Value{}
	}
	if r.index {
		return indexValue(r, index)
	}
	oid, ok := r.instance(index)
	if i := w.find(oid); ok && i < len(w) && w[i].OID == oid {
		return w[i].Value
	}
	return pdu.Value{}
}

func indexValue(r Ref, index pdu.OID) pdu.Value {
	if len(r.arcs) > 0 {
		picked, ok := pick(index, r.arcs)
		if !ok {
			return pdu.Value{}
		}
		index = picked
	}
	return pdu.Text(index.String())
}

// text returns what r refers to as text fit to show.
func (w walk) text(r Ref, index pdu.OID) string {
	v := w.get(r, index)
	if v.Type == pdu.OctetString {
		return v.Text()
	}
	if n, ok := v.Int(); ok {
		return strconv.FormatInt(n, 10)
	}
	return v.OID().String()
}

func (w walk) number(r Ref, index pdu.OID) (float64, bool) { return parse(w.get(r, index)) }

// anywhere reports whether the condition holds in any row of its column.
func (w walk) anywhere(c When) bool {
	for _, vb := range w.below(c.At.oid) {
		if w.holds([]When{c}, vb.OID[len(c.At.oid):]) {
			return true
		}
	}
	return false
}

func (w walk) holds(when []When, index pdu.OID) bool {
	for _, c := range when {
		s := w.text(c.At, index)
		fits := func(t Text) bool { return t.fits(s) }
		if len(c.Is) > 0 && !slices.ContainsFunc(c.Is, fits) || slices.ContainsFunc(c.Not, fits) {
			return false
		}
	}
	return true
}

// value makes the physical value of a raw one; false where it means that there is none.
func (w walk) value(o *Object, raw pdu.Value, index pdu.OID) (sensor.Decimal, bool) {
	n, ok := parse(raw)
	if o.Numbers != nil {
		var number int64
		number, ok = o.Numbers[raw.Text()]
		n = float64(number)
	}
	if !ok || o.absent(n) {
		return sensor.Decimal{}, false
	}
	n = n * float64(max(o.Multiply, 1)) / float64(max(o.Divide, 1))
	if d, ok := w.number(o.Digits, index); ok {
		n = power(n, -d)
	}
	if e, ok := w.number(o.Exponent, index); ok {
		n = power(n, e)
	}
	if f, ok := w.number(o.Scale, index); ok && f > 0 {
		n *= f
	} else if ok && f < 0 {
		n /= -f
	}
	if o.Fahrenheit {
		n = (n - 32) * 5 / 9
	}
	if o.Decibel {
		n = 10 * math.Log10(n)
	}
	v := decimal(n)
	return v, v.Present && sensor.Class(o.Class).Possible(v)
}

// finest is the number of decimals that a value keeps.
const finest = 9

// decimal rounds to 9 decimals, and fewer where the digits would be more than a
// float64 has; absent where n is no finite number below 10^15.
func decimal(n float64) sensor.Decimal {
	if math.IsNaN(n) || math.Abs(n) >= 1e15 {
		return sensor.Decimal{}
	}
	s := strconv.FormatFloat(n, 'f', finest, 64)
	if keep := 16 - strings.IndexByte(s, '.'); keep < finest {
		s = strconv.FormatFloat(n, 'f', max(keep, 0), 64)
	}
	d, err := sensor.ParseDecimal(s)
	if err != nil {
		return sensor.Decimal{}
	}
	return d
}

// power returns n * 10^e; the division is exact where e is negative.
func power(n, e float64) float64 {
	if e < 0 {
		return n / math.Pow(10, -e)
	}
	return n * math.Pow(10, e)
}

// ends are the least and greatest numbers of Integer32 and the greatest of Unsigned32:
// with them agents fill an object that they have no value for.
var ends = []float64{math.MinInt32, math.MaxInt32, math.MaxUint32}

func (o *Object) absent(n float64) bool {
	return slices.Contains(ends, n) || slices.ContainsFunc(o.Skip, func(skip int64) bool { return float64(skip) == n }) ||
		o.Least != nil && n < float64(*o.Least) || o.Most != nil && n > float64(*o.Most)
}

// floatPrefix opens an Opaque that holds a float, as pdu.Float makes it.
const floatPrefix = "\x9f\x78\x04"

// parse reads a number: of any numeric type, a float in an Opaque, or the number
// that a text begins with ("23.5 C").
func parse(v pdu.Value) (float64, bool) {
	if v.Type == pdu.Opaque && len(v.Octets) == 7 && string(v.Octets[:3]) == floatPrefix {
		return float64(math.Float32frombits(binary.BigEndian.Uint32(v.Octets[3:]))), true
	}
	if v.Type != pdu.OctetString {
		n, ok := v.Int()
		return float64(n), ok
	}
	s := strings.TrimSpace(v.Text())
	end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("+-.0123456789", r) })
	if end >= 0 {
		s = s[:end]
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}
