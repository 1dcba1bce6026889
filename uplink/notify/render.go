package notify

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a collector without zone files still writes Swedish time

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// Zone returns the zone in which people are told times: Swedish time.
func Zone() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		return time.UTC
	}
	return zone
}

// Reader is who a message is written for.
type Reader struct {
	Party alarm.Party
	Lang  alarm.Lang
	// Page is the address of the collector's page; "" for none.
	Page string
}

// Message is one notice as one reader may see it.
type Message struct {
	Subject, Text string
}

// letter is a message in the making.
type letter struct {
	n     state.Notice
	site  state.Site
	names []string // of the sites of a region incident
	r     Reader
	m     alarm.Message
	b     strings.Builder
}

// Render writes n for r. site is the case's site (zero for a region incident);
// names are those of the sites of a region incident.
func Render(n state.Notice, site state.Site, names []string, r Reader) Message {
	l := &letter{n: n, site: site, names: names, r: r, m: shown(n.Case, site, r)}
	subject := fmt.Sprintf("%s: %s, %s [%s]", l.word(), l.place(), l.m.Title, n.Case.ID)
	l.line("Ärende", "Case", n.Case.ID+" ("+l.word()+")")
	l.where()
	if n.Kind == state.Closed {
		l.line("Vad", "What", l.m.Title) // the sentence tells of the present
	} else {
		l.line("Vad", "What", strings.TrimSpace(l.m.Title+". "+l.m.Sentence))
	}
	l.line("Gäller", "Concerns", l.m.Object)
	l.verdict()
	l.times()
	l.evidence()
	l.owner()
	if r.Party != alarm.PropertyOwner {
		l.line("Reservrutin", "Reserve routine", site.Routine)
	}
	if r.Page != "" && r.Party == alarm.RegionIT { // the page shows what only they may see
		l.line("Sida", "Page", pageOf(r.Page, n.Case.Site, r.Lang))
	}
	l.line("Larmkod", "Alarm code", string(n.Case.Code))
	return Message{Subject: subject, Text: l.b.String()}
}

// shown redacts the case through package alarm.
func shown(k state.Case, site state.Site, r Reader) alarm.Message {
	ch := alarm.Change{
		Key: alarm.Key{Code: k.Code, Object: k.Object}, Severity: k.Severity, Class: k.Class,
		Causes: k.Causes, Evidence: k.Evidence, Reason: k.Reason,
	}
	return ch.Render(alarm.View{Party: r.Party, Lang: r.Lang, Kind: site.Kind})
}

func pageOf(page, site string, lang alarm.Lang) string {
	page = strings.TrimRight(page, "/") + "/"
	if site != "" {
		page += "sites/" + site
	}
	return page + "?lang=" + string(lang)
}

// in picks one of two texts.
func (l *letter) in(sv, en string) string { return alarm.Text{SV: sv, EN: en}.In(l.r.Lang) }

// line writes "label: value", nothing for an empty value.
func (l *letter) line(sv, en, value string) {
	if value != "" {
		fmt.Fprintf(&l.b, "%s: %s\n", l.in(sv, en), value)
	}
}

func (l *letter) list(sv, en string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(&l.b, "%s:\n", l.in(sv, en))
	for _, s := range lines {
		fmt.Fprintf(&l.b, "  - %s\n", s)
	}
}

// word says what kind of message it is, in one word.
func (l *letter) word() string {
	switch l.n.Kind {
	case state.Closed:
		return l.in("Återställt", "Cleared")
	case state.Updated:
		return l.in("Ändrat", "Changed")
	}
	if l.n.Case.Severity < alarm.Critical {
		return l.in("Varning", "Warning")
	}
	return l.in("Larm", "Alarm")
}

// place names the site; the property owner knows the house by its own name.
func (l *letter) place() string {
	switch {
	case l.n.Case.Site == "":
		return fmt.Sprintf(l.in("%d vårdenheter", "%d sites"), len(l.n.Case.Sites))
	case l.r.Party == alarm.PropertyOwner:
		return cmp.Or(l.site.Building, l.site.Name, l.n.Case.Site)
	}
	return cmp.Or(l.site.Name, l.n.Case.Site)
}

func (l *letter) where() {
	if l.n.Case.Site == "" {
		l.list("Vårdenheter", "Sites", l.names)
		return
	}
	if l.r.Party == alarm.PropertyOwner {
		l.line("Fastighet", "Building", l.place())
	} else {
		place := l.place()
		if l.site.HSAID != "" {
			place += " (HSA-id " + l.site.HSAID + ")"
		}
		l.line("Vårdenhet", "Site", place)
	}
	l.line("Nätskåp", "Closet", l.n.Case.Closet)
}

func (l *letter) verdict() {
	for _, c := range l.m.Causes {
		l.line("Orsak", "Cause", c.Title)
		if len(c.Candidates) > 0 {
			l.list("Det kan vara", "It may be", c.Candidates)
		}
		l.line("Så avgörs det", "How to tell", c.Check)
	}
}

func (l *letter) times() {
	k := l.n.Case
	how := l.in("sett från regionen", "as seen from the region")
	if k.Measured {
		how = l.in("mätt i nätskåpet", "as measured in the closet")
	}
	l.line("Sedan", "Since", fmt.Sprintf("%s (%s)", l.moment(k.Start), how))
	if l.n.Kind == state.Closed {
		l.line("Slut", "End", l.moment(k.End))
		l.line("Varade", "Lasted", Lasted(k.End.Sub(k.Start)))
		l.line("Avslut", "Closing", l.m.Reason)
	}
}

// moment writes a time as people in Sweden read it.
func (l *letter) moment(t time.Time) string {
	return t.In(Zone()).Format("2006-01-02 15:04:05") + l.in(" svensk tid", " Swedish time")
}

// Lasted writes a duration in hours, minutes and seconds.
func Lasted(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	h, m, s := d/time.Hour, d/time.Minute%60, d/time.Second%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	}
	return fmt.Sprintf("%d s", s)
}

// evidence lists what the decision rests on; what speaks against comes apart.
func (l *letter) evidence() {
	var yes, no []string
	seen := map[string]bool{}
	add := func(to *[]string, lines []string) {
		for _, s := range lines {
			if !seen[s] {
				seen[s] = true
				*to = append(*to, s)
			}
		}
	}
	for _, c := range l.m.Causes {
		add(&yes, c.For)
		add(&no, c.Against)
	}
	add(&yes, l.m.Evidence)
	l.list("Underlag", "Evidence", yes)
	l.list("Talar emot", "Against", no)
}

func (l *letter) owner() {
	k := l.n.Case
	who := alarm.PartyName(k.Party, l.r.Lang)
	contact := l.site.Contacts[k.Party]
	for _, part := range []string{contact.Function, contact.Phone} {
		if part != "" {
			who += ", " + part
		}
	}
	if l.n.Kind == state.Closed {
		l.line("Ansvarig", "Responsible", who)
	} else {
		l.line("Åtgärdas av", "To be handled by", who)
	}
	if l.r.Party == alarm.RegionIT { // it may name a person
		l.line("Kvitterat av", "Acknowledged by", k.AckedBy)
	}
}
