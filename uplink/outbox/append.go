package outbox

import (
	"errors"
	"fmt"
	"syscall"

	"rackvakt/uplink/record"
)

// Append adds records at the end of a lane and returns their identities when they
// are durable, or kept in memory and marked volatile because the disk refuses
// (Health says so). The caller fills in At, Type and body; identity and Volatile
// are given here. An error means that the record cannot be stored by anyone: it is
// malformed or too large. The records before it are appended, it and those
// behind it are not; ids tells how many.
func (o *Outbox) Append(name record.Lane, recs ...record.Record) (ids []record.ID, err error) {
	o.mu.Lock()
	defer o.unlock()
	if o.closed {
		return nil, ErrClosed
	}
	l, ok := o.lanes[name]
	if !ok {
		return nil, fmt.Errorf("append to lane %q: no such lane", name)
	}
	list, err := admit(l.chain, recs)
	for _, e := range list {
		ids = append(ids, record.ID(e.id))
	}
	written := 0
	if len(list) > 0 && o.wants(name) {
		written = o.toDisk(l, list)
	}
	if written < len(list) {
		o.toMemory(l, recs[written:len(list)], list[written:])
	}
	return ids, err
}

// admit gives each record its place in the chain.
func admit(c *record.Chain, recs []record.Record) ([]stored, error) {
	list := make([]stored, 0, len(recs))
	for _, r := range recs {
		var after record.ID
		r.ID, after = c.Peek()
		body, err := record.Encode(r)
		if err != nil {
			return list, fmt.Errorf("append: %w", err)
		}
		c.Append()
		list = append(list, stored{id: string(r.ID), after: string(after), body: body})
	}
	return list, nil
}

// wants reports whether the disk is to be tried. After a refusal lane m leaves it
// alone for a while; an alarm always tries.
func (o *Outbox) wants(name record.Lane) bool {
	if o.blind {
		return false
	}
	return o.Health().Writable || name == record.LaneA || o.cfg.Clock.Now().Mono-o.tried >= o.cfg.Retry
}

// toDisk writes the entries and returns how many the disk took.
func (o *Outbox) toDisk(l *lane, list []stored) int {
	if !o.Health().Writable {
		if err := o.mend(); err != nil {
			o.judge(err)
			if l.name != record.LaneA {
				return 0
			}
		}
	}
	o.makeRoom(l, list)
	n, err := l.log.append(list)
	if errors.Is(err, syscall.ENOSPC) && l.name == record.LaneA && o.release() {
		var more int
		more, err = l.log.append(list[n:])
		n += more
	}
	if err != nil || o.memoryBytes() == 0 {
		o.judge(err)
	}
	if err == nil {
		o.reserve()
	}
	return n
}

// mend moves what is in memory to a disk that may take again.
func (o *Outbox) mend() error {
	for _, l := range o.lanes {
		if err := l.log.flush(); err != nil {
			return err
		}
		if l.gapsDue {
			if err := l.saveGaps(o.saver(l)); err != nil {
				return err
			}
		}
		if err := l.trim(o.saver(l)); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom keeps both lanes within the cap: the oldest metrics go first, by
// segment, and a gap takes their place (protocol.md, Pi 5).
func (o *Outbox) makeRoom(l *lane, list []stored) {
	need := int64(0)
	for _, e := range list {
		need += int64(entryLen(e))
	}
	if s := l.log.last(); l.log.tail != nil && s.end+need <= s.size {
		return
	}
	need = max(l.log.segSize, need)
	limit := int64(o.cfg.CapMB) << 20
	for range len(o.lanes[record.LaneM].log.segs) + len(o.lanes[record.LaneA].log.segs) {
		if o.diskBytes()+need <= limit || !o.dropOldest() {
			return
		}
	}
}

func (o *Outbox) diskBytes() int64 {
	var all int64
	for _, l := range o.lanes {
		disk, _ := l.log.bytes()
		all += disk
	}
	return all
}

// dropOldest gives up one segment of metrics, or of alarms when no metric is left.
func (o *Outbox) dropOldest() bool {
	for _, name := range []record.Lane{record.LaneM, record.LaneA} {
		l := o.lanes[name]
		if len(l.log.segs) == 0 {
			continue
		}
		l.log.sealIfOnly()
		if l.deletable() == 0 {
			o.dropSegment(l, l.log.segs[0], record.WhyCap)
		}
		if err := l.trim(o.saver(l)); err != nil {
			o.judge(err)
			return false
		}
		return true
	}
	return false
}

// dropSegment puts a gap in the place of a segment's records.
func (o *Outbox) dropSegment(l *lane, s *segment, why string) {
	first, last := s.firstID(), s.lastID()
	e, ok := l.chain.Drop(first, last, why, l.at(first), l.at(last))
	if !ok {
		return
	}
	l.gapsDue = l.gapsDue || e.Gaps
	o.statMu.Lock()
	o.health.Dropped += max(e.Left, 0)
	o.statMu.Unlock()
	o.cfg.Log.Warn("outbox gave up records", "lane", string(l.name), "why", why, "records", e.Left)
}

// toMemory keeps what the disk refused, marked volatile, within MemoryCap.
func (o *Outbox) toMemory(l *lane, recs []record.Record, list []stored) {
	for i := range list {
		r := recs[i]
		r.ID, r.Volatile = record.ID(list[i].id), true
		if body, err := record.Encode(r); err == nil {
			list[i].body = body
		}
		list[i].volatile = true
	}
	l.log.appendMem(list, memorySegment)
	for o.memoryBytes() > o.cfg.MemoryCap && o.dropMemory() {
	}
}

func (o *Outbox) memoryBytes() int64 {
	var all int64
	for _, l := range o.lanes {
		_, mem := l.log.bytes()
		all += mem
	}
	return all
}

// dropMemory gives up the oldest records in memory: metrics first. The segment
// that is being filled stays.
func (o *Outbox) dropMemory() bool {
	for _, name := range []record.Lane{record.LaneM, record.LaneA} {
		l := o.lanes[name]
		for i, s := range l.log.segs {
			if s.mem == nil || i == len(l.log.segs)-1 {
				continue
			}
			o.dropSegment(l, s, record.WhyMemory)
			l.log.discard(i)
			return true
		}
	}
	return false
}
