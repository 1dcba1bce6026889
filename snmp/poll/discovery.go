package poll

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"rackvakt/snmp/entity"
	"rackvakt/snmp/etherlike"
	"rackvakt/snmp/lldp"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/poe"
	printermib "rackvakt/snmp/printer"
	"rackvakt/snmp/profile"
)

// OpenProfiles returns the profiles of the program and those of the folder dir, ""
// for none. A folder that is not there is none; one that cannot be read is a
// problem, not a stop.
func OpenProfiles(dir string) (l *profile.Library, problem string, err error) {
	l, err = profile.Embedded()
	if err != nil || dir == "" {
		return l, "", err
	}
	more, err := profile.Load(os.DirFS(dir), ".")
	if errors.Is(err, fs.ErrNotExist) {
		return l, "", nil
	}
	if err != nil {
		return l, fmt.Sprintf("profiles of %s are left out: %v", dir, err), nil
	}
	l.Add(more)
	return l, "", nil
}

// group is tables that are walked where one of their trees has a value.
type group struct {
	trees   []pdu.OID
	columns [][]pdu.OID // each list side by side
}

// Groups of tables that not every device has.
var (
	physicalParts = group{
		[]pdu.OID{pdu.MustOID("1.3.6.1.2.1.47.1.1.1.1")}, [][]pdu.OID{entity.PartColumns()},
	}
	entitySensors = group{
		[]pdu.OID{pdu.MustOID("1.3.6.1.2.1.99.1.1")}, [][]pdu.OID{entity.SensorColumns()},
	}
	ciscoSensors = group{
		[]pdu.OID{pdu.MustOID("1.3.6.1.4.1.9.9.91.1.1")}, [][]pdu.OID{entity.CiscoColumns()},
	}
	// poeTables are the supplies and ports of POWER-ETHERNET-MIB, and the ports of
	// the two vendors' modules.
	poeTables = group{
		[]pdu.OID{
			pdu.MustOID("1.3.6.1.2.1.105.1.1"), pdu.MustOID("1.3.6.1.2.1.105.1.3.1"),
			pdu.MustOID("1.3.6.1.4.1.9.9.402.1.2"), pdu.MustOID("1.3.6.1.4.1.2011.5.25.195"),
		},
		[][]pdu.OID{poe.Columns()},
	}
	duplexTable  = group{etherlike.Columns(), [][]pdu.OID{etherlike.Columns()}}
	printerTable = group{[]pdu.OID{printermib.Status}, [][]pdu.OID{printermib.Columns()}}
)

// neighborTables are those of LLDP-MIB, LLDP-V2-MIB and CISCO-CDP-MIB. They are
// looked for below the whole entry, as not every agent has its first column; the
// local ports of LLDP are walked on their own, as they are many more.
func neighborTables() []group {
	var all []group
	for _, columns := range [][]pdu.OID{lldp.Columns(), lldp.ColumnsV2(), lldp.ColumnsCDP()} {
		last := columns[len(columns)-1]
		entry := last[:len(last)-4]
		local := slices.IndexFunc(columns, func(c pdu.OID) bool { return c.Under(entry) })
		all = append(all, group{[]pdu.OID{entry}, [][]pdu.OID{columns[:local], columns[local:]}})
	}
	return all
}

func (g group) found(seen []pdu.Varbind) bool {
	return slices.ContainsFunc(g.trees, func(tree pdu.OID) bool {
		return slices.ContainsFunc(seen, func(vb pdu.Varbind) bool { return vb.OID.Under(tree) })
	})
}

func (g *gather) readGroup(t group) {
	for _, columns := range t.columns {
		g.read(columns...)
	}
}

// discovery finds out what a device has and reads it: it looks into the trees of
// everything that is known, and then walks what has a value.
type discovery struct {
	gather
	objectID   pdu.OID
	candidates []*profile.Profile
	groups     []group
	have       []pdu.Varbind // what was read already
	planned    bool

	fit       []*profile.Profile
	neighbors []group // those of neighborTables that the device has
	duplex    bool
}

// newDiscovery begins with what have already tells; groups are walked beside
// sensors and neighbours.
func newDiscovery(candidates []*profile.Profile, objectID pdu.OID, have []pdu.Varbind, groups ...group) *discovery {
	d := &discovery{objectID: objectID, candidates: candidates, have: have}
	d.groups = append([]group{physicalParts, entitySensors, ciscoSensors, poeTables, duplexTable}, groups...)
	d.trees = profile.Probes(d.candidates)
	for _, g := range append(d.groups, neighborTables()...) {
		d.trees = append(d.trees, g.trees...)
	}
	return d
}

// plan decides what is read, once all trees were looked into. It is called before
// each step.
func (d *discovery) plan() {
	if d.planned || len(d.trees) > 0 {
		return
	}
	d.planned = true
	d.fit = profile.Select(d.candidates, d.objectID, append(d.seen, d.have...))
	instances, columns := missing(d.fit, d.have)
	if len(instances) > 0 {
		d.parts = append(d.parts, part{instances: instances})
	}
	for _, g := range d.groups {
		if g.found(d.seen) {
			columns = slices.DeleteFunc(columns, func(c pdu.OID) bool { return g.has(c) })
			d.readGroup(g)
		}
	}
	d.read(columns...)
	d.duplex = duplexTable.found(d.seen)
	for _, g := range neighborTables() {
		if g.found(d.seen) {
			d.neighbors = append(d.neighbors, g)
			d.readGroup(g)
		}
	}
}

func (g group) has(column pdu.OID) bool {
	return slices.ContainsFunc(g.columns, func(list []pdu.OID) bool { return slices.Contains(list, column) })
}

// done reports whether nothing is left; a discovery without a tree still plans.
func (d *discovery) done() bool {
	d.plan()
	return d.gather.done()
}

// missing returns what the profiles need beyond vbs.
func missing(fit []*profile.Profile, vbs []pdu.Varbind) (instances, columns []pdu.OID) {
	has := func(oid pdu.OID, below bool) bool {
		return slices.ContainsFunc(vbs, func(vb pdu.Varbind) bool { return vb.OID == oid || below && vb.OID.Under(oid) })
	}
	for _, p := range fit {
		w := p.Wanted()
		instances = append(instances, slices.DeleteFunc(w.Instances, func(o pdu.OID) bool { return has(o, false) })...)
		columns = append(columns, slices.DeleteFunc(w.Columns, func(o pdu.OID) bool { return has(o, true) })...)
	}
	slices.Sort(instances)
	slices.Sort(columns)
	return slices.Compact(instances), slices.Compact(columns)
}
