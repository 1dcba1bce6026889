package outbox

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/record"
)

// Outbox is the durable queue of a closet. It may be used from any goroutine.
type Outbox struct {
	cfg Config

	mu    sync.Mutex // guards what follows, and the disk
	lanes map[record.Lane]*lane
	// blind: the disk could not be read at start. Nothing is written to it until
	// the next start, so that nothing unknown is overwritten.
	blind bool
	// spare: the reserve stands on the disk.
	spare  bool
	tried  time.Duration // Clock.Mono of the last refusal
	closed bool
	told   told // what OnHealth was told last

	statMu  sync.Mutex // guards what follows; never held while the disk works
	health  Health
	stats   Stats
	changed chan struct{}
}

// Stats is what hb and the panel show.
type Stats struct {
	// Depth is the number of entries waiting, per lane.
	Depth map[record.Lane]int
	// Oldest is the time of the oldest of them; zero where none waits.
	Oldest reading.Stamp
}

// ErrClosed is returned by every call after Close.
var ErrClosed = errors.New("outbox is closed")

// Open replays what the disk holds, closes the holes (protocol.md, Pi 6), proves
// the disk and appends the start gap. It fails only on a Config that cannot be
// right: a disk that refuses gives an outbox in memory, and Health says so.
func Open(cfg Config) (*Outbox, error) {
	cfg = cfg.withDefaults()
	if !record.ValidStart(cfg.Start) || cfg.Clock == nil || cfg.Dir == "" || cfg.CapMB <= 0 {
		return nil, fmt.Errorf("open outbox %q: start %q, cap %d MB or no clock", cfg.Dir, cfg.Start, cfg.CapMB)
	}
	o := &Outbox{cfg: cfg, lanes: map[record.Lane]*lane{}, changed: make(chan struct{})}
	o.health = Health{Writable: true, Since: cfg.Clock.Now()}
	o.told = toldOf(o.health)
	var refused error
	for _, name := range record.Lanes() {
		l, bad, err := openLane(cfg, name)
		o.lanes[name] = l
		o.health.Damaged += bad
		refused = errors.Join(refused, err)
	}
	o.blind = refused != nil
	if refused == nil {
		refused = o.settle()
	}
	o.mu.Lock()
	defer o.unlock()
	o.judge(refused)
	return o, nil
}

// settle proves the disk and writes down what the start has decided.
func (o *Outbox) settle() error {
	o.spare = o.spareStands()
	err := prove(o.cfg.FS, o.cfg.Dir, o.cfg.Start)
	if errors.Is(err, syscall.ENOSPC) && o.release() {
		err = prove(o.cfg.FS, o.cfg.Dir, o.cfg.Start)
	}
	if err != nil {
		return err
	}
	for _, l := range o.lanes {
		if err := errors.Join(l.saveGaps(o.saver(l)), l.saveMark(o.saver(l), false), l.trim(o.saver(l))); err != nil {
			return err
		}
	}
	o.reserve()
	return nil
}

// Close writes down that the outbox was closed in good order. Append the last
// words before it. It is an error to use the outbox afterwards.
func (o *Outbox) Close() error {
	o.mu.Lock()
	defer o.unlock()
	if o.closed {
		return ErrClosed
	}
	o.closed = true
	if o.blind {
		return nil
	}
	var errs []error
	for _, l := range o.lanes {
		errs = append(errs, l.log.flush())
		l.log.close()
		errs = append(errs, l.trim(o.saver(l)))
		if l.gapsDue {
			errs = append(errs, l.saveGaps(o.saver(l)))
		}
		errs = append(errs, l.saveMark(o.saver(l), true))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close outbox %s: %w", o.cfg.Dir, err)
	}
	return nil
}

// saver returns how a lane's small files are written: where the card is full,
// the reserve makes room.
func (o *Outbox) saver(l *lane) func(name string, v any) error {
	return func(name string, v any) error {
		err := replace(o.cfg.FS, l.dir, name, v)
		if errors.Is(err, syscall.ENOSPC) && o.release() {
			err = replace(o.cfg.FS, l.dir, name, v)
		}
		return err
	}
}

// reserve takes the spare room that release gives back.
func (o *Outbox) reserve() {
	if o.spare || o.blind {
		return
	}
	path := filepath.Join(o.cfg.Dir, spareName)
	f, err := o.cfg.FS.Create(path)
	if err != nil {
		return
	}
	err = f.Allocate(o.cfg.Reserve)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = o.cfg.FS.Remove(path) // a card without room for the reserve has none for half of it
		return
	}
	o.spare = true
}

// spareStands reports whether an earlier start has left its reserve.
func (o *Outbox) spareStands() bool {
	f, err := o.cfg.FS.Open(filepath.Join(o.cfg.Dir, spareName))
	return err == nil && f.Close() == nil
}

// release gives the reserve back to the card; false if there was none.
func (o *Outbox) release() bool {
	if !o.spare {
		return false
	}
	o.spare = false
	return o.cfg.FS.Remove(filepath.Join(o.cfg.Dir, spareName)) == nil
}

// judge takes the disk's last answer into Health. Call with mu held.
func (o *Outbox) judge(err error) {
	now := o.cfg.Clock.Now()
	o.statMu.Lock()
	defer o.statMu.Unlock()
	if err == nil {
		if !o.health.Writable {
			o.health.Writable, o.health.Fault, o.health.Since = true, "", now
			o.cfg.Log.Info("outbox disk takes again", "dir", o.cfg.Dir)
		}
		return
	}
	o.tried = now.Mono
	if o.health.Writable {
		o.health.Writable, o.health.Since = false, now
		o.cfg.Log.Error("outbox disk refuses, records are kept in memory", "dir", o.cfg.Dir, "err", err)
	}
	o.health.Fault = err.Error()
}

// unlock publishes the figures, releases mu and tells who listens.
func (o *Outbox) unlock() {
	now := Stats{Depth: map[record.Lane]int{}}
	var disk, mem int64
	for name, l := range o.lanes {
		l.age()
		now.Depth[name] = l.chain.Len()
		if t := l.oldest.Stamp; !t.IsZero() && (now.Oldest.IsZero() || now.Oldest.Since(t) > 0) {
			now.Oldest = t
		}
		d, m := l.log.bytes()
		disk, mem = disk+d, mem+m
	}
	o.statMu.Lock()
	before := o.stats
	o.stats = now
	o.health.DiskBytes, o.health.MemoryBytes = disk, mem
	health := o.health
	for name, n := range now.Depth {
		if n > before.Depth[name] {
			close(o.changed)
			o.changed = make(chan struct{})
			break
		}
	}
	o.statMu.Unlock()
	tell := o.told != toldOf(health)
	o.told = toldOf(health)
	o.mu.Unlock()
	if tell && o.cfg.OnHealth != nil {
		o.cfg.OnHealth(health)
	}
}

// told is the part of Health whose change is told.
type told struct {
	writable bool
	stranger string
	damaged  int
}

func toldOf(h Health) told { return told{h.Writable, h.Stranger, h.Damaged} }

// Health returns how the outbox is. It never waits for the disk.
func (o *Outbox) Health() Health {
	o.statMu.Lock()
	defer o.statMu.Unlock()
	return o.health
}

// Stats returns depth and age. It never waits for the disk.
func (o *Outbox) Stats() Stats {
	o.statMu.Lock()
	defer o.statMu.Unlock()
	return o.stats
}

// Depth returns the number of entries waiting in a lane.
func (o *Outbox) Depth(name record.Lane) int { return o.Stats().Depth[name] }

// OldestAge returns the age of the oldest entry; 0 where none waits.
func (o *Outbox) OldestAge() time.Duration {
	oldest := o.Stats().Oldest
	if oldest.IsZero() {
		return 0
	}
	return max(0, o.cfg.Clock.Now().Since(oldest))
}

// Changed returns a channel that is closed when entries are added.
func (o *Outbox) Changed() <-chan struct{} {
	o.statMu.Lock()
	defer o.statMu.Unlock()
	return o.changed
}
