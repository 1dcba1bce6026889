package ifmib

import (
	"fmt"
	"strconv"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

func (r *row) names(p *Port) {
	p.Name, p.Descr = r.at(Name).Text(), r.at(Descr).Text()
	if p.Name == "" {
		p.Name = p.Descr
	}
	if p.Descr == "" {
		p.Descr = p.Name
	}
	p.NameGiven = p.Name != ""
	if !p.NameGiven {
		p.Name = "if" + strconv.FormatUint(uint64(p.Index), 10)
	}
}

// state returns n if it is one of the MIB's values, 1 to highest.
func (p *Port) state(object string, n pdu.Number, highest uint64) pdu.Number {
	if !n.Present || n.Value >= 1 && n.Value <= highest {
		return n
	}
	p.Odd = append(p.Odd, fmt.Sprintf("%s is %d, outside its values: taken as absent", object, n.Value))
	return pdu.Number{}
}

// counter prefers the 64-bit column, unless only the 32-bit one moves.
func (r *row) counter(wide, narrow pdu.OID) pdu.Number {
	w, n := r.at(wide).Number(), r.at(narrow).Number()
	if w.Present && w.Value == 0 && n.Value > 0 {
		return n
	}
	return w.Or(n)
}

// Distinct makes the names of ports unique, for use as identities: where several
// share one, each gets its ifDescr behind it if that tells them apart, else its
// ifIndex.
func Distinct(ports []Port) {
	names, descrs := make(map[string]int), make(map[[2]string]int)
	for _, p := range ports {
		names[p.Name]++
		descrs[[2]string{p.Name, p.Descr}]++
	}
	for i := range ports {
		p := &ports[i]
		if names[p.Name] == 1 {
			continue
		}
		by, suffix := "ifDescr", " ("+p.Descr+")"
		if descrs[[2]string{p.Name, p.Descr}] > 1 || p.Descr == p.Name {
			by, suffix = "ifIndex", "#"+strconv.FormatUint(uint64(p.Index), 10)
		}
		p.Odd = append(p.Odd, fmt.Sprintf("the name %q is on %d ports: told apart by %s", p.Name, names[p.Name], by))
		p.Name += suffix
	}
}

// speed prefers ifHighSpeed, whose 0 is "below 500 kbit/s or not known".
func (r *row) speed() pdu.Number {
	low, high := r.at(Speed).Number(), r.at(HighSpeed).Number()
	if high.Present && high.Value > 0 && high.Value < 1<<32 {
		return pdu.Some(high.Value * highSpeedUnit)
	}
	return low.Or(high)
}

var adminWords = []string{"", "up", "down", "testing"}
var operWords = []string{"", "up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown"}

// AdminWord returns the RFC 2863 word of ifAdminStatus, "" where absent.
func (p Port) AdminWord() string { return word(adminWords, p.Admin) }

// OperWord returns the RFC 2863 word of ifOperStatus, "" where absent.
func (p Port) OperWord() string { return word(operWords, p.Oper) }

func word(words []string, n pdu.Number) string {
	if !n.Present || n.Value >= uint64(len(words)) {
		return ""
	}
	return words[n.Value]
}

// AppendReadings appends the values of the port that are present. The port's Point
// is the device's configured name and the port's name.
func (p *Port) AppendReadings(all []reading.Reading, device string, at reading.Stamp) []reading.Reading {
	for _, v := range [...]struct {
		kind reading.Kind
		n    pdu.Number
	}{
		{reading.IfOperStatus, p.Oper}, {reading.IfAdminStatus, p.Admin}, {reading.IfSpeed, p.Speed},
		{reading.IfInOctets, p.InOctets}, {reading.IfOutOctets, p.OutOctets},
		{reading.IfInPackets, p.InUcast}, {reading.IfOutPackets, p.OutUcast},
		{reading.IfInErrors, p.InErrors}, {reading.IfOutErrors, p.OutErrors},
		{reading.IfInDiscards, p.InDiscards}, {reading.IfOutDiscards, p.OutDiscards},
	} {
		if v.n.Present {
			point := reading.Point{Device: device, Object: p.Name, Kind: v.kind}
			all = append(all, reading.Reading{Point: point, Value: v.n.Int(), Quality: reading.Good, At: at})
		}
	}
	return all
}

// Facts returns the texts about the port; an empty text removes an older one.
func (p Port) Facts(device string, at reading.Stamp) []reading.Fact {
	point := reading.Point{Device: device, Object: p.Name}
	return []reading.Fact{
		{Point: point, Label: reading.LabelIndex, Text: strconv.FormatUint(uint64(p.Index), 10), At: at},
		{Point: point, Label: reading.LabelAlias, Text: p.Alias, At: at},
		{Point: point, Label: reading.LabelDescr, Text: p.Descr, At: at},
		{Point: point, Label: reading.LabelMAC, Text: p.MAC, At: at},
	}
}
