package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/cross/sink"
	"rackvakt/firmware/agent"
	"rackvakt/snmp/trap"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/notify"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
	"rackvakt/uplink/store"
	"rackvakt/uplink/web"
)

const closetID = "vc-lab.plan1"

// run is one lab with everything started.
type run struct {
	t          *testing.T
	dir, certs string
	bin        rig.Binaries
	recv       receivers
	collector  *rig.Process
	monitor    *rig.Process
	api        rig.API
}

func TestUplinkCutEmbeddedBroker(t *testing.T) { testCut(t, false) }

func TestUplinkCutMosquitto(t *testing.T) { testCut(t, true) }

// testCut takes the uplink down for real, looks at both ends, and puts it back.
func testCut(t *testing.T, external bool) {
	needLab(t)
	dir := t.TempDir()
	buildNetwork(t)
	startSnmpd(t, dir)
	startSjunet(t)
	r := &run{t: t, dir: dir, certs: filepath.Join(dir, "certs"), recv: startReceivers(t),
		api: rig.API{Base: "http://" + ipRegion + ":8080", Dial: rig.DialIn(nsRegion)}}
	r.build()
	r.certificates()
	if external {
		r.startMosquitto()
	}
	r.startCollector(external)
	r.startMonitor()
	r.waitWhole()

	cut := time.Now()
	must(t, ip(t.Context(), "-n "+nsSwitch+" link set uplink down"))
	verdict := r.waitVerdict(alarm.UplinkPortDown)
	trapped := r.waitTrap(trap.LinkDown)
	mail, hook := r.waitTold(state.Opened)
	// The link stays cut until the silence is old news, so that what comes after it is late.
	r.wait(20*time.Second, "the cut to last ten seconds", func() (bool, error) { return time.Since(cut) > 10*time.Second, nil })

	repaired := time.Now()
	must(t, ip(t.Context(), "-n "+nsSwitch+" link set uplink up"))
	closeMail, closeHook := r.waitTold(state.Closed)
	r.checkClosing(closeHook, cut, repaired)
	r.checkOneCase()
	must(t, r.monitor.Stop(8*time.Second))
	r.waitLastWords()
	must(t, r.collector.Stop(10*time.Second))
	lanes := r.checkLanes()

	t.Logf("cut -> verdict in the closet   %6.2f s", verdict.Sub(cut).Seconds())
	t.Logf("cut -> linkDown trap seen      %6.2f s", trapped.Sub(cut).Seconds())
	t.Logf("cut -> mail / webhook          %6.2f s / %.2f s", mail.At.Sub(cut).Seconds(), hook.At.Sub(cut).Seconds())
	t.Logf("repair -> closing mail/webhook %6.2f s / %.2f s", closeMail.At.Sub(repaired).Seconds(), closeHook.At.Sub(repaired).Seconds())
	t.Logf("records stored, each once and in order: lane a %d, lane m %d", lanes[record.LaneA], lanes[record.LaneM])
	t.Logf("closing mail:\n%s\n%s", closeMail.Subject, closeMail.Body)
}

func (r *run) build() {
	dir := os.Getenv("RACKVAKT_BIN")
	if dir == "" {
		dir = r.dir
	}
	var err error
	r.bin, err = rig.Build(r.t.Context(), dir)
	must(r.t, err)
}

// wait bounds the wait for something by a time far above what it should take.
func (r *run) wait(within time.Duration, what string, probe func() (bool, error)) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), within)
	defer cancel()
	if err := rig.Until(ctx, what, probe); err != nil {
		status, _ := rig.Command(context.WithoutCancel(ctx), r.bin.Agent, "status", "-socket", r.socket(), "-json")
		r.t.Fatalf("%v\n-- status:\n%s\n-- monitor:\n%s\n-- collector:\n%s", err, status, r.monitor.Tail(15), r.collector.Tail(15))
	}
}

func (r *run) certificates() {
	for _, args := range [][]string{
		{"cert", "ca", "-dir", r.certs}, {"cert", "server", "-dir", r.certs, ipRegion},
		{"cert", "closet", "-dir", r.certs, closetID}, {"cert", "collector", "-dir", r.certs},
	} {
		_, err := rig.Command(r.t.Context(), r.bin.Collector, args...)
		must(r.t, err)
	}
}

// write writes a file of the lab and returns its path.
func (r *run) write(name, text string) string {
	path := filepath.Join(r.dir, name)
	must(r.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// startMosquitto runs Debian's Mosquitto with the configuration and the rights
// that the collector's command prints.
func (r *run) startMosquitto() {
	acl, err := rig.Command(r.t.Context(), r.bin.Collector, "mosquitto", "-part", "acl")
	must(r.t, err)
	must(r.t, os.WriteFile(filepath.Join(r.certs, "mosquitto.acl"), []byte(acl), 0o600))
	conf, err := rig.Command(r.t.Context(), r.bin.Collector, "mosquitto", "-dir", r.certs, "-listen", "8883 "+ipRegion)
	must(r.t, err)
	file := r.write("mosquitto.conf", conf+"user root\n")
	p, err := rig.Start(rig.Spec{Name: "mosquitto", Path: "mosquitto", Args: []string{"-c", file}, Dir: r.dir, Netns: nsRegion,
		Env: []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin"}})
	must(r.t, err)
	r.t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			r.t.Error(err)
		}
	})
}

func (r *run) startCollector(external bool) {
	broker := fmt.Sprintf("embedded: {listen: \"%s:8883\", ca: %s/ca.crt, certificate: %[2]s/server.crt, key: %[2]s/server.key}", ipRegion, r.certs)
	if external {
		broker = fmt.Sprintf("external: {url: \"mqtts://%s:8883\", ca: %s/ca.crt, certificate: %[2]s/collector.crt, key: %[2]s/collector.key}", ipRegion, r.certs)
	}
	r.write("webhook.key", webhookSecret)
	file := r.write("rackvakt-collector.yaml", fmt.Sprintf(`
store: {dir: %[1]s/store}
broker: {%[2]s}
web: {listen: "%[3]s:8080"}
notify:
  smtp: {address: "%[4]s", from: rackvakt@region.example, tls: none}
  webhooks: [{name: servicedesk, url: "%[5]s", secret: {file: %[1]s/webhook.key}}]
sites:
  - id: vc-lab
    name: Vårdcentralen Labbet
    area: vast
    kind: region_run
    reserve_routine: Reservrutin 4, pärmen i receptionen
    closets: [{name: plan1, router: %[6]s, switch: %[7]s}]
    contacts:
      region_it: {function: IT Servicedesk, phone: 010-555 01 00, email: [servicedesk@region.example]}
`, r.dir, broker, ipRegion, r.recv.mailAddr, r.recv.hookAddr, ipEdge, ipSwitch))
	var err error
	r.collector, err = rig.Start(rig.Spec{Name: "collector", Path: r.bin.Collector, Args: []string{"run", "-config", file}, Dir: r.dir, Netns: nsRegion})
	must(r.t, err)
	r.t.Cleanup(func() { _ = r.collector.Kill() })
}

func (r *run) socket() string { return filepath.Join(r.dir, "status.sock") }

func (r *run) startMonitor() {
	r.write("auth", snmpAuth)
	r.write("priv", snmpPriv)
	r.write("community", trapCommunity)
	file := r.write("rackvakt.yaml", fmt.Sprintf(`
site: {area: vast, site: vc-lab, closet: plan1, name: Vårdcentralen Labbet, kind: region_run, reserve_routine: "Reservrutin 4, pärmen i receptionen"}
state_dir: %[1]s
mqtt: [{broker: "tls://%[2]s:8883", ca: %[1]s/certs/ca.crt, cert: %[1]s/certs/%[3]s.crt, key: %[1]s/certs/%[3]s.key, path: fixed, interface: eth0}]
outbox: {dir: %[1]s/outbox, cap_mb: 64}
snmp:
  devices:
    - {name: sw1, kind: switch, address: %[4]s, user: %[5]s, auth_protocol: sha, auth_passphrase: {file: %[1]s/auth},
       priv_protocol: aes, priv_passphrase: {file: %[1]s/priv}, uplink_ports: [uplink]}
  traps: {listen: "%[9]s:162", community: {file: %[1]s/community}}
host: {interfaces: [eth0], clock_trusted: true}
path:
  targets:
    - {name: gateway, layer: gateway, address: %[6]s, method: icmp, interface: eth0}
    - {name: region, layer: region, address: "%[2]s:8080", method: tcp, interface: eth0}
    - {name: sjunet, layer: sjunet, address: "%[7]s:443", method: tcp, interface: eth0}
status: {socket: %[8]s}
`, r.dir, ipRegion, closetID, ipSwitch, snmpUser, ipEdge, ipSjunet, r.socket(), ipCloset))
	var err error
	r.monitor, err = rig.Start(rig.Spec{Name: "rackvakt", Path: r.bin.Agent, Args: []string{"run", "-config", file}, Dir: r.dir, Netns: nsCloset})
	must(r.t, err)
	r.t.Cleanup(func() { _ = r.monitor.Kill() })
}

// status asks the monitor itself, as a technician would.
func (r *run) status() (agent.Snapshot, error) {
	var s agent.Snapshot
	out, err := rig.Command(r.t.Context(), r.bin.Agent, "status", "-socket", r.socket(), "-json")
	if err != nil {
		return s, nil // not there yet
	}
	return s, json.Unmarshal([]byte(out), &s)
}

// waitWhole waits until the closet is online at the region, its switch answers,
// and nothing is wrong anywhere.
func (r *run) waitWhole() {
	r.t.Helper()
	r.wait(60*time.Second, "a whole path and a closet online", func() (bool, error) {
		s, err := r.status()
		if err != nil || s.V == 0 || len(s.Verdict.Causes) > 0 || len(s.Alarms) > 0 || s.Outbox.Alarms > 0 {
			return false, err
		}
		up := slices.ContainsFunc(s.Ports, func(p agent.Port) bool { return p.Uplink && p.Oper == "up" })
		answering := !slices.ContainsFunc(s.Targets, func(t agent.Target) bool { return t.Result != "answers" })
		if !up || !answering {
			return false, nil
		}
		sites, err := r.api.Sites(r.t.Context())
		return err == nil && len(sites) == 1 && sites[0].Status == state.Online && !sites[0].Closets[0].Backlog, nil
	})
}

// waitVerdict waits for a verdict in the closet, cut off as it is, and returns when it stood.
func (r *run) waitVerdict(want alarm.CauseName) time.Time {
	r.t.Helper()
	var since time.Time
	r.wait(30*time.Second, "verdict "+string(want)+" in rackvakt status", func() (bool, error) {
		s, err := r.status()
		for _, c := range s.Verdict.Causes {
			if c.Name == want {
				since = s.Verdict.Since
				return true, err
			}
		}
		return false, err
	})
	return since
}

// waitTrap waits until the switch's own word of that kind was taken, and returns
// when that was seen.
func (r *run) waitTrap(kind trap.Kind) time.Time {
	r.t.Helper()
	r.wait(20*time.Second, "trap "+string(kind)+" in rackvakt status", func() (bool, error) {
		s, err := r.status()
		return s.Traps != nil && s.Traps.Accepted[kind] > 0, err
	})
	return time.Now()
}

// waitTold waits until mail and webhook got the message of that kind about the silence.
func (r *run) waitTold(kind state.Kind) (mail, hook sink.Message) {
	r.t.Helper()
	r.wait(90*time.Second, fmt.Sprintf("message %q by mail and webhook", kind), func() (bool, error) {
		for _, m := range r.recv.hook.All() {
			var p notify.Payload
			if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
				return false, err
			}
			if p.Kind == kind && p.Code == "monitor.silent" {
				hook = m
				for _, letter := range r.recv.mail.All() {
					if letter.Subject == p.Subject {
						mail = letter
						return true, nil
					}
				}
			}
		}
		return false, nil
	})
	return mail, hook
}

// checkClosing checks that the closing message names verdict, true start and end, and owner.
func (r *run) checkClosing(m sink.Message, cut, repaired time.Time) {
	r.t.Helper()
	var p notify.Payload
	must(r.t, json.Unmarshal([]byte(m.Body), &p))
	if len(p.Verdict) != 1 || p.Verdict[0].Name != alarm.UplinkPortDown {
		r.t.Errorf("closing message: verdict %+v, want %s", p.Verdict, alarm.UplinkPortDown)
	}
	if p.Owner == nil || p.Owner.Party != alarm.RegionIT {
		r.t.Errorf("closing message: owner %+v, want region_it", p.Owner)
	}
	for _, c := range []struct {
		what string
		got  *time.Time
		want time.Time
	}{{"start", p.Start, cut}, {"end", p.End, repaired}} {
		if c.got == nil || c.got.Sub(c.want).Abs() > 2*time.Second {
			r.t.Errorf("closing message: %s %v, want within 2 s of %v", c.what, c.got, c.want)
		} else {
			r.t.Logf("%s told: %+.2f s from the true one", c.what, c.got.Sub(c.want).Seconds())
		}
	}
}

// checkOneCase checks that the late records joined the case of the silence.
func (r *run) checkOneCase() {
	r.t.Helper()
	cases, err := r.api.Cases(r.t.Context(), "")
	must(r.t, err)
	if len(cases) != 1 || cases[0].Open() {
		r.t.Errorf("%d cases, want the one of the silence, closed: %+v", len(cases), cases)
	}
	opened := 0
	for _, m := range r.recv.hook.All() {
		var p notify.Payload
		must(r.t, json.Unmarshal([]byte(m.Body), &p))
		if p.Kind == state.Opened {
			opened++
		}
	}
	if opened != 1 {
		r.t.Errorf("%d opening messages, want 1", opened)
	}
	if n := len(cases[0].Members); n < 2 {
		r.t.Errorf("case has %d members, want the silence and the link.down that explains it", n)
	}
}

func (r *run) waitLastWords() {
	r.t.Helper()
	r.wait(20*time.Second, "last words at the region", func() (bool, error) {
		events, err := r.api.Events(r.t.Context(), "vc-lab")
		return slices.ContainsFunc(events, func(e web.Event) bool { return e.Name == record.EventAgentStopping }), err
	})
}

// checkLanes reads the collector's journal: each lane holds 1, 2, 3 ... of the one
// start, in order, none missing, none twice.
func (r *run) checkLanes() map[record.Lane]int {
	r.t.Helper()
	db, err := store.Open(r.t.Context(), filepath.Join(r.dir, "store"))
	must(r.t, err)
	defer db.Close()
	count := map[record.Lane]int{}
	for _, lane := range []record.Lane{record.LaneA, record.LaneM} {
		rows, err := db.Journal(r.t.Context(), lane, 0, 1_000_000)
		must(r.t, err)
		next := uint64(1)
		for _, row := range rows {
			if row.ID.IsGap() {
				continue // the gap of the first start
			}
			if _, n, _ := strings.Cut(string(row.ID), ":"); n != fmt.Sprint(next) {
				r.t.Errorf("lane %s: %s where %d was due", lane, row.ID, next)
			}
			next++
			count[lane]++
		}
		if count[lane] == 0 {
			r.t.Errorf("lane %s is empty", lane)
		}
	}
	return count
}
