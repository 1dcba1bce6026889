package lldp

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// Columns of lldpLocPortEntry.
const (
	localIDSubtype = 2
	localID        = 3
	localDescr     = 4
)

// locator leads from local port numbers to interfaces, in this order: what the
// local port table calls the port is an interface's ifName, ifDescr, ifAlias or
// MAC; its description is one of these; its name is a short form of one
// ("Gi1/0/1"). Where none holds, the number is taken as ifIndex if it is that of
// an Ethernet interface, and no other port shows that the two numberings differ.
type locator struct {
	at    map[uint32]ifmib.Port // by ifIndex
	known map[known][]ifmib.Port
	local map[uint32]cells
	// differ is set where a port that was found by name has another ifIndex.
	differ bool

	guessed, lost, strange map[uint32]bool
}

// known is one thing by which an interface is known.
type known struct {
	field field
	text  string
}

type field byte

const (
	byName field = iota
	byDescr
	byAlias
	byMAC
	byRest // what follows the letters of its name or description
)

func newLocator(vbs []pdu.Varbind, ports []ifmib.Port) *locator {
	l := &locator{
		at: make(map[uint32]ifmib.Port), known: make(map[known][]ifmib.Port), local: make(map[uint32]cells),
		guessed: make(map[uint32]bool), lost: make(map[uint32]bool), strange: make(map[uint32]bool),
	}
	for _, p := range ports {
		l.learn(p)
	}
	for _, vb := range vbs {
		index, ok := vb.OID.Index(localEntry)
		if !ok || len(index) != 2 || !vb.Value.Exists() {
			continue
		}
		if l.local[index[1]] == nil {
			l.local[index[1]] = make(cells)
		}
		l.local[index[1]][index[0]] = vb.Value
	}
	for number := range l.local {
		if p, ok := l.byIdentity(number); ok && p.Index != number {
			l.differ = true
		}
	}
	return l
}

func (l *locator) learn(p ifmib.Port) {
	l.at[p.Index] = p
	_, nameRest := split(p.Name)
	_, descrRest := split(p.Descr)
	keys := []known{{byName, p.Name}, {byDescr, p.Descr}, {byAlias, p.Alias}, {byMAC, p.MAC}, {byRest, nameRest}}
	if descrRest != nameRest {
		keys = append(keys, known{byRest, descrRest})
	}
	for _, k := range keys {
		if k.text != "" {
			l.known[k] = append(l.known[k], p)
		}
	}
}

// localPort returns the interface of a local port number of LLDP-MIB.
func (l *locator) localPort(number uint32) (string, pdu.Number) {
	if p, ok := l.byIdentity(number); ok {
		return p.Name, pdu.Some(uint64(p.Index))
	}
	if p, ok := l.at[number]; ok && !l.differ && ethernet(p) {
		l.guessed[number] = true
		return p.Name, pdu.Some(uint64(number))
	}
	l.lost[number] = true
	return l.ownName(number), pdu.Number{}
}

// interfaceAt returns the interface of an ifIndex.
func (l *locator) interfaceAt(index uint32) (string, pdu.Number) {
	p, ok := l.at[index]
	if !ok {
		l.strange[index] = true
	}
	return p.Name, pdu.Some(uint64(index))
}

// ownName returns what the agent calls a local port.
func (l *locator) ownName(number uint32) string {
	c := l.local[number]
	if s := identifier(word(portTypes, c[localIDSubtype]), c[localID]); s != "" {
		return s
	}
	return c[localDescr].Text()
}

// ethernet tells the IANAifTypes that speak LLDP: ethernetCsmacd, fastEther,
// fastEtherFX, ieee80211, gigabitEthernet. A type that is not known is let pass.
func ethernet(p ifmib.Port) bool {
	return !p.Type.Present || slices.Contains([]uint64{6, 62, 69, 71, 117}, p.Type.Value)
}

func (l *locator) byIdentity(number uint32) (ifmib.Port, bool) {
	c := l.local[number]
	id, descr := c[localID], c[localDescr].Text()
	if p, ok := only(l.known[known{byMAC, writtenMAC(id.Octets)}], number); ok {
		return p, true
	}
	fields := []field{byName, byDescr, byAlias}
	if word(portTypes, c[localIDSubtype]) == "interfaceAlias" {
		fields = []field{byAlias, byName, byDescr}
	}
	for _, text := range []string{id.Text(), descr} {
		for _, f := range fields {
			if p, ok := only(l.known[known{f, text}], number); ok {
				return p, true
			}
		}
	}
	return l.byShortForm(id.Text(), number)
}

// only returns the one port of found. Of several it is the one whose ifIndex is
// number: a bridge shares its MAC with one of its ports.
func only(found []ifmib.Port, number uint32) (ifmib.Port, bool) {
	if len(found) == 1 {
		return found[0], true
	}
	for i := range found[:min(len(found), mostEqual)] {
		if found[i].Index == number {
			return found[i], true
		}
	}
	return ifmib.Port{}, false
}

// How many interfaces of one name or MAC, and of one number behind their letters,
// are looked through: a stack has one MAC on all its ports.
const (
	mostEqual = 1000
	mostAlike = 64
)

func (l *locator) byShortForm(text string, number uint32) (ifmib.Port, bool) {
	_, rest := split(text)
	alike := l.known[known{byRest, rest}]
	var found []ifmib.Port
	for _, p := range alike[:min(len(alike), mostAlike)] {
		if short(text, p.Name) || short(text, p.Descr) {
			found = append(found, p)
		}
	}
	return only(found, number)
}

// writtenMAC returns a MAC, six octets or written out, as 12 hex digits; "" for
// anything else and for 00:00:00:00:00:00.
func writtenMAC(id []byte) string {
	mac := hex.EncodeToString(id)
	if len(id) != macLength {
		mac = strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "", " ", "", "\x00", "").Replace(string(id)))
	}
	if len(mac) != 2*macLength || strings.Trim(mac, "0") == "" {
		return ""
	}
	return mac
}

// short reports whether one of the names is a short form of the other: the same
// from the first digit on, and letters before it that begin alike.
func short(a, b string) bool {
	aLetters, aRest := split(a)
	bLetters, bRest := split(b)
	if aRest == "" || aRest != bRest || aLetters == "" || bLetters == "" {
		return false
	}
	return strings.HasPrefix(aLetters, bLetters) || strings.HasPrefix(bLetters, aLetters)
}

// split cuts a name before its first digit: "Gigabit Ethernet 1/1" is
// "gigabitethernet" and "1/1".
func split(name string) (letters, rest string) {
	name = strings.ToLower(strings.ReplaceAll(name, " ", ""))
	i := strings.IndexFunc(name, unicode.IsDigit)
	if i < 0 {
		return name, ""
	}
	return name[:i], name[i:]
}

func (l *locator) problems() []string {
	var all []string
	for _, p := range []struct {
		numbers map[uint32]bool
		text    string
	}{
		{l.guessed, "LLDP local port %s: nothing names its interface, taken as ifIndex"},
		{l.lost, "LLDP local port %s: leads to no interface, local_index left out"},
		{l.strange, "neighbours at ifIndex %s, which is no interface"},
	} {
		if len(p.numbers) > 0 {
			all = append(all, fmt.Sprintf(p.text, list(p.numbers)))
		}
	}
	return all
}

// mostListed bounds how many numbers a problem counts up.
const mostListed = 10

func list(numbers map[uint32]bool) string {
	var texts []string
	for i, n := range slices.Sorted(maps.Keys(numbers)) {
		if i == mostListed {
			texts = append(texts, fmt.Sprintf("and %d more", len(numbers)-i))
			break
		}
		texts = append(texts, strconv.FormatUint(uint64(n), 10))
	}
	return strings.Join(texts, ", ")
}
