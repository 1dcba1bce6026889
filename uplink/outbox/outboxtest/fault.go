// Package outboxtest holds test doubles of the outbox's filesystem: one that
// refuses what it is told to refuse and counts what is written. It refuses to be
// used by anything but tests.
package outboxtest

import (
	"slices"
	"sync"
	"syscall"

	"rackvakt/uplink/outbox"
)

// Op names one operation of the filesystem.
type Op string

// Operations that can be refused.
const (
	Mkdir    Op = "mkdir"
	List     Op = "list"
	Open     Op = "open"
	Create   Op = "create"
	Write    Op = "write"
	Allocate Op = "allocate"
	Truncate Op = "truncate"
	Sync     Op = "sync"
	Rename   Op = "rename"
	Remove   Op = "remove"
	SyncDir  Op = "syncdir"
	Read     Op = "read"
)

// Changes are the operations that a read-only or broken card refuses.
var Changes = []Op{Mkdir, Create, Write, Allocate, Truncate, Sync, Rename, Remove, SyncDir}

// FS wraps the machine's filesystem. The zero value refuses nothing.
type FS struct {
	mu     sync.Mutex
	refuse map[Op]error
	short  int
	count  Count
	ops    int   // changes so far
	limit  int   // changes that are still done; 0: no limit
	after  error // what those behind the limit get
}

// Count is what was written.
type Count struct {
	// Writes and Syncs are calls; Bytes what was handed over; Padded the same in
	// whole pages of 4096 bytes, as a disk takes them.
	Writes, Syncs, Bytes, Padded int64
}

var _ outbox.FS = (*FS)(nil)

// Refuse makes the operations fail with err until Allow.
func (f *FS) Refuse(err error, ops ...Op) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse == nil {
		f.refuse = map[Op]error{}
	}
	for _, op := range ops {
		f.refuse[op] = err
	}
}

// Allow ends every refusal.
func (f *FS) Allow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse, f.short, f.limit = nil, 0, 0
}

// Limit lets n more changes happen; all behind them fail with err, and a write at
// the limit is done by half. It is the disk's side of a power cut.
func (f *FS) Limit(n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limit, f.after = f.ops+n+1, err
}

// Changed returns the number of changes so far.
func (f *FS) Changed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ops
}

// Short makes each write end after n bytes with ENOSPC.
func (f *FS) Short(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.short = n
}

// Counted returns what was written so far.
func (f *FS) Counted() Count {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

func (f *FS) check(op Op) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Contains(Changes, op) {
		f.ops++
		if f.limit > 0 && f.ops >= f.limit {
			return f.after
		}
	}
	return f.refuse[op]
}

// MkdirAll and the rest pass on to the machine unless refused.
func (f *FS) MkdirAll(dir string) error {
	if err := f.check(Mkdir); err != nil {
		return err
	}
	return outbox.OS{}.MkdirAll(dir)
}

// ReadDir implements outbox.FS.
func (f *FS) ReadDir(dir string) ([]string, error) {
	if err := f.check(List); err != nil {
		return nil, err
	}
	return outbox.OS{}.ReadDir(dir)
}

// Open implements outbox.FS.
func (f *FS) Open(name string) (outbox.File, error) {
	return f.wrap(Open, name, outbox.OS{}.Open)
}

// OpenWrite implements outbox.FS.
func (f *FS) OpenWrite(name string) (outbox.File, error) {
	return f.wrap(Create, name, outbox.OS{}.OpenWrite)
}

// Create implements outbox.FS.
func (f *FS) Create(name string) (outbox.File, error) {
	return f.wrap(Create, name, outbox.OS{}.Create)
}

func (f *FS) wrap(op Op, name string, open func(string) (outbox.File, error)) (outbox.File, error) {
	if err := f.check(op); err != nil {
		return nil, err
	}
	file, err := open(name)
	if err != nil {
		return nil, err
	}
	return &faultFile{File: file, fs: f}, nil
}

// Rename implements outbox.FS.
func (f *FS) Rename(from, to string) error {
	if err := f.check(Rename); err != nil {
		return err
	}
	return outbox.OS{}.Rename(from, to)
}

// Remove implements outbox.FS.
func (f *FS) Remove(name string) error {
	if err := f.check(Remove); err != nil {
		return err
	}
	return outbox.OS{}.Remove(name)
}

// SyncDir implements outbox.FS.
func (f *FS) SyncDir(dir string) error {
	if err := f.check(SyncDir); err != nil {
		return err
	}
	return outbox.OS{}.SyncDir(dir)
}

type faultFile struct {
	outbox.File
	fs *FS
}

func (f *faultFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.fs.check(Write); err != nil {
		if f.fs.atLimit() {
			_, _ = f.File.WriteAt(p[:len(p)/2], off) // the power went in the middle of it
		}
		return 0, err
	}
	f.fs.mu.Lock()
	short := f.fs.short
	f.fs.count.Writes++
	f.fs.count.Bytes += int64(len(p))
	f.fs.count.Padded += ((off+int64(len(p))-1)/4096 - off/4096 + 1) * 4096
	f.fs.mu.Unlock()
	if short > 0 && len(p) > short {
		n, err := f.File.WriteAt(p[:short], off)
		if err == nil {
			err = syscall.ENOSPC
		}
		return n, err
	}
	return f.File.WriteAt(p, off)
}

func (f *FS) atLimit() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.limit > 0 && f.ops == f.limit
}

func (f *faultFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.fs.check(Read); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f *faultFile) Sync() error {
	if err := f.fs.check(Sync); err != nil {
		return err
	}
	f.fs.mu.Lock()
	f.fs.count.Syncs++
	f.fs.mu.Unlock()
	return f.File.Sync()
}

func (f *faultFile) Allocate(size int64) error {
	if err := f.fs.check(Allocate); err != nil {
		return err
	}
	return f.File.Allocate(size)
}

func (f *faultFile) Truncate(size int64) error {
	if err := f.fs.check(Truncate); err != nil {
		return err
	}
	return f.File.Truncate(size)
}
