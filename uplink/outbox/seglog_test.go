package outbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const testStart = "0123456789abcdef"

func testEntry(start string, n int) stored {
	e := stored{id: fmt.Sprintf("%s:%d", start, n), body: bytes.Repeat([]byte{byte('a' + n%26)}, 50+n%200)}
	if n > 1 {
		e.after = fmt.Sprintf("%s:%d", start, n-1)
	}
	return e
}

func testEntries(start string, from, to int) []stored {
	var list []stored
	for n := from; n <= to; n++ {
		list = append(list, testEntry(start, n))
	}
	return list
}

func openTestLog(t testing.TB, dir string, segSize int64) (*segLog, []string, int) {
	t.Helper()
	var ids []string
	l, bad, err := openSegLog(OS{}, dir, segSize, func(f frame) { ids = append(ids, string(f.id)) })
	if err != nil {
		t.Fatal(err)
	}
	return l, ids, bad
}

func wantIDs(start string, from, to int) []string {
	var ids []string
	for n := from; n <= to; n++ {
		ids = append(ids, fmt.Sprintf("%s:%d", start, n))
	}
	return ids
}

func mustAppend(t testing.TB, l *segLog, entries []stored) {
	t.Helper()
	if n, err := l.append(entries); err != nil || n != len(entries) {
		t.Fatalf("append: %d of %d, %v", n, len(entries), err)
	}
}

func TestLogKeepsOrderOverSegmentsAndReopening(t *testing.T) {
	dir := t.TempDir()
	l, _, _ := openTestLog(t, dir, 4096)
	mustAppend(t, l, testEntries(testStart, 1, 100))
	for n := 101; n <= 120; n++ {
		mustAppend(t, l, testEntries(testStart, n, n))
	}
	if len(l.segs) < 5 {
		t.Errorf("only %d segments", len(l.segs))
	}
	for n := 1; n <= 120; n++ {
		e := testEntry(testStart, n)
		f, ok, _ := l.get(e.id)
		if !ok || string(f.after) != e.after || !bytes.Equal(f.body, e.body) {
			t.Fatalf("get %s: %v, after %q", e.id, ok, f.after)
		}
	}
	l.close()
	l, ids, bad := openTestLog(t, dir, 4096)
	if bad != 0 || !slices.Equal(ids, wantIDs(testStart, 1, 120)) {
		t.Fatalf("reopened: %d entries, %d bad", len(ids), bad)
	}
	l.dropFirst()
	if _, ok, _ := l.get(testStart + ":1"); ok {
		t.Error("dropped segment still read")
	}
	_, ids, _ = openTestLog(t, dir, 4096)
	if len(ids) == 120 || ids[len(ids)-1] != testStart+":120" {
		t.Errorf("after dropping a segment: %d entries", len(ids))
	}
}

// copyCut copies a directory of segments, with the named file cut to n bytes and
// filled with zeros again as a preallocated file would be.
func copyCut(t *testing.T, from, name string, edit func([]byte) []byte) string {
	t.Helper()
	to := t.TempDir()
	list, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		b, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() == name {
			b = edit(b)
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// A power cut in the middle of the last write leaves any part of it behind: each
// cut point, with and without zeros after it, and each missing 512-byte sector.
func TestCrashAtEveryByteOfTheLastWrite(t *testing.T) {
	dir := t.TempDir()
	l, _, _ := openTestLog(t, dir, 16<<10)
	mustAppend(t, l, testEntries(testStart, 1, 20))
	safe := int(l.last().end)
	mustAppend(t, l, testEntries(testStart, 21, 26))
	end := int(l.last().end)
	name := filepath.Base(segmentName(dir, l.last().seq))
	check := func(what string, edit func([]byte) []byte) {
		cut := copyCut(t, dir, name, edit)
		l, ids, _ := openTestLog(t, cut, 16<<10)
		if len(ids) < 20 || !slices.Equal(ids[:20], wantIDs(testStart, 1, 20)) {
			t.Fatalf("%s: acknowledged entries lost: %v", what, ids)
		}
		if s := l.last(); s.size != s.end {
			t.Fatalf("%s: torn tail of %d bytes not cut", what, s.size-s.end)
		}
		mustAppend(t, l, testEntries("ffffffffffffffff", 1, 3))
		l.close()
		_, again, _ := openTestLog(t, cut, 16<<10)
		if want := append(ids, wantIDs("ffffffffffffffff", 1, 3)...); !slices.Equal(again, want) {
			t.Fatalf("%s: reopened %v, want %v", what, again, want)
		}
	}
	for at := safe; at <= end; at += 7 {
		check(fmt.Sprintf("cut at %d", at), func(b []byte) []byte { return b[:at] })
		check(fmt.Sprintf("zeros from %d", at), func(b []byte) []byte { clear(b[at:]); return b })
	}
	for at := safe; at < end; at += 512 {
		check(fmt.Sprintf("sector %d missing", at), func(b []byte) []byte { clear(b[at:min(at+512, end)]); return b })
	}
}

func TestGarbledMiddleIsSteppedOver(t *testing.T) {
	dir := t.TempDir()
	l, _, _ := openTestLog(t, dir, 16<<10)
	mustAppend(t, l, testEntries(testStart, 1, 9))
	l.close()
	name := filepath.Base(segmentName(dir, 0))
	cut := copyCut(t, dir, name, func(b []byte) []byte {
		b[bytes.Index(b, []byte(testStart+":5"))+40] ^= 1
		return b
	})
	l, ids, bad := openTestLog(t, cut, 16<<10)
	want := slices.Delete(wantIDs(testStart, 1, 9), 4, 5)
	if bad != 1 || !slices.Equal(ids, want) {
		t.Errorf("got %v, %d bad", ids, bad)
	}
	if _, ok, _ := l.get(testStart + ":5"); ok {
		t.Error("garbled entry was read")
	}
	if f, ok, _ := l.get(testStart + ":6"); !ok || string(f.after) != testStart+":5" {
		t.Errorf("entry behind the garbled one: %v, after %q", ok, f.after)
	}
}

func TestMemorySegmentsMoveToDiskInOrder(t *testing.T) {
	dir := t.TempDir()
	l, _, _ := openTestLog(t, dir, 4096)
	mustAppend(t, l, testEntries(testStart, 1, 5))
	l.appendMem(testEntries(testStart, 6, 40), 1024)
	mustAppend(t, l, testEntries(testStart, 41, 45))
	l.appendMem(testEntries(testStart, 46, 50), 1024)
	for n := 1; n <= 50; n++ {
		if f, ok, _ := l.get(testEntry(testStart, n).id); !ok || !bytes.Equal(f.body, testEntry(testStart, n).body) {
			t.Fatalf("entry %d not read back", n)
		}
	}
	if err := l.flush(); err != nil {
		t.Fatal(err)
	}
	if _, mem := l.bytes(); mem != 0 {
		t.Errorf("%d bytes still in memory", mem)
	}
	l.close()
	if _, ids, _ := openTestLog(t, dir, 4096); !slices.Equal(ids, wantIDs(testStart, 1, 50)) {
		t.Errorf("on disk: %v", ids)
	}
}

func FuzzRecover(f *testing.F) {
	var sound []byte
	for _, e := range testEntries(testStart, 1, 3) {
		sound = appendFrame(sound, e.id, e.after, e.body, e.volatile)
	}
	f.Add([]byte{})
	f.Add(sound)
	f.Add(append(slices.Clone(sound[:90]), sound...))
	f.Add(append(slices.Clone(sound), make([]byte, 300)...))
	f.Add([]byte("RvRvRvRvRvRvRvRvRv"))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(segmentName(dir, 3), b, 0o600); err != nil {
			t.Fatal(err)
		}
		l, first, _ := openTestLog(t, dir, 4096)
		for _, id := range first {
			if _, ok, _ := l.get(id); !ok {
				t.Fatalf("listed entry %q cannot be read", id)
			}
		}
		mustAppend(t, l, testEntries("aaaaaaaaaaaaaaaa", 70000, 70002))
		l.close()
		_, second, _ := openTestLog(t, dir, 4096)
		if want := append(first, wantIDs("aaaaaaaaaaaaaaaa", 70000, 70002)...); !slices.Equal(second, want) {
			t.Fatalf("reopened %q, want %q", second, want)
		}
	})
}
