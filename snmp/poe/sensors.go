package poe

import (
	"fmt"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// severities says how bad a state of a supply is; one that is off may be so by will.
var severities = map[string]string{"on": sensor.OK, "off": sensor.Unknown, "faulty": sensor.Critical}

// Sensors returns the powers and states that have a value: of each supply what it
// delivers and its state, of each port what it delivers. The limits of a supply
// are the agent's own threshold and the budget.
func (p PoE) Sensors() []sensor.Sensor {
	var list []sensor.Sensor
	for _, s := range p.Supplies {
		name := s.Name
		if name == "" {
			name = fmt.Sprintf("PoE supply %d", s.Group)
		}
		if s.Consumption.Present {
			list = append(list, power(s.consumption, name, s.Consumption))
			list[len(list)-1].Limits, list[len(list)-1].Part = s.limits(), sensor.PoE
		}
		if s.Status.Present && s.StatusWord != "" {
			list = append(list, sensor.Sensor{
				OID: s.status, Class: sensor.State, Part: sensor.PoE, Name: name, Status: severities[s.StatusWord], Value: sensor.Dec(s.Status.Int(), 0), Word: s.StatusWord,
			})
		}
	}
	for _, t := range p.Ports {
		if t.Consumption.Present {
			list = append(list, power(t.consumption, "PoE port "+t.title(), t.Consumption))
		}
	}
	return list
}

func power(oid pdu.OID, name string, value sensor.Decimal) sensor.Sensor {
	return sensor.Sensor{OID: oid, Class: sensor.Power, Name: name, Value: value, Unit: sensor.Power.Unit()}
}

func (t Port) title() string {
	switch {
	case t.Name != "":
		return t.Name
	case t.IfIndex.Present:
		return fmt.Sprint(t.IfIndex.Value)
	}
	return fmt.Sprintf("%d/%d", t.Group, t.Index)
}

// limits returns none where the budget is 0: the agent does not know it.
func (s Supply) limits() sensor.Limits {
	if s.Budget.Digits == 0 {
		return sensor.Limits{}
	}
	l := sensor.Limits{HighCritical: s.Budget}
	if s.Threshold.Value >= 1 && s.Threshold.Value <= 99 {
		part := s.Budget.Times(s.Threshold.Int())
		if part.Present {
			l.HighWarning = sensor.Dec(part.Digits, part.Exp-2)
		}
	}
	return l
}
