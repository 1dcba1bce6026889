package entity

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// Columns of entPhySensorTable (RFC 3433 section 3) and of entSensorValueTable:
// the first five are the same in both.
const (
	colType      = 1
	colScale     = 2
	colPrecision = 3
	colValue     = 4
	colStatus    = 5
	colDisplay   = 6 // entPhySensorUnitsDisplay, in the standard table only
)

// kind is what one number of the type column measures.
type kind struct {
	class sensor.Class // "" where the number says nothing
	times int64        // from the MIB's unit to that of the class
	// fixed says that the value is a fixed point number: its precision must be told.
	fixed bool
}

// kinds is EntitySensorDataType and SensorDataType; 13 and above are Cisco's own.
var kinds = []kind{
	3:  {sensor.Voltage, 1, true}, // voltsAC
	4:  {sensor.Voltage, 1, true}, // voltsDC
	5:  {sensor.Current, 1, true},
	6:  {sensor.Power, 1, true},
	7:  {sensor.Frequency, 1, true},
	8:  {sensor.Temperature, 1, true},
	9:  {sensor.Humidity, 1, false},
	10: {sensor.FanSpeed, 1, false},
	11: {sensor.Airflow, 60, false}, // m3 a minute
	12: {sensor.State, 1, false},    // truthvalue
	14: {sensor.OpticalPower, 1, true},
}

// typeWords name the types that say nothing about the unit.
var typeWords = map[uint64]string{1: "other", 2: "unknown", 13: "specialEnum", 15: "dB"}

// displays are the texts of entPhySensorUnitsDisplay that name a unit of ours,
// for sensors whose type is other or unknown.
var displays = map[string]sensor.Class{
	"dbm": sensor.OpticalPower, "celsius": sensor.Temperature, "c": sensor.Temperature, "°c": sensor.Temperature,
	"volts": sensor.Voltage, "v": sensor.Voltage, "amperes": sensor.Current, "a": sensor.Current,
	"watts": sensor.Power, "w": sensor.Power, "hz": sensor.Frequency, "rpm": sensor.FanSpeed, "%": sensor.Percent,
}

// table is one of the two sensor tables.
type table struct {
	mib     string
	entry   pdu.OID
	highest uint64 // of its types
	columns []uint32
}

var (
	standard = table{
		mib: "ENTITY-SENSOR", entry: pdu.MustOID("1.3.6.1.2.1.99.1.1.1"), highest: 12,
		columns: []uint32{colType, colScale, colPrecision, colValue, colStatus, colDisplay},
	}
	cisco = table{
		mib: "CISCO-ENTITY-SENSOR", entry: pdu.MustOID("1.3.6.1.4.1.9.9.91.1.1.1.1"), highest: 15,
		columns: []uint32{colType, colScale, colPrecision, colValue, colStatus},
	}
)

// SensorColumns lists the columns of ENTITY-SENSOR-MIB that Read takes, and those
// of the thresholds that ARISTA-ENTITY-SENSOR-MIB adds to its rows.
func SensorColumns() []pdu.OID { return append(standard.list(), aristaColumns()...) }

// CiscoColumns lists the columns of CISCO-ENTITY-SENSOR-MIB that Read takes.
func CiscoColumns() []pdu.OID { return append(cisco.list(), limitColumns()...) }

func (t table) list() []pdu.OID {
	list := make([]pdu.OID, 0, len(t.columns))
	for _, c := range t.columns {
		list = append(list, t.entry.With(c))
	}
	return list
}

// factor makes a value of a raw number: raw x 10^exp x times.
type factor struct {
	exp   int
	times int64 // see kind
}

func (f factor) of(raw int64) sensor.Decimal { return sensor.Dec(raw, f.exp).Times(f.times) }

// measured is one row of a sensor table.
type measured struct {
	sensor.Sensor
	index uint32
	factor
	raw pdu.Value
	// limits is the factor of the thresholds: that of the row in the table
	// which they belong to.
	limits factor
	// why says why the row is not taken; "" where it is.
	why string
	mib string
}

var statusWords = []string{"", sensor.OK, sensor.Unavailable, sensor.Nonoperational}

// read returns the rows of the table; those that tell of no value have a why.
func (t table) read(vbs []pdu.Varbind, odd *notes) []measured {
	all := pdu.Rows(vbs, t.entry, 1)
	list := make([]measured, 0, len(all))
	for _, index := range slices.Sorted(maps.Keys(all)) {
		r := all[index]
		m := measured{index: index.Arc(0), mib: t.mib, raw: r[colValue]}
		m.OID = t.entry.With(colValue, m.index)
		m.why = t.measure(&m, r)
		if m.why == "" {
			m.value(r, odd)
		}
		list = append(list, m)
	}
	return list
}

// measure finds class, scale and precision; it returns why it could not.
func (t table) measure(m *measured, r pdu.Row) string {
	if !r[colType].Number().Present || !r[colScale].Number().Present {
		return "type and scale not told: not guessed"
	}
	number := r[colType].Number().Value
	k, why := t.kind(number, r[colDisplay].Text())
	if why != "" {
		return why
	}
	scale := r[colScale].Number().Value
	if scale < 1 || scale > 17 {
		return "scale outside the MIB's values: not guessed"
	}
	precision, told := r[colPrecision].Int()
	if k.fixed && !told || precision < -8 || precision > 9 {
		return "precision not told: not guessed"
	}
	m.Class, m.Unit = k.class, k.class.Unit()
	m.factor = factor{exp: 3*(int(scale)-9) - int(max(precision, 0)), times: k.times}
	m.limits = m.factor
	return ""
}

func (t table) kind(number uint64, display string) (kind, string) {
	if number <= t.highest && number < uint64(len(kinds)) && kinds[number].class != "" {
		return kinds[number], ""
	}
	if class, ok := displays[strings.ToLower(display)]; ok && typeWords[number] != "" {
		return kind{class, 1, true}, ""
	}
	if word := typeWords[number]; word != "" && number <= t.highest {
		return kind{}, "type " + word + " tells no unit: not guessed"
	}
	return kind{}, "type outside the MIB's values: not guessed"
}

// overflow is the raw value that means too large; its negative, too small.
const overflow = 1_000_000_000

// value fills Status and, where the agent vouches for it, Value.
func (m *measured) value(r pdu.Row, odd *notes) {
	if r[colStatus].Exists() {
		n := r[colStatus].Number()
		if n.Value < 1 || n.Value >= uint64(len(statusWords)) {
			odd.add(m.mib, "status outside the MIB's values: no value", m.index)
			return
		}
		m.Status = statusWords[n.Value]
		if m.Status != sensor.OK {
			return
		}
	} else {
		odd.add(m.mib, "status not told: taken as ok", m.index)
	}
	raw, ok := m.raw.Int()
	switch {
	case !ok:
		odd.add(m.mib, "no number for a value", m.index)
	case raw <= -overflow || raw >= overflow:
		odd.add(m.mib, "value is the mark of overflow: no value", m.index)
	case m.Class == sensor.State:
		m.truth(raw, odd)
	case !m.Class.Possible(m.of(raw)):
		odd.add(m.mib, "value beyond what can be measured: no value", m.index)
	default:
		m.Value = m.of(raw)
	}
}

// truth takes a TruthValue of RFC 2579.
func (m *measured) truth(raw int64, odd *notes) {
	if raw != 1 && raw != 2 {
		odd.add(m.mib, "value is no TruthValue: no value", m.index)
		return
	}
	m.Value, m.Word = sensor.Dec(raw, 0), "true"
	if raw == 2 {
		m.Word = "false"
	}
}

// merge makes one list of both tables, by index: see the package comment.
func merge(first, second []measured, odd *notes) []measured {
	others := make(map[uint32]measured, len(second))
	for _, m := range second {
		others[m.index] = m
	}
	var list []measured
	for _, m := range first {
		other, both := others[m.index]
		if m.why != "" {
			if both && other.why == "" {
				m.why += "; taken from " + other.mib
				other.Also = []pdu.OID{m.OID}
				others[m.index] = other
			}
			odd.add(m.mib, m.why, m.index)
			continue
		}
		if both {
			m.Also = []pdu.OID{other.OID}
		}
		if both && other.Class == m.Class {
			m.limits = other.factor
		}
		list = append(list, m)
		delete(others, m.index)
	}
	for _, m := range others {
		if m.why != "" {
			odd.add(m.mib, m.why, m.index)
			continue
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b measured) int { return int(int64(a.index) - int64(b.index)) })
	return list
}

// name gives each sensor the title of its part. Where several of a class share
// one, the title of the part around goes before it, or else the index behind it.
func (e *Entities) name() {
	type key struct {
		class sensor.Class
		name  string
	}
	count := func() map[key]int {
		n := make(map[key]int)
		for _, s := range e.Sensors {
			n[key{s.Class, s.Name}]++
		}
		return n
	}
	rename := func(shared map[key]int, name func(s sensor.Sensor, index uint32) string) {
		for i, s := range e.Sensors {
			if shared == nil || s.Name != "" && shared[key{s.Class, s.Name}] > 1 {
				e.Sensors[i].Name = name(s, s.OID.Arc(s.OID.Len()-1))
			}
		}
	}
	rename(nil, func(_ sensor.Sensor, index uint32) string {
		p, _ := e.Part(index)
		return p.Title()
	})
	rename(count(), func(s sensor.Sensor, index uint32) string {
		p, _ := e.Part(index)
		return strings.TrimSpace(e.around(p).Title() + " " + s.Name)
	})
	rename(count(), func(s sensor.Sensor, index uint32) string {
		return s.Name + " #" + strconv.FormatUint(uint64(index), 10)
	})
}
