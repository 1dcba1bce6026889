package poll

import (
	"slices"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/system"
	"rackvakt/snmp/ups"
)

// urgent lists the instances that are read every UplinkEvery; none for a switch
// without a known uplink port, whose uptime alone is read.
func (v *view) urgent() []pdu.OID {
	if v.o.Kind == KindUPS {
		return v.upsInstances(ups.Urgent())
	}
	var oids []pdu.OID
	for _, name := range v.o.UplinkPorts {
		index, ok := v.index[name]
		if !ok {
			continue
		}
		columns := append([]pdu.OID{v.nameColumn()}, urgentColumns()...)
		for _, c := range columns {
			if slices.Contains(v.columns, c) || c == ifmib.LastChange && v.changes.filled {
				oids = append(oids, c.With(index))
			}
		}
	}
	return oids
}

// upsInstances adds to those of UPS-MIB what the profiles know in their place, and
// leaves out what the last discovery found to be absent: version 1 refuses a whole
// request for one of them.
func (v *view) upsInstances(standard []pdu.OID) []pdu.OID {
	all := append(standard, profile.UPSWanted(v.fit)...)
	if len(v.upsHas) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(o pdu.OID) bool { return !v.upsHas[o] })
}

// learnUPS notes what a UPS was found to tell.
func (v *view) learnUPS(vbs []pdu.Varbind) {
	v.upsHas = make(map[pdu.OID]bool)
	wanted := append(ups.Instances(), profile.UPSWanted(v.fit)...)
	for _, vb := range vbs {
		if vb.Value.Exists() && slices.Contains(wanted, vb.OID) {
			v.upsHas[vb.OID] = true
		}
	}
}

// nameColumn is the column that tells whether a port is still where it was.
func (v *view) nameColumn() pdu.OID {
	if slices.Contains(v.columns, ifmib.Name) {
		return ifmib.Name
	}
	return ifmib.Descr
}

// urgentRead takes the answer to urgent; lost says that a port is not where it
// was, so that the ports must be mapped anew.
func (v *view) urgentRead(vbs []pdu.Varbind, rtt time.Duration, at reading.Stamp) (batch reading.Batch, lost bool) {
	batch = v.alive(system.Read(vbs).UpTime, rtt, at)
	if v.o.Kind == KindUPS {
		if u, ok := readUPS(v.fit, vbs); ok {
			readings := u.Readings(v.o.Name, at)
			v.note(readings, fromPoll)
			batch.Readings = append(batch.Readings, readings...)
		} else {
			batch.Readings = append(batch.Readings, unknown(v.point("", reading.UPSSource), "not told", at))
		}
		return batch, false
	}
	ports := ifmib.Read(vbs)
	v.turned = v.changes.changed(ports, v.names)
	up := system.Read(vbs).UpTime
	for _, name := range v.o.UplinkPorts {
		readings, found := v.uplink(ports, name, up, at)
		batch.Readings = append(batch.Readings, readings...)
		lost = lost || !found
	}
	v.misses++
	if !lost {
		v.misses = 0
	}
	return batch, lost
}

// uplink returns the readings of one uplink port; false where it has moved or gone.
func (v *view) uplink(ports []ifmib.Port, name string, up pdu.Number, at reading.Stamp) ([]reading.Reading, bool) {
	index, mapped := v.index[name]
	at0 := slices.IndexFunc(ports, func(p ifmib.Port) bool { return mapped && p.Index == index })
	if at0 < 0 {
		return []reading.Reading{unknown(v.oper(name), "no such port", at)}, !mapped
	}
	p := ports[at0]
	if p.NameGiven && p.Name != v.given[index] {
		return []reading.Reading{unknown(v.oper(name), "port moved", at)}, false
	}
	p.Name = name
	readings := v.addPort(nil, &p, up, at)
	v.note(readings, fromPoll)
	return readings, true
}
