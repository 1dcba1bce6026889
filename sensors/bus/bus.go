// Package bus tells why a chip on a bus gives no value, in the same words for every
// driver: an answer that must not be believed, or no answer at all.
//
// It refuses to read a bus, and to know what a driver's own faults are.
package bus

import (
	"errors"
	"io/fs"
	"syscall"
)

// Fault is an answer that must not be believed; its text is the reading's Reason.
type Fault string

// Error implements error.
func (f Fault) Error() string { return string(f) }

// Reasons of no answer.
const (
	noAnswer     = "no answer at address"
	notInTime    = "no answer in time"
	heldByOther  = "held by another program"
	noSuchSensor = "no such bus or sensor"
	noPermission = "no permission"
	unreadable   = "cannot be read"
)

// ErrDeadline says that a sample took longer than its driver waits.
var ErrDeadline = errors.New("deadline passed")

// Reason names err; isFault tells an answer that must not be believed from no
// answer at all. The kernel's errnos are those of i2c-dev and of sysfs.
func Reason(err error) (why string, isFault bool) {
	var f Fault
	switch {
	case errors.As(err, &f):
		return string(f), true
	case errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EREMOTEIO):
		return noAnswer, false
	case errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, ErrDeadline):
		return notInTime, false
	case errors.Is(err, syscall.EBUSY):
		return heldByOther, false
	case errors.Is(err, fs.ErrNotExist):
		return noSuchSensor, false
	case errors.Is(err, fs.ErrPermission):
		return noPermission, false
	}
	return unreadable, false
}

// Swedish holds every reason of no answer, by the English text.
var Swedish = map[string]string{
	noAnswer:     "ingen svarar på adressen",
	notInTime:    "inget svar i tid",
	heldByOther:  "används av ett annat program",
	noSuchSensor: "bussen eller givaren finns inte",
	noPermission: "behörighet saknas",
	unreadable:   "kan inte läsas",
}
