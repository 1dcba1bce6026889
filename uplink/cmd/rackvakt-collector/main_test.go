package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rackvakt/uplink/collector"
)

// do runs one command line in an environment with that LANG.
func do(t *testing.T, lang string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e, func(k string) string { return map[string]string{"LANG": lang}[k] })
	return code, o.String(), e.String()
}

func TestCommandLine(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good.yaml")
	if err := os.WriteFile(good, []byte(collector.Example), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := "../../collector/testdata/five.yaml"
	for _, c := range []struct {
		name      string
		args      []string
		code      int
		out, errs string // texts within
	}{
		{"nothing", nil, exitMistakes, "Exit codes", ""},
		{"help", []string{"help"}, exitGood, "rackvakt-collector check -config", ""},
		{"unknown", []string{"chek"}, exitMistakes, "", `unknown command "chek"`},
		{"help of a command", []string{"check", "-h"}, exitGood, "", "-config"},
		{"unknown flag", []string{"check", "-confg", good}, exitMistakes, "", "flag provided but not defined"},
		{"unknown language", []string{"version", "-lang", "de"}, exitMistakes, "", "want sv or en"},
		{"too many", []string{"check", "-config", good, "more"}, exitMistakes, "", `unexpected "more"`},
		{"version", []string{"version"}, exitGood, "rackvakt-collector dev", ""},
		{"example", []string{"example"}, exitGood, "sites:", ""},
		{"good file", []string{"check", "-config", good}, exitGood, "good. Sites: 2", ""},
		{"good file, Swedish", []string{"check", "-lang", "sv", "-config", good}, exitGood, "rätt. Vårdenheter: 2", ""},
		{"five mistakes", []string{"check", "-config", bad}, exitMistakes, "", "five.yaml:"},
		{"run with mistakes", []string{"run", "-config", bad}, exitMistakes, "", "five.yaml:"},
		{"no file", []string{"check", "-config", "/nosuch/file"}, exitFailed, "", "no such file"},
		{"Mosquitto", []string{"mosquitto", "-dir", "/x", "-listen", "8884"}, exitGood, "listener 8884\ncafile /x/ca.crt", ""},
		{"Mosquitto's rights", []string{"mosquitto", "-part", "acl"}, exitGood, "pattern write rackvakt/v1/+/%u/alarm", ""},
		{"unknown part", []string{"mosquitto", "-part", "x"}, exitMistakes, "", "conf or acl"},
		{"no kind of certificate", []string{"cert"}, exitMistakes, "", "cert closet"},
		{"help of cert", []string{"cert", "-h"}, exitGood, "", "cert closet"},
		{"unknown kind", []string{"cert", "clerk"}, exitMistakes, "", `unknown certificate kind "clerk"`},
		{"closet without name", []string{"cert", "closet", "-dir", t.TempDir()}, exitMistakes, "", "no name given"},
		{"name too many", []string{"cert", "ca", "-dir", t.TempDir(), "x"}, exitMistakes, "", `unexpected "x"`},
		{"no authority", []string{"cert", "collector", "-dir", t.TempDir()}, exitFailed, "", "make one first"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := do(t, "en_GB.UTF-8", c.args...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) {
				t.Errorf("code %d, want %d\nout: %s\nerrs: %s", code, c.code, out, errs)
			}
		})
	}
}

// What people read is Swedish where the environment does not say English.
func TestLanguage(t *testing.T) {
	for lang, want := range map[string]string{"": "giltigt till", "sv_SE.UTF-8": "giltigt till", "de_DE": "giltigt till", "en_US": "valid until"} {
		if _, out, errs := do(t, lang, "cert", "ca", "-dir", t.TempDir()); !strings.Contains(out, want) {
			t.Errorf("LANG=%s: %s%s", lang, out, errs)
		}
	}
}

// The authority signs for server, collector and closets; a key stays its owner's
// and is never written over, and what was made before a mistake is told.
func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"ca"}, {"server", "localhost", "127.0.0.1"}, {"collector"}, {"closet", "a.b", "c.d"}} {
		if code, _, errs := do(t, "en", append([]string{"cert", args[0], "-dir", dir}, args[1:]...)...); code != exitGood {
			t.Fatalf("%v: code %d: %s", args, code, errs)
		}
	}
	for _, name := range []string{"ca", "server", "collector", "a.b", "c.d"} {
		info, err := os.Stat(filepath.Join(dir, name+".key"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	code, out, errs := do(t, "en", "cert", "closet", "-dir", dir, "e.f", "a.b")
	if code != exitFailed || !strings.Contains(out, "e.f.crt  valid until") || !strings.Contains(errs, "exists already") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}
