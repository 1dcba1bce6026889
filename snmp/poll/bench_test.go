package poll

import (
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// BenchmarkPolled: what a regular poll of 48 ports costs from its last answer on.
func BenchmarkPolled(b *testing.B) {
	o := DefaultOptions()
	o.Name = "sw1"
	v := newView(o)
	columns := ifmib.Usual()
	poll := func(n int, at reading.Stamp) {
		p := newFullPoll(nil, columns, 48)
		p.UpTime = pdu.Some(uint64(n) * 3000)
		p.inventory = n == 1
		for i := range uint32(48) {
			for _, c := range columns {
				value := pdu.Count64(uint64(n) * uint64(i) * 1000)
				switch c {
				case ifmib.Name, ifmib.Descr, ifmib.Alias:
					value = pdu.Text("port " + string(rune('A'+i)))
				case ifmib.OperStatus, ifmib.AdminStatus:
					value = pdu.Int(1)
				}
				p.Varbinds = append(p.Varbinds, pdu.Varbind{OID: c.With(i), Value: value})
			}
		}
		v.polled(p, at)
	}
	at := reading.Stamp{Boot: "b", Wall: time.Unix(0, 0)}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		at = at.Add(30 * time.Second)
		poll(n, at)
	}
}
