package broker

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"rackvakt/uplink/record"
)

const (
	// keepAlive and pingTimeout notice a half-open connection within 15 s.
	keepAlive   = 6 * time.Second
	pingTimeout = 4 * time.Second
	// answerWithin bounds every wait for the broker.
	answerWithin = 10 * time.Second
	// writeWithin notices a frozen broker whose buffer is full.
	writeWithin = 5 * time.Second
	// outgoing is how many messages may wait for the broker.
	outgoing = 4096
)

// ErrBusy says that too much waits for the broker already.
var ErrBusy = errors.New("too many messages wait for the broker")

// External is a session with another broker, made anew whenever it is lost: a new
// client each time, clean session, none of the client's own reconnect or stores.
type External struct {
	o   ExternalOptions
	tls *tls.Config
	id  string
	log *slog.Logger
	out chan outMessage

	mu sync.Mutex // guards the rest
	// open: Publish may put into out. up: messages are heard too.
	open, up bool
	kept     map[string]Message // retained messages of the collector, said at each connect
}

type outMessage struct {
	Message
	qos byte
}

// NewExternal prepares a session; Run makes it. kept are the collector's retained
// messages from before.
func NewExternal(o ExternalOptions, kept []Message, log *slog.Logger) (*External, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("external broker: %w", err)
	}
	b := &External{o: o, log: log, out: make(chan outMessage, outgoing), kept: map[string]Message{}, id: "rackvakt-collector-" + strings.ToLower(rand.Text()[:10])}
	for _, m := range kept {
		b.kept[m.Topic] = m
	}
	if u.Scheme == "mqtts" {
		roots, pair, err := loadTLS(o.CA, o.Certificate, o.Key)
		if err != nil {
			return nil, fmt.Errorf("external broker: %w", err)
		}
		b.tls = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, Certificates: []tls.Certificate{pair}, ServerName: u.Hostname()}
	}
	return b, nil
}

// Run keeps a session until ctx ends.
func (b *External) Run(ctx context.Context, h Handler) error {
	pause := b.o.FirstRetry
	said := ""
	for ctx.Err() == nil {
		began := time.Now()
		err := b.session(ctx, h)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > b.o.LastRetry {
			pause = b.o.FirstRetry
			said = ""
		}
		if err.Error() != said {
			said = err.Error()
			b.log.Warn("broker not reached", "broker", b.o.URL, "error", err)
		}
		wait(ctx, pause/2+mathrand.N(pause/2+1))
		pause = min(2*pause, b.o.LastRetry)
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// session lives as long as one connection and returns why it ended.
func (b *External) session(ctx context.Context, h Handler) error {
	lost := make(chan error, 1)
	c := paho.NewClient(b.clientOptions(lost))
	if err := settle(c.Connect()); err != nil {
		return fmt.Errorf("connect %s: %w", b.o.URL, err)
	}
	defer c.Disconnect(250)
	b.drain()
	b.set(true, false) // what the first messages ask for is answered
	defer b.set(false, false)
	if err := b.subscribe(c, h); err != nil {
		return err
	}
	b.set(true, true)
	b.log.Info("broker reached", "broker", b.o.URL)
	for _, m := range b.retained() {
		c.Publish(m.Topic, 1, true, m.Payload)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-lost:
			return fmt.Errorf("session with %s: %w", b.o.URL, err)
		case m := <-b.out:
			// The answer to a QoS 1 message is not waited for: it would promise
			// nothing, and a lost session is noticed by itself.
			c.Publish(m.Topic, m.qos, m.Retained, m.Payload)
		}
	}
}

func (b *External) clientOptions(lost chan<- error) *paho.ClientOptions {
	o := paho.NewClientOptions().AddBroker(pahoURL(b.o.URL)).SetClientID(b.id).SetProtocolVersion(protocol311).
		SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(true).
		SetKeepAlive(keepAlive).SetPingTimeout(pingTimeout).SetWriteTimeout(writeWithin).SetConnectTimeout(answerWithin)
	o.SetConnectionLostHandler(func(_ paho.Client, err error) {
		select {
		case lost <- err:
		default: // the first reason is the one that is told
		}
	})
	if b.tls != nil {
		o.SetTLSConfig(b.tls)
	}
	return o
}

// pahoURL writes the scheme as the client knows it.
func pahoURL(u string) string {
	if rest, ok := strings.CutPrefix(u, "mqtts://"); ok {
		return "ssl://" + rest
	}
	return "tcp://" + strings.TrimPrefix(u, "mqtt://")
}

// subscribe asks for everything that closets of the areas write.
func (b *External) subscribe(c paho.Client, h Handler) error {
	filters := map[string]byte{}
	areas := b.o.Areas
	if len(areas) == 0 {
		areas = []string{"+"}
	}
	for _, area := range areas {
		for leaf, sub := range map[record.Leaf]string{record.LeafState: "/+", record.LeafBirth: "/+", record.LeafNow: "",
			record.LeafHB: "", record.LeafAlarm: "", record.LeafMetrics: ""} {
			filters[record.TopicPrefix+area+"/+/"+string(leaf)+sub] = 1
		}
	}
	token := c.SubscribeMultiple(filters, func(_ paho.Client, m paho.Message) {
		h(Message{Topic: m.Topic(), Payload: m.Payload(), Retained: m.Retained()})
	})
	if err := settle(token); err != nil {
		return fmt.Errorf("subscribe at %s: %w", b.o.URL, err)
	}
	if s, ok := token.(*paho.SubscribeToken); ok {
		for filter, code := range s.Result() {
			if code > 1 {
				return fmt.Errorf("subscribe %s at %s: refused", filter, b.o.URL)
			}
		}
	}
	return nil
}

func settle(t paho.Token) error {
	if !t.WaitTimeout(answerWithin) {
		return fmt.Errorf("no answer within %s", answerWithin)
	}
	return t.Error()
}

// drain drops what waited for a session that is gone: acks are said again.
func (b *External) drain() {
	for {
		select {
		case <-b.out:
		default:
			return
		}
	}
}

func (b *External) set(open, up bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open, b.up = open, up
}

func (b *External) retained() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Message, 0, len(b.kept))
	for _, m := range b.kept {
		all = append(all, m)
	}
	return all
}

// Publish hands a message to the session. A retained one is said again at every
// connect, so it is kept even while there is none.
func (b *External) Publish(topic string, payload []byte, qos byte, retain bool) error {
	m := Message{Topic: topic, Payload: payload, Retained: retain}
	b.mu.Lock()
	defer b.mu.Unlock()
	if retain {
		b.kept[topic] = m
	}
	if !b.open {
		return fmt.Errorf("publish %s: %w", topic, ErrNoSession)
	}
	select {
	case b.out <- outMessage{m, qos}:
		return nil
	default:
		return fmt.Errorf("publish %s: %w", topic, ErrBusy)
	}
}

// Ready returns nil while there is a session.
func (b *External) Ready() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.up {
		return fmt.Errorf("broker %s: %w", b.o.URL, ErrNoSession)
	}
	return nil
}
