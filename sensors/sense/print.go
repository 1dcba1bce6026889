package sense

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"rackvakt/sensors/board"
	"rackvakt/sensors/reading"
)

// Print writes r as tables for a terminal of 80 columns, in lang ("sv", else English).
func (r Result) Print(w io.Writer, lang string) error {
	var b strings.Builder
	if r.Nothing() {
		if err := PrintNothing(&b, lang); err != nil {
			return err
		}
	} else {
		printChips(&b, r.Attached.Chips, lang)
		printBuses(&b, r.Attached.Buses, lang)
		printOneWire(&b, r.Masters, lang)
		printKernel(&b, r.Kernel, lang)
	}
	if len(r.Readings) > 0 || !r.Nothing() {
		if err := printReadings(&b, r.Readings, lang); err != nil {
			return err
		}
	}
	printMistakes(&b, r.Mistakes, lang)
	_, err := io.WriteString(w, b.String())
	return err
}

// nothing is said where nothing is attached.
var nothing = []string{
	"Nothing is attached: no GPIO chip, nothing on an I2C bus, no 1-Wire sensor, and no",
	"configured sensor that answers. This machine has no sensors (exit code 3).",
	"On a Raspberry Pi: put dtparam=i2c_arm=on and dtoverlay=w1-gpio into",
	"/boot/firmware/config.txt, restart, and run as a user in the groups gpio and i2c.",
}

// PrintNothing says that nothing is attached, and how buses are switched on.
func PrintNothing(w io.Writer, lang string) error {
	var text []string
	for _, line := range nothing {
		text = append(text, say(lang, line))
	}
	_, err := fmt.Fprintln(w, strings.Join(text, "\n"))
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
				free = append(free, lineName(l))
				continue
			}
			who := l.Consumer
			if who == "" {
				who = say(lang, "somebody")
			}
			fmt.Fprintf(b, "    %d %s  %s %s\n", l.Offset, l.Name, say(lang, "held by"), who)
		}
		if free != nil {
			wrap(b, "    "+say(lang, "free")+":", "     ", free)
		}
	}
}

// wrap writes words after first in lines of at most 78 columns; the others begin
// with indent.
func wrap(b *strings.Builder, first, indent string, words []string) {
	line := first
	for _, w := range words {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) > 78 {
			fmt.Fprintln(b, line)
			line = indent
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
		case len(bus.Devices) >= crowd:
			fmt.Fprintf(b, "  %#02x-%#02x\n", bus.Devices[0].Address, bus.Devices[len(bus.Devices)-1].Address)
			continue
		}
		b.WriteByte('\n')
		for _, d := range bus.Devices {
			fmt.Fprintf(b, "    %#02x  %s\n", d.Address, device(d, lang))
		}
	}
}

func device(d board.Device, lang string) string {
	switch {
	case d.Kernel != "":
		return d.Kernel + " (" + say(lang, "held by the kernel's driver") + ")"
	case d.Sure:
		return d.Likely + " (" + say(lang, "confirmed") + ")"
	case d.Likely != "":
		return say(lang, "likely") + " " + strings.Replace(d.Likely, " or ", " "+say(lang, "or")+" ", 1)
	}
	return say(lang, "unknown device")
}

func printOneWire(b *strings.Builder, masters []Master, lang string) {
	heading(b, lang, "1-Wire buses", len(masters))
	for _, m := range masters {
		if len(m.IDs) == 0 {
			m.IDs = []string{say(lang, "nothing answers")}
		}
		wrap(b, "  "+m.Name, "   ", m.IDs)
	}
}

// printKernel names the sensors on a bus, and in one line the machine's own.
func printKernel(b *strings.Builder, chips []Monitor, lang string) {
	heading(b, lang, "Sensors that the kernel reads", len(chips))
	var own []string
	for _, m := range chips {
		if m.attached() {
			fmt.Fprintf(b, "  %s  %s  %s\n", m.Chip, m.Unit, strings.Join(m.Temperatures, " "))
		} else {
			own = append(own, m.Chip)
		}
	}
	if own != nil {
		wrap(b, "  "+say(lang, "part of the machine")+":", "   ", own)
	}
}

func printMistakes(b *strings.Builder, found []Mistake, lang string) {
	if len(found) == 0 {
		return
	}
	heading(b, lang, "Mistakes", len(found))
	for _, m := range found {
		wrap(b, "  "+m.Where+":", "   ", strings.Fields(m.Is.in(lang)))
		wrap(b, "    "+say(lang, "What to do")+":", "     ", strings.Fields(m.Do.in(lang)))
	}
}

func printReadings(b *strings.Builder, readings []Value, lang string) error {
	heading(b, lang, "Sensors", len(readings))
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
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", name, say(lang, v.Kind), v.text(lang), v.where(lang))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(rows.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return nil
}

// where is the source with the chip's serial number, and that it is new.
func (v Value) where(lang string) string {
	out := v.Source
	if v.Serial != "" && v.Kind == reading.Temperature.Name() && !strings.Contains(v.Source, v.Serial) {
		out += ", " + say(lang, "no.") + " " + v.Serial
	}
	if v.New {
		out += ", " + say(lang, "new")
	}
	return out
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
