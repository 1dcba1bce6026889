package profile

import (
	"fmt"
	"strconv"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// Validate checks what one key alone cannot show, and makes references whole.
func (p *Profile) Validate(r *strictyaml.Report) {
	if p.Name == "" {
		r.Bad("name", nil, "a name", "gude-7213")
	}
	if len(p.MIB) == 0 {
		r.Bad("mib", nil, "the MIB that it was written from", "[POWER-ETHERNET-MIB]")
	}
	if len(p.Match.ObjectID)+len(p.Match.Present) == 0 {
		r.Bad("match", nil, "object_id or present", "{object_id: [1.3.6.1.4.1.318]}")
	}
	if len(p.Scalars)+len(p.Tables) == 0 {
		r.Bad("scalars", nil, "scalars or tables", "- {at: .12.1.15, class: voltage, name: Input}")
	}
	p.checkStates(r)
	p.checkMatch(r)
	p.checkUPS(r)
	for i := range p.Scalars {
		p.checkObject(r.At(fmt.Sprintf("scalars[%d]", i)), &p.Scalars[i], "")
	}
	for i := range p.Tables {
		p.checkTable(r.At(fmt.Sprintf("tables[%d]", i)), &p.Tables[i])
	}
}

func (p *Profile) checkStates(r *strictyaml.Report) {
	for name, words := range p.States {
		for number := range words {
			if _, err := strconv.ParseInt(number, 10, 64); err != nil {
				r.Bad("states."+name+"."+number, number, "a number before the words", "1: normal ok")
			}
		}
	}
}

func (p *Profile) checkMatch(r *strictyaml.Report) {
	p.whole(r, "root", &p.Root, "")
	for i := range p.Match.ObjectID {
		p.whole(r, fmt.Sprintf("match.object_id[%d]", i), &p.Match.ObjectID[i], "")
	}
	for i := range p.Match.Present {
		p.whole(r, fmt.Sprintf("match.present[%d]", i), &p.Match.Present[i], "")
	}
	for key, ref := range map[string]*Ref{"model": &p.Device.Model, "serial": &p.Device.Serial, "version": &p.Device.Version} {
		if ref.Set() {
			p.instance(r, "device."+key, ref)
		}
	}
}

func (p *Profile) checkTable(r *strictyaml.Report, t *Table) {
	if !t.Entry.Set() {
		r.Bad("entry", nil, "the identifier of the row", ".12.2.3.1.1")
	}
	if len(t.Columns) == 0 {
		r.Bad("columns", nil, "a list of columns", "- {at: 2, class: current}")
	}
	p.whole(r, "entry", &t.Entry, "")
	entry := t.Entry.oid
	p.names(r, &t.Name, entry)
	p.conditions(r, "when", t.When, entry)
	for i := range t.Columns {
		o := &t.Columns[i]
		if !o.Name.Set() {
			o.Name = t.Name
		}
		at := r.At(fmt.Sprintf("columns[%d]", i))
		p.checkObject(at, o, entry)
		o.When = append(o.When, t.When...)
		o.Untested = o.Untested || t.Untested
		if o.Part == "" {
			o.Part = t.Part
		}
	}
}

func (p *Profile) checkObject(r *strictyaml.Report, o *Object, entry pdu.OID) {
	if !o.At.Set() || o.At.index || o.At.fixed {
		r.Bad("at", shown(o.At), "the identifier of the object", ".12.1.15")
	}
	if o.Class == "" {
		r.Bad("class", nil, "what it measures", "voltage")
	}
	if !o.Name.Set() {
		r.Bad("name", nil, "a name", "Input")
	}
	if o.Divide < 0 || o.Multiply < 0 {
		r.Bad("divide", o.Divide, "a whole number above 0", "10")
	}
	p.known(r, "states", o.States, o.Class == Class(sensor.State))
	p.known(r, "status.states", o.Status.States, o.Status.At.Set())
	p.whole(r, "at", &o.At, entry)
	p.names(r, &o.Name, entry)
	p.conditions(r, "when", o.When, entry)
	p.conditions(r, "elsewhere", o.Elsewhere, "")
	for i := range o.Unless {
		p.whole(r, fmt.Sprintf("unless[%d]", i), &o.Unless[i], entry)
	}
	for i := range o.Same {
		p.whole(r, fmt.Sprintf("same[%d]", i), &o.Same[i], entry)
	}
	for key, ref := range map[string]*Ref{
		"digits": &o.Digits, "exponent": &o.Exponent, "scale": &o.Scale, "status.at": &o.Status.At,
		"limits.enabled": &o.Limits.Enabled, "limits.low_critical": &o.Limits.LowCritical,
		"limits.low_warning":  &o.Limits.LowWarning,
		"limits.high_warning": &o.Limits.HighWarning, "limits.high_critical": &o.Limits.HighCritical,
	} {
		p.whole(r, key, ref, entry)
	}
}

func shown(ref Ref) any {
	if !ref.Set() {
		return nil
	}
	return ref.text
}

// known checks the name of a list of words, which must be there where needed.
func (p *Profile) known(r *strictyaml.Report, key, name string, needed bool) {
	_, ok := p.States[name]
	switch {
	case name == "" && needed:
		r.Bad(key, nil, "the name of a list of states", "load")
	case name != "" && !ok:
		r.Bad(key, name, "a name under states", "load")
	case name != "" && !needed:
		r.Bad(key, name, "states of class state, or of a status with at", "class: state")
	}
}

func (p *Profile) names(r *strictyaml.Report, t *Template, entry pdu.OID) {
	for i := range t.refs {
		p.whole(r, "name", &t.refs[i], entry)
	}
}

func (p *Profile) conditions(r *strictyaml.Report, list string, when []When, entry pdu.OID) {
	for i := range when {
		key := fmt.Sprintf("%s[%d]", list, i)
		if !when[i].At.Set() || len(when[i].Is)+len(when[i].Not) == 0 {
			r.Bad(key, nil, "at, and is or not", "{at: 9, is: [1]}")
		}
		p.whole(r, key+".at", &when[i].At, entry)
	}
}

// whole resolves ref and reports one whose base is missing.
func (p *Profile) whole(r *strictyaml.Report, key string, ref *Ref, entry pdu.OID) {
	if ref.Set() && !ref.index && !ref.resolve(p.Root.oid, entry) {
		r.Bad(key, ref.text, "a whole identifier, or root or entry above it", "1.3.6.1.4.1.318")
	}
}
