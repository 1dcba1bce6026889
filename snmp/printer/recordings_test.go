package printer

import (
	"testing"

	"rackvakt/snmp/sensor/sensortest"
)

// None of the recordings is of a printer, but some tell of processors and disks in
// the tables of a printer.
func TestNoRecordingIsAPrinter(t *testing.T) {
	devices, recordings := 0, sensortest.Truth(t)
	for name := range recordings {
		vbs := sensortest.Recording(t, name)
		devices += len(tableOf(vbs, deviceEntry, 1))
		if all, problems := Read(vbs); len(all) != 0 || len(problems) != 0 {
			t.Errorf("%s: %+v, %q", name, all, problems)
		}
	}
	t.Logf("%d recordings with %d devices, no printer among them", len(recordings), devices)
}
