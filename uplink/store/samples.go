package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

const (
	// outOfOrder is how late a sample may come: the default life of a closet's outbox.
	outOfOrder = 30 * 24 * time.Hour
	// maxSeries bounds what one closet may make of series: ten full switches of
	// 48 ports come to about 8,000.
	maxSeries = 50_000
	// maxBlock is the longest stretch that one block covers, as Prometheus has it.
	maxBlock = 31 * 24 * time.Hour
)

// nameLabel is the label that holds a metric's name.
const nameLabel = "__name__"

// Series names one time series. Its labels are __name__, area, site, closet,
// device and object; an empty field is no label.
type Series struct {
	Name   string // the Kind's wire name
	Area   string
	Site   string
	Closet string // without the site
	Device string
	Object string
}

func (s Series) labels() labels.Labels {
	b := labels.NewScratchBuilder(6)
	for _, l := range [...][2]string{
		{nameLabel, s.Name}, {"area", s.Area}, {"closet", s.Closet},
		{"device", s.Device}, {"object", s.Object}, {"site", s.Site},
	} {
		if l[1] != "" {
			b.Add(l[0], l[1])
		}
	}
	b.Sort()
	return b.Labels()
}

// Sample is one value of a series in the Prometheus base unit.
type Sample struct {
	Series
	At    time.Time
	Value float64
	// Unknown ends the series here (staleness marker); Value has no meaning.
	Unknown bool
}

// Refused counts samples that the time-series store did not take, by reason.
type Refused struct {
	// TooOld: older than the out-of-order window.
	TooOld int
	// Differs: another value stands at the same time.
	Differs int
	// TooMany: the closet has as many series as one may have.
	TooMany int
}

// Samples is the time-series store. Its methods may be called from any goroutine.
type Samples struct {
	db  *tsdb.DB
	dir string

	mu     sync.Mutex // guards the rest
	known  map[Series]*seriesRef
	counts map[[2]string]int // series per site and closet
}

type seriesRef struct {
	ref    storage.SeriesRef
	labels labels.Labels
}

// OpenSamples opens the time-series store in dir. A retention of 0 keeps 400
// days. reg may be nil.
func OpenSamples(dir string, retention time.Duration, log *slog.Logger, reg prometheus.Registerer) (*Samples, error) {
	if retention <= 0 {
		retention = DefaultOptions().Retention
	}
	o := tsdb.DefaultOptions()
	o.RetentionDuration = retention.Milliseconds()
	o.MaxBlockDuration = max(o.MinBlockDuration, min(retention/10, maxBlock).Milliseconds())
	o.OutOfOrderTimeWindow = outOfOrder.Milliseconds()
	o.WALCompression = compression.Snappy
	db, err := tsdb.Open(dir, slog.New(warnOnly{log.Handler()}), reg, o, nil)
	if err != nil {
		return nil, fmt.Errorf("open samples %s: %w", dir, err)
	}
	return &Samples{db: db, dir: dir, known: map[Series]*seriesRef{}, counts: map[[2]string]int{}}, nil
}

// Append adds samples, in any order. Adding the same sample again changes
// nothing. What cannot be taken is counted and does not stop the rest; an error
// means that none was taken.
func (s *Samples) Append(ctx context.Context, samples []Sample) (Refused, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var refused Refused
	app := s.db.Appender(ctx)
	for _, v := range samples {
		sr := s.ref(v.Series)
		if sr == nil {
			refused.TooMany++
			continue
		}
		x := v.Value
		if v.Unknown {
			x = math.Float64frombits(value.StaleNaN)
		}
		ref, err := app.Append(sr.ref, sr.labels, v.At.UnixMilli(), x)
		switch {
		case err == nil:
			sr.ref = ref
		case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
			refused.Differs++
		case errors.Is(err, storage.ErrOutOfOrderSample), errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds):
			refused.TooOld++
		default:
			return Refused{}, errors.Join(fmt.Errorf("append sample of %s: %w", v.Name, err), app.Rollback())
		}
	}
	if err := app.Commit(); err != nil {
		return Refused{}, fmt.Errorf("commit %d samples: %w", len(samples), err)
	}
	return refused, nil
}

// ref returns the reference of a series, nil where its closet may have no more.
func (s *Samples) ref(k Series) *seriesRef {
	if r := s.known[k]; r != nil {
		return r
	}
	owner := [2]string{k.Site, k.Closet}
	if s.counts[owner] >= maxSeries {
		return nil
	}
	s.counts[owner]++
	r := &seriesRef{labels: k.labels()}
	s.known[k] = r
	return r
}

// Sync makes everything that was appended durable. The TSDB itself writes its
// log without fsync, so only after Sync may the mark of what was applied move.
func (s *Samples) Sync() error {
	for _, log := range []string{"wal", "wbl"} {
		if err := syncNewest(filepath.Join(s.dir, log)); err != nil {
			return fmt.Errorf("sync samples: %w", err)
		}
	}
	return nil
}

// newest is how many log segments may hold what is not on the disk yet: the one
// being written and the one before it, which the TSDB syncs on its own time.
const newest = 2

func syncNewest(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil // no sample has come out of order yet
	}
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.IsDir() })
	for _, e := range entries[max(0, len(entries)-newest):] {
		if err := syncFile(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return syncFile(dir)
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Close flushes and closes the store.
func (s *Samples) Close() error {
	if err := errors.Join(s.Sync(), s.db.Close()); err != nil {
		return fmt.Errorf("close samples: %w", err)
	}
	return nil
}

// warnOnly passes on what the TSDB warns of; its progress reports are of no use
// to an operator.
type warnOnly struct{ slog.Handler }

func (w warnOnly) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

func (w warnOnly) WithAttrs(a []slog.Attr) slog.Handler { return warnOnly{w.Handler.WithAttrs(a)} }

func (w warnOnly) WithGroup(n string) slog.Handler { return warnOnly{w.Handler.WithGroup(n)} }
