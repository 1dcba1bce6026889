package outbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path/filepath"

	"rackvakt/uplink/record"
)

// Names of the small files of a lane.
const (
	markName  = "mark.json"
	gapsName  = "gaps.json"
	tempEnd   = ".new"
	probeName = "probe"
	spareName = "reserve"
)

// markFile is what mark.json holds.
type markFile struct {
	Mark record.Mark `json:"mark"`
	// Stopped: the agent closed the outbox in good order after this was written.
	Stopped bool `json:"stopped,omitempty"`
}

// A small file is one line with the CRC32C of the rest in hex, then JSON: a file
// that rotted on the card must not pass for what the protocol once decided.
const sumLen = 9

func sealSmall(b []byte) []byte {
	return append(fmt.Appendf(nil, "%08x\n", crc32.Checksum(b, castagnoli)), b...)
}

var errRotten = errors.New("checksum does not match")

func openSmall(b []byte) ([]byte, error) {
	if len(b) < sumLen || string(b[:sumLen]) != fmt.Sprintf("%08x\n", crc32.Checksum(b[sumLen:], castagnoli)) {
		return nil, errRotten
	}
	return b[sumLen:], nil
}

// replace writes a small file so that at any moment either the old or the new
// content is there, and returns when the new one is durable.
func replace(fsys FS, dir, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	path := filepath.Join(dir, name)
	if err = writeSynced(fsys, path+tempEnd, sealSmall(b)); err == nil {
		err = fsys.Rename(path+tempEnd, path)
	}
	if err == nil {
		err = fsys.SyncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	return nil
}

func writeSynced(fsys FS, path string, b []byte) error {
	f, err := fsys.Create(path)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// maxSmall bounds what is read of a small file.
const maxSmall = 16 << 20

func readSmall(fsys FS, path string) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, min(size, maxSmall))
	if n, err := f.ReadAt(b, 0); n < len(b) && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

// load reads a small file into v; a missing one leaves v as it is.
func load(fsys FS, dir, name string, v any) error {
	b, err := readSmall(fsys, filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		b, err = openSmall(b)
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", filepath.Join(dir, name), err)
	}
	return nil
}

// prove shows that the disk keeps what it is given: write, fsync, read back.
func prove(fsys FS, dir, start string) error {
	path := filepath.Join(dir, probeName)
	want := bytes.Repeat([]byte(start), 64)
	if err := writeSynced(fsys, path, want); err != nil {
		return fmt.Errorf("prove %s: %w", dir, err)
	}
	got, err := readSmall(fsys, path)
	if err != nil {
		return fmt.Errorf("prove %s: %w", dir, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("prove %s: what was read back is not what was written", dir)
	}
	if err := fsys.Remove(path); err != nil {
		return fmt.Errorf("prove %s: %w", dir, err)
	}
	return nil
}

// stampOf returns the time of a stored record. Only the head of the record is
// read: the fields before "type".
func stampOf(stored []byte) record.Stamp {
	var s record.Stamp
	if head, _, ok := bytes.Cut(stored, []byte(`,"type":`)); ok {
		if json.Unmarshal(append(bytes.Clone(head), '}'), &s) == nil {
			return s
		}
	}
	if json.Unmarshal(stored, &s) != nil {
		return record.Stamp{}
	}
	return s
}
