package system

import (
	"testing"
	"unicode/utf8"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

// FuzzRead: whatever an agent says of itself, its texts are fit to show and an
// uptime is never negative.
func FuzzRead(f *testing.F) {
	f.Add(byte(pdu.TimeTicks), []byte(nil), uint64(5), byte(0))
	f.Add(byte(pdu.OctetString), []byte("sw1\x00\xff"), uint64(0), byte(3))
	f.Add(byte(pdu.Integer), []byte(nil), uint64(1<<63), byte(0))
	f.Fuzz(func(t *testing.T, kind byte, octets []byte, n uint64, which byte) {
		all := Instances()
		v := pdu.Value{Type: pdu.Type(kind), Octets: octets, Num: n}
		s := Read([]pdu.Varbind{{OID: all[int(which)%len(all)], Value: v}})
		for _, fact := range s.Facts("d", reading.Stamp{}) {
			if !utf8.ValidString(fact.Text) || fact.Text == "" {
				t.Errorf("%q", fact.Text)
			}
		}
		for _, r := range s.Readings("d", reading.Stamp{}) {
			if r.Value < 0 {
				t.Errorf("uptime %d", r.Value)
			}
		}
	})
}
