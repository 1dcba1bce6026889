package alarm_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rackvakt/uplink/alarm"
)

func TestCatalogueIsWhole(t *testing.T) {
	seen := map[alarm.Code]bool{}
	for _, row := range alarm.Catalogue() {
		if seen[row.Code] || !regexp.MustCompile(`^[a-z]+\.[a-z_]+(:[a-z]+)?$`).MatchString(string(row.Code)) {
			t.Errorf("%s: malformed or twice", row.Code)
		}
		for _, text := range []alarm.Text{row.Title, row.Sentence} {
			if text.SV == "" || text.EN == "" {
				t.Errorf("%s lacks a text: %+v", row.Code, text)
			}
		}
		if !strings.HasSuffix(row.Sentence.SV, ".") || !strings.HasSuffix(row.Sentence.EN, ".") {
			t.Errorf("%s: a sentence ends in a full stop: %+v", row.Code, row.Sentence)
		}
		if !slices.Contains(alarm.Classes(), row.Class) {
			t.Errorf("%s: class %q", row.Code, row.Class)
		}
		for _, p := range row.DependsOn {
			if !seen[p] {
				t.Errorf("%s depends on %s, which does not stand before it", row.Code, p)
			}
		}
		seen[row.Code] = true
	}
}

func TestEveryDefaultOfTheResponsibilityTable(t *testing.T) {
	const it, owner, care = alarm.RegionIT, alarm.PropertyOwner, alarm.CareProvider
	want := map[alarm.Class][3]alarm.Party{
		"switch": {it, it, care}, "access": {it, it, care}, "internet": {it, it, care},
		"region_core": {it, it, it}, "sjunet": {it, it, it}, "service": {it, it, it}, "monitor": {it, it, it},
		"room_power": {owner, care, care}, "cooling": {owner, care, care}, "water": {owner, care, care}, "fire": {owner, care, care},
		"door": {care, care, care}, "lock": {owner, care, care}, "cabling": {owner, care, care}, "outlet": {owner, care, care},
		"printer": {care, care, care},
	}
	if len(alarm.Classes()) != len(want) || len(alarm.Classes()) != 16 {
		t.Errorf("%d classes, %d in the test", len(alarm.Classes()), len(want))
	}
	for _, class := range alarm.Classes() {
		for i, kind := range alarm.Kinds() {
			if got := alarm.Responsible(kind, class, nil); got != want[class][i] {
				t.Errorf("%s at %s: %s, want %s", class, kind, got, want[class][i])
			}
		}
	}
	own := map[alarm.Class]alarm.Party{alarm.Cabling: alarm.PropertyOwner}
	if alarm.Responsible(alarm.Private, alarm.Cabling, own) != owner || alarm.Responsible(alarm.Private, alarm.Outlet, own) != care {
		t.Error("a site's own word wins, for its class only")
	}
	if alarm.Responsible("castle", alarm.Water, nil) != it || alarm.Responsible(alarm.RegionRun, "moat", nil) != it {
		t.Error("what is not known is Region IT's")
	}
}

func TestCausesHaveRemedies(t *testing.T) {
	want := map[alarm.CauseName]alarm.Remedy{
		"mains_lost": {Code: "power.mains_lost", Class: "room_power"}, "switch_down": {Code: "switch.unreachable", Class: "switch"},
		"uplink_port_down": {Code: "link.down", Class: "access"}, "access_down": {Code: "path.down:region", Class: "access"},
		"region_core": {Code: "region.many_silent", Class: "region_core"}, "sjunet_down": {Code: "path.down:sjunet", Class: "sjunet"},
		"service_down": {Code: "service.down", Class: "service"}, "monitor_fault": {Code: "monitor.connection", Class: "monitor"},
		"unknown": {Code: "path.down:region", Class: "access"},
	}
	for _, name := range alarm.CauseNames() {
		for _, kind := range []alarm.SiteKind{alarm.RegionRun, alarm.Private} {
			if got := alarm.RemedyOf(name, kind); got != want[name] {
				t.Errorf("%s at %s: %+v, want %+v", name, kind, got, want[name])
			}
		}
		if _, ok := alarm.Lookup(alarm.RemedyOf(name, alarm.RegionRun).Code); !ok {
			t.Errorf("%s: its code is not in the catalogue", name)
		}
	}
	if got := alarm.RemedyOf(alarm.AccessDown, alarm.Physiotherapy); got != (alarm.Remedy{Code: alarm.PathDownInternet, Class: alarm.Internet}) {
		t.Errorf("physiotherapy: %+v", got)
	}
}

func TestTold(t *testing.T) {
	for _, x := range []struct {
		party alarm.Party
		class alarm.Class
		want  bool
	}{
		{alarm.RegionIT, alarm.Water, true}, {alarm.RegionIT, alarm.Door, true},
		{alarm.PropertyOwner, alarm.RoomPower, true}, {alarm.PropertyOwner, alarm.Cooling, true}, {alarm.PropertyOwner, alarm.Lock, true},
		{alarm.PropertyOwner, alarm.Door, false}, {alarm.PropertyOwner, alarm.Sjunet, false}, {alarm.PropertyOwner, alarm.Switch, false}, {alarm.PropertyOwner, alarm.Monitor, false},
		{alarm.CareProvider, alarm.Access, true}, {alarm.CareProvider, alarm.Sjunet, true}, {alarm.CareProvider, alarm.Door, true}, {alarm.CareProvider, alarm.Monitor, false},
	} {
		if got := alarm.Told(x.party, alarm.RegionRun, x.class, nil); got != x.want {
			t.Errorf("%s is told of %s: %v", x.party, x.class, got)
		}
	}
	if !alarm.Told(alarm.PropertyOwner, alarm.RegionRun, alarm.Cabling, nil) || alarm.Told(alarm.PropertyOwner, alarm.Private, alarm.Cabling, nil) {
		t.Error("who must act is told")
	}
}

// Every word that may be shown has both languages; every kind of evidence, check
// and reason that the sources use has its row.
func TestEveryWordHasBothLanguages(t *testing.T) {
	both := func(what, sv, en string) {
		if sv == "" || en == "" {
			t.Errorf("%s: sv %q, en %q", what, sv, en)
		}
	}
	for _, p := range alarm.Parties() {
		both(string(p), alarm.PartyName(p, alarm.Swedish), alarm.PartyName(p, alarm.English))
	}
	for _, c := range alarm.Classes() {
		both(string(c), alarm.ClassName(c, alarm.Swedish), alarm.ClassName(c, alarm.English))
	}
	for _, c := range alarm.CauseNames() {
		both(string(c), alarm.CauseTitle(c, alarm.Swedish), alarm.CauseTitle(c, alarm.English))
	}
	for s := alarm.Info; s <= alarm.Critical; s++ {
		both("severity", alarm.SeverityName(s, alarm.Swedish), alarm.SeverityName(s, alarm.English))
	}
	for _, r := range []string{alarm.ReasonRestored, alarm.ReasonNotWatched, alarm.ReasonLostByCloset, alarm.ReasonVerdict, alarm.ReasonSeverity, alarm.ReasonFlapping, alarm.ReasonSteady} {
		both(r, alarm.ReasonText(r, alarm.Swedish), alarm.ReasonText(r, alarm.English))
	}
	source := sources(t)
	for _, m := range regexp.MustCompile(`(?:undecided\(|, c\.Check = .*?, )"(\w+)"`).FindAllStringSubmatch(source, -1) {
		both("check "+m[1], alarm.CheckText(m[1], alarm.Swedish), alarm.CheckText(m[1], alarm.English))
	}
	for _, m := range regexp.MustCompile(`say := "(door_\w+)"|say = "(door_\w+)"`).FindAllStringSubmatch(source, -1) {
		both("event "+m[1]+m[2], alarm.HappeningText(m[1]+m[2], alarm.Swedish), alarm.HappeningText(m[1]+m[2], alarm.English))
	}
	events := regexp.MustCompile(`Happening\{Say: "(\w+)"`).FindAllStringSubmatch(source, -1)
	for _, m := range events {
		both("event "+m[1], alarm.HappeningText(m[1], alarm.Swedish), alarm.HappeningText(m[1], alarm.English))
	}
	said := regexp.MustCompile(`(?:[^g]\{Say: |said\(|say: +|\{reading\.Label\w+, |sayExpected = |observed\(|evidence\(|ev\.Say.* = |pointRule\([^"]*?, |say [:]?= |complain\([^"]*?, |\{(?:Climate|Door)\w+, )"(\w+)"`).FindAllStringSubmatch(source, -1)
	if len(said) < 65 || len(events) == 0 {
		t.Fatalf("only %d kinds of evidence found in the sources", len(said))
	}
	for _, m := range said {
		if strings.HasPrefix(m[1], "door_") && m[1] != "door_open" {
			continue
		}
		for _, l := range []alarm.Lang{alarm.Swedish, alarm.English} {
			text := alarm.Evidence{Say: m[1], Value: "x"}.Render(alarm.View{Party: alarm.RegionIT, Lang: l})
			if text == "" || text == m[1] {
				t.Errorf("evidence %q has no text in %s", m[1], l)
			}
		}
	}
}

func sources(t *testing.T) string {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var all strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(src)
	}
	return all.String()
}

// What a property owner must never see is put into every field that may hold a
// name; nothing of it is in any text. A care provider sees no address either.
func TestRedaction(t *testing.T) {
	secrets := []string{"10.20.30.40", "fe80::1:2", "00:1b:54:aa:bb:cc", "Gi1/0/48", "kontaktperson@vard", "sw-arv-01"}
	for _, m := range regexp.MustCompile(`(?m)^\t"(\w+)": +\{Text:`).FindAllStringSubmatch(sources(t), -1) {
		for _, secret := range secrets {
			e := alarm.Evidence{Say: m[1], Device: secret, Object: secret, Value: secret, AgeMS: 5000}
			noSecret(t, e, secret)
		}
	}
	e := alarm.Evidence{Say: "from_a_later_version", Device: "10.20.30.40"}
	noSecret(t, e, "10.20.30.40")
	if !strings.Contains(e.Render(alarm.View{Party: alarm.RegionIT}), "10.20.30.40") {
		t.Error("Region IT sees what has no row")
	}
	full := alarm.Evidence{Say: "port_oper_down", Device: "sw1", Object: "Gi1/0/48"}
	if got := full.Render(alarm.View{Party: alarm.RegionIT, Lang: alarm.English}); got != "sw1/Gi1/0/48: the connection is down" {
		t.Errorf("Region IT sees %q", got)
	}
	if got := (alarm.Evidence{Say: "others_silent"}).Render(alarm.View{Party: alarm.CareProvider}); got != "" {
		t.Errorf("other sites: %q", got)
	}
	if got := (alarm.Evidence{Say: "value_high", Object: "x", Value: "30.5 °C", AgeMS: 3000}).Render(alarm.View{Party: alarm.PropertyOwner}); got != "för högt värde, 30,5 °C (för 3 s sedan)" {
		t.Errorf("measured: %q", got)
	}
}

// noSecret renders e in every place where it may stand.
func noSecret(t *testing.T, e alarm.Evidence, secret string) {
	t.Helper()
	for _, party := range []alarm.Party{alarm.PropertyOwner, alarm.CareProvider, "stranger"} {
		if party == alarm.CareProvider && secret == "sw-arv-01" {
			continue
		}
		for _, l := range []alarm.Lang{alarm.Swedish, alarm.English} {
			for _, row := range alarm.Catalogue() {
				c := alarm.Change{Key: alarm.Key{Code: row.Code, Object: secret}, Class: row.Class, Evidence: []alarm.Evidence{e},
					Causes: []alarm.Cause{{Name: alarm.Undecided, For: []alarm.Evidence{e}, Against: []alarm.Evidence{e}, Candidates: []alarm.CauseName{alarm.SwitchDown}, Check: "call_site"}}}
				if all := flat(c.Render(alarm.View{Party: party, Lang: l})); strings.Contains(all, secret) {
					t.Fatalf("%s %s: %s shows %q: %s", party, row.Code, e.Say, secret, all)
				}
			}
		}
	}
}

func flat(m alarm.Message) string {
	parts := append([]string{m.Title, m.Sentence, m.Severity, m.Class, m.Object, m.Reason}, m.Evidence...)
	for _, c := range m.Causes {
		parts = append(parts, string(c.Name), c.Title, c.Check)
		parts = append(parts, slices.Concat(c.For, c.Against, c.Candidates)...)
	}
	return strings.Join(parts, "|")
}

// A real change of a real closet, as each party reads it.
func TestRenderOfACut(t *testing.T) {
	c := settled(t)
	c.set(uplink, 2)
	c.dead(path...)
	c.run(8e9)
	ch := c.find(alarm.Raise, alarm.PathDownRegion)
	for _, x := range []struct {
		view alarm.View
		want []string
		not  []string
	}{
		{alarm.View{Party: alarm.RegionIT}, []string{"Sjunet-förbindelsen bruten", "sw1/Gi1/0/48: anslutningen är nere", "anslutning till regionens nät"}, nil},
		{alarm.View{Party: alarm.CareProvider}, []string{"anslutningen är nere", "anslutningen ut från nätskåpet är avbruten"}, []string{"Gi1/0/48", "sw1"}},
		{alarm.View{Party: alarm.PropertyOwner, Lang: alarm.English}, []string{"Sjunet connection lost", "the connection is down"}, []string{"Gi1/0/48", "sw1", "edge"}},
	} {
		all := flat(ch.Render(x.view))
		for _, w := range x.want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: lacks %q: %s", x.view.Party, w, all)
			}
		}
		for _, w := range x.not {
			if strings.Contains(all, w) {
				t.Errorf("%s: shows %q: %s", x.view.Party, w, all)
			}
		}
	}
}
