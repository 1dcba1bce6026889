package agent_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"rackvakt/firmware/agent"
	"rackvakt/firmware/config"
	"rackvakt/sensors/board"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sim"
	"rackvakt/snmp/snmptest"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/path"
	"rackvakt/uplink/record"
)

// reachable answers probes by target name; the zero value answers all.
type reachable struct {
	mu   sync.Mutex
	dead map[string]bool
}

func (r *reachable) set(names ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dead = map[string]bool{}
	for _, n := range names {
		r.dead[n] = true
	}
}

func (r *reachable) Probe(ctx context.Context, t path.Target) path.Result {
	r.mu.Lock()
	dead := r.dead[t.Name]
	r.mu.Unlock()
	if dead {
		<-ctx.Done()
		return path.Result{Method: t.How(), Reason: "no answer"}
	}
	return path.Result{Outcome: reading.ProbeAnswered, RTT: time.Millisecond, Method: t.How()}
}

// lab is one closet in this process: a simulated board, a switch over real UDP on
// loopback, targets that answer as told, and no broker.
type lab struct {
	t      *testing.T
	dir    string
	file   string
	sim    *sim.State
	snmp   *snmptest.Agent
	sw     *snmptest.SwitchModel
	reach  *reachable
	prober path.Prober // nil: reach
	hup    chan os.Signal
	outFS  outbox.FS
	cancel context.CancelCauseFunc
	done   chan error
	// opened counts how often the outbox was read back; each is a start of its own.
	opened int
}

const labConfig = `
site: {area: lab, site: kyrkeby, closet: plan1, name: Kyrkeby, contact: Receptionen, reserve_routine: Pappersrutin}
state_dir: DIR/state
mqtt: [{broker: "tcp://127.0.0.1:1"}]
outbox: {dir: DIR/outbox, cap_mb: 8}
snmp:
  devices:
    - {name: sw1, address: "SW1", version: "2c", community: {file: DIR/community}, uplink_every: 500ms, uplink_ports: ["1/8"]}
    - {name: sw2, address: "127.0.0.1:9", version: "2c", community: {file: DIR/community}, timeout: 200ms, uplink_every: 500ms}
sensors:
  board: {kind: sim}
  contacts:
    - {name: door, role: door, line: door}
    - {name: mains, role: mains, line: mains}
  climate:
    - {position: inlet, name: climate, driver: mcp9808}
host: {clock_trusted: true, interfaces: [eth0], every: 1s}
path:
  targets:
    - {name: gateway, layer: gateway, address: 192.0.2.1}
    - {name: edge, layer: region, address: 192.0.2.2}
    - {name: sjunet, layer: sjunet, address: 192.0.2.3}
limits: {door_held: 10m}
status: {socket: DIR/s}
`

func newLab(t *testing.T) *lab {
	t.Helper()
	// A unix socket's path must be short.
	dir, err := os.MkdirTemp("", "rv")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, dir: dir, file: filepath.Join(dir, "rackvakt.yaml"), sim: sim.NewState(), reach: &reachable{}, hup: make(chan os.Signal)}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	a := snmptest.New()
	l.snmp, l.sw = a, snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 8})
	address, err := a.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	l.write("community", "public\n")
	l.write("rackvakt.yaml", strings.NewReplacer("DIR", dir, "SW1", address).Replace(labConfig))
	return l
}

func (l *lab) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// edit replaces a text of the configuration file.
func (l *lab) edit(old, new string) {
	l.t.Helper()
	b, err := os.ReadFile(l.file)
	if err != nil || !strings.Contains(string(b), old) {
		l.t.Fatalf("%q is not in the file, %v", old, err)
	}
	l.write("rackvakt.yaml", strings.Replace(string(b), old, new, 1))
}

func machine() fstest.MapFS {
	f := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"proc/sys/kernel/random/boot_id": f("boot-1\n"), "proc/uptime": f("1000.00 1.0\n"), "proc/self/statm": f("1 1 1\n"),
		"sys/class/net/eth0/carrier": f("1\n"), "sys/class/net/eth0/device": f(""),
	}
}

func (l *lab) start() {
	l.t.Helper()
	cfg, err := config.Load(l.file)
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(l.t.Context())
	l.cancel, l.done = cancel, make(chan error, 1)
	opts := agent.Options{
		Config: cfg, File: l.file, HUP: l.hup, Reload: func() (config.Config, error) { return config.Load(l.file) },
		Log: slog.New(slog.DiscardHandler), Version: "test", Root: machine(), Board: board.NewSimulated(l.sim), Prober: l.prober, OutboxFS: l.outFS,
	}
	if opts.Prober == nil {
		opts.Prober = l.reach
	}
	go func() { l.done <- agent.Run(ctx, opts) }()
	l.t.Cleanup(func() { cancel(nil) })
}

// stop stops the agent and returns what it has left for the collector.
func (l *lab) stop() []record.Record {
	l.t.Helper()
	l.cancel(agent.Stop("sigterm"))
	select {
	case err := <-l.done:
		if err != nil {
			l.t.Errorf("stop: %v", err)
		}
	case <-time.After(5 * time.Second):
		l.t.Fatal("the agent did not stop within 5 s")
	}
	return l.left()
}

// left reads lane a as the collector would be sent it.
func (l *lab) left() []record.Record {
	l.t.Helper()
	o := outbox.DefaultOptions()
	o.Dir = filepath.Join(l.dir, "outbox")
	l.opened++
	box, err := outbox.Open(outbox.Config{Options: o, Start: fmt.Sprintf("%016x", l.opened), Clock: reading.NewWallclock("b", 0, nil)})
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() {
		if err := box.Close(); err != nil {
			l.t.Error(err)
		}
	}()
	var all []record.Record
	var w record.Window
	for {
		e, ok := box.Next(&w, record.LaneA)
		if !ok {
			return all
		}
		w.Sent(record.LaneA, e.ID, len(e.Payload))
		r, err := record.Decode(e.Payload)
		if err != nil {
			l.t.Fatal(err)
		}
		all = append(all, r)
	}
}

// until waits for the closet to be as wanted, and fails after a time that no
// machine should need.
func (l *lab) until(what string, want func(agent.Snapshot) bool) agent.Snapshot {
	l.t.Helper()
	var last agent.Snapshot
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case e := <-l.done:
			l.t.Fatalf("the agent ended: %v", e)
		default:
		}
		if last, err = agent.Ask(l.t.Context(), filepath.Join(l.dir, "s")); err == nil && want(last) {
			return last
		}
	}
	l.t.Fatalf("not seen: %s; last error %v, last snapshot %+v", what, err, last)
	return last
}

func causes(s agent.Snapshot) string {
	var names []string
	for _, c := range s.Verdict.Causes {
		names = append(names, string(c.Name))
	}
	return strings.Join(names, ",")
}

func value(s agent.Snapshot, device, name string) string {
	for _, r := range s.Readings {
		if r.Device == device && r.Name == name {
			return r.Value
		}
	}
	return ""
}

func lacking(s agent.Snapshot) []string {
	var list []string
	for _, l := range s.Lacks {
		list = append(list, strings.TrimSuffix(l.What+" "+l.Object, " "))
	}
	return list
}

func settled(s agent.Snapshot) bool {
	up := slices.ContainsFunc(s.Ports, func(p agent.Port) bool { return p.Uplink && p.Oper == "up" })
	probed := !slices.ContainsFunc(s.Targets, func(t agent.Target) bool { return t.Result != "answers" })
	return up && probed && value(s, "door", "door_open") == "closed" && value(s, "climate", "temperature_celsius") != ""
}

// events writes the records of lane a in short.
func events(recs []record.Record) []string {
	var out []string
	for _, r := range recs {
		switch r.Type {
		case record.TypeEvent:
			out = append(out, strings.TrimSpace(r.Event.Name+" "+r.Event.Object+" "+r.Event.Reason))
		case record.TypeAlarm:
			out = append(out, fmt.Sprintf("%s %s %s", r.Alarm.Act, r.Alarm.Code, r.Alarm.Object))
		case record.TypeOpen:
			out = append(out, fmt.Sprintf("open %d", len(r.Open.Occ)))
		case record.TypeGap:
			out = append(out, "gap "+r.Gap.Why)
		case record.TypeSamples:
			out = append(out, "samples")
		}
	}
	return out
}

// The whole closet: it runs without a broker and beside a switch that never
// answers, tells a door and a lost uplink, takes a new file, keeps its settings at
// a bad one, stops with last words, and knows its open alarms after a restart.
func TestCloset(t *testing.T) {
	before := goleak.IgnoreCurrent()
	// Registered first, so that it looks when the lab is taken down.
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	l := newLab(t)
	l.start()
	s := l.until("all is well", settled)
	if want := []string{"broker fixed", "device sw2"}; !slices.Equal(lacking(s), want) {
		t.Errorf("lacks %v, want %v", s.Lacks, want)
	}
	if len(s.Verdict.Causes) != 0 || len(s.Ports) != 8 || s.Devices[0].State != "answers" || s.Site.ReserveRoutine != "Pappersrutin" {
		t.Errorf("verdict %v, %d ports, devices %+v", s.Verdict, len(s.Ports), s.Devices)
	}
	if !slices.ContainsFunc(s.Readings, func(r agent.Reading) bool {
		return r.Name == "temperature_celsius" && r.Quality == "good" && r.Number == "22.5"
	}) {
		t.Errorf("no temperature in %+v", s.Readings)
	}

	if err := l.sim.Set(map[string]string{"door": "open"}); err != nil {
		t.Fatal(err)
	}
	l.until("door open", func(s agent.Snapshot) bool { return value(s, "door", "door_open") == "open" })

	// The cable is cut: first nothing comes through any more, then the port tells.
	l.reach.set("gateway", "edge", "sjunet")
	l.sw.SetUp(8, false)
	s = l.until("verdict uplink_port_down and its alarm", func(s agent.Snapshot) bool {
		return causes(s) == string(alarm.UplinkPortDown) && slices.ContainsFunc(s.Alarms, func(a agent.Alarm) bool { return a.Code == alarm.LinkDown })
	})
	if s.Verdict.Party != alarm.RegionIT || s.Verdict.Class != alarm.Access {
		t.Errorf("whose it is: %s, %s", s.Verdict.Party, s.Verdict.Class)
	}

	t.Run("reload", func(t *testing.T) { reload(t, l) })

	got := events(l.stop())
	for _, want := range []string{"gap first_start", "agent_started", "open 0", "door_opened door", "raise link.down sw1/1/8", "config_reloaded", "agent_stopping  sigterm"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among the records %q", want, got)
		}
	}
	if n := len(got); got[n-1] == "agent_stopping  sigterm" || got[n-2] != "agent_stopping  sigterm" {
		t.Errorf("the last words are not the last before the gap of the next start: %q", got[n-3:])
	}

	l.start()
	l.until("the alarm is still open", func(s agent.Snapshot) bool {
		return slices.ContainsFunc(s.Alarms, func(a agent.Alarm) bool { return a.Code == alarm.LinkDown })
	})
	again := events(l.stop())
	raises := 0
	for _, e := range again {
		if e == "raise link.down sw1/1/8" {
			raises++
		}
	}
	if raises != 1 || !slices.ContainsFunc(again, func(e string) bool { return strings.HasPrefix(e, "open ") && e != "open 0" }) {
		t.Errorf("after a restart: %d raises of one outage, records %q", raises, again)
	}
}

func reload(t *testing.T, l *lab) {
	l.edit("layer: sjunet,", "layer: sjunett,")
	l.hup <- os.Interrupt
	s := l.until("the bad file is refused", func(s agent.Snapshot) bool { return !s.Config.ReloadGood })
	if !strings.Contains(s.Config.Error, "rackvakt.yaml:22:22: path.targets[2].layer") || !slices.Contains(lacking(s), "config") {
		t.Errorf("error %q, lacks %v", s.Config.Error, s.Lacks)
	}
	if len(s.Targets) != 3 || causes(s) != string(alarm.UplinkPortDown) {
		t.Errorf("the old settings did not stay: verdict %+v, targets %+v", s.Verdict, s.Targets)
	}
	l.edit("layer: sjunett,", "layer: sjunet,")
	l.edit("    - {name: sjunet,", "    - {name: edge2, layer: region, address: 192.0.2.4}\n    - {name: sjunet,")
	l.edit("name: Kyrkeby,", "name: Kyrkeby vårdcentral,")
	l.hup <- os.Interrupt
	s = l.until("the good file is taken", func(s agent.Snapshot) bool { return s.Config.ReloadGood && len(s.Targets) == 4 })
	if !slices.Equal(s.Config.RestartNeeded, []string{"site.name"}) || s.Site.Name != "Kyrkeby" {
		t.Errorf("restart needed for %v, name %q", s.Config.RestartNeeded, s.Site.Name)
	}
	l.until("the new target is probed", func(s agent.Snapshot) bool {
		return slices.ContainsFunc(s.Targets, func(x agent.Target) bool { return x.Name == "edge2" && x.Result == "answers" })
	})
}
