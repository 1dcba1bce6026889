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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/sensors/reading"
	"rackvakt/snmp/poll"
)

// crowd is many switches polled by one process, each at its own moment.
type crowd struct {
	addresses []string
	version   string
	ports     int
	every     time.Duration

	polls  atomic.Int64 // full polls of any switch that brought all ports
	failed atomic.Int64
}

// crowdSample is what a crowd cost over some time.
type crowdSample struct {
	CPU    time.Duration
	Wall   time.Duration
	Polls  int64
	Failed int64
	RSS    int64 // octets, at the end
}

// run polls until ctx ends.
func (c *crowd) run(ctx context.Context, who string) error {
	var all sync.WaitGroup
	defer all.Wait()
	errs := make(chan error, len(c.addresses))
	for i, address := range c.addresses {
		one, err := c.one(who, i, address)
		if err != nil {
			return err
		}
		// Spread over the interval, as polls that all start at once make a queue.
		offset := c.every * time.Duration(i) / time.Duration(len(c.addresses))
		all.Go(func() {
			if wait(ctx, offset) {
				errs <- one(ctx)
			}
		})
	}
	all.Wait()
	close(errs)
	var err error
	for e := range errs {
		err = errors.Join(err, e)
	}
	return err
}

// wait reports whether ctx outlasted d.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// one returns what polls one switch of the crowd until its context ends.
func (c *crowd) one(who string, i int, address string) (func(context.Context) error, error) {
	if who == whoOurs {
		o := pollOptions(fmt.Sprintf("sw%d", i), address, c.version, c.every)
		return poll.New(o, pollDeps(c.take)).Run, nil
	}
	p, err := newPlain(address, c.version, tables())
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return errors.Join(c.walk(ctx, p), p.close()) }, nil
}

// take is the sink of poll.Device.
func (c *crowd) take(b reading.Batch) {
	for _, r := range b.Readings {
		if r.Point.Kind == reading.DeviceUp && r.Value == 0 {
			c.failed.Add(1)
		}
	}
	if portsIn(b) >= c.ports {
		c.polls.Add(1)
	}
}

// walk polls by gosnmp alone.
func (c *crowd) walk(ctx context.Context, p *plain) error {
	ticker := time.NewTicker(c.every)
	defer ticker.Stop()
	for {
		if n, err := p.poll(ctx); err != nil || n != c.ports {
			c.failed.Add(1)
		} else {
			c.polls.Add(1)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// measure counts for d.
func (c *crowd) measure(ctx context.Context, d time.Duration) (crowdSample, error) {
	polls, failed, cpu, start := c.polls.Load(), c.failed.Load(), ownCPU(), time.Now()
	wait(ctx, d)
	s := crowdSample{
		CPU: ownCPU() - cpu, Wall: time.Since(start),
		Polls: c.polls.Load() - polls, Failed: c.failed.Load() - failed,
	}
	var err error
	s.RSS, err = rig.RSS(os.Getpid())
	return s, err
}

// warmCrowd is how often each switch is polled before anything is counted.
const warmCrowd = 2

// serveCrowd is the process that polls many: it prints a line when it is warm,
// and then a sample for each duration that comes in.
func serveCrowd(ctx context.Context, args []string, in io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet("crowd", flag.ContinueOnError)
	who := flags.String("who", whoOurs, "contender")
	addresses := flags.String("addresses", "", "host:port,...")
	version := flags.String("version", "2c", "2c or 3")
	ports := flags.Int("ports", 48, "ports of each")
	every := flags.Duration("every", 10*time.Second, "from one poll of a switch to the next")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c := &crowd{addresses: strings.Split(*addresses, ","), version: *version, ports: *ports, every: *every}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- c.run(ctx, *who) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done)
	}()
	print := json.NewEncoder(out)
	warm, err := c.measure(ctx, warmCrowd*c.every+time.Second)
	if err != nil {
		return err
	}
	if err := print.Encode(warm); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		d, err := time.ParseDuration(lines.Text())
		if err != nil {
			return err
		}
		s, err := c.measure(ctx, d)
		if err != nil {
			return err
		}
		if err := print.Encode(s); err != nil {
			return err
		}
	}
	return lines.Err()
}

// crowdScene is a number of switches to poll.
type crowdScene struct {
	Version string        `json:"version"`
	N       int           `json:"devices"`
	Every   time.Duration `json:"every_ns"`
	For     time.Duration `json:"for_ns"`
	Delay   time.Duration `json:"delay_ns"`
	Ports   int           `json:"ports"`
}

// crowdFigures are what polling them costs one contender.
type crowdFigures struct {
	Who      string  `json:"who"`
	Core     float64 `json:"core_percent"` // of one core
	Requests float64 `json:"requests_per_second"`
	Octets   float64 `json:"octets_per_second"`
	Polls    float64 `json:"polls_per_second"`
	RSS      float64 `json:"rss_mb"`
	Failed   int64   `json:"failed"`
}

type crowdResult struct {
	Scene   crowdScene     `json:"scene"`
	Figures []crowdFigures `json:"figures"`
}

// playCrowd has each contender poll all switches, one contender after the other.
func playCrowd(ctx context.Context, s crowdScene) (r crowdResult, err error) {
	agent, err := startSwitches(ctx, "-n", strconv.Itoa(s.N), "-ports", strconv.Itoa(s.Ports), "-delay", s.Delay.String())
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, agent.close()) }()
	r.Scene = s
	for _, who := range []string{whoOurs, whoTables} {
		f, err := crowdOf(ctx, agent, who, s)
		if err != nil {
			return r, fmt.Errorf("%d devices, %s: %w", s.N, who, err)
		}
		r.Figures = append(r.Figures, f)
	}
	return r, nil
}

func crowdOf(ctx context.Context, agent *switches, who string, s crowdScene) (f crowdFigures, err error) {
	var addresses []string
	for _, p := range agent.places {
		addresses = append(addresses, p.Counted)
	}
	p, err := start(ctx, partCrowd, "-who", who, "-addresses", strings.Join(addresses, ","), "-version", s.Version,
		"-ports", strconv.Itoa(s.Ports), "-every", s.Every.String())
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.read(new(crowdSample)); err != nil {
		return f, err
	}
	var got crowdSample
	t, err := agent.during(func() error { return p.ask(s.For.String(), &got) })
	if err != nil {
		return f, err
	}
	seconds := got.Wall.Seconds()
	return crowdFigures{
		Who: who, Core: 100 * got.CPU.Seconds() / seconds, Requests: float64(t.Requests) / seconds,
		Octets: float64(t.octets()) / seconds, Polls: float64(got.Polls) / seconds,
		RSS: float64(got.RSS) / 1e6, Failed: got.Failed,
	}, nil
}
