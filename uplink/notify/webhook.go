package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Headers of a webhook.
const (
	HeaderVersion   = "Rackvakt-Version"
	HeaderKey       = "Rackvakt-Key"
	HeaderTimestamp = "Rackvakt-Timestamp"
	HeaderSignature = "Rackvakt-Signature"
)

// Sign returns the value of Rackvakt-Signature for body sent at the Unix time
// that timestamp holds.
func Sign(secret, timestamp, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	io.WriteString(mac, timestamp+"."+body) // a hash never fails
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Verify is what a receiver does: the signature must fit, and the timestamp be at
// most maxAge from now, so that a recorded message cannot be played again later.
func Verify(secret string, h http.Header, body string, now time.Time, maxAge time.Duration) error {
	stamp := h.Get(HeaderTimestamp)
	sec, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fmt.Errorf("timestamp %q: %w", stamp, err)
	}
	if age := now.Sub(time.Unix(sec, 0)).Abs(); age > maxAge {
		return fmt.Errorf("timestamp is %v off, at most %v", age, maxAge)
	}
	if !hmac.Equal([]byte(h.Get(HeaderSignature)), []byte(Sign(secret, stamp, body))) {
		return errors.New("signature does not fit")
	}
	return nil
}

// poster posts to one receiver. It follows no redirect: a message goes where it
// was configured to go.
type poster struct {
	url, secret string
	client      *http.Client
}

func newPoster(o Webhook, conf *tls.Config) (*poster, error) {
	secret, err := o.Secret.Read()
	if err != nil {
		return nil, fmt.Errorf("webhook %s: %w", o.Name, err)
	}
	transport := &http.Transport{
		TLSClientConfig: conf, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 1, IdleConnTimeout: 90 * time.Second,
	}
	return &poster{url: o.URL, secret: secret, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (p *poster) send(ctx context.Context, d Delivery) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(d.Body))
	if err != nil {
		return &refusal{err: fmt.Errorf("post: %w", bare(err)), final: true}
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "rackvakt-collector")
	req.Header.Set(HeaderVersion, strconv.Itoa(PayloadVersion))
	req.Header.Set(HeaderKey, d.Key)
	req.Header.Set(HeaderTimestamp, stamp)
	req.Header.Set(HeaderSignature, Sign(p.secret, stamp, d.Body))
	resp, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("post: %w", bare(err))
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4096) // lets the connection be used again; the body means nothing
	return judge(resp.StatusCode)
}

// bare takes the address out of an error: many receivers carry their secret in
// it, and what is told of a delivery stands in the log and in the API.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// judge sorts a status: taken, try again, or final.
func judge(status int) error {
	if status >= 200 && status < 300 {
		return nil
	}
	again := status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusTooManyRequests
	return &refusal{err: fmt.Errorf("post: status %d", status), final: !again}
}
