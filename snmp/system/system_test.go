package system

import (
	"testing"

	"rackvakt/snmp/pdu"
)

func TestRestarted(t *testing.T) {
	for _, c := range []struct {
		name        string
		before, now pdu.Number
		want        bool
	}{
		{"goes on", pdu.Some(100), pdu.Some(200), false},
		{"stands", pdu.Some(100), pdu.Some(100), false},
		{"fell", pdu.Some(200), pdu.Some(100), true},
		{"wrapped after 497 days", pdu.Some(1<<32 - 500), pdu.Some(300), false},
		{"restarted long after 497 days would wrap", pdu.Some(1<<32 - 500), pdu.Some(5_000_000), true},
		{"not known before", pdu.Number{}, pdu.Some(100), false},
		{"not told now", pdu.Some(100), pdu.Number{}, false},
	} {
		if got := Restarted(c.before, c.now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestRead(t *testing.T) {
	s := Read([]pdu.Varbind{
		{OID: UpTime, Value: pdu.Int(123456)}, {OID: descr, Value: pdu.Text("line one\r\n  line two \x00")},
		{OID: name, Value: pdu.Text("")}, {OID: objectID, Value: pdu.Text("not an identifier")},
	})
	if s.UpTime != pdu.Some(123456) || s.Descr != "line one line two" || s.Name != "" || s.ObjectID != "" || s.Interfaces.Present {
		t.Errorf("%+v", s)
	}
}
