package publish

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// credentials are the three files of mutual TLS. They are read at each connect,
// so a renewed certificate needs no restart.
type credentials struct {
	ca, cert, key string
}

func (c credentials) load() (roots *x509.CertPool, pair tls.Certificate, err error) {
	pem, err := os.ReadFile(c.ca)
	if err != nil {
		return nil, pair, fmt.Errorf("read CA: %w", err)
	}
	roots = x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, pair, fmt.Errorf("read CA %s: no certificate in it", c.ca)
	}
	pair, err = tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return nil, pair, fmt.Errorf("read certificate %s: %w", c.cert, err)
	}
	return roots, pair, nil
}

// moment is what is known of the time: Now is the latest of system clock, time
// file and build date; Synced says that the system clock is synchronised.
type moment struct {
	Now    time.Time
	Synced bool
}

// verifier checks the broker's certificate against one pinned CA and the name,
// on a machine that may not know the time. It may be used from any goroutine.
type verifier struct {
	roots *x509.CertPool
	name  string
	now   func() moment

	mu    sync.Mutex
	chain []*x509.Certificate // of the last handshake
	loose bool                // accepted without its dates
}

// config returns the client's TLS settings. The library's own check is replaced,
// not left out: VerifyConnection runs on every handshake, resumed ones too.
func (v *verifier) config(pair tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         v.name,
		Certificates:       []tls.Certificate{pair},
		InsecureSkipVerify: true, // see VerifyConnection
		VerifyConnection:   func(s tls.ConnectionState) error { return v.check(s.PeerCertificates) },
	}
}

// check verifies chain, name and dates. Where only the dates fail and the clock
// is not synchronised, chain and name are verified as of the leaf's NotBefore
// and the session is marked, to be checked again once the clock is right.
func (v *verifier) check(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("broker sent no certificate")
	}
	m := v.now()
	err := v.verify(chain, m.Now)
	loose := false
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired && !m.Synced {
		err, loose = v.verify(chain, chain[0].NotBefore), true
	}
	if err != nil {
		return fmt.Errorf("verify broker certificate: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.chain, v.loose = chain, loose
	return nil
}

func (v *verifier) verify(chain []*x509.Certificate, at time.Time) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots:         v.roots,
		Intermediates: between,
		DNSName:       v.name,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// marked reports whether the present session was accepted without its dates.
func (v *verifier) marked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.loose
}

// again checks a marked session's certificate once the clock is synchronised.
// nil while there is nothing to check.
func (v *verifier) again() error {
	v.mu.Lock()
	chain, loose := v.chain, v.loose
	v.mu.Unlock()
	if !loose || !v.now().Synced {
		return nil
	}
	return v.check(chain)
}

// latest returns the latest of the given times.
func latest(times ...time.Time) time.Time {
	var t time.Time
	for _, u := range times {
		if u.After(t) {
			t = u
		}
	}
	return t
}
