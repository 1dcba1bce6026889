package snmptest

import (
	"reflect"
	"strings"
	"testing"

	"rackvakt/snmp/pdu"
)

func TestReadWalk(t *testing.T) {
	const walk = `1.3.6.1.2.1.1.1.0|4|a switch | with a line
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1

1.3.6.1.2.1.1.3.0|67|12345
1.3.6.1.2.1.2.2.1.6.1|4x|00005e005301
1.3.6.1.2.1.2.2.1.2.1|4e|a\x00"b"
1.3.6.1.2.1.2.2.1.8.1|2|-1
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.4.20.1.1.1|64|192.0.2.1
1.3.6.1.2.1.33.1.1.1.0|5|
1.3.6.1.2.1.2.2.1.8.2|2|up
1.3.6.1.x|4|a
no line of a walk
1.3.6.1.2.1.2.2.1.6.2|4x|0000XX
`
	got, passed, err := ReadWalk(strings.NewReader(walk))
	want := []pdu.Varbind{
		{OID: pdu.MustOID("1.3.6.1.2.1.1.1.0"), Value: pdu.Text("a switch | with a line")},
		{OID: pdu.MustOID("1.3.6.1.2.1.1.2.0"), Value: pdu.Identifier(pdu.MustOID("1.3.6.1.4.1.9.1"))},
		{OID: pdu.MustOID("1.3.6.1.2.1.1.3.0"), Value: pdu.Ticks(12345)},
		{OID: pdu.MustOID("1.3.6.1.2.1.2.2.1.6.1"), Value: pdu.Bytes([]byte{0, 0, 0x5e, 0, 0x53, 1})},
		{OID: pdu.MustOID("1.3.6.1.2.1.2.2.1.2.1"), Value: pdu.Text("a\x00\"b\"")},
		{OID: pdu.MustOID("1.3.6.1.2.1.2.2.1.8.1"), Value: pdu.Int(1)},
		{OID: pdu.MustOID("1.3.6.1.2.1.31.1.1.1.6.1"), Value: pdu.Count64(1<<64 - 1)},
		{OID: pdu.MustOID("1.3.6.1.2.1.4.20.1.1.1"), Value: pdu.Value{Type: pdu.IPAddress, Octets: []byte{192, 0, 2, 1}}},
		{OID: pdu.MustOID("1.3.6.1.2.1.33.1.1.1.0"), Value: pdu.Value{Type: pdu.Null}},
	}
	if err != nil || passed != 4 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d passed over, %v\n got %+v\nwant %+v", passed, err, got, want)
	}
}

// FuzzReadWalk: what is read can be served and asked for.
func FuzzReadWalk(f *testing.F) {
	f.Add("1.3.6.1.2.1.1.1.0|4|text\n1.3.6.1.2.1.1.3.0|67|1")
	f.Add("1.3|64|192.0.2.1\r\n1.3|4e|\\x41\n1.3|68x|9f780442280000")
	f.Fuzz(func(t *testing.T, walk string) {
		vbs, _, err := ReadWalk(strings.NewReader(walk))
		if err != nil || len(vbs) > 100 {
			return
		}
		a := New()
		a.Serve(vbs)
		for _, vb := range vbs {
			if i, found := a.find(vb.OID); !found || a.objects[i].oid != vb.OID {
				t.Errorf("%s is not served", vb.OID)
			}
		}
	})
}
