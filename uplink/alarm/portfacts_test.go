package alarm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

func fact(port string, label reading.Label, text string) reading.Fact {
	return reading.Fact{Point: reading.Point{Device: "sw1", Object: port}, Label: label, Text: text}
}

// What is known of a port stands in its alarms; each party reads what it may.
func TestPortFacts(t *testing.T) {
	c := outfit(t, partsPlan())
	const port = "Gi1/0/7"
	c.step(reading.Batch{Facts: []reading.Fact{
		fact(port, reading.LabelOutlet, "2-014"), fact(port, reading.LabelRoom, "312"), fact(port, reading.LabelNeighbour, "ap-\x1b[31mvc-3"),
		fact(port, reading.LabelAlias, "AP väntrum"), fact(port, reading.LabelPanelPort, "A:12"), fact(port, reading.LabelRole, "access_point"),
		fact(port, reading.LabelMAC, "001b54aabbcc"), fact("Gi1/0/8", reading.LabelOutlet, "9-999"),
	}})
	c.set(apPort, reading.IfDown)
	c.run(30 * time.Second)
	ch := c.find(alarm.Raise, alarm.PortDown)
	switchSide := []string{"ap-[31mvc-3", "AP väntrum", "A:12", "ccesspunkt", "ccess point", port, "sw1"}
	for _, x := range []struct {
		view      alarm.View
		class     alarm.Class
		want, not []string
	}{
		{alarm.View{Party: alarm.RegionIT}, alarm.Switch, []string{"|uttag 2-014 i rum 312|", "ap-[31mvc-3", "AP väntrum", "kopplingspanel A:12", "accesspunkt", "sw1/" + port}, []string{"\x1b", "001b54", "9-999"}},
		{alarm.View{Party: alarm.Technician, Lang: alarm.English}, alarm.Switch, []string{"|outlet 2-014 in room 312|", "access point", "patch panel A:12"}, nil},
		{alarm.View{Party: alarm.CareProvider}, alarm.Switch, []string{"uttag 2-014 i rum 312"}, switchSide},
		{alarm.View{Party: alarm.PropertyOwner}, alarm.Switch, nil, append(switchSide, "2-014", "312")},
		{alarm.View{Party: alarm.PropertyOwner}, alarm.Cabling, []string{"uttag 2-014 i rum 312"}, switchSide},
		{alarm.View{Party: alarm.PropertyOwner, Lang: alarm.English}, alarm.Outlet, []string{"outlet 2-014 in room 312"}, switchSide},
		{alarm.View{Party: "stranger"}, alarm.Cabling, nil, append(switchSide, "2-014", "312")},
	} {
		ch.Class = x.class
		all := flat(ch.Render(x.view)) + "|"
		for _, w := range x.want {
			if !strings.Contains(all, w) {
				t.Errorf("%s, %s: lacks %q: %s", x.view.Party, x.class, w, all)
			}
		}
		for _, w := range x.not {
			if strings.Contains(all, w) {
				t.Errorf("%s, %s: shows %q: %s", x.view.Party, x.class, w, all)
			}
		}
	}
}

// A fact that is taken back is told no more; a long one is cut; those of a switch
// that is not watched are not kept.
func TestPortFactsAreBounded(t *testing.T) {
	told := func(c *closet, code alarm.Code) string {
		var all strings.Builder
		for _, ev := range c.find(alarm.Raise, code).Evidence[1:] {
			fmt.Fprintf(&all, "%s=%s ", ev.Say, ev.Value)
		}
		return all.String()
	}
	c := outfit(t, partsPlan())
	for i := range 20000 {
		c.step(reading.Batch{Facts: []reading.Fact{{Point: reading.Point{Device: "sw9", Object: fmt.Sprint("p", i)}, Label: reading.LabelAlias, Text: "x"}}})
	}
	c.step(reading.Batch{Facts: []reading.Fact{fact("Gi1/0/9", reading.LabelAlias, "old"), fact("Gi1/0/9", reading.LabelOutlet, "1-1"), fact("Gi1/0/9", reading.LabelNeighbour, strings.Repeat("å", 500)),
		fact("", reading.LabelAlias, "of the switch")}})
	c.step(reading.Batch{Facts: []reading.Fact{fact("Gi1/0/9", reading.LabelAlias, "new"), fact("Gi1/0/9", reading.LabelOutlet, "")}})
	c.set(strangers, 1)
	c.run(2 * time.Minute)
	if got, want := told(c, alarm.PortNeighbour), "port_neighbour="+strings.Repeat("å", 80)+" port_alias=new "; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	for i := range 20000 {
		c.step(reading.Batch{Facts: []reading.Fact{fact(fmt.Sprint("p", i), reading.LabelAlias, "x")}})
	}
	c.step(reading.Batch{Facts: []reading.Fact{fact("Gi1/0/48", reading.LabelAlias, "one too many"), fact("Gi1/0/9", reading.LabelAlias, "still")}})
	c.set(uplink, reading.IfDown)
	c.run(10 * time.Second)
	if got := told(c, alarm.LinkDown); got != "" {
		t.Errorf("beyond the bound: %q", got)
	}
}

// Every part's evidence, as each party reads it: nobody outside the network sees
// a switch, a port or a part by name; the numbers that matter are for all.
func TestEvidenceOfPartsPerParty(t *testing.T) {
	for _, x := range []struct {
		ev                   alarm.Evidence
		it, provider, onwner string
	}{
		{alarm.Evidence{Say: "speed_low", Device: "sw1", Object: "Gi1/0/48", Value: "100000000 bit/s"},
			"sw1/Gi1/0/48: the speed of the connection is too low, 100 Mbit/s", "the speed of the connection is too low, 100 Mbit/s", "the speed of the connection is too low, 100 Mbit/s"},
		{alarm.Evidence{Say: "speed_expected", Device: "sw1", Object: "Gi1/0/48", Value: "10000000000 bit/s"},
			"sw1/Gi1/0/48: the expected speed of the connection, 10 Gbit/s", "the expected speed of the connection, 10 Gbit/s", "the expected speed of the connection, 10 Gbit/s"},
		{alarm.Evidence{Say: "errors_high", Device: "sw1", Object: "Gi1/0/48", Value: "12.5 1/s"},
			"sw1/Gi1/0/48: transmission errors a second, 12.5 1/s", "transmission errors a second, 12.5 1/s", "transmission errors a second, 12.5 1/s"},
		{alarm.Evidence{Say: "fan_bad", Device: "sw1", Object: "fan 1", Value: "critical", AgeMS: 2000},
			"sw1/fan 1: the fan reports a fault (2 s ago)", "the fan reports a fault (2 s ago)", "the fan reports a fault (2 s ago)"},
		{alarm.Evidence{Say: "poe_full", Device: "sw1", Object: "poe 1", Value: "95 %"},
			"sw1/poe 1: so much of the power to ports is in use, 95 %", "so much of the power to ports is in use, 95 %", "so much of the power to ports is in use, 95 %"},
		{alarm.Evidence{Say: "restarted", Device: "sw1", Value: "2026-03-02 08:00:00 UTC"},
			"sw1: the switch started, 2026-03-02 08:00:00 UTC", "the switch started", "the switch started"},
		{alarm.Evidence{Say: "neighbour_unknown", Device: "sw1", Object: "Gi1/0/9", Value: "2"},
			"sw1/Gi1/0/9: unknown equipment is connected", "unknown equipment is connected", "unknown equipment is connected"},
		{alarm.Evidence{Say: "port_neighbour", Device: "sw1", Object: "Gi1/0/9", Value: "codec-vc"}, "connected equipment: codec-vc", "", ""},
		{alarm.Evidence{Say: "port_outlet", Device: "sw1", Object: "Gi1/0/9", Value: "2-014"}, "outlet 2-014", "outlet 2-014", ""},
		{alarm.Evidence{Say: "port_room", Device: "sw1", Object: "Gi1/0/9", Value: "10.1.2.3"}, "in room 10.1.2.3", "", ""},
		{alarm.Evidence{Say: "runtime_left", Device: "ups1", Value: "25 min"}, "ups1: the battery lasts, 25 min", "the battery lasts, 25 min", "the battery lasts, 25 min"},
	} {
		for party, want := range map[alarm.Party]string{alarm.RegionIT: x.it, alarm.CareProvider: x.provider, alarm.PropertyOwner: x.onwner} {
			if got := x.ev.Render(alarm.View{Party: party, Lang: alarm.English}); got != want {
				t.Errorf("%s for %s: %q, want %q", x.ev.Say, party, got, want)
			}
		}
	}
}
