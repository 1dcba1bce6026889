// Command benchsnmp measures what polling switches costs: requests, octets, CPU,
// time and allocations of a regular poll of one switch, and the load of 20 and
// 200 of them; beside gosnmp alone and net-snmp's programs in the same run, and
// beside the budgets of the design.
//
// Agents and pollers are processes of their own, started from this program, so
// that CPU is that of polling alone. Contenders take turns and medians are
// shown, as machines are noisy. It asserts nothing: a budget that is exceeded is
// told and is no error.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Parts of this program that are processes of their own.
const (
	partSwitches = "switches"
	partPoller   = "poller"
	partCrowd    = "crowd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchsnmp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case partSwitches:
			return serveSwitches(ctx, args[1:], in, out)
		case partPoller:
			return servePoller(ctx, args[1:], in, out)
		case partCrowd:
			return serveCrowd(ctx, args[1:], in, out)
		}
	}
	return bench(ctx, args, out)
}

func bench(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("benchsnmp", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print JSON")
	brief := flags.Bool("short", false, "less than a minute, rougher")
	long := flags.Duration("for", 30*time.Second, "how long each crowd is measured")
	profile := flags.String("profile", "", "first part of the names of CPU profiles of our poller")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := fullPlan(*long)
	if *brief {
		p = shortPlan()
	}
	p.effort.profile = *profile
	if !netSNMPThere() {
		p.netPorts = 0
		fmt.Fprintln(os.Stderr, "benchsnmp: snmpbulkwalk is not there: net-snmp is left out")
	}
	r, err := p.play(ctx)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return r.print(out)
}

// plan is what is measured.
type plan struct {
	scenes []scene
	effort effort
	// netPorts is the largest switch that net-snmp walks.
	netPorts int
	uplink   time.Duration // 0: not measured
	ports    int           // of the switch whose uplink is read
	crowds   []crowdScene
}

func fullPlan(long time.Duration) plan {
	p := plan{effort: effort{rounds: 5, polls: 4, counted: 4}, netPorts: 300, uplink: 10 * time.Second, ports: 300}
	for _, ports := range []int{48, 300} {
		p.scenes = append(p.scenes, scenes(ports)...)
	}
	for _, n := range []int{20, 200} {
		for _, version := range []string{"2c", "3"} {
			p.crowds = append(p.crowds, crowdScene{
				Version: version, N: n, Every: 10 * time.Second, For: long, Delay: 5 * time.Millisecond, Ports: 48,
			})
		}
	}
	return p
}

// shortPlan fits into a minute.
func shortPlan() plan {
	return plan{
		scenes: append(scenes(48), scene{Version: "2c", Delay: 5 * time.Millisecond, Ports: 300}),
		effort: effort{rounds: 2, polls: 1, counted: 1}, netPorts: 48, uplink: 1500 * time.Millisecond, ports: 300,
		crowds: []crowdScene{{Version: "2c", N: 20, Every: time.Second, For: 2 * time.Second, Delay: 5 * time.Millisecond, Ports: 48}},
	}
}

func scenes(ports int) []scene {
	var all []scene
	for _, delay := range []time.Duration{0, 5 * time.Millisecond} {
		for _, version := range []string{"2c", "3"} {
			all = append(all, scene{Version: version, Delay: delay, Ports: ports})
		}
	}
	return all
}

// effortFor has large switches, whose polls take long, polled half as often.
func (p plan) effortFor(s scene) effort {
	e := p.effort
	e.net = s.Ports <= p.netPorts
	if s.Ports > budgetPorts {
		e.polls, e.counted = (e.polls+1)/2, 1
	}
	return e
}

func (p plan) play(ctx context.Context) (report, error) {
	var r report
	for _, s := range p.scenes {
		one, err := play(ctx, s, p.effortFor(s))
		if err != nil {
			return r, err
		}
		r.Polls = append(r.Polls, one)
	}
	if p.uplink > 0 {
		u, err := playUplink(ctx, p.ports, p.uplink)
		if err != nil {
			return r, fmt.Errorf("uplink port: %w", err)
		}
		r.Uplink = &u
	}
	for _, s := range p.crowds {
		one, err := playCrowd(ctx, s)
		if err != nil {
			return r, err
		}
		r.Crowds = append(r.Crowds, one)
	}
	return r, nil
}
