package sensor

import (
	"math/big"

	"rackvakt/sensors/reading"
)

// measure says as which Kind a class is told, and the power of ten of that Kind's unit.
type measure struct {
	kind reading.Kind
	exp  int
}

// measures has no State, which is told by its severity.
var measures = map[Class]measure{
	Temperature: {reading.Temperature, -3}, Humidity: {reading.Humidity, -3}, Voltage: {reading.Voltage, -3},
	Current: {reading.Current, -3}, Power: {reading.Power, -3}, ApparentPower: {reading.ApparentPower, -3},
	Energy: {reading.Energy, 0}, Frequency: {reading.Frequency, -3}, FanSpeed: {reading.FanSpeed, 0},
	Charge: {reading.Level, -3}, Load: {reading.Level, -3}, Percent: {reading.Level, -3}, Runtime: {reading.Remaining, 0},
	OpticalPower: {reading.OpticalPower, -3}, Airflow: {reading.Airflow, -3}, Pressure: {reading.Pressure, 0},
	Count: {reading.Quantity, 0},
}

// states are the kinds of the state of a part.
var states = map[Part]reading.Kind{
	Fan: reading.FanState, Supply: reading.SupplyState, Heat: reading.HeatState, Battery: reading.BatteryState,
	PoE: reading.PoEState, Optic: reading.OpticState, "": reading.PartState,
}

// Kind returns the Kind under which the state of p is told.
func (p Part) Kind() reading.Kind { return states[p] }

// Reading returns the value of s for the given point of a device; false for a
// state, and where the agent vouches for none.
func (s Sensor) Reading(device, object string, at reading.Stamp) (reading.Reading, bool) {
	m, ok := measures[s.Class]
	if !ok {
		return reading.Reading{}, false
	}
	v, ok := s.Value.In(m.exp)
	return reading.Reading{
		Point: reading.Point{Device: device, Object: object, Kind: m.kind}, Value: v, Quality: reading.Good, At: at,
	}, ok
}

// Severity returns how bad s is by the device's own word or limits: PartOK,
// PartWarning or PartCritical of package reading. False where neither says.
func (s Sensor) Severity() (int64, bool) {
	byWord, told := s.wordSeverity()
	byLimits, bounded := s.Limits.severity(s.Value)
	return max(byWord, byLimits), told || bounded
}

// wordSeverity is what Status says. That a sensor of RFC 3433 works says nothing
// of what it measures, so ok counts for a state and beside limits only.
func (s Sensor) wordSeverity() (int64, bool) {
	switch s.Status {
	case OK:
		return reading.PartOK, s.Class == State
	case Warning:
		return reading.PartWarning, true
	case Critical:
		return reading.PartCritical, true
	}
	return 0, false
}

// severity says how far v is beyond the limits; false without a value or limits.
func (l Limits) severity(v Decimal) (int64, bool) {
	if !v.Present || l == (Limits{}) {
		return 0, false
	}
	switch {
	case v.Below(l.LowCritical) || l.HighCritical.Below(v):
		return reading.PartCritical, true
	case v.Below(l.LowWarning) || l.HighWarning.Below(v):
		return reading.PartWarning, true
	}
	return reading.PartOK, true
}

// Below reports whether d is less than other; false where either is absent.
func (d Decimal) Below(other Decimal) bool {
	if !d.Present || !other.Present {
		return false
	}
	exp := min(d.Exp, other.Exp)
	return d.digits(d.Exp-exp).Cmp(other.digits(other.Exp-exp)) < 0
}

// digits returns the digits of d with zeros behind them.
func (d Decimal) digits(zeros int) *big.Int {
	n := big.NewInt(d.Digits)
	return n.Mul(n, power(zeros))
}
