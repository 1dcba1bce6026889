package web

import (
	"context"
	"time"

	"rackvakt/uplink/notify"
	"rackvakt/uplink/state"
)

// Event is one thing that happened at a site, for its page and the API.
type Event struct {
	At     time.Time `json:"at"`
	Site   string    `json:"site"`
	Closet string    `json:"closet"`
	// Name is a stable key: "door.opened", "agent.stopped"; Text adds what a
	// person may want to know, without names of persons.
	Name string `json:"name"`
	Text string `json:"text,omitempty"`
}

// Gap is a time about which nothing is known.
type Gap struct {
	Closet string `json:"closet"`
	// Lane is "a" or "m".
	Lane string    `json:"lane"`
	Why  string    `json:"why"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Reading is the newest value of one point of a closet, ready to show.
type Reading struct {
	Closet  string    `json:"closet"`
	Device  string    `json:"device"`
	Object  string    `json:"object,omitempty"`
	Name    string    `json:"name"`
	Value   string    `json:"value"`
	Quality string    `json:"quality"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
}

// History is what the store answers, newest first, at most limit rows. site ""
// means all sites.
type History interface {
	Cases(ctx context.Context, site string, limit int) ([]state.Case, error)
	Alarms(ctx context.Context, site string, limit int) ([]state.Alarm, error)
	Events(ctx context.Context, site string, limit int) ([]Event, error)
	Gaps(ctx context.Context, site string, limit int) ([]Gap, error)
	Readings(ctx context.Context, site string) ([]Reading, error)
	Deliveries(ctx context.Context, site string, limit int) ([]notify.Delivery, error)
}

// Check is one thing that /healthz asks. Probe returns nil when it works.
type Check struct {
	Name  string
	Probe func(ctx context.Context) error
}
