package outbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"syscall"

	"rackvakt/uplink/record"
)

// segLog is the row of segments of one lane. It knows frames and files, and
// nothing of the protocol. It is not safe for concurrent use.
type segLog struct {
	fs      FS
	dir     string
	segSize int64

	segs []*segment // oldest first
	next uint64     // number of the next segment
	tail File       // open file of the last segment; nil: the next append makes one
	// litter are files that could not be removed yet.
	litter []uint64
	// loaded holds the bytes of the segments that were read last, newest use last.
	loaded []*loadedSegment
}

// loadedSegment is the content of one segment with the place of each sound entry.
type loadedSegment struct {
	seq uint64
	buf []byte
	at  map[string]int
}

// loadedMax bounds the memory for reading: a window spans at most two segments.
const loadedMax = 2

// stored is one entry as it was found or is to be written.
type stored struct {
	id, after string
	body      []byte
	volatile  bool
}

// openSegLog reads what the directory holds and calls visit for each entry, in
// order; body is only valid during the call. It never fails on the content of a
// segment, only on a directory that cannot be read. bad counts garbled places.
func openSegLog(fsys FS, dir string, segSize int64, visit func(frame)) (l *segLog, bad int, err error) {
	l = &segLog{fs: fsys, dir: dir, segSize: segSize}
	if err := fsys.MkdirAll(dir); err != nil {
		return l, 0, fmt.Errorf("make %s: %w", dir, err)
	}
	names, err := fsys.ReadDir(dir)
	if err != nil {
		return l, 0, fmt.Errorf("list %s: %w", dir, err)
	}
	var buf []byte
	seen := map[string]uint64{}
	for _, name := range names {
		seq, ok := segmentSeq(name)
		if !ok {
			continue
		}
		l.next = max(l.next, seq+1)
		s := &segment{seq: seq, sealed: true}
		l.segs = append(l.segs, s)
		var n int
		if buf, n, err = l.readFile(s, buf[:0]); err != nil {
			return l, bad, err
		}
		bad += n + index(s, buf, seen, visit)
	}
	l.cutTails()
	return l, bad, nil
}

// index fills in what a segment's bytes say. seen holds the highest number met
// of each start: a write that the disk refused may be there all the same, and
// once more further on, where it went next.
func index(s *segment, buf []byte, seen map[string]uint64, visit func(frame)) (bad int) {
	var end int
	end, bad = scan(buf, func(_ int, f frame) {
		id := string(f.id)
		start, n, gap, ok := record.ID(id).Split()
		if !ok || gap || n <= seen[start] {
			return
		}
		seen[start] = n
		s.add(start, n)
		visit(f)
	})
	s.end = int64(end)
	return bad
}

// cutTails gives the space behind the last sound frame back and takes a torn
// write off the disk. Nothing hangs on it: a segment of an earlier start is
// never appended to.
func (l *segLog) cutTails() {
	for _, s := range l.segs {
		if s.size <= s.end {
			continue
		}
		f, err := l.fs.OpenWrite(segmentName(l.dir, s.seq))
		if err != nil {
			continue
		}
		if f.Truncate(s.end) == nil {
			s.size = s.end
		}
		_ = f.Close() // nothing was written that is not already safe
	}
}

// readFile appends a segment's bytes to buf. A sector that cannot be read counts
// as garbled and becomes zeros.
func (l *segLog) readFile(s *segment, buf []byte) (_ []byte, bad int, _ error) {
	f, err := l.fs.Open(segmentName(l.dir, s.seq))
	if busy(err) {
		return buf, 0, fmt.Errorf("open segment %d of %s: %w", s.seq, l.dir, err)
	}
	if err != nil {
		return buf, 1, nil
	}
	defer f.Close()
	if s.size, err = f.Size(); err != nil {
		return buf, 1, nil
	}
	size := s.size
	if s.end > 0 {
		size = s.end
	}
	buf = slices.Grow(buf, int(size))[:size]
	const piece = 4096
	if n, err := f.ReadAt(buf, 0); err == nil || (errors.Is(err, io.EOF) && n == len(buf)) {
		return buf, 0, nil
	}
	for off := 0; off < len(buf); off += piece {
		p := buf[off:min(off+piece, len(buf))]
		if n, err := f.ReadAt(p, int64(off)); n < len(p) && err != nil {
			clear(p)
			bad++
		}
	}
	return buf, bad, nil
}

// busy reports whether err says that the machine is short of something for a
// moment: that is no word about the card, and what it holds is not lost.
func busy(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EAGAIN, syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// append writes the entries behind the last one and returns after fsync. On an
// error the entries from n on are not in the log, though a part of them may be
// on the disk.
func (l *segLog) append(entries []stored) (n int, err error) {
	for n < len(entries) {
		if err := l.ready(entryLen(entries[n])); err != nil {
			return n, err
		}
		s := l.last()
		k, buf := n, []byte(nil)
		for k < len(entries) && s.end+int64(len(buf)+entryLen(entries[k])) <= s.size {
			buf = appendFrame(buf, entries[k].id, entries[k].after, entries[k].body, entries[k].volatile)
			k++
		}
		if err := l.write(s, buf); err != nil {
			return n, err
		}
		l.note(s, entries[n:k], buf)
		n = k
	}
	return n, nil
}

func entryLen(e stored) int { return frameLen(e.id, e.after, e.body) }

func (l *segLog) last() *segment {
	if len(l.segs) == 0 {
		return nil
	}
	return l.segs[len(l.segs)-1]
}

// ready sees to it that the tail is a file with room for one more frame.
func (l *segLog) ready(need int) error {
	if s := l.last(); l.tail != nil && s.end+int64(need) <= s.size {
		return nil
	}
	l.seal()
	size := max(l.segSize, int64(need))
	f, err := l.create(l.next, size)
	if err != nil {
		return err
	}
	l.tail = f
	l.segs = append(l.segs, &segment{seq: l.next, size: size})
	l.load(&loadedSegment{seq: l.next, at: map[string]int{}})
	l.next++
	return nil
}

// create makes a preallocated segment file, durable as such.
func (l *segLog) create(seq uint64, size int64) (File, error) {
	name := segmentName(l.dir, seq)
	f, err := l.fs.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	err = f.Allocate(size)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = l.fs.SyncDir(l.dir)
	}
	if err != nil {
		_ = f.Close()
		l.remove(seq)
		return nil, fmt.Errorf("allocate segment %s: %w", name, err)
	}
	return f, nil
}

// write puts buf behind the tail's last frame. After an error the segment is
// left alone for good: what fsync refused once it may report as done later.
func (l *segLog) write(s *segment, buf []byte) error {
	_, err := l.tail.WriteAt(buf, s.end)
	if err == nil {
		err = l.tail.Sync()
	}
	if err == nil {
		return nil
	}
	l.seal()
	return fmt.Errorf("append to segment %s: %w", segmentName(l.dir, s.seq), err)
}

// note takes written entries into the index and the loaded bytes.
func (l *segLog) note(s *segment, entries []stored, buf []byte) {
	c := l.cached(s.seq)
	off := int(s.end)
	for _, e := range entries {
		start, n, _, _ := record.ID(e.id).Split()
		s.add(start, n)
		if c != nil {
			c.at[e.id] = off
		}
		off += entryLen(e)
	}
	if c != nil {
		c.buf = append(c.buf, buf...)
	}
	s.end += int64(len(buf))
}

// seal ends the tail and gives its unused space back.
func (l *segLog) seal() {
	s := l.last()
	if s == nil {
		return
	}
	s.sealed = true
	if l.tail == nil {
		return
	}
	if l.tail.Truncate(s.end) == nil {
		s.size = s.end
	}
	_ = l.tail.Close() // every frame in it was synced
	l.tail = nil
}

// sealIfOnly ends the tail where it is the only segment, so that it can be dropped.
func (l *segLog) sealIfOnly() {
	if len(l.segs) == 1 {
		l.seal()
	}
}

// appendMem keeps entries in memory, behind everything else.
func (l *segLog) appendMem(entries []stored, segSize int) {
	for _, e := range entries {
		s := l.last()
		if s == nil || s.mem == nil || s.sealed || len(s.mem)+entryLen(e) > segSize {
			l.seal()
			s = &segment{seq: l.next, mem: make([]byte, 0, entryLen(e))}
			l.next++
			l.segs = append(l.segs, s)
		}
		start, n, _, _ := record.ID(e.id).Split()
		s.add(start, n)
		s.mem = appendFrame(s.mem, e.id, e.after, e.body, e.volatile)
		s.end = int64(len(s.mem))
		l.forget(s.seq)
	}
}

// flush moves what is in memory to the disk, oldest first.
func (l *segLog) flush() error {
	for _, s := range l.segs {
		if s.mem == nil {
			continue
		}
		s.sealed = true
		if err := l.flushOne(s); err != nil {
			return err
		}
		s.size, s.mem = s.end, nil
	}
	return nil
}

func (l *segLog) flushOne(s *segment) error {
	f, err := l.create(s.seq, s.end)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(s.mem, 0)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("move segment %d to disk: %w", s.seq, err)
	}
	return nil
}

// dropFirst takes the oldest segment away. What the disk refuses to remove is
// tried again at the next call; if a restart comes first, its entries are back
// and the collector has them already.
func (l *segLog) dropFirst() {
	s := l.segs[0]
	if len(l.segs) == 1 {
		l.seal()
	}
	l.segs = l.segs[1:]
	l.forget(s.seq)
	if s.mem == nil {
		l.litter = append(l.litter, s.seq)
	}
	for _, seq := range slices.Clone(l.litter) {
		l.remove(seq)
	}
}

// discard takes segment i, one in memory, away.
func (l *segLog) discard(i int) {
	l.forget(l.segs[i].seq)
	l.segs = slices.Delete(l.segs, i, i+1)
}

// remove deletes a segment's file, or remembers it as litter.
func (l *segLog) remove(seq uint64) {
	err := l.fs.Remove(segmentName(l.dir, seq))
	l.litter = slices.DeleteFunc(l.litter, func(n uint64) bool { return n == seq })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.litter = append(l.litter, seq)
	}
}

// get returns the stored entry, false where it is not here or cannot be read. An
// error says that it cannot be told now.
func (l *segLog) get(id string) (frame, bool, error) {
	start, n, gap, ok := record.ID(id).Split()
	if !ok || gap {
		return frame{}, false, nil
	}
	for _, s := range l.segs {
		if !s.holds(start, n) {
			continue
		}
		c, err := l.content(s)
		if err != nil {
			return frame{}, false, err
		}
		f, ok := c.get(id)
		return f, ok, nil
	}
	return frame{}, false, nil
}

func (c *loadedSegment) get(id string) (frame, bool) {
	off, ok := c.at[id]
	if !ok {
		return frame{}, false
	}
	f, n := parseFrame(c.buf[off:])
	return f, n > 0
}

// content returns a segment's bytes, from memory or disk.
func (l *segLog) content(s *segment) (*loadedSegment, error) {
	if c := l.cached(s.seq); c != nil {
		return c, nil
	}
	c := &loadedSegment{seq: s.seq, buf: s.mem, at: map[string]int{}}
	if s.mem == nil {
		var err error
		if c.buf, _, err = l.readFile(s, nil); err != nil {
			return nil, err
		}
	}
	scan(c.buf, func(off int, f frame) { c.at[string(f.id)] = off })
	l.load(c)
	return c, nil
}

func (l *segLog) cached(seq uint64) *loadedSegment {
	for _, c := range l.loaded {
		if c.seq == seq {
			return c
		}
	}
	return nil
}

func (l *segLog) load(c *loadedSegment) {
	if len(l.loaded) == loadedMax {
		l.loaded = l.loaded[1:]
	}
	l.loaded = append(l.loaded, c)
}

func (l *segLog) forget(seq uint64) {
	l.loaded = slices.DeleteFunc(l.loaded, func(c *loadedSegment) bool { return c.seq == seq })
}

// bytes returns what the lane takes on disk and in memory.
func (l *segLog) bytes() (disk, mem int64) {
	for _, s := range l.segs {
		if s.mem != nil {
			mem += int64(len(s.mem))
		} else {
			disk += s.size
		}
	}
	return disk, mem
}

// close seals the tail.
func (l *segLog) close() { l.seal() }
