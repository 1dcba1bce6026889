package web

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/notify"
)

// frame is what every page carries.
type frame struct {
	Lang, Title   string
	At            time.Time
	Refreshes     bool
	Deaf          bool
	DeafWhy       string
	Missing       string
	status        int
	query         url.Values
	refreshPeriod time.Duration
}

var matcher = language.NewMatcher([]language.Tag{language.Swedish, language.English})

// languageOf picks the language: ?lang= wins, then Accept-Language, then Swedish.
func languageOf(r *http.Request) alarm.Lang {
	switch r.URL.Query().Get("lang") {
	case "sv":
		return alarm.Swedish
	case "en":
		return alarm.English
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return alarm.Swedish
	}
	if _, i, _ := matcher.Match(tags...); i == 1 {
		return alarm.English
	}
	return alarm.Swedish
}

// functions are what templates call. query writes the present choices with one
// of them changed, so that links keep them.
func functions(lang alarm.Lang, present string) template.FuncMap {
	return template.FuncMap{
		"t":     func(key string) (string, error) { return text(key, lang) },
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clock": clock,
		"query": func(key, value string) template.URL { return changed(present, key, value) },
	}
}

// clock writes a time as people in Sweden read it.
func clock(t time.Time) string { return t.In(notify.Zone()).Format("2006-01-02 15:04:05") }

// changed returns the query string with one choice changed; only known choices survive.
func changed(present, key, value string) template.URL {
	old, err := url.ParseQuery(present)
	if err != nil {
		old = url.Values{}
	}
	kept := url.Values{}
	if lang := old.Get("lang"); lang == "sv" || lang == "en" {
		kept.Set("lang", lang)
	}
	if old.Get("refresh") == "off" {
		kept.Set("refresh", "off")
	}
	if key != "" {
		kept.Set(key, value)
	}
	if len(kept) == 0 {
		return ""
	}
	return template.URL("?" + kept.Encode()) //nolint:gosec // built from fixed words only
}

// frameFor starts a page.
func (s *Server) frameFor(r *http.Request, title string) frame {
	v := r.URL.Query()
	return frame{Lang: string(languageOf(r)), Title: title, Refreshes: v.Get("refresh") != "off", query: v, status: http.StatusOK, refreshPeriod: s.o.Refresh}
}

// show writes a page. It asks for itself again by a header, which the reader can
// switch off by a link (WCAG 2.1, 2.2.1 and 2.2.2); no script is needed.
func (s *Server) show(w http.ResponseWriter, f frame, name string, data any) {
	lang := alarm.Lang(f.Lang)
	t, err := s.pages[lang].Clone()
	var b bytes.Buffer
	if err == nil {
		err = t.Funcs(functions(lang, f.query.Encode())).ExecuteTemplate(&b, name, data)
	}
	if err != nil {
		s.w.Log.Error("page failed", "page", name, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", f.Lang)
	h.Set("Vary", "Accept-Language")
	if f.Refreshes && f.status == http.StatusOK {
		h.Set("Refresh", strconv.Itoa(int(f.refreshPeriod.Seconds())))
	}
	w.WriteHeader(f.status)
	if _, err := b.WriteTo(w); err != nil {
		s.w.Log.Debug("reader went away", "page", name, "err", err)
	}
}

func (s *Server) styleSheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=3600")
	if _, err := w.Write(s.style); err != nil {
		s.w.Log.Debug("reader went away", "page", "style", "err", err)
	}
}
