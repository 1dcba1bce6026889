package panel

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// page is everything that the template shows, in one language.
type page struct {
	Lang, Other, OtherName string
	Refresh                int
	T                      map[string]string
	Title, At              string
	Failed                 string
	ClockOK                bool
	Verdict                verdict
	Alarms                 []line
	Lacks                  []string
	Sensors                []line
	Ports                  []line
	Devices                []line
	Targets                []line
	Site                   agent.Site
	Outbox                 string
	Version                string
}

// verdict is the head of the page.
type verdict struct {
	Good bool
	// Unknown: nothing is seen to be wrong, and nothing that was probed answered.
	Unknown string
	Causes  []alarm.CauseText
	Since   string
	Whose   string
}

// line is one row: a name, its state, and how it is marked beside its words.
type line struct {
	Name, State, Note string
	// Class is good, bad or unknown; it colours what the words already say.
	Class string
	// More stands below, over the whole width.
	More []string
}

// texts are the words of the page.
var texts = map[string]alarm.Text{
	"language": {SV: "English", EN: "Svenska"},
	"good":     {SV: "Vägen ut är hel", EN: "The way out is whole"},
	"nothing":  {SV: "Läget är okänt: övervakningen svarar inte", EN: "The state is unknown: the monitor does not answer"},
	"since":    {SV: "sedan", EN: "since"},
	"whose":    {SV: "Åtgärdas av", EN: "To be handled by"},
	"for":      {SV: "Talar för", EN: "Speaks for it"},
	"against":  {SV: "Talar emot", EN: "Speaks against it"},
	"may_be":   {SV: "Kan vara", EN: "May be"},
	"check":    {SV: "Kontrollera", EN: "Check"},
	"routine":  {SV: "Reservrutin", EN: "Reserve routine"},
	"contact":  {SV: "Kontakt", EN: "Contact"},
	"alarms":   {SV: "Larm", EN: "Alarms"},
	"none":     {SV: "Inga", EN: "None"},
	"lacks":    {SV: "Övervakningen saknar", EN: "The monitor lacks"},
	"sensors":  {SV: "Givare", EN: "Sensors"},
	"devices":  {SV: "Enheter", EN: "Devices"},
	"targets":  {SV: "Vägen ut, provad", EN: "The way out, probed"},
	"ports":    {SV: "Portar", EN: "Ports"},
	"outbox":   {SV: "Väntar på regionen", EN: "Waiting for the region"},
	"waiting":  {SV: "%d larm och händelser, %d mätpaket", EN: "%d alarms and events, %d batches of readings"},
	"as_of":    {SV: "Läget", EN: "As of"},
	"clock":    {SV: "klockan är inte ställd", EN: "the clock is not set"},
	"uplink":   {SV: "mot regionen", EN: "towards the region"},
	"name":     {SV: "Namn", EN: "Name"},
	"state":    {SV: "Läge", EN: "State"},
	"note":     {SV: "Anmärkning", EN: "Note"},
	"ago":      {SV: "för %s sedan", EN: "%s ago"},
}

// words are what states are called; one that is not here is shown as it came.
var words = map[string]alarm.Text{
	"unknown": {SV: "okänt", EN: "unknown"}, "fault": {SV: "fel på givaren", EN: "sensor fault"}, "stale": {SV: "för gammalt", EN: "too old"},
	"open": {SV: "öppen", EN: "open"}, "closed": {SV: "stängd", EN: "closed"}, "locked": {SV: "låst", EN: "locked"}, "unlocked": {SV: "olåst", EN: "unlocked"},
	"present": {SV: "finns", EN: "present"}, "lost": {SV: "borta", EN: "lost"}, "dry": {SV: "torrt", EN: "dry"}, "water": {SV: "vatten", EN: "water"},
	"clear": {SV: "ingen rök", EN: "no smoke"}, "smoke": {SV: "rök", EN: "smoke"}, "up": {SV: "uppe", EN: "up"}, "down": {SV: "nere", EN: "down"},
	"answers": {SV: "svarar", EN: "answers"}, "silent": {SV: "svarar inte", EN: "does not answer"}, "no answer": {SV: "inget svar", EN: "no answer"},
	"refused": {SV: "nås, tjänsten nekar", EN: "reached, the service refuses"}, "no route": {SV: "ingen väg härifrån", EN: "no route from here"},
	"battery": {SV: "batteri", EN: "battery"}, "normal": {SV: "normal", EN: "normal"},
}

// wrong are the values of sensors that nobody wishes to see.
var wrong = []string{"lost", "water", "smoke", "battery"}

// sensorNames are the readings that the page shows, by wire name.
var sensorNames = map[string]alarm.Text{
	"temperature_celsius":     {SV: "Temperatur", EN: "Temperature"},
	"relative_humidity_ratio": {SV: "Luftfuktighet", EN: "Humidity"},
	"dew_point_celsius":       {SV: "Daggpunkt", EN: "Dew point"},
	"door_open":               {SV: "Dörr", EN: "Door"},
	"lock_locked":             {SV: "Lås", EN: "Lock"},
	"tamper_open":             {SV: "Kåpa", EN: "Cover"},
	"leak_detected":           {SV: "Vatten", EN: "Water"},
	"smoke_detected":          {SV: "Rök", EN: "Smoke"},
	"mains_present":           {SV: "Nätspänning", EN: "Mains"},
	"cooling_alarm":           {SV: "Kylaggregatets larm", EN: "Cooling alarm"},
	"ups_output_source":       {SV: "UPS matar från", EN: "UPS output from"},
	"ups_charge_ratio":        {SV: "UPS laddning", EN: "UPS charge"},
	"ups_runtime_seconds":     {SV: "UPS tid kvar", EN: "UPS time left"},
}

// newPage makes the page of s; with asked not nil nothing is known.
func newPage(s agent.Snapshot, asked error, lang alarm.Lang) page {
	p := page{Lang: string(lang), Other: "en", Refresh: refresh, T: map[string]string{}, Site: s.Site, Version: s.Version, ClockOK: s.ClockSynced}
	if lang == alarm.English {
		p.Other = "sv"
	}
	for key, text := range texts {
		p.T[key] = text.In(lang)
	}
	p.OtherName, p.Title = p.T["language"], s.Site.Name
	if asked != nil {
		p.Title, p.Failed = "rackvakt", p.T["nothing"]
		return p
	}
	v := alarm.View{Party: alarm.Technician, Lang: lang, Kind: s.Site.Kind}
	p.At = clock(s.At)
	p.Verdict = newVerdict(s, v)
	p.Outbox = fmt.Sprintf(p.T["waiting"], s.Outbox.Alarms, s.Outbox.Metrics)
	for _, l := range s.Lacks {
		p.Lacks = append(p.Lacks, l.Text(lang))
	}
	p.Alarms = alarms(s.Alarms, v)
	p.Sensors = sensors(s.Readings, lang)
	p.Devices = devices(s.Devices, lang)
	p.Targets = targets(s.Targets, lang)
	p.Ports = ports(s.Ports, lang, p.T["uplink"])
	return p
}

func newVerdict(s agent.Snapshot, v alarm.View) verdict {
	out := verdict{Since: clock(s.Verdict.Since), Whose: alarm.PartyName(s.Verdict.Party, v.Lang)}
	switch {
	case len(s.Verdict.Causes) > 0:
	case answered(s.Targets):
		out.Good = true
	default:
		out.Unknown = frontTexts["way_unknown"].In(v.Lang)
	}
	for _, c := range s.Verdict.Causes {
		out.Causes = append(out.Causes, c.Render(v))
	}
	return out
}

// answered reports whether anything that is probed on the way out answers.
func answered(targets []agent.Target) bool {
	return slices.ContainsFunc(targets, func(t agent.Target) bool { return t.Result == "answers" || t.Result == "refused" })
}

func alarms(list []agent.Alarm, v alarm.View) []line {
	var out []line
	for _, a := range list {
		m := alarm.Change{Act: alarm.Raise, Key: a.Key, Severity: a.Severity, Class: a.Class, Causes: a.Causes, Evidence: a.Evidence}.Render(v)
		name := m.Title
		if m.Object != "" {
			name += ": " + m.Object
		}
		note := fmt.Sprintf("%s %s; %s", texts["since"].In(v.Lang), clock(a.Since), alarm.PartyName(a.Party, v.Lang))
		out = append(out, line{Name: name, State: m.Severity, Class: "bad", More: append([]string{note}, m.Evidence...)})
	}
	return out
}

func sensors(list []agent.Reading, lang alarm.Lang) []line {
	var out []line
	for _, r := range list {
		title, shown := sensorNames[r.Name]
		if !shown {
			continue
		}
		l := line{Name: strings.Trim(title.In(lang)+" "+r.Device+"/"+r.Object, "/"), State: value(r.Value, lang), Note: age(r.AgeMS, lang), Class: "good"}
		if slices.Contains(wrong, r.Value) || r.Name == reading.CoolingAlarm.Name() && r.Value == "yes" {
			l.Class = "bad"
		}
		if r.Quality != "good" {
			l.State, l.Class = word(r.Quality, lang), "unknown"
			if r.Reason != "" {
				l.Note = agent.Word(r.Reason, lang)
			}
		}
		out = append(out, l)
	}
	return out
}

func devices(list []agent.Device, lang alarm.Lang) []line {
	var out []line
	for _, d := range list {
		l := line{Name: d.Name, State: word(d.State, lang), Note: joined(" ", d.Model, d.Problem, agent.Word(d.Reason, lang)), Class: class(d.State, "answers")}
		if l.Note == "" {
			l.Note = age(d.AgeMS, lang)
		}
		out = append(out, l)
	}
	return out
}

func targets(list []agent.Target, lang alarm.Lang) []line {
	var out []line
	for _, t := range list {
		note := joined(" ", agent.Layer(t.Layer, lang), t.Method, alarm.ValueText(t.RTT, lang), agent.Word(t.Reason, lang))
		out = append(out, line{Name: t.Name, State: word(t.Result, lang), Note: note, Class: class(t.Result, "answers")})
	}
	return out
}

func ports(list []agent.Port, lang alarm.Lang, uplink string) []line {
	var out []line
	for _, x := range list {
		note := x.Alias
		if x.Uplink {
			note = joined(" ", uplink, note)
		}
		note = joined("; ", note, x.Place(lang), x.Neighbour, agent.Word(x.Reason, lang))
		l := line{Name: x.Device + " " + x.Port, State: word(x.Oper, lang), Note: note, Class: class(x.Oper, "up")}
		if x.Oper == "down" && !x.Uplink && !x.Important {
			l.Class = "idle"
		}
		out = append(out, l)
	}
	return out
}

// joined joins what is not empty.
func joined(by string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(x string) bool { return x == "" }), by)
}

// value writes a reading as the language does.
func value(s string, lang alarm.Lang) string {
	if _, ok := words[s]; ok || s == "" {
		return word(s, lang)
	}
	return alarm.ValueText(s, lang)
}

// class marks a state: good if it is what it should be, unknown if it is not known.
func class(state, good string) string {
	switch state {
	case good:
		return "good"
	case "unknown", "":
		return "unknown"
	}
	return "bad"
}

func word(s string, lang alarm.Lang) string {
	if t, ok := words[s]; ok {
		return t.In(lang)
	}
	if s == "" {
		return words["unknown"].In(lang)
	}
	return s
}

func age(ms int64, lang alarm.Lang) string {
	d := time.Duration(ms) * time.Millisecond
	return fmt.Sprintf(texts["ago"].In(lang), d.Round(time.Second))
}

// clock writes a time as the rest of the country reads it.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(swedish()).Format("2006-01-02 15:04:05 MST")
}
