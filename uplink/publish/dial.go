package publish

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"syscall"
	"time"
)

const (
	// dialTimeout bounds connect, TLS handshake and CONNACK each.
	dialTimeout = 10 * time.Second
	// userTimeout is how long sent data may stay unacknowledged by the peer's
	// TCP before the kernel gives the connection up (RFC 5482).
	userTimeout = 10 * time.Second
)

// dialer returns a TCP dialer for one path, bound to its interface where one is named.
func dialer(ifname string) *net.Dialer {
	return &net.Dialer{
		Timeout:   dialTimeout,
		KeepAlive: 15 * time.Second,
		Control: func(_, _ string, raw syscall.RawConn) error {
			var err error
			if cerr := raw.Control(func(fd uintptr) { err = socketOptions(int(fd), ifname) }); cerr != nil {
				return cerr
			}
			return err
		},
	}
}

// handshake puts TLS on conn, or returns it as it is without a config.
func handshake(ctx context.Context, conn net.Conn, cfg *tls.Config) (net.Conn, error) {
	if cfg == nil {
		return conn, nil
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	t := tls.Client(conn, cfg)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS with %s: %w", conn.RemoteAddr(), err)
	}
	return t, nil
}

// hostPort returns what to dial; the scheme fixes the port where none is given.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[bool]string{true: "8883", false: "1883"}[secure(u)]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func secure(u *url.URL) bool { return u.Scheme == "tls" || u.Scheme == "mqtts" || u.Scheme == "ssl" }
