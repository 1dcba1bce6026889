package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rackvakt/cross/rig"
)

// binaries builds the programs once for all tests of this package.
func binaries(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), "rackvakt-demo-test-bin")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Build(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestStory plays the whole demo with the real programs, and again with one hop
// broken at a time: each break must make it fail.
func TestStory(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped in short mode: runs the real programs for a minute")
	}
	bin := binaries(t)
	t.Run("whole", func(t *testing.T) {
		var out bytes.Buffer
		err := run(t.Context(), options{bin: bin, dir: t.TempDir(), lang: "en", once: true, patience: 60 * time.Second}, &out)
		if err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		for _, want := range []string{"sjunet_down", "region_it", "property_owner", "The story took"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the story does not mention %q:\n%s", want, out.String())
			}
		}
	})
	for name, broken := range map[string]func(*story) error{
		"switch silent":            func(s *story) error { return s.clinics[0].agent.Close() },
		"sensor board unreachable": removeSocket,
		"monitor stopped":          func(s *story) error { return s.clinics[0].monitor.Signal(syscall.SIGSTOP) },
		"collector killed":         func(s *story) error { return s.r.collector.Kill() },
		"messages not taken":       func(s *story) error { err := s.r.stopSinks(); s.r.stopSinks = nil; return err },
	} {
		t.Run("broken: "+name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			o := options{bin: bin, dir: t.TempDir(), lang: "en", once: true, patience: 20 * time.Second, before: func(s *story) error {
				if name == "monitor stopped" {
					t.Cleanup(func() { _ = s.clinics[0].monitor.Signal(syscall.SIGCONT) })
				}
				return broken(s)
			}}
			err := run(t.Context(), o, &out)
			if err == nil {
				t.Errorf("the demo went through with a broken hop:\n%s", out.String())
			}
			if errors.Is(err, os.ErrNotExist) && !strings.Contains(out.String(), "1.") {
				t.Errorf("the demo did not come as far as the break: %v", err)
			}
		})
	}
}

// removeSocket takes the simulated board's socket away once the monitor has made it.
func removeSocket(s *story) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	return rig.Until(ctx, "the simulated board's socket", func() (bool, error) {
		err := os.Remove(s.clinics[0].simSocket())
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		return true, err
	})
}
