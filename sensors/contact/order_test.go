package contact

import (
	"log/slog"
	"testing"
	"time"

	"rackvakt/sensors/reading"
)

// stuck is a line at rest whose edges a test has put in beforehand.
type stuck struct {
	edges  chan Edge
	active bool
}

func (s stuck) Level() (bool, error) { return s.active, nil }
func (s stuck) Edges() <-chan Edge   { return s.edges }
func (s stuck) Source() string       { return "test line" }
func (s stuck) Close() error         { return nil }

// still is a clock that stands.
type still time.Duration

func (s still) Now() reading.Stamp { return reading.Stamp{Boot: "b", Mono: time.Duration(s)} }

func doorAt(now time.Duration) (*Contact, reading.Sink, *[]reading.Reading) {
	o := DefaultOptions()
	o.Name, o.Role = "door", Door
	told := &[]reading.Reading{}
	return New(o, nil, still(now), slog.New(slog.DiscardHandler)), func(b reading.Batch) {
		for _, r := range b.Readings {
			if r.Point.Kind == reading.DoorOpen {
				*told = append(*told, r)
			}
		}
	}, told
}

// A rest is due, and two edges wait that ended it and began another.
func TestWaitingEdgesGoBeforeTheRestThatIsDue(t *testing.T) {
	c, sink, told := doorAt(10 * time.Second)
	c.st = state{told: active, resting: true, restSince: 9 * time.Second}
	line := stuck{edges: make(chan Edge, 2)}
	line.edges <- Edge{Active: true, Age: 300 * time.Millisecond}
	line.edges <- Edge{Age: 200 * time.Millisecond}
	if err := c.settle(line, sink); err != nil {
		t.Fatal(err)
	}
	if len(*told) != 0 || !c.st.resting || c.st.restSince != 9800*time.Millisecond {
		t.Errorf("told %+v, state %+v", *told, c.st)
	}
}

// The level was read, and told, before an edge that the kernel saw earlier came through.
func TestNothingIsToldAsOlderThanWhatWasTold(t *testing.T) {
	c, sink, told := doorAt(10 * time.Second)
	line := stuck{edges: make(chan Edge, 1)}
	for range 2 {
		if err := c.level(line, sink); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.edge(line, Edge{Active: true, Age: 5 * time.Millisecond}, true, sink); err != nil {
		t.Fatal(err)
	}
	if n := len(*told); n != 3 || !(*told)[2].Is(1) || (*told)[2].At.Mono != 10*time.Second {
		t.Errorf("told %+v", *told)
	}
}
