package guest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/sensors/sensortest/chip"
)

// sense runs the shipped command and returns what it printed.
func sense(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), shipped, append([]string{"sense", "-lang", "en"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("sense: %v\n%s", err, out)
	}
	return string(out)
}

// sense finds everything that is attached, and reads it.
func TestRackvaktSense(t *testing.T) {
	c := newCloset(t)
	out := sense(t, "-config", c.file)
	for _, want := range []string{"closet", "DOOR", "MCP9808", "SHT4x", c.ceiling.ID(), "22 °C", "26 °C", "closed"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
}

// Without a configuration, sense writes one that check accepts and that has every
// probe.
func TestRackvaktSenseSnippet(t *testing.T) {
	takesLong(t)
	c := newCloset(t)
	c.bus.Plug(0x45, chip.NewSHT3x())
	c.bus.Plug(0x77, chip.NewBME280(chip.BoschExample()))
	snippet := sense(t, "-config", "/nosuch.yaml", "-snippet")
	for _, want := range []string{"driver: mcp9808", "driver: sht4x", "driver: bme280", "id: " + c.ceiling.ID(), "bus: \"" + c.bus.Name + "\""} {
		if !strings.Contains(snippet, want) {
			t.Errorf("%q is not in:\n%s", want, snippet)
		}
	}
	whole, err := os.ReadFile(c.file)
	must(t, err)
	before, rest, _ := strings.Cut(string(whole), "sensors:\n")
	_, after, _ := strings.Cut(rest, "host:")
	after, _, _ = strings.Cut("host:"+after, "limits:") // they name probes of the other configuration
	file := filepath.Join(c.dir, "found.yaml")
	must(t, os.WriteFile(file, []byte(before+snippet+after), 0o600))
	if out, err := rig.Command(t.Context(), shipped, "check", "-config", file); err != nil {
		t.Errorf("check refuses it: %v\n%s", err, out)
	}
}

// An installer who pushes the door, warms a probe and pulls one off sees it.
func TestRackvaktSenseWatch(t *testing.T) {
	takesLong(t)
	c := newCloset(t)
	p, err := rig.Start(rig.Spec{Name: "watch", Path: shipped, Dir: c.dir, Args: []string{"sense", "-watch", "-for", "1m", "-lang", "en", "-config", c.file}})
	must(t, err)
	t.Cleanup(func() {
		_ = p.Kill()
		if t.Failed() {
			t.Logf("it said:\n%s", p.Tail(40))
		}
	})
	sees := func(what string, words ...string) {
		t.Helper()
		until(t, what, func() bool {
			for line := range strings.Lines(p.Tail(100)) {
				all := true
				for _, w := range words {
					all = all && strings.Contains(line, w)
				}
				if all {
					return true
				}
			}
			return false
		})
	}
	sees("the door as it is", "door", "closed")
	sees("the inlet as it is", "inlet", "22 °C")
	c.door.move(t, true)
	sees("the door opened", "door", "open")
	c.inlet.Set(30_000)
	sees("the inlet warmed", "inlet", "30 °C")
	c.bus.Break(0x44, chip.NoAnswer)
	sees("the probe that was pulled off", "room", "no answer at address")
	must(t, p.Stop(10*time.Second))
}
