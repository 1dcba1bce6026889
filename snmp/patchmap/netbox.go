package patchmap

import (
	"fmt"
	"slices"
	"strings"

	"rackvakt/snmp/port"
)

// exportTitles holds the titles of NetBox's exports, folded, by what they are
// called here. The package comment says which versions.
var exportTitles = map[string][]string{
	"a":          {"terminationa", "sideaname"},
	"b":          {"terminationb", "sidebname"},
	"a_device":   {"devicea", "sidea", "sideadevice"},
	"b_device":   {"deviceb", "sideb", "sidebdevice"},
	"a_location": {"locationa"},
	"b_location": {"locationb"},
	"a_site":     {"sitea", "sideasite"},
	"b_site":     {"siteb", "sidebsite"},
	"name":       {"name"},
	"device":     {"device"},
	"peers":      {"linkpeers", "linkpeer", "cablepeer"},
	"connection": {"connection"},
	"outlet":     {"outlet", "uttag"},
	"room":       {"room", "rum"},
	"use":        {"use", "användning", "anvandning"},
}

// end is one end of a cable: what NetBox calls a termination.
type end struct{ device, port, site, location string }

func (e end) key() string { return device(e.device) + "\x00" + form(e.port).same }

// String writes the end as an outlet: "2.14:3", or the port alone where that holds
// the device's name.
func (e end) String() string {
	if e.device == "" || strings.Contains(strings.ToLower(e.port), strings.ToLower(e.device)) {
		return e.port
	}
	return e.device + ":" + e.port
}

// cable is one row of a cable export; extra holds the columns of our own.
type cable struct {
	ends         [2][]end
	outlet, room string
	use          port.Role
	file         string
	line         int
	column       [2]int // of the two terminations
}

// needs tells columns that are missing. NetBox leaves most of them out when the
// current view is exported.
func (b *builder) needs(t *table, at columns, titles [][2]string) bool {
	whole := true
	for _, c := range titles {
		if !at.hasAny(c[0]) {
			whole = false
			b.problems = append(b.problems, t.problem(cell{line: t.header[0].line}, c[1], "",
				"a column of that title: export all data from NetBox, not the current view", ""))
		}
	}
	return whole
}

func (b *builder) cableRows(t *table, at columns) {
	if !b.needs(t, at, [][2]string{
		{"a", "Termination A"}, {"b", "Termination B"}, {"a_device", "Device A"}, {"b_device", "Device B"},
	}) {
		return
	}
	for _, row := range t.rows {
		if !b.counted(t, row) {
			continue
		}
		c := cable{file: t.file, line: row[0].line, outlet: at.get(row, "outlet").text, room: at.get(row, "room").text}
		c.use, _ = port.ParseRole(at.get(row, "use").text) // another field of that name is no mistake
		fits := true
		for i, side := range []string{"a", "b"} {
			c.column[i] = t.column(at.get(row, side))
			for _, name := range []string{side, side + "_device", side + "_location", side + "_site"} {
				fits = fits && b.fit(t, at.get(row, name))
			}
			c.ends[i] = b.ends(t, at, row, side)
		}
		if fits && len(c.ends[0]) > 0 && len(c.ends[1]) > 0 {
			b.cables = append(b.cables, c)
		}
	}
}

// ends returns the ends of one side of a cable. NetBox writes several with commas
// between, in no order, so several of several devices cannot be told apart.
func (b *builder) ends(t *table, at columns, row []cell, side string) []end {
	ports := split(at.get(row, side).text)
	devices := split(at.get(row, side+"_device").text)
	if len(ports) > 1 && len(devices) > 1 {
		b.m.notes = append(b.m.notes, fmt.Sprintf("%s:%d: a cable side with several devices is left out", t.file, row[0].line))
		return nil
	}
	var all []end
	for _, p := range ports {
		e := end{port: p, site: at.get(row, side+"_site").text, location: at.get(row, side+"_location").text}
		if len(devices) > 0 {
			e.device = devices[0]
		}
		all = append(all, e)
	}
	return all
}

// split cuts a list at its commas and takes the label off each: "12 (blue)" is 12.
func split(s string) []string {
	var all []string
	for _, part := range strings.Split(s, ",") {
		if part = unlabelled(strings.TrimSpace(part)); part != "" {
			all = append(all, part)
		}
	}
	slices.Sort(all)
	return all
}

// unlabelled takes the label off a name: NetBox writes "name (label)".
func unlabelled(s string) string {
	if i := strings.Index(s, " ("); i > 0 && strings.HasSuffix(s, ")") {
		return s[:i]
	}
	return s
}

func (b *builder) interfaceRows(t *table, at columns) {
	if !at.hasAny("outlet") && !at.hasAny("room") && !b.needs(t, at, [][2]string{{"peers", "Link Peers"}}) {
		return
	}
	for _, row := range t.rows {
		if b.counted(t, row) {
			b.interfaceRow(t, at, row)
		}
	}
}

// interfaceRow takes one interface; one that leads nowhere has no entry.
func (b *builder) interfaceRow(t *table, at columns, row []cell) {
	for _, name := range []string{"name", "device", "peers", "connection", "outlet", "room"} {
		if !b.fit(t, at.get(row, name)) {
			return
		}
	}
	name := at.get(row, "name")
	e := Entry{
		Switch: at.get(row, "device").text, Port: unlabelled(name.text), Outlet: at.get(row, "outlet").text,
		Room: at.get(row, "room").text, File: t.file, Line: name.line, Column: t.column(name),
	}
	e.Use, _ = port.ParseRole(at.get(row, "use").text)
	peers, far := at.get(row, "peers").text, at.get(row, "connection").text
	peer := connected(peers)
	e.Panel, e.PanelPort = peer.device, peer.port
	if e.Outlet == "" && far != peers {
		e.Outlet = connected(far).String()
	}
	if e.Switch != "" && e.Port != "" && !e.same(Entry{}) {
		b.interfaces = append(b.interfaces, e)
	}
}

// connected reads "PP-A > 12 (blue)", and of several on one device "PP-A > 1, PP-A > 2".
// What is of another form stands as a port of no device.
func connected(s string) end {
	var e end
	var ports []string
	for _, part := range strings.Split(s, ", ") {
		dev, name, ok := strings.Cut(part, " > ")
		if !ok || e.device != "" && e.device != dev {
			return end{port: s}
		}
		e.device, ports = dev, append(ports, unlabelled(name))
	}
	e.port = strings.Join(ports, ",")
	return e
}

// run is one end of a cable in the net of all cables.
type run struct {
	cable *cable
	side  int
	end   end
}

// lay makes the entries of all cables: for each end that has one cable.
func (b *builder) lay() {
	at := make(map[string][]run)
	told := make(map[string]bool)
	for i := range b.cables {
		c := &b.cables[i]
		if told[c.key()] {
			continue // the same cable in two exports
		}
		told[c.key()] = true
		for side, ends := range c.ends {
			for _, e := range ends {
				if e.device != "" {
					at[e.key()] = append(at[e.key()], run{c, side, e})
				}
			}
		}
	}
	for i := range b.cables {
		c := &b.cables[i]
		for side, ends := range c.ends {
			for _, e := range ends {
				if there := at[e.key()]; len(there) > 0 && there[0].cable == c && there[0].side == side {
					b.layEnd(there, at)
				}
			}
		}
	}
}

// key is equal for cables between the same ends.
func (c *cable) key() string {
	var sides []string
	for _, ends := range c.ends {
		s := ""
		for _, e := range ends {
			s += e.key() + "\x00" + e.site + "\x01"
		}
		sides = append(sides, s)
	}
	slices.Sort(sides)
	return strings.Join(sides, "\x02")
}

// layEnd takes the runs of one end: one is an entry, two a panel's front and rear,
// and more, or of two sites, a mistake.
func (b *builder) layEnd(there []run, at map[string][]run) {
	r := there[0]
	c, e := r.cable, r.end
	entry := Entry{Switch: e.device, Port: e.port, File: c.file, Line: c.line, Column: c.column[r.side]}
	elsewhere := slices.ContainsFunc(there, func(o run) bool { return o.end.site != e.site })
	if len(there) > 2 || elsewhere {
		last := there[len(there)-1]
		entry.File, entry.Line, entry.Column = last.cable.file, last.cable.line, last.cable.column[last.side]
		b.problems = append(b.problems, entry.problem("cable", e.device+" "+e.port,
			fmt.Sprintf("at most two cables on a port (see %s line %d), and the devices of one site", c.file, c.line), ""))
		return
	}
	if len(there) == 2 {
		return
	}
	peers := c.ends[1-r.side]
	entry.Panel, entry.PanelPort = peers[0].device, peers[0].port
	for _, p := range peers[1:] {
		entry.PanelPort += "," + p.port
	}
	follow(r, at, &entry)
	b.addExport(entry, cableExport)
}

// mostCables bounds a way through panels.
const mostCables = 8

// follow goes from an end through panels to the last end, and fills in what it is.
func follow(r run, at map[string][]run, entry *Entry) {
	own := r.end
	var last end
	for range mostCables {
		entry.fill(Entry{Outlet: r.cable.outlet, Room: r.cable.room, Use: r.cable.use})
		peers := r.cable.ends[1-r.side]
		if len(peers) != 1 {
			return
		}
		last = peers[0]
		next, ok := onward(r, at[last.key()])
		if !ok {
			break
		}
		r = next
	}
	if last.device != entry.Panel || last.port != entry.PanelPort {
		entry.fill(Entry{Outlet: last.String()})
	}
	if last.location != own.location {
		entry.fill(Entry{Room: last.location})
	}
}

// onward returns the other cable of a port that r's cable leads to.
func onward(r run, there []run) (run, bool) {
	if len(there) != 2 || there[0].cable == there[1].cable {
		return run{}, false
	}
	if there[0].cable == r.cable {
		return there[1], true
	}
	return there[0], true
}
