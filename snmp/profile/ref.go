package profile

import (
	"fmt"
	"strconv"
	"strings"

	"rackvakt/snmp/pdu"
)

// Ref refers to an object, or to arcs of the index of the row that is read:
//
//	1.3.6.1.4.1.318   an identifier
//	.12.1.15          below the profile's root
//	4                 column 4 of the table
//	.5.3.1.3@1,2      of the row with only arcs 1 and 2 of this row's index
//	.1.1.2.3.0@       this very instance, whatever the row
//	#2                arc 2 of the index; # is the whole index
//
// Without @ the index is that of the row. The zero value refers to nothing.
type Ref struct {
	text  string
	base  string // "", "." or "4": what the arcs stand below
	oid   pdu.OID
	index bool // refers to the index itself
	fixed bool // arcs is given
	arcs  []int
}

// Set reports whether r refers to anything.
func (r Ref) Set() bool { return r.text != "" }

// UnmarshalText reads the forms above.
func (r *Ref) UnmarshalText(b []byte) error {
	*r = Ref{text: string(b)}
	if rest, ok := strings.CutPrefix(r.text, "#"); ok {
		r.index = true
		return r.positions(rest)
	}
	dotted, positions, fixed := strings.Cut(r.text, "@")
	r.fixed = fixed
	if err := r.positions(positions); err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(dotted, "."):
		r.base = "."
	case !strings.Contains(dotted, "."):
		r.base = "column"
	}
	oid, err := pdu.ParseOID(dotted)
	if err != nil {
		return fmt.Errorf("an object identifier, .arcs below the root, a column or #arc")
	}
	r.oid = oid
	return nil
}

func (r *Ref) positions(s string) error {
	if s == "" {
		return nil
	}
	for part := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > 128 {
			return fmt.Errorf("arcs of the index counted from 1, with commas")
		}
		r.arcs = append(r.arcs, n)
	}
	return nil
}

// resolve makes the identifier whole; false where its base is missing.
func (r *Ref) resolve(root, entry pdu.OID) bool {
	base := map[string]pdu.OID{".": root, "column": entry}[r.base]
	if r.base != "" && base == "" {
		return false
	}
	r.oid, r.base = base+r.oid, ""
	return true
}

// instance returns what r refers to for a row; false where the row's index is
// too short.
func (r Ref) instance(index pdu.OID) (pdu.OID, bool) {
	if !r.fixed {
		return r.oid + index, true
	}
	picked, ok := pick(index, r.arcs)
	return r.oid + picked, ok
}

func pick(index pdu.OID, arcs []int) (pdu.OID, bool) {
	var picked pdu.OID
	for _, n := range arcs {
		if n > index.Len() {
			return "", false
		}
		picked = picked.With(index.Arc(n - 1))
	}
	return picked, true
}

// want adds what r needs to w, for a row of a table or a scalar.
func (r Ref) want(w *Wanted, table bool) {
	switch {
	case !r.Set() || r.index:
	case r.fixed && len(r.arcs) == 0:
		w.Instances = append(w.Instances, r.oid)
	case table:
		w.Columns = append(w.Columns, r.oid)
	default:
		w.Instances = append(w.Instances, r.oid.With(0))
	}
}

// Template is a name with references in braces: "Outlet {3}", "{.5.3.1.3@1,2} {#3}".
type Template struct {
	text string
	refs []Ref // between the literals
	lits []string
}

// Set reports whether there is a name.
func (t Template) Set() bool { return t.text != "" }

// UnmarshalText reads literals and references.
func (t *Template) UnmarshalText(b []byte) error {
	*t = Template{text: string(b)}
	rest := t.text
	for {
		lit, after, open := strings.Cut(rest, "{")
		t.lits = append(t.lits, lit)
		if !open {
			return nil
		}
		inner, end, closed := strings.Cut(after, "}")
		var r Ref
		if !closed || r.UnmarshalText([]byte(inner)) != nil {
			return fmt.Errorf("text with references in braces")
		}
		t.refs = append(t.refs, r)
		rest = end
	}
}

// fill returns the name for a row. Where all it refers to is empty, it is the
// literals and the index.
func (t Template) fill(w walk, index pdu.OID) string {
	var b strings.Builder
	found := len(t.refs) == 0
	for i, lit := range t.lits {
		b.WriteString(lit)
		if i < len(t.refs) {
			s := w.text(t.refs[i], index)
			found = found || s != ""
			b.WriteString(s)
		}
	}
	name := strings.Join(strings.Fields(b.String()), " ")
	if !found {
		name = strings.TrimSpace(name + " " + index.String())
	}
	return name
}
