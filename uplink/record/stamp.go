package record

import (
	"encoding/json"
	"fmt"
	"time"

	"rackvakt/sensors/reading"
)

// Words of the field "clock".
const (
	clockSynced   = "synced"
	clockUnsynced = "unsynced"
)

// Stamp is reading.Stamp as it travels: {"boot","mono_ms","at","clock"}. Times on
// the wire are whole milliseconds.
type Stamp struct{ reading.Stamp }

type stampJSON struct {
	Boot   string `json:"boot,omitempty"`
	MonoMS int64  `json:"mono_ms"`
	At     string `json:"at,omitempty"`
	Clock  string `json:"clock"`
}

// maxMonoMS keeps mono_ms within a time.Duration: 292 years.
const maxMonoMS = int64(1<<63-1) / int64(time.Millisecond)

const atLayout = "2006-01-02T15:04:05.000Z07:00"

func (s Stamp) wire() stampJSON {
	j := stampJSON{Boot: s.Boot, MonoMS: s.Mono.Milliseconds(), Clock: clockUnsynced}
	if !s.Wall.IsZero() {
		j.At = s.Wall.UTC().Format(atLayout)
	}
	if s.Synced {
		j.Clock = clockSynced
	}
	return j
}

func (j stampJSON) stamp() (Stamp, error) {
	s := Stamp{reading.Stamp{Boot: j.Boot, Mono: time.Duration(j.MonoMS) * time.Millisecond, Synced: j.Clock == clockSynced}}
	if j.MonoMS > maxMonoMS || j.MonoMS < -maxMonoMS || len(j.Boot) > maxName {
		return Stamp{}, fmt.Errorf("%w: time out of range", ErrMalformed)
	}
	if j.At == "" {
		return s, nil
	}
	at, err := time.Parse(time.RFC3339Nano, j.At)
	if err != nil {
		return Stamp{}, fmt.Errorf("%w: at: %v", ErrMalformed, err)
	}
	s.Wall = at.UTC()
	return s, nil
}

// MarshalJSON writes whole milliseconds.
func (s Stamp) MarshalJSON() ([]byte, error) { return json.Marshal(s.wire()) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (s *Stamp) UnmarshalJSON(src []byte) error {
	var j stampJSON
	if err := json.Unmarshal(src, &j); err != nil {
		return err
	}
	var err error
	*s, err = j.stamp()
	return err
}

// Wire returns s rounded to what the wire keeps.
func (s Stamp) Wire() Stamp {
	s.Mono = s.Mono.Truncate(time.Millisecond)
	s.Wall = s.Wall.UTC().Truncate(time.Millisecond)
	return s
}
