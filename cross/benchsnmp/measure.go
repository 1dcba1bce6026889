package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// scene is one switch to poll.
type scene struct {
	Version string        `json:"version"`
	Delay   time.Duration `json:"delay_ns"` // before each answer of the agent
	Ports   int           `json:"ports"`
}

func (s scene) String() string {
	return fmt.Sprintf("%d ports, agent after %v, %s", s.Ports, s.Delay, versionName(s.Version))
}

func versionName(v string) string {
	if v == "3" {
		return "v3 authPriv"
	}
	return "v2c"
}

// pace leaves each poll more time than it takes; who is slower runs without pause.
func (s scene) pace() time.Duration {
	pace := 120*time.Millisecond + time.Duration(s.Ports)*time.Millisecond
	return pace + time.Duration(s.Ports)*s.Delay/2
}

// figures are what one poll costs one contender; 0 where it was not measured.
type figures struct {
	Who        string  `json:"who"`
	Requests   float64 `json:"requests"`
	Octets     float64 `json:"octets"`
	TimesLeast float64 `json:"times_least"`
	CPU        float64 `json:"cpu_ms"`
	Wall       float64 `json:"wall_ms"`
	Mallocs    float64 `json:"mallocs"`
	AllocKB    float64 `json:"alloc_kb"`
}

// result is one scene played by all contenders.
type result struct {
	Scene    scene     `json:"scene"`
	Least    bound     `json:"least"`
	Figures  []figures `json:"figures"` // ours first
	Verdicts []verdict `json:"verdicts"`
}

// effort is how long things are measured.
type effort struct {
	rounds, polls int // rounds of all contenders in turn, polls of each round
	counted       int // polls over which the traffic is counted
	net           bool
	profile       string // first part of file names; "": none
}

// runner is a contender that is ready: it does some polls when told.
type runner struct {
	who   string
	warm  func() error // waits until it is
	some  func(ctx context.Context, n int) (sample, error)
	close func() error
	got   []sample
}

// play has all contenders poll the switch of a scene, in turn, round after round.
func play(ctx context.Context, s scene, e effort) (r result, err error) {
	agent, err := startSwitches(ctx, "-ports", strconv.Itoa(s.Ports), "-delay", s.Delay.String())
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, agent.close()) }()
	r.Scene = s
	if r.Least, err = leastAt(agent.places[0].Direct, s.Version); err != nil {
		return r, err
	}
	who := contenders(e.net)
	counted, err := runners(ctx, agent.places[0].Counted, who, s, "")
	defer func() { err = errors.Join(err, counted.close()) }()
	if err != nil {
		return r, err
	}
	direct, err := runners(ctx, agent.places[0].Direct, who, s, e.profile)
	defer func() { err = errors.Join(err, direct.close()) }()
	if err = errors.Join(err, counted.warm(), direct.warm()); err != nil {
		return r, fmt.Errorf("%s: %w", s, err)
	}
	var passed []traffic
	for _, one := range counted {
		t, err := agent.during(func() error { return one.round(ctx, e.counted) })
		if err != nil {
			return r, fmt.Errorf("%s: %w", s, err)
		}
		passed = append(passed, t)
	}
	for range e.rounds {
		for _, one := range direct {
			if err := one.round(ctx, e.polls); err != nil {
				return r, fmt.Errorf("%s: %w", s, err)
			}
		}
	}
	for i, one := range direct {
		r.Figures = append(r.Figures, one.figures(passed[i], e.counted, r.Least))
	}
	r.Verdicts = pollVerdicts(s, r.Figures[0])
	return r, nil
}

func contenders(net bool) []string {
	all := []string{whoOurs, whoColumns, whoTables}
	if net {
		all = append(all, whoWalk, whoStart)
	}
	return all
}

// leastAt reads the columns once and returns the least that reading them can take.
func leastAt(address, version string) (b bound, err error) {
	p, err := newPlain(address, version, columns())
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	vbs, err := p.varbinds()
	if err != nil {
		return b, err
	}
	return leastOf(vbs, version)
}

// field is all runners of a scene.
type field []*runner

// runners starts one runner for each of who; with an error, those that started.
func runners(ctx context.Context, address string, who []string, s scene, profile string) (field, error) {
	var all field
	for _, name := range who {
		file := ""
		if name == whoOurs && profile != "" {
			file = fmt.Sprintf("%s-%d-%v-v%s.pprof", profile, s.Ports, s.Delay, s.Version)
		}
		one, err := newRunner(ctx, address, name, s, file)
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (f field) warm() error {
	for _, one := range f {
		if err := one.warm(); err != nil {
			return fmt.Errorf("%s: %w", one.who, err)
		}
	}
	return nil
}

func (f field) close() error {
	var err error
	for _, one := range f {
		err = errors.Join(err, one.close())
	}
	return err
}

func newRunner(ctx context.Context, address, who string, s scene, profile string) (*runner, error) {
	if who == whoWalk || who == whoStart {
		n := newNetSNMP(who, address, s.Version)
		nothing := func() error { return nil }
		return &runner{who: who, warm: nothing, some: n.pollSome, close: nothing}, nil
	}
	p, err := start(ctx, partPoller, "-who", who, "-address", address, "-version", s.Version,
		"-ports", strconv.Itoa(s.Ports), "-pace", s.pace().String(), "-profile", profile)
	if err != nil {
		return nil, err
	}
	some := func(_ context.Context, n int) (got sample, err error) {
		err = p.ask(strconv.Itoa(n), &got)
		return got, err
	}
	warm := func() error { return p.ask("warm", new(sample)) }
	return &runner{who: who, warm: warm, some: some, close: p.close}, nil
}

// round does n polls and keeps what they cost. A process of net-snmp costs so
// much that fewer tell enough.
func (r *runner) round(ctx context.Context, n int) error {
	if r.who == whoWalk || r.who == whoStart {
		n = netPolls(n)
	}
	got, err := r.some(ctx, n)
	if err != nil {
		return fmt.Errorf("%s: %w", r.who, err)
	}
	r.got = append(r.got, got)
	return nil
}

func netPolls(n int) int { return (n + 3) / 4 }

// figures returns the medians over the rounds, and the traffic of one of polls.
func (r *runner) figures(passed traffic, polls int, least bound) figures {
	if r.who == whoWalk || r.who == whoStart {
		polls = netPolls(polls)
	}
	per := func(value func(sample) float64) float64 {
		var all []float64
		for _, s := range r.got {
			all = append(all, value(s))
		}
		return median(all)
	}
	octets := float64(passed.octets()) / float64(polls)
	return figures{
		Who: r.who, Requests: float64(passed.Requests) / float64(polls),
		Octets: octets, TimesLeast: octets / float64(least.Octets),
		CPU:     per(func(s sample) float64 { return ms(s.CPU) / float64(s.Polls) }),
		Wall:    per(func(s sample) float64 { return ms(s.Wall) }),
		Mallocs: per(func(s sample) float64 { return float64(s.Mallocs) / float64(s.Polls) }),
		AllocKB: per(func(s sample) float64 { return float64(s.Octets) / float64(s.Polls) / 1000 }),
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// median returns the middle value, the mean of two where there are two; 0 of none.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
