package panel

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"rackvakt/firmware/agent"
	"rackvakt/sensors/output"
	"rackvakt/uplink/alarm"
)

var update = flag.Bool("update", false, "write the golden files")

// busy is a closet with something to say on every page.
func busy() *agent.Snapshot {
	s := cut(closet(heldDoor, linkDown, mains))
	s.Alarms[0].Since, s.Alarms[0].Object = noon.Add(-26*time.Hour), "dörr-syd"
	s.Alarms[1].Object = "sw1/1/48"
	s.Verdict = agent.Verdict{Since: noon, Class: alarm.Access, Party: alarm.RegionIT, Causes: []alarm.Cause{{Name: alarm.UplinkPortDown}}}
	s.Site.ReserveRoutine, s.Site.Contact = "Pappersrutin, pärmen i receptionen", "Receptionen, 010-000 00 00"
	s.Outbox.Alarms = 3
	s.Devices = []agent.Device{{Name: "sw1", State: "answers"}}
	s.Readings = []agent.Reading{
		{Device: "climate", Object: "ceiling", Name: "temperature_celsius", Quality: "fault", Reason: "no sensor or bad checksum"},
		{Device: "climate", Object: "inlet", Name: "relative_humidity_ratio", Value: "41 %", Quality: "good"},
		{Device: "climate", Object: "inlet", Name: "temperature_celsius", Value: "31.5 °C", Quality: "good"},
		{Device: "climate", Object: "inlet", Name: "time_to_hot_seconds", Value: "1130 s", Number: "1130", Quality: "good"},
		{Device: "door", Name: "door_open", Value: "open", Quality: "good"},
		{Device: "dörr-syd", Name: "door_open", Quality: "stale", Reason: "too old"},
		{Device: "lock", Name: "lock_locked", Value: "locked", Quality: "good"},
		{Device: "sw1", Object: "asic", Name: "temperature_celsius", Value: "61 °C", Quality: "good"},
	}
	return s
}

// text writes pages as they stand on the display, read back from the pictures.
func text(pages []output.Page) string {
	var b strings.Builder
	for _, p := range pages {
		picture := output.Render(p)
		for n, row := range picture.Text() {
			b.WriteString("|" + row + strings.Repeat(" ", output.Columns-utf8.RuneCountInString(row)) + "|\n")
			if n == 0 {
				b.WriteString("|" + strings.Repeat("-", output.Columns) + "|\n")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestPages(t *testing.T) {
	unset := cut(closet(linkDown))
	unset.ClockSynced, unset.Targets = false, nil // nothing is probed
	many := closet()
	for range 9 {
		many.Alarms = append(many.Alarms, heldDoor)
	}
	for name, s := range map[string]*agent.Snapshot{"well": closet(), "busy": busy(), "unset": unset, "many": many} {
		for _, lang := range []alarm.Lang{alarm.Swedish, alarm.English} {
			pages, state := pagesOf(s, 0, lang)
			if name == "busy" {
				pages, state = pagesOf(s, 29*time.Minute+time.Second, lang)
			}
			if want := frontTexts["state"].In(lang); !strings.HasPrefix(pages[state].Title, want) {
				t.Errorf("%s: the page of the state is %q", name, pages[state].Title)
			}
			got := text(pages)
			if strings.ContainsRune(got, '\ufffd') {
				t.Errorf("%s: a character that the font lacks:\n%s", name, got)
			}
			file := filepath.Join("testdata", name+"."+string(lang)+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs:\n%s", file, got)
			}
		}
	}
}

// Every text that can come to the display is in its font and in both languages.
func TestDisplayCanWriteEverything(t *testing.T) {
	var all []alarm.Text
	for key, text := range frontTexts {
		if text.SV == "" || text.EN == "" {
			t.Errorf("%q lacks a language", key)
		}
		all = append(all, text)
	}
	for _, row := range alarm.Catalogue() {
		all = append(all, row.Title)
	}
	for _, text := range all {
		for _, lang := range []alarm.Lang{alarm.Swedish, alarm.English} {
			for _, line := range output.Wrap(text.In(lang)) {
				picture := output.Render(output.Page{Lines: []string{line}})
				if got := picture.Text()[1]; got != strings.TrimRight(line, " ") {
					t.Errorf("%q is shown as %q", line, got)
				}
			}
		}
	}
}
