package panel

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/uplink/alarm"
)

func cutOff() agent.Snapshot {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	return agent.Snapshot{V: 1, At: at, ClockSynced: true, Version: "1.0",
		Site: agent.Site{Site: "vc-arvika", Closet: "plan1", Name: "Vårdcentralen <Arvika>", Kind: alarm.RegionRun, ReserveRoutine: "Reservrutin 4"},
		Verdict: agent.Verdict{Since: at, Class: alarm.Access, Party: alarm.RegionIT, Causes: []alarm.Cause{{Name: alarm.UplinkPortDown,
			For: []alarm.Evidence{{Say: "port_oper_down", Device: "sw1", Object: "1/48", Value: "down"}}}}},
		Alarms: []agent.Alarm{{Key: alarm.Key{Code: alarm.PortNeighbour, Object: "sw1/1/4"}, Severity: alarm.Warning, Class: alarm.Switch, Party: alarm.RegionIT,
			Evidence: []alarm.Evidence{{Say: "port_outlet", Device: "sw1", Object: "1/4", Value: "3.01-2"}, {Say: "port_room", Device: "sw1", Object: "1/4", Value: "301"}}}},
		Readings: []agent.Reading{
			{Device: "climate", Object: "inlet", Name: "temperature_celsius", Value: "21.5 °C", Quality: "good", AgeMS: 2000},
			{Device: "door", Name: "door_open", Quality: "unknown", Reason: "line gone"},
			{Device: "mains", Name: "mains_present", Value: "lost", Quality: "good"},
			{Device: "cooling", Name: "cooling_alarm", Value: "yes", Quality: "good"},
			{Device: "sw1", Object: "1/1", Name: "interface_receive_bytes_total", Value: "7 B", Quality: "good"}},
		Ports: []agent.Port{{Device: "sw1", Port: "1/48", Uplink: true, Oper: "down"}, {Device: "sw1", Port: "1/2", Oper: "unknown", Reason: "no answer"},
			{Device: "sw1", Port: "1/3", Oper: "up", Alias: "mötesrum", Outlet: "2.14-1", Room: "204", Neighbour: "codec"}},
		Devices: []agent.Device{{Name: "sw1", State: "answers"}},
		Targets: []agent.Target{{Name: "gateway", Layer: "gateway", Result: "no answer", Reason: "no answer in time"}},
		Lacks:   []agent.Lack{{What: "collector", Why: "no ack"}}}
}

func get(t *testing.T, ask agent.Asker, target, accept string) (int, string) {
	t.Helper()
	p, err := New(ask, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", target, nil)
	r.Header.Set("Accept-Language", accept)
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func asker(s agent.Snapshot, err error) agent.Asker {
	return func(context.Context) (agent.Snapshot, error) { return s, err }
}

func TestPageShowsWhatStatusShows(t *testing.T) {
	for lang, wants := range map[string][]string{
		"sv": {`lang="sv"`, alarm.CauseTitle(alarm.UplinkPortDown, "sv"), "Åtgärdas av", "Region IT", "Reservrutin 4", "linjen är borta", "inget svar i tid", "21,5 °C", "mötesrum; uttag 2.14-1, rum 204; codec", `<td class="bad">borta</td>`, `<td class="bad">ja</td>`, "uttag 3.01-2 i rum 301", "okänt", "Övervakningen saknar", "2026-03-02 10:00:00"},
		"en": {`lang="en"`, alarm.CauseTitle(alarm.UplinkPortDown, "en"), "To be handled by", "21.5 °C", "mötesrum; outlet 2.14-1, room 204; codec", "unknown", "The monitor lacks", "towards the region"},
	} {
		code, body := get(t, asker(cutOff(), nil), "/?lang="+lang, "")
		if code != 200 {
			t.Errorf("%s: status %d", lang, code)
		}
		for _, want := range append(wants, "Vårdcentralen &lt;Arvika&gt;", `class="bad">`) {
			if !strings.Contains(body, want) {
				t.Errorf("%s: page lacks %q", lang, want)
			}
		}
		if strings.Contains(body, "interface_receive_bytes_total") || strings.Contains(body, "7 B") {
			t.Errorf("%s: page shows counters", lang)
		}
	}
}

func TestNothingFromOutsideAndNoScript(t *testing.T) {
	_, body := get(t, asker(cutOff(), nil), "/", "")
	for _, bad := range []string{"<script", "http://", "https://", "src=", "@import", "url("} {
		if strings.Contains(body, bad) {
			t.Errorf("page holds %q", bad)
		}
	}
}

func TestSilentMonitorIsUnknownNotGood(t *testing.T) {
	code, body := get(t, asker(agent.Snapshot{}, errors.New("busy")), "/", "en-GB,sv;q=0.5")
	if code != 503 || !strings.Contains(body, "unknown") || strings.Contains(body, texts["good"].EN) {
		t.Errorf("status %d, page %s", code, body)
	}
}

func TestEveryTextHasBothLanguages(t *testing.T) {
	used := regexp.MustCompile(`\.T\.(\w+)`).FindAllStringSubmatch(pageHTML, -1)
	for _, u := range used {
		if _, ok := texts[u[1]]; !ok {
			t.Errorf("the page uses the text %q, which is not there", u[1])
		}
	}
	for _, table := range []map[string]alarm.Text{texts, words, sensorNames} {
		for key, text := range table {
			if text.SV == "" || text.EN == "" {
				t.Errorf("%q lacks a language", key)
			}
		}
	}
}

// Only a way out on which something answers is whole.
func TestWayOut(t *testing.T) {
	for result, want := range map[string]string{"answers": "✓ The way out is whole", "refused": "✓ The way out is whole", "no answer": "? The way out is unknown", "unknown": "? The way out is unknown"} {
		s := cutOff()
		s.Verdict.Causes, s.Targets[0].Result = nil, result
		if _, body := get(t, asker(s, nil), "/?lang=en", ""); !strings.Contains(body, want) {
			t.Errorf("%s: no %q", result, want)
		}
	}
}
