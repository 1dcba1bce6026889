package simulator_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"rackvakt/cross/simulator"
)

// dial reports whether a connection is answered within a bound that loopback never needs.
func dial(t *testing.T, addr string) bool {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, 500*time.Millisecond)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	return true
}

func TestTargetFallsSilentAndComesBack(t *testing.T) {
	target, err := simulator.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if !dial(t, target.Addr()) {
			t.Error("an open target does not answer")
		}
		if err := target.Cut(); err != nil {
			t.Fatal(err)
		}
		if dial(t, target.Addr()) {
			t.Error("a cut target answers")
		}
		if err := target.Restore(); err != nil {
			t.Fatal(err)
		}
	}
	if err := target.Close(); err != nil {
		t.Error(err)
	}
	if _, err := simulator.Listen(t.Context(), "0.0.0.0:0"); err == nil {
		t.Error("a target outside loopback was opened")
	}
}
