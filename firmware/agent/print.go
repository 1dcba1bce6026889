package agent

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/poll"
	"rackvakt/snmp/session"
	"rackvakt/uplink/alarm"
)

// words are what Print says beside names and values, by their key.
var words = map[string]alarm.Text{
	"well":      {SV: "Allt är som det ska, sett härifrån.", EN: "All is well, seen from here."},
	"unsure":    {SV: "Inget fel syns härifrån, men övervakningen saknar det som står nedan.", EN: "No fault is seen from here, but the monitor lacks what stands below."},
	"verdict":   {SV: "BEDÖMNING", EN: "VERDICT"},
	"owner":     {SV: "ansvarig", EN: "to act"},
	"since":     {SV: "sedan", EN: "since"},
	"for":       {SV: "talar för", EN: "for"},
	"against":   {SV: "talar emot", EN: "against"},
	"maybe":     {SV: "kan vara", EN: "may be"},
	"routine":   {SV: "reservrutin", EN: "reserve routine"},
	"contact":   {SV: "kontakt", EN: "contact"},
	"alarms":    {SV: "LARM", EN: "ALARMS"},
	"lacks":     {SV: "SAKNAS", EN: "LACKING"},
	"values":    {SV: "VÄRDEN", EN: "VALUES"},
	"uplinks":   {SV: "VIKTIGA PORTAR", EN: "IMPORTANT PORTS"},
	"devices":   {SV: "ENHETER", EN: "DEVICES"},
	"path":      {SV: "VÄGEN UT", EN: "THE WAY OUT"},
	"region":    {SV: "REGIONEN", EN: "THE REGION"},
	"waiting":   {SV: "väntar på kvittens: %d larmposter, %d mätposter", EN: "waiting for an ack: %d alarm records, %d metrics records"},
	"connected": {SV: "förbunden", EN: "connected"},
	"cut":       {SV: "inte förbunden", EN: "not connected"},
	"restart":   {SV: "kräver omstart", EN: "needs a restart"},
	"ago":       {SV: "för %s sedan", EN: "%s ago"},
	"unknown":   {SV: "okänt", EN: "unknown"},
	"stale":     {SV: "okänt (för gammalt)", EN: "unknown (too old)"},
	"fault":     {SV: "fel", EN: "fault"},
	"sensors":   {SV: "%d givare i enheten", EN: "%d sensors in the device"},
	"outlet":    {SV: "uttag", EN: "outlet"},
	"room":      {SV: "rum", EN: "room"},
	"unsynced":  {SV: "klockan är inte synkroniserad", EN: "clock not synchronised"},

	// Layers of the way out.
	"gateway": {SV: "router", EN: "router"}, "sjunet": {SV: "Sjunet", EN: "Sjunet"}, "internet": {SV: "internet", EN: "internet"}, "service": {SV: "tjänst", EN: "service"},

	// Reasons of a reading that is not good; what a system says stays as it is.
	"too old": {SV: "för gammalt", EN: "too old"}, "not read yet": {SV: "inte läst än", EN: "not read yet"}, "no answer in time": {SV: "inget svar i tid", EN: "no answer in time"},
	"cannot be read": {SV: "kan inte läsas", EN: "cannot be read"}, "no such port": {SV: "porten finns inte", EN: "no such port"}, "port moved": {SV: "porten har flyttat", EN: "port moved"},
	"not told": {SV: "enheten säger inget om det", EN: "not told"}, "unreachable": {SV: "kan inte nås", EN: "unreachable"}, "no carrier": {SV: "ingen länk", EN: "no carrier"},
	"no such interface": {SV: "gränssnittet finns inte", EN: "no such interface"}, "name not resolved": {SV: "namnet kan inte slås upp", EN: "name not resolved"},
	"line held by another program": {SV: "linjen används av ett annat program", EN: "line held by another program"}, "line gone": {SV: "linjen är borta", EN: "line gone"},
	"no such bus": {SV: "bussen finns inte", EN: "no such bus"}, "no such line": {SV: "linjen finns inte", EN: "no such line"}, "no permission": {SV: "behörighet saknas", EN: "no permission"}, "line cannot be read": {SV: "linjen kan inte läsas", EN: "line cannot be read"},
	"crc mismatch": {SV: "fel kontrollsumma", EN: "crc mismatch"}, "power-on value": {SV: "startvärde, ingen mätning", EN: "power-on value"}, "out of range": {SV: "utanför mätområdet", EN: "out of range"},
	"no answer at address": {SV: "ingen svarar på adressen", EN: "no answer at address"}, "no such bus or sensor": {SV: "bussen eller givaren finns inte", EN: "no such bus or sensor"},
	"air too dry": {SV: "för torr luft", EN: "air too dry"}, "no sensor or bad checksum": {SV: "ingen givare eller fel kontrollsumma", EN: "no sensor or bad checksum"},
	"loop cut": {SV: "slingan är avbruten", EN: "loop cut"}, "loop shorted": {SV: "slingan är kortsluten", EN: "loop shorted"},
	"loop between states": {SV: "slingan ligger mellan lägena", EN: "loop between states"}, "loop unsteady": {SV: "slingan är ostadig", EN: "loop unsteady"},
	"bounces: magnet gap?": {SV: "studsar: för stort magnetavstånd?", EN: "bounces: magnet gap?"},
	"the chip was reset":   {SV: "kretsen startade om", EN: "the chip was reset"}, "line held high": {SV: "ledningen hålls hög", EN: "line held high"},
	"the chip does not measure": {SV: "kretsen mäter inte", EN: "the chip does not measure"}, "current over range": {SV: "strömmen är utanför området", EN: "current over range"},
	"no battery": {SV: "inget batteri", EN: "no battery"}, "voltage does not fit the battery": {SV: "spänningen stämmer inte med batteriet", EN: "voltage does not fit the battery"},
	"not drained": {SV: "används inte", EN: "not in use"}, "not rising": {SV: "stiger inte", EN: "not rising"},
	"not connected yet": {SV: "inte ansluten än", EN: "not connected yet"},
	"connection lost":   {SV: "förbindelsen bröts", EN: "connection lost"}, "no answer": {SV: "inget svar", EN: "no answer"},
	"unknown user": {SV: "okänd användare", EN: "unknown user"}, "wrong authentication": {SV: "fel autentisering", EN: "wrong authentication"},
	"cannot be decrypted": {SV: "kan inte dekrypteras", EN: "cannot be decrypted"}, "security level refused": {SV: "säkerhetsnivån nekas", EN: "security level refused"},

	// What a system says of a connection.
	"connection refused": {SV: "anslutningen nekades", EN: "connection refused"}, "no route to host": {SV: "ingen väg dit", EN: "no route to host"},
	"network is unreachable": {SV: "nätet kan inte nås", EN: "network is unreachable"}, "no such host": {SV: "namnet finns inte", EN: "no such host"},
	"i/o timeout": {SV: "inget svar i tid", EN: "i/o timeout"},

	// Quirks of a device (session.Limits).
	session.QuirkSlow:   {SV: "långsam", EN: session.QuirkSlow},
	session.QuirkLost:   {SV: "stora svar kommer inte fram", EN: session.QuirkLost},
	session.QuirkLarge:  {SV: "svar som är större än en ram", EN: session.QuirkLarge},
	session.QuirkTooBig: {SV: "nekar stora frågor", EN: session.QuirkTooBig},
}

// printer writes for one reader.
type printer struct {
	b    strings.Builder
	view alarm.View
	// told holds the evidence of the verdict, which its alarm does not repeat.
	told []string
}

// say returns a word in the reader's language; what has none stays as it is.
func (p *printer) say(key string) string {
	if word := Word(key, p.view.Lang); word != key {
		return word
	}
	return alarm.StateText(key, p.view.Lang)
}

// Widths in characters: of the widest line, and where the second column begins.
const (
	lineWidth = 100
	column    = 29
)

// line writes a line; what is too wide goes on below, further in.
func (p *printer) line(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	p.wrap(s, len(s)-len(strings.TrimLeft(s, " "))+2)
}

// wrap breaks s between words; what goes on below begins at column hang. A word
// that is wider than a line stays whole, so that it can be copied.
func (p *printer) wrap(s string, hang int) {
	var line strings.Builder
	for word := range strings.SplitAfterSeq(s, " ") {
		at := utf8.RuneCountInString(line.String())
		if at > hang && at+utf8.RuneCountInString(strings.TrimRight(word, " ")) > lineWidth {
			p.b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
			line.Reset()
			line.WriteString(strings.Repeat(" ", hang))
		}
		line.WriteString(word)
	}
	p.b.WriteString(line.String() + "\n")
}

// row writes a name and what is said of it.
func (p *printer) row(name string, parts ...string) {
	kept := parts[:0]
	for _, x := range parts {
		if x != "" {
			kept = append(kept, x)
		}
	}
	pad := strings.Repeat(" ", max(0, column-3-utf8.RuneCountInString(name)))
	p.wrap(fmt.Sprintf("  %s%s %s", name, pad, strings.Join(kept, ", ")), column)
}

func (p *printer) title(key string, n int) bool {
	if n > 0 {
		p.line("\n%s", p.say(key))
	}
	return n > 0
}

// age writes how old something is; nothing below ten seconds.
func (p *printer) age(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	if d < 10*time.Second {
		return ""
	}
	return fmt.Sprintf(p.say("ago"), d.Truncate(time.Second))
}

// when writes a time for a person, in the machine's zone.
func when(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// Print writes s for a technician beside the closet.
func (s Snapshot) Print(w io.Writer, lang alarm.Lang) error {
	p := &printer{view: alarm.View{Party: alarm.Technician, Lang: lang, Kind: s.Site.Kind}}
	note := ""
	if !s.ClockSynced {
		note = " (" + p.say("unsynced") + ")"
	}
	p.line("%s  %s.%s  %s%s", s.Site.Name, s.Site.Site, s.Site.Closet, when(s.At), note)
	p.verdict(s)
	p.alarms(s)
	if p.title("lacks", len(s.Lacks)) {
		for _, l := range s.Lacks {
			p.line("  %s", l.Text(lang))
		}
	}
	p.values(s)
	p.network(s)
	p.region(s)
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (p *printer) verdict(s Snapshot) {
	if len(s.Verdict.Causes) == 0 {
		switch {
		case len(s.Alarms) > 0:
		case len(s.Lacks) > 0:
			p.line("%s", p.say("unsure"))
		default:
			p.line("%s", p.say("well"))
		}
		return
	}
	p.title("verdict", 1)
	for _, c := range s.Verdict.Causes {
		text := c.Render(p.view)
		p.line("  %s", text.Title)
		p.list("for", text.For)
		p.told = append(p.told, text.For...)
		p.list("against", text.Against)
		p.list("maybe", text.Candidates)
		if text.Check != "" {
			p.line("    %s", text.Check)
		}
	}
	p.row(p.say("since"), when(s.Verdict.Since))
	p.row(p.say("owner"), alarm.PartyName(s.Verdict.Party, p.view.Lang))
	if s.Site.ReserveRoutine != "" {
		p.row(p.say("routine"), s.Site.ReserveRoutine)
	}
	if s.Site.Contact != "" {
		p.row(p.say("contact"), s.Site.Contact)
	}
}

func (p *printer) list(key string, lines []string) {
	for _, l := range lines {
		p.line("    %s: %s", p.say(key), l)
	}
}

func (p *printer) alarms(s Snapshot) {
	if !p.title("alarms", len(s.Alarms)) {
		return
	}
	for _, a := range s.Alarms {
		m := alarm.Change{Key: a.Key, Severity: a.Severity, Class: a.Class, Evidence: a.Evidence}.Render(p.view)
		name := m.Title
		if a.Object != "" {
			name += " (" + a.Object + ")"
		}
		p.line("  %s: %s", m.Severity, name)
		p.line("    %s %s, %s %s", p.say("since"), when(a.Since), p.say("owner"), alarm.PartyName(a.Party, p.view.Lang))
		for _, e := range m.Evidence {
			if !slices.Contains(p.told, e) {
				p.line("    %s", e)
			}
		}
	}
}

func (p *printer) values(s Snapshot) {
	if !p.title("values", len(s.Readings)) {
		return
	}
	for _, r := range s.Readings {
		if s.unremarkable(r) {
			continue
		}
		name := r.Device
		if r.Object != "" {
			name += "/" + r.Object
		}
		value := alarm.ValueText(r.Value, p.view.Lang)
		if r.Quality != reading.Good.String() {
			value = p.say(r.Quality)
		}
		p.row(name, alarm.KindText(r.Name, p.view.Lang)+" "+value, p.say(r.Reason), p.age(r.AgeMS))
	}
}

func (p *printer) network(s Snapshot) {
	if p.title("devices", len(s.Devices)) {
		for _, d := range s.Devices {
			p.row(d.Name, p.say(d.State), d.Model, p.say(d.Reason), d.Problem, p.age(d.AgeMS))
			if d.Poll != nil {
				p.learned(*d.Poll)
			}
		}
	}
	p.traps(s.Traps)
	uplinks := 0
	for _, x := range s.Ports {
		if x.Uplink || x.Important {
			if uplinks == 0 {
				p.title("uplinks", 1)
			}
			uplinks++
			p.row(x.Device+"/"+x.Port, p.say(x.Oper), x.Alias, x.Place(p.view.Lang), x.Neighbour, p.say(x.Reason), p.age(x.AgeMS))
		}
	}
	if p.title("path", len(s.Targets)) {
		for _, t := range s.Targets {
			method := t.Method
			if t.StandIn {
				method += "*"
			}
			p.row(Layer(t.Layer, p.view.Lang)+" "+t.Name, p.say(t.Result), method, alarm.ValueText(t.RTT, p.view.Lang), p.age(t.AgeMS))
		}
	}
}

// learned writes what the poller found out about a device.
func (p *printer) learned(s poll.State) {
	var parts []string
	if s.Sensors > 0 {
		parts = append(parts, fmt.Sprintf(p.say("sensors"), s.Sensors))
	}
	parts = append(parts, strings.Join(s.Profiles, " "), p.limits(s.Limits))
	if parts = slices.DeleteFunc(parts, func(x string) bool { return x == "" }); len(parts) > 0 {
		p.line("    %s", strings.Join(parts, "; "))
	}
}

// limits writes how a device can be asked; its words in English are its own.
func (p *printer) limits(l session.Limits) string {
	if p.view.Lang != alarm.Swedish {
		return l.String()
	}
	var parts []string
	add := func(known bool, format string, args ...any) {
		if known {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(l.Repetitions > 0, "%d rader i taget", l.Repetitions)
	add(l.Identifiers > 0, "%d namn i taget", l.Identifiers)
	add(l.Largest > 0, "svar på upp till %d byte", l.Largest)
	add(l.RoundTrip > 0, "svarstid %v", l.RoundTrip.Round(100*time.Microsecond))
	add(l.Caches > 0, "upprepar sig i ungefär %v", l.Caches.Round(time.Second))
	for _, q := range l.Quirks {
		add(true, "%s", p.say(q))
	}
	return strings.Join(parts, ", ")
}

// Place says where a port leads: "uttag 2.14-1, rum 204".
func (x Port) Place(lang alarm.Lang) string {
	var parts []string
	if x.Outlet != "" {
		parts = append(parts, words["outlet"].In(lang)+" "+x.Outlet)
	}
	if x.Room != "" {
		parts = append(parts, words["room"].In(lang)+" "+x.Room)
	}
	return strings.Join(parts, ", ")
}

// Layer names a layer of the way out.
func Layer(layer string, lang alarm.Lang) string {
	if layer == "region" { // which is the key of a heading too
		return alarm.Text{SV: "regionen", EN: "region"}.In(lang)
	}
	return Word(layer, lang)
}

func (p *printer) region(s Snapshot) {
	p.title("region", 1)
	for _, x := range s.Paths {
		state := "cut"
		if x.Connected {
			state = "connected"
		}
		p.row(x.Path, p.say(state), p.say("since")+" "+when(x.Since), Word(x.Fault, p.view.Lang))
	}
	p.line("  "+p.say("waiting"), s.Outbox.Alarms, s.Outbox.Metrics)
	if len(s.Config.RestartNeeded) > 0 {
		p.row(p.say("restart"), strings.Join(s.Config.RestartNeeded, " "))
	}
}
