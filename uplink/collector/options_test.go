package collector

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rackvakt/sensors/strictyaml"
)

var update = flag.Bool("update", false, "write the golden messages anew")

func TestExamplePasses(t *testing.T) {
	o, err := Parse("example", []byte(Example))
	if err != nil {
		t.Fatal(err)
	}
	closets, err := o.closets()
	if err != nil || len(closets) != 2 {
		t.Errorf("closets %v, %v", closets, err)
	}
}

// Each file in testdata holds mistakes; the .want beside it the whole message.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad files", err)
	}
	for _, file := range files {
		_, err := Load(file)
		var problems strictyaml.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: no problems, %v", file, err)
			continue
		}
		golden := strings.TrimSuffix(file, ".yaml") + ".want"
		if *update {
			if err := os.WriteFile(golden, []byte(problems.Error()+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), problems.Error()+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func TestNeedRestart(t *testing.T) {
	base, err := Parse("example", []byte(Example))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{"phone: 010-555 01 00", "phone: 010-555 09 00", ""},
		{"name: Sunne Fysioterapi", "name: Fysioterapin", ""},
		{"retention: 9600h", "retention: 4800h", "store"},
		{"silent_after: 60s", "silent_after: 90s", "silence"},
		{"- name: kontor", "- name: rack", "sites"},
		{"kind: physiotherapy", "kind: private", "sites"},
	} {
		next, err := Parse("changed", []byte(strings.Replace(Example, c.from, c.to, 1)))
		if err != nil {
			t.Errorf("%s: %v", c.to, err)
			continue
		}
		if got := strings.Join(base.needRestart(next), ","); got != c.want {
			t.Errorf("%s: restart for %q, want %q", c.to, got, c.want)
		}
	}
}
