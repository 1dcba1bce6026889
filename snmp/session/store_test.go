package session

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The file is written at most once an hour and at the end, only where something changed.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits.json")
	synctest.Test(t, func(t *testing.T) {
		f := OpenFile(path, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { f.Run(ctx); close(ended) }()
		written := func() string {
			raw, _ := os.ReadFile(path)
			return string(raw)
		}
		f.Save("sw1", Limits{Repetitions: 20, RoundTrip: 10 * time.Millisecond})
		time.Sleep(writeEvery - time.Second)
		if written() != "" {
			t.Error("written within the hour")
		}
		time.Sleep(2 * time.Second)
		if !strings.Contains(written(), `"repetitions": 20`) {
			t.Errorf("not written after an hour: %q", written())
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		f.Save("sw1", Limits{Repetitions: 20, RoundTrip: 13 * time.Millisecond})
		time.Sleep(2 * writeEvery)
		if written() != "" {
			t.Error("written for a round trip that is about the same")
		}
		f.Save("sw2", Limits{Most: 5, Repetitions: 5})
		cancel()
		<-ended
		again := OpenFile(path, slog.New(slog.DiscardHandler))
		if again.Load("sw2").Most != 5 || again.Load("sw1").Repetitions != 20 || again.Load("sw3").Most != 0 {
			t.Errorf("read back: %s", written())
		}
	})
	rest, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(rest) != 1 {
		t.Errorf("%v, %v: temporary files are left", rest, err)
	}
}

// A file that holds nonsense, or cannot be written, stops nothing.
func TestFileThatIsBroken(t *testing.T) {
	for name, content := range map[string]string{"cut": `{"sw1":{"repet`, "a list": `[1]`, "empty": "", "negative": `{"sw1":{"most":-7}}`, "null": "null"} {
		path := filepath.Join(t.TempDir(), "limits.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f := OpenFile(path, slog.New(slog.DiscardHandler))
		if l := f.Load("sw1"); l.Most != 0 {
			t.Errorf("%s: %+v", name, l)
		}
		f.Save("sw1", Limits{Most: 9})
		f.write()
		if l := OpenFile(path, slog.New(slog.DiscardHandler)).Load("sw1"); l.Most != 9 {
			t.Errorf("%s: then %+v", name, l)
		}
	}
	var said strings.Builder
	f := OpenFile(filepath.Join(t.TempDir(), "nowhere", "limits.json"), slog.New(slog.NewTextHandler(&said, nil)))
	if said.Len() != 0 {
		t.Errorf("a file that is not there yet is told: %s", said.String())
	}
	f.Save("sw1", Limits{Most: 9})
	f.write()
	if !f.changed || !strings.Contains(said.String(), "learned limits are not written") {
		t.Errorf("changed %v, %q", f.changed, said.String())
	}
}
