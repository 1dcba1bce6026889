package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"rackvakt/snmp/system"
)

// Rows of net-snmp: its walk, and what its start alone costs.
const (
	whoWalk  = "snmpbulkwalk"
	whoStart = "snmpget once"
)

// netSNMP runs net-snmp's programs as people do, a process for each tree.
type netSNMP struct {
	program string
	trees   []string
	access  []string // options and address
}

func newNetSNMP(who, address, version string) netSNMP {
	n := netSNMP{program: "snmpbulkwalk", trees: tables()}
	if who == whoStart {
		n = netSNMP{program: "snmpget", trees: []string{system.UpTime.String()}}
	}
	n.access = []string{"-v2c", "-c", community}
	if version == "3" {
		n.access = []string{
			"-v3", "-l", "authPriv", "-u", userName, "-a", "SHA-256", "-A", authPassphrase, "-x", "AES", "-X", privPassphrase,
		}
	}
	n.access = append(n.access, "-On", address) // numbers, so that no MIB is read
	return n
}

// netSNMPThere reports whether the programs can be run.
func netSNMPThere() bool {
	for _, program := range []string{"snmpbulkwalk", "snmpget"} {
		if _, err := exec.LookPath(program); err != nil {
			return false
		}
	}
	return true
}

// poll walks once; the CPU is that of the finished processes.
func (n netSNMP) poll(ctx context.Context) (cpu time.Duration, err error) {
	for _, tree := range n.trees {
		var out bytes.Buffer
		cmd := exec.CommandContext(ctx, n.program, append(slices.Clone(n.access), tree)...)
		cmd.Env = append(os.Environ(), "MIBS=")
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := cmd.Run(); err != nil {
			return 0, fmt.Errorf("%s %s: %w", n.program, tree, err)
		}
		if out.Len() == 0 {
			return 0, fmt.Errorf("%s %s: no output", n.program, tree)
		}
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return cpu, nil
}

// pollSome polls polls times.
func (n netSNMP) pollSome(ctx context.Context, polls int) (sample, error) {
	s := sample{Polls: polls}
	walls := make([]time.Duration, 0, polls)
	for range polls {
		start := time.Now()
		cpu, err := n.poll(ctx)
		if err != nil {
			return s, err
		}
		s.CPU += cpu
		walls = append(walls, time.Since(start))
	}
	slices.Sort(walls)
	s.Wall = walls[len(walls)/2]
	return s, nil
}
