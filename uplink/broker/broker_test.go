package broker_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"rackvakt/uplink/broker"
	"rackvakt/uplink/cert"
)

const (
	own   = "rackvakt/v1/vast/kil.k1/"
	other = "rackvakt/v1/vast/arvika.k1/"
	start = "00112233445566ff"
)

// authority makes a CA, a server certificate for loopback, the collector's, and
// those of two closets.
type authority struct {
	dir    string
	server cert.Pair
	client map[string]cert.Pair
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	dir, now := t.TempDir(), time.Now()
	a := authority{dir: dir, client: map[string]cert.Pair{}}
	_, err := cert.CA(dir, "test", now)
	must(t, err)
	a.server, err = cert.Server(dir, []string{"127.0.0.1"}, now)
	must(t, err)
	for _, id := range []string{"kil.k1", "arvika.k1"} {
		a.client[id], err = cert.Closet(dir, id, now)
		must(t, err)
	}
	a.client["collector"], err = cert.Collector(dir, now)
	must(t, err)
	return a
}

func (a authority) ca() string { return filepath.Join(a.dir, "ca.crt") }

func (a authority) tls(t *testing.T, id string) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(a.ca())
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	conf := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if id != "" {
		pair, err := tls.LoadX509KeyPair(a.client[id].CertFile, a.client[id].KeyFile)
		must(t, err)
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// running is a broker that runs until the end of the test, with what it heard.
type running struct {
	broker.Broker
	heard chan broker.Message
}

func run(t *testing.T, b broker.Broker) running {
	t.Helper()
	r := running{b, make(chan broker.Message, 1000)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, func(m broker.Message) { r.heard <- m }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return r
}

func (r running) next(t *testing.T) broker.Message {
	t.Helper()
	select {
	case m := <-r.heard:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was heard within 10 s")
	}
	return broker.Message{}
}

// embedded runs a broker on a free port.
func embedded(t *testing.T, a authority) (running, string) {
	t.Helper()
	o := broker.DefaultOptions().Embedded
	o.Listen, o.CA, o.Certificate, o.Key = "127.0.0.1:0", a.ca(), a.server.CertFile, a.server.KeyFile
	kept := []broker.Message{{Topic: own + "desired", Payload: []byte("kept")}, {Topic: other + "desired", Payload: []byte("other's")}}
	b, err := broker.NewEmbedded(o, kept, slog.New(slog.DiscardHandler))
	must(t, err)
	return run(t, b), "ssl://" + b.Addr()
}

// client returns options for a closet's session.
func client(t *testing.T, a authority, addr, id, clientID string) *paho.ClientOptions {
	t.Helper()
	return paho.NewClientOptions().AddBroker(addr).SetTLSConfig(a.tls(t, id)).SetClientID(clientID).
		SetCleanSession(true).SetAutoReconnect(false).SetProtocolVersion(4).SetConnectTimeout(5 * time.Second)
}

func connect(t *testing.T, o *paho.ClientOptions) paho.Client {
	t.Helper()
	c := paho.NewClient(o)
	if tok := c.Connect(); !tok.WaitTimeout(10*time.Second) || tok.Error() != nil {
		t.Fatalf("connect: %v", tok.Error())
	}
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

// say publishes and returns what the broker said to it.
func say(c paho.Client, topic string, qos byte, retain bool, payload string) error {
	tok := c.Publish(topic, qos, retain, payload)
	if !tok.WaitTimeout(10 * time.Second) {
		return errors.New("no answer")
	}
	return tok.Error()
}

func TestEmbeddedHearsAndSpeaks(t *testing.T) {
	a := newAuthority(t)
	b, addr := embedded(t, a)
	got := make(chan paho.Message, 10)
	c := connect(t, client(t, a, addr, "kil.k1", "kil.k1.fixed."+start))
	tok := c.Subscribe(own+"#", 1, nil)
	tok.Wait()
	if tok.(*paho.SubscribeToken).Result()[own+"#"] != 0x80 {
		t.Error("a wildcard over all of the closet's topics was granted")
	}
	for _, leaf := range []string{"ack", "desired", "cmd"} {
		c.Subscribe(own+leaf, 1, func(_ paho.Client, m paho.Message) { got <- m }).Wait()
	}
	if m := <-got; m.Topic() != own+"desired" || string(m.Payload()) != "kept" || !m.Retained() {
		t.Errorf("retained from before: %s %q", m.Topic(), m.Payload())
	}
	must(t, say(c, own+"alarm", 1, false, "record"))
	if m := b.next(t); m.Topic != own+"alarm" || string(m.Payload) != "record" || m.Retained || m.Will {
		t.Errorf("heard %+v", m)
	}
	must(t, b.Publish(own+"ack", []byte("head"), 0, false))
	if m := <-got; m.Topic() != own+"ack" || string(m.Payload()) != "head" {
		t.Errorf("got %s %q", m.Topic(), m.Payload())
	}
}

// A closet speaks for itself only; a breach ends its session and is not heard.
func TestEmbeddedHoldsRights(t *testing.T) {
	a := newAuthority(t)
	b, addr := embedded(t, a)
	for _, topic := range []string{
		other + "alarm", other + "state/fixed", own + "ack", own + "desired", own + "cmd", own + "nonsense",
		"rackvakt/v1/vast/kil.k1", "rackvakt/v2/vast/kil.k1/alarm",
	} {
		c := connect(t, client(t, a, addr, "kil.k1", "kil.k1.fixed."+start))
		if err := say(c, topic, 1, true, "forged"); err == nil {
			t.Errorf("%s: written", topic)
		}
		c.Disconnect(0)
	}
	c := connect(t, client(t, a, addr, "kil.k1", "kil.k1.fixed."+start))
	for _, filter := range []string{other + "ack", other + "desired", own + "alarm", "rackvakt/v1/+/+/ack", "#", "$SYS/#"} {
		tok := c.Subscribe(filter, 0, func(_ paho.Client, m paho.Message) { t.Errorf("%s: got %s", filter, m.Topic()) })
		tok.Wait()
		if tok.(*paho.SubscribeToken).Result()[filter] != 0x80 {
			t.Errorf("%s: subscribed", filter)
		}
	}
	must(t, say(c, own+"hb", 1, true, "mine"))
	if m := b.next(t); m.Topic != own+"hb" {
		t.Errorf("heard %s of a closet without the right", m.Topic)
	}
}

func TestEmbeddedRefusesSessions(t *testing.T) {
	a := newAuthority(t)
	_, addr := embedded(t, a)
	for name, change := range map[string]func(*paho.ClientOptions){
		"no certificate":          func(o *paho.ClientOptions) { o.SetTLSConfig(a.tls(t, "")) },
		"another's client id":     func(o *paho.ClientOptions) { o.SetClientID("arvika.k1.fixed." + start) },
		"a certificate of no one": func(o *paho.ClientOptions) { o.SetTLSConfig(a.tls(t, "collector")) },
		"a lasting session":       func(o *paho.ClientOptions) { o.SetCleanSession(false) },
		"no keep-alive":           func(o *paho.ClientOptions) { o.SetKeepAlive(0) },
		"another's will":          func(o *paho.ClientOptions) { o.SetWill(other+"state/fixed", "forged", 1, true) },
		"a will for an ack":       func(o *paho.ClientOptions) { o.SetWill(own+"ack", "forged", 1, true) },
		"a will for an alarm":     func(o *paho.ClientOptions) { o.SetWill(own+"alarm", "forged", 1, true) },
		"a will of any topic":     func(o *paho.ClientOptions) { o.SetWill("x", "forged", 1, true) },
	} {
		o := client(t, a, addr, "kil.k1", "kil.k1.fixed."+start)
		change(o)
		c := paho.NewClient(o)
		if tok := c.Connect(); !tok.WaitTimeout(10*time.Second) || tok.Error() == nil {
			t.Errorf("%s: let in", name)
		}
		c.Disconnect(0)
	}
}

// A will comes as one, and is said when its session is cut.
func TestEmbeddedWill(t *testing.T) {
	a := newAuthority(t)
	b, addr := embedded(t, a)
	var conn net.Conn
	o := client(t, a, addr, "kil.k1", "kil.k1.fixed."+start).SetWill(own+"state/fixed", "gone", 1, true)
	conf := a.tls(t, "kil.k1")
	o.SetCustomOpenConnectionFn(func(_ *url.URL, _ paho.ClientOptions) (net.Conn, error) {
		var err error
		conn, err = tls.Dial("tcp", strings.TrimPrefix(addr, "ssl://"), conf)
		return conn, err
	})
	connect(t, o)
	must(t, conn.Close())
	if m := b.next(t); m.Topic != own+"state/fixed" || !m.Will || string(m.Payload) != "gone" {
		t.Errorf("heard %+v", m)
	}
}

func TestPlainListenerIsForLoopback(t *testing.T) {
	o := broker.EmbeddedOptions{Plain: "0.0.0.0:0", MaxClients: 1}
	if _, err := broker.NewEmbedded(o, nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("listens without TLS to the world")
	}
	o.Plain = "127.0.0.1:0"
	b, err := broker.NewEmbedded(o, nil, slog.New(slog.DiscardHandler))
	must(t, err)
	r := run(t, b)
	c := connect(t, paho.NewClientOptions().AddBroker("tcp://"+b.PlainAddr()).SetClientID("kil.k1.fixed."+start).SetAutoReconnect(false))
	must(t, say(c, own+"hb", 1, false, "x"))
	if m := r.next(t); m.Topic != own+"hb" {
		t.Errorf("heard %s", m.Topic)
	}
}

// mosquitto runs Debian's broker with the generated configuration.
func mosquitto(t *testing.T, a authority) string {
	t.Helper()
	bin, err := exec.LookPath("mosquitto")
	if err != nil {
		if bin = "/usr/sbin/mosquitto"; !exists(bin) {
			t.Skip("mosquitto is not installed: the external broker is not tried")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := l.Addr().String()
	must(t, l.Close())
	_, port, _ := net.SplitHostPort(addr)
	dir := t.TempDir()
	acl, conf := filepath.Join(dir, "acl"), filepath.Join(dir, "mosquitto.conf")
	must(t, os.WriteFile(acl, []byte(broker.MosquittoACL("collector")), 0o600))
	text := broker.Mosquitto(broker.MosquittoOptions{
		Listen: port + " 127.0.0.1", CA: a.ca(), Certificate: a.server.CertFile, Key: a.server.KeyFile, ACLFile: acl,
		Extra: extra(),
	})
	must(t, os.WriteFile(conf, []byte(text), 0o600))
	cmd := exec.Command(bin, "-c", conf)
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	must(t, cmd.Start())
	t.Cleanup(func() {
		must(t, cmd.Process.Kill())
		_ = cmd.Wait() // killed
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return addr
}

// extra keeps Mosquitto from giving up the rights to read the test's files.
func extra() []string {
	if os.Geteuid() == 0 {
		return []string{"user root", "log_dest stderr", "log_type all"}
	}
	return []string{"log_dest stderr", "log_type all"}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// The same messages, rights and wills with Mosquitto as with the embedded broker.
func TestExternalMosquitto(t *testing.T) {
	a := newAuthority(t)
	addr := mosquitto(t, a)
	o := broker.DefaultOptions().External
	o.URL, o.CA, o.FirstRetry = "mqtts://"+addr, a.ca(), 50*time.Millisecond
	o.Certificate, o.Key = a.client["collector"].CertFile, a.client["collector"].KeyFile
	kept := []broker.Message{{Topic: own + "desired", Payload: []byte("kept")}}
	x, err := broker.NewExternal(o, kept, slog.New(slog.DiscardHandler))
	must(t, err)
	b := run(t, x)
	for b.Ready() != nil {
		time.Sleep(20 * time.Millisecond) // a real process comes up
	}
	c := connect(t, client(t, a, "ssl://"+addr, "kil.k1", "kil.k1.fixed."+start).SetWill(other+"state/fixed", "forged", 1, true))
	got := make(chan paho.Message, 10)
	for _, leaf := range []string{own + "ack", own + "desired", other + "ack"} {
		c.Subscribe(leaf, 1, func(_ paho.Client, m paho.Message) { got <- m }).Wait()
	}
	if m := <-got; m.Topic() != own+"desired" || string(m.Payload()) != "kept" {
		t.Errorf("retained from before: %s %q", m.Topic(), m.Payload())
	}
	// Mosquitto says yes, drops it and cuts the session, so the forged will is due too.
	if err := say(c, other+"alarm", 1, false, "forged"); err != nil {
		t.Logf("a forged alarm: %v", err)
	}
	c = connect(t, client(t, a, "ssl://"+addr, "kil.k1", "kil.k1.fixed."+start))
	for _, leaf := range []string{own + "ack", other + "ack"} {
		c.Subscribe(leaf, 1, func(_ paho.Client, m paho.Message) { got <- m }).Wait()
	}
	must(t, say(c, own+"alarm", 1, false, "record"))
	if m := b.next(t); m.Topic != own+"alarm" || m.Retained {
		t.Errorf("heard %+v", m)
	}
	must(t, b.Publish(other+"ack", []byte("not for it"), 0, false))
	must(t, b.Publish(own+"ack", []byte("head"), 0, false))
	if m := <-got; m.Topic() != own+"ack" {
		t.Errorf("got %s %q", m.Topic(), m.Payload())
	}
}

// The wills of a closet count among its retained topics: paths that it makes up
// do not fill the broker.
func TestEmbeddedBoundsWills(t *testing.T) {
	a := newAuthority(t)
	_, addr := embedded(t, a)
	for i := range 129 {
		o := client(t, a, addr, "kil.k1", "kil.k1.fixed."+start).SetWill(fmt.Sprintf("%sstate/p%d", own, i), "gone", 1, true)
		c := paho.NewClient(o)
		tok := c.Connect()
		if !tok.WaitTimeout(10 * time.Second) {
			t.Fatal("no answer")
		}
		if let := tok.Error() == nil; let != (i < 128) {
			t.Fatalf("session %d let in: %v", i, let)
		}
		c.Disconnect(0)
	}
	connect(t, client(t, a, addr, "kil.k1", "kil.k1.fixed."+start).SetWill(own+"state/p0", "gone", 1, true))
}
