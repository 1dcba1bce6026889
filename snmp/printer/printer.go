// Package printer reads printers from varbinds: what Printer-MIB (RFC 3805) tells
// of supplies and trays, and HOST-RESOURCES-MIB (RFC 2790) of their state.
//
// It refuses to ask for anything, to read a vendor's own MIB, and to make a number
// of a level that has none: -1 is no limit, -2 unknown, -3 "there is some".
//
// A device that is no printer may answer HOST-RESOURCES-MIB too: its processors
// and disks are passed over. Where an agent has one printer under one index in one
// MIB and under another in the other, they are the same.
//
// Worked example: 30 11 06 0B 2B 06 01 02 01 19 03 05 01 02 01 04 02 18 04 is
// hrPrinterDetectedErrorState (1.3.6.1.2.1.25.3.5.1.2) of device 1, the octets
// 18 04. Bit 0 is the highest of the first octet, so the bits 3, 4 and 13 are set:
// noToner, doorOpen and inputTrayEmpty. prtMarkerSuppliesLevel.1.1 = 870 of
// prtMarkerSuppliesMaxCapacity.1.1 = 3000 is 29 %.
package printer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"rackvakt/snmp/pdu"
)

// Tables of RFC 2790 section 4 and RFC 3805 section 5.
var (
	deviceEntry   = pdu.MustOID("1.3.6.1.2.1.25.3.2.1")
	printerEntry  = pdu.MustOID("1.3.6.1.2.1.25.3.5.1")
	generalEntry  = pdu.MustOID("1.3.6.1.2.1.43.5.1.1")
	inputEntry    = pdu.MustOID("1.3.6.1.2.1.43.8.2.1")
	suppliesEntry = pdu.MustOID("1.3.6.1.2.1.43.11.1.1")
	colorantEntry = pdu.MustOID("1.3.6.1.2.1.43.12.1.1")

	hrDevicePrinter = pdu.MustOID("1.3.6.1.2.1.25.3.1.5")

	// Status is hrPrinterStatus: a column that only a printer answers, to be asked first.
	Status = printerEntry.With(printerStatus)
)

// Columns of the tables.
const (
	deviceType   = 2
	deviceDescr  = 3
	deviceStatus = 5

	printerStatus = 1
	printerErrors = 2

	generalName   = 16
	generalSerial = 17

	inputType   = 2
	inputUnit   = 8
	inputMax    = 9
	inputLevel  = 10
	inputStatus = 11
	inputMedia  = 12
	inputName   = 13
	inputDescr  = 18

	supplyColorant = 3
	supplyClass    = 4
	supplyType     = 5
	supplyDescr    = 6
	supplyUnit     = 7
	supplyMax      = 8
	supplyLevel    = 9

	colorantValue = 4
)

// Columns lists what to walk, Status first.
func Columns() []pdu.OID {
	var all []pdu.OID
	for _, t := range []struct {
		entry   pdu.OID
		columns []uint32
	}{
		{printerEntry, []uint32{printerStatus, printerErrors}},
		{deviceEntry, []uint32{deviceType, deviceDescr, deviceStatus}},
		{generalEntry, []uint32{generalName, generalSerial}},
		{suppliesEntry, []uint32{supplyColorant, supplyClass, supplyType, supplyDescr, supplyUnit, supplyMax, supplyLevel}},
		{colorantEntry, []uint32{colorantValue}},
		{inputEntry, []uint32{inputType, inputUnit, inputMax, inputLevel, inputStatus, inputMedia, inputName, inputDescr}},
	} {
		for _, c := range t.columns {
			all = append(all, t.entry.With(c))
		}
	}
	return all
}

// Printer is one printer of an agent. Strings are fit to show and "" where absent.
type Printer struct {
	Index  uint32     // hrDeviceIndex: where it stands now, not what it is
	Name   string     // prtGeneralPrinterName: given by its owner
	Model  string     // hrDeviceDescr
	Serial string     // prtGeneralSerialNumber
	Device pdu.Number // hrDeviceStatus: 1 unknown, 2 running, 3 warning, 4 testing, 5 down
	Status pdu.Number // hrPrinterStatus: 1 other, 2 unknown, 3 idle, 4 printing, 5 warmup
	// Errors holds the words of hrPrinterDetectedErrorState in the order of its
	// bits; nil where it is not told, empty where nothing is wrong.
	Errors   []string
	Supplies []Supply
	Trays    []Tray
}

// Supply is a row of prtMarkerSuppliesTable.
type Supply struct {
	Index       uint32
	Class       string // word: supplyThatIsConsumed, or receptacleThatIsFilled such as a waste box
	Type        string // word: toner, inkCartridge, wasteToner, fuser ...
	Description string
	Color       string // prtMarkerColorantValue; "" for what has no one colour
	Level
}

// Tray is a row of prtInputTable.
type Tray struct {
	Index       uint32
	Type        string // word: sheetFeedManual ...
	Name        string
	Description string
	Media       string // such as "iso-a4-white"
	// Availability is idle, standby, active, busy, onRequest, broken or unknown; ""
	// where it is not told.
	Availability string
	Warning      bool // a non-critical alert is active
	Critical     bool // a critical alert is active
	Offline      bool
	Level
}

// Read returns the printers that vbs tell of, by ascending index, and what was odd
// and how it was taken.
func Read(vbs []pdu.Varbind) (all []Printer, problems []string) {
	r := &reader{
		devices: tableOf(vbs, deviceEntry, 1), printers: tableOf(vbs, printerEntry, 1), general: tableOf(vbs, generalEntry, 1),
		supplies: tableOf(vbs, suppliesEntry, 2), colorants: tableOf(vbs, colorantEntry, 2), inputs: tableOf(vbs, inputEntry, 2),
	}
	r.join()
	indexes := r.indexes()
	if len(indexes) > mostPrinters {
		r.odd("%d printers: only the first %d are read", len(indexes), mostPrinters)
		indexes = indexes[:mostPrinters]
	}
	for _, index := range indexes {
		all = append(all, r.printer(index))
	}
	return all, r.problems
}

// cells holds one row of a table by column.
type cells map[uint32]pdu.Value

// place is a row's index: that of the device, and a second one or 0.
type place struct{ device, row uint32 }

type table map[place]cells

// tableOf gathers the rows of a table whose index has the given number of arcs.
func tableOf(vbs []pdu.Varbind, entry pdu.OID, arcs int) table {
	t := make(table)
	for _, vb := range vbs {
		index, ok := vb.OID.Index(entry)
		if !ok || len(index) != 1+arcs || !vb.Value.Exists() {
			continue
		}
		at := place{device: index[1]}
		if arcs == 2 {
			at.row = index[2]
		}
		if t[at] == nil {
			t[at] = make(cells)
		}
		t[at][index[0]] = vb.Value
	}
	return t
}

// of returns the rows of one device by ascending index.
func (t table) of(device uint32) []place {
	rows := slices.Collect(maps.Keys(t))
	rows = slices.DeleteFunc(rows, func(p place) bool { return p.device != device })
	slices.SortFunc(rows, func(a, b place) int { return cmp.Compare(a.row, b.row) })
	return rows
}

type reader struct {
	devices, printers, general, supplies, colorants, inputs table
	// joined and moved are the two indexes of one printer, in HOST-RESOURCES-MIB and
	// in Printer-MIB; equal where there is no such printer.
	joined, moved uint32
	problems      []string
}

func (r *reader) odd(format string, args ...any) {
	if len(r.problems) < mostProblems {
		r.problems = append(r.problems, fmt.Sprintf(format, args...))
	}
}

// Bounds of what is made of one agent.
const (
	mostPrinters = 32
	mostProblems = 20
)

// byHost returns the indexes that HOST-RESOURCES-MIB calls a printer.
func (r *reader) byHost() map[uint32]bool {
	found := make(map[uint32]bool)
	for at, c := range r.devices {
		if c[deviceType].OID() == hrDevicePrinter {
			found[at.device] = true
		}
	}
	for at := range r.printers {
		found[at.device] = true
	}
	return found
}

// byPrinterMIB returns the indexes that Printer-MIB has rows of.
func (r *reader) byPrinterMIB() map[uint32]bool {
	found := make(map[uint32]bool)
	for _, t := range []table{r.general, r.supplies, r.inputs} {
		for at := range t {
			found[at.device] = true
		}
	}
	return found
}

// join finds one printer that stands under two indexes.
func (r *reader) join() {
	host, mib := r.byHost(), r.byPrinterMIB()
	if len(host) != 1 || len(mib) != 1 {
		return
	}
	for h := range host {
		for m := range mib {
			if h != m {
				r.joined, r.moved = h, m
				r.odd("the printer is device %d in HOST-RESOURCES-MIB and %d in Printer-MIB: taken as one", h, m)
			}
		}
	}
}

func (r *reader) indexes() []uint32 {
	all := r.byHost()
	for m := range r.byPrinterMIB() {
		if r.moved == r.joined || m != r.moved {
			all[m] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// mibIndex returns the index in Printer-MIB of a device.
func (r *reader) mibIndex(device uint32) uint32 {
	if r.moved != r.joined && device == r.joined {
		return r.moved
	}
	return device
}
