package notify_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/notify"
	"rackvakt/uplink/notify/notifytest"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// start runs a Dispatcher until the test ends.
func start(t *testing.T, o notify.Options, w notify.Wiring) *notify.Dispatcher {
	t.Helper()
	w.Log, w.Site = quiet(), siteOf
	d, err := notify.New(o, w)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return d
}

func relay(t *testing.T, r *notifytest.Relay) notify.Options {
	t.Helper()
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	o := notify.DefaultOptions()
	o.SMTP.Address, o.SMTP.From, o.SMTP.TLS = r.Address(), "rackvakt@region.example", notify.TLSNone
	o.FirstRetry = 10 * time.Millisecond
	return o
}

// until waits for the queue to look as ok says; it has the test's own time.
func until(t *testing.T, q *notifytest.Queue, what string, ok func([]notify.Delivery) bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok(q.All()) {
			return
		}
	}
	t.Fatalf("%s did not come: %+v", what, q.All())
}

func all(s notify.Status, n int) func([]notify.Delivery) bool {
	return func(ds []notify.Delivery) bool {
		return len(ds) == n && !slices.ContainsFunc(ds, func(d notify.Delivery) bool { return d.Status != s })
	}
}

// Every party gets its own message at its own addresses, and the messages of one
// case make one thread.
func TestMail(t *testing.T) {
	r, q := &notifytest.Relay{}, &notifytest.Queue{}
	d := start(t, relay(t, r), notify.Wiring{Queue: q})
	ns := notices()
	for _, n := range []string{"silent", "closed", "silent"} { // handed in again: nothing more
		if err := d.Notify(t.Context(), ns[n]); err != nil {
			t.Fatal(err)
		}
	}
	until(t, q, "six delivered messages", all(notify.Delivered, 6))
	mails := r.Mails()
	if len(mails) != 6 {
		t.Fatalf("%d mails", len(mails))
	}
	first, last := mails[0].Data, mails[3].Data
	if want := []string{"servicedesk@region.example"}; !slices.Equal(mails[0].To, want) || mails[0].From != "rackvakt@region.example" {
		t.Errorf("from %s to %v", mails[0].From, mails[0].To)
	}
	if len(mails[2].To) != 2 {
		t.Errorf("care provider's addresses: %v", mails[2].To)
	}
	for _, want := range []string{"Message-ID: <260302-ABCDE.1.region_it@region.example>\n", "Auto-Submitted: auto-generated\n", "X-Rackvakt-Key: 260302-ABCDE/opened/1/region_it/smtp\n"} {
		if !strings.Contains(first, want) {
			t.Errorf("first message lacks %q:\n%s", want, first)
		}
	}
	for _, want := range []string{"Message-ID: <260302-ABCDE.2.region_it@region.example>\n", "In-Reply-To: <260302-ABCDE.1.region_it@region.example>\n", "References: <260302-ABCDE.1.region_it@region.example>\n"} {
		if !strings.Contains(last, want) {
			t.Errorf("closing message lacks %q:\n%s", want, last)
		}
	}
}

// A relay without TLS gets nothing where TLS is required, and nothing is lost.
func TestMailNeedsTLS(t *testing.T) {
	r, q := &notifytest.Relay{}, &notifytest.Queue{}
	o := relay(t, r)
	o.SMTP.TLS = notify.TLSRequired
	d := start(t, o, notify.Wiring{Queue: q})
	if err := d.Notify(t.Context(), notices()["region"]); err != nil {
		t.Fatal(err)
	}
	until(t, q, "a try", func(ds []notify.Delivery) bool { return len(ds) == 1 && ds[0].Tries > 1 })
	if ds := q.All(); ds[0].Status != notify.Waiting || len(r.Mails()) != 0 {
		t.Errorf("%+v, %d mails", ds[0], len(r.Mails()))
	}
}

func TestMailOverTLS(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler()) // lends its certificate, which names 127.0.0.1
	defer web.Close()
	r, q := &notifytest.Relay{TLS: web.TLS.Clone()}, &notifytest.Queue{}
	o := relay(t, r)
	o.SMTP.TLS = notify.TLSRequired
	d := start(t, o, notify.Wiring{Queue: q, TLS: web.Client().Transport.(*http.Transport).TLSClientConfig})
	if err := d.Notify(t.Context(), notices()["region"]); err != nil {
		t.Fatal(err)
	}
	until(t, q, "a delivered message", all(notify.Delivered, 1))
	if !r.Mails()[0].Secure {
		t.Error("sent in plain text")
	}
}

func TestMailRefusals(t *testing.T) {
	for _, c := range []struct {
		reply  string
		status notify.Status
	}{{"550 5.1.1 no such user", notify.Failed}, {"451 4.3.0 later", notify.Waiting}, {"421 4.3.2 closing", notify.Waiting}} {
		r, q := &notifytest.Relay{Reply: func(verb, _ string) string {
			if verb == "RCPT" {
				return c.reply
			}
			return ""
		}}, &notifytest.Queue{}
		d := start(t, relay(t, r), notify.Wiring{Queue: q})
		if err := d.Notify(t.Context(), notices()["region"]); err != nil {
			t.Fatal(err)
		}
		until(t, q, "a try", func(ds []notify.Delivery) bool { return len(ds) == 1 && ds[0].Tries > 0 })
		if got := q.All()[0]; got.Status != c.status || got.Error == "" {
			t.Errorf("%s: %s, %q", c.reply, got.Status, got.Error)
		}
	}
}

func secret(t *testing.T) strictyaml.Secret {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("hemligt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return strictyaml.Secret{File: path}
}

// hooks returns options with one webhook at url.
func hooks(t *testing.T, url string, limited bool) notify.Options {
	o := notify.DefaultOptions()
	o.FirstRetry = 10 * time.Millisecond
	var w notify.Webhook
	w.SetDefaults()
	w.Name, w.URL, w.Secret, w.Limited = "desk", url, secret(t), limited
	o.Webhooks = []notify.Webhook{w}
	return o
}

func TestWebhook(t *testing.T) {
	type post struct {
		head http.Header
		body string
	}
	got := make(chan post, 10)
	fails := 2
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- post{r.Header, string(body)}
		if fails > 0 {
			fails--
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer srv.Close()
	q := &notifytest.Queue{}
	d := start(t, hooks(t, srv.URL, false), notify.Wiring{Queue: q})
	if err := d.Notify(t.Context(), notices()["closed"]); err != nil {
		t.Fatal(err)
	}
	until(t, q, "a delivered message", all(notify.Delivered, 1))
	var p post
	for range 3 {
		p = <-got
		if err := notify.Verify("hemligt", p.head, p.body, time.Now(), time.Minute); err != nil {
			t.Error(err)
		}
		if p.head.Get(notify.HeaderKey) != "260302-ABCDE/closed/2/region_it/webhook:desk" || p.head.Get(notify.HeaderVersion) != "1" {
			t.Errorf("headers %v", p.head)
		}
	}
	for what, err := range map[string]error{
		"another body": notify.Verify("hemligt", p.head, p.body+" ", time.Now(), time.Minute),
		"another key":  notify.Verify("annat", p.head, p.body, time.Now(), time.Minute),
		"played again": notify.Verify("hemligt", p.head, p.body, time.Now().Add(time.Hour), time.Minute),
	} {
		if err == nil {
			t.Errorf("%s was verified", what)
		}
	}
	var b notify.Payload
	if err := json.Unmarshal([]byte(p.body), &b); err != nil {
		t.Fatal(err)
	}
	if b.Version != 1 || b.Case != "260302-ABCDE" || b.Verdict[0].Name != alarm.UplinkPortDown || b.Owner.Party != alarm.RegionIT || !b.Measured || b.Seconds != 724 || b.Routine == "" {
		t.Errorf("body %s", p.body)
	}
	if d := q.All()[0]; d.Tries != 3 {
		t.Errorf("%d tries", d.Tries)
	}
}

// A cloud service learns site, code and case number, and nothing that tells more.
func TestLimitedWebhook(t *testing.T) {
	got := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- string(body)
	}))
	defer srv.Close()
	q := &notifytest.Queue{}
	d := start(t, hooks(t, srv.URL, true), notify.Wiring{Queue: q})
	if err := d.Notify(t.Context(), notices()["silent"]); err != nil {
		t.Fatal(err)
	}
	want := `{"version":1,"key":"260302-ABCDE/opened/1/region_it/webhook:desk","kind":"opened","case":"260302-ABCDE","code":"monitor.silent","site":{"id":"arvika"}}`
	if body := <-got; body != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

func TestOptions(t *testing.T) {
	type file struct {
		Notify notify.Options `yaml:"notify"`
	}
	good := `notify:
  page: https://rackvakt.region.example
  smtp: {address: "smtp.region.example:587", from: rackvakt@region.example, username: u, password: {file: /etc/pass}}
  webhooks:
    - {name: desk, url: "https://desk.example/in", secret: {file: /etc/key}, limited: true}
`
	f := file{notify.DefaultOptions()}
	if ps := strictyaml.Decode("c.yml", []byte(good), &f); ps != nil {
		t.Fatalf("refused: %v", ps)
	}
	if w := f.Notify.Webhooks[0]; w.Timeout != 10*time.Second || w.Lang != "sv" {
		t.Errorf("defaults of a webhook: %+v", w)
	}
	bad := `notify:
  page: rackvakt
  smtp: {address: smtp.region.example, from: nobody, tls: maybe}
  webhooks:
    - {name: desk, url: "ftp://desk", lang: de, parties: [janitor]}
`
	f = file{notify.DefaultOptions()}
	ps := strictyaml.Decode("c.yml", []byte(bad), &f)
	for _, key := range []string{"notify.page", "notify.smtp.address", "notify.smtp.from", "notify.smtp.tls", "notify.webhooks[0].url", "notify.webhooks[0].secret", "notify.webhooks[0].lang", "notify.webhooks[0].parties"} {
		if !slices.ContainsFunc(ps, func(p strictyaml.Problem) bool { return p.Key == key }) {
			t.Errorf("%s was accepted; problems:\n%v", key, ps)
		}
	}
}

// The address of a webhook may hold a secret: what is told of a delivery does not.
func TestWebhookAddressIsNotTold(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	for _, open := range []bool{true, false} {
		if !open {
			srv.Close()
		}
		q := &notifytest.Queue{}
		d := start(t, hooks(t, srv.URL+"/hook?token=geheim", false), notify.Wiring{Queue: q})
		if err := d.Notify(t.Context(), notices()["silent"]); err != nil {
			t.Fatal(err)
		}
		until(t, q, "a refused message", func(ds []notify.Delivery) bool { return len(ds) > 0 && ds[0].Error != "" })
		if told, err := json.Marshal(q.All()); err != nil || strings.Contains(string(told), "geheim") {
			t.Errorf("%s, %v", told, err)
		}
	}
}

// Who has taken a case on may be a person: Region IT alone is told.
func TestAcknowledgerIsForTheRegion(t *testing.T) {
	n := notices()["mains"]
	n.Case.AckedBy = "någon i beredskap"
	site, _ := siteOf(n.Case.Site)
	for _, party := range n.Parties {
		m := notify.Render(n, site, nil, notify.Reader{Party: party, Lang: alarm.Swedish})
		if got := strings.Contains(m.Text, n.Case.AckedBy); got != (party == alarm.RegionIT) {
			t.Errorf("%s is told: %v", party, got)
		}
	}
}
