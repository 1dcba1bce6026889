package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Pollers that run in a process of ours.
const (
	whoOurs    = "rackvakt"
	whoTables  = "gosnmp tables"
	whoColumns = "gosnmp columns"
)

// contender polls one switch again and again.
type contender interface {
	// poll polls once and returns how many ports it saw.
	poll(ctx context.Context) (int, error)
	close() error
}

// pace is the time from one poll to the next, and pollEvery what is left of it
// for a device's own schedule: when its turn comes it is due.
func pollEvery(pace time.Duration) time.Duration { return pace * 3 / 4 }

func newContender(who, address, version string, ports int, pace time.Duration) (contender, error) {
	switch who {
	case whoOurs:
		return newOurs(address, version, ports, pollEvery(pace)), nil
	case whoTables:
		return newPlain(address, version, tables())
	case whoColumns:
		return newPlain(address, version, columns())
	}
	return nil, fmt.Errorf("unknown poller %q", who)
}

// sample is what some polls of one contender cost.
type sample struct {
	Polls   int
	CPU     time.Duration // of the process, user and system, all polls
	Wall    time.Duration // of the poll in the middle
	Mallocs uint64
	Octets  uint64 // allocated
}

// warmPolls is how many polls are not counted: of ours the first is an inventory,
// and what a device stands is learnt from answers; gosnmp finds the engine.
func warmPolls(who string) int {
	if who == whoOurs {
		return 3
	}
	return 1
}

// pollLimit is when a poll counts as failed.
const pollLimit = 30 * time.Second

// servePoller is the process that polls: at its first line it does some polls to
// get warm, then for each line as many as it says, and prints a sample each time.
func servePoller(ctx context.Context, args []string, in io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet("poller", flag.ContinueOnError)
	who := flags.String("who", whoOurs, "contender")
	address := flags.String("address", "", "host:port of the agent")
	version := flags.String("version", "2c", "2c or 3")
	ports := flags.Int("ports", 48, "ports that must come")
	pace := flags.Duration("pace", 500*time.Millisecond, "from one poll to the next")
	profile := flags.String("profile", "", "file for a CPU profile of the counted polls; one of allocations beside it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	if !lines.Scan() {
		return lines.Err()
	}
	c, err := newContender(*who, *address, *version, *ports, *pace)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	m := &meter{c: c, ports: *ports, pace: *pace}
	print := json.NewEncoder(out)
	if err := m.answer(ctx, warmPolls(*who), print); err != nil {
		return err
	}
	stop, err := startProfile(*profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		if err := m.answer(ctx, n, print); err != nil {
			return err
		}
	}
	return lines.Err()
}

// meter counts what polls cost. Work that a poll leaves behind, such as freeing
// memory, counts with the next.
type meter struct {
	c     contender
	ports int // that must come
	pace  time.Duration
	due   time.Time // of the next poll
	cpu   time.Duration
	mem   runtime.MemStats
}

func (m *meter) answer(ctx context.Context, n int, print *json.Encoder) error {
	s, err := m.pollSome(ctx, n)
	if err != nil {
		return err
	}
	return print.Encode(s)
}

// pollSome polls n times at the pace and counts what that takes.
func (m *meter) pollSome(ctx context.Context, n int) (sample, error) {
	walls := make([]time.Duration, 0, n)
	for range n {
		time.Sleep(time.Until(m.due))
		start := time.Now()
		m.due = start.Add(m.pace)
		got, err := pollOnce(ctx, m.c)
		if err != nil {
			return sample{}, err
		}
		if got != m.ports {
			return sample{}, fmt.Errorf("%d ports came where %d are", got, m.ports)
		}
		walls = append(walls, time.Since(start))
	}
	slices.Sort(walls)
	s := sample{Polls: n, Wall: walls[n/2]}
	mem := m.mem
	runtime.ReadMemStats(&m.mem)
	s.Mallocs, s.Octets = m.mem.Mallocs-mem.Mallocs, m.mem.TotalAlloc-mem.TotalAlloc
	cpu := ownCPU()
	s.CPU, m.cpu = cpu-m.cpu, cpu
	return s, nil
}

func pollOnce(ctx context.Context, c contender) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	return c.poll(ctx)
}

// ownCPU returns user and system time of this process; what cannot be had counts
// as 0, which no figure can be mistaken for.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func startProfile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return errors.Join(f.Close(), writeAllocs(path+".allocs"))
	}, nil
}

// writeAllocs writes where memory was allocated since the start, the warming up too.
func writeAllocs(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
