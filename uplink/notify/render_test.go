package notify_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/notify"
	"rackvakt/uplink/state"
)

var update = flag.Bool("update", false, "write the golden files anew")

var began = time.Date(2026, 3, 2, 9, 0, 3, 0, time.UTC)

func arvika() state.Site {
	return state.Site{
		ID: "arvika", Name: "Vårdcentralen Arvika", Area: "vast", Kind: alarm.RegionRun, HSAID: "SE2321000016-1A2B",
		Building: "Kv. Lyckan 3", Routine: "Reservrutin 4, pärmen i receptionen",
		Contacts: map[alarm.Party]state.Contact{
			alarm.RegionIT:      {Function: "IT Servicedesk", Phone: "010-555 01 00", Email: []string{"servicedesk@region.example"}},
			alarm.PropertyOwner: {Function: "Driftcentralen", Phone: "010-555 02 00", Email: []string{"drift@fastighet.example"}, Lang: "en"},
			alarm.CareProvider:  {Function: "IT-ombud", Phone: "010-555 03 00", Email: []string{"ombud@vc.example", "chef@vc.example"}},
		},
	}
}

func siteOf(id string) (state.Site, bool) {
	if id == "arvika" {
		return arvika(), true
	}
	return state.Site{ID: id, Name: "Vårdcentralen " + id}, id == "kil"
}

// notices are one of each kind, with what a property owner must not see.
func notices() map[string]state.Notice {
	all := []alarm.Party{alarm.RegionIT, alarm.PropertyOwner, alarm.CareProvider}
	silent := state.Case{
		ID: "260302-ABCDE", Site: "arvika", Closet: "plan1", Code: alarm.MonitorSilent, Severity: alarm.Critical, Class: alarm.Access, Party: alarm.RegionIT,
		Causes: []alarm.Cause{{Name: alarm.Undecided, Candidates: []alarm.CauseName{alarm.UplinkPortDown, alarm.SwitchDown, alarm.MainsLost}, Check: state.CheckCallSite,
			For: []alarm.Evidence{{Say: state.SayClosetSilent, AgeMS: 3500}, {Say: state.SayRouterAnswers}, {Say: state.SaySwitchSilent, Device: "sw1"}}}},
		Opened: began.Add(4 * time.Second), Start: began, SilentFrom: began, Seq: 1, Told: all,
	}
	closed := silent
	closed.Causes = []alarm.Cause{{Name: alarm.UplinkPortDown, For: []alarm.Evidence{{Say: "port_oper_down", Device: "sw1", Object: "Gi1/0/24", Value: "down"}, {Say: "target_silent", Object: "192.0.2.1"}},
		Against: []alarm.Evidence{{Say: "mains_present", Device: "mains"}}}}
	closed.Start, closed.End, closed.Measured = began.Add(400*time.Millisecond), began.Add(12*time.Minute+5*time.Second), true
	closed.Closed, closed.Reason, closed.Seq = began.Add(13*time.Minute), "restored", 2
	mains := state.Case{
		ID: "260302-FGHIJ", Site: "arvika", Closet: "plan1", Code: alarm.PowerMainsLost, Severity: alarm.Critical, Class: alarm.RoomPower, Party: alarm.PropertyOwner,
		Evidence: []alarm.Evidence{{Say: "mains_lost", Device: "mains"}, {Say: "on_battery", Device: "ups1", Object: "10.1.2.3"}}, Start: began, Measured: true, Seq: 1,
	}
	region := state.Case{
		ID: "260302-KLMNO", Sites: []string{"arvika", "kil"}, Code: alarm.RegionManySilent, Severity: alarm.Critical, Class: alarm.RegionCore, Party: alarm.RegionIT,
		Causes: []alarm.Cause{{Name: alarm.RegionCoreDown, For: []alarm.Evidence{{Say: state.SayOthersSilent, Value: "2"}}}}, Start: began, Seq: 1,
	}
	return map[string]state.Notice{
		"silent": {Kind: state.Opened, Seq: 1, Case: silent, Parties: all, At: silent.Opened},
		"closed": {Kind: state.Closed, Seq: 2, Case: closed, Parties: all, At: closed.Closed},
		"mains":  {Kind: state.Opened, Seq: 1, Case: mains, Parties: all, At: began},
		"region": {Kind: state.Opened, Seq: 1, Case: region, Parties: []alarm.Party{alarm.RegionIT}, At: began},
	}
}

func TestMessages(t *testing.T) {
	for name, n := range notices() {
		site, _ := siteOf(n.Case.Site)
		var names []string
		for _, id := range n.Case.Sites {
			s, _ := siteOf(id)
			names = append(names, s.Name)
		}
		for _, party := range n.Parties {
			for _, lang := range []alarm.Lang{alarm.Swedish, alarm.English} {
				m := notify.Render(n, site, names, notify.Reader{Party: party, Lang: lang, Page: "https://rackvakt.region.example/"})
				if len([]rune(m.Subject)) > 110 {
					t.Errorf("subject of %d letters: %s", len([]rune(m.Subject)), m.Subject)
				}
				golden(t, strings.Join([]string{name, string(party), string(lang)}, ".")+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (run with -update if that is meant):\n%s", name, d)
	}
}

// What a party must never see stands in none of its messages, whatever the case is.
func TestRedaction(t *testing.T) {
	address := regexp.MustCompile(`\d+\.\d+\.\d+\.\d+|Gi\d|sw1|ups1`)
	for name, n := range notices() {
		for _, party := range []alarm.Party{alarm.PropertyOwner, alarm.CareProvider} {
			for _, lang := range []alarm.Lang{alarm.Swedish, alarm.English} {
				site, _ := siteOf(n.Case.Site)
				m := notify.Render(n, site, nil, notify.Reader{Party: party, Lang: lang})
				if found := address.FindString(m.Subject + m.Text); found != "" {
					t.Errorf("%s to %s shows %s:\n%s", name, party, found, m.Text)
				}
				if party == alarm.PropertyOwner && strings.Contains(m.Text, "SE2321000016") {
					t.Errorf("%s to %s shows the unit's HSA-id", name, party)
				}
			}
		}
	}
}

func TestLasted(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 1600 * time.Millisecond: "2 s", 61 * time.Second: "1 min 1 s", 25 * time.Hour: "25 h 0 min",
	} {
		if got := notify.Lasted(d); got != want {
			t.Errorf("Lasted(%v) = %q, want %q", d, got, want)
		}
	}
}
