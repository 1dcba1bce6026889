package agent

import (
	"context"
	"fmt"
	"path/filepath"

	"rackvakt/firmware/config"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/host"
	"rackvakt/sensors/output"
	"rackvakt/sensors/power"
	"rackvakt/sensors/reading"
	"rackvakt/snmp/poll"
	"rackvakt/snmp/session"
	"rackvakt/uplink/path"
)

// startSources starts everything that delivers and everything that is asked.
func (c *closet) startSources(ctx context.Context) {
	c.startHost(ctx)
	c.startDevices(ctx)
	c.startTraps(ctx)
	c.startBoard(ctx)
	c.startPath(ctx)
	c.startDoors(ctx)
	c.startWatch(ctx)
}

// startWatch feeds systemd's watchdog, or the kernel's where the file says so,
// while the closet's own loop runs. Disk, network and sensors are no reason to
// start the machine anew.
func (c *closet) startWatch(ctx context.Context) {
	if period := c.opts.Notify.Watchdog / 3; period > 0 {
		c.group.start(ctx, "systemd watchdog", func(ctx context.Context) error {
			c.live.Feed(ctx, period, c.opts.Notify.Alive, c.log)
			return nil
		})
	}
	if c.cfg.Host.Watchdog != "" {
		w := &host.Watchdog{Path: c.cfg.Host.Watchdog, Timeout: c.cfg.Host.WatchdogTimeout, FS: c.opts.Root, Live: c.live, Log: c.log}
		c.group.start(ctx, "watchdog", w.Run)
	}
}

// source starts one source whose deliveries go to the closet.
func (c *closet) source(ctx context.Context, name string, run func(context.Context, reading.Sink) error) {
	c.group.start(ctx, name, func(ctx context.Context) error {
		return run(ctx, c.in.sink(ctx))
	})
}

func (c *closet) startHost(ctx context.Context) {
	disk := host.Storage(c.cfg.Outbox.Dir, func() error {
		if h := c.box.Health(); !h.Writable {
			return fmt.Errorf("outbox: %s", h.Fault)
		}
		return nil
	})
	c.source(ctx, "host", func(ctx context.Context, sink reading.Sink) error {
		host.New(c.cfg.Host, host.Machine{FS: c.opts.Root, Disk: disk}, c.clock, sink, c.log).Run(ctx)
		return nil
	})
}

// startDevices starts the polled devices; each start makes a new one, since a
// Device runs once.
func (c *closet) startDevices(ctx context.Context) {
	c.polled = &polled{running: map[string]*poll.Device{}, ports: portsOf(c.cfg)}
	c.askUplink = c.polled.askAll
	limits := session.OpenFile(filepath.Join(c.cfg.StateDir, "snmp-limits.json"), c.log)
	gate := session.NewGate()
	c.group.start(ctx, "snmp limits", func(ctx context.Context) error {
		limits.Run(ctx)
		return nil
	})
	shelf := shelf{}
	for _, o := range c.cfg.SNMP.Devices {
		o.Gate = gate
		lib := shelf.open(o.ProfileDir, c.log)
		c.source(ctx, o.Name, func(ctx context.Context, sink reading.Sink) error {
			d := poll.New(o, poll.Deps{Clock: c.clock, Sink: sink, Log: c.log, Store: limits, Profiles: lib.profiles, ProfileProblem: lib.problem})
			c.polled.add(o.Name, d)
			return d.Run(ctx)
		})
	}
}

func (c *closet) startBoard(ctx context.Context) {
	c.group.start(ctx, "board", c.opts.Board.Run)
	for _, o := range c.cfg.Sensors.Contacts {
		c.source(ctx, o.Name, func(ctx context.Context, sink reading.Sink) error {
			return contact.New(o, c.opts.Board, c.clock, c.log).Run(ctx, sink)
		})
	}
	peers := climate.NewPeers()
	for _, o := range c.cfg.Sensors.Climate {
		c.source(ctx, o.Key(), func(ctx context.Context, sink reading.Sink) error {
			return climate.New(o, c.opts.Board, c.clock, c.log).Among(peers).Run(ctx, sink)
		})
	}
	for _, o := range c.cfg.Sensors.Power {
		c.source(ctx, o.Name, func(ctx context.Context, sink reading.Sink) error {
			return power.New(o, c.opts.Board, c.clock, c.log).Run(ctx, sink)
		})
	}
}

func (c *closet) startPath(ctx context.Context) {
	prober := c.opts.Prober
	if prober == nil {
		prober = path.NewNet(c.log)
	}
	watch := path.New(c.cfg.Path, prober, c.clock, c.in.sink(ctx), c.log)
	c.askPath = watch.Ask
	c.setPath = func(cfg config.Config) { watch.Set(cfg.Path) }
	c.group.start(ctx, "path", func(ctx context.Context) error {
		watch.Run(ctx)
		if p, ok := prober.(interface{ Close() }); ok {
			p.Close() // waits for what probes left running
		}
		return nil
	})
}

// startDoors starts what people and the system ask at: socket, panel, SIGHUP.
func (c *closet) startDoors(ctx context.Context) {
	if socket := c.cfg.Status.Socket; socket != "" {
		c.group.start(ctx, "status", func(ctx context.Context) error { return serveStatus(ctx, socket, c.ask, c.log) })
	}
	if listen := c.cfg.Panel.Listen; listen != "" && c.opts.Page != nil {
		c.group.start(ctx, "panel", func(ctx context.Context) error { return c.opts.Page(ctx, listen, c.ask) })
	}
	if c.opts.Front != nil && c.cfg.Outputs.Any() {
		c.source(ctx, output.Device, func(ctx context.Context, sink reading.Sink) error {
			return c.opts.Front(ctx, c.cfg.Outputs, c.opts.Board, c.clock, sink, c.ask)
		})
	}
	if c.opts.HUP == nil || c.opts.Reload == nil {
		return
	}
	c.group.start(ctx, "reload", func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-c.opts.HUP:
			}
			cfg, err := c.opts.Reload()
			select {
			case c.reloads <- reloaded{cfg, err}:
			case <-ctx.Done():
				return nil
			}
		}
	})
}
