package poll

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rackvakt/snmp/poe"
	"rackvakt/snmp/sensor"
)

// tableWords holds what the tables of neighbours and printers say, by the word of
// the MIB or of this file: first in English, then in Swedish.
var tableWords = map[string][2]string{
	"port": {"port", "port"}, "neighbour": {"neighbour", "granne"}, "its port": {"its port", "dess port"}, "is a": {"is a", "är en"},
	"printer": {"printer", "skrivare"}, "state": {"state", "läge"}, "errors": {"errors", "fel"}, "left": {"left", "kvar"},
	"supply": {"supply", "förbrukning"}, "colour": {"colour", "färg"}, "tray": {"tray", "fack"}, "paper": {"paper", "papper"},

	"power over Ethernet": {"PoE", "PoE"}, "delivered": {"delivered", "levererar"}, "budget": {"budget", "budget"}, "class": {"class", "klass"},
	"on": {"on", "på"}, "off": {"off", "av"}, "faulty": {"faulty", "trasig"}, "disabled": {"disabled", "avstängd"}, "searching": {"searching", "söker"},
	"deliveringPower": {"delivers", "matar"}, "fault": {"fault", "fel"}, "test": {"test", "test"}, "otherFault": {"other fault", "annat fel"},

	// Addresses behind ports, and VLANs.
	"address": {"address", "adress"}, "no addresses": {"no addresses are told", "inga adresser uppges"}, "untagged": {"untagged", "otaggade"},
	"tagged": {"tagged", "taggade"}, "learned": {"learned", "inlärd"}, "static": {"static", "fast"}, "self": {"its own", "egen"},

	// LldpSystemCapabilitiesMap, and what CDP has beside it.
	"repeater": {"repeater", "repeterare"}, "bridge": {"switch", "växel"}, "wlanAccessPoint": {"access point", "accesspunkt"},
	"router": {"router", "router"}, "telephone": {"telephone", "telefon"}, "docsisCableDevice": {"cable modem", "kabelmodem"},
	"stationOnly": {"end device", "ändutrustning"}, "cVLANComponent": {"C-VLAN", "C-VLAN"}, "sVLANComponent": {"S-VLAN", "S-VLAN"},
	"twoPortMACRelay": {"two-port relay", "tvåportsrelä"}, "sourceRouteBridge": {"source route bridge", "källruttbrygga"},
	"host": {"host", "värd"}, "igmp": {"IGMP", "IGMP"}, "remotelyManaged": {"remotely managed", "fjärrstyrd"},

	// hrPrinterStatus, hrDeviceStatus and prtInputStatus.
	"other": {"other", "annat"}, "unknown": {"unknown", "okänt"}, "idle": {"idle", "vilar"}, "printing": {"printing", "skriver"},
	"warmup": {"warming up", "värmer upp"}, "warning": {"warning", "varning"}, "testing": {"testing", "test"}, "down": {"down", "nere"},
	"standby": {"standby", "viloläge"}, "active": {"active", "aktivt"}, "busy": {"busy", "upptaget"}, "onRequest": {"on request", "på begäran"},
	"broken": {"broken", "trasigt"}, "critical": {"critical", "kritiskt"}, "offline": {"offline", "frånkopplat"},

	// hrPrinterDetectedErrorState.
	"lowPaper": {"little paper", "lite papper"}, "noPaper": {"no paper", "slut på papper"}, "lowToner": {"little toner", "lite toner"},
	"noToner": {"no toner", "slut på toner"}, "doorOpen": {"door open", "lucka öppen"}, "jammed": {"jam", "stopp i bana"},
	"serviceRequested": {"wants service", "vill ha service"}, "inputTrayMissing": {"tray missing", "fack saknas"},
	"outputTrayMissing": {"output tray missing", "utfack saknas"}, "markerSupplyMissing": {"supply missing", "förbrukning saknas"},
	"outputNearFull": {"output nearly full", "utfack snart fullt"}, "outputFull": {"output full", "utfack fullt"},
	"inputTrayEmpty": {"tray empty", "fack tomt"}, "overduePreventMaint": {"maintenance overdue", "service försenad"},
	"none": {"none", "inga"},

	// PrtMarkerSuppliesTypeTC, for a supply that is not described, and its levels.
	"toner": {"toner", "toner"}, "tonerCartridge": {"toner cartridge", "tonerkassett"}, "ink": {"ink", "bläck"},
	"inkCartridge": {"ink cartridge", "bläckpatron"}, "wasteToner": {"waste toner", "tonerspill"}, "wasteInk": {"waste ink", "bläckspill"},
	"opc": {"drum", "trumma"}, "fuser": {"fuser", "fixerenhet"}, "developer": {"developer", "framkallare"},
	"transferUnit": {"transfer unit", "överföringsenhet"}, "staples": {"staples", "klammer"},
	"unlimited": {"no limit", "obegränsat"}, "some": {"some", "finns"}, "sheets": {"sheets", "ark"},
	"black": {"black", "svart"}, "cyan": {"cyan", "cyan"}, "magenta": {"magenta", "magenta"}, "yellow": {"yellow", "gul"},
}

// tableWord returns the word in the printer's language; what has none stays as it is.
func (p *printer) tableWord(word string) string {
	pair, ok := tableWords[word]
	switch {
	case !ok:
		return word
	case p.lang == Swedish:
		return pair[1]
	}
	return pair[0]
}

func (p *printer) tableList(words []string) string {
	said := make([]string, len(words))
	for i, w := range words {
		said[i] = p.tableWord(w)
	}
	return strings.Join(said, ", ")
}

// firstOf returns the first of values that was told, or "-".
func firstOf(values ...*string) string {
	for _, v := range values {
		if v != nil {
			return *v
		}
	}
	return "-"
}

// neighbors writes one line a neighbour.
func (p *printer) neighbors(all []Neighbor) {
	for i, n := range all {
		if i == 0 {
			p.line("")
			p.neighborRow(p.tableWord("port"), p.tableWord("neighbour"), p.tableWord("its port"), p.tableWord("is a"))
		}
		local := n.LocalPort
		if local == nil && n.LocalIndex.Present {
			local = text(strconv.FormatUint(n.LocalIndex.Value, 10))
		}
		is := p.tableList(n.Capabilities)
		if is == "" {
			is = "-"
		}
		p.neighborRow(firstOf(local), firstOf(n.SysName, n.ChassisID), firstOf(n.PortID, n.PortDescr), is)
	}
}

// neighborRow writes 99 characters.
func (p *printer) neighborRow(local, name, port, is string) {
	p.line(fmt.Sprintf("%-16s %-32s %-24s %-24s", clip(local, 16), clip(name, 32), clip(port, 24), clip(is, 24)))
}

// poe writes the supplies of power over Ethernet, and the ports that feed something
// or are not well.
func (p *printer) poe(e *poe.PoE) {
	if e == nil {
		return
	}
	ports := slices.DeleteFunc(slices.Clone(e.Ports), func(x poe.Port) bool { return !slices.Contains(poeTold, x.Detection) })
	if len(e.Supplies)+len(ports) == 0 {
		return
	}
	p.line("")
	p.poeRow(p.tableWord("power over Ethernet"), p.tableWord("state"), p.tableWord("class"), p.tableWord("delivered"), p.tableWord("budget"))
	for _, s := range e.Supplies {
		p.poeRow(cmp.Or(s.Name, strconv.FormatUint(uint64(s.Group), 10)), p.tableWord(s.StatusWord), "", p.watts(s.Consumption), p.watts(s.Budget))
	}
	for _, x := range ports {
		class := ""
		if x.Class.Present {
			class = strconv.FormatUint(x.Class.Value, 10)
		}
		p.poeRow(cmp.Or(x.Name, fmt.Sprintf("%d.%d", x.Group, x.Index)), p.tableWord(x.Detection), class, p.watts(x.Consumption), p.watts(x.Allocated))
	}
}

// poeTold are the words of pethPsePortDetectionStatus that are worth a line.
var poeTold = []string{"deliveringPower", "fault", "test", "otherFault"}

// poeRow writes 85 characters.
func (p *printer) poeRow(name, state, class, delivered, budget string) {
	p.line(fmt.Sprintf("%-32s %-20s %-7s %11s %11s", clip(name, 32), clip(state, 20), clip(class, 7), clip(delivered, 11), clip(budget, 11)))
}

func (p *printer) watts(d sensor.Decimal) string {
	if !d.Present {
		return "-"
	}
	return p.decimal(d) + " W"
}

func (p *printer) printer(i *PrinterInfo) {
	if i == nil {
		return
	}
	p.line("")
	p.printerField("printer", firstOf(i.Name, i.Model))
	state := p.tableWord(firstOf(i.Status))
	if i.DeviceStatus != nil && *i.DeviceStatus != "running" {
		state += ", " + p.tableWord(*i.DeviceStatus)
	}
	p.printerField("state", state)
	switch {
	case len(i.Errors) > 0:
		p.printerField("errors", p.tableList(i.Errors))
	case i.Errors != nil:
		p.printerField("errors", p.tableWord("none"))
	}
	p.supplies(i.Supplies)
	p.trays(i.Trays)
}

func (p *printer) printerField(label, value string) {
	p.line(fmt.Sprintf("%-14s %s", p.tableWord(label), value))
}

func (p *printer) supplies(all []PrinterSupply) {
	for i, s := range all {
		if i == 0 {
			p.line("")
			p.supplyRow(p.tableWord("supply"), p.tableWord("colour"), p.tableWord("left"))
		}
		p.supplyRow(p.tableWord(firstOf(s.Description, s.Type)), p.tableWord(firstOf(s.Color)), p.left(s.PrinterLevel))
	}
}

// supplyRow writes 82 characters.
func (p *printer) supplyRow(name, color, left string) {
	p.line(fmt.Sprintf("%-48s %-18s %14s", clip(name, 48), clip(color, 18), clip(left, 14)))
}

func (p *printer) trays(all []PrinterTray) {
	for i, t := range all {
		if i == 0 {
			p.line("")
			p.trayRow(p.tableWord("tray"), p.tableWord("paper"), p.tableWord("state"), p.tableWord("left"))
		}
		p.trayRow(firstOf(t.Name, t.Description, text(strconv.FormatUint(uint64(t.Index), 10))), firstOf(t.Media), p.trayState(t), p.left(t.PrinterLevel))
	}
}

// trayRow writes 98 characters.
func (p *printer) trayRow(name, media, state, left string) {
	p.line(fmt.Sprintf("%-34s %-20s %-27s %14s", clip(name, 34), clip(media, 20), clip(state, 27), clip(left, 14)))
}

// trayState says what is wrong with a tray after what it does.
func (p *printer) trayState(t PrinterTray) string {
	words := []string{firstOf(t.Availability)}
	for _, more := range []struct {
		word string
		told *bool
	}{{"warning", t.Warning}, {"critical", t.Critical}, {"offline", t.Offline}} {
		if more.told != nil && *more.told {
			words = append(words, more.word)
		}
	}
	return p.tableList(words)
}

// left says a level in percent, else as a number, else in a word.
func (p *printer) left(l PrinterLevel) string {
	switch {
	case l.Percent.Present:
		return strconv.FormatUint(l.Percent.Value, 10) + " %"
	case l.Level.Present && l.Unit != nil && *l.Unit == "sheets":
		return strconv.FormatUint(l.Level.Value, 10) + " " + p.tableWord("sheets")
	case l.Level.Present:
		return strconv.FormatUint(l.Level.Value, 10)
	}
	return p.tableWord(firstOf(l.LevelWord))
}
