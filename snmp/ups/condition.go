package ups

import (
	"slices"

	"rackvakt/snmp/pdu"
)

// condition collects what upsAlarmTable and upsTest tell.
type condition struct {
	present pdu.Number // upsAlarmsPresent
	active  []pdu.OID  // upsAlarmDescr of every row
	test    pdu.OID    // upsTestId
	result  pdu.Number // upsTestResultsSummary
}

func (c *condition) take(vb pdu.Varbind) {
	switch {
	case vb.OID == alarms:
		c.present = vb.Value.Number()
	case vb.OID == testID:
		c.test = vb.Value.OID()
	case vb.OID == testResult:
		c.result = vb.Value.Number()
	case vb.OID.Under(AlarmDescr) && vb.Value.OID() != "":
		c.active = append(c.active, vb.Value.OID())
	}
}

// alarm returns 1 where the alarm is active, and 0 only where upsAlarmsPresent
// says that all alarms were seen. An urgent read does not walk the table.
func (c *condition) alarm(id pdu.OID) pdu.Number {
	if slices.ContainsFunc(c.active, func(o pdu.OID) bool { return o == id || o == id.With(0) }) {
		return pdu.Some(1)
	}
	if c.present.Present && c.present.Value <= uint64(len(c.active)) {
		return pdu.Some(0)
	}
	return pdu.Number{}
}

// replace also holds a test that RFC 1628 calls sufficient to tell whether the
// battery needs replacement, and that ended with an error.
func (c *condition) replace() pdu.Number {
	if c.result == pdu.Some(testFailed) && slices.Contains(batteryTests, c.test) {
		return pdu.Some(1)
	}
	return c.alarm(alarmBatteryBad)
}

// minutes returns n minutes in seconds.
func minutes(n pdu.Number) pdu.Number {
	if n.Value > 1<<32 {
		return pdu.Number{}
	}
	return pdu.Number{Value: 60 * n.Value, Present: n.Present}
}
