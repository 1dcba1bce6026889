// Package host reads what the monitor knows about its own machine: boot id and
// uptime, whether the clock is synchronised, the carrier of its own interfaces,
// the temperature of its chip, undervoltage, storage and its own memory. It also
// keeps the never-backwards time file and speaks systemd's notification protocol.
//
// Each source stands alone: one that does not exist on this machine is not
// listed, one that fails is Unknown with its reason, and neither stops the
// others. Files come from an fs.FS rooted at /; it writes nothing but the time
// file and the probe file of Storage, and changes no setting of the machine.
//
// Sources: proc(5), sysfs-class-net (Documentation/ABI/testing), adjtimex(2),
// raspberrypi-hwmon (rpi_volt: in0_lcrit_alarm), the firmware's get_throttled word.
package host

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// Options configures a Host. Start from DefaultOptions.
type Options struct {
	// Every is the time between two readings of everything but the carriers.
	Every time.Duration `yaml:"every" example:"10s"`
	// CarrierEvery is the time between two looks at the carriers.
	CarrierEvery time.Duration `yaml:"carrier_every" example:"250ms"`
	// Interfaces are watched for carrier; empty: all with hardware behind them.
	Interfaces []string `yaml:"interfaces" example:"[eth0]"`
	// ClockTrusted takes the system clock as synchronised whatever the kernel
	// says: for machines whose clock is kept from outside.
	ClockTrusted bool `yaml:"clock_trusted" example:"false"`
	// Watchdog is the kernel's watchdog to be fed where no systemd runs, see type
	// Watchdog; empty: none. WatchdogTimeout is the time from the last feeding to
	// the reset; a Raspberry Pi keeps 15 s in hardware.
	Watchdog        string        `yaml:"watchdog" example:"/dev/watchdog"`
	WatchdogTimeout time.Duration `yaml:"watchdog_timeout" example:"15s"`
}

// DefaultOptions returns the defaults.
func DefaultOptions() Options {
	return Options{Every: 10 * time.Second, CarrierEvery: 250 * time.Millisecond, WatchdogTimeout: 15 * time.Second}
}

// Validate reports what cannot be.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Every < time.Second || o.Every > 10*time.Minute {
		r.Bad("every", o.Every, "a time from 1s to 10m", "10s")
	}
	if o.CarrierEvery < 50*time.Millisecond || o.CarrierEvery > time.Minute {
		r.Bad("carrier_every", o.CarrierEvery, "a time from 50ms to 1m", "250ms")
	}
	if o.Watchdog != "" && !strings.HasPrefix(o.Watchdog, "/dev/") {
		r.Bad("watchdog", o.Watchdog, "a device of the kernel, or left out", "/dev/watchdog")
	}
	if o.WatchdogTimeout < 5*time.Second || o.WatchdogTimeout > 5*time.Minute || o.WatchdogTimeout%time.Second != 0 {
		r.Bad("watchdog_timeout", o.WatchdogTimeout, "whole seconds from 5s to 5m", "15s")
	}
	seen := map[string]bool{}
	for i, name := range o.Interfaces {
		if name == "" || len(name) > 15 || seen[name] {
			r.Bad(fmt.Sprintf("interfaces[%d]", i), name, "the name of an interface, once", "eth0")
		}
		seen[name] = true
	}
}

// Machine is where a Host reads. The zero value of a field but FS means the real thing.
type Machine struct {
	// FS is rooted at /; needed.
	FS fs.FS
	// Synced tells whether the kernel holds its clock for synchronised.
	Synced func() (bool, error)
	// Disk tells the free octets of the folder that holds the data, and why it
	// refuses writing, if it does. Nil: storage is not read.
	Disk func() (free int64, refused error)
}

// Host reads one machine. Make one with New.
type Host struct {
	opts  Options
	from  Machine
	clock reading.Clock
	sink  reading.Sink
	log   *slog.Logger

	// carriers and failing remember what was told last, to tell changes only.
	carriers map[string]int64
	failing  map[string]string
}

// New returns a Host that reads from m into sink.
func New(o Options, m Machine, clock reading.Clock, sink reading.Sink, log *slog.Logger) *Host {
	if m.Synced == nil {
		m.Synced = Adjtimex
	}
	return &Host{opts: o, from: m, clock: clock, sink: sink, log: log, carriers: map[string]int64{}, failing: map[string]string{}}
}

// Run reads until ctx ends: everything each Every, the carriers each CarrierEvery
// and told at once when one changes.
func (h *Host) Run(ctx context.Context) {
	all, carrier := time.NewTicker(h.opts.Every), time.NewTicker(h.opts.CarrierEvery)
	defer all.Stop()
	defer carrier.Stop()
	h.sink(h.Read())
	for {
		select {
		case <-ctx.Done():
			return
		case <-all.C:
			h.sink(h.Read())
		case <-carrier.C:
			if b := h.changedCarriers(); len(b.Readings) > 0 {
				h.sink(b)
			}
		}
	}
}

// point returns a Point of the monitor itself.
func point(object string, k reading.Kind) reading.Point {
	return reading.Point{Device: reading.Monitor, Object: object, Kind: k}
}

// gather collects readings of one moment.
type gather struct {
	h     *Host
	at    reading.Stamp
	batch reading.Batch
}

// take adds a value, or Unknown with the reason if err says so.
func (g *gather) take(p reading.Point, v int64, err error) {
	r := reading.Reading{Point: p, Value: v, Quality: reading.Good, At: g.at}
	reason := ""
	if err != nil {
		reason = "cannot be read"
		r.Value, r.Quality, r.Reason = 0, reading.Unknown, reason
	}
	if name := p.String(); g.h.failing[name] != reason {
		g.h.failing[name] = reason
		if err != nil {
			g.h.log.Warn("own reading lost", "point", name, "error", err)
		} else {
			g.h.log.Info("own reading back", "point", name)
		}
	}
	g.batch.Readings = append(g.batch.Readings, r)
}

// fact adds a text about the monitor.
func (g *gather) fact(l reading.Label, text string) {
	if text != "" {
		g.batch.Facts = append(g.batch.Facts, reading.Fact{Point: point("", reading.None), Label: l, Text: text, At: g.at})
	}
}

// Read reads everything once.
func (h *Host) Read() reading.Batch {
	g := &gather{h: h, at: h.clock.Now()}
	synced, err := h.synced()
	g.take(point("", reading.ClockSynced), number(synced), err)
	h.readCarriers(g)
	if path, ok := socZone(h.from.FS); ok {
		v, err := readInt(h.from.FS, path)
		g.take(point("", reading.SoCTemperature), v, err)
	}
	if read, ok := undervoltage(h.from.FS); ok {
		v, err := read()
		g.take(point("", reading.Undervoltage), v, err)
	}
	if h.from.Disk != nil {
		free, refused := h.from.Disk()
		g.take(point("", reading.StorageWritable), number(refused == nil), nil)
		if free >= 0 {
			g.take(point("", reading.StorageFree), free, nil)
		}
	}
	if v, err := resident(h.from.FS); !missing(err) {
		g.take(point("", reading.MemoryResident), v, err)
	}
	g.fact(reading.LabelModel, text(h.from.FS, "proc/device-tree/model"))
	g.fact(reading.LabelSerial, text(h.from.FS, "proc/device-tree/serial-number"))
	return g.batch
}

func (h *Host) synced() (bool, error) {
	if h.opts.ClockTrusted {
		return true, nil
	}
	return h.from.Synced()
}

func (h *Host) readCarriers(g *gather) {
	for _, name := range h.Interfaces() {
		v, err := carrier(h.from.FS, name)
		g.take(point(name, reading.Carrier), v, err)
		h.carriers[name] = carrierState(v, err)
	}
}

// changedCarriers returns the carriers that are not as told last.
func (h *Host) changedCarriers() reading.Batch {
	g := &gather{h: h, at: h.clock.Now()}
	for _, name := range h.Interfaces() {
		v, err := carrier(h.from.FS, name)
		if was, told := h.carriers[name]; told && was == carrierState(v, err) {
			continue
		}
		g.take(point(name, reading.Carrier), v, err)
		h.carriers[name] = carrierState(v, err)
	}
	return g.batch
}

// carrierState is the value with "cannot be read" as a third state.
func carrierState(v int64, err error) int64 {
	if err != nil {
		return -1
	}
	return v
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// Interfaces returns those to watch: the configured ones, else the ones with a
// device behind them.
func (h *Host) Interfaces() []string {
	if len(h.opts.Interfaces) > 0 {
		return h.opts.Interfaces
	}
	entries, err := fs.ReadDir(h.from.FS, "sys/class/net")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if _, err := fs.Stat(h.from.FS, "sys/class/net/"+e.Name()+"/device"); err == nil {
			names = append(names, e.Name())
		}
	}
	return names
}

// BootID returns the kernel's boot id and the uptime of the machine.
func BootID(fsys fs.FS) (id string, uptime time.Duration, err error) {
	id, idErr := readText(fsys, "proc/sys/kernel/random/boot_id")
	seconds, upErr := readText(fsys, "proc/uptime")
	if err := cmp.Or(idErr, upErr); err != nil {
		return id, 0, fmt.Errorf("read boot id and uptime: %w", err)
	}
	uptime, err = parseUptime(seconds)
	return id, uptime, err
}
