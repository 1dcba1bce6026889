package poll

import (
	"rackvakt/snmp/entity"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/poe"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/sensor"
)

// measured is what the sensors of a device tell.
type measured struct {
	entities entity.Entities
	poe      *poe.PoE // nil where the device feeds nothing
	// sensors are those of all readers, each object once; the first of them are
	// those of entities.
	sensors  []sensor.Sensor
	problems []string
}

// measure reads the sensors that vbs tell of: those of standard MIBs, and then
// what the profiles describe.
func measure(fit []*profile.Profile, vbs []pdu.Varbind) measured {
	m := measured{entities: entity.Read(vbs)}
	m.sensors = append(m.sensors, m.entities.Sensors...)
	m.problems = m.entities.Problems
	if p, ok := poe.Read(vbs); ok {
		m.poe = &p
		m.sensors = append(m.sensors, p.Sensors()...)
		m.problems = append(m.problems, p.Problems...)
	}
	var before []pdu.OID
	for _, s := range m.sensors {
		before = append(append(before, s.OID), s.Also...)
	}
	m.sensors = append(m.sensors, profile.Read(fit, vbs, before)...)
	return m
}

// about is what a device tells of itself as a whole; "" where it does not.
type about struct {
	vendor, model, serial, version string
	profile                        string // name of the profile that tells it
}

func aboutEntities(e entity.Entities) about {
	whole, _ := e.Whole()
	return about{vendor: whole.Vendor, model: whole.Model, serial: whole.Serial, version: whole.Version()}
}

func aboutProfile(p *profile.Profile, vbs []pdu.Varbind) about {
	a := about{vendor: p.Device.Vendor, profile: p.Name}
	a.model, a.serial, a.version = p.About(vbs)
	return a
}

// or returns a, and from other what a does not tell.
func (a about) or(other about) about {
	for _, f := range []struct{ mine, theirs *string }{
		{&a.vendor, &other.vendor}, {&a.model, &other.model}, {&a.serial, &other.serial}, {&a.version, &other.version},
		{&a.profile, &other.profile},
	} {
		if *f.mine == "" {
			*f.mine = *f.theirs
		}
	}
	return a
}
