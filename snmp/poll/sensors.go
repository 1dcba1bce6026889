package poll

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"rackvakt/snmp/entity"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/poe"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/session"
)

// Widths of the requests for sensors: trees looked into at once, and columns walked
// side by side.
const (
	probesAtOnce  = 24
	columnsAtOnce = 12
)

// profiles returns the profiles of the program and those of the folder. A folder
// that is not there is none; one that cannot be read is a problem, not a stop.
func (o *Options) profiles() (all []*profile.Profile, problem string, err error) {
	all, err = profile.Builtin()
	if err != nil || o.ProfileDir == "" {
		return all, "", err
	}
	more, err := profile.Load(os.DirFS(o.ProfileDir), ".")
	if errors.Is(err, fs.ErrNotExist) {
		return all, "", nil
	}
	if err != nil {
		return all, fmt.Sprintf("profiles of %s are left out: %v", o.ProfileDir, err), nil
	}
	return profile.Merge(all, more), "", nil
}

// readSensors asks for what the profiles that fit the device describe, beyond what
// p brought, adds it to p and returns those profiles.
func readSensors(ctx context.Context, s *session.Session, all []*profile.Profile, objectID pdu.OID, p *fullPoll) ([]*profile.Profile, error) {
	candidates := profile.Candidates(all, objectID)
	seen, err := probe(ctx, s, slices.Concat(profile.Probes(candidates), entitySensors, poeTables, seldomProbes()))
	if err != nil {
		return nil, err
	}
	p.probed = seen
	fit := profile.Select(candidates, objectID, append(seen, p.Varbinds...))
	instances, columns := missing(fit, p.Varbinds)
	if underAny(seen, entitySensors) {
		columns = append(columns, entity.Columns()...)
	}
	if underAny(seen, poeTables) {
		columns = append(columns, poe.Columns()...)
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	for first := true; first || len(columns) > 0; first = false {
		n := min(len(columns), columnsAtOnce)
		if err := p.append(ctx, s, instances, columns[:n]); err != nil {
			return fit, err
		}
		instances, columns = nil, columns[n:]
	}
	return fit, nil
}

// entitySensors are the tables of ENTITY-SENSOR-MIB and CISCO-ENTITY-SENSOR-MIB.
var entitySensors = []pdu.OID{pdu.MustOID("1.3.6.1.2.1.99.1.1"), pdu.MustOID("1.3.6.1.4.1.9.9.91.1.1")}

// poeTables are the supplies and ports of POWER-ETHERNET-MIB, and the ports of the
// two vendors' modules.
var poeTables = []pdu.OID{
	pdu.MustOID("1.3.6.1.2.1.105.1.1"), pdu.MustOID("1.3.6.1.2.1.105.1.3.1"),
	pdu.MustOID("1.3.6.1.4.1.9.9.402.1.2"), pdu.MustOID("1.3.6.1.4.1.2011.5.25.195"),
}

func under(vbs []pdu.Varbind, tree pdu.OID) bool {
	return slices.ContainsFunc(vbs, func(vb pdu.Varbind) bool { return vb.OID.Under(tree) })
}

func underAny(vbs []pdu.Varbind, trees []pdu.OID) bool {
	return slices.ContainsFunc(trees, func(tree pdu.OID) bool { return under(vbs, tree) })
}

// probe returns the first value below each tree that has one.
func probe(ctx context.Context, s *session.Session, trees []pdu.OID) ([]pdu.Varbind, error) {
	var seen []pdu.Varbind
	for part := range slices.Chunk(trees, probesAtOnce) {
		r, err := s.Bulk(ctx, part, 1)
		if err != nil {
			return seen, err
		}
		for _, vb := range r.Varbinds {
			if slices.ContainsFunc(part, vb.OID.Under) {
				seen = append(seen, vb)
			}
		}
	}
	return seen, nil
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

// append runs another poll and adds what it brings to p.
func (p *fullPoll) append(ctx context.Context, s *session.Session, instances, columns []pdu.OID) error {
	more := newFullPoll(instances, columns, 0)
	for !more.Done() {
		if err := more.Step(ctx, s, nil); err != nil {
			return err
		}
	}
	p.Varbinds = append(p.Varbinds, more.Varbinds...)
	p.Problems = append(p.Problems, more.Problems...)
	return nil
}

// fillSensors reads the sensors, and about the device what no MIB of a standard said.
func (r *Result) fillSensors(fit []*profile.Profile, vbs []pdu.Varbind) {
	entities := entity.Read(vbs)
	r.Sensors = append(r.Sensors, entities.Sensors...)
	r.Problems = append(r.Problems, entities.Problems...)
	if p, ok := poe.Read(vbs); ok {
		r.PoE = &p
		r.Sensors = append(r.Sensors, p.Sensors()...)
		r.Problems = append(r.Problems, p.Problems...)
	}
	var before []pdu.OID
	for _, s := range r.Sensors {
		before = append(append(before, s.OID), s.Also...)
	}
	r.Sensors = append(r.Sensors, profile.Read(fit, vbs, before)...)
	for _, p := range fit {
		if p.Standard {
			continue
		}
		model, serial, version := p.About(vbs)
		for _, about := range []struct {
			to   **string
			said string
		}{
			{&r.Device.Profile, p.Name}, {&r.Device.Vendor, p.Device.Vendor},
			{&r.Device.Model, model}, {&r.Device.Serial, serial}, {&r.Device.Version, version},
		} {
			if *about.to == nil {
				*about.to = text(about.said)
			}
		}
	}
}
