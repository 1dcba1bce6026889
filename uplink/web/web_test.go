package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/notify"
	"rackvakt/uplink/state"
	"rackvakt/uplink/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 3, 2, 9, 12, 30, 0, time.UTC)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// history is a store in memory; err makes every list fail.
type history struct{ err error }

func (h history) Cases(context.Context, string, int) ([]state.Case, error) {
	return []state.Case{openCase()}, h.err
}

func (h history) Alarms(context.Context, string, int) ([]state.Alarm, error) {
	since := reading.Stamp{Wall: now.Add(-2 * time.Hour), Synced: true}
	return []state.Alarm{
		{Closet: "arvika.plan1", By: state.ByCollector, From: now.Add(-10 * time.Minute), Case: "260302-ABCDE",
			Change: alarm.Change{Act: alarm.Raise, Key: alarm.Key{Code: alarm.MonitorSilent}, Occ: "c1", Severity: alarm.Critical}},
		{Closet: "arvika.plan1", By: state.ByCloset, From: now.Add(-2 * time.Hour), To: now.Add(-time.Hour),
			Change: alarm.Change{Act: alarm.Clear, Key: alarm.Key{Code: alarm.DoorHeld, Object: "dörr"}, Occ: "o1", Severity: alarm.Warning, Since: since, Reason: "restored"}},
	}, h.err
}

func (h history) Events(context.Context, string, int) ([]web.Event, error) {
	return []web.Event{{At: now.Add(-3 * time.Hour), Site: "arvika", Closet: "arvika.plan1", Name: "door_opened", Text: "<b>dörr</b>"}}, h.err
}

func (h history) Gaps(context.Context, string, int) ([]web.Gap, error) {
	return []web.Gap{{Closet: "arvika.plan1", Lane: "m", Why: "unclean_stop", To: now.Add(-4 * time.Hour)}}, h.err
}

func (h history) Readings(context.Context, string) ([]web.Reading, error) {
	return []web.Reading{
		{Closet: "arvika.plan1", Device: "inlet", Name: "temperature_celsius", Value: "21.4 °C", Quality: "good", At: now.Add(-4 * time.Second)},
		{Closet: "arvika.plan1", Device: "outlet", Name: "temperature_celsius", Value: "85 °C", Quality: "fault", Reason: "power-on value", At: now.Add(-90 * time.Second)},
		{Closet: "arvika.plan1", Device: "ups1", Name: "ups_charge_ratio", Value: "99 %", Quality: "stale", At: now.Add(-50 * time.Hour)},
		{Closet: "arvika.plan1", Device: "sw1", Object: "Gi1/0/1", Name: "interface_oper_status", Quality: "unknown"},
	}, h.err
}

func (h history) Deliveries(context.Context, string, int) ([]notify.Delivery, error) {
	return []notify.Delivery{{Key: "260302-ABCDE/opened/1/region_it/smtp", Case: "260302-ABCDE", Status: notify.Delivered}}, h.err
}

func openCase() state.Case {
	return state.Case{
		ID: "260302-ABCDE", Site: "arvika", Closet: "plan1", Code: alarm.MonitorSilent, Severity: alarm.Critical,
		Members: []string{"c1"}, Standing: []string{"c1"}, Class: alarm.Access, Party: alarm.RegionIT,
		Causes: []alarm.Cause{{Name: alarm.Undecided, Candidates: []alarm.CauseName{alarm.UplinkPortDown, alarm.SwitchDown},
			For: []alarm.Evidence{{Say: "router_answers"}, {Say: "switch_silent"}}, Check: "call_site"}},
		Opened: now.Add(-10 * time.Minute), Start: now.Add(-10 * time.Minute), SilentFrom: now.Add(-10 * time.Minute), Seq: 1,
	}
}

func view() state.View {
	arvika := state.Site{ID: "arvika", Name: "Vårdcentralen Arvika", Area: "vast", Kind: alarm.RegionRun, HSAID: "SE2321000016-1A2B", Routine: "Reservrutin 4",
		Contacts: map[alarm.Party]state.Contact{alarm.RegionIT: {Function: "IT Servicedesk", Phone: "010-555 01 00", Email: []string{"servicedesk@region.example"}}}}
	kil := state.Site{ID: "kil", Name: "Vårdcentralen <Kil> & Fagerås", Area: "vast", Kind: alarm.Private}
	grums := state.Site{ID: "grums", Name: "Fysioterapi Grums", Area: "vast", Kind: alarm.Physiotherapy}
	return state.View{At: now, Cases: []state.Case{openCase()}, Sites: []state.SiteView{
		{Site: arvika, Cases: []state.Case{openCase()}, Closets: []state.ClosetView{
			{ID: "arvika.plan1", Name: "plan1", Status: state.Silent, Since: now.Add(-10 * time.Minute), Heard: now.Add(-10 * time.Minute)},
			{ID: "arvika.plan2", Name: "plan2", Status: state.Online, Since: now.Add(-time.Hour), Heard: now.Add(-time.Second), Backlog: true},
		}},
		{Site: kil, Closets: []state.ClosetView{{ID: "kil.k1", Name: "k1", Status: state.Unknown, Reason: "collector_started"}}},
		{Site: grums, Closets: []state.ClosetView{{ID: "grums.k1", Name: "k1", Status: state.Stopped, Reason: "stopped", Heard: now.Add(-26 * time.Hour)}}},
	}}
}

func server(t *testing.T, h history, checks ...web.Check) http.Handler {
	t.Helper()
	reg := prometheus.NewRegistry()
	reg.MustRegister(web.Knowledge(view))
	s, err := web.New(web.DefaultOptions(), web.Wiring{View: view, History: h, Checks: checks, Metrics: reg, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (run with -update if that is meant):\n%s", name, d)
	}
}

func TestPages(t *testing.T) {
	h := server(t, history{})
	for _, page := range []struct{ name, path string }{{"start", "/"}, {"site", "/sites/arvika"}} {
		for _, lang := range []string{"sv", "en"} {
			w := get(t, h, page.path+"?lang="+lang)
			if w.Code != http.StatusOK {
				t.Fatalf("%s: status %d: %s", page.path, w.Code, w.Body)
			}
			golden(t, page.name+"."+lang+".html", w.Body.Bytes())
			checkPage(t, w, lang)
		}
	}
}

func TestAccessibilityStatement(t *testing.T) {
	h := server(t, history{})
	for lang, want := range map[string][]string{
		"sv": {"<h1>Tillgänglighet</h1>", "2018:1937", "Det här är inte kontrollerat", "IT Servicedesk", "DIGG"},
		"en": {"<h1>Accessibility</h1>", "WCAG 2.1", "What was not checked", "IT Servicedesk", "DIGG"},
	} {
		w := get(t, h, "/accessibility?lang="+lang)
		if w.Code != http.StatusOK || w.Header().Get("Refresh") != "" {
			t.Errorf("status %d, refresh %q", w.Code, w.Header().Get("Refresh"))
		}
		for _, x := range want {
			if !strings.Contains(w.Body.String(), x) {
				t.Errorf("%s lacks %q", lang, x)
			}
		}
		if link := `<a href="/accessibility?lang=` + lang + `">`; !strings.Contains(get(t, h, "/?lang="+lang).Body.String(), link) {
			t.Errorf("start page lacks %s", link)
		}
	}
}

// A page that is not there says so, and nothing about sites and cases.
func TestMissingSite(t *testing.T) {
	w := get(t, server(t, history{}), "/sites/none?lang=en")
	body := w.Body.String()
	if w.Code != http.StatusNotFound || !strings.Contains(body, "There is no such page") || !strings.Contains(body, "To the start page") {
		t.Errorf("status %d: %s", w.Code, body)
	}
	for _, bad := range []string{"No sites are configured", "No open cases", "<p></p>"} {
		if strings.Contains(body, bad) {
			t.Errorf("a missing page says %q", bad)
		}
	}
}

// checkPage holds what every page must have for people who do not see it, and
// what it must not load.
func checkPage(t *testing.T, w *httptest.ResponseRecorder, lang string) {
	t.Helper()
	body := w.Body.String()
	for _, want := range []string{`<html lang="` + lang + `">`, "<title>", "<h1>", `class="skip"`, `<main id="main"`, "<caption>", `scope="col"`, `scope="row"`} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	for _, bad := range []string{"<script", "style=", "http://", "https://", "<b>dörr</b>", "<Kil>", "onclick"} {
		if strings.Contains(body, bad) {
			t.Errorf("page holds %s", bad)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	if n := strings.Count(body, "<h1>"); n != 1 {
		t.Errorf("%d first headings", n)
	}
	for _, m := range regexp.MustCompile(`<span class="state [^"]*"><span aria-hidden="true">([^<]*)</span> ([^<]*)</span>`).FindAllStringSubmatch(body, -1) {
		if m[1] == "" || m[2] == "" {
			t.Errorf("a state rests on colour alone: %q", m[0])
		}
	}
}

func TestLanguage(t *testing.T) {
	h := server(t, history{})
	for _, c := range []struct{ path, accept, want string }{
		{"/", "", "sv"}, {"/", "en-GB,en;q=0.9", "en"}, {"/", "sv-SE,en;q=0.5", "sv"}, {"/", "de", "sv"}, {"/", ";;;", "sv"},
		{"/?lang=en", "sv", "en"}, {"/?lang=sv", "en", "sv"}, {"/?lang=xx", "en", "en"},
	} {
		w := get(t, h, c.path, "Accept-Language", c.accept)
		if got := w.Header().Get("Content-Language"); got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.path, c.accept, got, c.want)
		}
	}
}

func TestRefreshCanBeSwitchedOff(t *testing.T) {
	h := server(t, history{})
	if got := get(t, h, "/").Header().Get("Refresh"); got != "5" {
		t.Errorf("Refresh %q", got)
	}
	w := get(t, h, "/?refresh=off&lang=en")
	if got := w.Header().Get("Refresh"); got != "" {
		t.Errorf("switched off, but Refresh %q", got)
	}
	if !strings.Contains(w.Body.String(), `href="/sites/arvika?lang=en&amp;refresh=off"`) {
		t.Error("links do not keep the choices")
	}
}

func TestBrokenStoreIsNamed(t *testing.T) {
	h := server(t, history{err: errors.New("disk gone")})
	w := get(t, h, "/sites/arvika?lang=en")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Could not be read from the store: Alarms, Readings, Events, Times without data") {
		t.Errorf("status %d, page does not say what is missing", w.Code)
	}
	if w := get(t, h, "/api/v1/alarms"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("API status %d", w.Code)
	}
}

func TestAPI(t *testing.T) {
	h := server(t, history{})
	for _, path := range []string{"sites", "sites/arvika", "cases", "alarms?limit=5", "events?site=arvika", "gaps", "deliveries"} {
		w := get(t, h, "/api/v1/"+path)
		var got map[string]json.RawMessage
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: status %d, %v", path, w.Code, err)
		}
		key := strings.TrimSuffix(regexp.MustCompile(`[?/].*`).ReplaceAllString(path, ""), "")
		if path == "sites/arvika" {
			key = "site"
		}
		if len(got[key]) < 3 || got["at"] == nil {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, get(t, h, "/api/v1/sites").Body.Bytes(), "", " "); err != nil {
		t.Fatal(err)
	}
	golden(t, "sites.json", indented.Bytes())
	for path, want := range map[string]int{"/api/v1/sites/none": 404, "/sites/none": 404, "/api/v1/cases?limit=0": 400, "/api/v1/cases?limit=x": 400, "/nowhere": 404} {
		if w := get(t, h, path); w.Code != want {
			t.Errorf("%s: status %d, want %d", path, w.Code, want)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/cases", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", w.Code)
	}
}

func TestHealth(t *testing.T) {
	good := web.Check{Name: "store", Probe: func(context.Context) error { return nil }}
	bad := web.Check{Name: "broker", Probe: func(context.Context) error { return errors.New("not listening") }}
	if w := get(t, server(t, history{}, good), "/healthz"); w.Code != http.StatusOK {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	w := get(t, server(t, history{}, good, bad), "/healthz")
	want := `{"checks":[{"name":"store","ok":true},{"name":"broker","ok":false,"error":"not listening"}],"ok":false}`
	if w.Code != http.StatusServiceUnavailable || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestMetrics(t *testing.T) {
	body := get(t, server(t, history{}), "/metrics").Body.String()
	for _, want := range []string{`rackvakt_closets{status="silent"} 1`, `rackvakt_closets{status="online"} 1`, `rackvakt_open_cases{party="region_it"} 1`, "rackvakt_collector_deaf 0"} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

// Run listens only where it is told to, serves, and stops with its context.
func TestRun(t *testing.T) {
	o := web.DefaultOptions()
	o.Listen = "127.0.0.1:0"
	s, err := web.New(o, web.Wiring{View: view, History: history{}, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	for s.Addr() == "" {
		select {
		case err := <-done:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	resp, err := http.Get("http://" + s.Addr() + "/")
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("status %d, %v", resp.StatusCode, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	none, err := web.New(web.DefaultOptions(), web.Wiring{View: view, History: history{}, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	if err := none.Run(ctx); err != nil || none.Addr() != "" {
		t.Errorf("listens at %q without being told, %v", none.Addr(), err)
	}
}

func TestOptions(t *testing.T) {
	type file struct {
		Web web.Options `yaml:"web"`
	}
	good := file{Web: web.DefaultOptions()}
	if ps := strictyaml.Decode("c.yml", []byte("web:\n  listen: 127.0.0.1:8080\n"), &good); ps != nil {
		t.Errorf("refused: %v", ps)
	}
	bad := file{Web: web.DefaultOptions()}
	ps := strictyaml.Decode("c.yml", []byte("web:\n  listen: localhost\n  key: a.pem\n  refresh: 10ms\n"), &bad)
	want := `c.yml:2:3: web.listen: found "localhost"; want address:port, for example 127.0.0.1:8080
c.yml:4:3: web.refresh: found "10ms"; want at least 1s, for example 5s`
	if !strings.Contains(ps.Error(), strings.Split(want, "\n")[0]) || !strings.Contains(ps.Error(), strings.Split(want, "\n")[1]) || len(ps) != 3 {
		t.Errorf("got\n%v", ps)
	}
}

func TestNowOfACloset(t *testing.T) {
	s, err := web.New(web.DefaultOptions(), web.Wiring{
		View: func() state.View { return state.View{} }, History: history{}, Log: quiet(),
		Now: func(closet string) json.RawMessage {
			if closet == "arvika.plan1" {
				return json.RawMessage(`{"v":1}`)
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{"arvika.plan1": 200, "arvika.plan2": 404} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/closets/"+id+"/now", nil))
		if w.Code != want || want == 200 && !strings.Contains(w.Body.String(), `"now":{"v":1}`) {
			t.Errorf("%s: %d %s", id, w.Code, w.Body)
		}
	}
}
