// Package etherlike reads the duplex mode of ports from EtherLike-MIB (RFC 3635):
// dot3StatsDuplexStatus of dot3StatsTable.
//
// It refuses to ask for anything, and to take an unknown mode for half duplex:
// unknown(1) and numbers that the MIB does not have are no duplex.
//
// Worked example: 30 10 06 0B 2B 06 01 02 01 0A 07 02 01 13 07 02 01 02 is
// dot3StatsDuplexStatus.7 (1.3.6.1.2.1.10.7.2.1.19.7) = INTEGER 2: the port of
// ifIndex 7 runs half duplex, which on a switched port of today is a fault.
package etherlike

import (
	"fmt"
	"slices"

	"rackvakt/snmp/pdu"
)

// DuplexStatus is the column of dot3StatsTable, by ifIndex; RFC 3635 section 4.
var DuplexStatus = pdu.MustOID("1.3.6.1.2.1.10.7.2.1.19")

// Columns lists what to walk.
func Columns() []pdu.OID { return []pdu.OID{DuplexStatus} }

// Duplex is the mode of a port. The zero value is not known.
type Duplex uint8

// Modes, with the numbers of the MIB.
const (
	Unknown Duplex = 0 // unknown(1), or not told
	Half    Duplex = 2
	Full    Duplex = 3
)

// String returns "half", "full" or "".
func (d Duplex) String() string {
	switch d {
	case Half:
		return "half"
	case Full:
		return "full"
	}
	return ""
}

const unknownMode = 1

// Read returns the modes that vbs tell of, by ifIndex, and what was odd. A port
// whose mode is unknown is not there.
func Read(vbs []pdu.Varbind) (map[uint32]Duplex, []string) {
	modes := make(map[uint32]Duplex)
	odd := make(map[uint32]int64)
	for _, vb := range vbs {
		index, ok := vb.OID.Index(DuplexStatus)
		n, number := vb.Value.Int()
		if !ok || len(index) != 1 || !number {
			continue
		}
		delete(modes, index[0])
		delete(odd, index[0])
		switch n {
		case unknownMode:
		case int64(Half), int64(Full):
			modes[index[0]] = Duplex(n)
		default:
			odd[index[0]] = n
		}
	}
	return modes, problems(odd)
}

// problems makes one line of all ports with a number that the MIB does not have.
func problems(odd map[uint32]int64) []string {
	if len(odd) == 0 {
		return nil
	}
	indexes := make([]uint32, 0, len(odd))
	for index := range odd {
		indexes = append(indexes, index)
	}
	first := slices.Min(indexes)
	return []string{fmt.Sprintf(
		"EtherLike: dot3StatsDuplexStatus outside the MIB's values on %d ports: taken as unknown (ifIndex %d: %d)", len(odd), first, odd[first])}
}
