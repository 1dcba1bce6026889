// Package poe reads Power over Ethernet from POWER-ETHERNET-MIB (RFC 3621) and
// what two vendors add for a single port: CISCO-POWER-ETHERNET-EXT-MIB, which
// augments the standard rows, and HUAWEI-POE-MIB, which has rows of its own by
// ifIndex.
//
// It refuses to ask for anything, to switch a port, and to take the port number
// of RFC 3621 for an ifIndex: agents number as they like. Powers are watts in
// exact decimals; agents send W for a supply and mW for a port.
//
// Worked example: 30 12 06 0C 2B 06 01 02 01 69 01 03 01 01 04 01 42 02 00 F8 is
// pethMainPseConsumptionPower.1 (1.3.6.1.2.1.105.1.3.1.1.4.1) = Gauge32 248: the
// supply of group 1 delivers 248 W. cpeExtPsePortPwrConsumption.1.5 = 6300 is 6.3 W
// out of port 5 of that group.
package poe

import (
	"fmt"
	"maps"
	"slices"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// Tables of RFC 3621 section 4, and of the two vendors' modules.
var (
	portEntry   = pdu.MustOID("1.3.6.1.2.1.105.1.1.1")         // by group and port
	supplyEntry = pdu.MustOID("1.3.6.1.2.1.105.1.3.1.1")       // by group
	ciscoPort   = pdu.MustOID("1.3.6.1.4.1.9.9.402.1.2.1")     // by group and port
	ciscoSupply = pdu.MustOID("1.3.6.1.4.1.9.9.402.1.3.1")     // by group
	huaweiSlot  = pdu.MustOID("1.3.6.1.4.1.2011.5.25.195.2.1") // by slot
	huaweiPort  = pdu.MustOID("1.3.6.1.4.1.2011.5.25.195.3.1") // by ifIndex
)

const (
	portAdmin     = 3
	portDetection = 6
	portClass     = 10
	portDenied    = 12
	portOverload  = 13
	portShort     = 14

	supplyPower       = 2
	supplyStatus      = 3
	supplyConsumption = 4
	supplyThreshold   = 5

	ciscoMost        = 6
	ciscoAllocated   = 7
	ciscoConsumption = 9
	ciscoPart        = 11
	ciscoDescr       = 2

	slotMost        = 2
	slotConsumption = 5

	huaweiName        = 2
	huaweiEnable      = 3
	huaweiMost        = 5
	huaweiStatus      = 7
	huaweiClass       = 8
	huaweiConsumption = 10
)

var taken = []struct {
	entry   pdu.OID
	columns []uint32
}{
	{supplyEntry, []uint32{supplyPower, supplyStatus, supplyConsumption, supplyThreshold}},
	{portEntry, []uint32{portAdmin, portDetection, portClass, portDenied, portOverload, portShort}},
	{ciscoSupply, []uint32{ciscoDescr}},
	{ciscoPort, []uint32{ciscoMost, ciscoAllocated, ciscoConsumption, ciscoPart}},
	{huaweiSlot, []uint32{slotMost, slotConsumption}},
	{huaweiPort, []uint32{huaweiName, huaweiEnable, huaweiMost, huaweiStatus, huaweiClass, huaweiConsumption}},
}

// Columns lists what to walk.
func Columns() []pdu.OID {
	var list []pdu.OID
	for _, t := range taken {
		for _, c := range t.columns {
			list = append(list, t.entry.With(c))
		}
	}
	return list
}

// PoE is what an agent tells of its power over Ethernet.
type PoE struct {
	Supplies []Supply `json:"supplies"`
	Ports    []Port   `json:"ports"`
	// Problems says what was odd and how it was taken.
	Problems []string `json:"-"`
}

// Supply is one power source for ports: a box, or a card of it.
type Supply struct {
	Group  uint32     `json:"group"` // pethMainPseGroupIndex, or the slot
	Name   string     `json:"name"`  // "" where not told
	Status pdu.Number `json:"-"`     // 1 on, 2 off, 3 faulty
	// StatusWord says Status; "" where not told or none of the MIB's.
	StatusWord  string         `json:"status"`
	Budget      sensor.Decimal `json:"budget_watts"`
	Consumption sensor.Decimal `json:"consumption_watts"`
	Threshold   pdu.Number     `json:"threshold_percent"` // of the budget, from which the agent warns

	status, consumption pdu.OID // the instances read
}

// Port is one port that can feed a device.
type Port struct {
	// Group and Index are those of RFC 3621, both 0 where the port is known by
	// its ifIndex only.
	Group   uint32     `json:"group"`
	Index   uint32     `json:"index"`
	IfIndex pdu.Number `json:"if_index"` // absent where only Group and Index are told
	Part    pdu.Number `json:"part"`     // entPhysicalIndex of the port
	Name    string     `json:"name"`     // "" where not told
	Admin   string     `json:"admin"`    // "on", "off", or ""
	// Detection is the word of pethPsePortDetectionStatus, or what an agent
	// without that table calls the state in its own words.
	Detection string `json:"detection"`
	// Class is that of the fed device (IEEE 802.3): 0 to 8; absent while none is fed.
	Class       pdu.Number     `json:"class"`
	Consumption sensor.Decimal `json:"consumption_watts"`
	Allocated   sensor.Decimal `json:"allocated_watts"`
	Most        sensor.Decimal `json:"most_watts"` // what the port may give
	Denied      pdu.Number     `json:"denied"`     // counter: no power left
	Overload    pdu.Number     `json:"overload"`   // counter
	Short       pdu.Number     `json:"short"`      // counter

	consumption pdu.OID // the instance read
}

// Delivering is the word of Detection while a device is fed.
const Delivering = "deliveringPower"

var (
	statusWords    = []string{"", "on", "off", "faulty"}
	adminWords     = []string{"", "on", "off"}
	detectionWords = []string{"", "disabled", "searching", Delivering, "fault", "test", "otherFault"}
)

// classes is the highest number of pethPsePortPowerClassifications: class 4 in
// RFC 3621, class 8 since IEEE 802.3bt; it is the class plus one.
const classes = 9

// Read takes from vbs what belongs to the three MIBs; false where nothing does.
func Read(vbs []pdu.Varbind) (PoE, bool) {
	var p PoE
	p.supplies(vbs)
	p.ports(vbs)
	return p, len(p.Supplies)+len(p.Ports) > 0
}

func (p *PoE) supplies(vbs []pdu.Varbind) {
	names := rows(vbs, ciscoSupply, 1)
	own := rows(vbs, supplyEntry, 1)
	for _, index := range slices.Sorted(maps.Keys(own)) {
		r := own[index]
		s := Supply{
			Group: index.Arc(0), Name: names[index][ciscoDescr].Text(), Status: r[supplyStatus].Number(),
			Budget: watts(r, supplyPower, 0), Consumption: watts(r, supplyConsumption, 0), Threshold: r[supplyThreshold].Number(),
			status: supplyEntry.With(supplyStatus) + index, consumption: supplyEntry.With(supplyConsumption) + index,
		}
		s.StatusWord = p.word("pethMainPseOperStatus", statusWords, s.Status, index)
		p.Supplies = append(p.Supplies, s)
	}
	slots := rows(vbs, huaweiSlot, 1)
	for _, index := range slices.Sorted(maps.Keys(slots)) {
		if len(own) > 0 {
			break // the same supplies once more
		}
		p.Supplies = append(p.Supplies, Supply{
			Group: index.Arc(0), Budget: watts(slots[index], slotMost, -3), Consumption: watts(slots[index], slotConsumption, -3),
			consumption: huaweiSlot.With(slotConsumption) + index,
		})
	}
	for _, s := range p.Supplies {
		if most, ok := s.Budget.In(0); ok && most > 0 && s.over(most) {
			p.odd("supply %d delivers %v W of at most %v W: one of the two is not in watts", s.Group, s.Consumption, s.Budget)
		}
	}
}

// over reports whether more than watts are delivered.
func (s Supply) over(watts int64) bool {
	now, ok := s.Consumption.In(0)
	return ok && now > watts
}

func (p *PoE) ports(vbs []pdu.Varbind) {
	own, cisco := rows(vbs, portEntry, 2), rows(vbs, ciscoPort, 2)
	all := make(map[pdu.OID]pdu.Row)
	for _, table := range []map[pdu.OID]pdu.Row{own, cisco} {
		for index := range table {
			all[index] = nil
		}
	}
	for _, index := range slices.Sorted(maps.Keys(all)) {
		p.Ports = append(p.Ports, p.port(own[index], cisco[index], index))
	}
	huawei := rows(vbs, huaweiPort, 1)
	for _, index := range slices.Sorted(maps.Keys(huawei)) {
		p.Ports = append(p.Ports, p.huawei(huawei[index], index))
	}
}

func (p *PoE) huawei(r pdu.Row, index pdu.OID) Port {
	t := Port{
		IfIndex: pdu.Some(uint64(index.Arc(0))), Name: r[huaweiName].Text(),
		Admin:       p.word("hwPoePortEnable", adminWords, r[huaweiEnable].Number(), index),
		Detection:   r[huaweiStatus].Text(),
		Consumption: watts(r, huaweiConsumption, -3), Most: watts(r, huaweiMost, -3),
		consumption: huaweiPort.With(huaweiConsumption) + index,
	}
	if class := r[huaweiClass].Number(); t.Consumption.Digits > 0 && class.Value < classes {
		t.Class = class
	}
	return t
}

func (p *PoE) port(r, cisco pdu.Row, index pdu.OID) Port {
	t := Port{
		Group: index.Arc(0), Index: index.Arc(1),
		Admin:       p.word("pethPsePortAdminEnable", adminWords, r[portAdmin].Number(), index),
		Detection:   p.word("pethPsePortDetectionStatus", detectionWords, r[portDetection].Number(), index),
		Consumption: watts(cisco, ciscoConsumption, -3), Allocated: watts(cisco, ciscoAllocated, -3), Most: watts(cisco, ciscoMost, -3),
		Denied: r[portDenied].Number(), Overload: r[portOverload].Number(), Short: r[portShort].Number(),
		consumption: ciscoPort.With(ciscoConsumption) + index,
	}
	if part := cisco[ciscoPart].Number(); part.Value > 0 {
		t.Part = part
	}
	if t.Detection == Delivering {
		t.Class = p.class(r[portClass].Number(), index)
	}
	return t
}

// class makes a class of pethPsePortPowerClassifications, which is told as class0(1).
func (p *PoE) class(n pdu.Number, index pdu.OID) pdu.Number {
	if !n.Present {
		return n
	}
	if n.Value < 1 || n.Value > classes {
		p.odd("pethPsePortPowerClassifications.%v is %d, outside its values: taken as absent", index, n.Value)
		return pdu.Number{}
	}
	return pdu.Some(n.Value - 1)
}

func (p *PoE) word(object string, words []string, n pdu.Number, index pdu.OID) string {
	if !n.Present {
		return ""
	}
	if n.Value < 1 || n.Value >= uint64(len(words)) {
		p.odd("%s.%v is %d, outside its values: taken as absent", object, index, n.Value)
		return ""
	}
	return words[n.Value]
}

// maxProblems bounds the lines about one device: what is odd of one port is
// mostly so of all.
const maxProblems = 8

func (p *PoE) odd(format string, args ...any) {
	if len(p.Problems) < maxProblems {
		p.Problems = append(p.Problems, "PoE: "+fmt.Sprintf(format, args...))
	}
}

// watts returns a column in units of 10^exp W; absent where it holds no number or
// one below 0.
func watts(r pdu.Row, column uint32, exp int) sensor.Decimal {
	if n := r[column].Number(); n.Present {
		return sensor.Dec(n.Int(), exp)
	}
	return sensor.Decimal{}
}

// rows collects the taken cells of a table.
func rows(vbs []pdu.Varbind, entry pdu.OID, arcs int) map[pdu.OID]pdu.Row {
	for _, t := range taken {
		if t.entry == entry {
			return pdu.Rows(vbs, entry, arcs, t.columns...)
		}
	}
	return nil
}
