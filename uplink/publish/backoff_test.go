package publish

import (
	"testing"
	"time"
)

func TestBackoffDoublesWithJitterAndResets(t *testing.T) {
	b := backoff{min: time.Second, max: 60 * time.Second}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		if got := b.wait(0); got != want*time.Second/2 {
			t.Errorf("got %s, want %s", got, want*time.Second/2)
		}
	}
	b.reset()
	if got := b.wait(0.999); got < 990*time.Millisecond || got > time.Second {
		t.Errorf("after reset %s", got)
	}
}
