package patchmap

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/port"
)

// File is one file of a patch map.
type File struct {
	// Name is what problems call it.
	Name string
	Src  []byte
}

// Parse reads a patch map of one file. The error is strictyaml.Problems: every
// mistake with its line and column, counted in characters.
func Parse(file string, src []byte) (*Map, error) {
	return ParseAll([]File{{Name: file, Src: src}})
}

// ParseAll reads a patch map of several files of any kind, in any order. A port may
// be in an own list and in exports: what the list leaves empty is taken from an
// interface export, what that leaves empty from a cable export. Cables go on from file to file.
func ParseAll(files []File) (*Map, error) {
	b := builder{
		m:        &Map{own: make(map[string][]Entry), exported: make(map[string][]Entry), exports: make(map[string]bool)},
		own:      make(map[string]Entry),
		exported: make(map[string]place),
	}
	for _, f := range files {
		b.file(f)
	}
	for _, e := range b.interfaces {
		b.addExport(e, interfaceExport)
	}
	b.lay()
	order(b.problems)
	if n := len(b.problems); n > maxProblems {
		last := b.problems[maxProblems]
		last.Key, last.Example = "", ""
		last.Found, last.Want = fmt.Sprintf("%d more mistakes", n-maxProblems), "these right first"
		b.problems = append(b.problems[:maxProblems:maxProblems], last)
	}
	if err := b.problems.Err(); err != nil {
		return nil, err
	}
	return b.m, nil
}

// builder gathers what the files tell.
type builder struct {
	m        *Map
	problems strictyaml.Problems
	own      map[string]Entry // ports of own lists, by portKey
	exported map[string]place // ports of exports, by end.key

	interfaces []Entry
	cables     []cable
}

// place is where the entry of a port is in Map.exported, and what it is from.
type place struct {
	index int
	kind  kind
}

// kind is what an export is of.
type kind int

const (
	interfaceExport kind = iota
	cableExport
)

func (b *builder) file(f File) {
	s, note, bad := text(f.Name, f.Src)
	if bad != nil {
		b.problems = append(b.problems, *bad)
		return
	}
	if note != "" {
		b.m.notes = append(b.m.notes, note)
	}
	t, problems := readTable(f.Name, s)
	b.problems = append(b.problems, problems...)
	if t.header == nil {
		return
	}
	switch at := t.find(exportTitles); {
	case t.isOwn():
		b.ownRows(t)
	case at.hasAny("a", "b", "a_device", "b_device"):
		b.m.exports[f.Name] = true
		b.cableRows(t, at)
	case at.hasAny("name") && at.hasAny("device"):
		b.m.exports[f.Name] = true
		b.interfaceRows(t, at)
	default:
		b.problems = append(b.problems, t.problem(t.header[0], "", t.header[0].text,
			"a first row with the columns switch and port, or a NetBox export of cables or interfaces with all columns", ownHeader))
	}
}

func (c columns) hasAny(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { _, ok := c[n]; return ok })
}

// ownHeader is the example of a first row.
const ownHeader = "switch,port,panel,panel_port,outlet,room,use"

// ownTitles holds the titles of an own list, folded, by column.
var ownTitles = map[string][]string{
	"switch":     {"switch"},
	"port":       {"port"},
	"panel":      {"panel"},
	"panel_port": {"panelport"},
	"outlet":     {"outlet", "uttag"},
	"room":       {"room", "rum"},
	"use":        {"use", "användning", "anvandning"},
}

// isOwn reports whether t is a list of our own: it has a switch, or a port and
// nothing of NetBox's.
func (t *table) isOwn() bool {
	own, export := t.find(ownTitles), t.find(exportTitles)
	return own.hasAny("switch") || own.hasAny("port") && !export.hasAny("a", "b", "device")
}

func (b *builder) ownRows(t *table) {
	at := t.find(ownTitles)
	b.ownColumns(t, at)
	if !at.hasAny("switch") || !at.hasAny("port") {
		return
	}
	for _, row := range t.rows {
		if b.counted(t, row) {
			b.ownRow(t, at, row)
		}
	}
}

// ownColumns tells columns that are missing, unknown or there twice.
func (b *builder) ownColumns(t *table, at columns) {
	for _, name := range []string{"switch", "port"} {
		if !at.hasAny(name) {
			b.problems = append(b.problems, t.problem(cell{line: t.header[0].line}, name, "", "a column of that title", ownHeader))
		}
	}
	for i, c := range t.header {
		known := false
		for name, titles := range ownTitles {
			if !slices.Contains(titles, title(c.text)) {
				continue
			}
			if known = true; at[name] != i {
				b.problems = append(b.problems, t.problem(c, name, c.text, "each column once", ownHeader))
			}
		}
		if !known && c.text != "" {
			b.problems = append(b.problems, t.problem(c, "", c.text, "a column of the list", ownHeader))
		}
	}
}

// counted tells a row that has not the columns of the first one. Spreadsheets write
// empty cells to the right of a table: those, and columns without title, may be.
func (b *builder) counted(t *table, row []cell) bool {
	for i, c := range row {
		if c.text != "" && (i >= len(t.header) || t.header[i].text == "") {
			b.problems = append(b.problems, t.problem(c, "", c.text, fmt.Sprintf("%d columns, as in the first row", titled(t.header)), ""))
			return false
		}
	}
	if len(row) < titled(t.header) {
		b.problems = append(b.problems, strictyaml.Problem{
			File: t.file, Line: row[0].line, Column: t.column(row[0]), Found: fmt.Sprintf("%d columns", len(row)),
			Want: fmt.Sprintf("%d columns, as in the first row", titled(t.header)),
		})
		return false
	}
	return true
}

// titled returns how many columns there are up to the last one with a title.
func titled(header []cell) int {
	n := len(header)
	for n > 0 && header[n-1].text == "" {
		n--
	}
	return n
}

func (b *builder) ownRow(t *table, at columns, row []cell) {
	before := len(b.problems)
	for _, c := range row {
		b.fit(t, c)
	}
	name, ifName := at.get(row, "switch"), at.get(row, "port")
	if name.text == "" {
		b.problems = append(b.problems, t.problem(name, "switch", "", "the name of the switch in the configuration", "sw1"))
	}
	switch {
	case ifName.text == "":
		b.problems = append(b.problems, t.problem(ifName, "port", "", "the name of the port", "1/12"))
	case isDate(ifName.text):
		b.problems = append(b.problems, t.problem(ifName, "port", ifName.text,
			"a port, not the date that a spreadsheet made of it: format the column as text", "1/12"))
	}
	e := Entry{
		Switch: name.text, Port: ifName.text, Panel: at.get(row, "panel").text, PanelPort: at.get(row, "panel_port").text,
		Outlet: at.get(row, "outlet").text, Room: at.get(row, "room").text,
		File: t.file, Line: ifName.line, Column: t.column(ifName),
	}
	if use := at.get(row, "use"); use.text != "" {
		role, ok := port.ParseRole(use.text)
		if !ok {
			b.problems = append(b.problems, t.problem(use, "use", use.text, "one of "+roleList(), "user"))
		}
		e.Use = role
	}
	if len(b.problems) == before {
		b.addOwn(e)
	}
}

func roleList() string {
	var all []string
	for _, r := range port.Roles() {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}

// fit tells a text that cannot be shown.
func (b *builder) fit(t *table, c cell) bool {
	if len([]rune(c.text)) > maxText {
		b.problems = append(b.problems, t.problem(c, "", c.text, fmt.Sprintf("at most %d characters", maxText), ""))
		return false
	}
	if !printable(c.text) {
		b.problems = append(b.problems, t.problem(c, "", c.text, "letters that can be shown", ""))
		return false
	}
	return true
}

// months are the beginnings of month names in Swedish and English.
const months = `(jan|feb|mar|apr|maj|may|jun|jul|aug|sep|okt|oct|nov|dec)`

// date is what a spreadsheet makes of 1/12: 01-dec, 1-Dec, dec-12, 2026-12-01.
var date = regexp.MustCompile(`(?i)^(\d{1,2}[- ]` + months + `|` + months + `[- ]\d{1,2}|\d{4}-\d\d-\d\d)$`)

func isDate(s string) bool { return date.MatchString(s) }

// portKey is equal for what surely is one port: Gi1/0/1 and GigabitEthernet1/0/1.
func portKey(deviceName, ifName string) string {
	w := form(ifName)
	key := w.at(levelShort)
	if key == "" {
		key = w.same
	}
	return device(deviceName) + "\x00" + key
}

// addOwn takes in an entry of an own list; a port twice is a mistake.
func (b *builder) addOwn(e Entry) {
	key := portKey(e.Switch, e.Port)
	if first, twice := b.own[key]; twice {
		b.problems = append(b.problems, e.problem("port", e.Port,
			fmt.Sprintf("each port once; it is in %s line %d", first.File, first.Line), ""))
		return
	}
	b.own[key] = e
	b.m.own[device(e.Switch)] = append(b.m.own[device(e.Switch)], e)
}

// addExport takes in an entry of an export, which fills what another export left
// empty. A port twice in exports of one kind is a mistake, unless one repeats the
// other.
func (b *builder) addExport(e Entry, k kind) {
	name, key := device(e.Switch), end{device: e.Switch, port: e.Port}.key()
	at, twice := b.exported[key]
	if !twice {
		b.exported[key] = place{len(b.m.exported[name]), k}
		b.m.exported[name] = append(b.m.exported[name], e)
		return
	}
	first := &b.m.exported[name][at.index]
	if at.kind == k && !first.same(e) {
		b.problems = append(b.problems, e.problem("port", e.Port, fmt.Sprintf(
			"each port once; it is in %s line %d. Export one site where several have a device of this name", first.File, first.Line), ""))
		return
	}
	first.fill(e)
}

func (e Entry) same(o Entry) bool {
	return e.Panel == o.Panel && e.PanelPort == o.PanelPort && e.Outlet == o.Outlet && e.Room == o.Room && e.Use == o.Use
}

// fill takes from o what e leaves open. Panel and its port go together.
func (e *Entry) fill(o Entry) {
	if e.Panel == "" && e.PanelPort == "" {
		e.Panel, e.PanelPort = o.Panel, o.PanelPort
	}
	if e.Outlet == "" {
		e.Outlet = o.Outlet
	}
	if e.Room == "" {
		e.Room = o.Room
	}
	if e.Use == "" {
		e.Use = o.Use
	}
}
