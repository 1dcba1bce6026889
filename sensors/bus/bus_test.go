package bus

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
)

func TestReason(t *testing.T) {
	for _, c := range []struct {
		err     error
		why     string
		isFault bool
	}{
		{Fault("crc mismatch"), "crc mismatch", true},
		{errors.Join(Fault("crc mismatch"), syscall.EBUSY), "crc mismatch", true},
		{syscall.ENXIO, noAnswer, false},
		{syscall.EREMOTEIO, noAnswer, false},
		{syscall.ETIMEDOUT, notInTime, false},
		{ErrDeadline, notInTime, false},
		{syscall.EBUSY, heldByOther, false},
		{fs.ErrNotExist, noSuchSensor, false},
		{syscall.EACCES, noPermission, false},
		{syscall.EIO, unreadable, false},
	} {
		why, isFault := Reason(fmt.Errorf("open i2c-1: %w", c.err))
		if why != c.why || isFault != c.isFault {
			t.Errorf("%v: %q, fault %v; want %q, %v", c.err, why, isFault, c.why, c.isFault)
		}
	}
}
