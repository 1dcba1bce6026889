package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"rackvakt/uplink/state"
)

// startPage is the data of the start page.
type startPage struct {
	Frame   frame
	Summary string
	Cases   []caseRow
	Sites   []siteRow
}

func (s *Server) start(w http.ResponseWriter, req *http.Request) {
	r := s.reader(req)
	p := startPage{Frame: s.frameFor(req, r.t("start")), Cases: r.caseRows(r.view.Cases)}
	p.Frame.take(r)
	lost := 0
	for _, sv := range r.view.Sites {
		if worstOf(sv).Status != state.Online {
			lost++
		}
		p.Sites = append(p.Sites, r.siteRow(sv))
	}
	p.Summary = fmt.Sprintf(r.t("summary"), len(r.view.Sites), lost, len(r.view.Cases))
	s.show(w, p.Frame, "start", p)
}

func (s *Server) reader(req *http.Request) reader {
	v := s.w.View()
	return reader{lang: languageOf(req), now: v.At, view: v}
}

func (f *frame) take(r reader) {
	f.At, f.Deaf = r.now, r.view.Deaf
	if r.view.Why != "" {
		f.DeafWhy = word(r.view.Why, r.lang)
	}
}

// sitePage is the data of a site's page.
type sitePage struct {
	Frame    frame
	HSAID    string
	Routine  string
	Contacts []contactRow
	Cases    []caseRow
	Closets  []closetRow
	Alarms   []alarmRow
	Readings []readingRow
	Events   []eventRow
	Gaps     []gapRow
}

type closetRow struct {
	Name, Contact, Remark string
	Status                badge
}

type eventRow struct {
	At           time.Time
	Closet, What string
}

type gapRow struct {
	Closet, Lane, Why string
	From, To          time.Time
}

// shownRows bounds each list of a site's page.
const shownRows = 100

func (s *Server) site(w http.ResponseWriter, req *http.Request) {
	r := s.reader(req)
	sv, ok := find(r.view, req.PathValue("id"))
	if !ok {
		p := wordsPage{Frame: s.frameFor(req, r.t("not_found")), Parts: []part{{Text: []string{r.t("no_page")}}}}
		p.Frame.take(r)
		p.Frame.status = http.StatusNotFound
		s.show(w, p.Frame, "words", p)
		return
	}
	p := sitePage{
		Frame: s.frameFor(req, sv.Site.Name), HSAID: sv.Site.HSAID, Routine: sv.Site.Routine,
		Contacts: r.contacts(sv.Site), Cases: r.caseRows(sv.Cases),
	}
	p.Frame.take(r)
	for _, c := range sv.Closets {
		p.Closets = append(p.Closets, closetRow{c.Name, r.contact(c), r.remark(c), statusBadge(c.Status, r.lang)})
	}
	s.history(req.Context(), &p, r, sv.Site)
	s.show(w, p.Frame, "site", p)
}

func find(v state.View, id string) (state.SiteView, bool) {
	for _, sv := range v.Sites {
		if sv.Site.ID == id {
			return sv, true
		}
	}
	return state.SiteView{}, false
}

// history fills what the store knows. A list that cannot be read is named on the
// page; the rest is shown.
func (s *Server) history(ctx context.Context, p *sitePage, r reader, site state.Site) {
	var missing []string
	failed := func(key string, err error) bool {
		if err != nil {
			s.w.Log.Error("page is incomplete", "list", key, "site", site.ID, "err", err)
			missing = append(missing, r.t(key))
		}
		return err != nil
	}
	if list, err := s.w.History.Alarms(ctx, site.ID, shownRows); !failed("alarms", err) {
		for _, a := range list {
			p.Alarms = append(p.Alarms, r.alarmRow(a, site.Kind))
		}
	}
	if list, err := s.w.History.Readings(ctx, site.ID); !failed("readings", err) {
		for _, x := range list {
			p.Readings = append(p.Readings, r.readingRow(x))
		}
	}
	if list, err := s.w.History.Events(ctx, site.ID, shownRows); !failed("events", err) {
		for _, e := range list {
			what := strings.TrimSpace(word(e.Name, r.lang) + " " + word(e.Text, r.lang))
			p.Events = append(p.Events, eventRow{e.At, closetName(e.Closet), what})
		}
	}
	if list, err := s.w.History.Gaps(ctx, site.ID, shownRows); !failed("gaps", err) {
		for _, g := range list {
			p.Gaps = append(p.Gaps, gapRow{closetName(g.Closet), r.lane(g.Lane), word(g.Why, r.lang), g.From, g.To})
		}
	}
	p.Frame.Missing = strings.Join(missing, ", ")
}

func (r reader) lane(lane string) string {
	if lane == "a" {
		return r.t("lane_a")
	}
	return r.t("lane_m")
}
