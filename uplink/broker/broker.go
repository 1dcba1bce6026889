// Package broker is the collector's connection to MQTT behind one small
// interface: either the broker is inside this program (Embedded), or it is
// another one that the collector is a client of (External). What stands behind
// the interface sees the same messages from both.
//
// It holds the rights of protocol.md: a closet, named by the CN of its
// certificate, writes state, birth, now, hb, alarm and metrics and reads ack,
// desired and cmd of its own id only, in publishes, subscriptions and last wills.
// For Mosquitto the same rights are written as its configuration (Mosquitto, ACL).
//
// It refuses to look into payloads, to queue for a client that is away, and to
// promise anything with a PUBACK: only the collector's ack promises.
package broker

import (
	"context"
	"errors"
)

// Message is one message from the broker.
type Message struct {
	Topic string
	// Payload belongs to the receiver.
	Payload []byte
	// Retained says that the broker kept it from before: no sign of life.
	Retained bool
	// Will says that it is known to be a last will. An external broker does not
	// tell a will from a message; there the payload does.
	Will bool
}

// Handler takes one message. It must return at once: it runs in the reading loop
// of a client.
type Handler func(Message)

// Broker is what the collector hears and speaks through.
type Broker interface {
	// Run works until ctx ends and hands every message of every closet to h.
	Run(ctx context.Context, h Handler) error
	// Publish sends to the closets that listen. It may be called from any
	// goroutine and fails at once while there is no connection.
	Publish(topic string, payload []byte, qos byte, retain bool) error
	// Ready returns nil while messages can be heard.
	Ready() error
}

// Errors of Publish and Ready.
var (
	ErrNotRunning = errors.New("broker is not running")
	ErrNoSession  = errors.New("no session with the broker")
)
