package climate

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// Every fault and reason in chip.go and in package bus has a Swedish text, and no
// other text has one.
func TestSwedish(t *testing.T) {
	n := 0
	look := func(node ast.Node) bool {
		decl, ok := node.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			return true
		}
		ast.Inspect(decl, func(node ast.Node) bool {
			lit, ok := node.(*ast.BasicLit)
			if !ok {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if sv, known := Swedish(text); err != nil || !known || sv == "" {
				t.Errorf("%s has no Swedish text", lit.Value)
			}
			n++
			return true
		})
		return true
	}
	for _, name := range []string{"chip.go", "../bus/bus.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, look)
	}
	if n < 20 {
		t.Errorf("%d texts found", n)
	}
	const both = "calibration overdue; disagrees with climate/inlet"
	if sv, ok := Swedish(both); !ok || sv != "kalibreringen har gått ut; stämmer inte med climate/inlet" {
		t.Errorf("%q", sv)
	}
	if _, ok := Swedish("line gone"); ok {
		t.Error("a text of others was translated")
	}
}
