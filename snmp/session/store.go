package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Store keeps what was learned about devices, by their configured names. Save
// neither blocks nor fails: what is lost is learned again.
type Store interface {
	Load(device string) Limits
	Save(device string, l Limits)
}

// File is a Store in one JSON file. It writes seldom, as it lies on an SD card.
// Its methods may be called from any goroutine.
type File struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex // guards what follows
	devices map[string]Limits
	changed bool
}

// writeEvery is the shortest time between two writes of a File.
const writeEvery = time.Hour

// maxFile bounds the octets of a File that is read.
const maxFile = 1 << 20

// OpenFile reads the file, where there is one. One that cannot be read is logged
// and replaced at the next write.
func OpenFile(path string, log *slog.Logger) *File {
	f := &File{path: path, log: log}
	err := f.read()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("learned limits are left out", "error", err)
	}
	if f.devices == nil {
		f.devices = make(map[string]Limits)
	}
	return f
}

func (f *File) read() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		return fmt.Errorf("read %s: more than %d octets", f.path, maxFile)
	}
	raw, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	var devices map[string]Limits
	if err := json.Unmarshal(raw, &devices); err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	f.devices = devices
	return nil
}

// Load returns what is known of a device.
func (f *File) Load(device string) Limits {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.devices[device].sane()
}

// Save keeps l; it is written where it tells more than what is there.
func (f *File) Save(device string, l Limits) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if old, ok := f.devices[device]; ok && l.near(old) {
		return
	}
	f.devices[device] = l
	f.changed = true
}

// Run writes what changed, at most once an hour and when ctx ends.
func (f *File) Run(ctx context.Context) {
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			f.write()
			return
		case <-tick.C:
			f.write()
		}
	}
}

// write writes what changed; a failure is logged and tried again at the next time.
func (f *File) write() {
	f.mu.Lock()
	changed, devices := f.changed, maps.Clone(f.devices)
	f.changed = false
	f.mu.Unlock()
	if !changed {
		return
	}
	if err := replace(f.path, devices); err != nil {
		f.log.Warn("learned limits are not written", "error", err)
		f.mu.Lock()
		f.changed = true
		f.mu.Unlock()
	}
}

// replace writes a file so that after a loss of power either the old one or the
// new one is there.
func replace(path string, v any) (err error) {
	raw, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name()) // it is worth nothing, and err says why
		}
	}()
	_, err = temp.Write(append(raw, '\n'))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", temp.Name(), err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
