package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/cross/sink"
)

// The lab: five hosts in network namespaces.
//
//	closet ---- switch (bridge, snmpd) ==uplink== edge ---- sjunet
//	10.91.1.2   10.91.1.3                10.91.1.1  |  10.91.2.2
//	                                                +---- region (collector, mail, webhook)
//	                                                      10.91.3.2
const (
	nsCloset = "rv-closet"
	nsSwitch = "rv-switch"
	nsEdge   = "rv-edge"
	nsSjunet = "rv-sjunet"
	nsRegion = "rv-region"

	ipCloset = "10.91.1.2"
	ipSwitch = "10.91.1.3"
	ipEdge   = "10.91.1.1"
	ipSjunet = "10.91.2.2"
	ipRegion = "10.91.3.2"

	snmpUser, snmpAuth, snmpPriv = "rackvakt", "only-for-the-lab-1", "only-for-the-lab-2"
	webhookSecret                = "only-for-the-lab-3"
	trapCommunity                = "only-for-the-lab-4"
)

var namespaces = []string{nsCloset, nsSwitch, nsEdge, nsSjunet, nsRegion}

// topology is run line by line; every line is one `ip` command.
var topology = []string{
	"-n rv-switch link add br0 type bridge",
	"link add eth0 netns rv-closet type veth peer name port1 netns rv-switch",
	"link add uplink netns rv-switch type veth peer name access netns rv-edge",
	"link add sjunet netns rv-edge type veth peer name eth0 netns rv-sjunet",
	"link add region netns rv-edge type veth peer name eth0 netns rv-region",
	"-n rv-switch link set port1 master br0 up",
	"-n rv-switch link set uplink master br0 up",
	"-n rv-switch link set br0 up",
	"-n rv-closet link set eth0 up",
	"-n rv-edge link set access up",
	"-n rv-edge link set sjunet up",
	"-n rv-edge link set region up",
	"-n rv-sjunet link set eth0 up",
	"-n rv-region link set eth0 up",
	"-n rv-closet addr add 10.91.1.2/24 dev eth0",
	"-n rv-switch addr add 10.91.1.3/24 dev br0",
	"-n rv-edge addr add 10.91.1.1/24 dev access",
	"-n rv-edge addr add 10.91.2.1/24 dev sjunet",
	"-n rv-edge addr add 10.91.3.1/24 dev region",
	"-n rv-sjunet addr add 10.91.2.2/24 dev eth0",
	"-n rv-region addr add 10.91.3.2/24 dev eth0",
	"-n rv-closet route add default via 10.91.1.1",
	"-n rv-switch route add default via 10.91.1.1",
	"-n rv-sjunet route add default via 10.91.2.1",
	"-n rv-region route add default via 10.91.3.1",
}

func ip(ctx context.Context, line string) error {
	_, err := rig.Command(ctx, "ip", strings.Fields(line)...)
	return err
}

// buildNetwork makes the namespaces; they are removed when the test ends.
func buildNetwork(t *testing.T) {
	t.Helper()
	removeNetwork(t.Context())
	for _, ns := range namespaces {
		must(t, ip(t.Context(), "netns add "+ns))
		must(t, ip(t.Context(), "-n "+ns+" link set lo up"))
	}
	t.Cleanup(func() { removeNetwork(context.WithoutCancel(t.Context())) })
	for _, line := range topology {
		must(t, ip(t.Context(), line))
	}
	must(t, rig.InNetns(nsEdge, func() error {
		return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
	}))
	must(t, waitPing(t.Context()))
}

// removeNetwork removes what an earlier run may have left; what is not there is fine.
func removeNetwork(ctx context.Context) {
	for _, ns := range namespaces {
		if _, err := os.Stat("/run/netns/" + ns); err == nil {
			_ = ip(ctx, "netns del "+ns)
		}
	}
}

// waitPing waits until the closet reaches Sjunet, so that every run starts from a whole path.
func waitPing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return rig.Until(ctx, "a way from closet to Sjunet", func() (bool, error) {
		_, err := rig.Command(ctx, "ip", "netns", "exec", nsCloset, "ping", "-c1", "-W1", ipSjunet)
		return err == nil, nil
	})
}

// startSnmpd runs Debian's snmpd as the switch's agent: SNMPv3 authPriv, traps of
// links that it looks at every second (linkUpDownNotifications looks once a minute),
// and its cache of ifTable set to one second, since a switch does not answer with a
// picture that is three seconds old.
func startSnmpd(t *testing.T, dir string) {
	t.Helper()
	conf := filepath.Join(dir, "snmpd.conf")
	// By number: Debian's packages come without the MIBs that name these.
	const ifOperStatus = ".1.3.6.1.2.1.2.2.1.8"
	const linkObjects = " .1.3.6.1.2.1.2.2.1.1 .1.3.6.1.2.1.2.2.1.7 " + ifOperStatus
	text := strings.Join([]string{
		"agentAddress udp:" + ipSwitch + ":161,udp:127.0.0.1:161",
		fmt.Sprintf("createUser %s SHA %s AES %s", snmpUser, snmpAuth, snmpPriv),
		"rouser " + snmpUser + " priv",
		"createUser internal", "rouser internal noauth", "iquerySecName internal",
		"notificationEvent linkDownTrap .1.3.6.1.6.3.1.1.5.3" + linkObjects,
		"notificationEvent linkUpTrap .1.3.6.1.6.3.1.1.5.4" + linkObjects,
		`monitor -r 1 -e linkDownTrap "link down" ` + ifOperStatus + " == 2",
		`monitor -r 1 -e linkUpTrap "link up" ` + ifOperStatus + " != 2",
		"trap2sink " + ipCloset + " " + trapCommunity,
		"rwcommunity cache 127.0.0.1",
		"sysName sw1", "",
	}, "\n")
	must(t, os.WriteFile(conf, []byte(text), 0o600))
	p, err := rig.Start(rig.Spec{Name: "snmpd", Path: "snmpd", Dir: dir, Netns: nsSwitch,
		Args: []string{"-f", "-Lo", "-C", "-c", conf, "-p", filepath.Join(dir, "snmpd.pid")},
		Env:  []string{"SNMP_PERSISTENT_DIR=" + filepath.Join(dir, "snmpd-state"), "PATH=" + os.Getenv("PATH") + ":/usr/sbin"}})
	must(t, err)
	t.Cleanup(func() { _ = p.Kill() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	const ifTableCache = "1.3.6.1.4.1.8072.1.5.3.1.2.1.3.6.1.2.1.2.2" // NET-SNMP-AGENT-MIB nsCacheTimeout
	must(t, rig.Until(ctx, "snmpd", func() (bool, error) {
		_, err := rig.Command(ctx, "ip", "netns", "exec", nsSwitch, "snmpset", "-v2c", "-c", "cache", "-t1", "-r0", "127.0.0.1", ifTableCache, "i", "1")
		return err == nil, nil
	}))
}

// receivers are the far ends of messages, in the region's namespace.
type receivers struct {
	mail, hook         *sink.Box
	mailAddr, hookAddr string
}

func startReceivers(t *testing.T) receivers {
	t.Helper()
	r := receivers{mail: sink.NewBox(), hook: sink.NewBox()}
	mail, err := rig.ListenIn(t.Context(), nsRegion, ipRegion+":2525")
	must(t, err)
	hook, err := rig.ListenIn(t.Context(), nsRegion, ipRegion+":8099")
	must(t, err)
	r.mailAddr, r.hookAddr = mail.Addr().String(), "http://"+hook.Addr().String()+"/"
	server := &http.Server{Handler: r.hook.Webhook(webhookSecret), ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 2)
	go func() { ended <- r.mail.ServeSMTP(mail) }()
	go func() { ended <- server.Serve(hook) }()
	t.Cleanup(func() {
		if err := errors.Join(mail.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		}
	})
	return r
}

// startSjunet opens the TCP service that stands for Sjunet.
func startSjunet(t *testing.T) {
	t.Helper()
	l, err := rig.ListenIn(t.Context(), nsSjunet, ipSjunet+":443")
	must(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				c.Close()
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// needLab skips without RACKVAKT_E2E=1 and fails where it is set but cannot be had.
func needLab(t *testing.T) {
	t.Helper()
	if os.Getenv("RACKVAKT_E2E") == "" {
		t.Skip("skipped: needs root and network namespaces; run `make e2e`")
	}
	if os.Geteuid() != 0 {
		t.Fatal("make e2e needs root, for network namespaces")
	}
	for _, prog := range []string{"ip", "ping", "snmpset"} {
		if _, err := exec.LookPath(prog); err != nil {
			t.Fatalf("make e2e needs %s: %v", prog, err)
		}
	}
	if err := ip(t.Context(), "netns add rv-probe"); err != nil {
		t.Fatalf("no network namespaces here: %v", err)
	}
	must(t, ip(t.Context(), "netns del rv-probe"))
}
