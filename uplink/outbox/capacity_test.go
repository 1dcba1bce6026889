package outbox_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"rackvakt/uplink/outbox"
	"rackvakt/uplink/outbox/outboxtest"
	"rackvakt/uplink/record"
)

// The figures of the design: at most 600 bytes a record in batches of 100, and
// 5,000 for one alarm, counted in whole pages as a card takes them.
func TestBytesWritten(t *testing.T) {
	for _, c := range []struct {
		name         string
		lane         record.Lane
		rounds, size int
		batch        int
		limit        int64
	}{
		{"batches of 100 records of 400 bytes", record.LaneM, 60, 400, 100, 600},
		{"single alarms of 400 bytes", record.LaneA, 500, 400, 1, 5000},
	} {
		fs := &outboxtest.FS{}
		o := open(t, t.TempDir(), 1, func(cfg *outbox.Config) { cfg.FS = fs })
		before := fs.Counted()
		for range c.rounds {
			appendN(t, o, c.lane, c.batch, c.size)
		}
		filled := fs.Counted()
		newReceiver(t).drain(o, 64)
		drained := fs.Counted()
		n := int64(c.rounds * c.batch)
		per := (filled.Padded - before.Padded) / n
		t.Logf("%s: %d bytes per record in whole pages (%d handed over), %d fsyncs; to drain one: %d", c.name,
			per, (filled.Bytes-before.Bytes)/n, filled.Syncs-before.Syncs, (drained.Padded-filled.Padded)/n)
		if filled.Syncs-before.Syncs < int64(c.rounds) {
			t.Errorf("%s: an append without fsync", c.name)
		}
		if per > c.limit {
			t.Errorf("%s: %d bytes per record, limit %d", c.name, per, c.limit)
		}
	}
}

// A card that is really full: alarms still reach it, out of the reserve.
func TestAlarmsReachAFullCard(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small tmpfs cannot be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	o := open(t, filepath.Join(dir, "outbox"), 1, nil)
	var metrics []record.ID
	for range 100 {
		metrics = append(metrics, appendN(t, o, record.LaneM, 100, 400)...)
		if !o.Health().Writable {
			break
		}
	}
	if o.Health().Writable {
		t.Fatal("the card did not fill up")
	}
	// To the last page, as somebody else's log would.
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filler: %v", err)
	}
	o = open(t, filepath.Join(dir, "outbox"), 2, nil)
	if h := o.Health(); !h.Writable {
		t.Errorf("started on a full card: %+v", h)
	}
	alarms := appendN(t, o, record.LaneA, 100, 400)
	o = open(t, filepath.Join(dir, "outbox"), 3, nil) // a crash: only what is on the card counts
	r := newReceiver(t)
	r.drain(o, 64)
	for _, id := range alarms {
		if !r.has(record.LaneA, id) {
			t.Errorf("alarm %s did not reach the card", id)
		}
	}
	r.ordered()
	if h := o.Health(); !h.Writable || h.DiskBytes > 1<<20 {
		t.Errorf("after draining: %+v", h)
	}
	if n := len(metrics); !r.has(record.LaneM, metrics[0]) || n < 1000 {
		t.Errorf("%d metrics, the first is gone", n)
	}
}
