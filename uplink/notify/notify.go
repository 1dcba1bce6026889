package notify

import (
	"context"
	"crypto/tls"
	"log/slog"

	"rackvakt/uplink/state"
)

// Wiring is what a Dispatcher needs from outside.
type Wiring struct {
	Queue Queue
	// Site finds a site of the list.
	Site func(id string) (state.Site, bool)
	// TLS is the client configuration of SMTP and webhooks; nil: the system's roots.
	TLS *tls.Config
	Log *slog.Logger
}

// Dispatcher renders, queues and delivers. It implements state.Notifier.
type Dispatcher struct{}

// New reads the secrets and returns a Dispatcher; Run delivers.
func New(o Options, w Wiring) (*Dispatcher, error) { return nil, nil }

// Notify renders n for every party and channel and queues it durably.
func (d *Dispatcher) Notify(ctx context.Context, n state.Notice) error { return nil }

// Run delivers until ctx ends, one worker per channel, and waits for them.
func (d *Dispatcher) Run(ctx context.Context) error { return nil }
