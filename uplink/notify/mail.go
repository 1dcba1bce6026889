package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// mailer sends over one relay, a connection per message: alarms are few.
type mailer struct {
	o    SMTP
	host string
	opts []mail.Option
}

func newMailer(o SMTP, conf *tls.Config) (*mailer, error) {
	host, port, err := net.SplitHostPort(o.Address)
	if err != nil {
		return nil, fmt.Errorf("smtp relay %s: %w", o.Address, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("smtp relay %s: port: %w", o.Address, err)
	}
	m := &mailer{o: o, host: host, opts: []mail.Option{mail.WithPort(n), mail.WithTimeout(o.Timeout)}}
	if conf != nil {
		own := conf.Clone()
		own.ServerName = host
		m.opts = append(m.opts, mail.WithTLSConfig(own))
	}
	switch o.TLS {
	case TLSImplicit:
		m.opts = append(m.opts, mail.WithSSL())
	case TLSOpportunistic:
		m.opts = append(m.opts, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case TLSNone:
		m.opts = append(m.opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		m.opts = append(m.opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if o.Username == "" {
		return m, nil
	}
	password, err := o.Password.Read()
	if err != nil {
		return nil, fmt.Errorf("smtp password: %w", err)
	}
	auth := mail.SMTPAuthAutoDiscover
	m.opts = append(m.opts, mail.WithSMTPAuth(auth), mail.WithUsername(o.Username), mail.WithPassword(password))
	return m, nil
}

// send delivers to all addresses of d. A relay that cannot be reached is the
// channel's trouble; what it answers to this message is the message's.
func (m *mailer) send(ctx context.Context, d Delivery) error {
	msg, err := m.compose(d)
	if err != nil {
		return &refusal{err: fmt.Errorf("compose %s: %w", d.Key, err), final: true}
	}
	client, err := mail.NewClient(m.host, m.opts...)
	if err != nil {
		return fmt.Errorf("smtp relay %s: %w", m.o.Address, err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("send by %s: %w", m.o.Address, err)
	var answer *mail.SendError
	if !errors.As(err, &answer) || ctx.Err() != nil {
		return err
	}
	code := answer.ErrorCode()
	switch {
	case code == 0 || code == 421: // it hung up, or closes for the moment (RFC 5321, 4.2.3)
		return err
	case code >= 500:
		return &refusal{err: err, final: true}
	}
	return &refusal{err: err}
}

// compose writes the message. Its Message-ID follows from the key, so a retry
// carries the same one; all messages of a case hang on its first (RFC 5322, 3.6.4).
func (m *mailer) compose(d Delivery) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(m.o.From); err != nil {
		return nil, err
	}
	if err := msg.To(d.To...); err != nil {
		return nil, err
	}
	msg.Subject(d.Subject)
	msg.SetDateWithValue(d.Created)
	msg.SetMessageIDWithValue(m.messageID(d, d.Seq))
	if d.Seq > 1 {
		var refs []string
		for seq := 1; seq < d.Seq; seq++ {
			refs = append(refs, "<"+m.messageID(d, seq)+">")
		}
		msg.SetGenHeaderPreformatted(mail.HeaderInReplyTo, refs[len(refs)-1])
		msg.SetGenHeaderPreformatted(mail.HeaderReferences, strings.Join(refs, "\r\n "))
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	msg.SetGenHeader("X-Rackvakt-Key", d.Key)
	msg.SetBodyString(mail.TypeTextPlain, d.Body)
	return msg, nil
}

func (m *mailer) messageID(d Delivery, seq int) string {
	_, domain, _ := strings.Cut(m.o.From, "@")
	return fmt.Sprintf("%s.%d.%s@%s", d.Case, seq, d.Party, domain)
}
