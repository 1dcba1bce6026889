package poll

import (
	"io"
	"testing"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// FuzzFill: whatever a device tells, it becomes a Result.
func FuzzFill(f *testing.F) {
	answer := ber.PDU{Type: ber.Response, ID: 1, Varbinds: []pdu.Varbind{
		{OID: system.UpTime, Value: pdu.Ticks(5)}, {OID: ifmib.OperStatus.With(1), Value: pdu.Int(2)},
		{OID: ifmib.Name.With(1), Value: pdu.Text("1/1")}, {OID: ifmib.HCInOctets.With(1), Value: pdu.Count64(1 << 63)},
		{OID: ifmib.Alias.With(1), Value: pdu.Value{Type: pdu.EndOfMibView}}, {OID: ifmib.Speed.With(1), Value: pdu.Identifier(system.UpTime)},
	}}
	f.Add(ber.Message{Version: ber.V2c, Community: "public", PDU: answer}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ber.ParseMessage(b)
		if err != nil {
			return
		}
		var r Result
		r.fill(m.PDU.Varbinds, nil)
		if err := r.WriteJSON(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}
