package poll

import (
	"fmt"

	"rackvakt/snmp/pdu"
	printermib "rackvakt/snmp/printer"
)

// PrinterInfo is what Printer-MIB and HOST-RESOURCES-MIB tell, in the words of
// RFC 3805 and RFC 2790.
type PrinterInfo struct {
	Name         *string `json:"name"`
	Model        *string `json:"model"`
	Serial       *string `json:"serial"`
	Status       *string `json:"status"`        // of hrPrinterStatus: idle, printing ...
	DeviceStatus *string `json:"device_status"` // of hrDeviceStatus: running, warning, down ...
	// Errors holds words of hrPrinterDetectedErrorState; null where it is not told,
	// empty where nothing is wrong.
	Errors   []string        `json:"errors"`
	Supplies []PrinterSupply `json:"supplies"`
	Trays    []PrinterTray   `json:"trays"`
}

// PrinterLevel is how much is left of a supply, or how much room in a waste box.
type PrinterLevel struct {
	Unit  *string    `json:"unit"` // of Max and Level
	Max   pdu.Number `json:"max"`
	Level pdu.Number `json:"level"`
	// LevelWord stands where the level has no number: unlimited, unknown or some.
	LevelWord *string    `json:"level_word"`
	Percent   pdu.Number `json:"percent"`
}

// PrinterSupply is a row of prtMarkerSuppliesTable.
type PrinterSupply struct {
	Index       uint32  `json:"index"`
	Class       *string `json:"class"` // supplyThatIsConsumed or receptacleThatIsFilled
	Type        *string `json:"type"`
	Description *string `json:"description"`
	Color       *string `json:"color"`
	PrinterLevel
}

// PrinterTray is a row of prtInputTable.
type PrinterTray struct {
	Index        uint32  `json:"index"`
	Type         *string `json:"type"`
	Name         *string `json:"name"`
	Description  *string `json:"description"`
	Media        *string `json:"media"`
	Availability *string `json:"availability"` // idle, standby, active, busy, onRequest, broken or unknown
	// Warning, Critical and Offline are parts of prtInputStatus: null where it is
	// not told.
	Warning  *bool `json:"warning"`
	Critical *bool `json:"critical"`
	Offline  *bool `json:"offline"`
	PrinterLevel
}

// fillPrinter describes the first printer of the device; there is one as a rule.
func (r *Result) fillPrinter(vbs []pdu.Varbind) {
	all, problems := printermib.Read(vbs)
	r.Problems = append(r.Problems, problems...)
	if len(all) == 0 {
		return
	}
	if len(all) > 1 {
		r.Problems = append(r.Problems, fmt.Sprintf("%d printers: only the first is shown", len(all)))
	}
	r.Printer = describePrinter(all[0])
	r.Device.about(about{model: all[0].Model, serial: all[0].Serial})
}

func describePrinter(p printermib.Printer) *PrinterInfo {
	info := &PrinterInfo{
		Name: text(p.Name), Model: text(p.Model), Serial: text(p.Serial), Status: text(p.StatusWord()),
		DeviceStatus: text(p.DeviceWord()), Errors: p.Errors, Supplies: []PrinterSupply{}, Trays: []PrinterTray{},
	}
	for _, s := range p.Supplies {
		info.Supplies = append(info.Supplies, PrinterSupply{
			Index: s.Index, Class: text(s.Class), Type: text(s.Type), Description: text(s.Description),
			Color: text(s.Color), PrinterLevel: describeLevel(s.Level),
		})
	}
	for _, t := range p.Trays {
		tray := PrinterTray{
			Index: t.Index, Type: text(t.Type), Name: text(t.Name), Description: text(t.Description), Media: text(t.Media),
			Availability: text(t.Availability), PrinterLevel: describeLevel(t.Level),
		}
		if t.Availability != "" {
			tray.Warning, tray.Critical, tray.Offline = &t.Warning, &t.Critical, &t.Offline
		}
		info.Trays = append(info.Trays, tray)
	}
	return info
}

func describeLevel(l printermib.Level) PrinterLevel {
	return PrinterLevel{Unit: text(l.Unit), Max: l.Max, Level: l.Value, LevelWord: text(l.Is), Percent: l.Percent}
}
