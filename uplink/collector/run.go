package collector

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"rackvakt/uplink/broker"
	"rackvakt/uplink/ingest"
	"rackvakt/uplink/notify"
	"rackvakt/uplink/path"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
	"rackvakt/uplink/store"
	"rackvakt/uplink/web"
)

// Settings are what a running collector gets from its command.
type Settings struct {
	Options Options
	// File is the configuration file that Reload reads again.
	File string
	// Reload asks for that, once per value; nil: never.
	Reload <-chan struct{}
	Log    *slog.Logger
	// Ready is called once everything listens; nil: nobody is told.
	Ready func(status string) error
	// Alive is called every few seconds while the collector works; nil: nobody is told.
	Alive func() error
}

// Burst of probes that the question of silence is asked with.
const (
	askTimes   = 3
	askSpacing = 150 * time.Millisecond
	askTimeout = 700 * time.Millisecond
)

// collector is everything that runs.
type collector struct {
	s        Settings
	log      *slog.Logger
	sites    atomic.Pointer[[]state.Site]
	db       *store.DB
	samples  *store.Samples
	broker   broker.Broker
	probes   *path.Net
	ingest   *ingest.Ingest
	loop     *state.Loop
	messages *notify.Dispatcher
	pages    *web.Server
	registry *prometheus.Registry
	reloaded prometheus.Gauge
}

// Run works until ctx ends, then stops everything in order and returns.
func Run(ctx context.Context, s Settings) (err error) {
	c := &collector{s: s, log: s.Log, registry: prometheus.NewRegistry(), probes: path.NewNet(s.Log)}
	c.sites.Store(&s.Options.Sites)
	if err := c.open(ctx); err != nil {
		return errors.Join(err, c.close())
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.wire(ctx); err != nil {
		return err
	}
	c.log.Info("collector started", "shape", c.shape(), "sites", len(s.Options.Sites))
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.loop.Run(gctx) })
	g.Go(func() error { return c.ingest.Run(gctx) })
	g.Go(func() error { return c.messages.Run(gctx) })
	g.Go(func() error { return c.pages.Run(gctx) })
	g.Go(func() error { return c.watch(gctx) })
	err = g.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	c.log.Info("collector stopped")
	return err
}

// shape says in one line what this collector stands on.
func (c *collector) shape() string {
	if url := c.s.Options.Broker.External.URL; url != "" {
		return "external broker " + url + ", SQLite, embedded time series"
	}
	return "embedded broker, SQLite, embedded time series"
}

func (c *collector) open(ctx context.Context) error {
	o := c.s.Options.Store
	var err error
	if c.db, err = store.Open(ctx, o.Dir); err != nil {
		return err
	}
	if err := c.db.SetSites(ctx, c.s.Options.Sites); err != nil {
		return err
	}
	c.samples, err = store.OpenSamples(filepath.Join(o.Dir, "samples"), o.Retention, c.log, c.registry)
	return err
}

func (c *collector) close() error {
	c.probes.Close()
	var errs error
	if c.samples != nil {
		errs = c.samples.Close()
	}
	if c.db != nil {
		errs = errors.Join(errs, c.db.Close())
	}
	return errs
}

// wire builds the parts, the last in the flow first.
func (c *collector) wire(ctx context.Context) (err error) {
	o := c.s.Options
	if c.messages, err = notify.New(o.Notify, notify.Wiring{Queue: c.db, Site: c.site, Log: c.log}); err != nil {
		return err
	}
	c.loop = state.NewLoop(o.Silence, o.Sites, state.Wiring{Store: c.db, Notifier: c.messages, Prober: c, Commands: c, Log: c.log})
	if c.broker, err = c.newBroker(ctx); err != nil {
		return err
	}
	closets, err := o.closets()
	if err != nil {
		return err
	}
	listen := &listener{loop: c.loop, log: c.log, nows: map[string]json.RawMessage{}}
	c.ingest = ingest.New(o.Ingest, ingest.Wiring{Broker: c.broker, Store: c.db, Samples: c.samples, Listener: listen, Log: c.log}, closets)
	c.reloaded = prometheus.NewGauge(prometheus.GaugeOpts{Name: "rackvakt_config_reload_success",
		Help: "1 while the settings in force are those of the configuration file, 0 after a reload that found mistakes."})
	c.reloaded.Set(1)
	c.registry.MustRegister(c.ingest, web.Knowledge(c.loop.View), c.reloaded, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	c.pages, err = web.New(o.Web, web.Wiring{
		View: c.loop.View, History: history{c.db, c.samples, time.Now}, Now: listen.now, Metrics: c.registry, Log: c.log,
		Checks: []web.Check{{Name: "store", Probe: c.db.Ping}, {Name: "broker", Probe: func(context.Context) error { return c.broker.Ready() }}},
	})
	return err
}

// site finds a site by its id, as the configuration file has it now.
func (c *collector) site(id string) (state.Site, bool) {
	for _, s := range *c.sites.Load() {
		if s.ID == id {
			return s, true
		}
	}
	return state.Site{}, false
}

// Alive asks an address from here, for the question of silence.
func (c *collector) Alive(ctx context.Context, address string) (bool, error) {
	r := path.Burst(ctx, c.probes, path.Target{Name: "question", Layer: path.Gateway, Address: address}, askTimes, askSpacing, askTimeout)
	if !r.Alive() && r.Method == "" {
		return false, errors.New("probe " + address + ": " + r.Reason)
	}
	return r.Alive(), nil
}

// Answer asks a closet itself, down every open path.
func (c *collector) Answer(_ context.Context, closet string) error {
	id, err := record.ParseClosetID(closet)
	if err != nil {
		return err
	}
	return c.ingest.Command(id, record.Command{V: record.Version, ID: rand.Text(), Do: record.OrderAnswer, TTLS: 2})
}

const (
	readyEvery = 250 * time.Millisecond
	aliveEvery = 10 * time.Second
)

// watch tells the state loop while the broker cannot be heard, feeds the watchdog
// and reloads the configuration when asked.
func (c *collector) watch(ctx context.Context) error {
	check, alive := time.NewTicker(readyEvery), time.NewTicker(aliveEvery)
	defer check.Stop()
	defer alive.Stop()
	deaf, told := true, false
	if err := c.loop.Post(ctx, state.Own{Deaf: true, Why: "starting"}); err != nil {
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.s.Reload:
			c.reload()
		case <-alive.C:
			c.tell("watchdog", c.s.Alive)
		case <-check.C:
			err := c.broker.Ready()
			if now := err != nil; now != deaf {
				deaf = now
				c.own(ctx, err)
			}
			if !deaf && !told {
				told = true
				c.tell("ready", func() error {
					if c.s.Ready == nil {
						return nil
					}
					return c.s.Ready(c.shape())
				})
			}
		}
	}
}

func (c *collector) tell(what string, do func() error) {
	if do == nil {
		return
	}
	if err := do(); err != nil {
		c.log.Warn("service manager could not be told", "what", what, "err", err)
	}
}

// own tells the loop that the broker was lost or found.
func (c *collector) own(ctx context.Context, err error) {
	ev := state.Own{}
	if err != nil {
		ev = state.Own{Deaf: true, Why: "broker"}
		c.log.Error("broker lost", "err", err)
	} else {
		c.log.Info("broker heard")
	}
	if err := c.loop.Post(ctx, ev); err != nil && ctx.Err() == nil {
		c.log.Error("state loop could not be told", "err", err)
	}
}

// reload takes over what may change while running. A file with mistakes changes nothing.
func (c *collector) reload() {
	next, err := Load(c.s.File)
	if err != nil {
		c.reloaded.Set(0)
		c.log.Error("configuration refused, the old one stays", "err", err)
		return
	}
	c.reloaded.Set(1)
	if names := c.s.Options.needRestart(next); len(names) > 0 {
		c.log.Warn("restart needed for part of the configuration", "sections", strings.Join(names, ","))
	}
	c.sites.Store(&next.Sites)
	c.log.Info("configuration reloaded")
}

// newBroker returns the configured broker with the retained messages of earlier runs.
func (c *collector) newBroker(ctx context.Context) (broker.Broker, error) {
	rows, err := c.db.RetainedMessages(ctx)
	if err != nil {
		return nil, err
	}
	kept := make([]broker.Message, len(rows))
	for i, m := range rows {
		kept[i] = broker.Message{Topic: m.Topic, Payload: m.Payload, Retained: true}
	}
	o := c.s.Options.Broker
	if o.External.URL != "" {
		return broker.NewExternal(o.External, kept, c.log)
	}
	return broker.NewEmbedded(o.Embedded, kept, c.log)
}
