package trap

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"rackvakt/snmp/usm"
)

// openEngine returns the receiver's own engine for this start. Its id is kept in a
// file, with the number of starts, because devices that send INFORMs are told the
// id, and because under one id the boots must only grow (RFC 3414 section 2.2.1).
// Where the file cannot be written, the engine is a new one: that is always safe,
// since keys for another id open nothing here.
func openEngine(file string, now time.Time) (usm.Engine, error) {
	fresh := usm.Engine{ID: newEngineID(), Boots: 1, Started: now}
	if file == "" {
		return fresh, nil
	}
	e := fresh
	text, err := os.ReadFile(file)
	switch id, boots, ok := parseEngine(text); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fresh, err
	case ok:
		e.ID, e.Boots = id, boots+1
	}
	if err := replaceFile(file, fmt.Appendf(nil, "%x %d\n", e.ID, e.Boots)); err != nil {
		return fresh, err
	}
	return e, nil
}

// parseEngine reads id and boots; false for what was not written here, or cannot
// count on.
func parseEngine(text []byte) (id []byte, boots int64, ok bool) {
	var digits string
	if n, _ := fmt.Sscanf(string(text), "%s %d\n", &digits, &boots); n != 2 {
		return nil, 0, false
	}
	id, err := hex.DecodeString(digits)
	return id, boots, err == nil && len(id) >= 5 && len(id) <= 32 && boots > 0 && boots < math.MaxInt32-1
}

// newEngineID returns an id as RFC 3411 section 5 has it: the top bit, no
// enterprise's number, format 5 for octets of our own, and nine of them by chance.
func newEngineID() []byte {
	id := append([]byte{0x80, 0, 0, 0, 5}, make([]byte, 9)...)
	_, _ = rand.Read(id[5:]) // never fails, crypto/rand
	return id
}

// replaceFile writes a file that is whole at any moment.
func replaceFile(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
