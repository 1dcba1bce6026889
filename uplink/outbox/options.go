package outbox

import (
	"log/slog"
	"path/filepath"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// Options is what the configuration file says about the outbox.
type Options struct {
	// Dir holds a folder per lane. Absolute.
	Dir string `yaml:"dir" example:"/var/lib/rackvakt/outbox"`
	// CapMB is the most that both lanes together may take, in MiB. 1024 holds
	// about 30 days of two 48-port switches.
	CapMB int `yaml:"cap_mb" example:"1024"`
}

// Limits of CapMB: below the first a segment or two would fill it.
const (
	minCapMB = 4
	maxCapMB = 65536
)

// DefaultOptions returns what holds where the file is silent.
func DefaultOptions() Options { return Options{Dir: "/var/lib/rackvakt/outbox", CapMB: 1024} }

// Validate reports impossible settings.
func (o *Options) Validate(r *strictyaml.Report) {
	if !filepath.IsAbs(o.Dir) {
		r.Bad("dir", o.Dir, "an absolute path", "/var/lib/rackvakt/outbox")
	}
	if o.CapMB < minCapMB || o.CapMB > maxCapMB {
		r.Bad("cap_mb", o.CapMB, "a number of MiB from 4 to 65536", "1024")
	}
}

// Config is what Open needs.
type Config struct {
	Options
	// Start is the random identity of this start of the agent: 16 hex digits.
	Start string
	// Clock stamps the gaps.
	Clock reading.Clock
	Log   *slog.Logger
	// OnHealth is called, outside every lock, when Health changes in more than
	// its numbers; nil: nobody listens.
	OnHealth func(Health)
	// FS is the filesystem; nil: the machine's own.
	FS FS
	// SegmentSize, MemoryCap and Reserve are in bytes; zero: 256 KiB, 1 MiB, 512 KiB.
	SegmentSize int64
	MemoryCap   int64
	Reserve     int64
	// Retry is how long a disk that refused is left alone before it is tried
	// again by the next append; zero: 10 s.
	Retry time.Duration
}

const (
	defaultSegment = 256 << 10
	defaultMemory  = 1 << 20
	defaultReserve = 512 << 10
	defaultRetry   = 10 * time.Second
	// memorySegment is the step in which the memory outbox drops its oldest.
	memorySegment = 32 << 10
)

func (c Config) withDefaults() Config {
	if c.FS == nil {
		c.FS = OS{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	setDefault(&c.SegmentSize, defaultSegment)
	setDefault(&c.MemoryCap, defaultMemory)
	setDefault(&c.Reserve, defaultReserve)
	setDefault(&c.Retry, defaultRetry)
	return c
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Health says how the outbox is, for monitor.storage and for people.
type Health struct {
	// Writable: the disk took the last thing it was given, and gave back what
	// was written at start. While false, records are kept in memory and say so.
	Writable bool
	// Fault is what the disk said when it refused, "" while Writable.
	Fault string
	// Since is when Writable last changed.
	Since reading.Stamp
	// Damaged is the number of garbled places found since start.
	Damaged int
	// Dropped is the number of records given up for the cap since start.
	Dropped int
	// Stranger is a head of a start that is none of this card's own, "" while none.
	Stranger string
	// DiskBytes and MemoryBytes are what the lanes take.
	DiskBytes, MemoryBytes int64
}
