package faults

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rackvakt/cross/rig"
)

const (
	area     = "vast"
	siteID   = "vc-fault"
	closetID = siteID + ".plan1"
)

// short is the form for CI: fewer records, fewer kills, an hour instead of a day, and
// the tests beside each other instead of one after the other.
func short() bool { return os.Getenv("RACKVAKT_FAULTS_SHORT") != "" }

// sized picks a size by the form of the run.
func sized[T any](long, brief T) T {
	if short() {
		return brief
	}
	return long
}

func needFaults(t *testing.T) {
	t.Helper()
	if os.Getenv("RACKVAKT_FAULTS") == "" {
		t.Skip("skipped: kills programs and fills disks for minutes; run `make faults`")
	}
	if short() {
		t.Parallel()
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lab is one region on loopback: a collector, with a broker of its own or with
// Debian's Mosquitto, and the certificates of all.
type lab struct {
	t          *testing.T
	dir, certs string
	bin        rig.Binaries
	external   bool
	brokerPort int
	api        rig.API

	collectorFile, mosquittoFile string
	collector, mosquitto         *rig.Process
}

// newLab makes a region and starts it.
func newLab(t *testing.T, external bool) *lab {
	t.Helper()
	dir := t.TempDir()
	l := &lab{t: t, dir: dir, certs: filepath.Join(dir, "certs"), external: external}
	where := os.Getenv("RACKVAKT_BIN")
	if where == "" {
		where = dir
	}
	var err error
	l.bin, err = rig.Build(t.Context(), where)
	must(t, err)
	l.certificates()
	l.brokerPort = l.port()
	l.configure()
	if external {
		l.configureMosquitto()
		l.startMosquitto()
	}
	l.startCollector()
	l.waitHealthy()
	return l
}

func (l *lab) port() int {
	l.t.Helper()
	port, err := rig.FreePort("tcp")
	must(l.t, err)
	return port
}

func (l *lab) certificates() {
	for _, args := range [][]string{
		{"cert", "ca", "-dir", l.certs}, {"cert", "server", "-dir", l.certs, "127.0.0.1"},
		{"cert", "closet", "-dir", l.certs, closetID}, {"cert", "collector", "-dir", l.certs},
	} {
		_, err := rig.Command(l.t.Context(), l.bin.Collector, args...)
		must(l.t, err)
	}
}

// write writes a file of the lab and returns its path.
func (l *lab) write(name, text string) string {
	path := filepath.Join(l.dir, name)
	must(l.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (l *lab) storeDir() string { return filepath.Join(l.dir, "store") }

func (l *lab) configure() {
	web := l.port()
	l.api = rig.API{Base: fmt.Sprintf("http://127.0.0.1:%d", web)}
	broker := fmt.Sprintf("embedded: {listen: \"127.0.0.1:%d\", ca: %s/ca.crt, certificate: %[2]s/server.crt, key: %[2]s/server.key}", l.brokerPort, l.certs)
	if l.external {
		broker = fmt.Sprintf("external: {url: \"mqtts://127.0.0.1:%d\", ca: %s/ca.crt, certificate: %[2]s/collector.crt, key: %[2]s/collector.key}", l.brokerPort, l.certs)
	}
	l.collectorFile = l.write("rackvakt-collector.yaml", fmt.Sprintf(`
store: {dir: %s}
broker: {%s}
web: {listen: "127.0.0.1:%d"}
sites:
  - {id: %s, name: Vårdcentralen Felet, area: %s, kind: region_run, closets: [{name: plan1}]}
`, l.storeDir(), broker, web, siteID, area))
	_, err := rig.Command(l.t.Context(), l.bin.Collector, "check", "-config", l.collectorFile)
	must(l.t, err)
}

func (l *lab) configureMosquitto() {
	acl, err := rig.Command(l.t.Context(), l.bin.Collector, "mosquitto", "-part", "acl")
	must(l.t, err)
	must(l.t, os.WriteFile(filepath.Join(l.certs, "mosquitto.acl"), []byte(acl), 0o600))
	conf, err := rig.Command(l.t.Context(), l.bin.Collector, "mosquitto", "-dir", l.certs, "-listen", fmt.Sprintf("%d 127.0.0.1", l.brokerPort))
	must(l.t, err)
	if os.Geteuid() == 0 {
		conf += "user root\n" // else it becomes a user that cannot read the folder
	}
	l.mosquittoFile = l.write("mosquitto.conf", conf)
}

// run starts a program that is ended with the test at the latest.
func (l *lab) run(s rig.Spec) *rig.Process {
	l.t.Helper()
	s.Dir = l.dir
	p, err := rig.Start(s)
	must(l.t, err)
	l.t.Cleanup(func() { _ = p.Kill() })
	return p
}

func (l *lab) startMosquitto() {
	path := "mosquitto"
	if _, err := os.Stat("/usr/sbin/mosquitto"); err == nil {
		path = "/usr/sbin/mosquitto"
	}
	l.mosquitto = l.run(rig.Spec{Name: "mosquitto", Path: path, Args: []string{"-c", l.mosquittoFile}})
}

func (l *lab) startCollector() {
	l.collector = l.run(rig.Spec{Name: "collector", Path: l.bin.Collector, Args: []string{"run", "-config", l.collectorFile}})
}

// wait bounds the wait for something by a time far above what it should take.
func (l *lab) wait(within time.Duration, what string, probe func() (bool, error)) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), within)
	defer cancel()
	if err := rig.Until(ctx, what, probe); err != nil {
		l.t.Fatalf("%v\n%s", err, l.tails())
	}
}

// tails shows what the programs said last.
func (l *lab) tails() string {
	var b strings.Builder
	logs, err := filepath.Glob(filepath.Join(l.dir, "*.log"))
	if err != nil {
		return err.Error()
	}
	for _, log := range logs {
		fmt.Fprintf(&b, "-- %s:\n%s\n", filepath.Base(log), (&rig.Process{LogFile: log}).Tail(15))
	}
	return b.String()
}

func (l *lab) waitHealthy() {
	l.t.Helper()
	l.wait(30*time.Second, "a healthy collector", func() (bool, error) {
		if !l.collector.Running() {
			return false, fmt.Errorf("the collector ended")
		}
		return l.api.Healthy(l.t.Context()), nil
	})
}

// metrics returns what the collector counts by name and labels as they stand in the
// text; false while it does not answer.
func (l *lab) metrics() (map[string]float64, bool) {
	ctx, cancel := context.WithTimeout(l.t.Context(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.api.Base+"/metrics", nil)
	must(l.t, err)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, false
	}
	defer resp.Body.Close()
	all := map[string]float64{}
	lines := bufio.NewScanner(io.LimitReader(resp.Body, 4<<20))
	for lines.Scan() {
		at := strings.LastIndexByte(lines.Text(), ' ')
		if at < 0 || lines.Text()[0] == '#' {
			continue
		}
		v, err := strconv.ParseFloat(lines.Text()[at+1:], 64)
		must(l.t, err)
		all[lines.Text()[:at]] = v
	}
	return all, lines.Err() == nil
}

// taken returns how many records the collector has stored since its start, and how
// many it did not take since it had them, or had not what stands before them; false
// while it does not answer.
func (l *lab) taken() (taken, resent int, ok bool) {
	m, ok := l.metrics()
	count := func(result string) int { return int(m[`rackvakt_ingest_records_total{result="`+result+`"}`]) }
	return count("taken"), count("again") + count("ignored"), ok
}

// stop ends the region in good order, so that its store can be read.
func (l *lab) stop() {
	l.t.Helper()
	if err := l.collector.Stop(15 * time.Second); err != nil {
		l.t.Errorf("the collector did not stop in good order: %v", err)
	}
	if l.external {
		must(l.t, l.mosquitto.Kill())
	}
}
