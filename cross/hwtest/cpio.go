package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// entry is one file or folder of an initramfs.
type entry struct {
	name string // without a leading slash
	mode fs.FileMode
	data []byte
}

// archive collects entries, each folder before what it holds.
type archive struct {
	entries []entry
	have    map[string]bool
}

func (a *archive) folder(name string) {
	if name == "." || a.have[name] {
		return
	}
	a.folder(path.Dir(name))
	a.put(entry{name: name, mode: fs.ModeDir | 0o755})
}

func (a *archive) put(e entry) {
	if a.have == nil {
		a.have = map[string]bool{}
	}
	a.have[e.name] = true
	a.entries = append(a.entries, e)
}

// add puts a file with the given content.
func (a *archive) add(name string, mode fs.FileMode, data []byte) {
	a.folder(path.Dir(name))
	a.put(entry{name, mode, data})
}

// addFile puts a file of this machine.
func (a *archive) addFile(name string, mode fs.FileMode, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("put %s into initramfs: %w", name, err)
	}
	a.add(name, mode, data)
	return nil
}

// File types of a cpio header, as in st_mode.
const (
	cpioFolder = 0o040000
	cpioFile   = 0o100000
)

// write writes the archive in the "newc" form (Documentation/driver-api/early-userspace/buffer-format.rst):
// a header of thirteen 8-digit hexadecimal fields, the name with its NUL, the
// data, both filled up to four octets; the entry TRAILER!!! ends it.
func (a *archive) write(w io.Writer) error {
	out := &padded{w: w}
	for i, e := range append(a.entries, entry{name: "TRAILER!!!"}) {
		mode := uint32(e.mode.Perm()) | cpioFile
		if e.mode.IsDir() {
			mode = uint32(e.mode.Perm()) | cpioFolder
		}
		out.print("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
			i+1, mode, 0, 0, 1, 0, len(e.data), 0, 0, 0, 0, len(e.name)+1, 0)
		out.print("%s\x00", e.name)
		out.fill()
		out.bytes(e.data)
		out.fill()
	}
	return out.err
}

// padded counts what it writes and keeps the first error.
type padded struct {
	w   io.Writer
	n   int
	err error
}

func (p *padded) bytes(b []byte) {
	if p.err == nil {
		_, p.err = p.w.Write(b)
		p.n += len(b)
	}
}

func (p *padded) print(format string, args ...any) { p.bytes(fmt.Appendf(nil, format, args...)) }

func (p *padded) fill() { p.bytes(make([]byte, -p.n&3)) }
