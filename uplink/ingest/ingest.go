package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/broker"
	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

// Options bound what one closet and one commit may hold.
type Options struct {
	// Queue is how many records of one closet may wait for the writer. It must
	// hold more than a closet's window of 64.
	Queue int `yaml:"queue" example:"256"`
	// Group is the most records of one commit.
	Group int `yaml:"group" example:"2000"`
	// JournalKeep is how long the payloads of measurements stay in the journal
	// after they were applied; alarms and events stay for good.
	JournalKeep time.Duration `yaml:"journal_keep" example:"72h"`
}

// DefaultOptions suit thousands of closets.
func DefaultOptions() Options { return Options{Queue: 256, Group: 2000, JournalKeep: 72 * time.Hour} }

// Validate refuses a queue that a well-behaved closet could fill.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Queue <= record.WindowRecords {
		r.Bad("queue", o.Queue, fmt.Sprintf("more than %d, the window of a closet", record.WindowRecords), "256")
	}
	if o.Group < 1 {
		r.Bad("group", o.Group, "at least 1", "2000")
	}
	if o.JournalKeep < time.Hour {
		r.Bad("journal_keep", o.JournalKeep, "at least 1h", "72h")
	}
}

// Store is what ingest needs of the relational store; *store.DB has it.
type Store interface {
	Lanes(ctx context.Context) (map[store.LaneID]record.Saved, error)
	Commit(ctx context.Context, c *store.Commit, at time.Time) error
	Journal(ctx context.Context, lane record.Lane, after int64, n int) ([]store.Record, error)
	RecordByID(ctx context.Context, lane store.LaneID, id record.ID) (store.Record, bool, error)
	Mark(ctx context.Context, name string) (int64, error)
	Do(ctx context.Context, f func(*store.Tx) error) error
	Boots(ctx context.Context) (map[string]map[string]time.Time, error)
	SetHeard(ctx context.Context, heard map[string]time.Time) error
	Waiting(ctx context.Context, name, closet, boot string) ([]store.Record, error)
	WaitingBoots(ctx context.Context, name string) ([][2]string, error)
	PruneJournal(ctx context.Context, name string, before time.Time) error
	PutRetained(ctx context.Context, m store.Retained) error
}

// Samples is what ingest needs of the time-series store; *store.Samples has it.
type Samples interface {
	Append(ctx context.Context, samples []store.Sample) (store.Refused, error)
	Sync() error
}

// Life is a sign of life: a message of a closet that is neither retained nor a will.
type Life struct {
	Closet record.ClosetID
	// At is the collector's time of receipt.
	At   time.Time
	Leaf record.Leaf
	// HB and State are set where the message was one.
	HB    *record.Heartbeat
	State *record.State
	// Path is the uplink path, where the message tells it.
	Path string
}

// Stamp returns the closet's own time of the message; zero where it carries none.
func (l Life) Stamp() reading.Stamp {
	switch {
	case l.HB != nil:
		return l.HB.At.Stamp
	case l.State != nil && l.State.At != nil:
		return l.State.At.Stamp
	}
	return reading.Stamp{}
}

// Will is a last will as it was left by start and conn on that path. Whether it
// counts is for the receiver to judge.
type Will struct {
	Closet record.ClosetID
	Path   string
	Start  string
	Conn   uint64
	At     time.Time
}

// Snapshot is a message that pages show and nobody keeps as history: now or birth.
type Snapshot struct {
	Topic    record.Topic
	Payload  []byte
	Retained bool
	At       time.Time
}

// Applied is one record of lane a after its commit.
type Applied struct {
	Seq        int64
	Closet     record.ClosetID
	Area       string
	Record     record.Record
	ReceivedAt time.Time
}

// OwnGap tells that this store is older than what it once promised a closet.
type OwnGap struct {
	Closet record.ClosetID
	Lane   record.Lane
	Mark   record.ID
	// From is the time of the last record known before the hole; zero: from the beginning.
	From, To time.Time
}

// Listener learns what closets say. Life, Will, Snapshot and OwnGap must return at once
// and may be called from any goroutine.
type Listener interface {
	Life(Life)
	Will(Will)
	Snapshot(Snapshot)
	OwnGap(OwnGap)
	// Apply takes committed records of lane a, in order, from one goroutine. Once
	// it returns nil they are not handed out again; after a crash or an error they
	// are, so what it does must bear being done twice and be durable when it returns.
	Apply(ctx context.Context, records []Applied) error
}

// Broker is what ingest hears and speaks through; package broker has two.
type Broker interface {
	Run(ctx context.Context, h broker.Handler) error
	Publish(topic string, payload []byte, qos byte, retain bool) error
}

// Wiring is what an Ingest needs from outside.
type Wiring struct {
	// Broker hears and speaks.
	Broker   Broker
	Store    Store
	Samples  Samples
	Listener Listener
	Log      *slog.Logger
	// Now is the collector's clock; nil means time.Now.
	Now func() time.Time
}
