// Package port says what the ports of a switch are, from facts that others read:
// which role a port has and why (RoleOf), which port is which after their indexes
// moved (Identify), and whose neighbours nobody expects (Unknown).
//
// All of it is pure. It refuses to guess: a role that nothing speaks for is "", and
// a port that nothing but its place leads to is a new port.
package port

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/lldp"
)

// Role is what a port is for: the text of reading.LabelRole. "" is not known.
type Role string

// The roles.
const (
	Uplink      Role = "uplink"
	AccessPoint Role = "access_point"
	Printer     Role = "printer"
	Server      Role = "server"
	Phone       Role = "phone"
	User        Role = "user"
	Unused      Role = "unused"
)

// Roles lists the roles.
func Roles() []Role { return []Role{Uplink, AccessPoint, Printer, Server, Phone, User, Unused} }

// roleWords holds what people write for a role, folded by fold: the role's own
// word, then English and Swedish.
var roleWords = map[Role][]string{
	Uplink:      {"uplink", "upplänk", "upplank", "trunk", "stam", "stamlänk"},
	AccessPoint: {"accesspoint", "ap", "wap", "wlan", "wifi", "accesspunkt", "basstation"},
	Printer:     {"printer", "mfp", "skrivare", "kopiator"},
	Server:      {"server"},
	Phone:       {"phone", "telephone", "ipphone", "voip", "telefon", "iptelefon"},
	User:        {"user", "client", "workstation", "pc", "användare", "anvandare", "klient", "arbetsplats", "dator"},
	Unused:      {"unused", "free", "spare", "oanvänd", "oanvand", "ledig", "reserv"},
}

var roleByWord = func() map[string]Role {
	m := make(map[string]Role)
	for role, words := range roleWords {
		for _, w := range words {
			m[w] = role
		}
	}
	return m
}()

// fold lowers s, composes its letters and drops what is neither letter nor digit.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(s))
}

// ParseRole returns the role that word names, in English or Swedish; case, blanks,
// hyphens and underscores do not count: "Access point", "access_point", "upplänk".
func ParseRole(word string) (Role, bool) {
	role, ok := roleByWord[fold(word)]
	return role, ok
}

// Evidence is what is known of one port.
type Evidence struct {
	// Configured is the role that the configuration gives the port, "" for none.
	Configured Role
	// PatchMap is the use of the port in the patch map, "" for none.
	PatchMap Role
	// Neighbors are the neighbours on this port.
	Neighbors []lldp.Neighbor
	// Port is the port as it was read; Alias, Type and Speed are looked at.
	Port ifmib.Port
	// EverUp says that the port has been seen up, now or before.
	EverUp bool
}

// Judgement is a role and where it comes from.
type Judgement struct {
	Role Role
	// Reason is a lower-case English phrase: "from the patch map". "" without a role.
	Reason string
}

// RoleOf returns the role of a port from the first that speaks of it: the
// configuration, the patch map, a neighbour, the alias. What is left is a user's
// port if it is Ethernet of at most 2.5 Gbit/s and has been up; a port that never
// was up has no role, for nobody said that it is unused.
func RoleOf(e Evidence) Judgement {
	if e.Configured != "" {
		return Judgement{e.Configured, "from the configuration"}
	}
	if e.PatchMap != "" {
		return Judgement{e.PatchMap, "from the patch map"}
	}
	if j := fromNeighbors(e.Neighbors); j.Role != "" {
		return j
	}
	if role := fromAlias(e.Port.Alias); role != "" {
		return Judgement{role, "from the alias"}
	}
	if e.EverUp && isAccess(e.Port) {
		return Judgement{User, "ethernet that has been up, and nothing else is said"}
	}
	return Judgement{}
}

// Types of ports that people are connected to (IANAifType): ethernetCsmacd,
// fastEther, fastEtherFX, gigabitEthernet.
var accessTypes = []uint64{6, 62, 69, 117}

// fastestAccess is the highest speed of a user's port in bit/s.
const fastestAccess = 2_500_000_000

func isAccess(p ifmib.Port) bool {
	return p.Type.Present && slices.Contains(accessTypes, p.Type.Value) && p.Speed.Value <= fastestAccess
}

// Capability words that a role is read from.
const (
	capAccessPoint = "wlanAccessPoint"
	capTelephone   = "telephone"
	capBridge      = "bridge"
	capRouter      = "router"
	capStation     = "stationOnly"
	capHost        = "host" // CDP's word for stationOnly, not exclusive there
)

// fromNeighbors looks at all neighbours of the port. An access point and a phone
// hold a bridge, and often say by CDP that they are nothing else, so they stand
// before it. stationOnly alone says nothing: a server, a printer or a computer.
func fromNeighbors(all []lldp.Neighbor) Judgement {
	for _, c := range []struct {
		role  Role
		words []string
	}{
		{AccessPoint, []string{capAccessPoint}}, {Phone, []string{capTelephone}}, {Uplink, []string{capBridge, capRouter}},
	} {
		for _, n := range all {
			for _, w := range c.words {
				if slices.Contains(n.Capabilities, w) && !slices.Contains(n.Capabilities, capStation) {
					return Judgement{c.role, "neighbour tells " + w}
				}
			}
		}
	}
	if slices.ContainsFunc(all, isPrinter) {
		return Judgement{Printer, "neighbour calls itself a printer"}
	}
	return Judgement{}
}

// printerWords are words that nothing but a printer has in its name.
var printerWords = []string{"printer", "skrivare", "laserjet", "officejet", "multifunction", "multifunktion", "mfp"}

// isPrinter wants a word of its own, and a neighbour that is an end station or
// tells nothing of itself.
func isPrinter(n lldp.Neighbor) bool {
	for _, c := range n.Capabilities {
		if c != capStation && c != capHost && c != "other" {
			return false
		}
	}
	for _, w := range append(words(n.SysName), words(n.PortDescr)...) {
		if slices.Contains(printerWords, w) {
			return true
		}
	}
	return false
}

// fromAlias returns the one role that the words of the alias name: "AP12 korridor".
// Words of two roles ("reserv uplink") name none.
func fromAlias(alias string) Role {
	all := words(alias)
	single := len(all)
	for i := 1; i < single && i < mostWords; i++ {
		all = append(all, all[i-1]+all[i]) // "access point"
	}
	var found Role
	for _, w := range all {
		role, ok := roleByWord[w]
		if !ok {
			continue
		}
		if found != "" && found != role {
			return ""
		}
		found = role
	}
	return found
}

// mostWords bounds how much of an alias is looked at: ifAlias is 64 octets.
const mostWords = 64

// words cuts text into its words, folded, without the number behind a word.
func words(text string) []string {
	all := strings.FieldsFunc(norm.NFC.String(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range all {
		w = strings.ToLower(w)
		if bare := strings.TrimRightFunc(w, unicode.IsDigit); bare != "" {
			w = bare
		}
		all[i] = w
	}
	return all
}
