package port

import (
	"cmp"
	"fmt"
	"slices"

	"rackvakt/snmp/ifmib"
)

// Known is a port as it was known after an earlier poll.
type Known struct {
	// Name is what the port is: the Object of its Points, for good.
	Name string
	// Given is what the agent called it last. It differs from Name where the port
	// was found again by its alias.
	Given string
	// Index is the ifIndex where it stood last.
	Index uint32
	Alias string
	// Gone says that the last poll did not have it.
	Gone bool
}

// Move is a port whose ifIndex changed.
type Move struct {
	Name     string
	From, To uint32
}

// Renamed is a port that was found by its alias: its name vanished, and exactly one
// new port has the alias that only it had.
type Renamed struct {
	Name  string // the identity, as before
	Given string // what the agent calls it now
	Alias string
	Index uint32
}

// Identities is the answer of Identify.
type Identities struct {
	// Names holds the identity of the port at every ifIndex.
	Names map[uint32]string
	// Moved are the ports whose index changed, by ascending new index; it makes
	// the event "renumbered".
	Moved []Move
	// Renamed are the ports found by alias in this poll, by ascending index.
	Renamed []Renamed
	// Problems says it in words, for reading.LabelProblem.
	Problems []string
	// Known is what to give to the next call.
	Known []Known
}

// mostGone bounds how many ports that vanished are remembered, for an agent that
// makes up new names all the time.
const mostGone = 1024

// Identify says which port is which. ports are all ports of the device, from a poll
// that was complete, as they were read or after ifmib.Distinct; known is
// Identities.Known of the call before, nil for the first.
//
// A name stays the identity: a port with the name of a known one is that one,
// wherever it stands now, so two ports that swapped names are two ports that
// moved. Where a known name is gone and exactly one new port has the same alias,
// and no other port has or had it, the new port is the known one. Equal names are
// told apart as ifmib.Distinct does; one told apart by its ifIndex goes by such an
// alias first, since its index may have moved.
func Identify(known []Known, ports []ifmib.Port) Identities {
	m := newMatching(known, ports)
	m.byName(func(k Known) string { return k.Name }, false)
	m.byName(func(k Known) string { return k.Given }, false)
	m.byAlias()
	m.byName(func(k Known) string { return k.Name }, true)
	m.rest()
	return m.result()
}

// matching is one run of Identify: which known port each port is.
type matching struct {
	known []Known
	ports []ifmib.Port
	weak  []bool // the name of ports[i] holds its ifIndex
	is    []int  // index into known of ports[i], -1 for none yet
	taken []bool // known[i] has its port
	alias []bool // ports[i] was found by alias
	names []string
}

func newMatching(known []Known, ports []ifmib.Port) *matching {
	m := &matching{known: known, ports: slices.Clone(ports), taken: make([]bool, len(known))}
	slices.SortFunc(m.ports, func(a, b ifmib.Port) int { return cmp.Compare(a.Index, b.Index) })
	for i := range m.ports {
		m.ports[i].Odd = nil // Distinct appends; the caller's own stay
	}
	ifmib.Distinct(m.ports)
	m.names, m.alias = make([]string, len(m.ports)), make([]bool, len(m.ports))
	for _, p := range m.ports {
		m.is = append(m.is, -1)
		m.weak = append(m.weak, byIndex(p))
	}
	return m
}

// byIndex reports whether a name is made of the port's ifIndex: "1#7", "if7".
func byIndex(p ifmib.Port) bool {
	suffix := fmt.Sprintf("#%d", p.Index)
	return len(p.Name) > len(suffix) && p.Name[len(p.Name)-len(suffix):] == suffix || !p.NameGiven
}

// byName takes ports by a name of theirs: strong names, or the weak ones.
func (m *matching) byName(name func(Known) string, weak bool) {
	at := make(map[string]int, len(m.known))
	for i, k := range m.known {
		if !m.taken[i] && name(k) != "" {
			at[name(k)] = i
		}
	}
	for i, p := range m.ports {
		if k, ok := at[p.Name]; ok && m.weak[i] == weak && m.is[i] < 0 && !m.taken[k] {
			m.is[i], m.taken[k] = k, true
		}
	}
}

// byAlias takes what is left where one alias is on one known and one new port, and
// on no other port then or now.
func (m *matching) byAlias() {
	then, now := make(map[string]int), make(map[string]int)
	for _, k := range m.known {
		then[k.Alias]++
	}
	for _, p := range m.ports {
		now[p.Alias]++
	}
	at := make(map[string]int)
	for i, k := range m.known {
		if !m.taken[i] && k.Alias != "" && then[k.Alias] == 1 && now[k.Alias] == 1 {
			at[k.Alias] = i
		}
	}
	for i, p := range m.ports {
		if k, ok := at[p.Alias]; ok && m.is[i] < 0 {
			m.is[i], m.taken[k] = k, true
			m.alias[i] = !m.weak[i] && m.known[k].Given != p.Name
		}
	}
}

// rest names all ports: known ones as before, new ones as they are called, or with
// a number behind where that name already is another port, also one that is gone.
func (m *matching) rest() {
	used := make(map[string]bool, len(m.known)+len(m.ports))
	for _, k := range m.known {
		used[k.Name] = true
	}
	for i, k := range m.is {
		if k >= 0 {
			m.names[i] = m.known[k].Name
		}
	}
	for i, k := range m.is {
		if k >= 0 {
			continue
		}
		name := m.ports[i].Name
		for n := 2; used[name]; n++ {
			name = fmt.Sprintf("%s~%d", m.ports[i].Name, n)
		}
		m.names[i], used[name] = name, true
	}
}

func (m *matching) result() Identities {
	r := Identities{Names: make(map[uint32]string, len(m.ports))}
	for i, p := range m.ports {
		r.Names[p.Index] = m.names[i]
		r.Known = append(r.Known, Known{Name: m.names[i], Given: p.Name, Index: p.Index, Alias: p.Alias})
		k := m.is[i]
		switch {
		case m.alias[i]:
			r.Renamed = append(r.Renamed, Renamed{Name: m.names[i], Given: p.Name, Alias: p.Alias, Index: p.Index})
			r.Problems = append(r.Problems, fmt.Sprintf("port %s is now called %s: found by its alias %q", m.names[i], p.Name, p.Alias))
		case k >= 0 && m.known[k].Index != p.Index:
			r.Moved = append(r.Moved, Move{Name: m.names[i], From: m.known[k].Index, To: p.Index})
		}
	}
	r.Known = append(r.Known, m.gone()...)
	return r
}

// gone returns the known ports that no port is now, to know them when they return.
func (m *matching) gone() []Known {
	var all []Known
	for i, k := range m.known {
		if !m.taken[i] {
			k.Gone = true
			all = append(all, k)
		}
	}
	if len(all) > mostGone {
		return nil
	}
	return all
}
