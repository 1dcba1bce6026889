package poll

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"rackvakt/snmp/session"
	"rackvakt/snmp/snmptest"
)

// snmpd starts Debian's agent on a free loopback port with a user of its own, and
// ends it with the test.
func snmpd(t *testing.T, auth, priv string) string {
	t.Helper()
	path, err := exec.LookPath("snmpd")
	if err != nil {
		if path = "/usr/sbin/snmpd"; exec.Command(path, "-v").Run() != nil {
			t.Skip("snmpd is not installed: a real agent is not tried (apt install snmpd)")
		}
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := conn.LocalAddr().String()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf("agentaddress udp:%s\ncreateUser rackvakt %s %q %s %q\nrouser rackvakt authpriv\nrocommunity public\nsysName closet\n",
		addr, auth, snmptest.AuthPassphrase, priv, snmptest.PrivPassphrase)
	file := filepath.Join(dir, "snmpd.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-f", "-Lf", filepath.Join(dir, "log"), "-C", "-c", file, "-p", filepath.Join(dir, "pid"), "-I", "-smux")
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir, "SNMPCONFPATH="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // tells of the kill
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("snmpd: %s", log)
		}
	})
	return addr
}

func TestSnmpd(t *testing.T) {
	for _, c := range []struct{ auth, priv, ours, oursPriv string }{
		{"SHA-256", "AES", "sha256", "aes"},
		{"SHA", "AES", "sha", "aes"},
		{"SHA-512", "AES", "sha512", "aes"},
		{"MD5", "DES", "md5", "des"},
	} {
		t.Run(c.auth+" "+c.priv, func(t *testing.T) {
			addr := snmpd(t, c.auth, c.priv)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			o := optionsV3(addr)
			o.AuthProtocol, o.PrivProtocol = c.ours, c.oursPriv
			r, err := Once(ctx, o) // the attempts outlast its start
			if err != nil {
				t.Fatal(err)
			}
			if show(r.Device.SysName) != "closet" || r.Device.Uptime == nil || len(r.Interfaces) == 0 {
				t.Fatalf("%+v", r)
			}
			lo := r.Interfaces[0]
			if show(lo.Name) != "lo" || show(lo.Oper) != "up" || !lo.InOctets.Present {
				t.Errorf("first interface: %+v", lo)
			}
			t.Logf("%d interfaces, problems %q", len(r.Interfaces), r.Problems)
			two, err := Once(ctx, optionsV2(addr))
			if err != nil || len(two.Interfaces) != len(r.Interfaces) {
				t.Errorf("version 2c: %d interfaces, %v", len(two.Interfaces), err)
			}
			o.Access.AuthPassphrase = "not the one it has"
			var refused *session.RefusedError
			if _, err := Once(ctx, o); !errors.As(err, &refused) || refused.Reason != "wrong authentication" {
				t.Errorf("a wrong passphrase: %v", err)
			}
		})
	}
}
