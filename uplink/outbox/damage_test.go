package outbox_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"rackvakt/uplink/outbox"
	"rackvakt/uplink/outbox/outboxtest"
	"rackvakt/uplink/record"
)

// FuzzSmallFiles opens an outbox whose mark and gap files hold anything: whatever
// can be sent then must be readable, and the records in the segment must still
// leave.
func FuzzSmallFiles(f *testing.F) {
	f.Add([]byte(`{"mark":{"id":"0000000000000001:2","last":"0000000000000001:2","starts":["0000000000000001"]},"stopped":true}`), []byte(`[]`))
	f.Add([]byte(`{"mark":{}}`), []byte(`[{"id":"0000000000000001:g1","why":"cap","covers":["0000000000000001:1-2"],"to":{"mono_ms":1},"before":"0000000000000001:3"}]`))
	f.Add([]byte(`{"mark":{"id":"\"}","last":"x"}}`), []byte(`[{"id":"\"","before":""}]`))
	f.Add([]byte("\x00\x00"), []byte("{"))
	f.Fuzz(func(t *testing.T, mark, gaps []byte) {
		dir := t.TempDir()
		o := open(t, dir, 1, nil)
		appendN(t, o, record.LaneM, 4, 300)
		for name, b := range map[string][]byte{"mark.json": mark, "gaps.json": gaps} {
			if err := os.WriteFile(filepath.Join(dir, "m", name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		o = open(t, dir, 2, nil)
		drainBlindly(t, o)
	})
}

// drainBlindly acknowledges whatever comes first until nothing is left.
func drainBlindly(t *testing.T, o *outbox.Outbox) {
	t.Helper()
	for range 1000 {
		var w record.Window
		e, ok := o.Next(&w, record.LaneM)
		if !ok {
			if d := o.Depth(record.LaneM); d != 0 {
				t.Fatalf("stuck with %d entries", d)
			}
			return
		}
		r, err := record.Decode(e.Payload)
		if err != nil || r.ID != e.ID {
			t.Fatalf("entry %q cannot be read: %v\n%s", e.ID, err, e.Payload)
		}
		o.Ack(record.LaneM, e.ID)
	}
	t.Fatal("never empty")
}

// A bit that flipped in either file costs what it said, and no record.
func TestRottenSmallFilesAreNotBelieved(t *testing.T) {
	for _, name := range []string{"mark.json", "gaps.json"} {
		dir := t.TempDir()
		o := open(t, dir, 1, nil)
		r := newReceiver(t)
		ids := appendN(t, o, record.LaneM, 6, 300)
		if name == "mark.json" {
			r.drain(o, 3)
		}
		ids = append(ids, appendN(t, o, record.LaneM, 6, 300)...)
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "m", name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[bytes.Index(b, []byte(startID(1)))+3] ^= 1 // still JSON
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		o = open(t, dir, 2, nil)
		if o.Health().Damaged != 1 {
			t.Errorf("%s: damage not told: %+v", name, o.Health())
		}
		r.drain(o, 4)
		r.ordered()
		for _, id := range ids {
			if !r.has(record.LaneM, id) {
				t.Errorf("%s: %s lost", name, id)
			}
		}
	}
}

// Too many open files for a moment are no damage: nothing is given up, and all
// is sent once files can be opened again.
func TestBusyMachineLosesNothing(t *testing.T) {
	dir, disk := t.TempDir(), &outboxtest.FS{}
	on := func(c *outbox.Config) { c.FS = disk }
	o := open(t, dir, 1, on)
	ids := appendN(t, o, record.LaneM, 9, 300)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir, 2, on)
	disk.Refuse(syscall.EMFILE, outboxtest.Open)
	var w record.Window
	for e, ok := o.Next(&w, record.LaneM); ok; e, ok = o.Next(&w, record.LaneM) {
		if !e.ID.IsGap() { // the gap of the start is read from nowhere
			t.Errorf("sent %s, which cannot have been read", e.ID)
		}
		w.Sent(record.LaneM, e.ID, len(e.Payload))
	}
	disk.Allow()
	r := newReceiver(t)
	r.drain(o, 3)
	r.ordered()
	for _, id := range ids {
		if !r.has(record.LaneM, id) {
			t.Errorf("%s was lost", id)
		}
	}
	if got := o.Health().Damaged; got != 0 {
		t.Errorf("damaged %d", got)
	}
}

func TestUnreadableRecordBecomesAGap(t *testing.T) {
	dir := t.TempDir()
	o := open(t, dir, 1, nil)
	ids := appendN(t, o, record.LaneM, 9, 300)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	spoil := func(id record.ID) {
		name := filepath.Join(dir, "m", "0000000000000000.seg")
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b[bytes.Index(b, []byte(`"id":"`+string(id)+`"`))+60] ^= 4
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	spoil(ids[4]) // found at start
	o = open(t, dir, 2, nil)
	spoil(ids[6]) // found when it is to be sent
	r := newReceiver(t)
	r.drain(o, 3)
	r.ordered()
	for i, id := range ids {
		if lost := i == 4 || i == 6; r.has(record.LaneM, id) == lost || r.covered(record.LaneM, id) != lost {
			t.Errorf("%s: has %t, covered %t", id, r.has(record.LaneM, id), r.covered(record.LaneM, id))
		}
	}
	if got := o.Health().Damaged; got != 2 {
		t.Errorf("damaged %d", got)
	}
}
