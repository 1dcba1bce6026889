package ber

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"rackvakt/snmp/pdu"
)

func octets(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// example is the worked example of the package comment.
const example = "30 26 02 01 01 04 06 70 75 62 6C 69 63 A0 19 02 01 07 02 01 00 02 01 00 30 0E 30 0C 06 08 2B 06 01 02 01 01 03 00 05 00"

func TestExample(t *testing.T) {
	b := octets(t, example)
	m, err := ParseMessage(b)
	if err != nil {
		t.Fatal(err)
	}
	if m.Version != V2c || m.Community != "public" || m.PDU.Type != Get || m.PDU.ID != 7 ||
		len(m.PDU.Varbinds) != 1 || m.PDU.Varbinds[0].OID.String() != "1.3.6.1.2.1.1.3.0" {
		t.Errorf("%+v", m)
	}
	if got := m.Append(nil); !bytes.Equal(got, b) {
		t.Errorf("encoded % X", got)
	}
}

func TestValuesRoundTrip(t *testing.T) {
	for _, v := range []pdu.Value{
		pdu.Int(0), pdu.Int(127), pdu.Int(128), pdu.Int(-1), pdu.Int(-129), pdu.Int(1 << 31),
		pdu.Count(1<<32 - 1), pdu.Count64(1<<64 - 1), pdu.Gauge(0), pdu.Ticks(123456),
		pdu.Text("Räv"), pdu.Bytes(bytes.Repeat([]byte{7}, 300)), pdu.Identifier(pdu.MustOID("2.999.4294967295")),
		{Type: pdu.NoSuchInstance}, {Type: pdu.EndOfMibView}, {Type: pdu.Null}, {Type: pdu.IPAddress, Octets: []byte{192, 0, 2, 1}},
	} {
		in := PDU{Type: Response, ID: -5, Varbinds: []pdu.Varbind{{OID: pdu.MustOID("1.3.6.1.2.1.2.2.1.8.1275076608"), Value: v}}}
		out, err := ParsePDU(in.Append(nil))
		if err != nil {
			t.Errorf("%+v: %v", v, err)
			continue
		}
		got := out.Varbinds[0]
		if got.OID != in.Varbinds[0].OID || got.Value.Type != v.Type || got.Value.Num != v.Num || !bytes.Equal(got.Value.Octets, v.Octets) {
			t.Errorf("%+v came back as %+v", v, got.Value)
		}
	}
}

func TestEnvelopeRefuses(t *testing.T) {
	b := octets(t, example)
	for name, bad := range map[string][]byte{
		"empty": nil, "cut": b[:len(b)/2], "one octet short": b[:len(b)-1], "one too many": append(bytes.Clone(b), 0),
		"no sequence": octets(t, "02 01 00"), "indefinite length": octets(t, "30 80 02 01 01 00 00"),
		"length beyond all": octets(t, "30 84 FF FF FF FF 02"),
	} {
		if e, err := ParseEnvelope(bad); err == nil {
			t.Errorf("%s: taken as %+v", name, e)
		}
	}
	if e, err := ParseEnvelope(b); err != nil || e.ID != 7 || e.Community != "public" {
		t.Errorf("%+v, %v", e, err)
	}
}

// FuzzParse: nothing from outside makes the decoders panic, and what they take,
// the encoder gives back.
func FuzzParse(f *testing.F) {
	f.Add(octets(f, example))
	report := Message3{ID: 9, MaxSize: 1472, Model: ModelUSM, EngineID: []byte("engine"), User: "u",
		Scoped: AppendScoped(nil, []byte("engine"), "", PDU{Type: Report, Varbinds: []pdu.Varbind{{OID: pdu.MustOID("1.3.6.1.6.3.15.1.1.4.0"), Value: pdu.Count(3)}}})}
	f.Add(report.Append(nil))
	f.Add(octets(f, "30 84 FF FF FF FF 02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ParseEnvelope(b); err == nil && len(b) == 0 {
			t.Error("nothing is taken for a message")
		}
		if m, err := ParseMessage3(bytes.Clone(b)); err == nil {
			_, _, _, _ = ParseScoped(m.Scoped)
		}
		m, err := ParseMessage(b)
		if err != nil {
			return
		}
		again, err := ParseMessage(m.Append(nil))
		if err != nil || len(again.PDU.Varbinds) != len(m.PDU.Varbinds) || again.PDU.ID != m.PDU.ID {
			t.Errorf("%+v encoded and decoded is %+v, %v", m, again, err)
		}
	})
}
