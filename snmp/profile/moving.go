package profile

// Moving returns what must be asked again to know how the sensors are now: what
// holds their values, and what judges them or says whether they count. Names,
// scales and limits stay as they were.
func (p *Profile) Moving() (values, about Wanted) {
	for i := range p.Scalars {
		p.Scalars[i].moving(&values, &about, false)
	}
	for _, t := range p.Tables {
		for i := range t.Columns {
			t.Columns[i].moving(&values, &about, true)
		}
	}
	return Wanted{distinct(values.Instances), distinct(values.Columns)}, Wanted{distinct(about.Instances), distinct(about.Columns)}
}

func (o *Object) moving(values, about *Wanted, table bool) {
	o.At.want(values, table)
	o.Status.At.want(about, table)
	for _, c := range o.When {
		c.At.want(about, table)
	}
}
