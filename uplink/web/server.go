package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"rackvakt/uplink/state"
)

// Wiring is what the pages show.
type Wiring struct {
	// View returns the present knowledge, a copy.
	View    func() state.View
	History History
	// Checks are asked by /healthz.
	Checks []Check
	// Metrics is served on /metrics; nil: 404.
	Metrics prometheus.Gatherer
	Log     *slog.Logger
}

// Server serves pages and API.
type Server struct{}

// New returns a Server.
func New(o Options, w Wiring) (*Server, error) { return nil, nil }

// Handler returns all routes, for a test or a listener of the caller's.
func (s *Server) Handler() http.Handler { return nil }

// Run listens where Options say and serves until ctx ends; with no address it
// waits for ctx. Addr tells where, once Run listens.
func (s *Server) Run(ctx context.Context) error { return nil }

// Addr returns the address that is listened on, "" before or without.
func (s *Server) Addr() string { return "" }
