package poll

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"rackvakt/snmp/poe"
)

// Every field that programs see is described in the package comment.
func TestEveryFieldIsDescribed(t *testing.T) {
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	described := make(map[string]bool)
	for _, word := range regexp.MustCompile(`[a-z_]+`).FindAllString(string(raw), -1) {
		described[word] = true
	}
	ours := regexp.MustCompile("^rackvakt/snmp/(poll|poe|bridge)$")
	var check func(at reflect.Type)
	check = func(at reflect.Type) {
		for at.Kind() == reflect.Slice || at.Kind() == reflect.Pointer {
			at = at.Elem()
		}
		if at.Kind() != reflect.Struct || at == reflect.TypeFor[PrinterInfo]() || !ours.MatchString(at.PkgPath()) {
			return
		}
		for i := range at.NumField() {
			name, _, _ := strings.Cut(at.Field(i).Tag.Get("json"), ",")
			if at.Field(i).Anonymous {
				check(at.Field(i).Type)
			}
			if name == "" || name == "-" {
				continue
			}
			if !described[name] {
				t.Errorf("%s of %v is not described", name, at)
			}
			check(at.Field(i).Type)
		}
	}
	check(reflect.TypeFor[Result]())
}

// What PoE does not tell is null.
func TestPoEWithoutNamesIsNull(t *testing.T) {
	b, err := json.Marshal(poe.PoE{Supplies: []poe.Supply{{Group: 1}}, Ports: []poe.Port{{Admin: "on"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"name":null`, `"status":null`, `"group":1`, `"admin":"on"`, `"detection":null`, `"budget_watts":null`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
	if strings.Contains(string(b), `""`) {
		t.Errorf("an empty text in %s", b)
	}
}
