package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/poll"
)

// never is an interval that no run reaches.
const never = time.Hour

func pollOptions(name, address, version string, every time.Duration) poll.Options {
	o := poll.DefaultOptions()
	o.Name, o.Address, o.Version = name, address, version
	o.PollEvery, o.UplinkEvery, o.ProfileDir = every, never, ""
	if version == "2c" {
		o.Access.Community = community
		return o
	}
	o.User = userName
	o.Access.AuthPassphrase, o.Access.PrivPassphrase = authPassphrase, privPassphrase
	return o
}

func pollDeps(sink reading.Sink) poll.Deps {
	return poll.Deps{Clock: reading.NewWallclock("bench", 0, nil), Sink: sink, Log: slog.New(slog.DiscardHandler)}
}

// portsIn counts the ports that a batch tells the state of; those of a read of
// the uplink are few, those of a full poll all.
func portsIn(b reading.Batch) int {
	n := 0
	for _, r := range b.Readings {
		if r.Point.Kind == reading.IfOperStatus && r.Quality == reading.Good {
			n++
		}
	}
	return n
}

// ours polls one device with poll.Device on its own schedule. Its sink holds the
// device up between two polls, so that the caller says when the next begins.
type ours struct {
	begun  bool
	polled chan int
	next   chan struct{}
	stop   context.CancelFunc
	done   sync.WaitGroup
	err    error // of Run, after done
}

func newOurs(address, version string, ports int, every time.Duration) *ours {
	ctx, stop := context.WithCancel(context.Background())
	o := &ours{polled: make(chan int), next: make(chan struct{}), stop: stop}
	sink := func(b reading.Batch) {
		n := portsIn(b)
		if n < ports {
			return
		}
		select {
		case o.polled <- n:
		case <-ctx.Done():
		}
		select {
		case <-o.next:
		case <-ctx.Done():
		}
	}
	d := poll.New(pollOptions("sw", address, version, every), pollDeps(sink))
	o.done.Go(func() { o.err = d.Run(ctx) })
	return o
}

// poll lets the device do one full poll; it must be due, or the wait for it counts.
func (o *ours) poll(ctx context.Context) (int, error) {
	if o.begun {
		select {
		case o.next <- struct{}{}:
		case <-ctx.Done():
			return 0, fmt.Errorf("the device does not go on: %w", ctx.Err())
		}
	}
	o.begun = true
	select {
	case n := <-o.polled:
		return n, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("no full poll came: %w", ctx.Err())
	}
}

func (o *ours) close() error {
	o.stop()
	o.done.Wait()
	return o.err
}
