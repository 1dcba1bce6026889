package printer

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"rackvakt/snmp/pdu"
)

// recordings holds walks of real devices. They are not part of this repository
// (they are under another licence) and are read where present. None is of a
// printer, but some tell of processors and disks in the tables of a printer.
const recordings = "../../../shared/recordings"

func TestNoRecordingIsAPrinter(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(recordings, "*.snmprec"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no recordings in %s: real devices are not tried", recordings)
	}
	devices := 0
	for _, file := range files {
		vbs := load(t, file)
		devices += len(tableOf(vbs, deviceEntry, 1))
		if all, problems := Read(vbs); len(all) != 0 || len(problems) != 0 {
			t.Errorf("%s: %+v, %q", filepath.Base(file), all, problems)
		}
	}
	t.Logf("%d recordings with %d devices, no printer among them", len(files), devices)
}

// load reads lines of OID|TAG|VALUE: numbers, text and identifiers.
func load(t *testing.T, file string) []pdu.Varbind {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var vbs []pdu.Varbind
	for line := range strings.Lines(string(raw)) {
		part := strings.SplitN(strings.TrimRight(line, "\r\n"), "|", 3)
		if len(part) != 3 {
			continue
		}
		v := pdu.Text(part[2])
		if n, err := strconv.ParseInt(part[2], 10, 64); err == nil && part[1] == "2" {
			v = pdu.Int(n)
		}
		if kind, err := pdu.ParseOID(part[2]); err == nil && part[1] == "6" {
			v = pdu.Identifier(kind)
		}
		if oid, err := pdu.ParseOID(part[0]); err == nil {
			vbs = append(vbs, pdu.Varbind{OID: oid, Value: v})
		}
	}
	return vbs
}
