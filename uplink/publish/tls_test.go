package publish

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/record"
)

var notBefore = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// authority makes certificates in a folder of its own.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.key = a.newKey()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotBefore: notBefore,
		NotAfter: notBefore.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	a.cert, _ = x509.ParseCertificate(der)
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// issue writes name.pem and name.key, good for a year from notBefore.
func (a *authority) issue(name string, usage x509.ExtKeyUsage) tls.Certificate {
	a.n++
	key := a.newKey()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1 + a.n), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: notBefore, NotAfter: notBefore.AddDate(1, 0, 0), ExtKeyUsage: []x509.ExtKeyUsage{usage}, KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", der)
	a.write(name+".key", "EC PRIVATE KEY", keyDER)
	pair, err := tls.LoadX509KeyPair(a.path(name+".pem"), a.path(name+".key"))
	if err != nil {
		a.t.Fatal(err)
	}
	return pair
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func TestBrokerCertificateOnAMachineWithoutAClock(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	leaf := func(a *authority, name string, usage x509.ExtKeyUsage) []*x509.Certificate {
		return []*x509.Certificate{a.issue(name, usage).Leaf}
	}
	good := leaf(ours, "collector.example", x509.ExtKeyUsageServerAuth)
	inside, before, behind := notBefore.AddDate(0, 1, 0), notBefore.AddDate(-10, 0, 0), notBefore.AddDate(2, 0, 0)
	for _, c := range []struct {
		name   string
		chain  []*x509.Certificate
		at     moment
		ok     bool
		marked bool
	}{
		{"good", good, moment{inside, true}, true, false},
		{"good, clock not known but plausible", good, moment{inside, false}, true, false},
		{"clock years back", good, moment{before, false}, true, true},
		{"clock years ahead", good, moment{behind, false}, true, true},
		{"not valid yet by a good clock", good, moment{before, true}, false, false},
		{"expired by a good clock", good, moment{behind, true}, false, false},
		{"another authority", leaf(other, "collector.example", x509.ExtKeyUsageServerAuth), moment{inside, true}, false, false},
		{"another authority, no clock", leaf(other, "collector.example", x509.ExtKeyUsageServerAuth), moment{before, false}, false, false},
		{"another name, no clock", leaf(ours, "evil.example", x509.ExtKeyUsageServerAuth), moment{before, false}, false, false},
		{"a closet's certificate", leaf(ours, "collector.example", x509.ExtKeyUsageClientAuth), moment{inside, true}, false, false},
		{"none", nil, moment{inside, true}, false, false},
	} {
		v := &verifier{roots: ours.pool(), name: "collector.example", now: func() moment { return c.at }}
		err := v.check(c.chain)
		if (err == nil) != c.ok || v.marked() != c.marked {
			t.Errorf("%s: %v, marked %t", c.name, err, v.marked())
		}
	}
}

func TestMarkedSessionIsCheckedOnceTheClockIsRight(t *testing.T) {
	a := newAuthority(t)
	chain := []*x509.Certificate{a.issue("collector.example", x509.ExtKeyUsageServerAuth).Leaf}
	at := moment{notBefore.AddDate(-1, 0, 0), false}
	v := &verifier{roots: a.pool(), name: "collector.example", now: func() moment { return at }}
	if err := v.check(chain); err != nil || !v.marked() {
		t.Fatalf("%v, marked %t", err, v.marked())
	}
	if err := v.again(); err != nil || !v.marked() {
		t.Errorf("still without a clock: %v, marked %t", err, v.marked())
	}
	at = moment{notBefore.AddDate(3, 0, 0), true}
	if err := v.again(); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("expired by the right clock: %v", err)
	}
	at = moment{notBefore.AddDate(0, 3, 0), true}
	if err := v.again(); err != nil || v.marked() {
		t.Errorf("good by the right clock: %v, marked %t", err, v.marked())
	}
}

// A whole session over mutual TLS on a real socket; a renewed certificate is used
// by the next connection.
func TestSessionOverMutualTLSReadsFilesAtEachConnect(t *testing.T) {
	a := newAuthority(t)
	server := a.issue("localhost", x509.ExtKeyUsageServerAuth)
	a.issue("karlstad.k1", x509.ExtKeyUsageClientAuth)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: a.pool(),
		ClientAuth: tls.RequireAndVerifyClientCert, Time: func() time.Time { return notBefore.AddDate(0, 2, 0) }, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	serials := make(chan int64, 8)
	r := newRig(t, func(cfg *Config, c *collector) {
		_, port, _ := net.SplitHostPort(l.Addr().String())
		cfg.Broker, cfg.Dial = "tls://localhost:"+port, nil
		cfg.CA, cfg.Cert, cfg.Key = a.path("ca.pem"), a.path("karlstad.k1.pem"), a.path("karlstad.k1.key")
		cfg.TimeFloor = func() time.Time { return notBefore.AddDate(0, 2, 0) }
		// An unsynchronised clock: the test holds in any year.
		cfg.Clock = reading.NewWallclock("boot-1", time.Minute, func() bool { return false })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				if tc := conn.(*tls.Conn); tc.Handshake() == nil {
					serials <- tc.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
				}
				_ = c.attach(conn) // a broker that is down refuses
			}
		}()
	})
	stop := r.run(t)
	r.append(t, record.LaneA, 5)
	waitFor(t, func() bool { return r.out.Depth(record.LaneA) == 0 })
	first := <-serials
	a.issue("karlstad.k1", x509.ExtKeyUsageClientAuth)
	r.c.kill()
	r.c.start()
	r.append(t, record.LaneA, 5)
	waitFor(t, func() bool { return r.out.Depth(record.LaneA) == 0 })
	if second := <-serials; second == first {
		t.Errorf("the old certificate %d was used again", second)
	}
	stop()
	r.c.inOrder(record.LaneA, 10)
}

// waitFor waits for what happens on real sockets; a minute means never.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("did not happen within a minute")
		}
	}
}

func TestFaultsAreNamed(t *testing.T) {
	r := newRig(t, func(cfg *Config, _ *collector) {
		cfg.Broker = "tls://localhost:1"
		cfg.CA = filepath.Join(t.TempDir(), "no-such-ca.pem")
	})
	defer r.c.kill()
	if _, _, err := r.pub.dial(t.Context()); err == nil || !strings.Contains(err.Error(), "no-such-ca.pem") {
		t.Errorf("missing CA: %v", err)
	}
}

func TestOptions(t *testing.T) {
	type file struct {
		Collector Options `yaml:"collector"`
	}
	for _, c := range []struct{ name, src, want string }{
		{"good", "collector:\n  broker: tls://c.example\n", ""},
		{"plain", "collector:\n  broker: tcp://127.0.0.1:1883\n", ""},
		{"no scheme", "collector:\n  broker: c.example:8883\n", "broker"},
		{"path", "collector:\n  broker: tls://c.example\n  path: Fixed Line\n", "path"},
		{"keepalive", "collector:\n  broker: tls://c.example\n  keepalive: 100ms\n", "keepalive"},
		{"interface", "collector:\n  broker: tls://c.example\n  interface: much-too-long-a-name\n", "interface"},
		{"no key", "collector:\n  broker: tls://c.example\n  key: \"\"\n", "key"},
	} {
		f := file{Collector: DefaultOptions()}
		problems := strictyaml.Decode("f.yaml", []byte(c.src), &f)
		if (len(problems) == 0) != (c.want == "") || len(problems) > 1 {
			t.Errorf("%s: %v", c.name, problems)
		} else if len(problems) == 1 && !strings.Contains(problems[0].Key, c.want) {
			t.Errorf("%s: %+v", c.name, problems[0])
		}
	}
}
