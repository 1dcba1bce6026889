package record

import (
	"bytes"
	"encoding/json"
	"fmt"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// Type says what a record's body is.
type Type string

// Types.
const (
	TypeAlarm   Type = "alarm"   // one step in the life of an alarm
	TypeEvent   Type = "event"   // something that happened, and last words
	TypeOpen    Type = "open"    // the open occurrences, after each start
	TypeSamples Type = "samples" // lane m
	TypeGap     Type = "gap"     // in the place of records that are gone
)

// Record is one message of a lane. Exactly one body is set, the one of Type.
type Record struct {
	ID ID
	// Prev and Mark are set on what came from the wire; see Frame.
	Prev ID
	Mark *ID
	// At is when the record was made.
	At       reading.Stamp
	Type     Type
	Volatile bool // made while the disk refused

	Alarm   *alarm.Change
	Event   *Event
	Open    *Open
	Samples *Samples
	Gap     *GapBody
}

// Event is something that happened and is not an alarm.
type Event struct {
	// Name is a stable key: one of the EventX constants, or the source's own.
	Name   string `json:"name"`
	Object string `json:"object,omitempty"`
	// Reason is a stable key that says why.
	Reason string            `json:"reason,omitempty"`
	Detail map[string]string `json:"detail,omitempty"`
}

// Names of events.
const (
	EventAgentStarted  = "agent_started"
	EventAgentStopping = "agent_stopping" // last words: Reason says why
	EventDoorOpened    = "door_opened"
	EventDoorClosed    = "door_closed"
	EventRenumbered    = "renumbered"
	EventReloaded      = "config_reloaded"
	EventOtherCard     = "other_card" // the collector's head is of a card that is not this one
)

// Open lists the occurrences that are open after a start; the collector closes
// those that are missing from it.
type Open struct {
	Occ []string `json:"occ"`
}

// GapBody is a Gap as it travels. No From: from the beginning.
type GapBody struct {
	Why    string `json:"why"`
	Covers []Span `json:"covers"`
	From   *Stamp `json:"from,omitempty"`
	To     Stamp  `json:"to"`
}

// wire is the JSON form of a record; the order of the fields is that of the protocol.
type wire struct {
	V    int    `json:"v"`
	ID   ID     `json:"id"`
	Prev ID     `json:"prev,omitempty"`
	Mark *ID    `json:"mark,omitempty"`
	Boot string `json:"boot,omitempty"`
	stampTail
	Type     Type       `json:"type"`
	Volatile bool       `json:"volatile,omitempty"`
	Alarm    *alarmWire `json:"alarm,omitempty"`
	Event    *Event     `json:"event,omitempty"`
	Open     *Open      `json:"open,omitempty"`
	Samples  *Samples   `json:"samples,omitempty"`
	Gap      *GapBody   `json:"gap,omitempty"`
}

type stampTail struct {
	MonoMS int64  `json:"mono_ms"`
	At     string `json:"at,omitempty"`
	Clock  string `json:"clock"`
}

// alarmWire is alarm.Change with its stamps as they travel.
type alarmWire struct {
	alarm.Change
	Since Stamp  `json:"since"`
	Until *Stamp `json:"until,omitempty"`
}

func toAlarmWire(c *alarm.Change) *alarmWire {
	if c == nil {
		return nil
	}
	w := &alarmWire{Change: *c, Since: Stamp{c.Since}}
	if c.Until != nil {
		w.Until = &Stamp{*c.Until}
	}
	return w
}

func (w *alarmWire) change() *alarm.Change {
	if w == nil {
		return nil
	}
	c := w.Change
	c.Since = w.Since.Stamp
	if w.Until != nil {
		c.Until = &w.Until.Stamp
	}
	return &c
}

// Encode writes the stored form: everything but prev and mark, which Frame adds.
// It refuses a record above MaxStored.
func Encode(r Record) ([]byte, error) {
	at := Stamp{r.At}.wire()
	w := wire{V: Version, ID: r.ID, Boot: at.Boot, stampTail: stampTail{at.MonoMS, at.At, at.Clock},
		Type: r.Type, Volatile: r.Volatile, Alarm: toAlarmWire(r.Alarm), Event: r.Event, Open: r.Open, Samples: r.Samples, Gap: r.Gap}
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("encode record %s: %w", r.ID, err)
	}
	stored, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("encode record %s: %w", r.ID, err)
	}
	if len(stored) > MaxStored {
		return nil, fmt.Errorf("encode record %s: %w: %d octets", r.ID, ErrTooLarge, len(stored))
	}
	return stored, nil
}

// EncodeGap writes the stored form of a gap; its own time is its end.
func EncodeGap(g Gap) ([]byte, error) {
	body := &GapBody{Why: g.Why, Covers: g.Covers, To: g.To}
	if body.Covers == nil {
		body.Covers = []Span{}
	}
	if !g.From.IsZero() {
		body.From = &g.From
	}
	return Encode(Record{ID: g.ID, At: g.To.Stamp, Type: TypeGap, Gap: body})
}

// Frame makes the form to send from the stored form, without encoding it again:
// prev and, for a first entry, mark go in behind the id.
func Frame(stored []byte, o Out) ([]byte, error) {
	lead := `{"v":1,"id":"` + string(o.ID) + `",`
	if !bytes.HasPrefix(stored, []byte(lead)) {
		return nil, fmt.Errorf("frame %s: %w: stored form of another record", o.ID, ErrMalformed)
	}
	framed := make([]byte, 0, len(stored)+128)
	framed = append(framed, lead...)
	framed = append(framed, `"prev":"`...)
	framed = append(append(framed, o.Prev...), `",`...)
	if o.Mark != nil {
		framed = append(framed, `"mark":"`...)
		framed = append(append(framed, *o.Mark...), `",`...)
	}
	return append(framed, stored[len(lead):]...), nil
}

// Decode reads a record, stored or sent. Unknown fields are ignored; an unknown
// version is ErrVersion, anything else that is wrong ErrMalformed or ErrTooLarge.
func Decode(src []byte) (Record, error) {
	if err := checkVersion(src); err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	var w wire
	if err := json.Unmarshal(src, &w); err != nil {
		return Record{}, fmt.Errorf("decode record: %w", malformed(err))
	}
	if err := w.check(); err != nil {
		return Record{}, fmt.Errorf("decode record %.60q: %w", w.ID, err)
	}
	at, err := stampJSON{w.Boot, w.MonoMS, w.stampTail.At, w.Clock}.stamp()
	if err != nil {
		return Record{}, fmt.Errorf("decode record %s: %w", w.ID, err)
	}
	return Record{ID: w.ID, Prev: w.Prev, Mark: w.Mark, At: at.Stamp, Type: w.Type, Volatile: w.Volatile,
		Alarm: w.Alarm.change(), Event: w.Event, Open: w.Open, Samples: w.Samples, Gap: w.Gap}, nil
}

// check refuses a record without an identity, with a body that is not of its
// type, or with more than one body.
func (w *wire) check() error {
	ids := []ID{w.ID, w.Prev}
	if w.Mark != nil {
		ids = append(ids, *w.Mark)
	}
	for _, id := range ids {
		if _, err := ParseID(string(id)); err != nil {
			return malformed(err)
		}
	}
	bodies := map[Type]bool{TypeAlarm: w.Alarm != nil, TypeEvent: w.Event != nil, TypeOpen: w.Open != nil,
		TypeSamples: w.Samples != nil, TypeGap: w.Gap != nil}
	set := 0
	for _, there := range bodies {
		if there {
			set++
		}
	}
	switch {
	case w.ID == "" || w.ID.IsGap() != (w.Type == TypeGap):
		return fmt.Errorf("%w: identity %q does not suit type %.20q", ErrMalformed, w.ID, w.Type)
	case set != 1 || !bodies[w.Type]:
		return fmt.Errorf("%w: type %.20q with %d bodies", ErrMalformed, w.Type, set)
	case w.Samples != nil:
		return w.Samples.check()
	}
	return nil
}
