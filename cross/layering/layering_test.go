// Package layering holds the import directions of the design: which folder may
// import which, which folder alone may touch a given outside library, and what
// the agent's binary must never contain. Test files count too.
//
// It reads import clauses and `go list`; it refuses to judge anything else.
package layering

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go/parser"
	"go/token"
)

const module = "rackvakt"

// houses lists, per house, the packages of this module (by prefix) that it may import.
var houses = map[string][]string{
	"sensors":  {"sensors"},
	"snmp":     {"snmp", "sensors/reading", "sensors/strictyaml"},
	"uplink":   {"uplink", "sensors/reading", "sensors/strictyaml"},
	"firmware": {"sensors", "snmp", "uplink", "firmware"},
	"cross":    {"sensors", "snmp", "uplink", "firmware", "cross"},
}

// wiring lists the commands, which may import everything but cross.
var wiring = []string{"firmware/cmd/rackvakt", "uplink/cmd/rackvakt-collector"}

// owners lists outside libraries and the only folders that may import them.
// cross builds rigs from the real things and is free of this.
var owners = map[string][]string{
	"periph.io/x/host":                    {"sensors/board"},
	"periph.io/x":                         {"sensors"},
	"github.com/warthog618/go-gpiocdev":   {"sensors/board"},
	"github.com/warthog618/go-gpiosim":    {"sensors/board", "sensors/sensortest"},
	"github.com/gosnmp/gosnmp":            {"snmp"},
	"github.com/eclipse/paho.mqtt.golang": {"uplink"},
	"github.com/mochi-mqtt":               {"uplink"},
	"modernc.org/sqlite":                  {"uplink/store"},
	"github.com/prometheus/prometheus":    {"uplink/store"},
}

// agentNever lists what must not be among the dependencies of firmware/cmd/rackvakt.
var agentNever = []string{
	"github.com/mochi-mqtt", "modernc.org/sqlite", "github.com/prometheus/prometheus", "github.com/prometheus/client_golang",
}

// pure lists packages that may import the standard library only.
var pure = []string{"sensors/reading"}

// badNames are package names that say nothing.
var badNames = []string{"util", "utils", "common", "helpers", "misc", "types"}

func within(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

func withinAny(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return within(path, p) })
}

// forbidden returns why the package in folder dir must not import imp, or nil.
func forbidden(dir, imp string) error {
	if inner, ours := strings.CutPrefix(imp, module+"/"); ours {
		return forbiddenInside(dir, inner)
	}
	if withinAny(dir, pure) && strings.Contains(strings.Split(imp, "/")[0], ".") && imp != "pgregory.net/rapid" {
		return fmt.Errorf("%s imports %s: only the standard library may be imported there", dir, imp)
	}
	for lib, who := range owners {
		if within(imp, lib) && !withinAny(dir, append(who, "cross")) {
			return fmt.Errorf("%s imports %s: only %s may", dir, imp, strings.Join(who, ", "))
		}
	}
	return nil
}

func forbiddenInside(dir, inner string) error {
	if within(inner, "cross") && !within(dir, "cross") {
		return fmt.Errorf("%s imports %s: nobody imports cross", dir, inner)
	}
	if withinAny(dir, wiring) {
		return nil
	}
	house := strings.Split(dir, "/")[0]
	if !withinAny(inner, houses[house]) {
		return fmt.Errorf("%s imports %s: %s may import only %s", dir, inner, house, strings.Join(houses[house], ", "))
	}
	return nil
}

// imports calls visit for every import clause of every Go file below root.
func imports(root string, visit func(dir, pkg, imp string)) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		for _, spec := range file.Imports {
			imp, uerr := strconv.Unquote(spec.Path.Value)
			err = errors.Join(err, uerr)
			visit(filepath.ToSlash(dir), file.Name.Name, imp)
		}
		return err
	})
}

func TestImportDirections(t *testing.T) {
	files := 0
	err := imports("../..", func(dir, pkg, imp string) {
		files++
		if err := forbidden(dir, imp); err != nil {
			t.Error(err)
		}
		if slices.Contains(badNames, pkg) {
			t.Errorf("%s: package name %q says nothing", dir, pkg)
		}
	})
	if err != nil || files == 0 {
		t.Fatalf("%d imports read: %v", files, err)
	}
}

// The rules themselves are tried on imports that must fail and that must pass.
func TestRulesCanFail(t *testing.T) {
	for _, c := range []struct {
		dir, imp string
		ok       bool
	}{
		{"sensors/climate", "rackvakt/uplink/record", false},
		{"sensors/climate", "rackvakt/sensors/board", true},
		{"sensors/climate", "periph.io/x/conn/v3/i2c", true},
		{"sensors/climate", "periph.io/x/host/v3/sysfs", false},
		{"sensors/contact", "github.com/warthog618/go-gpiocdev", false},
		{"sensors/reading", "github.com/google/go-cmp/cmp", false},
		{"snmp/poll", "rackvakt/sensors/reading", true},
		{"snmp/poll", "rackvakt/sensors/climate", false},
		{"uplink/alarm", "rackvakt/snmp/ifmib", false},
		{"uplink/notify", "github.com/gosnmp/gosnmp", false},
		{"uplink/web", "modernc.org/sqlite", false},
		{"uplink/cmd/rackvakt-collector", "rackvakt/snmp/trap", true},
		{"uplink/cmd/rackvakt-collector", "rackvakt/cross/demo", false},
		{"firmware/agent", "rackvakt/uplink/outbox", true},
		{"firmware/agent", "github.com/eclipse/paho.mqtt.golang", false},
		{"cross/e2e", "rackvakt/firmware/config", true},
		{"uplinkish/x", "rackvakt/uplink/record", false},
	} {
		if err := forbidden(c.dir, c.imp); (err == nil) != c.ok {
			t.Errorf("%s -> %s: %v, want allowed %v", c.dir, c.imp, err, c.ok)
		}
	}
}

// deps returns every package that pkg is built from, for Linux.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath", pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	var all []string
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ ImportPath string }
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p.ImportPath)
	}
}

func reached(deps, never []string) []string {
	var bad []string
	for _, d := range deps {
		if withinAny(d, never) {
			bad = append(bad, d)
		}
	}
	return bad
}

func TestAgentIsLean(t *testing.T) {
	if bad := reached(deps(t, module+"/firmware/cmd/rackvakt"), agentNever); bad != nil {
		t.Errorf("rackvakt must not contain %s", strings.Join(bad, ", "))
	}
	if bad := reached([]string{"github.com/mochi-mqtt/server/v2/packets"}, agentNever); bad == nil {
		t.Error("the check for the agent's dependencies cannot fail")
	}
}

func TestTopLevel(t *testing.T) {
	// build is what make writes; git ignores it.
	allowed := []string{"firmware", "sensors", "snmp", "uplink", "cross", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE", "build"}
	entries, err := filepath.Glob("../../*")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := filepath.Base(e); !strings.HasPrefix(name, ".") && !slices.Contains(allowed, name) {
			t.Errorf("top level holds %s; only %s belong there", name, strings.Join(allowed, " "))
		}
	}
}
