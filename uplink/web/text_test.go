package web

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
)

// Every text exists in both languages, and they differ where words do.
func TestBothLanguages(t *testing.T) {
	check := func(key string, x alarm.Text) {
		if x.SV == "" || x.EN == "" {
			t.Errorf("%s: %q / %q", key, x.SV, x.EN)
		}
	}
	for key, x := range texts {
		check(key, x)
	}
	for key, x := range words {
		check(key, x)
	}
	for key, x := range statuses {
		check(string(key), x)
	}
	if len(statuses) != len(worst) || len(statuses) != len(signs) {
		t.Error("a status lacks its word, its sign or its rank")
	}
}

// Every key in a template has a text, also in branches that no test page takes.
func TestTemplateKeys(t *testing.T) {
	files, err := filepath.Glob("assets/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no templates", err)
	}
	call := regexp.MustCompile(`\bt "([^"]+)"`)
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllSubmatch(src, -1) {
			if _, err := text(string(m[1]), alarm.Swedish); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// What records and states say in keys is said in words on the page.
func TestKeysFromElsewhere(t *testing.T) {
	for _, key := range []string{
		record.WhyStopped, record.WhyUncleanStop, record.WhyFirstStart, record.WhyCap, record.WhyUnreadable, record.WhyMemory,
		record.WhyLost, record.WhyStoreRestore, record.EventAgentStarted, record.EventAgentStopping, record.EventDoorOpened,
		record.EventDoorClosed, record.EventRenumbered, record.EventReloaded, alarm.ReasonRestored, alarm.ReasonLostByCloset,
		"collector_started", "collector_deaf", "no_sign_of_life",
	} {
		if sv, en := word(key, alarm.Swedish), word(key, alarm.English); sv == key || en == key {
			t.Errorf("%s: %q, %q", key, sv, en)
		}
	}
}
