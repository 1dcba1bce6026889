package outbox

import "io"

// FS is what the outbox needs of a filesystem. Tests put faults behind it.
type FS interface {
	MkdirAll(dir string) error
	// ReadDir returns the names in dir, sorted.
	ReadDir(dir string) ([]string, error)
	// Open opens a file for reading; Create also for writing, emptying what is there.
	Open(name string) (File, error)
	Create(name string) (File, error)
	// OpenWrite opens an existing file for writing, keeping its content.
	OpenWrite(name string) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir makes creations, renames and removals in dir durable.
	SyncDir(dir string) error
}

// File is one open file of an FS.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	// Allocate reserves blocks up to size and extends the file with zeros.
	Allocate(size int64) error
	Truncate(size int64) error
	Sync() error
}
