package entity

import (
	"maps"
	"slices"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// entSensorThresholdTable of CISCO-ENTITY-SENSOR-MIB, by sensor and threshold.
var thresholds = pdu.MustOID("1.3.6.1.4.1.9.9.91.1.2.1.1")

const (
	colSeverity  = 2
	colRelation  = 3
	colThreshold = 4
)

// aristaThresholds is aristaEntSensorThresholdEntry of ARISTA-ENTITY-SENSOR-MIB,
// by sensor: low warning, low critical, high warning and high critical, in the
// unit of the sensor. A threshold that a sensor has not is a mark of overflow.
var aristaThresholds = pdu.MustOID("1.3.6.1.4.1.30065.3.12.1.1.1")

const (
	colLowWarning   = 1
	colLowCritical  = 2
	colHighWarning  = 3
	colHighCritical = 4
)

func aristaColumns() []pdu.OID {
	return []pdu.OID{
		aristaThresholds.With(colLowWarning), aristaThresholds.With(colLowCritical),
		aristaThresholds.With(colHighWarning), aristaThresholds.With(colHighCritical),
	}
}

// readArista adds the thresholds of sensors that have none of the other MIB.
func readArista(vbs []pdu.Varbind, bySensor map[uint32]limits) {
	for index, r := range pdu.Rows(vbs, aristaThresholds, 1) {
		var l limits
		for column, to := range map[uint32]**int64{
			colLowWarning: &l.low[0], colLowCritical: &l.low[1], colHighWarning: &l.high[0], colHighCritical: &l.high[1],
		} {
			if raw, ok := r[column].Int(); ok && raw > -overflow && raw < overflow {
				*to = &raw
			}
		}
		if _, taken := bySensor[index.Arc(0)]; !taken {
			bySensor[index.Arc(0)] = l
		}
	}
}

func limitColumns() []pdu.OID {
	return []pdu.OID{thresholds.With(colSeverity), thresholds.With(colRelation), thresholds.With(colThreshold)}
}

// SensorThresholdSeverity: other(1) and minor(10) warn, major(20) and
// critical(30) are critical.
const severityMajor = 20

// limits are the raw thresholds of one sensor: of each sort the one that is
// reached first.
type limits struct {
	low, high [2]*int64 // warning, critical
}

func readLimits(vbs []pdu.Varbind) map[uint32]limits {
	all := pdu.Rows(vbs, thresholds, 2)
	bySensor := make(map[uint32]limits)
	for _, index := range slices.Sorted(maps.Keys(all)) {
		r := all[index]
		severity, value := r[colSeverity].Number(), r[colThreshold]
		raw, ok := value.Int()
		if !severity.Present || !ok || raw <= -overflow || raw >= overflow {
			continue
		}
		l := bySensor[index.Arc(0)]
		l.add(severity.Value >= severityMajor, r[colRelation].Number().Value, raw)
		bySensor[index.Arc(0)] = l
	}
	readArista(vbs, bySensor)
	return bySensor
}

// add takes SensorThresholdRelation 1 and 2 (less) as low, 3 and 4 (greater) as
// high; equal and not equal are no limits.
func (l *limits) add(critical bool, relation uint64, raw int64) {
	grade := 0
	if critical {
		grade = 1
	}
	switch relation {
	case 1, 2:
		if at := l.low[grade]; at == nil || raw > *at {
			l.low[grade] = &raw
		}
	case 3, 4:
		if at := l.high[grade]; at == nil || raw < *at {
			l.high[grade] = &raw
		}
	}
}

// sane reports whether every low limit is below every high one.
func (l limits) sane() bool {
	for _, low := range l.low {
		for _, high := range l.high {
			if low != nil && high != nil && *low >= *high {
				return false
			}
		}
	}
	return true
}

// limit fills Limits, which agents give in the scale of the row in
// entSensorValueTable, or of the standard one where that is missing.
func (m *measured) limit(l limits, odd *notes) {
	if m.Class == sensor.State || l == (limits{}) {
		return
	}
	if !l.sane() {
		odd.add(m.mib, "low limit not below the high one: no limits", m.index)
		return
	}
	for _, f := range []struct {
		to  *sensor.Decimal
		raw *int64
	}{
		{&m.Limits.LowWarning, l.low[0]}, {&m.Limits.LowCritical, l.low[1]},
		{&m.Limits.HighWarning, l.high[0]}, {&m.Limits.HighCritical, l.high[1]},
	} {
		if f.raw != nil {
			*f.to = m.limits.of(*f.raw)
		}
	}
}
