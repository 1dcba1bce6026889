// Package system reads the system group of SNMPv2-MIB (RFC 3418) from varbinds:
// sysDescr, sysObjectID, sysUpTime, sysName, and IF-MIB's ifNumber beside them.
//
// It refuses to ask for anything: the caller hands it what an agent answered.
// Each object may be absent, and sysUpTime may come as INTEGER.
//
// Worked example: the varbind 30 10 06 08 2B 06 01 02 01 01 03 00 43 04 00 98
// 96 80 is sysUpTime.0 = 10,000,000 ticks of 0.01 s: the agent started 100,000
// seconds ago. It restarts from 0 after 497 days (2^32 ticks) as well.
package system

import (
	"strings"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

// The system group, RFC 3418 section 2.
var (
	Tree     = pdu.MustOID("1.3.6.1.2.1.1")
	UpTime   = pdu.MustOID("1.3.6.1.2.1.1.3.0")
	descr    = pdu.MustOID("1.3.6.1.2.1.1.1.0")
	objectID = pdu.MustOID("1.3.6.1.2.1.1.2.0")
	name     = pdu.MustOID("1.3.6.1.2.1.1.5.0")
	ifNumber = pdu.MustOID("1.3.6.1.2.1.2.1.0")
)

// Instances lists what to GET.
func Instances() []pdu.OID { return []pdu.OID{UpTime, descr, objectID, name, ifNumber} }

// System is what an agent says about itself. Empty and absent mean not told.
type System struct {
	Name     string
	Descr    string
	ObjectID pdu.OID
	// UpTime is in 0.01 s since the agent started; it wraps after 497 days.
	UpTime pdu.Number
	// Interfaces is ifNumber: rows to expect in ifTable.
	Interfaces pdu.Number
}

// Read takes from vbs what belongs to the system group.
func Read(vbs []pdu.Varbind) System {
	var s System
	for _, vb := range vbs {
		switch vb.OID {
		case UpTime:
			s.UpTime = vb.Value.Number()
		case descr:
			s.Descr = strings.Join(strings.Fields(vb.Value.Text()), " ")
		case objectID:
			s.ObjectID = vb.Value.OID()
		case name:
			s.Name = vb.Value.Text()
		case ifNumber:
			s.Interfaces = vb.Value.Number()
		}
	}
	return s
}

// Readings returns the values of the device as a whole.
func (s System) Readings(device string, at reading.Stamp) []reading.Reading {
	if !s.UpTime.Present {
		return nil
	}
	return []reading.Reading{{
		Point:   reading.Point{Device: device, Kind: reading.DeviceUptime},
		Value:   s.UpTime.Int(),
		Quality: reading.Good,
		At:      at,
	}}
}

// Facts returns the texts about the device.
func (s System) Facts(device string, at reading.Stamp) []reading.Fact {
	p := reading.Point{Device: device}
	var facts []reading.Fact
	for _, f := range []struct {
		label reading.Label
		text  string
	}{{reading.LabelSysName, s.Name}, {reading.LabelDescr, s.Descr}} {
		if f.text != "" {
			facts = append(facts, reading.Fact{Point: p, Label: f.label, Text: f.text, At: at})
		}
	}
	return facts
}

// wrapMargin is how near 2^32 ticks (497 days) an uptime must have been, and how
// near 0 the next, to be taken for a wrap: one hour.
const wrapMargin = 360_000

// Restarted reports whether sysUpTime went back because the agent started
// again, and not because it wrapped.
func Restarted(before, now pdu.Number) bool {
	if !before.Present || !now.Present || now.Value >= before.Value {
		return false
	}
	wrapped := before.Value > 1<<32-wrapMargin && now.Value < wrapMargin
	return !wrapped
}
