package strictyaml

import (
	"encoding"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// field is one configurable field of a struct.
type field struct {
	name, example string
	value         reflect.Value
}

// fieldsOf lists the tagged fields of v, those of inline structs among them.
func fieldsOf(v reflect.Value) []field {
	var out []field
	for i := range v.NumField() {
		tag, tagged := v.Type().Field(i).Tag.Lookup("yaml")
		switch {
		case !tagged || tag == "-":
		case tag == ",inline":
			out = append(out, fieldsOf(v.Field(i))...)
		default:
			out = append(out, field{tag, v.Type().Field(i).Tag.Get("example"), v.Field(i)})
		}
	}
	return out
}

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

// closest returns the accepted key that name was probably meant to be: the one
// at the smallest edit distance, if that is at most a third of its length;
// otherwise none.
func closest(name string, accepted []string) string {
	best, bestAt := "", len(name)/3+1
	for _, a := range accepted {
		if dist := distance(name, a); dist < bestAt {
			best, bestAt = a, dist
		}
	}
	return best
}

// distance is the Levenshtein distance of a and b in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// want says in words what a value of type t looks like.
func want(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration with its unit"
	case t == secretType:
		return "a secret by reference: file or credential"
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return "text"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return want(t.Elem())
	case reflect.String:
		return "text (quote a number)"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "keys with values"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, not negative"
	}
	return "a whole number"
}

func orExample(example string, t reflect.Type) string {
	if example != "" {
		return example
	}
	switch {
	case t == durationType:
		return "30s"
	case t == secretType:
		return "{file: /etc/rackvakt/secret}"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true"
	case reflect.Slice:
		return "- item"
	}
	return ""
}

// describeFor is describe, but never repeats what stands where a secret's
// reference should: it may be the secret itself.
func describeFor(t reflect.Type, n ast.Node) string {
	if t == secretType {
		return "*** (a value in the file itself)"
	}
	return describe(n)
}

// describe says what stands in the document, with scalars as written.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.SequenceNode:
		return "a list"
	}
	if s, ok := scalarText(n); ok {
		return "\"" + strings.TrimSpace(s) + "\""
	}
	return n.Type().String()
}
