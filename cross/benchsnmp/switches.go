package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"rackvakt/snmp/snmptest"
)

// Access to every switch that is served. They exist on loopback only.
const (
	community      = "public"
	userName       = "bench"
	authPassphrase = "authenticate-bench"
	privPassphrase = "encrypt-bench"
)

// place is where one switch answers.
type place struct {
	Direct  string // the agent itself
	Counted string // the relay before it, which counts
}

// engineID names one agent; all have the same length, as messages count octets.
func engineID(n int) []byte {
	return []byte{0x80, 0, 0x7a, 0x69, 4, 'b', 'e', 'n', 'c', 'h', byte(n >> 8), byte(n)}
}

// fleet is a number of switches, each with its agent and relay.
type fleet struct {
	agents []*snmptest.Agent
	relays []*relay
	places []place
}

// open starts n switches.
func (f *fleet) open(ctx context.Context, n, ports int, delay time.Duration) error {
	for i := range n {
		a := snmptest.New()
		a.SetCommunity(community)
		a.SetEngineID(engineID(i))
		err := a.AddUser(snmptest.User{
			Name: userName, AuthProtocol: "sha256", AuthPassphrase: authPassphrase, PrivPassphrase: privPassphrase,
		})
		if err != nil {
			return err
		}
		snmptest.NewSwitch(a, snmptest.SwitchOptions{Name: fmt.Sprintf("sw%d", i), Ports: ports})
		a.Misbehave(snmptest.Faults{Delay: delay})
		direct, err := a.Listen("127.0.0.1:0")
		if err != nil {
			return err
		}
		f.agents = append(f.agents, a)
		r, err := openRelay(ctx, direct)
		if err != nil {
			return err
		}
		f.relays = append(f.relays, r)
		f.places = append(f.places, place{Direct: direct, Counted: r.addr()})
	}
	return nil
}

// traffic returns what has passed all relays.
func (f *fleet) traffic() traffic {
	var sum traffic
	for _, r := range f.relays {
		sum = sum.plus(r.traffic())
	}
	return sum
}

func (f *fleet) close() error {
	var err error
	for _, r := range f.relays {
		err = errors.Join(err, r.close())
	}
	for _, a := range f.agents {
		err = errors.Join(err, a.Close())
	}
	return err
}

// serveSwitches is the process that is polled: it prints where its switches
// answer, then its traffic for each line that comes in, until the input ends.
func serveSwitches(ctx context.Context, args []string, in io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet("switches", flag.ContinueOnError)
	n := flags.Int("n", 1, "switches")
	ports := flags.Int("ports", 48, "ports of each")
	delay := flags.Duration("delay", 0, "pause before each answer")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f := new(fleet)
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.open(ctx, *n, *ports, *delay); err != nil {
		return err
	}
	print := json.NewEncoder(out)
	if err := print.Encode(f.places); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := print.Encode(f.traffic()); err != nil {
			return err
		}
	}
	return lines.Err()
}
