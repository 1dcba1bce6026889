package poll

import (
	"slices"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/etherlike"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/profile"
)

// source is what brought a point: what it no longer tells of is unknown.
type source uint8

const (
	fromAnswer source = iota // any answer
	fromPoll
	fromSensors
	fromNeighbors
	fromDuplex
)

// addSensors adds what the sensors tell.
func (v *view) addSensors(batch *reading.Batch, m measured, doubtful bool, at reading.Stamp) {
	first := len(batch.Readings)
	batch.Readings = append(batch.Readings, v.sense(m, at)...)
	v.forget(batch, first, fromSensors, doubtful, at)
}

// addDuplex adds the duplex modes of the ports that vbs tell of.
func (v *view) addDuplex(batch *reading.Batch, vbs []pdu.Varbind, doubtful bool, at reading.Stamp) {
	first := len(batch.Readings)
	modes, _ := etherlike.Read(vbs)
	for index, mode := range modes {
		if name, ok := v.names[index]; ok {
			batch.Readings = append(batch.Readings, v.duplexMode(name, mode, at))
		}
	}
	v.forget(batch, first, fromDuplex, doubtful, at)
}

func (v *view) duplexMode(name string, mode etherlike.Duplex, at reading.Stamp) reading.Reading {
	return reading.Reading{Point: v.point(name, reading.IfDuplex), Value: int64(mode), Quality: reading.Good, At: at}
}

// duplexOf returns the modes of some ports; one that had a mode and has none now is unknown.
func (v *view) duplexOf(indexes []uint32, vbs []pdu.Varbind, at reading.Stamp) []reading.Reading {
	if len(indexes) == 0 {
		return nil
	}
	var all []reading.Reading
	modes, _ := etherlike.Read(vbs)
	for _, index := range indexes {
		name, ok := v.names[index]
		if !ok {
			continue
		}
		point := v.point(name, reading.IfDuplex)
		if mode, ok := modes[index]; ok {
			all = append(all, v.duplexMode(name, mode, at))
		} else if _, told := v.known[point]; told {
			all = append(all, unknown(point, "not told", at))
		}
	}
	return all
}

// addAbout tells what the device is.
func (v *view) addAbout(batch *reading.Batch, fit []*profile.Profile, vbs []pdu.Varbind, m measured, at reading.Stamp) {
	a := aboutEntities(m.entities)
	if u, ok := readUPS(fit, vbs); ok {
		a = about{vendor: u.Manufacturer, model: u.Model, version: u.Version}.or(a)
	}
	for _, p := range fit {
		if !p.Standard {
			a = a.or(aboutProfile(p, vbs))
		}
	}
	for _, f := range []struct {
		label reading.Label
		text  string
	}{
		{reading.LabelVendor, a.vendor}, {reading.LabelModel, a.model}, {reading.LabelSerial, a.serial}, {reading.LabelVersion, a.version},
	} {
		if f.text != "" {
			v.tell(batch, reading.Fact{Point: v.point("", 0), Label: f.label, Text: f.text, At: at})
		}
	}
}

// profiles returns the names of the profiles that fit.
func (v *view) profiles() []string {
	var names []string
	for _, p := range v.fit {
		names = append(names, p.Name)
	}
	return names
}

// problems tells what was odd in the last of each kind of reading.
func (v *view) problems(batch *reading.Batch, of string, list []string, at reading.Stamp) {
	v.odd[of] = list
	var all []string
	for _, of := range []string{"ports", "discovery", "sensors", "neighbours"} {
		for _, p := range v.odd[of] {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	v.tell(batch, reading.Fact{Point: v.point("", 0), Label: reading.LabelProblem, Text: shorten(all), At: at})
}
