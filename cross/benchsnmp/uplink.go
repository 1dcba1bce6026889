package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/poll"
)

// uplinkPort is the port of the model switch that leads out of the closet.
const uplinkPort = "1/1"

// uplinkResult tells how the reads of the uplink port fare while a long walk of
// the same device runs.
type uplinkResult struct {
	Ports  int     `json:"ports"`
	Every  float64 `json:"every_ms"`       // asked for
	Gap    float64 `json:"longest_gap_ms"` // from one read to the next
	Walks  int     `json:"walks"`          // full polls meanwhile
	Asks   int     `json:"asks"`           // reads at once
	Median float64 `json:"ask_median_ms"`  // from asking to the reading
	Most   float64 `json:"ask_most_ms"`    // the longest
	Turn   float64 `json:"one_request_ms"` // what one request takes
	// Verdicts are in requests of the walk.
	Verdicts []verdict `json:"verdicts"`
}

// uplinkReads takes what a device delivers.
type uplinkReads struct {
	mu    sync.Mutex // guards all below
	ports int
	at    []time.Time // of reads of the uplink port alone
	walks int
	rtt   []float64 // ms
	fresh chan struct{}
}

func (u *uplinkReads) take(b reading.Batch) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, r := range b.Readings {
		if r.Point.Kind == reading.DeviceRTT {
			u.rtt = append(u.rtt, float64(r.Value)/1000)
		}
	}
	switch n := portsIn(b); {
	case n >= u.ports:
		u.walks++
	case n > 0:
		u.at = append(u.at, time.Now())
		select {
		case u.fresh <- struct{}{}:
		default:
		}
	}
}

// playUplink polls a large slow switch for a while with reads of the uplink port
// far oftener than in a closet, so that many fall into a walk.
func playUplink(ctx context.Context, ports int, d time.Duration) (r uplinkResult, err error) {
	const delay = 5 * time.Millisecond
	agent, err := startSwitches(ctx, "-ports", strconv.Itoa(ports), "-delay", delay.String())
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, agent.close()) }()
	every := 100 * time.Millisecond
	pace := scene{Delay: delay, Ports: ports}.pace()
	reads, err := watchUplink(ctx, agent, ports, pace, every, d, nil)
	if err != nil {
		return r, err
	}
	r = uplinkResult{Ports: ports, Every: ms(every), Walks: reads.walks, Turn: median(reads.rtt)}
	for i := 1; i < len(reads.at); i++ {
		r.Gap = max(r.Gap, ms(reads.at[i].Sub(reads.at[i-1])))
	}
	var waits []float64
	reads, err = watchUplink(ctx, agent, ports, pace, pace, d, func(ask func(), u *uplinkReads) {
		waits = askAgain(ctx, d, ask, u)
	})
	if err != nil {
		return r, err
	}
	if len(waits) == 0 {
		return r, errors.New("no read of the uplink port came at once")
	}
	r.Walks += reads.walks
	r.Asks, r.Median, r.Most = len(waits), median(waits), slices.Max(waits)
	r.Verdicts = []verdict{
		judge("longest delay of a read, in requests,", (r.Gap-r.Every)/r.Turn, budgetTurns),
		judge("longest read at once, in requests,", r.Most/r.Turn, budgetTurns),
	}
	return r, nil
}

// watchUplink runs a device for d, or as long as meanwhile runs.
func watchUplink(ctx context.Context, agent *switches, ports int, pace, every, d time.Duration, meanwhile func(func(), *uplinkReads)) (*uplinkReads, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	o := pollOptions("sw", agent.places[0].Direct, "2c", pace)
	o.UplinkEvery, o.UplinkPorts = every, []string{uplinkPort}
	u := &uplinkReads{ports: ports, fresh: make(chan struct{}, 1)}
	device := poll.New(o, pollDeps(u.take))
	done := make(chan error, 1)
	go func() { done <- device.Run(ctx) }()
	// Nothing is known of the port before the inventory, which takes its time.
	u.waitFor(ctx, func() bool { return u.walks > 0 })
	u.reset()
	if meanwhile != nil {
		meanwhile(device.Ask, u)
	} else {
		wait(ctx, d)
	}
	u.waitFor(ctx, func() bool { return u.walks > 0 && len(u.at) > 1 })
	stop()
	if err := <-done; err != nil {
		return nil, err
	}
	if len(u.at) == 0 || u.walks == 0 {
		return nil, fmt.Errorf("%d reads of the uplink port and %d walks came", len(u.at), u.walks)
	}
	return u, nil
}

// waitFor waits for what must come sooner or later, at most pollLimit.
func (u *uplinkReads) waitFor(ctx context.Context, come func() bool) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	for {
		u.mu.Lock()
		ok := come()
		u.mu.Unlock()
		if ok || !wait(ctx, 10*time.Millisecond) {
			return
		}
	}
}

func (u *uplinkReads) reset() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.at, u.rtt, u.walks = nil, nil, 0
}

// askAgain asks at moments by chance, and returns how long each reading took, in ms.
func askAgain(ctx context.Context, d time.Duration, ask func(), u *uplinkReads) []float64 {
	var waits []float64
	for end := time.Now().Add(d); time.Now().Before(end); {
		if !wait(ctx, 30*time.Millisecond+rand.N(60*time.Millisecond)) {
			return waits
		}
		select {
		case <-u.fresh: // a regular read
		default:
		}
		asked := time.Now()
		ask()
		select {
		case <-u.fresh:
			waits = append(waits, ms(time.Since(asked)))
		case <-ctx.Done():
			return waits
		}
	}
	return waits
}
