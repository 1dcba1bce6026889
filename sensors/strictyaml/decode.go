package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxDocument bounds a configuration file, in bytes.
const maxDocument = 1 << 20

// Decode reads src into dst, a pointer to a struct that holds the defaults. On
// problems dst is partly filled and must not be used. file is only named in
// messages. A nil result means that all is well.
func Decode(file string, src []byte, dst any) Problems {
	d := &document{file: file, places: map[string]place{"": {1, 1}}, bad: map[string]bool{}}
	root := d.parse(src)
	target := reflect.ValueOf(dst).Elem()
	if root != nil {
		d.value(root, target, "", "")
	}
	if root != nil || len(d.problems) == 0 {
		d.validate(target, "")
	}
	d.problems.sort()
	return d.problems
}

// parse returns the root of the one document in src, nil if it is empty or not YAML.
func (d *document) parse(src []byte) ast.Node {
	if len(src) > maxDocument {
		d.add(place{}, "", fmt.Sprintf("%d bytes", len(src)), fmt.Sprintf("at most %d bytes", maxDocument), "")
		return nil
	}
	file, err := parser.ParseBytes(src, 0)
	if err != nil {
		d.syntax(err)
		return nil
	}
	var docs []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			docs = append(docs, doc.Body)
		}
	}
	if len(docs) > 1 {
		d.add(at(docs[1]), "", "a second document", "one document in the file", "")
	}
	if len(docs) == 0 {
		return nil
	}
	return docs[0]
}

func (d *document) syntax(err error) {
	where, text := place{}, err.Error()
	var yerr yaml.Error
	if errors.As(err, &yerr) {
		text = yerr.GetMessage()
		if tok := yerr.GetToken(); tok != nil {
			where = place{tok.Position.Line, tok.Position.Column}
		}
	}
	d.add(where, "", "broken YAML ("+text+")", "valid YAML", "key: value")
}

// at returns where n begins: for a mapping its first key, since the parser's own
// token of a block mapping is the colon.
func at(n ast.Node) place {
	if pairs, ok := entries(n); ok && len(pairs) > 0 {
		n = pairs[0].Key
	}
	if tok := n.GetToken(); tok != nil && tok.Position != nil {
		return place{tok.Position.Line, tok.Position.Column}
	}
	return place{}
}

// entries returns the key-value pairs of a mapping node; false if n is none.
func entries(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[Secret]()
)

// value decodes node n into v. key is the full key, example what its field's tag says.
func (d *document) value(n ast.Node, v reflect.Value, key, example string) {
	if key != "" {
		if _, seen := d.places[key]; !seen {
			d.places[key] = at(n)
		}
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.add(at(n), key, strings.TrimSpace(n.GetToken().Value), "the value written out, without anchor, alias or tag", example)
		return
	case *ast.NullNode:
		d.add(d.nearest(key), key, "no value", want(v.Type()), orExample(example, v.Type()))
		return
	}
	if v.CanAddr() && v.Type() != secretType {
		if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			d.text(n, u, v.Type(), key, example)
			return
		}
	}
	d.plain(n, v, key, example)
}

// plain decodes into a type without a text form of its own.
func (d *document) plain(n ast.Node, v reflect.Value, key, example string) {
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			fresh = v
		}
		d.value(n, fresh.Elem(), key, example)
		v.Set(fresh)
	case reflect.Struct:
		d.structure(n, v, key, example)
	case reflect.Slice:
		d.sequence(n, v, key, example)
	case reflect.Map:
		d.mapping(n, v, key, example)
	default:
		d.scalar(n, v, key, example)
	}
}

func (d *document) text(n ast.Node, u encoding.TextUnmarshaler, t reflect.Type, key, example string) {
	s, ok := scalarText(n)
	if !ok {
		d.add(at(n), key, describe(n), want(t), orExample(example, t))
		return
	}
	if err := u.UnmarshalText([]byte(s)); err != nil {
		d.add(at(n), key, strconv.Quote(s), err.Error(), example)
	}
}

// structure decodes a mapping into the tagged fields of a struct.
func (d *document) structure(n ast.Node, v reflect.Value, key, example string) {
	pairs, ok := entries(n)
	if !ok {
		d.add(at(n), key, describeFor(v.Type(), n), want(v.Type()), orExample(example, v.Type()))
		return
	}
	fields := fieldsOf(v)
	for _, pair := range d.unique(pairs, key) {
		name := pair.Key.GetToken().Value
		full := join(key, name)
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			d.add(at(pair.Key), full, "an unknown key", "one of "+strings.Join(names(fields), ", "), closest(name, names(fields)))
			continue
		}
		d.places[full] = at(pair.Key)
		d.value(pair.Value, fields[i].value, full, fields[i].example)
	}
}

// unique reports keys that stand twice and returns the first of each.
func (d *document) unique(pairs []*ast.MappingValueNode, key string) []*ast.MappingValueNode {
	seen := map[string]bool{}
	var once []*ast.MappingValueNode
	for _, p := range pairs {
		name := p.Key.GetToken().Value
		if seen[name] {
			d.add(at(p.Key), join(key, name), "the key a second time", "each key once", "")
			continue
		}
		seen[name] = true
		once = append(once, p)
	}
	return once
}

func (d *document) sequence(n ast.Node, v reflect.Value, key, example string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.add(at(n), key, describe(n), want(v.Type()), orExample(example, v.Type()))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		elem := out.Index(i)
		if def, ok := elem.Addr().Interface().(Defaulter); ok {
			def.SetDefaults()
		}
		d.value(item, elem, fmt.Sprintf("%s[%d]", key, i), example)
	}
	v.Set(out)
}

// Defaulter is implemented by options that stand in lists or maps: each new
// element is given its defaults before the document is read into it.
type Defaulter interface {
	SetDefaults()
}

func (d *document) mapping(n ast.Node, v reflect.Value, key, example string) {
	pairs, ok := entries(n)
	if !ok {
		d.add(at(n), key, describe(n), want(v.Type()), orExample(example, v.Type()))
		return
	}
	out := reflect.MakeMap(v.Type())
	for _, pair := range d.unique(pairs, key) {
		name := pair.Key.GetToken().Value
		full := join(key, name)
		d.places[full] = at(pair.Key)
		elem := reflect.New(v.Type().Elem()).Elem()
		if def, ok := elem.Addr().Interface().(Defaulter); ok {
			def.SetDefaults()
		}
		d.value(pair.Value, elem, full, example)
		out.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), elem)
	}
	v.Set(out)
}

// scalar decodes strings, bools, integers and durations.
func (d *document) scalar(n ast.Node, v reflect.Value, key, example string) {
	bad := func() { d.add(at(n), key, describe(n), want(v.Type()), orExample(example, v.Type())) }
	switch {
	case v.Type() == durationType:
		s, ok := scalarText(n)
		dur, err := time.ParseDuration(s)
		if !ok || err != nil {
			bad()
			return
		}
		v.SetInt(int64(dur))
	case v.Kind() == reflect.String:
		s, ok := stringText(n)
		if !ok {
			bad()
			return
		}
		v.SetString(s)
	case v.Kind() == reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			bad()
			return
		}
		v.SetBool(b.Value)
	default:
		if !setNumber(n, v) {
			bad()
		}
	}
}

func setNumber(n ast.Node, v reflect.Value) bool {
	switch num := n.(type) {
	case *ast.IntegerNode:
		i, err := strconv.ParseInt(strings.ReplaceAll(num.Token.Value, "_", ""), 0, 64)
		switch {
		case err != nil:
			return false
		case v.CanInt() && !v.OverflowInt(i):
			v.SetInt(i)
			return true
		case v.CanUint() && i >= 0 && !v.OverflowUint(uint64(i)):
			v.SetUint(uint64(i))
			return true
		case v.CanFloat():
			v.SetFloat(float64(i))
			return true
		}
	case *ast.FloatNode:
		if v.CanFloat() {
			v.SetFloat(num.Value)
			return true
		}
	}
	return false
}

// scalarText returns the text of any scalar, as written.
func scalarText(n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// stringText returns the text of a string node only.
func stringText(n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	}
	return "", false
}

// validate calls every Validator in v, inner ones first.
func (d *document) validate(v reflect.Value, key string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			d.validate(v.Elem(), key)
		}
		return
	case reflect.Slice:
		for i := range v.Len() {
			d.validate(v.Index(i), fmt.Sprintf("%s[%d]", key, i))
		}
	case reflect.Map:
		d.validateMap(v, key)
	case reflect.Struct:
		for _, f := range fieldsOf(v) {
			d.validate(f.value, join(key, f.name))
		}
	}
	if v.CanAddr() {
		if val, ok := v.Addr().Interface().(Validator); ok {
			val.Validate(&Report{doc: d, base: key})
		}
	}
}

func (d *document) validateMap(v reflect.Value, key string) {
	for it := v.MapRange(); it.Next(); {
		elem := reflect.New(v.Type().Elem()).Elem()
		elem.Set(it.Value())
		d.validate(elem, join(key, it.Key().String()))
	}
}
