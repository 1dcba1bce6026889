package ingest

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"rackvakt/uplink/record"
)

// Ingest is the collector's end of all lanes of all closets.
type Ingest struct {
	o Options
	w Wiring
}

// New returns an Ingest for the closets of the site list, each with its area.
func New(o Options, w Wiring, closets map[record.ClosetID]string) *Ingest { return &Ingest{o: o, w: w} }

// SetClosets replaces the list of closets, after a reload of the configuration.
func (in *Ingest) SetClosets(closets map[record.ClosetID]string) {}

// Run hears closets until ctx ends; then everything it started has ended. It
// returns early only if the store cannot be read or the broker cannot be run.
func (in *Ingest) Run(ctx context.Context) error { return nil }

// Command sends a cmd to a closet.
func (in *Ingest) Command(id record.ClosetID, c record.Command) error { return nil }

// Desired publishes what is wanted of a closet, retained, and keeps it over restarts.
func (in *Ingest) Desired(ctx context.Context, id record.ClosetID, d record.Desired) error { return nil }

// Describe and Collect make an Ingest a prometheus.Collector.
func (in *Ingest) Describe(ch chan<- *prometheus.Desc) {}

// Collect reports the counters.
func (in *Ingest) Collect(ch chan<- prometheus.Metric) {}
