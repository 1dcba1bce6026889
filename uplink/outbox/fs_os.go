package outbox

import (
	"errors"
	"os"
	"slices"
	"syscall"
)

// OS is the machine's own filesystem.
type OS struct{}

// MkdirAll makes dir and its parents, readable by their owner and group only.
func (OS) MkdirAll(dir string) error { return os.MkdirAll(dir, 0o750) }

// ReadDir returns the names in dir, sorted.
func (OS) ReadDir(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(list))
	for _, e := range list {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names, nil
}

// Open opens name for reading.
func (OS) Open(name string) (File, error) { return openFile(name, os.O_RDONLY) }

// OpenWrite opens an existing file for reading and writing.
func (OS) OpenWrite(name string) (File, error) { return openFile(name, os.O_RDWR) }

// Create makes name, or empties it.
func (OS) Create(name string) (File, error) {
	return openFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

// Rename replaces to by from.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove deletes name.
func (OS) Remove(name string) error { return os.Remove(name) }

// SyncDir makes the entries of dir durable.
func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// openFile keeps a nil *os.File out of the File interface.
func openFile(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, 0o640)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

// Allocate asks for real blocks, so that a later write cannot meet a full card.
// A filesystem that cannot (NFS, FAT) gets a file of that size without the promise.
func (f osFile) Allocate(size int64) error {
	err := preallocate(f.File, size)
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		return f.Truncate(size)
	}
	return err
}
