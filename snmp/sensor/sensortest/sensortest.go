// Package sensortest reads recordings of real devices and what is true of them,
// for the tests of readers. They are not part of this repository (they are under
// another licence): where they are absent the test is skipped and says so.
//
// It refuses to serve anything over a network.
package sensortest

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
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
	rows := make(map[string][]Row)
	for name, device := range TruthAs[struct {
		Sensors []Row `json:"sensors"`
	}](t) {
		rows[name] = device.Sensors
	}
	return rows
}

// TruthAs returns what is true of every recording, by its name, as a type that has
// the fields that a test needs.
func TruthAs[T any](t *testing.T) map[string]T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "truth.json"))
	if os.IsNotExist(err) {
		t.Skipf("no recordings in %s: real devices are not tried", folder)
	}
	all := make(map[string]T)
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Recording returns all values of a recording but those that no agent could have sent.
func Recording(t *testing.T, name string) []pdu.Varbind {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, name+".snmprec"))
	if err != nil {
		t.Fatal(err)
	}
	vbs, _, err := snmptest.ReadWalk(file)
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	return vbs
}

// Canonical returns a row in the classes and units of this program: the recordings
// have minutes for runtime, seconds under another name, and another word for
// optical power.
func (r Row) Canonical() Row {
	switch r.Class {
	case "runtime":
		r.Value *= 60
	case "delay":
		r.Class = "runtime"
	case "dbm":
		r.Class = "optical_power"
	}
	r.OID = strings.TrimPrefix(r.OID, ".")
	return r
}
