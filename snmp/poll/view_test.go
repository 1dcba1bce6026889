package poll

import (
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// The ifIndex of the uplink port answers, but it is another port now: its state
// must not be taken for the uplink's, and the ports are mapped anew.
func TestUplinkIndexIsAnotherPort(t *testing.T) {
	o := optionsV2("192.0.2.1")
	o.UplinkPorts = []string{"1/48"}
	v := newView(o)
	v.mapped, v.index, v.given = true, map[string]uint32{"1/48": 48}, map[uint32]string{48: "1/48"}
	answer := func(name string) []pdu.Varbind {
		return []pdu.Varbind{
			{OID: system.UpTime, Value: pdu.Ticks(5)},
			{OID: ifmib.Name.With(48), Value: pdu.Text(name)}, {OID: ifmib.OperStatus.With(48), Value: pdu.Int(1)},
		}
	}
	for name, good := range map[string]bool{"1/48": true, "1/47": false} {
		batch, lost := v.urgentRead(answer(name), time.Millisecond, reading.Stamp{})
		last := batch.Readings[len(batch.Readings)-1]
		if last.Point != v.oper("1/48") || last.Known() != good || lost == good {
			t.Errorf("index 48 is %s: %+v, lost %v", name, last, lost)
		}
	}
}
