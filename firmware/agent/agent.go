// Package agent is the closet's program: it starts the sources, lets one
// goroutine own what is known and decided, keeps what is to be told on the card,
// and tells it. It starts and keeps going without network, clock, broker, sensor
// or space on disk, and says which of these it lacks.
//
// It refuses to decide itself (uplink/alarm), to read anything itself (the
// sources), and to wait in the loop for a disk or a network.
package agent

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"rackvakt/firmware/config"
	"rackvakt/sensors/board"
	"rackvakt/sensors/host"
	"rackvakt/sensors/output"
	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/path"
	"rackvakt/uplink/publish"
	"rackvakt/uplink/record"
)

// Budget of a clean stop: the writer's time and that of sources and paths are
// together less than the 5 s that are promised. A path lingers for the last acks,
// then says goodbye for at most 1.25 s where nobody hears it.
const (
	stopWriter = 1200 * time.Millisecond
	stopRest   = 3 * time.Second
	lingerLast = 1500 * time.Millisecond
)

// Stop is a cause of the end of Run's context that names itself in the last
// words: "sigterm".
type Stop string

// Error returns the reason.
func (s Stop) Error() string { return string(s) }

// Options is what Run needs. The zero value of a field but Config and Log means
// the real thing.
type Options struct {
	Config config.Config
	// File is the path of the configuration, for messages.
	File string
	// HUP asks for the configuration to be read anew with Reload; nil: never.
	HUP    <-chan os.Signal
	Reload func() (config.Config, error)
	Log    *slog.Logger
	// Version and Built describe the binary; Built bounds the clock from below.
	Version string
	Built   time.Time
	Notify  *host.Notifier
	// Root is the file system at /, from which the machine is read.
	Root   fs.FS
	Board  board.Board
	Prober path.Prober
	// OutboxFS is the file system of the outbox.
	OutboxFS outbox.FS
	// Front shows the closet on its outputs until ctx ends; nil: there are none.
	Front func(ctx context.Context, o output.Options, b board.Board, clock reading.Clock, sink reading.Sink, ask Asker) error
	// Page serves the panel on listen until ctx ends; nil: there is no panel.
	Page func(ctx context.Context, listen string, ask Asker) error
}

func (o Options) withDefaults() (Options, error) {
	if o.Root == nil {
		o.Root = os.DirFS("/")
	}
	if o.Notify == nil {
		o.Notify = &host.Notifier{}
	}
	if o.Board == nil {
		b, err := board.New(o.Config.Sensors.Board, o.Log)
		if err != nil {
			return o, err
		}
		o.Board = b
	}
	return o, nil
}

// Run runs the agent until ctx ends, then stops in good order within 5 s: last
// words with the reason (context.Cause), what is due, goodbye to the broker. Its
// error says what did not end in time.
func Run(ctx context.Context, opts Options) error {
	opts, err := opts.withDefaults()
	if err != nil {
		return err
	}
	c, err := assemble(opts)
	if err != nil {
		return err
	}
	sources, stopAll := context.WithCancel(context.WithoutCancel(ctx))
	defer stopAll()
	paths, stopPaths := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPaths()
	publishing := newGroup(opts.Log)
	for _, p := range c.pubs {
		publishing.start(paths, "mqtt", p.Run)
	}
	c.begin()
	c.startSources(sources)
	if err := opts.Notify.Ready("running"); err != nil {
		opts.Log.Warn("start not told", "error", err)
	}
	c.run(ctx)
	return c.stop(stopReason(ctx), stopAll, stopPaths, publishing)
}

// assemble makes the closet from what the disk and the machine say. It starts
// nothing but the writer.
func assemble(opts Options) (*closet, error) {
	cfg := opts.Config
	boot, uptime, bootErr := host.BootID(opts.Root)
	if bootErr != nil {
		boot = randomID(16)
		opts.Log.Warn("no boot identity, a random one is used", "error", bootErr)
	}
	synced := newSyncCache(cfg.Host.ClockTrusted)
	clock := reading.NewWallclock(boot, uptime, synced.get)
	c := &closet{
		opts: opts, cfg: cfg, start: randomID(8), clock: clock, log: opts.Log, began: clock.Now(), bootless: bootErr != nil,
		sampler: record.NewSampler(record.DefaultSamplerOptions()), table: map[reading.Point]reading.Reading{}, facts: map[factKey]string{},
		reborn: map[string]bool{reading.Monitor: true}, group: newGroup(opts.Log), synced: synced,
		in: newIntake(), asks: make(chan chan Snapshot), reloads: make(chan reloaded, 1),
		commands: make(chan record.Command, 16), health: make(chan struct{}, 1),
		live: host.NewLiveness(clock),
	}
	c.verdictAt = c.began
	c.conf = Config{File: opts.File, LoadedAt: c.began.Wall, ReloadGood: true}
	h := host.New(cfg.Host, host.Machine{FS: opts.Root}, clock, nil, opts.Log)
	c.wired = wiredOf(h.Interfaces())
	c.plan = cfg.Plan(c.wired)
	c.engine = alarm.New(c.plan, func() string { return randomID(8) }, c.began)
	if err := c.openOutbox(); err != nil {
		return nil, err
	}
	if err := c.openPaths(); err != nil {
		return nil, errors.Join(err, within(stopWriter, c.writer.close), c.box.Close())
	}
	return c, nil
}

// openOutbox opens the outbox and the writer before it, and takes back the open alarms.
func (c *closet) openOutbox() error {
	for _, dir := range []string{c.cfg.StateDir, c.cfg.Outbox.Dir} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			c.log.Error("folder cannot be made", "error", err)
		}
	}
	box, err := outbox.Open(outbox.Config{Options: c.cfg.Outbox, Start: c.start, Clock: c.clock, Log: c.log, FS: c.opts.OutboxFS, OnHealth: c.tellHealth})
	if err != nil {
		return err
	}
	c.box = box
	kept := openFile{filepath.Join(c.cfg.StateDir, "open.json")}
	c.writer = newWriter(box, kept, host.TimeFile{Path: filepath.Join(c.cfg.StateDir, "time")}, c.log)
	open, err := kept.load()
	if err != nil {
		c.log.Warn("open alarms of the last start are lost", "error", err)
	}
	c.engine.Restore(open)
	return nil
}

func (c *closet) tellHealth(h outbox.Health) {
	c.log.Warn("outbox", "writable", h.Writable, "fault", h.Fault, "damaged", h.Damaged, "other_card", h.Stranger)
	select {
	case c.health <- struct{}{}:
	default:
	}
}

func (c *closet) openPaths() error {
	known, err := c.writer.times.Load()
	if err != nil {
		c.log.Warn("time file not read", "error", err)
	}
	floor := host.Floor(known, c.opts.Built)
	for _, m := range c.cfg.MQTT {
		p, err := publish.New(publish.Config{
			Options: m.Options, Area: c.cfg.Site.Area, Closet: c.cfg.Closet(), Start: c.start, Outbox: c.box, Clock: c.clock, Log: c.log,
			TimeFloor: func() time.Time { return floor }, Command: c.command, Linger: lingerLast,
		})
		if err != nil {
			return err
		}
		c.pubs = append(c.pubs, p)
	}
	return nil
}

// command takes a command from a path; when the closet is far behind it is dropped.
func (c *closet) command(cmd record.Command) {
	select {
	case c.commands <- cmd:
	default:
		c.log.Warn("command dropped", "id", cmd.ID)
	}
}

// begin writes the first words: that the agent started, and which occurrences
// are open.
func (c *closet) begin() {
	now := c.clock.Now()
	occ := []string{}
	for _, a := range c.engine.Open() {
		occ = append(occ, a.Occ)
	}
	c.writer.append(record.LaneA,
		record.Record{At: now, Type: record.TypeEvent, Event: &record.Event{Name: record.EventAgentStarted, Detail: map[string]string{"version": c.opts.Version}}},
		record.Record{At: now, Type: record.TypeOpen, Open: &record.Open{Occ: occ}})
	c.log.Info("agent started", "version", c.opts.Version, "closet", c.cfg.Closet().String(), "start", c.start, "open", len(occ))
}

// stopReason is the key in the last words.
func stopReason(ctx context.Context) string {
	var s Stop
	if errors.As(context.Cause(ctx), &s) {
		return string(s)
	}
	return "stopped"
}

// stop ends everything in order: last words first, then sources, disk, paths.
func (c *closet) stop(reason string, endSources, stopPaths context.CancelFunc, publishing *group) error {
	if err := c.opts.Notify.Stopping(); err != nil {
		c.log.Warn("stop not told", "error", err)
	}
	now := c.clock.Now()
	c.samples(c.sampler.Flush(now), now)
	c.writer.append(record.LaneA, record.Record{At: now, Type: record.TypeEvent, Event: &record.Event{Name: record.EventAgentStopping, Reason: reason}})
	c.log.Info("agent stopping", "reason", reason)
	if now.Synced {
		c.writer.keepTime(now.Wall)
	}
	endSources()
	errs := []error{within(stopWriter, c.writer.close)}
	stopPaths()
	rest, cancel := context.WithTimeout(context.Background(), stopRest)
	defer cancel()
	errs = append(errs, ended(rest, "sources", c.group), ended(rest, "paths", publishing))
	if errs[0] == nil { // else the writer still uses the outbox
		errs = append(errs, c.box.Close())
	}
	return errors.Join(errs...)
}

func within(d time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return f(ctx)
}

func ended(ctx context.Context, what string, g *group) error {
	if left := g.wait(ctx); len(left) > 0 {
		return fmt.Errorf("stop: %s did not end in time: %q", what, left)
	}
	return nil
}

// randomID returns n random octets in hex.
func randomID(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails, crypto/rand
	return hex.EncodeToString(b)
}

// syncCache remembers whether the clock is synchronised, for Clock.Now asks often.
type syncCache struct {
	trusted bool
	synced  atomic.Bool
}

func newSyncCache(trusted bool) *syncCache {
	s := &syncCache{trusted: trusted}
	s.look()
	return s
}

func (s *syncCache) get() bool { return s.synced.Load() }

// look asks the kernel; what cannot be asked counts as not synchronised.
func (s *syncCache) look() {
	synced, err := host.Adjtimex()
	s.synced.Store(s.trusted || err == nil && synced)
}
