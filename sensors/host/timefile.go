package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// TimeFile remembers the latest time known to be right, for a machine without a
// clock of its own: whatever the clock says after a boot, it is later than this.
// The zero value (no path) remembers nothing.
type TimeFile struct{ Path string }

// Load returns the remembered time, the zero time if there is none.
func (f TimeFile) Load() (time.Time, error) {
	if f.Path == "" {
		return time.Time{}, nil
	}
	b, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read time file: %w", err)
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	if err != nil {
		return time.Time{}, fmt.Errorf("read time file %s: %w", f.Path, err)
	}
	return t, nil
}

// Save remembers now unless a later time is remembered already. Only a
// synchronised time may be given: one wrong year would stay for ever.
func (f TimeFile) Save(now time.Time) error {
	if f.Path == "" {
		return nil
	}
	// A file that cannot be read is replaced.
	if old, err := f.Load(); err == nil && !now.After(old) {
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(f.Path), ".time-*")
	if err != nil {
		return fmt.Errorf("write time file: %w", err)
	}
	_, err = tmp.WriteString(now.UTC().Format(time.RFC3339) + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), f.Path)
	}
	if err != nil {
		return fmt.Errorf("write time file: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	return nil
}

// Floor returns the earliest that the present can be: the latest of the times
// given, such as the system clock, the time file and the date of the build.
func Floor(times ...time.Time) time.Time {
	var latest time.Time
	for _, t := range times {
		if t.After(latest) {
			latest = t
		}
	}
	return latest
}
