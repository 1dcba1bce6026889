package poll

import (
	"cmp"
	"fmt"
	"strings"

	"rackvakt/sensors/reading"
	printermib "rackvakt/snmp/printer"
)

// printerErrors says how bad each error of hrPrinterDetectedErrorState is: whether
// the printer still prints.
var printerErrors = map[string]int64{
	"lowPaper": reading.PartWarning, "noPaper": reading.PartCritical, "lowToner": reading.PartWarning,
	"noToner": reading.PartCritical, "doorOpen": reading.PartCritical, "jammed": reading.PartCritical,
	"offline": reading.PartCritical, "serviceRequested": reading.PartWarning, "inputTrayMissing": reading.PartWarning,
	"outputTrayMissing": reading.PartWarning, "markerSupplyMissing": reading.PartCritical, "outputNearFull": reading.PartWarning,
	"outputFull": reading.PartCritical, "inputTrayEmpty": reading.PartWarning, "overduePreventMaint": reading.PartWarning,
}

// addPrinter adds the printer, and returns what was odd.
func (v *view) addPrinter(batch *reading.Batch, p *fullPoll, at reading.Stamp) []string {
	all, problems := printermib.Read(p.Varbinds)
	if len(all) == 0 {
		return append(problems, "no printer is told of")
	}
	printer := all[0]
	v.rows = max(len(printer.Supplies), len(printer.Trays))
	for word, severity := range printerErrors {
		if printer.Errors != nil {
			batch.Readings = append(batch.Readings, v.printerError(word, severity, printer.Errors, at))
		}
	}
	objects := make(map[string]bool)
	level := func(object string, index uint32, l printermib.Level) {
		if objects[object] {
			object = fmt.Sprintf("%s %d", object, index)
		}
		objects[object] = true
		if l.Percent.Present {
			batch.Readings = append(batch.Readings, reading.Reading{
				Point: v.point(object, reading.Level), Value: l.Percent.Int() * 1000, Quality: reading.Good, At: at,
			})
		}
	}
	for _, s := range printer.Supplies {
		level(supplyObject(s), s.Index, s.Level)
	}
	for _, t := range printer.Trays {
		level(strings.TrimSpace("tray "+strings.TrimPrefix(strings.ToLower(cmp.Or(t.Name, fmt.Sprint(t.Index))), "tray ")), t.Index, t.Level)
	}
	for _, f := range []struct {
		label reading.Label
		text  string
	}{{reading.LabelModel, printer.Model}, {reading.LabelSerial, printer.Serial}, {reading.LabelAlias, printer.Name}} {
		if f.text != "" {
			v.tell(batch, reading.Fact{Point: v.point("", 0), Label: f.label, Text: f.text, At: at})
		}
	}
	return problems
}

// printerError returns the state of what one word of the errors is about.
func (v *view) printerError(word string, severity int64, errors []string, at reading.Stamp) reading.Reading {
	r := reading.Reading{Point: v.point(spaced(word), reading.PartState), Value: reading.PartOK, Quality: reading.Good, At: at}
	for _, e := range errors {
		if e == word {
			r.Value = severity
		}
	}
	return r
}

// spaced writes a word of a MIB as words: "inputTrayEmpty" is "input tray empty".
func spaced(word string) string {
	var b strings.Builder
	for _, r := range word {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// supplyKinds are short words for kinds of supplies.
var supplyKinds = map[string]string{"tonerCartridge": "toner", "inkCartridge": "ink", "opc": "drum"}

// supplyObject names a supply by what it is and its colour: "toner black".
func supplyObject(s printermib.Supply) string {
	kind := supplyKinds[s.Type]
	if kind == "" {
		kind = spaced(cmp.Or(s.Type, s.Description, "supply"))
	}
	return strings.TrimSpace(kind + " " + s.Color)
}
