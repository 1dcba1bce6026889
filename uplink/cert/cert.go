// Package cert makes the certificates of the mutual TLS between closets and
// collector: one authority, server certificates with their names and addresses,
// and one client certificate per closet whose CN is `<site>.<closet>`, the
// identity that every topic right hangs on.
//
// It refuses to overwrite a key, to sign for an identity that could not be a
// topic level, and to keep or send a key anywhere but in the folder given. It
// is what a region needs until enrolment exists; it revokes nothing.
package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// Lifetimes. A closet is visited seldom: its certificate lives longer than a server's.
const (
	CALife     = 20 * 365 * 24 * time.Hour
	ServerLife = 2 * 365 * 24 * time.Hour
	ClosetLife = 5 * 365 * 24 * time.Hour
	// backdate covers clocks that are a little slow when the certificate is new.
	backdate = time.Hour
)

// Pair is one certificate with its key, as files.
type Pair struct {
	CertFile, KeyFile string
	NotAfter          time.Time
}

// ID matches `<site>.<closet>`, protocol.md.
var idForm = regexp.MustCompile(`^[a-z0-9-]{1,24}\.[a-z0-9-]{1,24}$`)

// ValidID reports whether id can be a closet's identity.
func ValidID(id string) bool { return idForm.MatchString(id) }

// CA makes the authority in dir: ca.crt and ca.key.
func CA(dir, name string, now time.Time) (Pair, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
	}
	return issue(dir, "ca", template, nil, now, CALife)
}

// Server issues a certificate for the collector or broker, valid for every
// host name and IP address in hosts: server.crt and server.key in dir.
func Server(dir string, hosts []string, now time.Time) (Pair, error) {
	if len(hosts) == 0 {
		return Pair{}, errors.New("issue server certificate: no host name or address given")
	}
	ca, err := load(dir)
	if err != nil {
		return Pair{}, err
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: hosts[0]},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	return issue(dir, "server", template, ca, now, ServerLife)
}

// Closet issues the client certificate of one closet: <id>.crt and <id>.key in dir.
func Closet(dir, id string, now time.Time) (Pair, error) {
	if !ValidID(id) {
		return Pair{}, fmt.Errorf("issue closet certificate: identity %q: want <site>.<closet>, each of a-z 0-9 -, at most 24 long, for example vc-arvika.rack1", id)
	}
	return client(dir, id, now)
}

// Collector issues the client certificate with which a collector logs in to an
// external broker: collector.crt and collector.key in dir, CN "collector".
func Collector(dir string, now time.Time) (Pair, error) { return client(dir, "collector", now) }

func client(dir, name string, now time.Time) (Pair, error) {
	ca, err := load(dir)
	if err != nil {
		return Pair{}, err
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	return issue(dir, name, template, ca, now, ClosetLife)
}

// authority is a loaded CA.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func load(dir string) (*authority, error) {
	certDER, err := block(filepath.Join(dir, "ca.crt"), "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	keyDER, err := block(filepath.Join(dir, "ca.key"), "EC PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	crt, err := x509.ParseCertificate(certDER)
	if err != nil {
		return nil, fmt.Errorf("read authority in %s: %w", dir, err)
	}
	key, err := x509.ParseECPrivateKey(keyDER)
	if err != nil {
		return nil, fmt.Errorf("read authority in %s: %w", dir, err)
	}
	return &authority{crt, key}, nil
}

func block(path, kind string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read authority: %w (make one first: rackvakt-collector cert ca)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	b, _ := pem.Decode(data)
	if b == nil || b.Type != kind {
		return nil, fmt.Errorf("read authority %s: no PEM block %q", path, kind)
	}
	return b.Bytes, nil
}

// issue makes a key, signs template with ca (nil: with itself) and writes both.
func issue(dir, name string, template *x509.Certificate, ca *authority, now time.Time, life time.Duration) (Pair, error) {
	pair := Pair{CertFile: filepath.Join(dir, name+".crt"), KeyFile: filepath.Join(dir, name+".key")}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("make key for %s: %w", name, err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Pair{}, fmt.Errorf("make serial number for %s: %w", name, err)
	}
	template.SerialNumber = serial
	template.NotBefore, template.NotAfter = now.Add(-backdate), now.Add(life)
	parent, signer := template, key
	if ca != nil {
		parent, signer = ca.cert, ca.key
		if template.NotAfter.After(ca.cert.NotAfter) {
			template.NotAfter = ca.cert.NotAfter
		}
	}
	certDER, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return Pair{}, fmt.Errorf("sign certificate %s: %w", name, err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("write key %s: %w", name, err)
	}
	pair.NotAfter = template.NotAfter
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Pair{}, fmt.Errorf("make folder for certificates: %w", err)
	}
	if err := write(pair.KeyFile, "EC PRIVATE KEY", keyDER, 0o600); err != nil {
		return Pair{}, err
	}
	return pair, write(pair.CertFile, "CERTIFICATE", certDER, 0o644)
}

// write makes a new file; an existing one is an error, so that no key is lost.
func write(path, kind string, der []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write %s: it exists already; move it away first if it shall be replaced", path)
	}
	if err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	err = errors.Join(pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
