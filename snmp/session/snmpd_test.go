package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
	"rackvakt/snmp/system"
)

// pair is one of the pairs of protocols, with the words of snmpd.conf.
type pair struct{ auth, authWord, priv, privWord string }

func (p pair) user() string { return p.auth + "-" + p.priv }

// pairs returns all 36.
func pairs() []pair {
	var all []pair
	for _, auth := range [][2]string{
		{"md5", "MD5"}, {"sha", "SHA"}, {"sha224", "SHA-224"}, {"sha256", "SHA-256"}, {"sha384", "SHA-384"}, {"sha512", "SHA-512"},
	} {
		for _, priv := range [][2]string{
			{"des", "DES"}, {"aes", "AES"}, {"aes192", "AES-192"}, {"aes256", "AES-256"}, {"aes192c", "AES-192-C"}, {"aes256c", "AES-256-C"},
		} {
			all = append(all, pair{auth[0], auth[1], priv[0], priv[1]})
		}
	}
	return all
}

// snmpd starts Debian's agent on a free loopback port, with a community and one
// user for each pair that it takes, and ends it with the test. It returns its
// address and what it said of its configuration.
func snmpd(t *testing.T, all []pair) (addr, said string) {
	t.Helper()
	path, err := exec.LookPath("snmpd")
	if err != nil {
		path = "/usr/sbin/snmpd"
	}
	if err := exec.Command(path, "-v").Run(); err != nil {
		t.Skip("snmpd is not installed: a real agent is not tried (apt install snmpd)")
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = conn.LocalAddr().String()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf("agentaddress udp:%s\nrocommunity public\nsysName closet\n", addr)
	for _, p := range all {
		config += fmt.Sprintf("createUser %s %s %q %s %q\nrouser %s authpriv\n", p.user(), p.authWord, snmptest.AuthPassphrase, p.privWord, snmptest.PrivPassphrase, p.user())
	}
	file := filepath.Join(dir, "snmpd.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "log")
	cmd := exec.Command(path, "-f", "-Lf", log, "-C", "-c", file, "-p", filepath.Join(dir, "pid"), "-I", "-smux")
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir, "SNMPCONFPATH="+dir, "MIBS=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // tells of the kill
	})
	if _, err := newSession(t, optionsV2(addr)).Get(t.Context(), []pdu.OID{upTime}); err != nil { // the attempts outlast its start
		t.Fatalf("snmpd does not start: %v", err)
	}
	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return addr, string(raw)
}

// Every pair of protocols that Debian's agent takes: a GET, a GETBULK, and a wrong
// passphrase that is told from silence. One that it refuses to configure is told.
func TestSnmpdPairs(t *testing.T) {
	all := pairs()
	addr, said := snmpd(t, all)
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	good := 0
	for at, p := range all {
		if at%6 == 0 {
			fmt.Fprintf(w, "\n%s", p.auth)
		}
		word := "ok"
		if err := tryPair(t, addr, p); err != nil {
			word = err.Error()
			t.Errorf("%s: %v", p.user(), err)
		} else {
			good++
		}
		fmt.Fprintf(w, "\t%s %s", p.priv, word)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d pairs\n%s\nsnmpd: %s", good, len(all), table.String(), strings.TrimSpace(said))
}

var sysName = pdu.MustOID("1.3.6.1.2.1.1.5.0")

func tryPair(t *testing.T, addr string, p pair) error {
	o := optionsV3(addr)
	o.User, o.AuthProtocol, o.PrivProtocol = p.user(), p.auth, p.priv
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	s := newSession(t, o)
	r, err := s.Get(ctx, []pdu.OID{sysName})
	if err != nil {
		return err
	}
	if len(r.Varbinds) != 1 || r.Varbinds[0].Value.Text() != "closet" {
		return fmt.Errorf("sysName %+v", r.Varbinds)
	}
	if r, err = s.Bulk(ctx, []pdu.OID{ifmib.Descr}, 1); err != nil || len(r.Varbinds) != 2 || !r.Varbinds[1].OID.Under(ifmib.Descr) {
		return fmt.Errorf("GETBULK %+v %w", r.Varbinds, err)
	}
	o.Access.AuthPassphrase = "not the one it has"
	var refused *RefusedError
	if _, err := newSession(t, o).Get(ctx, []pdu.OID{upTime}); !errors.As(err, &refused) || refused.Reason != "wrong authentication" {
		return fmt.Errorf("a wrong passphrase: %w", err)
	}
	return nil
}

// Versions 1 and 2c read the same interfaces from Debian's agent.
func TestSnmpdVersion1(t *testing.T) {
	addr, _ := snmpd(t, nil)
	columns := []pdu.OID{ifmib.Descr, ifmib.OperStatus, ifmib.InErrors, ifmib.HCInOctets, ifmib.Alias}
	var names [2][]string
	for i, o := range []Options{optionsV1(addr), optionsV2(addr)} {
		p := NewSweep(system.Instances(), columns, 0)
		if err := p.Run(t.Context(), newSession(t, o)); err != nil {
			t.Fatal(err)
		}
		for _, port := range ifmib.Read(p.Varbinds) {
			names[i] = append(names[i], port.Descr+" "+port.OperWord())
		}
		if s := system.Read(p.Varbinds); s.Name != "closet" || len(p.Problems) != 0 {
			t.Errorf("version %s: %+v, problems %q", o.Version, s, p.Problems)
		}
	}
	if len(names[0]) == 0 || !slices.Equal(names[0], names[1]) {
		t.Errorf("version 1 %q, version 2c %q", names[0], names[1])
	}
}
