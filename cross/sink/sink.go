// Package sink receives what the collector sends, for the demo and the rigs: a
// mailbox that speaks SMTP and a receiver of signed webhooks. Every message is
// kept with the time it came in.
//
// It refuses relaying, encryption and logins: it is the far end of a test, not a
// mail server.
package sink

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"

	"mime"
)

// maxMessage bounds one message, in bytes.
const maxMessage = 1 << 20

// Message is one mail or webhook call.
type Message struct {
	At time.Time
	// To lists the mail's recipients; empty for a webhook.
	To []string
	// Subject is the mail's subject, decoded; empty for a webhook.
	Subject string
	// Body is the decoded text, or the webhook's JSON.
	Body string
}

// Box keeps messages in the order in which they came.
type Box struct {
	mu       sync.Mutex
	messages []Message
	arrived  chan struct{} // closed and replaced at each arrival
}

// NewBox returns an empty box.
func NewBox() *Box { return &Box{arrived: make(chan struct{})} }

func (b *Box) put(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	close(b.arrived)
	b.arrived = make(chan struct{})
}

// All returns what came so far.
func (b *Box) All() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.messages)
}

// Arrived returns a channel that is closed at the next arrival.
func (b *Box) Arrived() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.arrived
}

// ServeSMTP takes mails from l until it is closed, and waits for open sessions.
func (b *Box) ServeSMTP(l net.Listener) error {
	var sessions sync.WaitGroup
	defer sessions.Wait()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept mail: %w", err)
		}
		sessions.Go(func() { b.session(conn) })
	}
}

// session speaks RFC 5321 with one client. A broken session only ends itself:
// the sender sees it and tries again.
func (b *Box) session(conn net.Conn) {
	defer conn.Close()
	in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
	reply := func(line string) bool {
		_, err := out.WriteString(line + "\r\n")
		return err == nil && out.Flush() == nil
	}
	if !reply("220 sink ready") {
		return
	}
	var to []string
	for {
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			return
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		answer := "250 ok"
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			answer = "250 sink"
		case "MAIL":
			to = nil
		case "RCPT":
			to = append(to, address(rest))
		case "DATA":
			if !reply("354 go on") || b.take(in, to) != nil {
				return
			}
		case "QUIT":
			reply("221 bye")
			return
		}
		if !reply(answer) {
			return
		}
	}
}

// address cuts the mailbox out of "TO:<a@b>".
func address(s string) string {
	_, after, _ := strings.Cut(s, "<")
	inner, _, _ := strings.Cut(after, ">")
	return inner
}

// take reads one message up to the line with a single dot.
func (b *Box) take(in *bufio.Reader, to []string) error {
	var text strings.Builder
	for text.Len() < maxMessage {
		line, err := in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("read mail: %w", err)
		}
		if strings.TrimRight(line, "\r\n") == "." {
			m, err := parse(text.String())
			m.At, m.To = time.Now(), to
			b.put(m)
			return err
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	return errors.New("read mail: too large")
}

func parse(text string) (Message, error) {
	msg, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		return Message{Body: text}, fmt.Errorf("parse mail: %w", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		subject = msg.Header.Get("Subject")
	}
	var body io.Reader = msg.Body
	if strings.EqualFold(msg.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(msg.Body)
	}
	plain, err := io.ReadAll(body)
	if err != nil {
		return Message{Body: text}, fmt.Errorf("decode mail: %w", err)
	}
	return Message{Subject: subject, Body: string(plain)}, nil
}

// SignatureHeader and TimestampHeader carry the webhook's signature:
// "v1=" and hex(HMAC-SHA256(secret, timestamp "." body)).
const (
	SignatureHeader = "Rackvakt-Signature"
	TimestampHeader = "Rackvakt-Timestamp"
)

// Webhook returns a handler that takes signed messages; one with a wrong
// signature is refused with 403 and not kept.
func (b *Box) Webhook(secret string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
		if err != nil {
			http.Error(w, "unreadable body", http.StatusBadRequest)
			return
		}
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%s.%s", r.Header.Get(TimestampHeader), body)
		given, err := hex.DecodeString(strings.TrimPrefix(r.Header.Get(SignatureHeader), "v1="))
		if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
			http.Error(w, "wrong signature", http.StatusForbidden)
			return
		}
		b.put(Message{At: time.Now(), Body: string(body)})
		w.WriteHeader(http.StatusNoContent)
	})
}
