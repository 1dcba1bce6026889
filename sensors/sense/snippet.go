package sense

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
)

// Snippet writes the part of a configuration that makes what was found and is not
// configured yet a sensor: what rackvakt check accepts. What cannot be known, where
// a probe hangs and what a line is wired to, stands as a guess or a comment.
func (r Result) Snippet(w io.Writer, lang string) error {
	var b strings.Builder
	say := func(sv, en string) string { return Text{sv, en}.in(lang) }
	fmt.Fprintf(&b, "# %s\n", say("Från rackvakt sense. Det som redan är konfigurerat står inte med.", "From rackvakt sense. What is configured already is left out."))
	b.WriteString("sensors:\n")
	if slices.ContainsFunc(r.Attached.Chips, isSimulated) {
		b.WriteString("  board: {kind: sim}\n")
	}
	r.snippetContacts(&b, say)
	if len(r.fresh) == 0 {
		fmt.Fprintf(&b, "  climate: []  # %s\n", say("ingen ny givare", "no new sensor"))
	} else {
		b.WriteString("  climate:\n")
	}
	for _, o := range r.fresh {
		snippetProbe(&b, o, r.doubt(o), say)
	}
	r.snippetOthers(&b, lang, say)
	_, err := io.WriteString(w, b.String())
	return err
}

// New reports whether Snippet has something to tell: a probe that is not
// configured, or a line that could become the first contact.
func (r Result) New() bool {
	return len(r.fresh) > 0 || len(r.contacts) == 0 && len(spare(r.Attached.Chips)) > 0
}

func isSimulated(c board.Chip) bool { return c.Label == board.Sim }

// doubt reports whether the chip of a probe did not say who it is.
func (r Result) doubt(o climate.Options) bool {
	for _, b := range r.Attached.Buses {
		for _, d := range b.Devices {
			if strings.HasSuffix(o.Source(), " "+place(b.Name, d.Address)) {
				return !d.Sure
			}
		}
	}
	return false
}

// snippetContacts shows how a line becomes a contact: only the installer knows
// which line is wired to what.
func (r Result) snippetContacts(b *strings.Builder, say func(sv, en string) string) {
	free := spare(r.Attached.Chips)
	if len(free) == 0 {
		b.WriteString("  contacts: []\n")
		return
	}
	fmt.Fprintf(b, "  contacts: []  # %s\n", say("öppna dörren medan rackvakt sense -watch kör: då syns linjen", "push the door while rackvakt sense -watch runs: it shows the line"))
	fmt.Fprintf(b, "  #  - {name: %s, role: %[1]s, line: %q, normally: closed}\n", free[0].Role, free[0].Line)
	fmt.Fprintf(b, "  #    role: %s\n", strings.Trim(fmt.Sprint(contact.Roles()), "[]"))
}

func snippetProbe(b *strings.Builder, o climate.Options, doubt bool, say func(sv, en string) string) {
	fmt.Fprintf(b, "    - name: %s\n", o.Name)
	fmt.Fprintf(b, "      position: %-8s # %s\n", o.Position, say("var den hänger: inlet, outlet, room eller ceiling", "where it hangs: inlet, outlet, room or ceiling"))
	fmt.Fprintf(b, "      driver: %s", o.Driver)
	if doubt {
		fmt.Fprintf(b, "  # %s", say("troligen; kretsen säger inte vad den är, se märkningen", "likely; the chip does not say what it is, see its marking"))
	}
	b.WriteByte('\n')
	switch o.Driver {
	case climate.DS18B20:
		fmt.Fprintf(b, "      id: %s\n", o.ID)
	case climate.HWMon:
		fmt.Fprintf(b, "      chip: %q\n      unit: %q\n      label: %q\n", o.Chip, o.Unit, o.Label)
	default:
		fmt.Fprintf(b, "      bus: %q\n      address: %#02x\n", o.Bus, o.Address)
	}
}

// snippetOthers names the chips that are no probes, with how they begin in a
// configuration: their shunts, resistors and displays cannot be seen from here.
func (r Result) snippetOthers(b *strings.Builder, lang string, say func(sv, en string) string) {
	for _, bus := range r.Attached.Buses {
		for _, d := range bus.Devices {
			if len(bus.Devices) >= crowd || climate.Driver(d.Driver).Measures() != nil || d.Likely == "" {
				continue
			}
			use := ""
			switch {
			case d.Driver == "ads1115":
				use = "; " + say("för kontakter i slinga", "for contacts in a loop") + fmt.Sprintf(": supervised: {bus: %q, address: %#02x, channel: 0}", bus.Name, d.Address)
			case strings.HasPrefix(d.Driver, "ina"):
				channel := ""
				if d.Driver == "ina3221" {
					channel = ", channel: 1"
				}
				use = "; " + say("mäter en matning, shunten står på kortet", "measures a supply, its shunt is printed on the board") +
					fmt.Sprintf(":\n#  power: [{name: power, driver: %s, bus: %q, address: %#02x, rails: [{name: 5v, shunt_uohm: 100000%s}]}]", d.Driver, bus.Name, d.Address, channel)
			}
			fmt.Fprintf(b, "# i2c-%s %#02x: %s%s\n", bus.Name, d.Address, device(d, lang), use)
		}
	}
}
