package sense

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"rackvakt/sensors/board"
)

// Languages of Print.
const (
	Swedish = "sv"
	English = "en"
)

// swedish holds what Print and the drivers say, by the English text. A text that
// is missing here is printed in English.
var swedish = map[string]string{
	"GPIO chips":         "GPIO-kretsar",
	"I2C buses":          "I2C-bussar",
	"1-Wire sensors":     "1-Wire-givare",
	"Configured sensors": "Konfigurerade givare",
	"Problems":           "Problem",
	"or":                 "eller",
	"free":               "lediga",
	"none":               "inga",
	"lines":              "linjer",
	"held by":            "används av",
	"somebody":           "någon",
	"nothing answers":    "ingen svarar",
	"unknown device":     "okänd krets",
	"confirmed":          "bekräftad",
	"likely":             "troligen",
	"No GPIO chip, I2C bus or 1-Wire sensor was found, and none is configured.":                "Ingen GPIO-krets, I2C-buss eller 1-Wire-givare hittades, och ingen givare är konfigurerad.",
	"On a Raspberry Pi: enable I2C and 1-Wire, and run as a user with access to gpio and i2c.": "På en Raspberry Pi: slå på I2C och 1-Wire, och kör som en användare med tillgång till gpio och i2c.",

	"SENSOR": "GIVARE", "VALUE": "VÄRDE", "WHERE": "VAR",
	"unknown": "okänt", "fault": "fel",
	"open": "öppen", "closed": "stängd", "locked": "låst", "unlocked": "olåst",
	"dry": "torrt", "water": "vatten", "clear": "ingen rök", "smoke": "rök",
	"present": "finns", "lost": "borta", "yes": "ja", "no": "nej",

	"line held by another program": "linjen används av ett annat program",
	"line gone":                    "linjen är borta",
	"no such line":                 "linjen finns inte",
	"no permission":                "behörighet saknas",
	"line cannot be read":          "linjen kan inte läsas",

	"crc mismatch":                         "fel kontrollsumma",
	"another chip answers at this address": "en annan krets svarar på adressen",
	"no sensor or bad checksum":            "ingen givare eller fel kontrollsumma",
	"power-on value":                       "startvärde, ingen mätning",
	"127.9 degrees: line held high":        "127,9 grader: ledningen ligger högt",
	"out of range":                         "utanför mätområdet",
	"not a number":                         "inget tal",
	"no answer at address":                 "ingen svarar på adressen",
	"no answer in time":                    "inget svar i tid",
	"held by another program":              "används av ett annat program",
	"no such bus or sensor":                "bussen eller givaren finns inte",
	"cannot be read":                       "kan inte läsas",
	"air too dry":                          "för torr luft",
	"the search was cut short":             "sökningen avbröts",
	"temperature_celsius":                  "temperatur",
	"relative_humidity_ratio":              "luftfuktighet",
	"dew_point_celsius":                    "daggpunkt",
	"door_open":                            "dörr",
	"lock_locked":                          "lås",
	"tamper_open":                          "sabotage",
	"leak_detected":                        "läckage",
	"smoke_detected":                       "rök",
	"mains_present":                        "nätspänning",
	"cooling_alarm":                        "kyllarm",
}

// english holds the words of kinds for people.
var english = map[string]string{
	"temperature_celsius": "temperature", "relative_humidity_ratio": "humidity", "dew_point_celsius": "dew point",
	"door_open": "door", "lock_locked": "lock", "tamper_open": "tamper", "leak_detected": "leak",
	"smoke_detected": "smoke", "mains_present": "mains", "cooling_alarm": "cooling alarm",
}

func say(lang, text string) string {
	table := english
	if lang == Swedish {
		table = swedish
	}
	if t, ok := table[text]; ok {
		return t
	}
	return text
}

// Print writes r as tables for a terminal of 80 columns, in lang ("sv", else English).
func (r Result) Print(w io.Writer, lang string) error {
	var b strings.Builder
	if r.Nothing() {
		fmt.Fprintf(&b, "%s\n%s\n", say(lang, "No GPIO chip, I2C bus or 1-Wire sensor was found, and none is configured."),
			say(lang, "On a Raspberry Pi: enable I2C and 1-Wire, and run as a user with access to gpio and i2c."))
		printProblems(&b, r.Attached.Problems, lang)
		_, err := io.WriteString(w, b.String())
		return err
	}
	printChips(&b, r.Attached.Chips, lang)
	printBuses(&b, r.Attached.Buses, lang)
	printOneWire(&b, r.Attached.OneWire, lang)
	printProblems(&b, r.Attached.Problems, lang)
	if err := printReadings(&b, r.Readings, lang); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// heading writes a title, and that there are none where there are none.
func heading(b *strings.Builder, lang, title string, n int) {
	fmt.Fprintf(b, "%s:", say(lang, title))
	if n == 0 {
		fmt.Fprintf(b, " %s", say(lang, "none"))
	}
	b.WriteByte('\n')
}

// printChips names each chip, the lines that are held and by whom, and then the
// free ones in a block, since a Pi has 54.
func printChips(b *strings.Builder, chips []board.Chip, lang string) {
	heading(b, lang, "GPIO chips", len(chips))
	for _, c := range chips {
		fmt.Fprintf(b, "  %s  %s  %d %s\n", c.Name, c.Label, len(c.Lines), say(lang, "lines"))
		var free []string
		for _, l := range c.Lines {
			if !l.Used {
				free = append(free, freeName(l))
				continue
			}
			who := l.Consumer
			if who == "" {
				who = say(lang, "somebody")
			}
			fmt.Fprintf(b, "    %d %s  %s %s\n", l.Offset, l.Name, say(lang, "held by"), who)
		}
		if free != nil {
			wrap(b, say(lang, "free")+":", free)
		}
	}
}

// freeName is how a line is written in the configuration.
func freeName(l board.Pin) string {
	if l.Name == "" {
		return strconv.Itoa(l.Offset)
	}
	return l.Name
}

// wrap writes words after title in lines of at most 78 columns.
func wrap(b *strings.Builder, title string, words []string) {
	line := "    " + title
	for _, w := range words {
		if len(line)+1+len(w) > 78 {
			fmt.Fprintln(b, line)
			line = "     "
		}
		line += " " + w
	}
	fmt.Fprintln(b, line)
}

func printBuses(b *strings.Builder, buses []board.Bus, lang string) {
	heading(b, lang, "I2C buses", len(buses))
	for _, bus := range buses {
		fmt.Fprintf(b, "  i2c-%s", bus.Name)
		switch {
		case bus.Problem != "":
			fmt.Fprintf(b, "  %s", bus.Problem)
		case len(bus.Devices) == 0:
			fmt.Fprintf(b, "  %s", say(lang, "nothing answers"))
		}
		b.WriteByte('\n')
		for _, d := range bus.Devices {
			fmt.Fprintf(b, "    %#02x  %s\n", d.Address, device(d, lang))
		}
	}
}

func device(d board.Device, lang string) string {
	switch {
	case d.Sure:
		return d.Likely + " (" + say(lang, "confirmed") + ")"
	case d.Likely != "":
		return say(lang, "likely") + " " + strings.Replace(d.Likely, " or ", " "+say(lang, "or")+" ", 1)
	}
	return say(lang, "unknown device")
}

func printOneWire(b *strings.Builder, ids []string, lang string) {
	heading(b, lang, "1-Wire sensors", len(ids))
	for _, id := range ids {
		fmt.Fprintf(b, "  %s\n", id)
	}
}

func printProblems(b *strings.Builder, problems []string, lang string) {
	if len(problems) == 0 {
		return
	}
	heading(b, lang, "Problems", len(problems))
	for _, p := range problems {
		fmt.Fprintf(b, "  %s\n", say(lang, p))
	}
}

func printReadings(b *strings.Builder, readings []Value, lang string) error {
	heading(b, lang, "Configured sensors", len(readings))
	if len(readings) == 0 {
		return nil
	}
	var rows strings.Builder
	t := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  %s\t\t%s\t%s\n", say(lang, "SENSOR"), say(lang, "VALUE"), say(lang, "WHERE"))
	for _, v := range readings {
		name := v.Device
		if v.Object != "" {
			name += "/" + v.Object
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", name, say(lang, v.Kind), v.text(lang), v.Source)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(rows.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return nil
}

// text is the value, or why there is none.
func (v Value) text(lang string) string {
	if v.show == "" {
		return say(lang, v.Quality) + ": " + say(lang, v.Reason)
	}
	if lang == Swedish {
		return strings.Replace(say(lang, v.show), ".", ",", 1)
	}
	return v.show
}
