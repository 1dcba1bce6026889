// Package record is the promise between a closet and the collector: what a record
// looks like on the wire, and both ends of a lane (Chain in the closet, Receiver
// at the collector) as pure state machines. Whatever an outbox took arrives once,
// in order, or as a gap that says so.
//
// It refuses to touch a socket, a disk or a clock: its callers do what an Effect
// or a Step asks for, and a model in the tests explores exactly these functions.
package record

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Limits of the wire.
const (
	Version   = 1    // of every payload
	MaxRecord = 8192 // octets of a record as sent
	// MaxStored leaves room in MaxRecord for prev and mark, which are added when sent.
	MaxStored = MaxRecord - 128
)

// Lane is one chain of records: alarms and events, or metrics.
type Lane string

// The lanes. Lane a is sent before lane m; nothing orders one against the other.
const (
	LaneA Lane = "a"
	LaneM Lane = "m"
)

// Lanes lists both lanes in the order in which they are sent.
func Lanes() []Lane { return []Lane{LaneA, LaneM} }

// ID names one entry of a lane for ever: <start>:<n> a record, <start>:g<k> a gap,
// "" none. The start is random (16 hex digits), so an ID needs no disk.
type ID string

// ErrID is wrapped by every refusal of an identity.
var ErrID = errors.New("bad record identity")

const startDigits = 16

// RecordID returns the identity of record n of a start.
func RecordID(start string, n uint64) ID { return ID(start + ":" + strconv.FormatUint(n, 10)) }

// GapID returns the identity of gap k of a start.
func GapID(start string, k uint64) ID { return ID(start + ":g" + strconv.FormatUint(k, 10)) }

// ParseID accepts what RecordID and GapID write, and "".
func ParseID(s string) (ID, error) {
	if s == "" {
		return "", nil
	}
	start, n, gap, ok := ID(s).Split()
	if !ok || !ValidStart(start) {
		return "", fmt.Errorf("%w: %.60q", ErrID, s)
	}
	if canon := entryID(start, n, gap); string(canon) != s {
		return "", fmt.Errorf("%w: %.60q", ErrID, s)
	}
	return ID(s), nil
}

// ValidStart reports whether s is 16 lower-case hex digits.
func ValidStart(s string) bool {
	if len(s) != startDigits {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Split takes an identity apart; ok is false for none and for anything malformed.
func (id ID) Split() (start string, n uint64, gap, ok bool) {
	start, num, found := strings.Cut(string(id), ":")
	if !found {
		return "", 0, false, false
	}
	num, gap = strings.CutPrefix(num, "g")
	n, err := strconv.ParseUint(num, 10, 64)
	return start, n, gap, err == nil && n > 0 && n < 1<<62
}

// Start returns the start that gave the identity, "" for none.
func (id ID) Start() string {
	start, _, _ := strings.Cut(string(id), ":")
	return start
}

// IsGap reports whether the identity is that of a gap.
func (id ID) IsGap() bool {
	_, _, gap, ok := id.Split()
	return ok && gap
}

func entryID(start string, n uint64, gap bool) ID {
	if gap {
		return GapID(start, n)
	}
	return RecordID(start, n)
}

// Span is a range of records of one start, First to Last inclusive, or (Gap) of gaps.
type Span struct {
	Start       string
	First, Last uint64
	Gap         bool
}

// String writes start:1, start:1-5 or start:g1.
func (s Span) String() string {
	text := string(entryID(s.Start, s.First, s.Gap))
	if s.Last == s.First {
		return text
	}
	return text + "-" + strconv.FormatUint(s.Last, 10)
}

// ParseSpan is the inverse of String.
func ParseSpan(text string) (Span, error) {
	head, tail, ranged := strings.Cut(text, "-")
	id, err := ParseID(head)
	if err != nil || id == "" {
		return Span{}, fmt.Errorf("%w: range %.60q", ErrID, text)
	}
	start, n, gap, _ := id.Split()
	s := Span{Start: start, First: n, Last: n, Gap: gap}
	if ranged {
		s.Last, err = strconv.ParseUint(tail, 10, 62)
		if err != nil || s.Last <= s.First || s.String() != text {
			return Span{}, fmt.Errorf("%w: range %.60q", ErrID, text)
		}
	}
	return s, nil
}

// MarshalText writes the form of String.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the form of String.
func (s *Span) UnmarshalText(text []byte) error {
	parsed, err := ParseSpan(string(text))
	*s = parsed
	return err
}

// Has reports whether id lies in the span.
func (s Span) Has(id ID) bool {
	start, n, gap, ok := id.Split()
	return ok && s.has(start, n, gap)
}

func (s Span) has(start string, n uint64, gap bool) bool {
	return s.Gap == gap && n >= s.First && n <= s.Last && s.Start == start
}

func (s Span) lastID() ID { return entryID(s.Start, s.Last, s.Gap) }

func spanOf(id ID) (Span, bool) {
	start, n, gap, ok := id.Split()
	return Span{Start: start, First: n, Last: n, Gap: gap}, ok
}
