package strictyaml_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rackvakt/sensors/strictyaml"
)

type level string

func (l *level) UnmarshalText(b []byte) error {
	if s := string(b); s != "low" && s != "high" {
		return errors.New("low or high")
	}
	*l = level(b)
	return nil
}

type limit struct {
	High int64 `yaml:"high" example:"35"`
}

type device struct {
	Name  string        `yaml:"name" example:"sw1"`
	Every time.Duration `yaml:"every" example:"30s"`
	Port  uint16        `yaml:"port" example:"161"`
	Limit *limit        `yaml:"limit"`
}

func (d *device) SetDefaults() { d.Port = 161 }

func (d *device) Validate(r *strictyaml.Report) {
	if d.Name == "" {
		r.Bad("name", nil, "a name", "sw1")
	}
	if d.Every != 0 && d.Every < time.Second {
		r.Bad("every", d.Every, "at least 1s", "30s")
	}
}

type base struct {
	Site string `yaml:"site" example:"vc-arvika"`
}

type options struct {
	base    `yaml:",inline"`
	Level   level             `yaml:"level" example:"low"`
	On      bool              `yaml:"on"`
	Devices []device          `yaml:"devices"`
	Limits  map[string]limit  `yaml:"limits"`
	Words   map[string]string `yaml:"words"`
	Secret  strictyaml.Secret `yaml:"secret"`
	Share   float64           `yaml:"share"`
	Hidden  string
}

func decode(src string) (options, strictyaml.Problems) {
	o := options{On: true, base: base{Site: "default"}}
	ps := strictyaml.Decode("f.yaml", []byte(src), &o)
	return o, ps
}

func TestGoodDocument(t *testing.T) {
	o, ps := decode(`
site: vc-arvika   # comment
level: high
devices:
  - name: sw1
    every: 30s
    limit: {high: -5}
  - {name: "2", port: 0x10}
limits: {rack: {high: 1_000}}
words:
  a: "1"
  b: |
    two
secret: {file: /run/s}
share: 0.5
`)
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	want := options{
		base: base{"vc-arvika"}, Level: "high", On: true, Share: 0.5,
		Devices: []device{{Name: "sw1", Every: 30 * time.Second, Port: 161, Limit: &limit{-5}}, {Name: "2", Port: 16}},
		Limits:  map[string]limit{"rack": {1000}}, Words: map[string]string{"a": "1", "b": "two\n"},
		Secret: strictyaml.Secret{File: "/run/s"},
	}
	if diff := cmp.Diff(want, o, cmp.AllowUnexported(options{})); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyDocumentKeepsDefaults(t *testing.T) {
	for _, src := range []string{"", "\n# only a comment\n", "---\n"} {
		if o, ps := decode(src); ps.Err() != nil || !o.On || o.Site != "default" {
			t.Errorf("%q: %+v, %v", src, o, ps)
		}
	}
}

// One document a mistake, each with its full message.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"sitee: x", `f.yaml:1:1: sitee: found an unknown key; want one of site, level, on, devices, limits, words, secret, share, for example site`},
		{"Hidden: x", `f.yaml:1:1: Hidden: found an unknown key; want one of site, level, on, devices, limits, words, secret, share`},
		{"site: 12", `f.yaml:1:7: site: found "12"; want text (quote a number), for example vc-arvika`},
		{"site: true", `f.yaml:1:7: site: found "true"; want text (quote a number), for example vc-arvika`},
		{"site:", `f.yaml:1:1: site: found no value; want text (quote a number), for example vc-arvika`},
		{"site: [a]", `f.yaml:1:7: site: found a list; want text (quote a number), for example vc-arvika`},
		{"site: &x a", `f.yaml:1:7: site: found &; want the value written out, without anchor, alias or tag, for example vc-arvika`},
		{"on: yes", `f.yaml:1:5: on: found "yes"; want true or false, for example true`},
		{"level: middle", `f.yaml:1:8: level: found "middle"; want low or high, for example low`},
		{"site: a\nsite: b", `f.yaml:2:1: found broken YAML (mapping key "site" already defined at [1:1]); want valid YAML, for example key: value`},
		{"devices: {a: 1}", `f.yaml:1:11: devices: found keys with values; want a list, for example - item`},
		{"devices:\n  - name: a\n    every: 30", `f.yaml:3:12: devices[0].every: found "30"; want a duration with its unit, for example 30s`},
		{"devices:\n  - name: a\n    every: 2ms", `f.yaml:3:5: devices[0].every: found "2ms"; want at least 1s, for example 30s`},
		{"devices:\n  - port: 80", `f.yaml:2:5: devices[0].name: missing; want a name, for example sw1`},
		{"devices:\n  - {name: a, port: 70000}", `f.yaml:2:21: devices[0].port: found "70000"; want a whole number, not negative, for example 161`},
		{"devices:\n  - {name: a, port: -1}", `f.yaml:2:21: devices[0].port: found "-1"; want a whole number, not negative, for example 161`},
		{"devices:\n  - {name: a, limit: {high: 3.5}}", `f.yaml:2:29: devices[0].limit.high: found "3.5"; want a whole number, for example 35`},
		{"secret: hunter2", `f.yaml:1:9: secret: found *** (a value in the file itself); want a secret by reference: file or credential, for example {file: /etc/rackvakt/secret}`},
		{"secret: {file: /a, credential: b}", `f.yaml:1:1: secret: found "file and credential"; want one of the two, for example {file: /a}`},
		{"a: b: c", `f.yaml:1:4: found broken YAML (mapping value is not allowed in this context); want valid YAML, for example key: value`},
		{"site: a\n---\nsite: b", `f.yaml:3:1: found a second document; want one document in the file`},
	} {
		_, ps := decode(c.src)
		if got := ps.Error(); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestAllMistakesAtOnceInOrder(t *testing.T) {
	_, ps := decode("on: 1\nlevel: x\ndevices:\n  - every: soon\nlimits: {a: {hi: 2}}\n")
	var keys []string
	for _, p := range ps {
		keys = append(keys, fmt.Sprint(p.Line, " ", p.Key))
	}
	want := []string{"1 on", "2 level", "4 devices[0].name", "4 devices[0].every", "5 limits.a.hi"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
}

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pass")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("hemligt\n")
	byFile := strictyaml.Secret{File: file}
	if got, err := byFile.Read(); err != nil || got != "hemligt" {
		t.Errorf("by file: %q, %v", got, err)
	}
	if s := fmt.Sprintf("%v %s", byFile, byFile); strings.Contains(s, "hemligt") || !strings.Contains(s, "***") {
		t.Errorf("printed as %s", s)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	if got, err := (strictyaml.Secret{Credential: "pass"}).Read(); err != nil || got != "hemligt" {
		t.Errorf("by credential: %q, %v", got, err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := (strictyaml.Secret{Credential: "pass"}).Read(); err == nil {
		t.Error("a credential without systemd was read")
	}
	write("\n")
	if _, err := byFile.Read(); err == nil {
		t.Error("an empty secret was accepted")
	}
	if _, err := (strictyaml.Secret{}).Read(); err == nil {
		t.Error("no secret was read")
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"site: a", "devices:\n  - {name: a, limit: {high: 1}}", "a: [", "- x", "? x : y", "{}", "\t", "a: *b", "!!int 3", "x: |\n  y", "<<: {a: b}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		_, ps := decode(src)
		for _, p := range ps {
			if p.Want == "" || p.File == "" {
				t.Errorf("problem without file or wish: %+v", p)
			}
		}
	})
}
