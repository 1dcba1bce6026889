package cert_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rackvakt/uplink/cert"
)

func makeAll(t *testing.T) string {
	t.Helper()
	dir, now := t.TempDir(), time.Now()
	if _, err := cert.CA(dir, "Region test CA", now); err != nil {
		t.Fatal(err)
	}
	if _, err := cert.Server(dir, []string{"localhost", "127.0.0.1"}, now); err != nil {
		t.Fatal(err)
	}
	if _, err := cert.Closet(dir, "vc-arvika.rack1", now); err != nil {
		t.Fatal(err)
	}
	return dir
}

func pool(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(pem) {
		t.Fatal("ca.crt holds no certificate")
	}
	return p
}

func pair(t *testing.T, dir, name string) tls.Certificate {
	t.Helper()
	c, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// handshake runs a mutual TLS handshake and returns the CN that the server saw.
func handshake(t *testing.T, server, client *tls.Config) (string, error) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	srv, failed := tls.Server(a, server), make(chan error, 1)
	go func() {
		err := srv.HandshakeContext(t.Context())
		if err != nil {
			a.Close()
		}
		failed <- err
	}()
	cli := tls.Client(b, client)
	if err := cli.HandshakeContext(t.Context()); err != nil {
		b.Close()
		<-failed
		return "", err
	}
	go func() { _, _ = cli.Read(make([]byte, 1)) }() // takes the session tickets
	if err := <-failed; err != nil {
		return "", err
	}
	return srv.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

func TestMutualTLS(t *testing.T) {
	dir := makeAll(t)
	roots := pool(t, dir)
	server := &tls.Config{Certificates: []tls.Certificate{pair(t, dir, "server")}, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert}
	client := &tls.Config{Certificates: []tls.Certificate{pair(t, dir, "vc-arvika.rack1")}, RootCAs: roots, ServerName: "localhost"}
	if cn, err := handshake(t, server, client); err != nil || cn != "vc-arvika.rack1" {
		t.Errorf("CN %q, %v", cn, err)
	}
	stranger := makeAll(t)
	client.Certificates = []tls.Certificate{pair(t, stranger, "vc-arvika.rack1")}
	if _, err := handshake(t, server, client); err == nil {
		t.Error("a certificate of another authority was accepted")
	}
	client.Certificates = []tls.Certificate{pair(t, dir, "server")}
	if _, err := handshake(t, server, client); err == nil {
		t.Error("a server's certificate was accepted as a closet's")
	}
}

func TestRefusals(t *testing.T) {
	dir, now := makeAll(t), time.Now()
	_, again := cert.Closet(dir, "vc-arvika.rack1", now)
	_, noHost := cert.Server(dir, nil, now)
	_, badID := cert.Closet(dir, "vc/+", now)
	_, noCA := cert.Closet(t.TempDir(), "vc-arvika.rack1", now)
	for _, c := range []struct {
		err  error
		want string
	}{
		{again, "exists already"}, {noHost, "no host name"}, {badID, "want <site>.<closet>"}, {noCA, "cert ca"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("got %v, want %q in it", c.err, c.want)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "ca.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("ca.key: mode %v, %v", info.Mode(), err)
	}
}
