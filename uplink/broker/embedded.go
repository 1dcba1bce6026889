package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"

	"rackvakt/uplink/record"
)

const (
	// maxPacket lets a record that is too large through to be counted; what is far
	// too large ends the session.
	maxPacket = 8 * record.MaxRecord
	// maxPending is how many messages may wait for one slow client. All that the
	// collector sends often is acks, and the next one says the same and more.
	maxPending = 128
	// sysEvery makes the broker's own $SYS topics rare: nobody may read them.
	sysEvery = math.MaxInt32
)

// Embedded is the broker inside this program.
type Embedded struct {
	server  *mqtt.Server
	hook    *hook
	tls     *guard
	plain   *guard
	running atomic.Bool
}

// NewEmbedded binds the listeners of o. Closets are served once Run runs;
// kept are the collector's retained messages from before.
func NewEmbedded(o EmbeddedOptions, kept []Message, log *slog.Logger) (*Embedded, error) {
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = int64(o.MaxClients)
	caps.MaximumPacketSize = maxPacket
	caps.MaximumClientWritesPending = maxPending
	caps.MinimumProtocolVersion = protocol311
	caps.MaximumQos = 1
	caps.SharedSubAvailable = 0
	b := &Embedded{hook: newHook(log)}
	b.server = mqtt.New(&mqtt.Options{
		Capabilities: caps, InlineClient: true, SysTopicResendInterval: sysEvery,
		Logger: slog.New(silent{log.Handler()}),
	})
	if err := b.server.AddHook(b.hook, nil); err != nil {
		return nil, fmt.Errorf("start broker: %w", err)
	}
	if err := b.listen(o); err != nil {
		return nil, errors.Join(err, b.closeListeners())
	}
	for _, m := range kept {
		if err := b.server.Publish(m.Topic, m.Payload, true, 1); err != nil {
			return nil, errors.Join(fmt.Errorf("restore retained %s: %w", m.Topic, err), b.closeListeners())
		}
	}
	return b, nil
}

func (b *Embedded) listen(o EmbeddedOptions) error {
	if o.Listen != "" {
		conf, err := serverTLS(o)
		if err != nil {
			return err
		}
		if b.tls, err = newGuard(o.Listen, conf); err != nil {
			return fmt.Errorf("listen for closets: %w", err)
		}
		if err := b.server.AddListener(listeners.NewNet(listenTLS, b.tls)); err != nil {
			return fmt.Errorf("listen for closets: %w", err)
		}
	}
	if o.Plain != "" {
		if !loopback(o.Plain) {
			return fmt.Errorf("listen without TLS on %s: only a loopback address may", o.Plain)
		}
		var err error
		if b.plain, err = newGuard(o.Plain, nil); err != nil {
			return fmt.Errorf("listen without TLS: %w", err)
		}
		if err := b.server.AddListener(listeners.NewNet(listenPlain, b.plain)); err != nil {
			return fmt.Errorf("listen without TLS: %w", err)
		}
	}
	return nil
}

func (b *Embedded) closeListeners() error {
	var err error
	for _, g := range []*guard{b.tls, b.plain} {
		if g != nil {
			err = errors.Join(err, g.Close())
		}
	}
	return err
}

// Addr returns the address of the TLS listener, PlainAddr that of the one
// without; "" where there is none.
func (b *Embedded) Addr() string { return addrOf(b.tls) }

// PlainAddr returns the address of the listener without TLS.
func (b *Embedded) PlainAddr() string { return addrOf(b.plain) }

func addrOf(g *guard) string {
	if g == nil {
		return ""
	}
	return g.Addr().String()
}

// Run serves closets until ctx ends.
func (b *Embedded) Run(ctx context.Context, h Handler) error {
	b.hook.handler.Store(&h)
	b.running.Store(true) // before the first session: what it asks for is answered
	if err := b.server.Serve(); err != nil {
		b.running.Store(false)
		return errors.Join(fmt.Errorf("run broker: %w", err), b.closeListeners())
	}
	<-ctx.Done()
	b.running.Store(false)
	// What sessions leave as wills now is this program's doing, not the closets'.
	b.hook.handler.Store(nil)
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("stop broker: %w", err)
	}
	return nil
}

// Publish sends to the closets that listen.
func (b *Embedded) Publish(topic string, payload []byte, qos byte, retain bool) error {
	if !b.running.Load() {
		return ErrNotRunning
	}
	if err := b.server.Publish(topic, payload, retain, qos); err != nil {
		return fmt.Errorf("publish %s: %w", topic, err)
	}
	return nil
}

// Ready returns nil while closets are served.
func (b *Embedded) Ready() error {
	if !b.running.Load() {
		return ErrNotRunning
	}
	return nil
}

// Clients returns the number of connected sessions.
func (b *Embedded) Clients() int64 { return atomic.LoadInt64(&b.server.Info.ClientsConnected) }

// Refused returns how many publishes, subscriptions and sessions broke the rights.
func (b *Embedded) Refused() uint64 { return b.hook.refused.Load() }

func serverTLS(o EmbeddedOptions) (*tls.Config, error) {
	roots, pair, err := loadTLS(o.CA, o.Certificate, o.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots,
	}, nil
}

func loadTLS(ca, cert, key string) (*x509.CertPool, tls.Certificate, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, tls.Certificate{}, fmt.Errorf("read CA: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, tls.Certificate{}, fmt.Errorf("read CA %s: no certificate in it", ca)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, pair, fmt.Errorf("read certificate %s: %w", cert, err)
	}
	return roots, pair, nil
}

// silent keeps the broker's own reports of every client that went away out of
// the log; what matters is said by the hook, once.
type silent struct{ slog.Handler }

func (silent) Enabled(context.Context, slog.Level) bool { return false }
