package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// The header of the entry "a/b" as buffer-format.rst describes it, by hand.
func TestArchiveIsNewc(t *testing.T) {
	var a archive
	a.add("a/b", 0o755, []byte("hello"))
	var out bytes.Buffer
	if err := a.write(&out); err != nil {
		t.Fatal(err)
	}
	zero, one := "00000000", "00000001"
	folder := "070701" + one + "000041ed" + zero + zero + one + zero + zero + zero + zero + zero + zero + "00000002" + zero + "a\x00"
	file := "070701" + "00000002" + "000081ed" + zero + zero + one + zero + "00000005" + zero + zero + zero + zero + "00000004" + zero + "a/b\x00"
	last := "070701" + "00000003" + "00008000" + zero + zero + one + zero + zero + zero + zero + zero + zero + "0000000b" + zero + "TRAILER!!!\x00"
	fill := func(s string) string { return s + strings.Repeat("\x00", -len(s)&3) }
	if want := fill(folder) + fill(file) + fill("hello") + fill(last); out.String() != want {
		t.Errorf("%q\nwant\n%q", out.String(), want)
	}
}

func TestModulesAfterWhatTheyNeed(t *testing.T) {
	d := readDependencies("kernel/a/vhci-hcd.ko: kernel/b/usbip-core.ko kernel/b/usbcore.ko kernel/b/common.ko\n" +
		"kernel/b/usbip-core.ko: kernel/b/usbcore.ko kernel/b/common.ko\nkernel/c/i2c-dev.ko:\n")
	got, err := d.order([]string{"vhci_hcd", "i2c-dev", "irq_sim.ko", "vhci-hcd", "pl061"}, "kernel/gpio/gpio-x.ko\nkernel/gpio/pl061.ko\n")
	want := []string{"kernel/b/common.ko", "kernel/b/usbcore.ko", "kernel/b/usbip-core.ko", "kernel/a/vhci-hcd.ko", "kernel/c/i2c-dev.ko", "irq_sim.ko"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := d.order([]string{"nosuch"}, ""); err == nil {
		t.Error("a module that the kernel has not got")
	}
}

const console = "noise of the kernel\n" +
	"\x16=== RUN   TestA\n\x16=== ATTR  TestA measured median 2 ms\r\n    said\n\x16--- PASS: TestA (0.10s)\nPASS\n" +
	"\nhwtest case TestA took 0.21 good=true\n" +
	"\x16=== RUN   TestB\n\x16=== RUN   TestB/sub\n    \x16--- FAIL: TestB/sub (0.00s)\n\x16--- %s: TestB (0.10s)\n" +
	"hwtest case TestB took 0.20 good=%v\n"

func TestReportReadsTheConsole(t *testing.T) {
	for _, c := range []struct {
		name, text  string
		good, short bool
	}{
		{"all passed", fmt.Sprintf(console, "PASS", true) + "hwtest end good=true\n", true, true},
		{"one failed", fmt.Sprintf(console, "FAIL", false) + "hwtest end good=false\n", false, false},
		{"one skipped", fmt.Sprintf(console, "SKIP", true) + "hwtest end good=true\n", false, true},
		{"passed, then crashed", fmt.Sprintf(console, "PASS", false) + "hwtest end good=false\n", false, false},
		{"cut short", fmt.Sprintf(console, "PASS", true), false, false},
		{"nothing ran", "hwtest end good=true\n", false, false},
		{"did not start", "hwtest case TestC took 0.1 good=false\nhwtest end good=false\n", false, false},
		{"hung", "\x16=== RUN   TestC\nhwtest end good=true\n", false, false},
	} {
		var r report
		if err := r.read(strings.NewReader(c.text), io.Discard); err != nil {
			t.Fatal(err)
		}
		if r.good(false) != c.good || r.good(true) != c.short {
			t.Errorf("%s: good %v, in short form %v", c.name, r.good(false), r.good(true))
		}
	}
}

func TestReportTellsWhySkipped(t *testing.T) {
	r := report{rows: []*row{{name: "TestA", result: "SKIP", seconds: "0.1", said: []string{"    lab_test.go:30: left out of the short form"}}}}
	var out strings.Builder
	if err := r.print(&out, time.Second); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "skip    0.1 s  left out of the short form") {
		t.Errorf("%s", out.String())
	}
}

func TestReportPrints(t *testing.T) {
	var r report
	if err := r.read(strings.NewReader(fmt.Sprintf(console, "FAIL", false)), io.Discard); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := r.print(&out, 3*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"TestB FAIL", "=== RUN   TestB/sub", "noise of the kernel", "A     pass    0.21 s  median 2 ms", "1 of 2 cases passed, 3 s in all"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, out.String())
		}
	}
}
