package lldp

import (
	"cmp"
	"encoding/hex"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rackvakt/snmp/pdu"
)

// place is a row of a remote table without its time mark.
type place struct {
	v2   bool
	port uint32 // local port number; ifIndex where v2
	dest uint32 // row of lldpV2DestAddressTable, 0 where not v2
	row  uint32
}

// cells holds one row by column of lldpRemEntry.
type cells map[uint32]pdu.Value

// remote is one row with the newest time mark.
type remote struct {
	place
	mark  uint32
	cells cells
}

// remoteRows returns the rows of both remote tables, the newest first.
func remoteRows(vbs []pdu.Varbind) []remote {
	marks := make(map[place]map[uint32]cells)
	for _, vb := range vbs {
		at, mark, column, ok := remoteCell(vb.OID)
		if !ok || !vb.Value.Exists() || !slices.Contains(remoteColumns, column) {
			continue
		}
		if marks[at] == nil {
			marks[at] = make(map[uint32]cells)
		}
		if marks[at][mark] == nil {
			marks[at][mark] = make(cells)
		}
		marks[at][mark][column] = vb.Value
	}
	rows := make([]remote, 0, len(marks))
	for at, byMark := range marks {
		mark, c := newest(byMark)
		rows = append(rows, remote{place: at, mark: mark, cells: c})
	}
	slices.SortFunc(rows, func(a, b remote) int {
		return cmp.Or(cmp.Compare(b.mark, a.mark), cmp.Compare(a.port, b.port), cmp.Compare(a.row, b.row),
			cmp.Compare(a.dest, b.dest), truthFirst(a.v2, b.v2))
	})
	return rows
}

func truthFirst(a, b bool) int {
	if a == b {
		return 0
	}
	if a {
		return -1
	}
	return 1
}

// remoteCell takes an instance of a remote table apart.
func remoteCell(o pdu.OID) (at place, mark, column uint32, ok bool) {
	if index, ok := o.Index(remoteEntry); ok && len(index) == 4 {
		return place{port: index[2], row: index[3]}, index[1], index[0], true
	}
	if index, ok := o.Index(remoteEntryV2); ok && len(index) == 5 && index[0] > 0 {
		return place{v2: true, port: index[2], dest: index[3], row: index[4]}, index[1], index[0] - 1, true
	}
	return place{}, 0, 0, false
}

// newest returns the newest row that names its neighbour. A row that changed while
// it was read is spread over two marks: then each cell is the newest there is.
func newest(byMark map[uint32]cells) (uint32, cells) {
	marks := slices.Sorted(maps.Keys(byMark))
	for _, mark := range slices.Backward(marks) {
		if c := byMark[mark]; c[chassisID].Exists() && c[portID].Exists() {
			return mark, c
		}
	}
	merged := make(cells)
	for _, mark := range marks {
		maps.Copy(merged, byMark[mark])
	}
	return marks[len(marks)-1], merged
}

func (r remote) neighbor() Neighbor {
	n := Neighbor{
		Protocol:      LLDP,
		ChassisIDType: word(chassisTypes, r.cells[chassisIDSubtype]),
		PortIDType:    word(portTypes, r.cells[portIDSubtype]),
		PortDescr:     r.cells[portDescr].Text(),
		SysName:       r.cells[sysName].Text(),
		Capabilities:  bits(r.cells[capSupported]),
	}
	n.ChassisID = identifier(n.ChassisIDType, r.cells[chassisID])
	n.PortID = identifier(n.PortIDType, r.cells[portID])
	if enabled := r.cells[capEnabled]; enabled.Exists() {
		n.Capabilities = bits(enabled)
	}
	return n
}

// macLength is the length of a MAC in octets, and mostOctets that of an id
// (IEEE 802.1AB-2009 section 8.5.2).
const (
	macLength  = 6
	mostOctets = 255
)

// identifier writes an id of the kind in the form that Neighbor promises.
func identifier(kind string, v pdu.Value) string {
	b := v.Octets
	switch {
	case v.Type != pdu.OctetString && v.Type != pdu.IPAddress:
		return ""
	case kind == "macAddress" && len(b) == macLength:
		return hex.EncodeToString(b)
	case kind == "networkAddress":
		if address, ok := networkAddress(b); ok {
			return address
		}
	}
	if isText(b) {
		return pdu.Clean(b)
	}
	return hex.EncodeToString(b[:min(len(b), mostOctets)])
}

// networkAddress reads an address behind its family (IANA address family numbers:
// 1 IPv4, 2 IPv6). Some agents leave the family out.
func networkAddress(b []byte) (string, bool) {
	families := map[int]byte{net4 + 1: 1, net6 + 1: 2}
	if family, ok := families[len(b)]; ok && b[0] == family {
		b = b[1:]
	} else if isText(b) {
		return "", false
	}
	address, ok := netip.AddrFromSlice(b)
	return address.String(), ok
}

// Lengths of addresses in octets.
const (
	net4 = 4
	net6 = 16
)

// isText reports whether b is meant for reading: UTF-8 without control characters,
// line ends and the NULs at its end set aside.
func isText(b []byte) bool {
	s := strings.TrimRight(string(b), "\x00")
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsGraphic(r) && r != '\r' && r != '\n' && r != '\t'
	})
}

// bits returns the words of a capabilities map. Bit 0 is the highest of the first
// octet (RFC 2578 section 7.1.4); bits without a word are passed over.
func bits(v pdu.Value) []string {
	if v.Type != pdu.OctetString {
		return nil
	}
	b := v.Octets
	if octets, ok := written(b); ok {
		b = octets
	} else if len(b) > mostMapOctets {
		return nil // whatever it is, it is no map
	}
	var words []string
	for i, w := range capabilities {
		if i/8 < len(b) && b[i/8]&(0x80>>(i%8)) != 0 {
			words = append(words, w)
		}
	}
	return words
}

// mostMapOctets bounds a capabilities map; two octets hold all its bits.
const mostMapOctets = 4

// written undoes a map that came as its own print, as in "28 00 2 4": octets of
// two hex digits, then the bits that are set, of which only the first are needed.
func written(b []byte) ([]byte, bool) {
	fields := strings.Fields(string(b))
	if len(b) <= 2 || len(fields) == 0 {
		return nil, false
	}
	var octets []byte
	for _, f := range fields {
		octet, err := hex.DecodeString(f)
		if err != nil || len(f) != 2 {
			break
		}
		octets = append(octets, octet...)
	}
	return octets, len(octets) > 0
}
