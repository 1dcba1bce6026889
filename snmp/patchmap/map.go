package patchmap

import (
	"maps"
	"slices"
	"strings"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/port"
)

// Entry is one port of a switch and where it leads. Texts are "" where not known.
type Entry struct {
	Switch, Port     string // as written
	Panel, PanelPort string
	Outlet, Room     string
	// Use is the role that the list gives the port, "" for none.
	Use port.Role
	// File, Line and Column are where the port is written.
	File         string
	Line, Column int
}

// Facts returns the outlet, room and panel port of the port called name on device;
// an empty text removes an older one, so the zero Entry removes all three.
func (e Entry) Facts(device, name string, at reading.Stamp) []reading.Fact {
	point := reading.Point{Device: device, Object: name}
	return []reading.Fact{
		{Point: point, Label: reading.LabelOutlet, Text: e.Outlet, At: at},
		{Point: point, Label: reading.LabelRoom, Text: e.Room, At: at},
		{Point: point, Label: reading.LabelPanelPort, Text: e.panelPort(), At: at},
	}
}

// panelPort writes panel and port as one: "A:12".
func (e Entry) panelPort() string {
	if e.Panel == "" || e.PanelPort == "" {
		return e.Panel + e.PanelPort
	}
	return e.Panel + ":" + e.PanelPort
}

// Map is a patch map. The zero value and nil are empty ones.
type Map struct {
	// own holds the entries of own lists, exported those of NetBox exports, by the
	// folded name of the switch and in the order of the files.
	own, exported map[string][]Entry
	// exports are the NetBox files.
	exports map[string]bool
	notes   []string
}

// device folds the name of a switch: case and blanks around it do not count.
func device(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// Devices returns the names of all devices that the map has ports of, as written,
// in order. Of a NetBox export they are all its devices, panels too.
func (m *Map) Devices() []string {
	if m == nil {
		return nil
	}
	var all []string
	for name, entries := range m.exported {
		if m.own[name] == nil {
			all = append(all, entries[0].Switch)
		}
	}
	for _, entries := range m.own {
		all = append(all, entries[0].Switch)
	}
	slices.Sort(all)
	return all
}

// Notes says what was taken in an unusual way, for a log.
func (m *Map) Notes() []string {
	if m == nil {
		return nil
	}
	return slices.Clone(m.notes)
}

// Unknown returns a problem for each switch of an own list that is none of
// devices, the configured names. A NetBox export holds other devices as a matter
// of course: it is told where none of its devices is configured.
func (m *Map) Unknown(devices []string) strictyaml.Problems {
	if m == nil {
		return nil
	}
	configured := make(map[string]bool, len(devices))
	example := ""
	for _, d := range devices {
		configured[device(d)] = true
		if example == "" {
			example = d
		}
	}
	var all strictyaml.Problems
	for name, entries := range m.own {
		if e := entries[0]; !configured[name] {
			all = append(all, e.problem("switch", e.Switch, "the name of a configured switch", example))
		}
	}
	fits := make(map[string]bool)
	for name, entries := range m.exported {
		for _, e := range entries {
			fits[e.File] = fits[e.File] || configured[name]
		}
	}
	for _, file := range slices.Sorted(maps.Keys(m.exports)) {
		if !fits[file] {
			e := Entry{File: file, Line: 1, Column: 1}
			all = append(all, e.problem("switch", "none", "a device that is configured, under the same name", example))
		}
	}
	order(all)
	return all
}

func (e Entry) problem(key, found, want, example string) strictyaml.Problem {
	return strictyaml.Problem{
		File: e.File, Line: e.Line, Column: e.Column, Key: key, Found: quote(found), Want: want, Example: example,
	}
}

// Lookup returns the entry of one port of a switch, by the rules of Match. It sees
// only this port: prefer Match where all ports are known, since it leaves out an
// entry that fits two of them. A number alone ("12") finds only a port of just that
// number here.
func (m *Map) Lookup(switchName, ifName string) (Entry, bool) {
	found, _ := m.match(switchName, []string{ifName}, levelPart)
	e, ok := found[ifName]
	return e, ok
}

// Match returns the entries of a switch by the names of its ports, and a problem
// for each row of an own list that fits no port or more than one. names are all ports of the
// switch. The rules, from the surest to the least sure; an entry goes by the first
// that it fits, and only where it and the port fit each other alone:
//
//  1. the same name, case and blanks apart, unless it is a bare number and an
//     Ethernet port has that number too: 1 where there are 1, a VLAN, and gi1;
//  2. the same numbers behind a short form of the same word: Gi1/0/12 for
//     GigabitEthernet1/0/12, Te and XGE for Ten-GigabitEthernet;
//  3. the same numbers where one has no word, or "port": 1/0/12;
//  4. the same but for a 0 in the middle: 1/12 for Gi1/0/12;
//  5. one number that is the last of one port alone: 12 for Gi1/0/12.
//
// Rules 3 to 5 look at Ethernet ports only: 12 is not Vlan12.
func (m *Map) Match(switchName string, names []string) (map[string]Entry, strictyaml.Problems) {
	return m.match(switchName, names, levelLast)
}

func (m *Map) match(switchName string, names []string, last level) (map[string]Entry, strictyaml.Problems) {
	if m == nil {
		return nil, nil
	}
	ports := make([]written, len(names))
	for i, n := range names {
		ports[i] = form(n)
	}
	found, open := match(m.own[device(switchName)], names, ports, last)
	more, _ := match(m.exported[device(switchName)], names, ports, last) // NetBox knows of more than SNMP
	for name, e := range more {
		if own, ok := found[name]; ok {
			own.fill(e)
			e = own
		}
		found[name] = e
	}
	var all strictyaml.Problems
	for _, e := range open {
		all = append(all, e.unfit(names, ports))
	}
	order(all)
	return found, all
}

// match pairs entries with ports, and returns the entries left over.
func match(open []Entry, names []string, ports []written, last level) (map[string]Entry, []Entry) {
	p := pairing{names: names, ports: ports, shut: make([]bool, len(ports)), found: make(map[string]Entry, len(open))}
	for l := levelSame; l <= last && len(open) > 0; l++ {
		open = p.pair(open, l)
	}
	return p.found, append(p.unsure, open...)
}

// pairing is one run of match.
type pairing struct {
	names []string
	ports []written
	// shut are the ports that have their entry, or that an entry may mean which may
	// mean another port too: no less sure entry gets them.
	shut   []bool
	found  map[string]Entry
	unsure []Entry // entries that fit, but not one port alone
}

// pair takes the entries that fit ports at a level, and returns the others.
func (p *pairing) pair(open []Entry, l level) []Entry {
	fits := make(map[string][]int)
	for i, w := range p.ports {
		if key := w.at(l); key != "" {
			fits[key] = append(fits[key], i)
		}
	}
	may := make([][]int, len(open)) // which ports open[i] may be
	claims := make(map[int]int)
	for i, e := range open {
		w := form(e.Port)
		for _, n := range fits[w.at(l)] {
			if w.fits(p.ports[n], l) {
				may[i] = append(may[i], n)
				claims[n]++
			}
		}
	}
	var left []Entry
	for i, e := range open {
		switch {
		case len(may[i]) == 0:
			left = append(left, e)
		case len(may[i]) == 1 && claims[may[i][0]] == 1 && !p.shut[may[i][0]] && !(l <= levelShort && form(e.Port).alike(p.ports)):
			p.found[p.names[may[i][0]]] = e
		default:
			p.unsure = append(p.unsure, e)
		}
	}
	for n := range claims {
		p.shut[n] = true
	}
	return left
}

// unfit says why e is not the entry of a port.
func (e Entry) unfit(names []string, ports []written) strictyaml.Problem {
	const most = 4
	var fits []string
	w := form(e.Port)
	for i, p := range ports {
		for l := levelSame; l <= levelLast; l++ {
			if key := p.at(l); key != "" && key == w.at(l) && w.fits(p, l) && len(fits) < most {
				fits = append(fits, names[i])
				break
			}
		}
	}
	switch {
	case len(fits) > 0:
		return e.problem("port", e.Port, "one port, each in one row; this may be "+strings.Join(fits, ", "), fits[0])
	case len(names) > 0:
		return e.problem("port", e.Port, "a port of "+e.Switch, names[0])
	}
	return e.problem("port", e.Port, "a port of "+e.Switch+", which has none", "")
}
