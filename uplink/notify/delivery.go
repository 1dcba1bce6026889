package notify

import (
	"context"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// Delivery is one message on the queue: rendered, addressed, with its fate.
type Delivery struct {
	// Key names the message for good: case/kind/number/party/channel.
	Key string `json:"key"`
	// Case, Kind, Seq, Site and Party repeat what the key is made of, for pages.
	Case  string      `json:"case"`
	Kind  state.Kind  `json:"kind"`
	Seq   int         `json:"seq"`
	Site  string      `json:"site,omitempty"`
	Party alarm.Party `json:"party"`
	// Channel is "smtp" or "webhook:<name>".
	Channel string `json:"channel"`
	// To are the e-mail addresses; empty for a webhook.
	To []string `json:"to,omitempty"`
	// Subject and Body are the message as it is sent (Body is JSON for a webhook, which has no Subject).
	Subject string `json:"subject"`
	Body    string `json:"body"`
	// Status is waiting, delivered or failed.
	Status Status `json:"status"`
	// Created, Next (attempt) and Done are the collector's times.
	Created time.Time `json:"created"`
	Next    time.Time `json:"next,omitzero"`
	Done    time.Time `json:"done,omitzero"`
	// Tries counts attempts; Error is the last one's error, empty after success.
	Tries int    `json:"tries"`
	Error string `json:"error,omitempty"`
}

// Status is the fate of a delivery.
type Status string

// Statuses.
const (
	Waiting   Status = "waiting"
	Delivered Status = "delivered"
	Failed    Status = "failed"
)

// Queue keeps deliveries durably. All calls may come from several goroutines.
type Queue interface {
	// AddDeliveries stores those whose Key is not there yet, in one commit.
	AddDeliveries(ctx context.Context, ds []Delivery) error
	// SaveDelivery replaces the delivery with d's Key.
	SaveDelivery(ctx context.Context, d Delivery) error
	// WaitingDeliveries returns what is waiting on a channel, oldest first.
	WaitingDeliveries(ctx context.Context, channel string) ([]Delivery, error)
}
