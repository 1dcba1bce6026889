package record

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Marks carries one identity per lane: the marks of a closet, or the heads of the
// collector.
type Marks struct {
	A ID `json:"a"`
	M ID `json:"m"`
}

// Of returns the identity of a lane.
func (m Marks) Of(lane Lane) ID {
	if lane == LaneA {
		return m.A
	}
	return m.M
}

// Set sets the identity of a lane.
func (m *Marks) Set(lane Lane, id ID) {
	if lane == LaneA {
		m.A = id
		return
	}
	m.M = id
}

// State is said after each connect and each window time-out; with Online false
// it is the last will, and then has Start and Conn only.
type State struct {
	V      int    `json:"v"`
	Online bool   `json:"online"`
	Start  string `json:"start"`
	// Conn counts the connections of this start, from 1.
	Conn uint64 `json:"conn"`
	Mark *Marks `json:"mark,omitempty"`
	At   *Stamp `json:"at,omitempty"`
}

// Heartbeat is sent each second while the path is active.
type Heartbeat struct {
	V     int    `json:"v"`
	Start string `json:"start"`
	Path  string `json:"path"`
	Conn  uint64 `json:"conn"`
	// Depth is the number of entries in the outbox over both lanes, DepthA that of
	// lane a alone (0: every alarm has arrived), AgeS the age of the oldest in seconds.
	Depth  int   `json:"depth"`
	DepthA int   `json:"depth_a"`
	AgeS   int64 `json:"age_s"`
	// Answer is the id of the `cmd` that this answers; "" for the ordinary one.
	Answer string `json:"answer,omitempty"`
	At     Stamp  `json:"at"`
}

// Ack carries the committed heads.
type Ack struct {
	V    int   `json:"v"`
	Head Marks `json:"head"`
}

// Birth is one part of what a closet consists of: the monitor or one device.
type Birth struct {
	V     int    `json:"v"`
	Part  string `json:"part"`
	Start string `json:"start"`
	At    Stamp  `json:"at"`
	// Versions, e.g. {"rackvakt":"1.0"}; Facts are texts by "object" or "object:label".
	Versions map[string]string `json:"versions,omitempty"`
	Facts    []BirthFact       `json:"facts,omitempty"`
	// PatchMap is the hash of the patch map in force.
	PatchMap string `json:"patch_map,omitempty"`
}

// BirthFact is one labelled text about an object of the part.
type BirthFact struct {
	Object string `json:"object,omitempty"`
	Label  string `json:"label"`
	Text   string `json:"text"`
}

// Now is the small snapshot for pages. It is never history.
type Now struct {
	V     int    `json:"v"`
	Start string `json:"start"`
	At    Stamp  `json:"at"`
	// Body is the snapshot, made by the agent and read by the pages.
	Body json.RawMessage `json:"now,omitempty"`
}

// Desired is what the collector wants of the closet; it overrides the
// configuration point by point.
type Desired struct {
	V int `json:"v"`
	// Revision grows with each change.
	Revision     uint64            `json:"revision"`
	Acknowledged []string          `json:"acknowledged,omitempty"` // occ
	Settings     map[string]string `json:"settings,omitempty"`
	Windows      json.RawMessage   `json:"windows,omitempty"`
	Codes        []string          `json:"codes,omitempty"` // visit codes, hashed
}

// Order is what a `cmd` asks for.
type Order string

// Orders.
const (
	OrderAnswer   Order = "answer"   // the question of silence: an hb at once on this path
	OrderPollNow  Order = "poll_now" // poll all devices
	OrderIdentify Order = "identify" // blink
	OrderTest     Order = "test"     // raise and clear monitor.test
)

// Command is not retained; it lives TTLS seconds from receipt.
type Command struct {
	V    int    `json:"v"`
	ID   string `json:"id"`
	Do   Order  `json:"do"`
	TTLS int    `json:"ttl_s"`
}

// Errors that every decoder of this package wraps.
var (
	// ErrVersion: the payload is of a version that this program does not know. The
	// caller counts it and says so.
	ErrVersion = errors.New("unknown payload version")
	// ErrMalformed: not what the schema says.
	ErrMalformed = errors.New("malformed payload")
	// ErrTooLarge: above MaxRecord, or above MaxStored when it is to be stored.
	ErrTooLarge = errors.New("payload too large")
)

// maxName bounds any name that comes from outside, in octets.
const maxName = 256

// Payload is any of the messages that are not records.
type Payload interface {
	State | Heartbeat | Ack | Birth | Now | Desired | Command
}

// DecodePayload reads a message that is not a record. Unknown fields are ignored.
func DecodePayload[P Payload](src []byte) (P, error) {
	var p P
	if err := checkVersion(src); err != nil {
		return p, err
	}
	if err := json.Unmarshal(src, &p); err != nil {
		return p, malformed(err)
	}
	if err := checkPayload(any(p)); err != nil {
		var none P
		return none, err
	}
	return p, nil
}

func malformed(err error) error {
	if errors.Is(err, ErrMalformed) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

func checkVersion(src []byte) error {
	if len(src) > MaxRecord {
		return fmt.Errorf("%w: %d octets", ErrTooLarge, len(src))
	}
	var head struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(src, &head); err != nil {
		return malformed(err)
	}
	if head.V != Version {
		return fmt.Errorf("%w: %d", ErrVersion, head.V)
	}
	return nil
}

// checkPayload refuses identities and names that could not have been written.
func checkPayload(p any) error {
	switch p := p.(type) {
	case State:
		if !ValidStart(p.Start) || p.Online && p.Mark == nil {
			return fmt.Errorf("%w: state without start or mark", ErrMalformed)
		}
		if p.Mark != nil {
			return checkMarks(*p.Mark)
		}
	case Heartbeat:
		if !ValidStart(p.Start) || !pathPattern.MatchString(p.Path) {
			return fmt.Errorf("%w: heartbeat without start or path", ErrMalformed)
		}
	case Ack:
		return checkMarks(p.Head)
	case Command:
		if p.ID == "" || len(p.ID) > maxName || p.TTLS < 0 {
			return fmt.Errorf("%w: command without id", ErrMalformed)
		}
	}
	return nil
}

func checkMarks(m Marks) error {
	for _, id := range []ID{m.A, m.M} {
		if _, err := ParseID(string(id)); err != nil {
			return malformed(err)
		}
	}
	return nil
}
