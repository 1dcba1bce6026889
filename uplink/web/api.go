package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// Version 1 of the API. Every answer is one JSON object with the time it was made
// and one list (or one site); fields are only added. Lists take ?site= and
// ?limit= (1 to 1000, 100 if left out), newest first.
const (
	defaultLimit = 100
	maxLimit     = 1000
	checkTime    = 2 * time.Second
)

// apiCloset is one closet in the API.
type apiCloset struct {
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Status state.Status `json:"status"`
	Since  time.Time    `json:"since"`
	// Heard is the last sign of life; left out where there was none. AgeS is its
	// age in seconds, null where there was none.
	Heard   time.Time     `json:"heard,omitzero"`
	AgeS    *float64      `json:"age_s"`
	Reason  string        `json:"reason,omitempty"`
	Backlog bool          `json:"backlog"`
	Alarms  []state.Alarm `json:"alarms"`
}

// apiSite is one site in the API.
type apiSite struct {
	state.Site
	Status state.Status `json:"status"`
	// Verdict and Parties come from the open cases.
	Verdict []alarm.CauseName `json:"verdict"`
	Parties []alarm.Party     `json:"parties"`
	Closets []apiCloset       `json:"closets"`
	Cases   []state.Case      `json:"cases"`
}

func toAPI(sv state.SiteView, now time.Time) apiSite {
	out := apiSite{Site: sv.Site, Status: worstOf(sv).Status, Cases: orEmpty(sv.Cases), Verdict: []alarm.CauseName{}, Parties: []alarm.Party{}}
	for _, c := range sv.Closets {
		a := apiCloset{ID: c.ID, Name: c.Name, Status: c.Status, Since: c.Since, Heard: c.Heard, Reason: c.Reason, Backlog: c.Backlog, Alarms: orEmpty(c.Alarms)}
		if !c.Heard.IsZero() {
			secs := now.Sub(c.Heard).Seconds()
			a.AgeS = &secs
		}
		out.Closets = append(out.Closets, a)
	}
	for _, k := range sv.Cases {
		out.Verdict = append(out.Verdict, k.Verdict()...)
		out.Parties = append(out.Parties, k.Party)
	}
	return out
}

// orEmpty makes an empty list of no list: [] in JSON, not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (s *Server) api(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/sites", func(w http.ResponseWriter, r *http.Request) {
		v := s.w.View()
		list := make([]apiSite, 0, len(v.Sites))
		for _, sv := range v.Sites {
			list = append(list, toAPI(sv, v.At))
		}
		s.json(w, http.StatusOK, map[string]any{"at": v.At, "deaf": v.Deaf, "why": v.Why, "sites": list})
	})
	mux.HandleFunc("GET /api/v1/sites/{id}", s.apiSite)
	mux.HandleFunc("GET /api/v1/closets/{id}/now", s.apiNow)
	mux.HandleFunc("GET /api/v1/cases", listed(s, "cases", s.w.History.Cases))
	mux.HandleFunc("GET /api/v1/alarms", listed(s, "alarms", s.w.History.Alarms))
	mux.HandleFunc("GET /api/v1/events", listed(s, "events", s.w.History.Events))
	mux.HandleFunc("GET /api/v1/gaps", listed(s, "gaps", s.w.History.Gaps))
	mux.HandleFunc("GET /api/v1/deliveries", listed(s, "deliveries", s.w.History.Deliveries))
}

func (s *Server) apiSite(w http.ResponseWriter, r *http.Request) {
	v := s.w.View()
	sv, ok := find(v, r.PathValue("id"))
	if !ok {
		s.json(w, http.StatusNotFound, map[string]any{"error": "no such site"})
		return
	}
	readings, err := s.w.History.Readings(r.Context(), sv.Site.ID)
	if err != nil {
		s.refuse(w, "readings", err)
		return
	}
	s.json(w, http.StatusOK, map[string]any{"at": v.At, "site": toAPI(sv, v.At), "readings": orEmpty(readings)})
}

// apiNow serves what a closet said of itself last; its own time in it tells its age.
func (s *Server) apiNow(w http.ResponseWriter, r *http.Request) {
	var now json.RawMessage
	if s.w.Now != nil {
		now = s.w.Now(r.PathValue("id"))
	}
	if now == nil {
		s.json(w, http.StatusNotFound, map[string]any{"error": "no snapshot of such a closet"})
		return
	}
	s.json(w, http.StatusOK, map[string]any{"at": time.Now().UTC(), "closet": r.PathValue("id"), "now": now})
}

// listed serves one list of the store.
func listed[T any](s *Server, name string, read func(context.Context, string, int) ([]T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit, err := strconv.Atoi(cmp.Or(r.URL.Query().Get("limit"), strconv.Itoa(defaultLimit)))
		if err != nil || limit < 1 || limit > maxLimit {
			s.json(w, http.StatusBadRequest, map[string]any{"error": "limit: want 1 to 1000"})
			return
		}
		list, err := read(r.Context(), r.URL.Query().Get("site"), limit)
		if err != nil {
			s.refuse(w, name, err)
			return
		}
		s.json(w, http.StatusOK, map[string]any{"at": time.Now().UTC(), name: orEmpty(list)})
	}
}

func (s *Server) refuse(w http.ResponseWriter, name string, err error) {
	s.w.Log.Error("list could not be read", "list", name, "err", err)
	s.json(w, http.StatusServiceUnavailable, map[string]any{"error": name + " could not be read"})
}

func (s *Server) json(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.w.Log.Error("answer could not be written", "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(append(body, '\n')); err != nil {
		s.w.Log.Debug("reader went away", "err", err)
	}
}

// apiCheck is the outcome of one Check.
type apiCheck struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// health asks all checks at once; 200 only if all work, and the answer names what does not.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTime)
	defer cancel()
	results := make([]apiCheck, len(s.w.Checks))
	var all sync.WaitGroup
	for i, c := range s.w.Checks {
		all.Go(func() {
			results[i] = apiCheck{Name: c.Name, OK: true}
			if err := c.Probe(ctx); err != nil {
				results[i].OK, results[i].Error = false, err.Error()
			}
		})
	}
	all.Wait()
	ok, status := true, http.StatusOK
	for _, c := range results {
		ok = ok && c.OK
	}
	if !ok {
		status = http.StatusServiceUnavailable
	}
	s.json(w, status, map[string]any{"ok": ok, "checks": results})
}
