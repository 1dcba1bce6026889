package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// InNetns runs f on a thread that stands in the named network namespace.
// Sockets that f opens stay there. The thread is not used for anything else.
func InNetns(name string, f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		result <- enter(name, f)
	}()
	return <-result
}

func enter(name string, f func() error) error {
	ns, err := os.Open("/run/netns/" + name)
	if err != nil {
		return fmt.Errorf("enter namespace %s: %w", name, err)
	}
	if err := errors.Join(unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET), ns.Close()); err != nil {
		return fmt.Errorf("enter namespace %s: %w", name, err)
	}
	return f()
}

// ListenIn opens a TCP listener inside a namespace.
func ListenIn(ctx context.Context, netns, addr string) (net.Listener, error) {
	var l net.Listener
	err := InNetns(netns, func() (err error) {
		l, err = new(net.ListenConfig).Listen(ctx, "tcp", addr)
		return err
	})
	return l, err
}

// DialIn returns a dial function whose connections start in a namespace.
func DialIn(netns string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		var c net.Conn
		err := InNetns(netns, func() (err error) {
			// A single address and one attempt, so that the dialer needs no second goroutine,
			// which would stand in another namespace.
			c, err = (&net.Dialer{FallbackDelay: -1}).DialContext(ctx, network, addr)
			return err
		})
		return c, err
	}
}
