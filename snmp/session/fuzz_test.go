package session

import (
	"encoding/json"
	"testing"

	"github.com/gosnmp/gosnmp"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ber"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// FuzzWalk: whatever an agent answers, a walk ends, and what it keeps of a column
// lies in the column and increases.
func FuzzWalk(f *testing.F) {
	f.Add([]byte{1, 1, 1, 2, 2, 2, 9, 9})
	f.Add([]byte{1, 5, 1, 4, 1, 5, 200, 0, 201, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		trees := []pdu.OID{ifmib.Descr, ifmib.Name}
		w := newWalk(trees, 0)
		last := map[pdu.OID]pdu.OID{}
		for round := 0; ; round++ {
			after, reps := w.request()
			if len(after) == 0 {
				return
			}
			if round > 20_000 || reps < 1 || reps > mostRepetitions {
				t.Fatalf("round %d, %d repetitions", round, reps)
			}
			if len(b) < 2 {
				b = []byte{250, 0} // from here on nothing but the end
			}
			kind, n := b[0], b[1]
			b = b[2:]
			if kind >= 200 && kind < 210 {
				if err := w.refused(int(kind-200), int(n)); err != nil {
					return
				}
				continue
			}
			kept, err := w.take(answerOf(trees, kind, n, b), n%2 == 0)
			if err != nil {
				return
			}
			for _, vb := range kept {
				column := vb.OID[:len(trees[0])]
				if !vb.OID.Under(column) || vb.OID <= last[column] {
					t.Fatalf("%s after %s", vb.OID, last[column])
				}
				last[column] = vb.OID
			}
		}
	})
}

// answerOf makes varbinds of fuzzed octets: columns and rows in any disorder.
func answerOf(trees []pdu.OID, kind, n byte, b []byte) []pdu.Varbind {
	var vbs []pdu.Varbind
	for i := range int(kind % 8) {
		row := uint32(n) + uint32(i)
		if i < len(b) {
			row = uint32(b[i])
		}
		vb := pdu.Varbind{OID: trees[(int(kind)+i)%2].With(row), Value: pdu.Int(1)}
		if kind >= 250 || row == 255 {
			vb = pdu.Varbind{OID: "", Value: pdu.Value{Type: pdu.EndOfMibView}}
		}
		vbs = append(vbs, vb)
	}
	return vbs
}

// FuzzDecode: what gosnmp makes of a datagram is taken by conversion and readers.
func FuzzDecode(f *testing.F) {
	answer := ber.PDU{Type: ber.Response, ID: 1, Varbinds: []pdu.Varbind{
		{OID: upTime, Value: pdu.Ticks(5)}, {OID: ifmib.OperStatus.With(1), Value: pdu.Int(2)},
		{OID: ifmib.Name.With(1), Value: pdu.Text("1/1")}, {OID: ifmib.HCInOctets.With(1), Value: pdu.Count64(1 << 63)},
		{OID: ifmib.Alias.With(1), Value: pdu.Value{Type: pdu.EndOfMibView}}, {OID: ifmib.Speed.With(1), Value: pdu.Identifier(upTime)},
		{OID: ifmib.MTU.With(1), Value: pdu.Value{Type: pdu.IPAddress, Octets: []byte{192, 0, 2, 1}}},
	}}
	f.Add(ber.Message{Version: ber.V2c, Community: "public", PDU: answer}.Append(nil))
	g := &gosnmp.GoSNMP{Version: gosnmp.Version2c}
	f.Fuzz(func(t *testing.T, b []byte) {
		packet, ok := decodeSafely(g, b)
		if !ok {
			return
		}
		vbs := fromGosnmp(packet.Variables)
		system.Read(vbs)
		for _, port := range ifmib.Read(vbs) {
			port.AppendReadings(nil, "sw1", reading.Stamp{})
		}
	})
}

// decodeSafely decodes as gosnmp does for an answer, where it catches its own panics.
func decodeSafely(g *gosnmp.GoSNMP, b []byte) (packet *gosnmp.SnmpPacket, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	packet, err := g.SnmpDecodePacket(b)
	return packet, err == nil
}

// FuzzUse: whatever a file says was learned, what is asked stays within bounds, and
// what is kept is written and read again the same.
func FuzzUse(f *testing.F) {
	f.Add([]byte(`{"repetitions":20,"most":25,"identifiers":40,"largest":1400,"round_trip_ns":1000000,"quirks":["slow","too big"]}`), uint8(14), uint16(48))
	f.Add([]byte(`{"repetitions":-1,"most":99999999,"quirks":["answers beyond one frame"],"tried":"2030-01-01T00:00:00Z"}`), uint8(1), uint16(0))
	f.Fuzz(func(t *testing.T, raw []byte, columns uint8, rows uint16) {
		var l Limits
		if json.Unmarshal(raw, &l) != nil {
			return
		}
		s := &Session{}
		s.Use(l)
		s.raise(true)
		w := newWalk(make([]pdu.OID, columns), int(rows))
		w.begin(s.Limits())
		if after, reps := w.request(); reps < 1 || reps > mostRepetitions || len(after) > int(columns) {
			t.Errorf("%d columns, %d repetitions", len(after), reps)
		}
		if n := s.identifiers(); n < 1 || n > maxIdentifiers {
			t.Errorf("%d identifiers", n)
		}
		kept := s.Limits().sane()
		var back Limits
		b, err := json.Marshal(kept)
		if err == nil {
			err = json.Unmarshal(b, &back)
		}
		if err != nil || !back.near(kept) {
			t.Errorf("%s: %v", b, err)
		}
	})
}
