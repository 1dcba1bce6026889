package bridge

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// Entries of RFC 4188 section 4 and RFC 4363 section 5.
var (
	basePort    = pdu.MustOID("1.3.6.1.2.1.17.1.4.1")     // by bridge port
	dot1dFDB    = pdu.MustOID("1.3.6.1.2.1.17.4.3.1")     // by address
	dot1qFDB    = pdu.MustOID("1.3.6.1.2.1.17.7.1.2.2.1") // by FDB and address
	vlanCurrent = pdu.MustOID("1.3.6.1.2.1.17.7.1.4.2.1") // by time mark and VLAN
	vlanStatic  = pdu.MustOID("1.3.6.1.2.1.17.7.1.4.3.1") // by VLAN
	portVLAN    = pdu.MustOID("1.3.6.1.2.1.17.7.1.4.5.1") // by bridge port
)

// Limits of the two MIBs: dot1dBasePort and VlanId.
const (
	mostPort = 65535
	mostVLAN = 4094
)

// macArcs is how many arcs a MacAddress has in an index: fixed, so no length before it.
const macArcs = 6

// taken are the columns that are read, with the arcs of their index.
var taken = []struct {
	entry  pdu.OID
	column uint32
	arcs   int
	take   func(*reader, []uint32, pdu.Value) bool // false: the index is none of the table's
}{
	{basePort, 2, 1, (*reader).takeBase},
	{dot1dFDB, 2, macArcs, (*reader).takePort},
	{dot1dFDB, 3, macArcs, (*reader).takeStatus},
	{dot1qFDB, 2, 1 + macArcs, (*reader).takePort},
	{dot1qFDB, 3, 1 + macArcs, (*reader).takeStatus},
	{vlanCurrent, 3, 2, (*reader).takeFDB},
	{vlanCurrent, 4, 2, (*reader).takeEgress},
	{vlanCurrent, 5, 2, (*reader).takeUntagged},
	{vlanStatic, 1, 1, (*reader).takeName},
	{vlanStatic, 2, 1, (*reader).takeEgress},
	{vlanStatic, 4, 1, (*reader).takeUntagged},
	{portVLAN, 1, 1, (*reader).takePVID},
}

// row is the index of an address: of dot1dTpFdbTable where tagged is false.
type row struct {
	tagged bool
	fdb    uint32
	mac    [macArcs]byte
}

type entry struct{ port, status pdu.Number }

// vlan is what was told of one VLAN. The lists are those of dot1qVlanCurrentTable
// and of dot1qVlanStaticTable, by kind.
type vlan struct {
	name             string
	fdb              pdu.Number
	egress, untagged [2]list
	fdbMark          uint32
}

// list is a PortList; mark is the time mark it came under.
type list struct {
	told bool
	mark uint32
	bits []byte
}

type reader struct {
	names map[uint64]string // of interfaces
	base  map[uint32]pdu.Number
	rows  map[row]*entry
	vlans map[uint32]*vlan
	pvid  map[uint32]pdu.Number

	foreign  int // cells whose index is none
	lost     map[uint32]bool
	statuses map[uint64]bool // that are none of the MIB's
	taken    map[uint32]bool // FDBs taken for the VLAN of their number
	shared   map[uint32][]uint32
	nowhere  map[uint32]bool // FDBs of no VLAN
	outside  map[uint32]int  // VLAN: ports in its lists that are none
}

func newReader(ports []ifmib.Port) *reader {
	r := &reader{
		names: make(map[uint64]string), base: make(map[uint32]pdu.Number), rows: make(map[row]*entry),
		vlans: make(map[uint32]*vlan), pvid: make(map[uint32]pdu.Number),
		lost: make(map[uint32]bool), statuses: make(map[uint64]bool), taken: make(map[uint32]bool),
		shared: make(map[uint32][]uint32), nowhere: make(map[uint32]bool), outside: make(map[uint32]int),
	}
	for _, p := range ports {
		if p.NameGiven {
			r.names[uint64(p.Index)] = p.Name
		}
	}
	return r
}

func (r *reader) take(vb pdu.Varbind) {
	if !vb.Value.Exists() {
		return
	}
	for _, t := range taken {
		if !vb.OID.Under(t.entry) || vb.OID.Arc(t.entry.Len()) != t.column {
			continue
		}
		index, _ := vb.OID.Index(t.entry.With(t.column))
		if len(index) != t.arcs || !t.take(r, index, vb.Value) {
			r.foreign++
		}
		return
	}
}

func (r *reader) takeBase(index []uint32, v pdu.Value) bool {
	n := v.Number()
	if index[0] < 1 || index[0] > mostPort {
		return false
	}
	if n.Value == 0 {
		n = pdu.Number{} // no interface
	}
	r.base[index[0]] = n
	return true
}

func (r *reader) takePVID(index []uint32, v pdu.Value) bool {
	n := v.Number()
	if index[0] < 1 || index[0] > mostPort {
		return false
	}
	if n.Value < 1 || n.Value > mostVLAN {
		n = pdu.Number{}
	}
	r.pvid[index[0]] = n
	return true
}

func (r *reader) takePort(index []uint32, v pdu.Value) bool {
	e, ok := r.entry(index)
	if n := v.Number(); ok && n.Value > 0 { // 0: the port is not learned
		e.port = n
	}
	return ok
}

func (r *reader) takeStatus(index []uint32, v pdu.Value) bool {
	e, ok := r.entry(index)
	if ok {
		e.status = v.Number()
	}
	return ok
}

// entry returns the row of an index; false where it holds no address.
func (r *reader) entry(index []uint32) (*entry, bool) {
	var at row
	if len(index) > macArcs {
		at.tagged, at.fdb, index = true, index[0], index[1:]
	}
	for i, arc := range index {
		if arc > 0xff {
			return nil, false
		}
		at.mac[i] = byte(arc)
	}
	if r.rows[at] == nil {
		r.rows[at] = new(entry)
	}
	return r.rows[at], true
}

// vlan returns the VLAN that an index ends with; nil where it is none, as what is
// above 4094 has no meaning beyond the agent.
func (r *reader) vlan(index []uint32) *vlan {
	id := index[len(index)-1]
	if id < 1 || id > mostVLAN {
		return nil
	}
	if r.vlans[id] == nil {
		r.vlans[id] = new(vlan)
	}
	return r.vlans[id]
}

func (r *reader) takeFDB(index []uint32, v pdu.Value) bool {
	l := r.vlan(index)
	if l != nil && (!l.fdb.Present || index[0] >= l.fdbMark) {
		l.fdb, l.fdbMark = v.Number(), index[0]
	}
	return l != nil
}

func (r *reader) takeName(index []uint32, v pdu.Value) bool {
	l := r.vlan(index)
	if l != nil {
		l.name = v.Text()
	}
	return l != nil
}

func (r *reader) takeEgress(index []uint32, v pdu.Value) bool {
	l := r.vlan(index)
	if l != nil {
		l.egress[len(index)-1].take(index, v)
	}
	return l != nil
}

func (r *reader) takeUntagged(index []uint32, v pdu.Value) bool {
	l := r.vlan(index)
	if l != nil {
		l.untagged[len(index)-1].take(index, v)
	}
	return l != nil
}

// take keeps the list of the newest time mark: an agent may answer a row again
// under an older one. dot1qVlanStaticTable has no mark.
func (l *list) take(index []uint32, v pdu.Value) {
	mark := uint32(0)
	if len(index) > 1 {
		mark = index[0]
	}
	if v.Type == pdu.OctetString && (!l.told || mark >= l.mark) {
		*l = list{true, mark, v.Octets}
	}
}

// has reports whether port is in the list, of whatever length it is.
func (l list) has(port uint32) bool {
	at := int(port-1) / 8
	return at < len(l.bits) && l.bits[at]&(0x80>>((port-1)%8)) != 0
}

func (v *vlan) listed() bool {
	return v.egress[0].told || v.egress[1].told || v.untagged[0].told || v.untagged[1].told
}

// member takes the current and the static list together: the current one of some
// agents lacks ports that are down. Agents set bits of ports that are no members in
// the untagged list, so it counts for members only, where members are told.
func (v *vlan) member(port uint32) (member, untagged bool) {
	member = v.egress[0].has(port) || v.egress[1].has(port)
	untagged = v.untagged[0].has(port) || v.untagged[1].has(port)
	if !v.egress[0].told && !v.egress[1].told {
		member = untagged
	}
	return member, member && untagged
}

// strays counts what the egress lists hold beside the ports there are.
func (r *reader) strays(id uint32, ports []uint32) {
	for _, l := range r.vlans[id].egress {
		set := 0
		for _, b := range l.bits {
			set += bits.OnesCount8(b)
		}
		for _, p := range ports {
			if l.has(p) {
				set--
			}
		}
		if set > 0 {
			r.outside[id] = max(r.outside[id], set)
		}
	}
}

// statusWords are those of dot1dTpFdbStatus and dot1qTpFdbStatus, by number.
var statusWords = map[uint64]Text{1: Other, 3: Learned, 4: Self, 5: Static}

// invalid is the status of a row that has aged out and is not gone yet.
const invalid = 2

func (r *reader) addresses() []Address {
	all, at := []Address{}, make(map[[macArcs]byte][]*entry) // what dot1qTpFdbTable has
	fdbs := r.vlansOf()
	for k, e := range r.rows {
		if k.tagged && e.status.Value != invalid {
			at[k.mac] = append(at[k.mac], e)
		}
	}
	for k, e := range r.rows {
		twice := !k.tagged && slices.ContainsFunc(at[k.mac], func(q *entry) bool { return !e.port.Present || q.port == e.port })
		if e.status.Value == invalid || twice {
			continue
		}
		a := Address{MAC: hex.EncodeToString(k.mac[:]), Place: r.place(e.port), Status: statusWords[e.status.Value]}
		if k.tagged {
			a.FDB, a.VLAN = pdu.Some(uint64(k.fdb)), r.vlanOf(k.fdb, fdbs)
		}
		if e.status.Present && a.Status == "" {
			r.statuses[e.status.Value] = true
		}
		if a.BridgePort.Present && !a.IfIndex.Present {
			r.lost[uint32(min(a.BridgePort.Value, mostPort+1))] = true
		}
		all = append(all, a)
	}
	slices.SortFunc(all, byPlace)
	return all
}

// vlansOf returns the VLANs of each FDB, ascending.
func (r *reader) vlansOf() map[uint64][]uint32 {
	all := make(map[uint64][]uint32)
	for _, id := range sortedKeys(r.vlans) {
		if f := r.vlans[id].fdb; f.Present {
			all[f.Value] = append(all[f.Value], id)
		}
	}
	return all
}

// vlanOf returns the VLAN of an FDB. Where no dot1qVlanFdbId names the FDB, it is
// the VLAN of the same number, as most agents have it, if there may be such a VLAN.
func (r *reader) vlanOf(fdb uint32, of map[uint64][]uint32) pdu.Number {
	ids := of[uint64(fdb)]
	switch {
	case len(ids) == 1:
		return pdu.Some(uint64(ids[0]))
	case len(ids) > 1:
		r.shared[fdb] = ids
	case fdb >= 1 && fdb <= mostVLAN && (len(r.vlans) == 0 || r.vlans[fdb] != nil):
		r.taken[fdb] = true
		return pdu.Some(uint64(fdb))
	default:
		r.nowhere[fdb] = true
	}
	return pdu.Number{}
}

func (r *reader) problems() []string {
	var all []string
	odd := func(format string, args ...any) { all = append(all, "bridge: "+fmt.Sprintf(format, args...)) }
	if r.foreign > 0 {
		odd("%d values have an index that is no port, address or VLAN: left out", r.foreign)
	}
	switch {
	case len(r.base) == 0 && len(r.rows)+len(r.pvid) > 0:
		odd("no dot1dBasePortIfIndex: no interface is known for a bridge port")
	case len(r.lost) > 0:
		odd("dot1dBasePortIfIndex has no interface for bridge port %s", some(sortedKeys(r.lost)))
	}
	if len(r.taken) > 0 {
		odd("no dot1qVlanFdbId for FDB %s: taken for the VLAN of the same number", some(sortedKeys(r.taken)))
	}
	for _, fdb := range first(sortedKeys(r.shared)) {
		odd("FDB %d serves the VLANs %s: its addresses have none", fdb, some(r.shared[fdb]))
	}
	if len(r.nowhere) > 0 {
		odd("no VLAN is known for FDB %s", some(sortedKeys(r.nowhere)))
	}
	if len(r.statuses) > 0 {
		odd("status %s of an address is none of the MIB's: taken as absent", some(sortedKeys(r.statuses)))
	}
	for _, id := range first(sortedKeys(r.outside)) {
		odd("the port list of VLAN %d holds %d ports that there are not: left out", id, r.outside[id])
	}
	return all
}

// shown bounds a list in a problem, and problems of one kind.
const shown = 8

func first[T any](all []T) []T { return all[:min(len(all), shown)] }

func some[T any](all []T) string {
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(first(all)), " ", ", "), "[]")
	if more := len(all) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
