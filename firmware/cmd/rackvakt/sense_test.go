package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rackvakt/firmware/config"
	"rackvakt/sensors/sense"
)

// onSim is a file with a simulated board and these other sensors.
func onSim(t *testing.T, socket, sensors string) string {
	t.Helper()
	return write(t, "sim.yaml", []byte(`site: {area: lab, site: kyrkeby, closet: plan1, name: Kyrkeby}
mqtt: [{broker: "tcp://127.0.0.1:1"}]
sensors:
  board: {kind: sim, sim_socket: "`+socket+`"}
`+sensors))
}

var sensorsOfExample = regexp.MustCompile(`(?ms)^sensors:\n.*?\n(^host:)`)

// What sense prints is accepted where it belongs, by the same code as check.
func TestSnippetIsAccepted(t *testing.T) {
	for _, lang := range []string{"sv", "en"} {
		file := onSim(t, "", "")
		code, snippet, errs := do(t, "sense", "-snippet", "-lang", lang, "-config", file)
		if code != exitGood {
			t.Fatalf("exit code %d, %s", code, errs)
		}
		whole := sensorsOfExample.ReplaceAll(config.Example, []byte(strings.ReplaceAll(snippet, "$", "$$")+"\n$1"))
		cfg, err := config.Parse("snippet.yaml", whole)
		if err != nil {
			t.Fatalf("%v in\n%s", err, snippet)
		}
		if got := cfg.Sensors; len(got.Climate) != 4 || got.Climate[0].Key() != "climate/inlet" || got.Board.Kind != "sim" {
			t.Errorf("%+v", got)
		}
		if _, out, _ := do(t, "sense", "-lang", lang, "-config", file); !strings.HasSuffix(out, "\n\n"+snippet) {
			t.Errorf("the list does not end with the snippet:\n%s", out)
		}
	}
}

// What is configured is not proposed again, and its name is not taken.
func TestSnippetOfTheRest(t *testing.T) {
	file := onSim(t, "", "  climate: [{name: climate, position: inlet, driver: sht4x}, {name: climate, position: room, driver: ds18b20, id: 28-00000000ca11}]\n")
	_, snippet, _ := do(t, "sense", "-snippet", "-config", file)
	for _, want := range []string{"position: outlet ", "address: 0x18", "position: ceiling", "address: 0x19"} {
		if !strings.Contains(snippet, want) {
			t.Errorf("no %q in\n%s", want, snippet)
		}
	}
	if strings.Contains(snippet, "sht4x") || strings.Contains(snippet, "28-00000000ca11") || strings.Count(snippet, "driver:") != 2 {
		t.Error(snippet)
	}
}

func TestSenseWithoutHardware(t *testing.T) {
	for _, pattern := range []string{"/dev/gpiochip*", "/dev/i2c-*", "/sys/bus/w1/devices/*"} {
		if found, err := filepath.Glob(pattern); err != nil || len(found) > 0 {
			t.Skipf("this machine has %v (%v)", found, err)
		}
	}
	for _, args := range [][]string{{"sense", "-config", "/nosuch"}, {"sense", "-watch", "-config", "/nosuch"}} {
		if code, out, errs := do(t, args...); code != exitNothing || !strings.Contains(out, "Nothing is attached") || errs != "" {
			t.Errorf("%v: exit code %d\n%s%s", args, code, out, errs)
		}
	}
	code, out, _ := do(t, "sense", "-json", "-config", "/nosuch")
	var r sense.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitNothing || !r.Nothing() {
		t.Errorf("exit code %d, %v, %s", code, err, out)
	}
}

func TestSenseCommandLine(t *testing.T) {
	sim := onSim(t, "", "")
	for _, c := range []struct {
		args []string
		code int
		errs string
	}{
		{[]string{"-watch", "-snippet"}, exitMistakes, "one of them"},
		{[]string{"-for", "3s"}, exitMistakes, "belong to -watch"},
		{[]string{"-watch", "-for", "-3s"}, exitMistakes, "want a time"},
		{[]string{"-snippet", "-json"}, exitMistakes, "is YAML"},
		{[]string{"-config", "../../config/testdata/bad/five_mistakes.yaml"}, exitMistakes, "five_mistakes.yaml:10:3"},
		{[]string{"-h"}, exitGood, ""},
		{[]string{"-watch", "-for", "1ms", "-config", sim}, exitGood, ""},
	} {
		if code, _, errs := do(t, append([]string{"sense"}, c.args...)...); code != c.code || !strings.Contains(errs, c.errs) {
			t.Errorf("%v: exit code %d, want %d: %s", c.args, code, c.code, errs)
		}
	}
}

// -watch serves the socket of a simulated board, so that sim moves what it tells.
func TestWatchIsMoved(t *testing.T) {
	dir := shortDir(t)
	file := onSim(t, filepath.Join(dir, "s"), "  contacts: [{name: door, role: door, line: door}]\n")
	type told struct {
		code int
		out  string
	}
	done := make(chan told, 1)
	go func() {
		code, out, _ := do(t, "sense", "-watch", "-json", "-for", "3s", "-config", file)
		done <- told{code, out}
	}()
	wait(t, func() bool {
		code, _, _ := do(t, "sim", "-config", file, "door=open", "temperature/room=ramp:..30/1h")
		return code == exitGood
	})
	if _, out, _ := do(t, "sim", "-config", file); !strings.Contains(out, "temperature/room=ramp:..30/1h  (now 21.") {
		t.Error(out)
	}
	got := <-done
	var open bool
	for line := range strings.Lines(got.out) {
		var c sense.Change
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		open = open || c.Device == "door" && c.Value.Value == "1"
	}
	if got.code != exitGood || !open {
		t.Errorf("exit code %d, told %s", got.code, got.out)
	}
}
