// Package panel serves the one page in the closet: what `rackvakt status` shows,
// for a technician with a telephone in front of the rack, also when the region
// cannot be reached. Swedish and English, correct without JavaScript, nothing
// fetched from anywhere.
//
// It also decides what the front of the closet shows on lamp, buzzer, relay and
// small display (Front, Drive): a pure function of what the closet answers, of
// what was shown, and of the time. A closet that does not answer is shown as
// unknown: the lamp is dark and the relay tells an alarm.
//
// It refuses to change anything in the closet: it only answers GET, silences the
// buzzer and nothing else, and knows the closet only through the Asker it was
// given.
package panel

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/uplink/alarm"
)

//go:embed page.html
var pageHTML string

// refresh is how often the page asks for itself again, in seconds.
const refresh = 5

// Panel renders the page.
type Panel struct {
	ask  agent.Asker
	log  *slog.Logger
	page *template.Template
}

// New returns a Panel that shows what ask answers.
func New(ask agent.Asker, log *slog.Logger) (*Panel, error) {
	page, err := template.New("page").Funcs(template.FuncMap{"lines": withLines}).Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("panel page: %w", err)
	}
	return &Panel{ask: ask, log: log, page: page}, nil
}

// withLines hands one table of a page to the template that draws tables.
func withLines(p page, lines []line) struct {
	T     map[string]string
	Lines []line
} {
	return struct {
		T     map[string]string
		Lines []line
	}{p.T, lines}
}

// Serve serves the panel on listen until ctx ends.
func Serve(ctx context.Context, listen string, ask agent.Asker, log *slog.Logger) error {
	p, err := New(ask, log)
	if err != nil {
		return err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("panel: %w", err)
	}
	server := &http.Server{Handler: p.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("panel: %w", err)
	case <-ctx.Done():
	}
	err = server.Close()
	if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// Handler returns the page's routes.
func (p *Panel) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.show)
	return mux
}

// show writes the page. A closet that does not answer is said to be unknown, with 503.
func (p *Panel) show(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	status := http.StatusOK
	snapshot, err := p.ask(r.Context())
	if err != nil {
		status = http.StatusServiceUnavailable
	}
	var body bytes.Buffer
	if err := p.page.Execute(&body, newPage(snapshot, err, lang)); err != nil {
		p.log.Error("panel page not made", "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(lang))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	if _, err := w.Write(body.Bytes()); err != nil {
		p.log.Debug("panel page not sent", "err", err)
	}
}

// language takes ?lang=, else the first of sv and en that the browser names, else Swedish.
func language(r *http.Request) alarm.Lang {
	wish := r.URL.Query().Get("lang")
	for _, part := range append([]string{wish}, strings.Split(r.Header.Get("Accept-Language"), ",")...) {
		switch tag := strings.ToLower(strings.TrimSpace(part)); {
		case strings.HasPrefix(tag, "sv"):
			return alarm.Swedish
		case strings.HasPrefix(tag, "en"):
			return alarm.English
		}
	}
	return alarm.Swedish
}
