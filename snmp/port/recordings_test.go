package port

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/lldp"
	"rackvakt/snmp/pdu"
)

// recordings holds walks of real devices. They are not part of this repository
// (they are under another licence) and are read where present.
const recordings = "../../../shared/recordings"

// The ports of every recorded device keep their identity when all indexes move, and
// the roles that real devices' neighbours and aliases give are listed.
func TestRecordings(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(recordings, "*.snmprec"))
	if err != nil || len(files) == 0 {
		t.Skipf("no recordings in %s: real devices are not tried (%v)", recordings, err)
	}
	total := 0
	for _, file := range files {
		vbs := load(t, file)
		ports := ifmib.Read(vbs)
		first := Identify(nil, ports)
		moved := make([]ifmib.Port, len(ports))
		for i, p := range ports {
			moved[i] = p
			moved[i].Index = ports[len(ports)-1-i].Index
		}
		second := Identify(first.Known, moved)
		byIndexes := 0
		for i, p := range ports {
			was, is := first.Names[p.Index], second.Names[moved[i].Index]
			switch {
			case was == is:
			case strings.HasPrefix(was, p.Name+"#") || !p.NameGiven:
				byIndexes++ // nothing but the index tells it from another
			default:
				t.Errorf("%s: %s became %s", file, was, is)
			}
		}
		total += len(ports)
		neighbors, _ := lldp.Read(vbs, ports)
		on := ByPort(neighbors)
		roles := make(map[Judgement]int)
		for _, p := range ports {
			roles[RoleOf(Evidence{Neighbors: on[p.Name], Port: p, EverUp: p.OperWord() == "up"})]++
		}
		t.Logf("%s: %d ports, %d known by index only, roles %v", filepath.Base(file), len(ports), byIndexes, roles)
	}
	t.Logf("%d ports of %d devices", total, len(files))
}

// load reads lines of OID|TAG|VALUE of the kinds that ports and neighbours need.
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
		oid, err := pdu.ParseOID(part[0])
		if v, ok := recorded(part[1], part[2]); ok && err == nil {
			vbs = append(vbs, pdu.Varbind{OID: oid, Value: v})
		}
	}
	return vbs
}

func recorded(tag, text string) (pdu.Value, bool) {
	switch tag {
	case "4":
		return pdu.Text(text), true
	case "4x":
		b, err := hex.DecodeString(text)
		return pdu.Bytes(b), err == nil
	case "2":
		n, err := strconv.ParseInt(text, 10, 64)
		return pdu.Int(n), err == nil
	case "66":
		n, err := strconv.ParseUint(text, 10, 32)
		return pdu.Gauge(uint32(n)), err == nil
	}
	return pdu.Value{}, false
}
