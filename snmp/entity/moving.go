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

// Describing lists the columns of ENTITY-MIB that tell about parts what no sensor
// needs: who has read the sensors can forget them.
func Describing() []pdu.OID {
	var list []pdu.OID
	for _, c := range []uint32{colVendorType, colHardware, colFirmware, colSoftware, colSerial, colVendor, colModel, colFRU} {
		list = append(list, physical.With(c))
	}
	return list
}
