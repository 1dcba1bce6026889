package entity

import "rackvakt/snmp/pdu"

// Moving lists the columns that must be asked again to know how the sensors are
// now: values, and whether the sensor works. The others stay as they were.
func Moving() (values, about []pdu.OID) {
	for _, t := range []table{standard, cisco} {
		values = append(values, t.entry.With(colValue))
		about = append(about, t.entry.With(colStatus))
	}
	return values, about
}
