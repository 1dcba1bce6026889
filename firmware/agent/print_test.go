package agent

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rackvakt/snmp/poll"
	"rackvakt/snmp/session"
	"rackvakt/snmp/trap"
	"rackvakt/uplink/alarm"
)

var update = flag.Bool("update", false, "write the golden files anew")

// cutOff is a closet whose uplink port is down and which lacks several things.
func cutOff() Snapshot {
	at := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	return Snapshot{
		V: 1, At: at, Version: "1.0", Start: "00000000000000aa",
		Site: Site{Site: "kyrkeby", Closet: "plan1", Name: "Vårdcentralen Kyrkeby", Kind: alarm.RegionRun, ReserveRoutine: "Pappersrutin", Contact: "Receptionen"},
		Verdict: Verdict{Since: at.Add(-time.Minute), Class: alarm.Access, Party: alarm.RegionIT, Causes: []alarm.Cause{{
			Name: alarm.UplinkPortDown, For: []alarm.Evidence{{Say: "port_oper_down", Device: "sw1", Object: "1/49", Value: "down", AgeMS: 1200}}}}},
		Alarms: []Alarm{{Key: alarm.Key{Code: alarm.LinkDown, Object: "sw1/1/49"}, Severity: alarm.Critical, Class: alarm.Access, Party: alarm.RegionIT, Since: at.Add(-time.Minute),
			Evidence: []alarm.Evidence{{Say: "port_oper_down", Device: "sw1", Object: "1/49", Value: "down", AgeMS: 1200}}},
			{Key: alarm.Key{Code: alarm.PortNeighbour, Object: "sw1/1/12"}, Severity: alarm.Warning, Class: alarm.Switch, Party: alarm.RegionIT, Since: at.Add(-time.Hour),
				Evidence: []alarm.Evidence{{Say: "port_outlet", Device: "sw1", Object: "1/12", Value: "2.14-1"}, {Say: "port_room", Device: "sw1", Object: "1/12", Value: "204"},
					{Say: "port_neighbour", Device: "sw1", Object: "1/12", Value: "codec"}}}},
		Readings: []Reading{
			{Device: "climate", Object: "inlet", Name: "temperature_celsius", Value: "21.5 °C", Quality: "good", AgeMS: 2000},
			{Device: "door", Name: "door_open", Value: "open", Quality: "good"},
			{Device: "mains", Name: "mains_present", Quality: "stale", Reason: "too old", AgeMS: 95_000},
			{Device: "monitor", Name: "storage_free_bytes", Value: "7870107238 B", Quality: "good"},
		},
		Ports: []Port{{Device: "sw1", Port: "1/49", Alias: "mot regionen", Uplink: true, Admin: "up", Oper: "down"}, {Device: "sw1", Port: "1/1", Oper: "up"},
			{Device: "sw1", Port: "1/12", Important: true, Alias: "mötesrum", Oper: "up", Outlet: "2.14-1", Room: "204", Neighbour: "codec"}},
		Devices: []Device{{Name: "sw1", Kind: "switch", State: "answers", Model: "M-48",
			Poll: &poll.State{Sensors: 2, Profiles: []string{"x"}, Limits: session.Limits{Repetitions: 50, Largest: 1397, RoundTrip: 300 * time.Microsecond, Quirks: []string{session.QuirkSlow}}}}, {Name: "ups1", Kind: "ups", State: "silent", Reason: "no answer", AgeMS: 12_000}},
		Targets: []Target{{Name: "gateway", Layer: "gateway", Method: "tcp", StandIn: true, Result: "answers", RTT: "1.5 ms"}, {Name: "edge", Layer: "region", Method: "icmp", Result: "no answer", Reason: "no answer in time"}},
		Traps:   &Traps{"0.0.0.0:162", trap.Stats{Accepted: map[trap.Kind]int{trap.LinkDown: 1, trap.LinkUp: 2}, Dropped: map[trap.Reason]int{trap.WrongCommunity: 4, trap.Flood: 1}}},
		Outbox:  Outbox{Alarms: 3, Metrics: 12, AgeS: 61, Writable: true},
		Paths:   []Path{{Path: "fixed", Since: at.Add(-time.Minute), HeardS: 61, Fault: "connection lost"}},
		Lacks:   []Lack{{What: "broker", Object: "fixed", Why: "connect to collector.region.example:8883: dial tcp 10.20.30.40:8883: connect: connection refused"}, {What: "clock"}, {What: "ping"}},
		Config:  Config{ReloadGood: true, RestartNeeded: []string{"site.name"}},
	}
}

func TestPrint(t *testing.T) {
	time.Local = time.UTC
	for _, lang := range []alarm.Lang{alarm.Swedish, alarm.English} {
		var b strings.Builder
		if err := cutOff().Print(&b, lang); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "status."+string(lang)+".txt")
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), b.String()); d != "" {
			t.Errorf("%s: %s", lang, d)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > lineWidth {
				t.Errorf("%s: a line of %d characters: %s", lang, n, line)
			}
		}
	}
}

// Only a monitor that lacks nothing says that all is well.
func TestPrintOfAWellCloset(t *testing.T) {
	for _, c := range []struct {
		lacks []Lack
		want  string
	}{{nil, "All is well"}, {[]Lack{{What: "broker"}}, "No fault is seen from here, but"}} {
		var b strings.Builder
		if err := (Snapshot{Lacks: c.lacks}).Print(&b, alarm.English); err != nil || !strings.Contains(b.String(), c.want) {
			t.Errorf("%v: %s", err, b.String())
		}
	}
}

// Whatever a person reads exists in both languages.
func TestTextsAreComplete(t *testing.T) {
	check := func(what string, x alarm.Text) {
		if x.SV == "" || x.EN == "" {
			t.Errorf("%s: %+v", what, x)
		}
	}
	for k, x := range lackTexts {
		check(k, x)
	}
	for k, x := range words {
		check(k, x)
	}
	for k, x := range trapWords {
		check(k, x)
	}
	for _, r := range []trap.Reason{
		trap.Malformed, trap.Version, trap.WrongCommunity, trap.UnknownSender, trap.UnknownUser, trap.UnknownEngine, trap.Level, trap.WrongDigest,
		trap.NotInWindow, trap.Undecryptable, trap.Replayed, trap.NoNotification, trap.Flood, trap.Busy, trap.Discovery,
	} {
		check(string(r), trapWords[string(r)])
	}
}

// The snapshot for the region stays within a message however much there is.
func TestShortFits(t *testing.T) {
	s := cutOff()
	for range 9 {
		s.Readings = append(s.Readings, s.Readings...)
		s.Alarms = append(s.Alarms, s.Alarms...)
		s.Lacks = append(s.Lacks, s.Lacks...)
		s.Devices = append(s.Devices, s.Devices...)
		body, err := s.Short()
		if err != nil || len(body) > maxShort || !strings.Contains(string(body), "uplink_port_down") {
			t.Errorf("%d octets, %v", len(body), err)
		}
	}
	if len(s.Alarms) != 1024 || s.Alarms[0].Code != alarm.LinkDown {
		t.Error("the snapshot itself was cut")
	}
}
