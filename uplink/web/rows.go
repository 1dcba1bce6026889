package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// badge is a word with a sign of its own, so that nothing hangs on colour.
type badge struct{ Class, Sign, Word string }

var signs = map[state.Status]string{state.Online: "●", state.Silent: "✖", state.Unknown: "?", state.Stopped: "■"}

func statusBadge(s state.Status, lang alarm.Lang) badge {
	return badge{string(s), signs[s], statuses[s].In(lang)}
}

func severityBadge(s alarm.Severity, lang alarm.Lang) badge {
	class := map[alarm.Severity]string{alarm.Critical: "critical", alarm.Warning: "warning"}[s]
	sign := map[alarm.Severity]string{alarm.Critical: "✖", alarm.Warning: "▲"}[s]
	return badge{cmp.Or(class, "info"), cmp.Or(sign, "i"), alarm.SeverityName(s, lang)}
}

// siteRow is one site of the start page.
type siteRow struct {
	ID, Name                string
	Status                  badge
	Contact, Verdict, Owner string
	Cases                   string
}

// caseRow is one open case.
type caseRow struct {
	ID, SiteID, Site, What, Verdict string
	Severity                        badge
	Evidence                        []string
	Start                           time.Time
	Age, Owner, Acked               string
}

// reader is who a page is written for: the region, in one language.
type reader struct {
	lang alarm.Lang
	now  time.Time
	view state.View
}

func (r reader) t(key string) string {
	s, err := text(key, r.lang)
	if err != nil {
		return key
	}
	return s
}

// worst orders what a site shows when its closets differ.
var worst = map[state.Status]int{state.Online: 0, state.Stopped: 1, state.Unknown: 2, state.Silent: 3}

// worstOf returns the closet that the site is shown as: the worst, and of those
// the one heard longest ago.
func worstOf(s state.SiteView) state.ClosetView {
	if len(s.Closets) == 0 {
		return state.ClosetView{Status: state.Unknown}
	}
	return slices.MaxFunc(s.Closets, func(a, b state.ClosetView) int {
		return cmp.Or(cmp.Compare(worst[a.Status], worst[b.Status]), b.Heard.Compare(a.Heard))
	})
}

// contact says when the closet was heard last.
func (r reader) contact(c state.ClosetView) string {
	d := r.now.Sub(c.Heard)
	switch {
	case c.Heard.IsZero():
		return r.t("not_heard")
	case c.Status == state.Online:
		return fmt.Sprintf(r.t("heard"), age(d))
	}
	return fmt.Sprintf(r.t("no_contact"), clock(c.Heard), age(d))
}

func (r reader) remark(c state.ClosetView) string {
	var parts []string
	if c.Reason != "" {
		parts = append(parts, word(c.Reason, r.lang))
	}
	if c.Backlog {
		parts = append(parts, r.t("backlog"))
	}
	return strings.Join(parts, "; ")
}

// message writes a case as Region IT may see it.
func (r reader) message(k state.Case) alarm.Message {
	ch := alarm.Change{Key: alarm.Key{Code: k.Code, Object: k.Object}, Severity: k.Severity, Class: k.Class, Causes: k.Causes, Evidence: k.Evidence}
	return ch.Render(alarm.View{Party: alarm.RegionIT, Lang: r.lang, Kind: r.site(k.Site).Kind})
}

// titled names an alarm with what it is about.
func titled(m alarm.Message) string {
	if m.Object == "" {
		return m.Title
	}
	return m.Title + " (" + m.Object + ")"
}

func (r reader) site(id string) state.Site {
	for _, s := range r.view.Sites {
		if s.Site.ID == id {
			return s.Site
		}
	}
	return state.Site{}
}

// verdict writes the causes of a case in one line.
func verdict(m alarm.Message) string {
	var parts []string
	for _, c := range m.Causes {
		s := c.Title
		if len(c.Candidates) > 0 {
			s += ": " + strings.Join(c.Candidates, " / ")
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func (r reader) siteRow(s state.SiteView) siteRow {
	c := worstOf(s)
	row := siteRow{ID: s.Site.ID, Name: cmp.Or(s.Site.Name, s.Site.ID), Status: statusBadge(c.Status, r.lang), Contact: r.contact(c)}
	var verdicts, owners, ids []string
	for _, k := range s.Cases {
		m := r.message(k)
		verdicts = appendNew(verdicts, cmp.Or(verdict(m), m.Title))
		owners = appendNew(owners, alarm.PartyName(k.Party, r.lang))
		ids = appendNew(ids, k.ID)
	}
	row.Verdict, row.Owner, row.Cases = strings.Join(verdicts, "; "), strings.Join(owners, ", "), strings.Join(ids, ", ")
	if row.Verdict == "" && c.Status != state.Online {
		row.Verdict = word(c.Reason, r.lang)
	}
	return row
}

func appendNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func (r reader) caseRow(k state.Case) caseRow {
	m, site := r.message(k), r.site(k.Site)
	row := caseRow{
		ID: k.ID, SiteID: k.Site, Site: cmp.Or(site.Name, k.Site), What: titled(m), Verdict: verdict(m),
		Severity: severityBadge(k.Severity, r.lang), Start: k.Start, Age: age(r.now.Sub(k.Start)), Owner: r.owner(site, k.Party), Acked: k.AckedBy,
	}
	if k.Site == "" {
		row.Site = fmt.Sprintf(r.t("many_sites"), len(k.Sites))
	}
	for _, c := range m.Causes {
		for _, line := range c.For {
			row.Evidence = appendNew(row.Evidence, line)
		}
	}
	for _, line := range m.Evidence {
		row.Evidence = appendNew(row.Evidence, line)
	}
	return row
}

func (r reader) owner(site state.Site, p alarm.Party) string {
	parts := []string{alarm.PartyName(p, r.lang)}
	c := site.Contacts[p]
	for _, s := range []string{c.Function, c.Phone} {
		parts = appendNew(parts, s)
	}
	return strings.Join(parts, ", ")
}

func (r reader) caseRows(list []state.Case) []caseRow {
	rows := make([]caseRow, 0, len(list))
	for _, k := range list {
		rows = append(rows, r.caseRow(k))
	}
	return rows
}

// alarmRow is one alarm of a site's page, standing or over.
type alarmRow struct {
	Closet, What, Reason, Case string
	Severity                   badge
	From, To                   time.Time
}

func (r reader) alarmRow(a state.Alarm, kind alarm.SiteKind) alarmRow {
	m := a.Change.Render(alarm.View{Party: alarm.RegionIT, Lang: r.lang, Kind: kind})
	return alarmRow{
		Closet: closetName(a.Closet), What: titled(m), Reason: m.Reason, Case: a.Case,
		Severity: severityBadge(a.Change.Severity, r.lang), From: a.From, To: a.To,
	}
}

func closetName(id string) string {
	_, name, _ := strings.Cut(id, ".")
	return cmp.Or(name, id)
}

// readingRow is one value with its age; what is not good never shows as a value alone.
type readingRow struct{ Closet, Thing, Name, Value, Age string }

func (r reader) readingRow(x Reading) readingRow {
	row := readingRow{Closet: closetName(x.Closet), Thing: strings.Trim(x.Device+" "+x.Object, " "), Name: alarm.KindText(x.Name, r.lang), Value: alarm.ValueText(x.Value, r.lang)}
	switch x.Quality {
	case "good":
	case "stale":
		row.Value = word("stale", r.lang) + " (" + row.Value + ")"
	case "fault":
		row.Value = word("fault", r.lang)
	default:
		row.Value = word("unknown_value", r.lang)
	}
	if x.Reason != "" {
		row.Value += ": " + x.Reason
	}
	if !x.At.IsZero() {
		row.Age = age(r.now.Sub(x.At))
	}
	return row
}

// contactRow is how a party of the site is reached.
type contactRow struct{ Party, Text string }

func (r reader) contacts(s state.Site) []contactRow {
	var rows []contactRow
	for _, p := range alarm.Parties() {
		c, ok := s.Contacts[p]
		if !ok {
			continue
		}
		parts := appendNew(appendNew(nil, c.Function), c.Phone)
		for _, address := range c.Email {
			parts = appendNew(parts, address)
		}
		rows = append(rows, contactRow{alarm.PartyName(p, r.lang), strings.Join(parts, ", ")})
	}
	return rows
}
