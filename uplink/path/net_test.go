package path_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/path"
)

func prober(t *testing.T) *path.Net {
	p := path.NewNet(slog.New(slog.DiscardHandler))
	t.Cleanup(p.Close)
	return p
}

func probe(t *testing.T, p path.Prober, x path.Target) path.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	return p.Probe(ctx, x)
}

func answering(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func refusing(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// silentAddress listens with the shortest queue, fills it, and never accepts, so
// that the kernel drops every further SYN.
func silentAddress(t *testing.T) string {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(bound.(*unix.SockaddrInet4).Port))
	for range 8 {
		conn, err := net.DialTimeout("tcp", address, 50*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Skip("this kernel does not drop SYNs when a listener's queue is full")
	return ""
}

func TestTCPOverRealSockets(t *testing.T) {
	p := prober(t)
	for _, c := range []struct {
		name    string
		target  path.Target
		outcome int64
		reason  string
	}{
		{"answering", path.Target{Address: answering(t)}, reading.ProbeAnswered, ""},
		{"bound to the loopback", path.Target{Address: answering(t), Interface: "lo"}, reading.ProbeAnswered, ""},
		{"refusing", path.Target{Address: refusing(t)}, reading.ProbeRefused, "refused"},
		{"silent", path.Target{Address: silentAddress(t)}, reading.ProbeNoAnswer, "no answer"},
		{"no such interface", path.Target{Address: answering(t), Interface: "nosuch0"}, reading.ProbeNoRoute, "no such interface"},
		{"no such name", path.Target{Address: "nosuch.invalid:80", Layer: path.Service}, reading.ProbeNoAnswer, "name not resolved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := probe(t, p, c.target)
			if r.Outcome != c.outcome || r.Reason != c.reason || r.Method != path.TCP {
				t.Errorf("%+v, want outcome %d, reason %q", r, c.outcome, c.reason)
			}
			if r.Alive() != (r.RTT > 0) {
				t.Errorf("alive %v with round trip %v", r.Alive(), r.RTT)
			}
		})
	}
}

// An address that has no route from here is not taken for a silent one: by the
// loopback nothing but the machine itself is reached.
func TestNoRoute(t *testing.T) {
	for _, address := range []string{"[2001:db8::1]:443", "2001:db8::1"} {
		r := probe(t, prober(t), path.Target{Address: address, Interface: "lo"})
		if r.Outcome != reading.ProbeNoRoute || r.Reason != "no route" {
			t.Errorf("%s: %+v", address, r)
		}
	}
}

// Ping is used where the system allows it, else its TCP stand-in; both are told.
func TestPingOrItsStandIn(t *testing.T) {
	for _, standIn := range []string{answering(t), refusing(t)} {
		r := probe(t, prober(t), path.Target{Address: "127.0.0.1", StandIn: standIn})
		if r.Outcome != reading.ProbeAnswered || r.RTT <= 0 {
			t.Errorf("stand-in %s: %+v", standIn, r)
		}
		t.Logf("method used here: %s", r.Method)
	}
}

func TestPingForbidden(t *testing.T) {
	p := prober(t)
	path.ForbidPing(p, "127.0.0.1")
	alive := path.Target{Address: "127.0.0.1", StandIn: refusing(t)}
	if r := probe(t, p, alive); r.Outcome != reading.ProbeAnswered || r.Method != path.TCP {
		t.Errorf("refusing stand-in: %+v, want an answer by tcp", r)
	}
	silent := path.Target{Address: "127.0.0.1", StandIn: silentAddress(t)}
	if r := probe(t, p, silent); r.Outcome != reading.ProbeNoAnswer || r.Method != path.TCP {
		t.Errorf("silent stand-in: %+v", r)
	}
	other := path.Target{Address: "127.0.0.2", StandIn: silentAddress(t)}
	if r := probe(t, p, other); r.Method != path.ICMP && os.Geteuid() == 0 {
		t.Errorf("one forbidden address changed how another is asked: %+v", r)
	}
}
