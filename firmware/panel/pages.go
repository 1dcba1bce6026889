package panel

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rackvakt/firmware/agent"
	"rackvakt/sensors/output"
	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// mostAlarms bounds the alarms that are listed with their time.
const mostAlarms = 6

// frontTexts are the words of the display, short enough for a row of 21.
var frontTexts = map[string]alarm.Text{
	"site":        {SV: "Plats", EN: "Site"},
	"state":       {SV: "Läge", EN: "State"},
	"temperature": {SV: "Temperatur", EN: "Temperature"},
	"door":        {SV: "Dörr", EN: "Door"},
	"since":       {SV: "Sedan", EN: "Since"},
	"routine":     {SV: "Reservrutin", EN: "Reserve"},
	"closet":      {SV: "Nätskåp", EN: "Closet"},
	"contact":     {SV: "Kontakt med regionen", EN: "In contact with the region"},
	"no_contact":  {SV: "Ingen kontakt med regionen", EN: "No contact with the region"},
	"waiting":     {SV: "Väntar: %d larm", EN: "Waiting: %d alarms"},
	"alarms":      {SV: "Larm", EN: "Alarms"},
	"critical":    {SV: "kritiska: %d", EN: "critical: %d"},
	"way_unknown": {SV: "Vägen ut är okänd", EN: "The way out is unknown"},
	"muted":       {SV: "Summern tyst %d min", EN: "Buzzer muted %d min"},
	"none":        {SV: "Inga givare", EN: "No sensors"},
	"no_alarms":   {SV: "Inga larm", EN: "No alarms"},
	"hot":         {SV: "35 °C om %d min", EN: "35 °C in %d min"},
	"more":        {SV: "Fler larm: %d", EN: "More alarms: %d"},
	"clock":       {SV: "Klockan är inte ställd, tiderna är osäkra", EN: "The clock is not set, times are unsure"},
	"inlet":       {SV: "Inlopp", EN: "Inlet"},
	"outlet":      {SV: "Utlopp", EN: "Outlet"},
	"room":        {SV: "Rum", EN: "Room"},
	"ceiling":     {SV: "Tak", EN: "Ceiling"},
	"humidity":    {SV: "fukt", EN: "humidity"},
}

// pageMaker makes the pages of one snapshot.
type pageMaker struct {
	s    *agent.Snapshot
	lang alarm.Lang
	view alarm.View
	// muted is how long the buzzer is still silenced.
	muted time.Duration
	// zone is where the closet stands; it is read from a file, so once for all pages.
	zone  *time.Location
	pages []output.Page
}

// pagesOf returns the pages in their order, and which of them tells the state.
// There is always one.
func pagesOf(s *agent.Snapshot, muted time.Duration, lang alarm.Lang) (pages []output.Page, state int) {
	m := pageMaker{s: s, lang: lang, muted: muted, zone: swedish(), view: alarm.View{Party: alarm.Technician, Lang: lang, Kind: s.Site.Kind}}
	m.add("site", m.site())
	state = len(m.pages)
	m.add("state", m.state())
	m.add("temperature", m.temperature())
	m.add("door", m.door())
	m.add("since", m.since())
	if s.Site.ReserveRoutine != "" {
		m.add("routine", m.routine())
	}
	for n := range m.pages {
		m.pages[n].Title += fmt.Sprintf(" %d/%d", n+1, len(m.pages))
	}
	return m.pages, state
}

// block is a text of some rows that belong together.
type block []string

// add appends as many pages of the title as the blocks take, without breaking one
// that fits a page.
func (m *pageMaker) add(title string, blocks []block) {
	const most = output.Rows - 1
	var lines []string
	flush := func() {
		m.pages = append(m.pages, output.Page{Title: m.say(title), Corner: m.hour(m.s.At, m.s.At), Lines: lines})
		lines = nil
	}
	for _, b := range blocks {
		if len(lines) > 0 && len(lines)+len(b) > most {
			flush()
		}
		for lines = append(lines, b...); len(lines) > most; {
			rest := lines[most:]
			lines = lines[:most:most]
			flush()
			lines = rest
		}
	}
	flush()
}

func (m *pageMaker) say(key string) string { return frontTexts[key].In(m.lang) }

func (m *pageMaker) site() []block {
	blocks := []block{output.Wrap(m.s.Site.Name), output.Wrap(m.say("closet") + " " + m.s.Site.Closet), {""}}
	if inContact(m.s) {
		return append(blocks, output.Wrap(m.say("contact")))
	}
	blocks = append(blocks, output.Wrap(m.noContact()))
	if n := m.s.Outbox.Alarms; n > 0 {
		blocks = append(blocks, block{fmt.Sprintf(m.say("waiting"), n)})
	}
	return blocks
}

// noContact tells since when the region does not hear the closet, which is the
// latest end of any path.
func (m *pageMaker) noContact() string {
	var last time.Time
	for _, p := range m.s.Paths {
		end := p.Since
		if p.Connected {
			end = m.s.At.Add(-time.Duration(p.HeardS) * time.Second)
		}
		if p.Connected && p.HeardS < 0 {
			continue // never heard: its connection says nothing
		}
		if end.After(last) {
			last = end
		}
	}
	if last.IsZero() || !m.s.ClockSynced {
		return m.say("no_contact")
	}
	return m.say("no_contact") + " " + texts["since"].In(m.lang) + " " + m.hour(last, m.s.At)
}

// state tells the verdict, or else the worst alarm, and who acts; how many alarms
// there are, and whether the buzzer is muted.
func (m *pageMaker) state() []block {
	var blocks []block
	party := m.s.Verdict.Party
	for _, c := range m.s.Verdict.Causes {
		blocks = append(blocks, output.Wrap(capital(alarm.CauseTitle(c.Name, m.lang))))
	}
	if blocks == nil {
		if open := m.worstFirst(); len(open) > 0 {
			blocks, party = append(blocks, output.Wrap(m.title(open[0]))), open[0].Party
		}
	}
	if party != "" {
		blocks = append(blocks, output.Wrap(texts["whose"].In(m.lang)+" "+alarm.PartyName(party, m.lang)))
	}
	blocks = append(blocks, output.Wrap(m.way()), output.Wrap(m.count()))
	if m.muted > 0 {
		blocks = append(blocks, block{fmt.Sprintf(m.say("muted"), int((m.muted+time.Minute-1)/time.Minute))})
	}
	if !inContact(m.s) {
		blocks = append(blocks, output.Wrap(m.say("no_contact")))
	}
	return blocks
}

// way says that the way out is whole, if something that was probed says so; ""
// where the verdict has said what is wrong.
func (m *pageMaker) way() string {
	switch {
	case len(m.s.Verdict.Causes) > 0:
		return ""
	case answered(m.s.Targets):
		return texts["good"].In(m.lang)
	}
	return m.say("way_unknown")
}

// worstFirst returns the open alarms by severity, then by age.
func (m *pageMaker) worstFirst() []agent.Alarm {
	open := slices.Clone(m.s.Alarms)
	slices.SortStableFunc(open, func(a, b agent.Alarm) int { return int(b.Severity) - int(a.Severity) })
	return open
}

// title names an alarm and its object.
func (m *pageMaker) title(a agent.Alarm) string {
	said := alarm.Change{Act: alarm.Raise, Key: a.Key, Severity: a.Severity, Class: a.Class}.Render(m.view)
	return strings.TrimSpace(said.Title + " " + said.Object)
}

// count writes how many alarms are open.
func (m *pageMaker) count() string {
	if len(m.s.Alarms) == 0 {
		return m.say("no_alarms")
	}
	critical := 0
	for _, a := range m.s.Alarms {
		if a.Severity == alarm.Critical {
			critical++
		}
	}
	text := fmt.Sprintf("%s: %d", m.say("alarms"), len(m.s.Alarms))
	if critical > 0 {
		text += ", " + fmt.Sprintf(m.say("critical"), critical)
	}
	return text
}

// temperature lists what the probes measure, each with its humidity and forecast;
// not what devices measure in themselves.
func (m *pageMaker) temperature() []block {
	var blocks []block
	for _, r := range m.s.Readings {
		inside := slices.ContainsFunc(m.s.Devices, func(d agent.Device) bool { return d.Name == r.Device })
		if inside || r.Name != reading.Temperature.Name() {
			continue
		}
		rows := m.value(m.where(r), r)
		if humidity, ok := m.beside(r, reading.Humidity); ok {
			rows = append(rows, m.value(" "+m.say("humidity"), humidity)...)
		}
		if hot, ok := m.beside(r, reading.TimeToHot); ok && hot.Number != "" {
			if seconds, err := strconv.ParseFloat(hot.Number, 64); err == nil {
				rows = append(rows, " "+fmt.Sprintf(m.say("hot"), int(seconds/60)))
			}
		}
		blocks = append(blocks, rows)
	}
	if blocks == nil {
		blocks = []block{{m.say("none")}}
	}
	return blocks
}

// beside returns what the probe of r says of another kind.
func (m *pageMaker) beside(r agent.Reading, kind reading.Kind) (agent.Reading, bool) {
	i := slices.IndexFunc(m.s.Readings, func(x agent.Reading) bool {
		return x.Device == r.Device && x.Object == r.Object && x.Name == kind.Name()
	})
	if i < 0 {
		return agent.Reading{}, false
	}
	return m.s.Readings[i], true
}

// where names a probe by its position.
func (m *pageMaker) where(r agent.Reading) string {
	if t, ok := frontTexts[r.Object]; ok {
		return t.In(m.lang)
	}
	if r.Object == "" {
		return r.Device
	}
	return r.Object
}

// door lists doors, locks and covers; by their own names where there are several.
func (m *pageMaker) door() []block {
	kinds := []string{reading.DoorOpen.Name(), reading.LockLocked.Name(), reading.TamperOpen.Name()}
	count := map[string]int{}
	for _, r := range m.s.Readings {
		count[r.Name]++
	}
	var blocks []block
	for _, r := range m.s.Readings {
		if !slices.Contains(kinds, r.Name) {
			continue
		}
		name := sensorNames[r.Name].In(m.lang)
		if count[r.Name] > 1 {
			name = r.Device
		}
		blocks = append(blocks, m.value(name, r))
	}
	if blocks == nil {
		blocks = []block{{m.say("none")}}
	}
	return blocks
}

// value writes a reading in one row, or in more with the reason why there is none.
func (m *pageMaker) value(name string, r agent.Reading) block {
	if r.Quality == reading.Good.String() {
		return block{between(name, value(r.Value, m.lang))}
	}
	rows := block{between(name, words["unknown"].In(m.lang))}
	return append(rows, output.Wrap(agent.Word(r.Reason, m.lang))...)
}

// since lists what is open with the time at which it began, the worst first.
func (m *pageMaker) since() []block {
	var blocks []block
	if !m.s.ClockSynced {
		blocks = append(blocks, output.Wrap(m.say("clock")))
	}
	open := m.worstFirst()
	if len(open) == 0 {
		return append(blocks, block{m.say("no_alarms")})
	}
	for _, a := range open[:min(len(open), mostAlarms)] {
		blocks = append(blocks, output.Wrap(m.hour(a.Since, m.s.At)+" "+m.title(a)))
	}
	if left := len(open) - mostAlarms; left > 0 {
		blocks = append(blocks, block{fmt.Sprintf(m.say("more"), left)})
	}
	return blocks
}

func (m *pageMaker) routine() []block {
	blocks := []block{output.Wrap(m.s.Site.ReserveRoutine)}
	if m.s.Site.Contact != "" {
		blocks = append(blocks, block{""}, output.Wrap(m.s.Site.Contact))
	}
	return blocks
}

// swedish is the time zone of every closet; UTC where the system has no zones.
func swedish() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		return time.UTC
	}
	return zone
}

// hour writes a time of today as 14:03 and of another day as 2/3 14:03; dashes as
// long as the clock is not to be trusted.
func (m *pageMaker) hour(t, today time.Time) string {
	if !m.s.ClockSynced {
		return "--:--"
	}
	t, today = t.In(m.zone), today.In(m.zone)
	if t.YearDay() != today.YearDay() || t.Year() != today.Year() {
		return t.Format("2/1 15:04")
	}
	return t.Format("15:04")
}

// between puts name at the left and value at the right end of a row; the name
// gives way.
func between(name, value string) string {
	left := []rune(name)
	room := output.Columns - utf8.RuneCountInString(value)
	left = left[:min(len(left), max(room-1, 0))]
	return string(left) + strings.Repeat(" ", max(room-len(left), 1)) + value
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
