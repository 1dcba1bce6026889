package poe

import "rackvakt/snmp/pdu"

// Moving lists the columns that must be asked again to know how supplies and ports
// are now: values of Sensors, and the budgets beside them.
func Moving() (values, about []pdu.OID) {
	values = []pdu.OID{
		supplyEntry.With(supplyStatus), supplyEntry.With(supplyConsumption), ciscoPort.With(ciscoConsumption),
		huaweiSlot.With(slotConsumption), huaweiPort.With(huaweiConsumption),
	}
	return values, []pdu.OID{supplyEntry.With(supplyPower), supplyEntry.With(supplyThreshold), huaweiSlot.With(slotMost)}
}
