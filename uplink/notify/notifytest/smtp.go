// Package notifytest holds doubles of what messages go to: an SMTP relay that
// keeps what it is given, and a queue in memory.
package notifytest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
)

// Mail is one message that the relay took.
type Mail struct {
	From string
	To   []string
	// Data is the message with its headers, lines ended by \n.
	Data string
	// Secure says that it came over TLS.
	Secure bool
}

// Relay is an SMTP server (RFC 5321) on the loopback interface.
type Relay struct {
	// TLS, if set, is offered by STARTTLS. Set before Start.
	TLS *tls.Config
	// Reply, if set, may answer a command itself: the whole reply line, or "" to
	// go on as usual. Set before Start.
	Reply func(verb, line string) string

	l     net.Listener
	all   sync.WaitGroup
	mu    sync.Mutex // guards mails, conns
	mails []Mail
	conns []net.Conn
	got   chan struct{}
}

// Start listens on a free port of 127.0.0.1.
func (r *Relay) Start() error { return r.StartAt("127.0.0.1:0") }

// StartAt listens on address.
func (r *Relay) StartAt(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("smtp double: %w", err)
	}
	r.l, r.got = l, make(chan struct{}, 1)
	r.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.conns = append(r.conns, c)
			r.mu.Unlock()
			r.all.Go(func() { r.serve(c) })
		}
	})
	return nil
}

// Address returns where it listens.
func (r *Relay) Address() string { return r.l.Addr().String() }

// Stop closes everything and waits.
func (r *Relay) Stop() error {
	err := r.l.Close()
	r.mu.Lock()
	for _, c := range r.conns {
		if cerr := c.Close(); cerr != nil && !errors.Is(cerr, net.ErrClosed) {
			err = errors.Join(err, cerr)
		}
	}
	r.mu.Unlock()
	r.all.Wait()
	return err
}

// Mails returns what was taken so far.
func (r *Relay) Mails() []Mail {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.mails)
}

// Got receives after a message was taken; several may be one receipt.
func (r *Relay) Got() <-chan struct{} { return r.got }

// talk is one SMTP session.
type talk struct {
	r      *Relay
	c      net.Conn
	in     *bufio.Reader
	secure bool
	mail   Mail
}

func (r *Relay) serve(c net.Conn) {
	t := &talk{r: r, c: c, in: bufio.NewReader(c)}
	defer func() { _ = t.c.Close() }() // may be closed already
	t.say("220 double ready")
	for {
		line, err := t.in.ReadString('\n')
		if err != nil || !t.command(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

// say writes one reply; a session that went away shows at the next read.
func (t *talk) say(line string) { _, _ = io.WriteString(t.c, line+"\r\n") }

func (t *talk) command(line string) bool {
	verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0])
	if t.r.Reply != nil {
		if own := t.r.Reply(verb, line); own != "" {
			t.say(own)
			return !strings.HasPrefix(own, "421")
		}
	}
	switch verb {
	case "EHLO", "HELO":
		t.hello()
	case "STARTTLS":
		return t.startTLS()
	case "MAIL":
		t.mail = Mail{From: address(line), Secure: t.secure}
		t.say("250 ok")
	case "RCPT":
		t.mail.To = append(t.mail.To, address(line))
		t.say("250 ok")
	case "DATA":
		t.say("354 go on")
		return t.data()
	case "QUIT":
		t.say("221 bye")
		return false
	default: // NOOP, RSET
		t.say("250 ok")
	}
	return true
}

func (t *talk) hello() {
	if t.r.TLS != nil && !t.secure {
		t.say("250-double")
		t.say("250 STARTTLS")
		return
	}
	t.say("250 double")
}

func (t *talk) startTLS() bool {
	t.say("220 go on")
	c := tls.Server(t.c, t.r.TLS)
	if c.Handshake() != nil {
		return false
	}
	t.c, t.in, t.secure = c, bufio.NewReader(c), true
	return true
}

func (t *talk) data() bool {
	var b strings.Builder
	for {
		line, err := t.in.ReadString('\n')
		if err != nil {
			return false
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "." {
			break
		}
		b.WriteString(strings.TrimPrefix(line, ".") + "\n")
	}
	t.mail.Data = b.String()
	t.r.mu.Lock()
	t.r.mails = append(t.r.mails, t.mail)
	t.r.mu.Unlock()
	select {
	case t.r.got <- struct{}{}:
	default:
	}
	t.say("250 taken")
	return true
}

// address returns what stands between < and >.
func address(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	inner, _, _ := strings.Cut(rest, ">")
	return inner
}
