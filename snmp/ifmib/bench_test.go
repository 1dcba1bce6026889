package ifmib

import (
	"strconv"
	"testing"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

// BenchmarkRead: a poll of 48 ports, from varbinds to readings.
func BenchmarkRead(b *testing.B) {
	var vbs []pdu.Varbind
	for i := range uint32(48) {
		for _, c := range Usual() {
			v := pdu.Count64(uint64(i) + 1)
			if c == Name || c == Descr || c == Alias {
				v = pdu.Text("1/" + strconv.Itoa(int(i)))
			}
			vbs = append(vbs, cell(c, i, v))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range Read(vbs) {
			p.AppendReadings(nil, "sw1", reading.Stamp{})
		}
	}
}
