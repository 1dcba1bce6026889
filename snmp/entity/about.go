package entity

import (
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// Values of entPhysicalClass that say what a sensor is about, IANA-ENTITY-MIB.
const (
	classBackplane = 4
	classSupply    = 6
	classFan       = 7
	classModule    = 9
	classStack     = 11
	classCPU       = 12
	classBattery   = 14
)

// assign says of each sensor what of the device it tells about.
func (e *Entities) assign() {
	optics := e.optics()
	for i := range e.Sensors {
		s := &e.Sensors[i]
		s.Part = e.about(s.Class, s.OID.Arc(s.OID.Len()-1), optics)
	}
}

// optics returns the parts that hold a sensor of light: optical modules, or
// what an agent has in their place. The way out of such a part goes no further.
func (e *Entities) optics() map[uint32]bool {
	holds := make(map[uint32]bool)
	for _, s := range e.Sensors {
		p, _ := e.Part(s.OID.Arc(s.OID.Len() - 1))
		if outer := e.around(p); s.Class == sensor.OpticalPower && outer.Index != 0 && outer.Class != pdu.Some(ClassChassis) {
			holds[outer.Index] = true
		}
	}
	return holds
}

// about goes from the part of a sensor outwards, to the first that says what it
// is. A temperature with nothing but modules and boxes around is one of the
// device; without any part around it may be a room's.
func (e *Entities) about(class sensor.Class, index uint32, optics map[uint32]bool) sensor.Part {
	if class == sensor.OpticalPower {
		return sensor.Optic
	}
	p, _ := e.Part(index)
	inside := false
	for range maxDepth {
		if p.Index == 0 {
			break
		}
		if optics[p.Index] {
			return sensor.Optic
		}
		switch p.Class.Value {
		case classFan:
			return sensor.Fan
		case classSupply:
			return sensor.Supply
		case classBattery:
			return sensor.Battery
		case ClassPort:
			return sensor.Optic
		case ClassChassis, classBackplane, classModule, classStack, classCPU:
			inside = true
		}
		p = e.around(p)
	}
	switch {
	case class == sensor.FanSpeed:
		return sensor.Fan
	case class == sensor.Temperature && inside:
		return sensor.Heat
	}
	return ""
}
