package outbox

import (
	"path/filepath"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/record"
)

// lane joins what the protocol knows of a lane (chain) to what is on the disk.
type lane struct {
	name  record.Lane
	dir   string
	log   *segLog
	chain *record.Chain
	// durable is the mark as it stands on disk.
	durable record.Mark
	// gapsDue: the gap file on disk is not the chain's.
	gapsDue bool
	// oldest is the time of the first entry, of which firstID is the identity.
	oldest  record.Stamp
	firstID record.ID
}

// openLane replays a lane. Any error leaves a lane that works from memory only.
func openLane(cfg Config, name record.Lane) (l *lane, bad int, err error) {
	l = &lane{name: name, dir: filepath.Join(cfg.Dir, string(name))}
	var mark markFile
	var gaps []record.Gap
	markErr := load(cfg.FS, l.dir, markName, &mark)
	gapsErr := load(cfg.FS, l.dir, gapsName, &gaps)
	for _, err := range []error{markErr, gapsErr} {
		if err != nil {
			bad++
			cfg.Log.Error("outbox file unreadable", "lane", string(name), "err", err)
		}
	}
	if gapsErr != nil {
		gaps = nil
	}
	loader, entries := record.Load(mark.Mark, gaps), 0
	log, garbled, err := openSegLog(cfg.FS, l.dir, cfg.SegmentSize, func(f frame) {
		entries++
		loader.Add(record.Entry{ID: record.ID(f.id), After: record.ID(f.after), At: stampOf(f.body).Stamp})
	})
	l.log = log
	known := entries > 0 || mark.Mark.ID != "" || len(mark.Mark.Starts) > 0 || markErr != nil
	l.chain, _ = loader.Start(cfg.Start, whyStart(known, mark.Stopped), cfg.Clock.Now())
	l.durable, l.gapsDue = mark.Mark, true
	return l, bad + garbled, err
}

func whyStart(known, stopped bool) string {
	switch {
	case !known:
		return record.WhyFirstStart
	case stopped:
		return record.WhyStopped
	}
	return record.WhyUncleanStop
}

// at returns the time of a record that is still held here; zero where it is not.
func (l *lane) at(id record.ID) reading.Stamp {
	f, ok, err := l.log.get(string(id))
	if !ok || err != nil {
		return reading.Stamp{}
	}
	return stampOf(f.body).Stamp
}

// trim deletes the segments that the protocol lets go, after what must be durable
// before it is. What lies in memory goes at once.
func (l *lane) trim(save func(name string, v any) error) error {
	n := l.deletable()
	for i := n - 1; i >= 0; i-- {
		if l.log.segs[i].mem != nil {
			l.log.discard(i)
			n--
		}
	}
	if n == 0 {
		return nil
	}
	if l.gapsDue {
		if err := l.saveGaps(save); err != nil {
			return err
		}
	}
	if !l.chain.MayDelete(l.durable) {
		if err := l.saveMark(save, false); err != nil {
			return err
		}
	}
	for range n {
		l.log.dropFirst()
	}
	return nil
}

// deletable counts the segments, from the first, that hold no record of the
// chain. The tail stays while it is written to: a new one would cost more.
func (l *lane) deletable() int {
	start, n, _, ok := l.chain.FirstRecord().Split()
	for i, s := range l.log.segs {
		if !s.sealed && s.mem == nil || ok && s.holds(start, n) {
			return i
		}
	}
	return len(l.log.segs)
}

func (l *lane) saveGaps(save func(name string, v any) error) error {
	gaps := l.chain.Gaps()
	if gaps == nil {
		gaps = []record.Gap{}
	}
	if err := save(gapsName, gaps); err != nil {
		return err
	}
	l.gapsDue = false
	return nil
}

func (l *lane) saveMark(save func(name string, v any) error, stopped bool) error {
	mark := l.chain.Mark()
	if err := save(markName, markFile{Mark: mark, Stopped: stopped}); err != nil {
		return err
	}
	l.durable = mark
	return nil
}

// age refreshes the time of the first entry.
func (l *lane) age() {
	out, ok := l.chain.Next("")
	if !ok {
		l.firstID, l.oldest = "", record.Stamp{}
		return
	}
	if out.ID == l.firstID {
		return
	}
	l.firstID = out.ID
	switch {
	case out.Gap == nil:
		l.oldest = record.Stamp{Stamp: l.at(out.ID)}
	default:
		l.oldest = out.Gap.To
	}
}
