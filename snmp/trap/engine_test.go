package trap

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestEngineIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "engine")
	first, err := openEngine(file, start)
	if err != nil || first.Boots != 1 || len(first.ID) != 14 || first.ID[0] != 0x80 {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := openEngine(file, start)
	if err != nil || second.Boots != 2 || !bytes.Equal(second.ID, first.ID) {
		t.Errorf("%+v, %v", second, err)
	}
	for _, bad := range []string{"", "zz 4\n", "8000000005 x\n", "80000000 4\n", "8000000005 0\n", "8000000005 2147483646\n"} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if e, err := openEngine(file, start); err != nil || e.Boots != 1 || bytes.Equal(e.ID, first.ID) {
			t.Errorf("%q: %+v, %v", bad, e, err)
		}
	}
	// A boot that cannot be counted is one of another engine.
	e, err := openEngine(filepath.Join(t.TempDir(), "none", "engine"), start)
	if err == nil || e.Boots != 1 || len(e.ID) != 14 {
		t.Errorf("%+v, %v", e, err)
	}
	if a, err := openEngine("", start); err != nil || len(a.ID) != 14 {
		t.Errorf("%+v, %v", a, err)
	}
}
