// Package ifmib reads the interfaces of IF-MIB (RFC 2863) from varbinds: ifTable
// and ifXTable in any mixture, whole tables or single rows.
//
// It refuses to ask for anything and to compute rates. What agents get wrong is
// taken as follows: a number under another type is a number; a row may be in one
// table only; ifHighSpeed 0 or absent means ifSpeed; a missing ifName means
// ifDescr, and a missing ifDescr ifName; an address may be written as text; a 64-bit counter stands before the
// 32-bit one unless it is 0 while the other counts (RFC 2863 section 3.1.6: the
// low half of one is the other); an ifOperStatus outside 1..7 or ifAdminStatus outside 1..3 is absent.
//
// Worked example: 30 0F 06 0A 2B 06 01 02 01 02 02 01 08 07 02 01 02 is column 8
// (ifOperStatus) of ifEntry 1.3.6.1.2.1.2.2.1 for ifIndex 7, INTEGER 2: down.
// 1.3.6.1.2.1.31.1.1.1.15.7 = Gauge32 1000 is ifHighSpeed: 1,000,000,000 bit/s.
package ifmib

import (
	"encoding/hex"
	"net"
	"slices"

	"rackvakt/snmp/pdu"
)

// Columns of ifTable and ifXTable, RFC 2863 section 6.
var (
	entry  = pdu.MustOID("1.3.6.1.2.1.2.2.1")
	xentry = pdu.MustOID("1.3.6.1.2.1.31.1.1.1")

	Descr       = entry.With(2)
	Type        = entry.With(3)
	MTU         = entry.With(4)
	Speed       = entry.With(5)
	PhysAddress = entry.With(6)
	AdminStatus = entry.With(7)
	OperStatus  = entry.With(8)
	LastChange  = entry.With(9)
	InOctets    = entry.With(10)
	InUcast     = entry.With(11)
	InDiscards  = entry.With(13)
	InErrors    = entry.With(14)
	OutOctets   = entry.With(16)
	OutUcast    = entry.With(17)
	OutDiscards = entry.With(19)
	OutErrors   = entry.With(20)
	Name        = xentry.With(1)
	HCInOctets  = xentry.With(6)
	HCInUcast   = xentry.With(7)
	HCOutOctets = xentry.With(10)
	HCOutUcast  = xentry.With(11)
	HighSpeed   = xentry.With(15)
	Alias       = xentry.With(18)
)

// highSpeedUnit is the unit of ifHighSpeed in bit/s.
const highSpeedUnit = 1_000_000

// Usual lists the fourteen columns of a regular poll, names first.
func Usual() []pdu.OID {
	return []pdu.OID{
		Descr, Name, Alias, AdminStatus, OperStatus, HighSpeed, HCInOctets, HCOutOctets,
		HCInUcast, HCOutUcast, InErrors, OutErrors, InDiscards, OutDiscards,
	}
}

// Rare lists the other columns: asked once, and where a device lacks the usual ones.
func Rare() []pdu.OID {
	return []pdu.OID{Type, MTU, Speed, PhysAddress, LastChange, InOctets, OutOctets, InUcast, OutUcast}
}

// Port is one interface. Strings are clean and "" where absent.
type Port struct {
	// Index is ifIndex: where the row stands now, never what the port is.
	Index uint32
	Name  string // ifName, else ifDescr; else "if" and the index
	Descr string // ifDescr, else ifName
	Alias string
	// NameGiven says that the agent answered an ifName or ifDescr.
	NameGiven   bool
	Type        pdu.Number // IANAifType: 6 Ethernet
	Admin       pdu.Number // 1 up, 2 down, 3 testing
	Oper        pdu.Number // 1 up .. 7 lowerLayerDown
	Speed       pdu.Number // bit/s
	MTU         pdu.Number // octets
	MAC         string     // hex digits, "" where absent
	LastChange  pdu.Number // sysUpTime of the last change of Oper, 0.01 s
	InOctets    pdu.Number
	OutOctets   pdu.Number
	InUcast     pdu.Number
	OutUcast    pdu.Number
	InErrors    pdu.Number
	OutErrors   pdu.Number
	InDiscards  pdu.Number
	OutDiscards pdu.Number
	// Odd says what was strange and how it was taken.
	Odd []string
}

// row holds the values of one ifIndex, each at the place of its column.
type row [places]pdu.Value

// places is the number of columns that are read.
const places = 23

// columns gives each column its place in a row.
var columns = func() map[pdu.OID]int {
	m := make(map[pdu.OID]int)
	for i, c := range append(Usual(), Rare()...) {
		m[c] = i
	}
	return m
}()

// at returns the value of a column.
func (r *row) at(column pdu.OID) pdu.Value { return r[columns[column]] }

// Read returns the ports that vbs tell of, by ascending ifIndex. What belongs to
// no column of the two tables, or has no value, is passed over.
func Read(vbs []pdu.Varbind) []Port {
	index := make(map[uint32]int) // place in rows
	var indexes []uint32
	rows := make([]row, 0, len(vbs)/12+1) // a poll has about as many columns
	for _, vb := range vbs {
		if vb.OID.Len() != entry.Len()+2 && vb.OID.Len() != xentry.Len()+2 {
			continue
		}
		place, ok := columns[vb.OID[:len(vb.OID)-4]]
		if !ok || !vb.Value.Exists() {
			continue
		}
		n := vb.OID.Arc(vb.OID.Len() - 1)
		at, ok := index[n]
		if !ok {
			at = len(rows)
			index[n], indexes, rows = at, append(indexes, n), append(rows, row{})
		}
		rows[at][place] = vb.Value
	}
	ports := make([]Port, 0, len(rows))
	for i := range rows {
		ports = append(ports, rows[i].port(indexes[i]))
	}
	slices.SortFunc(ports, func(a, b Port) int { return int(int64(a.Index) - int64(b.Index)) })
	return ports
}

func (r *row) port(index uint32) Port {
	p := Port{
		Index:       index,
		Alias:       r.at(Alias).Text(),
		Type:        r.at(Type).Number(),
		MTU:         r.at(MTU).Number(),
		LastChange:  r.at(LastChange).Number(),
		InOctets:    r.counter(HCInOctets, InOctets),
		OutOctets:   r.counter(HCOutOctets, OutOctets),
		InUcast:     r.counter(HCInUcast, InUcast),
		OutUcast:    r.counter(HCOutUcast, OutUcast),
		InErrors:    r.at(InErrors).Number(),
		OutErrors:   r.at(OutErrors).Number(),
		InDiscards:  r.at(InDiscards).Number(),
		OutDiscards: r.at(OutDiscards).Number(),
	}
	r.names(&p)
	p.Admin = p.state("ifAdminStatus", r.at(AdminStatus).Number(), 3)
	p.Oper = p.state("ifOperStatus", r.at(OperStatus).Number(), 7)
	p.Speed = r.speed()
	if mac := r.at(PhysAddress); mac.Type == pdu.OctetString {
		p.MAC = address(mac.Octets)
	}
	return p
}

// address returns ifPhysAddress in hex digits. Some agents write it as text, with
// colons, hyphens or dots.
func address(octets []byte) string {
	const written = len("02:00:5e:00:00:07")
	if n := len(octets); n == written || n == len("0200.5e00.0007") {
		if mac, err := net.ParseMAC(string(octets)); err == nil {
			octets = mac
		}
	}
	if len(octets) > maxMAC {
		return ""
	}
	return hex.EncodeToString(octets)
}

// maxMAC bounds ifPhysAddress: 20 octets is InfiniBand, the longest in use.
const maxMAC = 20
