package web

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
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
	for _, x := range statement {
		for _, y := range append(x.text, x.list...) {
			check("statement", y)
		}
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
		"collector_started", "collector_deaf", "no_sign_of_life", "starting", "broker", "sigterm", "hold_up_low",
	} {
		if sv, en := word(key, alarm.Swedish), word(key, alarm.English); sv == key || en == key {
			t.Errorf("%s: %q, %q", key, sv, en)
		}
	}
}

// Every rule of the style sheet that sets both colours has a contrast of at least
// 4.5:1 (WCAG 2.1, 1.4.3); text on the page's own ground as well.
func TestContrast(t *testing.T) {
	src, err := os.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	rules := regexp.MustCompile(`[{;]\s*(color|background):\s*#([0-9a-f]{6})`)
	for _, line := range regexp.MustCompile(`[^}]*\}`).FindAllString(string(src), -1) {
		ink, ground, found := "1a1a1a", "ffffff", false
		for _, m := range rules.FindAllStringSubmatch(line, -1) {
			found = true
			if m[1] == "color" {
				ink = m[2]
			} else {
				ground = m[2]
			}
		}
		if c := contrast(t, ink, ground); found && c < 4.5 {
			t.Errorf("contrast %.1f: %s", c, line)
		}
	}
}

// contrast is the contrast ratio of WCAG 2.1.
func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		v := float64(n) / 255
		if v <= 0.03928 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
