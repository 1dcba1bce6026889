package trap

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/ber"
)

// lines keeps what was logged.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.all.String(), text)
}

// lab is a Listener on loopback.
type lab struct {
	t    *testing.T
	l    *Listener
	addr *net.UDPAddr
	got  chan Notification
	log  lines
}

func secret(t *testing.T, text string) strictyaml.Secret {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return strictyaml.Secret{File: file}
}

// listen starts a Listener that takes community "public" from loopback. Handle is
// nil for one that passes on to got.
func listen(t *testing.T, o Options, handle func(Notification)) *lab {
	t.Helper()
	x := &lab{t: t, got: make(chan Notification, 1000)}
	if handle == nil {
		handle = func(n Notification) { x.got <- n }
	}
	o.Community = secret(t, "public")
	o.Senders = map[netip.Addr]string{netip.MustParseAddr("127.0.0.1"): "sw1"}
	o.State = filepath.Join(t.TempDir(), "engine")
	x.l = New(o, Deps{Handle: handle, Log: slog.New(slog.NewTextHandler(&x.log, nil))})
	r, err := x.l.receiver(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x.addr = conn.LocalAddr().(*net.UDPAddr)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- x.l.serve(ctx, conn.(*net.UDPConn), r) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("%+v\n%s", x.l.Stats(), x.log.all.String())
		}
	})
	return x
}

func (x *lab) dial() net.Conn {
	x.t.Helper()
	conn, err := net.DialUDP("udp", nil, x.addr)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		x.t.Fatal(err)
	}
	return conn
}

func (x *lab) send(conn net.Conn, b []byte) {
	x.t.Helper()
	if _, err := conn.Write(b); err != nil {
		x.t.Fatal(err)
	}
}

func (x *lab) next() Notification {
	x.t.Helper()
	select {
	case n := <-x.got:
		return n
	case <-time.After(10 * time.Second):
		x.t.Fatal("no notification came")
	}
	return Notification{}
}

// until waits for the counts to be as asked.
func (x *lab) until(what string, is func(Stats) bool) {
	x.t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(x.l.Stats()); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			x.t.Fatalf("%s did not come: %+v", what, x.l.Stats())
		}
	}
}

// An INFORM is answered while Handle is still busy with the one before, and goes
// unanswered only once the queue is full.
func TestSlowHandle(t *testing.T) {
	hold := make(chan struct{})
	x := listen(t, Options{}, func(Notification) { <-hold })
	defer close(hold)
	buf := make([]byte, 1500)
	sent := 0
	answered := func() bool {
		t.Helper()
		conn := x.dial()
		x.send(conn, v2c("public", notifying(ber.Inform, oidLinkDown)))
		sent++
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil {
			return false
		}
		m, err := ber.ParseMessage(buf[:n])
		return err == nil && m.PDU.Type == ber.Response && m.PDU.ID == 77
	}
	for range 20 {
		if !answered() {
			t.Fatalf("INFORM %d was not answered", sent)
		}
	}
	for len(x.l.queue) < cap(x.l.queue) {
		select {
		case x.l.queue <- Notification{Device: "sw1"}:
		default:
		}
	}
	conn := x.dial()
	x.send(conn, v2c("public", notifying(ber.Inform, oidLinkDown)))
	x.until("a full queue", func(s Stats) bool { return s.Dropped[Busy] == 1 && s.Accepted[LinkDown] == 20 })
	x.until("its name", func(Stats) bool { return x.log.count(`reason="queue full"`) > 0 })
	if n := x.log.count(`reason="queue full"`); n != 1 {
		t.Errorf("named %d times", n)
	}
}

// A flood with a wrong community is counted, named once, and does not last.
func TestFlood(t *testing.T) {
	x := listen(t, Options{}, nil)
	conn := x.dial()
	const n = 500
	for range n {
		x.send(conn, v2c("private", notifying(ber.Trap, oidLinkDown)))
		time.Sleep(20 * time.Microsecond) // loopback drops what its buffer does not hold
	}
	x.until("the flood", func(s Stats) bool { return s.Dropped[WrongCommunity]+s.Dropped[Flood] == n })
	if s := x.l.Stats(); s.Dropped[WrongCommunity] < burst || s.Dropped[Flood] < n/2 || len(s.Accepted) != 0 {
		t.Errorf("%+v", s)
	}
	if a, b := x.log.count("wrong community"), x.log.count("too many"); a != 1 || b != 1 {
		t.Errorf("named %d and %d times", a, b)
	}
	x.until("an end of it", func(s Stats) bool {
		x.send(conn, v2c("public", notifying(ber.Trap, oidLinkDown)))
		return s.Accepted[LinkDown] > 0
	})
	if x.log.count("accepted again") != 1 {
		t.Error("the end of the flood is not told")
	}
}

func user(t *testing.T, auth, priv string) User {
	t.Helper()
	return User{Device: "sw9", User: "traps", AuthProtocol: auth, AuthPassphrase: secret(t, pass1), PrivProtocol: priv, PrivPassphrase: secret(t, pass2)}
}

// pairs names the protocols here and in gosnmp and net-snmp; net-snmp as Debian
// ships it knows the longer keys as AES-192 and AES-256.
var auths = map[string]struct {
	gosnmp  gosnmp.SnmpV3AuthProtocol
	netsnmp string
}{
	"md5": {gosnmp.MD5, "MD5"}, "sha": {gosnmp.SHA, "SHA"}, "sha224": {gosnmp.SHA224, "SHA-224"},
	"sha256": {gosnmp.SHA256, "SHA-256"}, "sha384": {gosnmp.SHA384, "SHA-384"}, "sha512": {gosnmp.SHA512, "SHA-512"},
}

var privs = map[string]struct {
	gosnmp  gosnmp.SnmpV3PrivProtocol
	netsnmp string
}{
	"des": {gosnmp.DES, "DES"}, "aes": {gosnmp.AES, "AES"}, "aes192": {gosnmp.AES192, "AES-192"}, "aes256": {gosnmp.AES256, "AES-256"},
	"aes192c": {gosnmp.AES192C, ""}, "aes256c": {gosnmp.AES256C, ""},
}

// Another implementation's traps are taken with every pair of protocols.
func TestGosnmpSends(t *testing.T) {
	for auth, a := range auths {
		for priv, p := range privs {
			t.Run(auth+" "+priv, func(t *testing.T) {
				x := listen(t, Options{Users: []User{user(t, auth, priv)}}, nil)
				engineID := string(sw1Engine)
				g := &gosnmp.GoSNMP{Target: "127.0.0.1", Port: uint16(x.addr.Port), Version: gosnmp.Version3, Timeout: time.Second,
					MsgFlags: gosnmp.AuthPriv, SecurityModel: gosnmp.UserSecurityModel, ContextEngineID: engineID,
					SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: "traps", AuthoritativeEngineID: engineID,
						AuthoritativeEngineBoots: 1, AuthoritativeEngineTime: 5, AuthenticationProtocol: a.gosnmp,
						AuthenticationPassphrase: pass1, PrivacyProtocol: p.gosnmp, PrivacyPassphrase: pass2}}
				if err := g.Connect(); err != nil {
					t.Fatal(err)
				}
				defer g.Close()
				if _, err := g.SendTrap(gosnmp.SnmpTrap{Variables: []gosnmp.SnmpPDU{
					{Name: "." + trapOID.String(), Type: gosnmp.ObjectIdentifier, Value: "." + oidLinkDown},
				}}); err != nil {
					t.Fatal(err)
				}
				if n := x.next(); n.Device != "sw9" || n.Kind != LinkDown {
					t.Errorf("%+v", n)
				}
			})
		}
	}
}

// netsnmp runs one of net-snmp's senders, without any configuration of the machine.
func netsnmp(t *testing.T, x *lab, prog string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(prog)
	if err != nil {
		t.Skip(prog + " is not installed: net-snmp is not tried (apt install snmp)")
	}
	args = append(args, fmt.Sprintf("127.0.0.1:%d", x.addr.Port), "4711", oidLinkDown, "1.3.6.1.2.1.2.2.1.1.49", "i", "49")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	dir := t.TempDir()
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir, "SNMPCONFPATH="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v: %s", prog, args, err, out)
	}
}

// snmpinform ends well only where its INFORM was answered.
func TestNetSNMPVersion2(t *testing.T) {
	for _, prog := range []string{"snmptrap", "snmpinform"} {
		x := listen(t, Options{}, nil)
		netsnmp(t, x, prog, "-v2c", "-cpublic")
		if n := x.next(); n.Device != "sw1" || n.Kind != LinkDown || n.Index.Value != 49 || n.UpTime.Value != 4711 || n.Inform != (prog == "snmpinform") {
			t.Errorf("%s: %+v", prog, n)
		}
	}
}

func TestNetSNMPVersion3(t *testing.T) {
	for auth, a := range auths {
		for priv, p := range privs {
			if p.netsnmp == "" || auth != "sha256" && priv != "aes" {
				continue
			}
			t.Run(auth+" "+priv, func(t *testing.T) {
				u := user(t, auth, priv)
				u.EngineID = "8000000001020304"
				x := listen(t, Options{Users: []User{u}}, nil)
				access := []string{"-v3", "-l", "authPriv", "-u", "traps", "-a", a.netsnmp, "-A", pass1, "-x", p.netsnmp, "-X", pass2}
				netsnmp(t, x, "snmptrap", append(access, "-e", "0x"+u.EngineID)...)
				if n := x.next(); n.Device != "sw9" || n.Kind != LinkDown || n.Index.Value != 49 || n.Inform {
					t.Errorf("trap: %+v", n)
				}
				netsnmp(t, x, "snmpinform", access...)
				if n := x.next(); n.Device != "sw9" || n.Kind != LinkDown || !n.Inform {
					t.Errorf("inform: %+v", n)
				}
				s := x.l.Stats()
				if s.Accepted[LinkDown] != 2 || s.Dropped[Discovery] == 0 || x.log.count("dropped") != 0 {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

func TestRunCannotBegin(t *testing.T) {
	deps := Deps{Handle: func(Notification) {}, Log: slog.New(slog.DiscardHandler)}
	short := user(t, "sha", "aes")
	short.PrivPassphrase = secret(t, "short")
	missing := strictyaml.Secret{File: filepath.Join(t.TempDir(), "none")}
	for name, o := range map[string]Options{
		"no community": {Listen: "127.0.0.1:0", Community: missing},
		"passphrase":   {Listen: "127.0.0.1:0", Users: []User{short}},
		"address":      {Listen: "192.0.2.1:162", Community: secret(t, "public")},
	} {
		if err := New(o, deps).Run(t.Context()); err == nil {
			t.Errorf("%s: it ran", name)
		} else if strings.Contains(err.Error(), pass1) {
			t.Errorf("%s: %v tells a secret", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Options{Listen: "127.0.0.1:0", Community: secret(t, "public")}, deps).Run(ctx); err != nil {
		t.Errorf("a stop: %v", err)
	}
}
