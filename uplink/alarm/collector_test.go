package alarm_test

import (
	"testing"

	"rackvakt/uplink/alarm"
)

// What the collector finds out about its own store and about two cards: Region IT
// reads the particulars, nobody else does.
func TestEvidenceOfTheCollector(t *testing.T) {
	const span = "2026-03-02 08:00:00 – 2026-03-02 09:00:05 UTC"
	for _, x := range []struct {
		say, value string
		view       alarm.View
		want       string
	}{
		{"gap_alarms", span, alarm.View{Party: alarm.RegionIT}, "larm och händelser saknas i regionens lagring, " + span},
		{"gap_alarms", span, alarm.View{Party: alarm.CareProvider}, "larm och händelser saknas i regionens lagring"},
		{"gap_metrics", span, alarm.View{Party: alarm.RegionIT, Lang: alarm.English}, "measurements are missing in the region's store, " + span},
		{"gap_metrics", span, alarm.View{Party: alarm.PropertyOwner, Lang: alarm.English}, "measurements are missing in the region's store"},
		{"two_starts", "s1, s2", alarm.View{Party: alarm.RegionIT, Lang: alarm.English}, "two monitors send with one identity, s1, s2"},
		{"two_starts", "s1, s2", alarm.View{Party: alarm.CareProvider}, "två enheter sänder med samma identitet"},
	} {
		if got := (alarm.Evidence{Say: x.say, Value: x.value}).Render(x.view); got != x.want {
			t.Errorf("%s for %s: %q", x.say, x.view.Party, got)
		}
	}
}
