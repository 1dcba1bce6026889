package port

import (
	"path"
	"slices"
	"strings"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/lldp"
)

// Pattern is a kind of neighbour that is expected. What it names must all fit:
//
//	known_neighbours:
//	  - {sys_name: "sw-*"}
//	  - {chassis: "00:11:22", capability: telephone}
type Pattern struct {
	// SysName is a pattern for the neighbour's name, * and ? as in file names; case
	// does not count. "" is any.
	SysName string `yaml:"sys_name" example:"sw-*"`
	// Chassis is how the neighbour's MAC begins, three octets (its maker) or more.
	// Phones tell an address as chassis and the MAC as port: either is looked at.
	Chassis string `yaml:"chassis" example:"00:11:22"`
	// Capability is a word of what the neighbour says it is. Anything can say so of
	// itself: name a maker too where that matters.
	Capability string `yaml:"capability" example:"telephone"`
}

// capabilityWords are those that package lldp tells, of LLDP and of CDP.
var capabilityWords = []string{
	"other", "repeater", "bridge", "wlanAccessPoint", "router", "telephone", "docsisCableDevice", "stationOnly",
	"cVLANComponent", "sVLANComponent", "twoPortMACRelay", "sourceRouteBridge", "host", "igmp", "remotelyManaged",
}

// Validate reports what would match nothing, or everything.
func (p *Pattern) Validate(r *strictyaml.Report) {
	if *p == (Pattern{}) {
		r.Bad("", nil, "sys_name, chassis or capability", `{sys_name: "sw-*"}`)
	}
	if _, err := path.Match(p.SysName, ""); err != nil {
		r.Bad("sys_name", p.SysName, "a name, with * for any letters", "sw-*")
	}
	if digits := hexDigits(p.Chassis); p.Chassis != "" && (len(digits) < 6 || len(digits) > 12 || len(digits)%2 != 0) {
		r.Bad("chassis", p.Chassis, "three to six octets of a MAC address", "00:11:22")
	}
	if p.Capability != "" && !slices.Contains(capabilityWords, p.Capability) {
		r.Bad("capability", p.Capability, "one of "+strings.Join(capabilityWords, ", "), "telephone")
	}
}

// hexDigits returns a MAC, or its beginning, as lower-case digits; "" for what is
// none.
func hexDigits(s string) string {
	s = strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.TrimSpace(s)))
	if strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return s
}

// Match reports whether n fits all that p names. An empty Pattern fits nothing.
func (p Pattern) Match(n lldp.Neighbor) bool {
	if p == (Pattern{}) {
		return false
	}
	if p.SysName != "" {
		if ok, err := path.Match(strings.ToLower(p.SysName), strings.ToLower(n.SysName)); err != nil || !ok {
			return false
		}
	}
	if p.Chassis != "" && !p.matchesMAC(n.ChassisIDType, n.ChassisID) && !p.matchesMAC(n.PortIDType, n.PortID) {
		return false
	}
	return p.Capability == "" || slices.Contains(n.Capabilities, p.Capability)
}

const macDigits = 12

func (p Pattern) matchesMAC(idType, id string) bool {
	begin, mac := hexDigits(p.Chassis), hexDigits(id)
	return idType == "macAddress" && begin != "" && len(mac) == macDigits && strings.HasPrefix(mac, begin)
}

// Unknown returns how many of the neighbours fit no pattern, for
// reading.IfUnknownNeighbours; give it those of one port. A device that tells
// itself by LLDP and by CDP counts once if the names agree. Without patterns
// nothing is judged, and the answer is 0.
func Unknown(neighbours []lldp.Neighbor, known []Pattern) int {
	return len(Strangers(neighbours, known))
}

// Strangers returns the neighbours that fit no pattern, each device once; nil
// without patterns.
func Strangers(neighbours []lldp.Neighbor, known []Pattern) []lldp.Neighbor {
	if len(known) == 0 {
		return nil
	}
	var expected, strangers []lldp.Neighbor
	for _, n := range neighbours {
		if slices.ContainsFunc(known, func(p Pattern) bool { return p.Match(n) }) {
			expected = append(expected, n)
		}
	}
	for _, n := range neighbours {
		same := func(m lldp.Neighbor) bool { return sameDevice(n, m) }
		if !slices.ContainsFunc(expected, same) && !slices.ContainsFunc(strangers, same) {
			strangers = append(strangers, n)
		}
	}
	return strangers
}

// sameDevice reports whether a and b are one neighbour: on one port, told by
// different protocols under one name, or just the same.
func sameDevice(a, b lldp.Neighbor) bool {
	if a.LocalPort != b.LocalPort || a.LocalIndex != b.LocalIndex {
		return false
	}
	if a.Protocol == b.Protocol {
		return a.ChassisID == b.ChassisID && a.ChassisIDType == b.ChassisIDType && a.SysName == b.SysName &&
			a.PortID == b.PortID
	}
	return a.SysName != "" && strings.EqualFold(a.SysName, b.SysName)
}

// ByPort returns the neighbours by the name of the local port. Those of no port
// stand under "".
func ByPort(all []lldp.Neighbor) map[string][]lldp.Neighbor {
	m := make(map[string][]lldp.Neighbor)
	for _, n := range all {
		m[n.LocalPort] = append(m[n.LocalPort], n)
	}
	return m
}
