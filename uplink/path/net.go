package path

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	probing "github.com/prometheus-community/pro-bing"
	"golang.org/x/sys/unix"

	"rackvakt/sensors/reading"
)

// synRetry is when Linux repeats an unanswered SYN (TCP_TIMEOUT_INIT, RFC 6298
// section 2.1): a connection made later may be the second packet's.
const synRetry = time.Second

// Net is the Prober over real sockets. The zero value is not usable; call NewNet.
type Net struct {
	log *slog.Logger
	// forbidden holds the addresses that the system has refused to let this process
	// ping, in both forms: for want of rights, which do not come back to a running
	// process, or by a filter that names the address.
	forbidden sync.Map
	// raw is set where only the raw form of ping is allowed.
	raw atomic.Bool
	// pings are the runs of the ping library that have not ended yet.
	pings sync.WaitGroup
}

// NewNet returns a Prober that uses the machine's own network.
func NewNet(log *slog.Logger) *Net { return &Net{log: log} }

// Close waits for what probes have left running; they must have returned.
func (n *Net) Close() { n.pings.Wait() }

// Probe asks t once.
func (n *Net) Probe(ctx context.Context, t Target) Result {
	if _, no := n.forbidden.Load(t.Address); t.How() == ICMP && !no {
		r, err := n.ping(ctx, t)
		if err == nil {
			return r
		}
		n.forbidden.Store(t.Address, true)
		n.log.Warn("ping is forbidden, tcp stands in for it", "target", t.Name, "reason", err)
	}
	r := connect(ctx, t)
	if t.How() == ICMP && r.Outcome == reading.ProbeRefused {
		// The question of a ping is whether the address lives, and it does.
		r.Outcome, r.Reason = reading.ProbeAnswered, ""
	}
	return r
}

// connect opens and closes one TCP connection.
func connect(ctx context.Context, t Target) Result {
	dialer := net.Dialer{Control: bindTo(t.Interface)}
	start := time.Now()
	conn, err := dialer.DialContext(ctx, "tcp", t.tcpAddress())
	rtt := time.Since(start)
	r := Result{Outcome: reading.ProbeAnswered, RTT: rtt, Method: TCP, Resent: rtt >= synRetry}
	switch {
	case err == nil:
		// Closed at once and nothing was sent, so there is nothing to lose.
		_ = conn.Close()
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		r.Outcome, r.Reason = reading.ProbeRefused, "refused"
	default:
		return silent(t, TCP, err)
	}
	return r
}

// bindTo returns a dialer's Control that binds a socket to an interface, nil for none.
func bindTo(iface string) func(network, address string, c syscall.RawConn) error {
	if iface == "" {
		return nil
	}
	return func(_, _ string, c syscall.RawConn) error {
		var bound error
		err := c.Control(func(fd uintptr) { bound = unix.BindToDevice(int(fd), iface) })
		if err = errors.Join(err, bound); err != nil {
			return fmt.Errorf("bind to interface %s: %w", iface, err)
		}
		return nil
	}
}

// ping sends one echo request. The error is set only where ping is forbidden.
func (n *Net) ping(ctx context.Context, t Target) (Result, error) {
	ip, err := resolve(ctx, t.Address)
	if err != nil {
		return silent(t, ICMP, err), nil
	}
	// The library tries for ever on a route that forbids sending, so ask first.
	if why := routeFrom(t, ip); why != "" {
		return Result{Outcome: reading.ProbeNoRoute, Method: ICMP, Reason: why}, nil
	}
	r, err := n.echo(ctx, t, ip, n.raw.Load())
	if refused(err) && !n.raw.Load() {
		if r, err = n.echo(ctx, t, ip, true); !refused(err) {
			n.raw.Store(true)
		}
	}
	switch {
	case refused(err):
		return Result{}, err
	case err != nil:
		return silent(t, ICMP, err), nil
	}
	return r, nil
}

func refused(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPROTONOSUPPORT)
}

func resolve(ctx context.Context, host string) (netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip, nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	return ips[0].Unmap(), nil
}

// echo runs one request of the ping library. The library ends up to 100 ms after
// the answer, so the answer is taken from its callback and Close waits for the
// rest. Its own round trip rests on the wall clock, which may jump, so the time is
// taken here.
func (n *Net) echo(ctx context.Context, t Target, ip netip.Addr, raw bool) (Result, error) {
	p := probing.New("")
	p.SetLogger(probing.NoopLogger{})
	p.SetIPAddr(&net.IPAddr{IP: ip.AsSlice(), Zone: ip.Zone()})
	p.SetPrivileged(raw)
	p.Count, p.InterfaceName = 1, t.Interface
	heard := make(chan time.Duration, 1)
	start := time.Now()
	p.OnSend = func(*probing.Packet) { start = time.Now() }
	p.OnRecv = func(*probing.Packet) { heard <- time.Since(start) }
	ended := make(chan error, 1)
	n.pings.Go(func() { ended <- p.RunWithContext(ctx) })
	var err error
	select {
	case rtt := <-heard:
		return Result{Outcome: reading.ProbeAnswered, RTT: rtt, Method: ICMP}, nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	case err = <-ended:
	}
	select {
	case rtt := <-heard:
		return Result{Outcome: reading.ProbeAnswered, RTT: rtt, Method: ICMP}, nil
	default:
	}
	if err == nil {
		err = context.DeadlineExceeded
	}
	return Result{}, err
}

// silent says why there is no answer: none came, or nothing could leave here.
func silent(t Target, m Method, err error) Result {
	r := Result{Method: m, Reason: "no answer"}
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		r.Reason = "name not resolved"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		r.Reason = "unreachable"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		r.Reason = "too many open files here"
	}
	if why := cutOff(t); why != "" {
		r.Outcome, r.Reason = reading.ProbeNoRoute, why
	}
	return r
}

// cutOff says why nothing can leave for t from here, or returns "". A router far
// away may answer "unreachable" too, so the machine's own routes and carriers are
// asked: connecting a UDP socket looks up the route and sends nothing.
func cutOff(t Target) string {
	host, _, err := net.SplitHostPort(t.tcpAddress())
	if err != nil {
		return ""
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	return routeFrom(t, ip)
}

// routeFrom says why nothing can leave for ip by the target's interface, or "".
func routeFrom(t Target, ip netip.Addr) string {
	if t.Interface != "" {
		if iface, err := net.InterfaceByName(t.Interface); err != nil {
			return "no such interface"
		} else if !carries(*iface) {
			return "no carrier"
		}
	}
	dialer := net.Dialer{Control: bindTo(t.Interface)}
	conn, err := dialer.Dial("udp", netip.AddrPortFrom(ip, 9).String())
	if err != nil {
		return "no route"
	}
	local, _ := conn.LocalAddr().(*net.UDPAddr)
	// Nothing was sent on it.
	_ = conn.Close()
	if t.Interface == "" && local != nil && ownInterfaceDown(local.IP) {
		return "no carrier"
	}
	return ""
}

func carries(i net.Interface) bool {
	const both = net.FlagUp | net.FlagRunning
	return i.Flags&both == both
}

// ownInterfaceDown reports whether the interface that holds ip has no carrier.
func ownInterfaceDown(ip net.IP) bool {
	all, err := net.Interfaces()
	if err != nil {
		return false
	}
	for _, i := range all {
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
				return !carries(i)
			}
		}
	}
	return false
}
