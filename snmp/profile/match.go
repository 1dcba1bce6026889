package profile

import (
	"slices"

	"rackvakt/snmp/pdu"
)

func (p *Profile) mayBe(objectID pdu.OID) bool {
	return len(p.Match.ObjectID) == 0 || slices.ContainsFunc(p.Match.ObjectID, func(r Ref) bool {
		return objectID == r.oid || objectID.Under(r.oid)
	})
}

// Candidates returns the profiles that a device with this sysObjectID may fit.
func Candidates(all []*Profile, objectID pdu.OID) []*Profile {
	return slices.DeleteFunc(slices.Clone(all), func(p *Profile) bool { return !p.mayBe(objectID) })
}

// Probes lists the trees that must be looked into, with one GETNEXT each, before
// Select can tell which candidates fit.
func Probes(candidates []*Profile) []pdu.OID {
	var trees []pdu.OID
	for _, p := range candidates {
		for _, r := range p.Match.Present {
			trees = append(trees, r.oid)
		}
	}
	slices.Sort(trees)
	return slices.Compact(trees)
}

// Select returns the profiles that fit a device with this sysObjectID that
// answered vbs, those of standards first.
func Select(all []*Profile, objectID pdu.OID, vbs []pdu.Varbind) []*Profile {
	w := newWalk(vbs)
	fit := slices.DeleteFunc(Candidates(all, objectID), func(p *Profile) bool {
		return len(p.Match.Present) > 0 && !slices.ContainsFunc(p.Match.Present, func(r Ref) bool { return w.has(r.oid) })
	})
	slices.SortStableFunc(fit, func(a, b *Profile) int { return rank(a) - rank(b) })
	return fit
}

func rank(p *Profile) int {
	if p.Standard {
		return 0
	}
	return 1
}

// Wanted returns what a device must be asked for so that Read finds all that
// these profiles describe.
func (p *Profile) Wanted() Wanted {
	var w Wanted
	for _, r := range []Ref{p.Device.Model, p.Device.Serial, p.Device.Version} {
		r.want(&w, false)
	}
	p.UPS.want(&w)
	for i := range p.Scalars {
		p.Scalars[i].want(&w, false)
	}
	for _, t := range p.Tables {
		for i := range t.Columns {
			t.Columns[i].want(&w, true)
		}
	}
	return Wanted{Instances: distinct(w.Instances), Columns: distinct(w.Columns)}
}

func distinct(oids []pdu.OID) []pdu.OID {
	slices.Sort(oids)
	return slices.Compact(oids)
}

func (o *Object) want(w *Wanted, table bool) {
	for _, r := range append([]Ref{o.At, o.Digits, o.Exponent, o.Scale, o.Status.At, o.Limits.Enabled}, o.Name.refs...) {
		r.want(w, table)
	}
	for _, r := range o.Limits.all() {
		r.want(w, table)
	}
	for _, c := range o.When {
		c.At.want(w, table)
	}
	for _, c := range o.Elsewhere {
		c.At.want(w, true)
	}
}
