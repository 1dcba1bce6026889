package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"rackvakt/firmware/agent"
	"rackvakt/firmware/config"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
	"rackvakt/uplink/alarm"
)

// do runs one command line in an English environment.
func do(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e, func(k string) string { return map[string]string{"LANG": "en_GB.UTF-8"}[k] })
	return code, o.String(), e.String()
}

func write(t *testing.T, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCommandLine(t *testing.T) {
	good := write(t, "good.yaml", config.Example)
	bad := "../../config/testdata/bad/five_mistakes.yaml"
	for _, c := range []struct {
		name      string
		args      []string
		code      int
		out, errs string // texts within
	}{
		{"nothing", nil, exitMistakes, "Exit codes", ""},
		{"help", []string{"help"}, exitGood, "rackvakt poll HOST", ""},
		{"unknown", []string{"pol"}, exitMistakes, "", `unknown command "pol"`},
		{"help of a command", []string{"status", "-h"}, exitGood, "-socket", ""},
		{"help of a command, Swedish", []string{"poll", "-lang", "sv", "-h"}, exitGood, "mapp\n    \tmapp med fler givarprofiler", ""},
		{"poll without access", []string{"poll", "-config", "/nosuch", "sw1"}, exitMistakes, "", "sw1: no device of that name in /nosuch; to ask it as an address, version 3 needs -user -auth-pass-file -priv-pass-file"},
		{"poll in an unknown version", []string{"poll", "-version", "4", "sw1"}, exitMistakes, "", "-version 4: want one of 3, 2c, 1"},
		{"poll with an unknown protocol", []string{"poll", "-auth-proto", "sha1", "sw1"}, exitMistakes, "", "-auth-proto sha1: want one of md5, sha,"},
		{"poll from a file with mistakes", []string{"poll", "-config", bad, "sw1"}, exitMistakes, "", "site.kloset"},
		{"unknown flag", []string{"status", "-sokcet"}, exitMistakes, "", "flag provided but not defined"},
		{"unknown language", []string{"version", "-lang", "de"}, exitMistakes, "", "want sv or en"},
		{"too many", []string{"version", "now"}, exitMistakes, "", "rackvakt version"},
		{"host missing", []string{"poll"}, exitMistakes, "", "HOST"},
		{"version", []string{"version"}, exitGood, "rackvakt dev", ""},
		{"version for programs", []string{"version", "-json"}, exitGood, `"version":"dev"`, ""},
		{"good file", []string{"check", "-config", good}, exitGood, "good. kyrkeby.plan1: 2 devices", ""},
		{"good file, Swedish", []string{"check", "-lang", "sv", "-config", good}, exitGood, "rätt. kyrkeby.plan1: 2 enheter", ""},
		{"five mistakes", []string{"check", "-config", bad}, exitMistakes, "", "five_mistakes.yaml:10:3: site.kloset"},
		{"mistakes for programs", []string{"check", "-json", "-config", bad}, exitMistakes, `"line":10,"column":3,"key":"site.kloset"`, ""},
		{"no file", []string{"check", "-config", "/nosuch/file"}, exitFailed, "", "no such file"},
		{"run with mistakes", []string{"run", "-config", bad}, exitMistakes, "", "limits.climate[0].warn_high"},
		{"nobody there", []string{"status", "-socket", "/nosuch/socket"}, exitFailed, "", "ask the agent at /nosuch/socket"},
		{"no simulated board", []string{"sim", "-config", good, "door=open"}, exitFailed, "", "no simulated board"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := do(t, c.args...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) {
				t.Errorf("code %d, want %d\nout: %s\nerrs: %s", code, c.code, out, errs)
			}
		})
	}
}

// The example that is printed is accepted.
func TestExampleCommand(t *testing.T) {
	_, out, _ := do(t, "example")
	if code, _, errs := do(t, "check", "-config", write(t, "f.yaml", []byte(out))); code != exitGood {
		t.Error(errs)
	}
}

func TestPoll(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 4})
	address, err := a.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	community := write(t, "community", []byte("public\n"))
	code, out, errs := do(t, "poll", "-config", "/nosuch", "-version", "2c", "-community-file", community, "-json", address)
	var r struct{ Interfaces []struct{ Name string } }
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitGood || len(r.Interfaces) != 4 {
		t.Errorf("code %d, %v, %s", code, err, errs)
	}
	if code, out, _ := do(t, "poll", "-config", "/nosuch", "-version", "2c", "-community", "public", address); code != exitGood || !strings.Contains(out, "1/4") {
		t.Errorf("code %d, %s", code, out)
	}
	a.Set("1.3.6.1.2.1.17.1.4.1.2.4", pdu.Int(4))
	a.Set("1.3.6.1.2.1.17.4.3.1.2.2.0.94.0.200.1", pdu.Int(4))
	for asked, want := range map[string]string{"-json=true": `"bridge":null`, "-bridge": "02005e00c801", "-lang=sv": "drifttid"} {
		code, out, errs := do(t, "poll", asked, "-config", "/nosuch", "-version", "2c", "-community", "public", address)
		if told := strings.Contains(out, "02005e00c801"); code != exitGood || !strings.Contains(out, want) || told != (asked == "-bridge") {
			t.Errorf("%s: code %d, %s%s", asked, code, out, errs)
		}
	}
}

// Several targets give one object each in their order, a silent one among them too.
func TestPollSeveral(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Name: "sw9", Ports: 2})
	addr, err := a.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	code, out, errs := do(t, "poll", "-json", "-version", "2c", "-community", "public", "-timeout", "200ms", "-config", "/nosuch", "127.0.0.1:9", addr)
	var names []string
	for line := range strings.Lines(out) {
		var r struct {
			Target string
			Device struct {
				SysName *string `json:"sys_name"`
			}
			Problems []string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		name := "silent"
		if r.Device.SysName != nil {
			name = *r.Device.SysName
		}
		names = append(names, r.Target+" "+name)
		if (name == "silent") != (len(r.Problems) > 0) {
			t.Errorf("%s: problems %q", r.Target, r.Problems)
		}
	}
	if want := []string{"127.0.0.1:9 silent", addr + " sw9"}; code != exitFailed || !slices.Equal(names, want) || !strings.Contains(errs, "no answer") {
		t.Errorf("exit code %d, %q, want %q; said %q", code, names, want, errs)
	}
	if code, _, errs := do(t, "poll", addr, "-json"); code != exitMistakes || !strings.Contains(errs, "flags stand before") {
		t.Errorf("flags after the target: exit code %d, %q", code, errs)
	}
}

// A monitor that runs from its file answers sim, status and sense, in both languages.
func TestRunSimStatus(t *testing.T) {
	dir := shortDir(t)
	file := filepath.Join(dir, "f.yaml")
	text := strings.ReplaceAll(`site: {area: lab, site: kyrkeby, closet: plan1, name: Kyrkeby}
state_dir: DIR
mqtt: [{broker: "tcp://127.0.0.1:1"}]
outbox: {dir: DIR/outbox, cap_mb: 8}
sensors:
  board: {kind: sim, sim_socket: DIR/sim}
  contacts: [{name: mains, role: mains, line: mains}]
host: {clock_trusted: true}
status: {socket: DIR/s}
`, "DIR", dir)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := make(chan int, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { stop <- run(ctx, []string{"run", "-config", file}, os.Stdout, &bytes.Buffer{}, os.Getenv) }()
	wait(t, func() bool {
		code, _, _ := do(t, "sim", "-config", file, "mains=lost")
		return code == exitGood
	})
	wait(t, func() bool {
		_, out, _ := do(t, "status", "-config", file)
		return strings.Contains(out, "VERDICT") && strings.Contains(out, "property owner")
	})
	_, sv, _ := do(t, "status", "-config", file, "-lang", "sv")
	_, js, _ := do(t, "status", "-config", file, "-json")
	var s agent.Snapshot
	if err := json.Unmarshal([]byte(js), &s); err != nil || len(s.Verdict.Causes) != 1 || !strings.Contains(sv, "BEDÖMNING") {
		t.Errorf("%v, %+v\n%s", err, s.Verdict, sv)
	}
	if code, out, errs := do(t, "sense", "-config", file); code != exitGood || !strings.Contains(out, "mains") {
		t.Errorf("sense: %d %s %s", code, out, errs)
	}
	cancel(agent.Stop("sigterm"))
	if code := <-stop; code != exitGood {
		t.Errorf("run ended with %d", code)
	}
}

// shortDir is a folder for sockets, whose paths must be short.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rv")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func wait(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not seen")
		}
	}
}

// Every text of the help exists in both languages, and fits a terminal.
func TestHelp(t *testing.T) {
	for name, about := range map[string]alarm.Text{
		"help": usage, "run": aboutRun, "check": aboutCheck, "status": aboutStatus, "poll": pollHelp, "sense": aboutSense, "sim": aboutSim,
		"version": aboutVersion, "example": aboutExample,
	} {
		for lang, text := range map[string]string{"sv": about.SV, "en": about.EN} {
			for line := range strings.Lines(text) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 100 {
					t.Errorf("%s, %s: a line of %d characters: %s", name, lang, n, line)
				}
			}
			if name == "help" {
				continue
			}
			code, out, errs := do(t, name, "-lang", lang, "-h")
			if code != exitGood || !strings.HasPrefix(out, text) || errs != "" {
				t.Errorf("%s, %s: code %d\n%s%s", name, lang, code, out, errs)
			}
			flags := slices.Collect(maps.Keys(swedishFlags))
			if lang == "sv" {
				flags = slices.Collect(maps.Values(swedishFlags))
			}
			for line := range strings.Lines(strings.TrimPrefix(out, text)) {
				use, ok := strings.CutPrefix(line, "    \t")
				use, _, _ = strings.Cut(strings.TrimSpace(use), " (default")
				if ok && !slices.ContainsFunc(flags, func(f string) bool { return strings.ReplaceAll(f, "`", "") == use }) {
					t.Errorf("%s, %s: %q is not in this language", name, lang, use)
				}
			}
		}
	}
}

// What a good file names and is not there is told, in both forms; it is no mistake.
func TestCheckNotes(t *testing.T) {
	dir := t.TempDir()
	community, patch := filepath.Join(dir, "community"), filepath.Join(dir, "patch.csv")
	text := strings.NewReplacer("{credential: ups1-community}", "{file: "+community+"}", "# patch_map: [/etc/rackvakt/patch.csv]", "patch_map: ["+patch+"]",
		"      sensors_every: 60s ", "      profile_dir: "+dir+"\n      sensors_every: 60s ").Replace(string(config.Example))
	file := write(t, "f.yaml", []byte(text))
	for name, body := range map[string]string{patch: "switch,port,panel,panel_port,outlet,room,use\nsw1,1/1,P1,1,2.14-1,204,user\n", filepath.Join(dir, "own.yaml"): "name: own\n"} {
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := do(t, "check", "-config", file)
	for _, want := range []string{
		"good. kyrkeby.plan1", "note: snmp.devices[0].auth_passphrase: read secret: stat /etc/rackvakt/sw1.auth: no such file",
		"note: snmp.devices[1].community: read secret: stat " + community, "note: mqtt[0].key: open /etc/rackvakt/kyrkeby.plan1.key",
		"note: snmp.devices[0].profile_dir: profiles of " + dir + " are left out: load profile: own.yaml:1:1",
	} {
		if code != exitGood || !strings.Contains(out, want) {
			t.Errorf("code %d, no %q in\n%s%s", code, want, out, errs)
		}
	}
	var told struct {
		Good     bool
		Problems []problem
		Notes    []string
	}
	if _, out, _ := do(t, "check", "-json", "-config", file); json.Unmarshal([]byte(out), &told) != nil || !told.Good || len(told.Notes) < 4 || told.Problems == nil {
		t.Error(out)
	}
}
