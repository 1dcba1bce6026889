// Package strictyaml decodes one YAML document into plain option structs and
// tells every mistake at once: file, line, column, key, what was found, what
// would be right, and an example that is accepted.
//
// Struct fields are named by a `yaml:"key"` tag; a field without one is not
// configurable. `yaml:",inline"` takes the fields of an embedded struct in.
// `example:"30s"` gives the text that a message shows as accepted. What the
// document leaves out keeps the value that it had before, so defaults live in
// the constructor of the options.
//
// It refuses anchors, aliases, merge keys, tags, several documents and
// duplicate keys, converts nothing silently (a number is not a string, "yes" is
// not a bool), and opens no file.
package strictyaml

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is one mistake in a document.
type Problem struct {
	File string
	// Line and Column count from 1; 0 where the document as a whole is meant.
	Line, Column int
	// Key is the full dotted key: snmp.devices[1].address. Empty for syntax errors.
	Key string
	// Found is the offending value as written; "" means that the key is missing.
	Found string
	// Want says what would be right; Example is an accepted value, or empty.
	Want, Example string
}

// String writes file:line:column: key: found, want, example.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	if p.Found == "" {
		b.WriteString("missing")
	} else {
		fmt.Fprintf(&b, "found %s", p.Found)
	}
	b.WriteString("; want " + p.Want)
	if p.Example != "" {
		b.WriteString(", for example " + p.Example)
	}
	return b.String()
}

// Problems are all mistakes of one document in the order of their places. A
// non-empty Problems is an error.
type Problems []Problem

// Error writes one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns ps as an error, nil when there are no problems.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

func (ps Problems) sort() {
	sort.SliceStable(ps, func(i, j int) bool {
		if ps[i].Line != ps[j].Line {
			return ps[i].Line < ps[j].Line
		}
		return ps[i].Column < ps[j].Column
	})
}

// Validator is implemented by options that check their own values. Validate is
// called on every decoded struct that has it, inner ones first, also when some
// keys were already wrong; a key with a problem is not reported twice.
type Validator interface {
	Validate(r *Report)
}

// place is where a key or its value stands.
type place struct{ line, column int }

// document gathers the places and problems of one decoding.
type document struct {
	file     string
	places   map[string]place
	bad      map[string]bool
	problems Problems
}

func (d *document) add(at place, key, found, want, example string) {
	d.bad[key] = true
	d.problems = append(d.problems, Problem{
		File: d.file, Line: at.line, Column: at.column, Key: key, Found: found, Want: want, Example: example,
	})
}

// nearest returns the place of key, or of the closest key above it.
func (d *document) nearest(key string) place {
	for {
		if at, ok := d.places[key]; ok {
			return at
		}
		cut := strings.LastIndexAny(key, ".[")
		if cut < 0 {
			return d.places[""]
		}
		key = key[:cut]
	}
}

// Report lets a Validator tell mistakes with their places.
type Report struct {
	doc  *document
	base string
}

// Bad reports the value of key, relative to the struct that is validated:
// "address", "limits.high", "ports[2]"; "" means the struct itself. found is the
// value as it should be shown, nil for a missing one.
func (r *Report) Bad(key string, found any, want, example string) {
	full := join(r.base, key)
	if r.doc.bad[full] {
		return
	}
	text := ""
	if found != nil {
		text = fmt.Sprintf("%q", fmt.Sprint(found))
	}
	r.doc.add(r.doc.nearest(full), full, text, want, example)
}

// At returns a Report for the part of the struct under key.
func (r *Report) At(key string) *Report { return &Report{doc: r.doc, base: join(r.base, key)} }

// Has reports whether the document itself holds key, relative to the struct.
func (r *Report) Has(key string) bool {
	_, ok := r.doc.places[join(r.base, key)]
	return ok
}

func join(base, key string) string {
	switch {
	case base == "":
		return key
	case key == "" || strings.HasPrefix(key, "["):
		return base + key
	}
	return base + "." + key
}
