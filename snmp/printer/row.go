package printer

import (
	"math"
	"strconv"
	"strings"

	"rackvakt/snmp/pdu"
)

// errorWords holds the bits of hrPrinterDetectedErrorState, the highest of the
// first octet first.
var errorWords = []string{
	"lowPaper", "noPaper", "lowToner", "noToner", "doorOpen", "jammed", "offline", "serviceRequested",
	"inputTrayMissing", "outputTrayMissing", "markerSupplyMissing", "outputNearFull", "outputFull", "inputTrayEmpty",
	"overduePreventMaint",
}

var deviceWords = []string{"", "unknown", "running", "warning", "testing", "down"}
var statusWords = []string{"", "other", "unknown", "idle", "printing", "warmup"}
var classWords = []string{"", "other", "", "supplyThatIsConsumed", "receptacleThatIsFilled"}

// Words of PrtMarkerSuppliesTypeTC (IANA-PRINTER-MIB, of which RFC 3805 had the
// first 34) and PrtInputTypeTC.
var supplyWords = []string{
	"", "other", "unknown", "toner", "wasteToner", "ink", "inkCartridge", "inkRibbon", "wasteInk", "opc", "developer",
	"fuserOil", "solidWax", "ribbonWax", "wasteWax", "fuser", "coronaWire", "fuserOilWick", "cleanerUnit",
	"fuserCleaningPad", "transferUnit", "tonerCartridge", "fuserOiler", "water", "wasteWater", "glueWaterAdditive",
	"wastePaper", "bindingSupply", "bandingSupply", "stitchingWire", "shrinkWrap", "paperWrap", "staples", "inserts",
	"covers", "matteToner", "matteInk",
}
var inputWords = []string{
	"", "other", "unknown", "sheetFeedAutoRemovableTray", "sheetFeedAutoNonRemovableTray", "sheetFeedManual",
	"continuousRoll", "continuousFanFold", "sheetFeedPull",
}

// unitWords holds PrtMarkerSuppliesSupplyUnitTC, of which PrtCapacityUnitTC is a part.
var unitWords = []string{
	"", "other", "unknown", "tenThousandthsOfInches", "micrometers", "", "", "impressions", "sheets", "", "",
	"hours", "thousandthsOfOunces", "tenthsOfGrams", "hundrethsOfFluidOunces", "tenthsOfMilliliters", "feet", "meters",
	"items", percentUnit,
}

const percentUnit = "percent"

func word(words []string, n pdu.Number) string {
	if !n.Present || n.Value >= uint64(len(words)) {
		return ""
	}
	return words[n.Value]
}

// DeviceWord returns the RFC 2790 word of hrDeviceStatus, "" where absent.
func (p Printer) DeviceWord() string { return word(deviceWords, p.Device) }

// StatusWord returns the RFC 2790 word of hrPrinterStatus, "" where absent.
func (p Printer) StatusWord() string { return word(statusWords, p.Status) }

// Toner returns the percent that is left of the toner or ink that is lowest; absent
// where no level of them has a number.
func (p Printer) Toner() pdu.Number {
	var least pdu.Number
	for _, s := range p.Supplies {
		switch s.Type {
		case "toner", "tonerCartridge", "ink", "inkCartridge", "matteToner", "matteInk":
			if s.Percent.Present && s.Class != classWords[4] && (!least.Present || s.Percent.Value < least.Value) {
				least = s.Percent
			}
		}
	}
	return least
}

// Words of Level.Is.
const (
	Unlimited = "unlimited" // -1: the printer sets no limit
	Unknown   = "unknown"   // -2
	Some      = "some"      // -3: at least one unit, or at least some
)

// Level is how much is there of a supply, or how much room is left in a
// receptacle, such as a waste box: 0 is always what has to be seen to.
type Level struct {
	Unit  string     // word of both numbers: sheets, tenthsOfGrams, percent ...
	Max   pdu.Number // absent where it is not known, or without a limit
	Value pdu.Number // absent where it has no number
	// Is tells why Value is absent: Unlimited, Unknown or Some; "" where there is a
	// number, or nothing was told.
	Is string
	// Percent is Value of Max, 0 to 100; absent where one of the two is.
	Percent pdu.Number
}

func (r *reader) level(object string, unit, most, level pdu.Value) Level {
	l := Level{Unit: word(unitWords, unit.Number())}
	l.Max, _ = amount(most)
	if l.Value, l.Is = amount(level); l.Is == "" && level.Exists() && !l.Value.Present {
		r.odd("%s: the level is no number of RFC 3805: taken as absent", object)
	}
	of := l.Max.Value
	if of == 0 && l.Unit == percentUnit {
		of = 100
	}
	if !l.Value.Present || of == 0 {
		return l
	}
	if l.Value.Value > of {
		r.odd("%s: the level %d is above its most, %d: taken as full", object, l.Value.Value, of)
	}
	l.Percent = pdu.Some(min(l.Value.Value, of) * 100 / of)
	return l
}

// amount reads a number and the special values below 0. An unsigned type can
// hold those too, as 2^32 less.
func amount(v pdu.Value) (pdu.Number, string) {
	n, ok := v.Int()
	if ok && n > math.MaxInt32 && n <= math.MaxUint32 {
		n = int64(int32(uint32(n)))
	}
	switch {
	case !ok || n < -3 || n > math.MaxInt32:
		return pdu.Number{}, ""
	case n < 0:
		return pdu.Number{}, []string{Unlimited, Unknown, Some}[-n-1]
	}
	return pdu.Some(uint64(n)), ""
}

func (r *reader) printer(index uint32) Printer {
	own := r.mibIndex(index)
	device, state, general := r.devices[place{device: index}], r.printers[place{device: index}], r.general[place{device: own}]
	return Printer{
		Index: index, Name: general[generalName].Text(), Model: device[deviceDescr].Text(), Serial: general[generalSerial].Text(),
		Device: r.state("hrDeviceStatus", device[deviceStatus], len(deviceWords)),
		Status: r.state("hrPrinterStatus", state[printerStatus], len(statusWords)),
		Errors: r.errors(state[printerErrors]), Supplies: r.suppliesOf(own), Trays: r.traysOf(own),
	}
}

// state returns v if it is one of the MIB's values, 1 up to but not including limit.
func (r *reader) state(object string, v pdu.Value, limit int) pdu.Number {
	n := v.Number()
	if !n.Present || n.Value >= 1 && n.Value < uint64(limit) {
		return n
	}
	r.odd("%s is %d, outside its values: taken as absent", object, n.Value)
	return pdu.Number{}
}

func (r *reader) errors(v pdu.Value) []string {
	if !v.Exists() {
		return nil
	}
	if v.Type != pdu.OctetString {
		r.odd("hrPrinterDetectedErrorState is no octet string: taken as absent")
		return nil
	}
	words := []string{}
	for i, w := range errorWords {
		if i/8 < len(v.Octets) && v.Octets[i/8]&(0x80>>(i%8)) != 0 {
			words = append(words, w)
		}
	}
	return words
}

func (r *reader) suppliesOf(device uint32) []Supply {
	var all []Supply
	for _, at := range r.supplies.of(device) {
		c := r.supplies[at]
		s := Supply{
			Index: at.row, Class: word(classWords, c[supplyClass].Number()), Type: word(supplyWords, c[supplyType].Number()),
			Description: c[supplyDescr].Text(),
		}
		if n := c[supplyColorant].Number(); n.Value > 0 && n.Value <= math.MaxUint32 {
			s.Color = strings.ToLower(r.colorants[place{device, uint32(n.Value)}][colorantValue].Text())
		}
		s.Level = r.level("supply "+name(s.Description, at.row), c[supplyUnit], c[supplyMax], c[supplyLevel])
		all = append(all, s)
	}
	return all
}

func (r *reader) traysOf(device uint32) []Tray {
	var all []Tray
	for _, at := range r.inputs.of(device) {
		c := r.inputs[at]
		t := Tray{
			Index: at.row, Type: word(inputWords, c[inputType].Number()), Name: c[inputName].Text(),
			Description: c[inputDescr].Text(), Media: c[inputMedia].Text(),
		}
		t.take(c[inputStatus].Number())
		t.Level = r.level("tray "+name(t.Name, at.row), c[inputUnit], c[inputMax], c[inputLevel])
		all = append(all, t)
	}
	return all
}

// Parts of PrtSubUnitStatusTC, a sum.
const (
	availability   = 7
	nonCritical    = 8
	criticalAlert  = 16
	offline        = 32
	mostSubUnitSum = 126
)

var availabilityWords = []string{"idle", "onRequest", "standby", "broken", "active", "unknown", "busy", ""}

// take reads PrtSubUnitStatusTC: 0 is idle and well; 19 is broken (3) with a
// critical alert (16).
func (t *Tray) take(n pdu.Number) {
	if !n.Present || n.Value > mostSubUnitSum {
		return
	}
	t.Availability = availabilityWords[n.Value&availability]
	t.Warning, t.Critical, t.Offline = n.Value&nonCritical != 0, n.Value&criticalAlert != 0, n.Value&offline != 0
}

func name(text string, index uint32) string {
	if text != "" {
		return text
	}
	return strconv.FormatUint(uint64(index), 10)
}
