// Package host reads what the monitor knows about its own machine: boot id and
// uptime, whether the clock is synchronised, carrier and addresses of its own
// interfaces, the temperature of its chip, undervoltage and throttling, storage
// and the life of its card, memory. It also keeps the never-backwards time file,
// speaks systemd's notification protocol, and feeds a watchdog while the program's
// own loops run (Liveness, Watchdog).
//
// Each source stands alone: one that does not exist on this machine is not
// listed, one that fails is Unknown with its reason, and neither stops the
// others. Files come from an fs.FS rooted at /; it writes nothing but the time
// file, the probe file of Storage and the watchdog, and changes no setting of the
// machine.
//
// Sources: proc(5), sysfs-class-net (Documentation/ABI/testing), adjtimex(2),
// raspberrypi-hwmon (rpi_volt: in0_lcrit_alarm, which the kernel renews every 2 s),
// the firmware's get_throttled word (bits 0 to 3 now, 16 to 19 since the boot), the
// cooling devices of the thermal framework, and of an eMMC life_time and
// pre_eol_info (JESD84-B51 section 7.4.45 on: EXT_CSD 267 to 269, in steps of 10 %,
// as the kernel read them at boot). An SD card tells nothing of its life, so there
// is no reading of it then. sysfs-fs-ext4 errors_count stays until the file system
// is checked.
package host

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
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
	o.validateWatchdog(r)
	seen := map[string]bool{}
	for i, name := range o.Interfaces {
		if name == "" || len(name) > 15 || seen[name] {
			r.Bad(fmt.Sprintf("interfaces[%d]", i), name, "the name of an interface, once", "eth0")
		}
		seen[name] = true
	}
}

func (o *Options) validateWatchdog(r *strictyaml.Report) {
	if o.Watchdog != "" && !strings.HasPrefix(o.Watchdog, "/dev/") {
		r.Bad("watchdog", o.Watchdog, "a device of the kernel, or left out", "/dev/watchdog")
	}
	if o.WatchdogTimeout < 5*time.Second || o.WatchdogTimeout > 5*time.Minute || o.WatchdogTimeout%time.Second != 0 {
		r.Bad("watchdog_timeout", o.WatchdogTimeout, "whole seconds from 5s to 5m", "15s")
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
	// Addresses tells the addresses of an interface.
	Addresses func(name string) ([]netip.Prefix, error)
}

// Host reads one machine. Make one with New.
type Host struct {
	opts  Options
	from  Machine
	clock reading.Clock
	sink  reading.Sink
	log   *slog.Logger

	// told and failing remember what was told last, to tell changes only.
	told    map[reading.Point]int64
	failing map[string]string
	refused string
	// watched are the interfaces as Read found them last: looking four times a
	// second for new ones would cost more than all the rest.
	watched []string
}

// New returns a Host that reads from m into sink.
func New(o Options, m Machine, clock reading.Clock, sink reading.Sink, log *slog.Logger) *Host {
	if m.Synced == nil {
		m.Synced = Adjtimex
	}
	if m.Addresses == nil {
		m.Addresses = interfaceAddresses
	}
	return &Host{opts: o, from: m, clock: clock, sink: sink, log: log, told: map[reading.Point]int64{}, failing: map[string]string{}}
}

// supplyEvery is the time between two looks at the supply: how often the kernel
// itself asks the firmware. A dip is seldom longer.
const supplyEvery = 2 * time.Second

// Run reads until ctx ends: everything each Every; the carriers each CarrierEvery
// and the supply each supplyEvery, told at once when one changes.
func (h *Host) Run(ctx context.Context) {
	all, carrier, supply := time.NewTicker(h.opts.Every), time.NewTicker(h.opts.CarrierEvery), time.NewTicker(supplyEvery)
	defer all.Stop()
	defer carrier.Stop()
	defer supply.Stop()
	h.sink(h.Read())
	for {
		select {
		case <-ctx.Done():
			return
		case <-all.C:
			h.sink(h.Read())
		case <-carrier.C:
			h.tellChanged(h.readCarriers)
		case <-supply.C:
			h.tellChanged(h.readSupply)
		}
	}
}

// tellChanged delivers what read finds otherwise than told last.
func (h *Host) tellChanged(read func(*gather)) {
	g := &gather{h: h, at: h.clock.Now(), changes: true}
	read(g)
	if len(g.batch.Readings) > 0 {
		h.sink(g.batch)
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
	// changes leaves out what is as told last.
	changes bool
}

// unread stands for a value that could not be read in Host.told.
const unread = -1 << 63

// take adds a value, or Unknown with the reason if err says so.
func (g *gather) take(p reading.Point, v int64, err error) {
	r := reading.Reading{Point: p, Value: v, Quality: reading.Good, At: g.at}
	reason := ""
	if err != nil {
		reason = "cannot be read"
		r.Value, r.Quality, r.Reason, v = 0, reading.Unknown, reason, unread
	}
	was, known := g.h.told[p]
	g.h.told[p] = v
	if g.changes && known && was == v {
		return
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

// fact adds a text about the monitor or an object of it; an empty one removes it.
func (g *gather) fact(object string, l reading.Label, text string) {
	g.batch.Facts = append(g.batch.Facts, reading.Fact{Point: point(object, reading.None), Label: l, Text: text, At: g.at})
}

// Read reads everything once.
func (h *Host) Read() reading.Batch {
	g := &gather{h: h, at: h.clock.Now()}
	h.watched = h.Interfaces()
	synced, err := h.synced()
	g.take(point("", reading.ClockSynced), number(synced), err)
	h.readCarriers(g)
	h.readInterfaces(g)
	if path, ok := socZone(h.from.FS); ok {
		v, err := readInt(h.from.FS, path)
		g.take(point("", reading.SoCTemperature), v, err)
	}
	h.readSupply(g)
	h.readDisk(g)
	h.readCards(g)
	h.readFileSystems(g)
	if v, err := resident(h.from.FS); !missing(err) {
		g.take(point("", reading.MemoryResident), v, err)
	}
	if v, err := available(h.from.FS); !missing(err) {
		g.take(point("", reading.MemoryFree), v, err)
	}
	g.fact("", reading.LabelModel, text(h.from.FS, "proc/device-tree/model"))
	g.fact("", reading.LabelSerial, text(h.from.FS, "proc/device-tree/serial-number"))
	return g.batch
}

func (h *Host) synced() (bool, error) {
	if h.opts.ClockTrusted {
		return true, nil
	}
	return h.from.Synced()
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
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
