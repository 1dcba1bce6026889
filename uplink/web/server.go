package web

import (
	"context"
	"crypto/tls"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

//go:embed assets
var assets embed.FS

// Wiring is what the pages show.
type Wiring struct {
	// View returns the present knowledge, a copy.
	View    func() state.View
	History History
	// Now returns the newest snapshot that a closet sent ("<site>.<closet>"), as it
	// came; nil where none did. A nil Now: there are none.
	Now func(closet string) json.RawMessage
	// Checks are asked by /healthz.
	Checks []Check
	// Metrics is served on /metrics; nil: 404.
	Metrics prometheus.Gatherer
	Log     *slog.Logger
}

// Limits of one request. Pages are small and made from memory.
const (
	headerTime = 5 * time.Second
	readTime   = 10 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 60 * time.Second
	stopTime   = 5 * time.Second
	headerSize = 16 << 10
)

// policy allows this program's own style sheet and nothing else: no script, no
// frame, no outside resource.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Server serves pages and API.
type Server struct {
	o     Options
	w     Wiring
	pages map[alarm.Lang]*template.Template
	style []byte
	addr  atomic.Pointer[net.TCPAddr]
}

// New returns a Server.
func New(o Options, w Wiring) (*Server, error) {
	s := &Server{o: o, w: w, pages: map[alarm.Lang]*template.Template{}}
	for _, lang := range []alarm.Lang{alarm.Swedish, alarm.English} {
		t, err := template.New("").Funcs(functions(lang, "")).ParseFS(assets, "assets/*.html")
		if err != nil {
			return nil, fmt.Errorf("read pages: %w", err)
		}
		s.pages[lang] = t
	}
	var err error
	if s.style, err = assets.ReadFile("assets/style.css"); err != nil {
		return nil, fmt.Errorf("read style: %w", err)
	}
	return s, nil
}

// Handler returns all routes, for a test or a listener of the caller's.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.start)
	mux.HandleFunc("GET /sites/{id}", s.site)
	mux.HandleFunc("GET /accessibility", s.accessibility)
	mux.HandleFunc("GET /static/style.css", s.styleSheet)
	mux.HandleFunc("GET /healthz", s.health)
	if s.w.Metrics != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(s.w.Metrics, promhttp.HandlerOpts{Timeout: readTime}))
	}
	s.api(mux)
	return guarded(mux)
}

// guarded sets what every answer carries.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// Addr returns the address that is listened on, "" before or without.
func (s *Server) Addr() string {
	if a := s.addr.Load(); a != nil {
		return a.String()
	}
	return ""
}

// Run listens where Options say and serves until ctx ends; with no address it
// waits for ctx. Addr tells where, once Run listens.
func (s *Server) Run(ctx context.Context) error {
	if s.o.Listen == "" {
		<-ctx.Done()
		return nil
	}
	l, err := s.listen(ctx)
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime,
		IdleTimeout: idleTime, MaxHeaderBytes: headerSize, ErrorLog: slog.NewLogLogger(s.w.Log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	s.w.Log.Info("pages served", "address", s.Addr(), "tls", s.o.Certificate != "")
	select {
	case err = <-served:
		return fmt.Errorf("serve pages on %s: %w", s.o.Listen, err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	err = srv.Shutdown(stop)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop serving pages: %w", err), srv.Close())
	}
	<-served
	return err
}

func (s *Server) listen(ctx context.Context) (net.Listener, error) {
	var conf net.ListenConfig
	l, err := conf.Listen(ctx, "tcp", s.o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for pages: %w", err)
	}
	if addr, ok := l.Addr().(*net.TCPAddr); ok {
		s.addr.Store(addr)
	}
	if s.o.Certificate == "" {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(s.o.Certificate, s.o.Key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("certificate of the pages: %w", err), l.Close())
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), nil
}
