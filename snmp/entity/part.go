package entity

import (
	"maps"
	"math"
	"slices"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
)

// entPhysicalTable and entAliasMappingTable, RFC 6933 section 3.
var (
	physical = pdu.MustOID("1.3.6.1.2.1.47.1.1.1.1")
	alias    = pdu.MustOID("1.3.6.1.2.1.47.1.3.2.1")
	ifIndex  = pdu.MustOID("1.3.6.1.2.1.2.2.1.1")
)

const (
	colDescr       = 2
	colVendorType  = 3
	colContainedIn = 4
	colClass       = 5
	colName        = 7
	colHardware    = 8
	colFirmware    = 9
	colSoftware    = 10
	colSerial      = 11
	colVendor      = 12
	colModel       = 13
	colFRU         = 16

	colAliasIdentifier = 2
)

// PartColumns lists the columns of ENTITY-MIB that Read takes.
func PartColumns() []pdu.OID {
	var list []pdu.OID
	for _, c := range []uint32{
		colDescr, colVendorType, colContainedIn, colClass, colName, colHardware, colFirmware, colSoftware,
		colSerial, colVendor, colModel, colFRU,
	} {
		list = append(list, physical.With(c))
	}
	return append(list, alias.With(colAliasIdentifier))
}

// Values of entPhysicalClass that decisions rest on, IANA-ENTITY-MIB.
const (
	ClassChassis = 3
	ClassPort    = 10
)

var classWords = []string{
	"", "other", "unknown", "chassis", "backplane", "container", "powerSupply", "fan", "sensor", "module", "port", "stack",
	"cpu", "energyObject", "battery", "storageDrive",
}

// Part is one row of entPhysicalTable. Texts are clean and "" where absent.
type Part struct {
	Index       uint32 // entPhysicalIndex, from 1: may change when the device restarts
	Descr       string
	Name        string
	VendorType  pdu.OID    // the vendor's own identifier of the kind of part
	ContainedIn pdu.Number // index of the part around it, 0 for the outermost
	Class       pdu.Number // see ClassWord
	Hardware    string
	Firmware    string
	Software    string
	Serial      string
	Vendor      string
	Model       string
	Replaceable bool       // false also where not told
	IfIndex     pdu.Number // of the interface that the part is, if any
}

func readParts(vbs []pdu.Varbind) []Part {
	all := pdu.Rows(vbs, physical, 1)
	ports := make(map[uint32]pdu.Number)
	aliases := pdu.Rows(vbs, alias, 2) // by part and logical entity, 0 for all
	for _, index := range slices.Backward(slices.Sorted(maps.Keys(aliases))) {
		to, ok := aliases[index][colAliasIdentifier].OID().Index(ifIndex)
		if ok && len(to) == 1 {
			ports[index.Arc(0)] = pdu.Some(uint64(to[0]))
		}
	}
	parts := make([]Part, 0, len(all))
	for _, index := range slices.Sorted(maps.Keys(all)) {
		p := partOf(all[index], index.Arc(0))
		p.IfIndex = ports[p.Index]
		parts = append(parts, p)
	}
	return parts
}

func partOf(r pdu.Row, index uint32) Part {
	return Part{
		Index:       index,
		Descr:       r[colDescr].Text(),
		Name:        r[colName].Text(),
		VendorType:  r[colVendorType].OID(),
		ContainedIn: r[colContainedIn].Number(),
		Class:       r[colClass].Number(),
		Hardware:    r[colHardware].Text(),
		Firmware:    r[colFirmware].Text(),
		Software:    r[colSoftware].Text(),
		Serial:      r[colSerial].Text(),
		Vendor:      r[colVendor].Text(),
		Model:       r[colModel].Text(),
		Replaceable: r[colFRU].Number() == pdu.Some(1),
	}
}

// ClassWord returns the word of entPhysicalClass, "" where absent or none of the MIB's.
func (p Part) ClassWord() string {
	if !p.Class.Present || p.Class.Value >= uint64(len(classWords)) {
		return ""
	}
	return classWords[p.Class.Value]
}

// Title returns the name of the part, else its description.
func (p Part) Title() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Descr
}

// Version returns the software revision, else that of the firmware.
func (p Part) Version() string {
	if p.Software != "" {
		return p.Software
	}
	return p.Firmware
}

// Part returns the part of an index.
func (e Entities) Part(index uint32) (Part, bool) {
	i, ok := slices.BinarySearchFunc(e.Parts, index, func(p Part, index uint32) int {
		return int(int64(p.Index) - int64(index))
	})
	if !ok {
		return Part{}, false
	}
	return e.Parts[i], true
}

// around returns the part that p is contained in, the zero Part where there is none.
func (e Entities) around(p Part) Part {
	if p.ContainedIn.Value > math.MaxUint32 {
		return Part{}
	}
	outer, _ := e.Part(uint32(p.ContainedIn.Value))
	return outer
}

// Chassis returns the boxes of the device: one, or each member of a stack; where
// no part says chassis, the outermost parts.
func (e Entities) Chassis() []Part {
	var boxes, outermost []Part
	for _, p := range e.Parts {
		switch {
		case p.Class == pdu.Some(ClassChassis) && e.around(p).Class != pdu.Some(ClassChassis):
			boxes = append(boxes, p)
		case p.ContainedIn == pdu.Some(0):
			outermost = append(outermost, p)
		}
	}
	if boxes == nil {
		return outermost
	}
	return boxes
}

// Whole returns the box that names the device: the first with a serial number
// or model. False where none has.
func (e Entities) Whole() (Part, bool) {
	boxes := e.Chassis()
	i := slices.IndexFunc(boxes, func(p Part) bool { return p.Serial != "" || p.Model != "" })
	if i < 0 {
		return Part{}, false
	}
	return boxes[i], true
}

// Facts returns the texts about the device as a whole.
func (e Entities) Facts(device string, at reading.Stamp) []reading.Fact {
	whole, _ := e.Whole()
	point := reading.Point{Device: device}
	facts := []reading.Fact{
		{Point: point, Label: reading.LabelVendor, Text: whole.Vendor, At: at},
		{Point: point, Label: reading.LabelModel, Text: whole.Model, At: at},
		{Point: point, Label: reading.LabelSerial, Text: whole.Serial, At: at},
		{Point: point, Label: reading.LabelVersion, Text: whole.Version(), At: at},
	}
	return slices.DeleteFunc(facts, func(f reading.Fact) bool { return f.Text == "" })
}

// maxDepth bounds the way out of nested parts, which an agent may have looped.
const maxDepth = 16

// IfIndex returns the interface that a part (a sensor of an optic, say) belongs
// to: that of the nearest part around it, or of the only port inside such a part.
func (e Entities) IfIndex(index uint32) pdu.Number {
	p, _ := e.Part(index)
	for range maxDepth {
		if p.Index == 0 || p.Class == pdu.Some(ClassChassis) {
			break
		}
		if p.IfIndex.Present {
			return p.IfIndex
		}
		if only, ok := e.onlyPort(p.Index); ok {
			return only.IfIndex
		}
		p = e.around(p)
	}
	return pdu.Number{}
}

func (e Entities) onlyPort(around uint32) (only Part, found bool) {
	for _, p := range e.Parts {
		if p.ContainedIn != pdu.Some(uint64(around)) || !p.IfIndex.Present {
			continue
		}
		if found {
			return Part{}, false
		}
		only, found = p, true
	}
	return only, found
}
