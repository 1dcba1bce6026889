package printer

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

// row is one row of a table as it came, at the given index.
func row(entry pdu.OID, c cells, index ...uint32) []pdu.Varbind {
	var vbs []pdu.Varbind
	for column, v := range c {
		vbs = append(vbs, pdu.Varbind{OID: entry.With(column).With(index...), Value: v})
	}
	return vbs
}

// The worked example of the package comment, from its octets.
func TestExample(t *testing.T) {
	pair := []byte{0x30, 0x11, 0x06, 0x0B, 0x2B, 6, 1, 2, 1, 0x19, 3, 5, 1, 2, 1, 0x04, 2, 0x18, 0x04}
	list := append([]byte{0x30, byte(len(pair))}, pair...)
	body := append([]byte{2, 1, 1, 2, 1, 0, 2, 1, 0}, list...)
	p, err := ber.ParsePDU(append([]byte{0xA2, byte(len(body))}, body...))
	if err != nil {
		t.Fatal(err)
	}
	got, problems := Read(append(p.Varbinds, row(suppliesEntry, cells{supplyMax: pdu.Int(3000), supplyLevel: pdu.Int(870)}, 1, 1)...))
	if len(got) != 1 || strings.Join(got[0].Errors, " ") != "noToner doorOpen inputTrayEmpty" || got[0].Supplies[0].Percent != pdu.Some(29) || len(problems) != 0 {
		t.Errorf("%+v, %q", got, problems)
	}
}

// office is a colour printer as it stands in a corridor, among the other devices
// of its agent.
func office() []pdu.Varbind {
	supply := func(index uint32, colorant, class, kind int64, descr string, unit, most, level int64) []pdu.Varbind {
		return row(suppliesEntry, cells{
			supplyColorant: pdu.Int(colorant), supplyClass: pdu.Int(class), supplyType: pdu.Int(kind), supplyDescr: pdu.Text(descr),
			supplyUnit: pdu.Int(unit), supplyMax: pdu.Int(most), supplyLevel: pdu.Int(level),
		}, 1, index)
	}
	tray := func(index uint32, kind int64, name, media string, most, level, status int64) []pdu.Varbind {
		return row(inputEntry, cells{
			inputType: pdu.Int(kind), inputUnit: pdu.Int(8), inputMax: pdu.Int(most), inputLevel: pdu.Int(level), inputStatus: pdu.Int(status),
			inputMedia: pdu.Text(media), inputName: pdu.Text(name), inputDescr: pdu.Text("500-sheet"),
		}, 1, index)
	}
	processor := cells{deviceType: pdu.Identifier(pdu.MustOID("1.3.6.1.2.1.25.3.1.3")), deviceDescr: pdu.Text("CPU"), deviceStatus: pdu.Int(5)}
	return slices.Concat(
		row(deviceEntry, processor, 2),
		row(deviceEntry, cells{deviceType: pdu.Identifier(hrDevicePrinter), deviceDescr: pdu.Text("Acme Colour 500 "), deviceStatus: pdu.Int(3)}, 1),
		row(printerEntry, cells{printerStatus: pdu.Int(4), printerErrors: pdu.Bytes([]byte{0x20})}, 1),
		row(generalEntry, cells{generalName: pdu.Text("Korridor 2"), generalSerial: pdu.Text("QX7Y1\x00")}, 1),
		row(colorantEntry, cells{colorantValue: pdu.Text("Black")}, 1, 1), row(colorantEntry, cells{colorantValue: pdu.Text("cyan")}, 1, 2),
		supply(1, 1, 3, 21, "Black Cartridge", 13, 4000, 360), supply(2, 2, 3, 3, "Cyan", 19, -2, 81),
		supply(3, 0, 4, 4, "Waste box", 7, 20000, 0), supply(10, 0, 3, 15, "Fuser", 7, -1, -1),
		supply(4, 2, 3, 21, "Photo cyan", 13, 4000, -3), supply(5, 0, 3, 32, "Staples", 18, 5000, -2),
		tray(1, 3, "Tray 1", "iso-a4-white", 550, 0, 16), tray(2, 3, "Tray 2", "iso-a4-white", 550, -3, 8), tray(3, 5, "", "", -2, -2, 35),
	)
}

func TestRead(t *testing.T) {
	all, problems := Read(office())
	if len(all) != 1 || len(problems) != 0 {
		t.Fatalf("%+v, %q", all, problems)
	}
	p := all[0]
	consumed, box := "supplyThatIsConsumed", "receptacleThatIsFilled"
	want := Printer{
		Index: 1, Name: "Korridor 2", Model: "Acme Colour 500", Serial: "QX7Y1", Device: pdu.Some(3), Status: pdu.Some(4), Errors: []string{"lowToner"},
		Supplies: []Supply{
			{Index: 1, Class: consumed, Type: "tonerCartridge", Description: "Black Cartridge", Color: "black",
				Level: Level{Unit: "tenthsOfGrams", Max: pdu.Some(4000), Value: pdu.Some(360), Percent: pdu.Some(9)}},
			{Index: 2, Class: consumed, Type: "toner", Description: "Cyan", Color: "cyan", Level: Level{Unit: "percent", Value: pdu.Some(81), Percent: pdu.Some(81)}},
			{Index: 3, Class: box, Type: "wasteToner", Description: "Waste box",
				Level: Level{Unit: "impressions", Max: pdu.Some(20000), Value: pdu.Some(0), Percent: pdu.Some(0)}},
			{Index: 4, Class: consumed, Type: "tonerCartridge", Description: "Photo cyan", Color: "cyan", Level: Level{Unit: "tenthsOfGrams", Max: pdu.Some(4000), Is: Some}},
			{Index: 5, Class: consumed, Type: "staples", Description: "Staples", Level: Level{Unit: "items", Max: pdu.Some(5000), Is: Unknown}},
			{Index: 10, Class: consumed, Type: "fuser", Description: "Fuser", Level: Level{Unit: "impressions", Is: Unlimited}},
		},
		Trays: []Tray{
			{Index: 1, Type: "sheetFeedAutoRemovableTray", Name: "Tray 1", Description: "500-sheet", Media: "iso-a4-white", Availability: "idle", Critical: true,
				Level: Level{Unit: "sheets", Max: pdu.Some(550), Value: pdu.Some(0), Percent: pdu.Some(0)}},
			{Index: 2, Type: "sheetFeedAutoRemovableTray", Name: "Tray 2", Description: "500-sheet", Media: "iso-a4-white", Availability: "idle", Warning: true,
				Level: Level{Unit: "sheets", Max: pdu.Some(550), Is: Some}},
			{Index: 3, Type: "sheetFeedManual", Description: "500-sheet", Availability: "broken", Offline: true, Level: Level{Unit: "sheets", Is: Unknown}},
		},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("%+v\nwant %+v", p, want)
	}
	if p.DeviceWord() != "warning" || p.StatusWord() != "printing" || p.Toner() != pdu.Some(9) {
		t.Errorf("%s, %s, toner %v", p.DeviceWord(), p.StatusWord(), p.Toner())
	}
}

// Levels, with the special values of RFC 3805 and what agents make of them.
func TestLevel(t *testing.T) {
	big := func(n uint32) pdu.Value { return pdu.Gauge(n) }
	for name, c := range map[string]struct {
		unit        int64
		most, level pdu.Value
		want        string // value, Is, percent, number of problems
	}{
		"plain":                     {13, pdu.Int(200), pdu.Int(50), "50  25 0"},
		"rounded down":              {13, pdu.Int(3), pdu.Int(2), "2  66 0"},
		"empty":                     {13, pdu.Int(200), pdu.Int(0), "0  0 0"},
		"no limit":                  {13, pdu.Int(-1), pdu.Int(-1), "null unlimited null 0"},
		"unknown":                   {13, pdu.Int(-2), pdu.Int(-2), "null unknown null 0"},
		"some":                      {13, pdu.Int(200), pdu.Int(-3), "null some null 0"},
		"some, as a gauge":          {13, pdu.Int(200), big(1<<32 - 3), "null some null 0"},
		"unknown most":              {13, pdu.Int(-2), pdu.Int(50), "50  null 0"},
		"most is 0":                 {13, pdu.Int(0), pdu.Int(0), "0  null 0"},
		"percent, most unknown":     {19, pdu.Int(-2), pdu.Int(50), "50  50 0"},
		"percent, most not told":    {19, pdu.Value{}, pdu.Int(50), "50  50 0"},
		"percent with its own most": {19, pdu.Int(200), pdu.Int(50), "50  25 0"},
		"more than most":            {13, pdu.Int(100), pdu.Int(110), "110  100 1"},
		"below the special values":  {13, pdu.Int(100), pdu.Int(-4), "null  null 1"},
		"too large":                 {13, pdu.Int(100), pdu.Count64(1 << 40), "null  null 1"},
		"text":                      {13, pdu.Int(100), pdu.Text("full"), "null  null 1"},
		"number as text":            {13, pdu.Int(100), pdu.Text("40"), "40  40 0"},
		"no level":                  {13, pdu.Int(100), pdu.Value{Type: pdu.NoSuchInstance}, "null  null 0"},
	} {
		all, problems := Read(row(suppliesEntry, cells{supplyUnit: pdu.Int(c.unit), supplyMax: c.most, supplyLevel: c.level}, 1, 1))
		if len(all) != 1 || len(all[0].Supplies) != 1 {
			t.Fatalf("%s: %+v", name, all)
		}
		s := all[0].Supplies[0]
		value, _ := s.Value.MarshalJSON()
		percent, _ := s.Percent.MarshalJSON()
		if got := fmt.Sprintf("%s %s %s %d", value, s.Is, percent, len(problems)); got != c.want {
			t.Errorf("%s: %s, want %s (%q)", name, got, c.want, problems)
		}
	}
}

// The states of RFC 3805 section 2.2.13.2 as their three objects tell them.
func TestStates(t *testing.T) {
	for name, c := range map[string]struct {
		device, status pdu.Value
		errors         pdu.Value
		want           string
	}{
		"normal":           {pdu.Int(2), pdu.Int(3), pdu.Bytes([]byte{0}), "running idle [] false"},
		"busy":             {pdu.Int(2), pdu.Int(4), pdu.Bytes([]byte{0, 0}), "running printing [] false"},
		"low on paper":     {pdu.Int(3), pdu.Int(3), pdu.Bytes([]byte{0x80}), "warning idle [lowPaper] false"},
		"jammed":           {pdu.Int(5), pdu.Int(1), pdu.Bytes([]byte{0x04}), "down other [jammed] false"},
		"off line":         {pdu.Int(5), pdu.Int(1), pdu.Bytes([]byte{0x02, 0x00}), "down other [offline] false"},
		"coming on line":   {pdu.Int(5), pdu.Int(5), pdu.Bytes(nil), "down warmup [] false"},
		"standby":          {pdu.Int(2), pdu.Int(1), pdu.Value{}, "running other [] true"},
		"the second octet": {pdu.Int(3), pdu.Int(3), pdu.Bytes([]byte{0, 0xFE}), "warning idle [inputTrayMissing outputTrayMissing markerSupplyMissing outputNearFull outputFull inputTrayEmpty overduePreventMaint] false"},
		"bit of no word":   {pdu.Int(2), pdu.Int(3), pdu.Bytes([]byte{0, 1, 0xFF}), "running idle [] false"},
		"outside":          {pdu.Int(6), pdu.Int(0), pdu.Int(32), "  [] true"},
	} {
		all, problems := Read(slices.Concat(row(deviceEntry, cells{deviceType: pdu.Identifier(hrDevicePrinter), deviceStatus: c.device}, 7),
			row(printerEntry, cells{printerStatus: c.status, printerErrors: c.errors}, 7)))
		if len(all) != 1 {
			t.Fatalf("%s: %+v", name, all)
		}
		got := fmt.Sprintf("%s %s %v %v", all[0].DeviceWord(), all[0].StatusWord(), all[0].Errors, all[0].Errors == nil)
		if got != c.want || (name == "outside") != (len(problems) == 3) {
			t.Errorf("%s: %s, want %s (%q)", name, got, c.want, problems)
		}
	}
}

func TestWhichIsAPrinter(t *testing.T) {
	disk := row(deviceEntry, cells{deviceType: pdu.Identifier(pdu.MustOID("1.3.6.1.2.1.25.3.1.6")), deviceDescr: pdu.Text("disk"), deviceStatus: pdu.Int(2)}, 3)
	host := func(index uint32) []pdu.Varbind {
		return row(deviceEntry, cells{deviceType: pdu.Identifier(hrDevicePrinter), deviceDescr: pdu.Text(fmt.Sprintf("M%d", index))}, index)
	}
	mib := func(index uint32) []pdu.Varbind {
		return slices.Concat(row(generalEntry, cells{generalSerial: pdu.Text(fmt.Sprintf("S%d", index))}, index),
			row(suppliesEntry, cells{supplyDescr: pdu.Text(fmt.Sprintf("T%d", index))}, index, 1))
	}
	var many []pdu.Varbind
	for i := range uint32(40) {
		many = append(many, mib(i)...)
	}
	for name, c := range map[string]struct {
		vbs      []pdu.Varbind
		want     string // index model serial supplies
		problems int
	}{
		"none":                         {disk, "", 0},
		"a state alone":                {row(printerEntry, cells{printerStatus: pdu.Int(3)}, 1), "1:::0", 0},
		"one":                          {slices.Concat(disk, host(1), mib(1)), "1:M1:S1:1", 0},
		"Printer-MIB alone":            {mib(1), "1::S1:1", 0},
		"HOST-RESOURCES alone":         {host(1), "1:M1::0", 0},
		"under two indexes":            {slices.Concat(disk, host(2), mib(1)), "2:M2:S1:1", 1},
		"two, of which one tells more": {slices.Concat(host(1), host(2), mib(2)), "1:M1::0 2:M2:S2:1", 0},
		"two":                          {slices.Concat(host(2), host(1), mib(1), mib(2)), "1:M1:S1:1 2:M2:S2:1", 0},
		"index too long":               {[]pdu.Varbind{{OID: generalEntry.With(generalSerial, 1, 1), Value: pdu.Text("x")}}, "", 0},
	} {
		all, problems := Read(c.vbs)
		var got []string
		for _, p := range all {
			got = append(got, fmt.Sprintf("%d:%s:%s:%d", p.Index, p.Model, p.Serial, len(p.Supplies)))
		}
		if strings.Join(got, " ") != c.want || len(problems) != c.problems {
			t.Errorf("%s: %q, want %q (%q)", name, got, c.want, problems)
		}
	}
	if all, problems := Read(many); len(all) != mostPrinters || len(problems) != 1 {
		t.Errorf("%d printers, %q", len(all), problems)
	}
}

// Toner is the lowest of what colours the paper, and never a waste box.
func TestToner(t *testing.T) {
	at := func(kind string, percent uint64) Supply {
		return Supply{Type: kind, Level: Level{Percent: pdu.Some(percent)}}
	}
	none := Supply{Type: "toner", Level: Level{Is: Some}}
	box := at("toner", 1)
	box.Class = "receptacleThatIsFilled"
	for _, c := range []struct {
		supplies []Supply
		want     pdu.Number
	}{
		{nil, pdu.Number{}}, {[]Supply{none}, pdu.Number{}}, {[]Supply{none, at("inkCartridge", 0), at("toner", 7)}, pdu.Some(0)},
		{[]Supply{at("wasteToner", 1), at("fuser", 2), box, at("tonerCartridge", 40), at("toner", 60)}, pdu.Some(40)},
	} {
		if got := (Printer{Supplies: c.supplies}).Toner(); got != c.want {
			t.Errorf("%+v: %v, want %v", c.supplies, got, c.want)
		}
	}
}

func TestColumns(t *testing.T) {
	all := Columns()
	if len(all) != 23 || all[0] != Status || all[0].String() != "1.3.6.1.2.1.25.3.5.1.1" || all[4].String() != "1.3.6.1.2.1.25.3.2.1.5" ||
		all[6].String() != "1.3.6.1.2.1.43.5.1.1.17" || all[13].String() != "1.3.6.1.2.1.43.11.1.1.9" || all[22].String() != "1.3.6.1.2.1.43.8.2.1.18" {
		t.Errorf("%v", all)
	}
}

// FuzzRead: no answer makes the reader panic, tell a level and a word for it, or
// write what is not fit to show.
func FuzzRead(f *testing.F) {
	f.Add([]byte{4, 1, 9, 2, 1, 200, 0, 4, 1, 8, 2, 1, 250, 0, 1, 1, 2, 4, 0, 2, 0x18, 4})
	f.Add([]byte{4, 1, 9, 0x42, 255, 253, 255, 0, 2, 5, 2, 1, 9, 0, 3, 1, 11, 2, 1, 19, 0, 5, 1, 4, 4, 1, 2, 0xe4, 'x'})
	f.Fuzz(func(t *testing.T, b []byte) {
		entries := []pdu.OID{deviceEntry, printerEntry, generalEntry, inputEntry, suppliesEntry, colorantEntry}
		var vbs []pdu.Varbind
		for ; len(b) >= 7; b = b[7:] {
			v := pdu.Value{Type: pdu.Type(b[3]), Num: uint64(int64(int8(b[5])))<<8 | uint64(b[6])}
			switch v.Type {
			case pdu.OctetString:
				v.Octets = b[5:7]
			case pdu.ObjectID:
				v = pdu.Identifier(hrDevicePrinter)
			case pdu.Gauge32:
				v.Num &= 1<<32 - 1
			}
			at := entries[int(b[0])%len(entries)].With(uint32(b[2]), uint32(b[1]))
			vbs = append(vbs, pdu.Varbind{OID: at, Value: v}, pdu.Varbind{OID: at.With(uint32(b[4])), Value: v})
		}
		all, problems := Read(vbs)
		if again, _ := Read(vbs); !reflect.DeepEqual(all, again) {
			t.Errorf("%+v, then %+v", all, again)
		}
		texts := problems
		for _, p := range all {
			texts = append(texts, p.Name, p.Model, p.Serial)
			levels := []Level{{Percent: p.Toner()}}
			for _, s := range p.Supplies {
				levels, texts = append(levels, s.Level), append(texts, s.Description, s.Color)
			}
			for _, x := range p.Trays {
				levels, texts = append(levels, x.Level), append(texts, x.Name, x.Description, x.Media)
			}
			for _, l := range levels {
				if l.Percent.Value > 100 || l.Is != "" && (l.Value.Present || l.Percent.Present) {
					t.Errorf("%+v", l)
				}
			}
		}
		for _, s := range texts {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("%q", s)
			}
		}
	})
}
