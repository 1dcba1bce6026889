// Package sensortest reads recordings of real devices and what is true of them,
// for the tests of readers. They are not part of this repository (they are under
// another licence): where they are absent the test is skipped and says so.
//
// It refuses to serve anything over a network.
package sensortest

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"rackvakt/snmp/pdu"
)

// folder is where recordings lie, seen from a package two folders down.
const folder = "../../../shared/recordings"

// Row is one sensor of which two independent readings of a recording agree.
type Row struct {
	MIB   string  `json:"mib"`
	Class string  `json:"class"` // in the words of the recordings: dbm is optical_power
	OID   string  `json:"oid"`
	Value float64 `json:"value"`
}

// Truth returns the sensors of every recording, by its name.
func Truth(t *testing.T) map[string][]Row {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "truth.json"))
	if os.IsNotExist(err) {
		t.Skipf("no recordings in %s: real devices are not tried", folder)
	}
	var all map[string]struct {
		Sensors []Row `json:"sensors"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string][]Row)
	for name, device := range all {
		rows[name] = device.Sensors
	}
	return rows
}

// Recording returns all values of a recording: lines of OID|TAG|VALUE, of which
// those that no agent could have sent are passed over.
func Recording(t *testing.T, name string) []pdu.Varbind {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, name+".snmprec"))
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
		if v, ok := value(part[1], part[2]); ok && err == nil {
			vbs = append(vbs, pdu.Varbind{OID: oid, Value: v})
		}
	}
	return vbs
}

// value makes a value of a decimal BER tag, with x behind it for hex, and its text.
func value(tag, text string) (pdu.Value, bool) {
	number, err := strconv.Atoi(strings.TrimSuffix(tag, "x"))
	v := pdu.Value{Type: pdu.Type(number)}
	if err != nil {
		return v, false
	}
	if strings.HasSuffix(tag, "x") {
		v.Octets, err = hex.DecodeString(text)
		return v, err == nil
	}
	switch v.Type {
	case pdu.Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		return pdu.Int(n), err == nil
	case pdu.Counter32, pdu.Gauge32, pdu.TimeTicks, pdu.Counter64:
		v.Num, err = strconv.ParseUint(text, 10, 64)
		return v, err == nil
	case pdu.OctetString:
		return pdu.Text(text), true
	case pdu.ObjectID:
		oid, err := pdu.ParseOID(text)
		return pdu.Identifier(oid), err == nil
	}
	return v, v.Type == pdu.Null
}
