package alarm_test

import (
	"slices"
	"testing"
	"time"

	"rackvakt/uplink/alarm"
)

// Rows of evidence for the tables of this file.
func well(age time.Duration) alarm.Observation {
	return alarm.Observation{Device: "x", Well: alarm.Yes, Age: age, Held: time.Hour}
}

func ill(held time.Duration) alarm.Observation {
	return alarm.Observation{Device: "x", Well: alarm.No, Held: held}
}

func target(l alarm.Layer, o alarm.Observation) alarm.Target {
	return alarm.Target{Observation: o, Layer: l}
}

func one(o alarm.Observation) []alarm.Observation { return []alarm.Observation{o} }

const sec = time.Second

func TestVerdictInTheCloset(t *testing.T) {
	up, down, dunno := well(0), ill(2*sec), alarm.Observation{}
	refused := well(0)
	refused.Refused = true
	targets := func(gw, edge, sj1, sj2, svc alarm.Observation) []alarm.Target {
		return []alarm.Target{target("gateway", gw), target("region", edge), target("sjunet", sj1), target("sjunet", sj2), target("service", svc)}
	}
	gone, good := targets(down, down, down, down, down), targets(up, up, up, up, up)
	type table = alarm.Table
	for _, x := range []struct {
		name       string
		t          table
		want       []alarm.CauseName
		candidates []alarm.CauseName
	}{
		{"good", table{Mains: one(up), Switches: one(up), Uplinks: one(up), Targets: good}, nil, nil},
		{"nothing known", table{}, nil, nil},
		{"mains lost", table{Mains: one(down), Switches: one(down), Uplinks: one(dunno), Targets: gone}, []alarm.CauseName{"mains_lost"}, nil},
		{"mains lost, carrier too", table{Carrier: one(down), Mains: one(down), Switches: one(down), Targets: gone}, []alarm.CauseName{"mains_lost"}, nil},
		{"mains lost on battery", table{Mains: one(down), Switches: one(up), Uplinks: one(up), Targets: good}, []alarm.CauseName{"mains_lost"}, nil},
		{"mains and uplink", table{Mains: one(down), Switches: one(up), Uplinks: one(down), Targets: gone}, []alarm.CauseName{"uplink_port_down", "mains_lost"}, nil},
		{"switch", table{Mains: one(up), Switches: one(down), Targets: gone}, []alarm.CauseName{"switch_down"}, nil},
		{"switch, mains unknown", table{Mains: one(dunno), Switches: one(down), Targets: gone}, []alarm.CauseName{"unknown"}, []alarm.CauseName{"switch_down", "mains_lost"}},
		{"own carrier", table{Carrier: one(down), Mains: one(up), Switches: one(down), Targets: gone}, []alarm.CauseName{"monitor_fault"}, []alarm.CauseName{"monitor_fault", "switch_down"}},
		{"one of two carriers", table{Carrier: []alarm.Observation{down, up}, Mains: one(up), Switches: one(up), Uplinks: one(up), Targets: good}, nil, nil},
		{"uplink", table{Switches: one(up), Uplinks: one(down), Targets: gone}, []alarm.CauseName{"uplink_port_down"}, nil},
		{"uplink before the probes miss", table{Switches: one(up), Uplinks: one(down), Targets: targets(well(3*sec), well(3*sec), well(3*sec), well(3*sec), well(9*sec))}, []alarm.CauseName{"uplink_port_down"}, nil},
		{"uplink, and the other way answers", table{Switches: one(up), Uplinks: one(down), Targets: targets(well(sec), well(sec), up, up, up)}, nil, nil},
		{"one uplink of two", table{Switches: one(up), Uplinks: []alarm.Observation{down, up}, Targets: good}, nil, nil},
		{"access", table{Switches: one(up), Uplinks: one(up), Targets: gone}, []alarm.CauseName{"access_down"}, nil},
		{"access behind the gateway", table{Switches: one(up), Uplinks: one(up), Targets: targets(up, down, down, down, down)}, []alarm.CauseName{"access_down"}, nil},
		{"port read before the silence", table{Switches: one(up), Uplinks: one(well(5 * sec)), Targets: gone}, []alarm.CauseName{"unknown"}, []alarm.CauseName{"uplink_port_down", "access_down"}},
		{"switch asked before the silence", table{Mains: one(up), Switches: one(well(5 * sec)), Uplinks: one(well(5 * sec)), Targets: gone}, []alarm.CauseName{"unknown"}, []alarm.CauseName{"switch_down", "uplink_port_down", "access_down"}},
		{"sjunet", table{Switches: one(up), Uplinks: one(up), Targets: targets(up, up, down, down, down)}, []alarm.CauseName{"sjunet_down"}, nil},
		{"sjunet, region heard before", table{Switches: one(up), Uplinks: one(up), Targets: targets(well(4*sec), well(4*sec), down, down, down)}, []alarm.CauseName{"unknown"}, []alarm.CauseName{"access_down", "sjunet_down"}},
		{"sjunet with the gateway alone", table{Targets: []alarm.Target{target("gateway", up), target("sjunet", down)}}, []alarm.CauseName{"sjunet_down"}, nil},
		{"one sjunet target", table{Targets: targets(up, up, down, up, up)}, nil, nil},
		{"sjunet refuses", table{Targets: targets(up, up, refused, down, up)}, nil, nil},
		{"sjunet targets silent, a service behind answers", table{Targets: targets(up, up, down, down, up)}, nil, nil},
		{"sjunet silent, the service answered before", table{Targets: targets(up, up, down, down, well(30*sec))}, []alarm.CauseName{"sjunet_down"}, nil},
		{"service", table{Targets: targets(up, up, up, up, down)}, []alarm.CauseName{"service_down"}, nil},
		{"service refuses", table{Targets: targets(up, up, up, up, refused)}, []alarm.CauseName{"service_down"}, nil},
		{"region silent, sjunet answers", table{Targets: targets(down, down, up, up, up)}, nil, nil},
		{"mains and sjunet", table{Mains: one(down), Switches: one(up), Uplinks: one(up), Targets: targets(up, up, down, down, down)}, []alarm.CauseName{"sjunet_down", "mains_lost"}, nil},
		{"clinic", table{Kind: alarm.Physiotherapy, Carrier: one(up), Targets: []alarm.Target{target("gateway", up), target("internet", down), target("service", down)}}, []alarm.CauseName{"access_down"}, nil},
		{"clinic, portal", table{Kind: alarm.Physiotherapy, Targets: []alarm.Target{target("internet", up), target("service", down)}}, []alarm.CauseName{"service_down"}, nil},
	} {
		t.Run(x.name, func(t *testing.T) { checkVerdict(t, alarm.Verdict(x.t), x.want, x.candidates) })
	}
}

func checkVerdict(t *testing.T, got []alarm.Cause, want, candidates []alarm.CauseName) {
	t.Helper()
	if !slices.Equal(names(got), want) {
		t.Fatalf("verdict %v, want %v", names(got), want)
	}
	for _, c := range got {
		if len(c.For) == 0 {
			t.Errorf("%s without evidence", c.Name)
		}
		if (c.Name == alarm.Undecided) != (len(c.Candidates) > 1) && c.Name != alarm.MonitorFault || len(c.Candidates) > 0 != (c.Check != "") {
			t.Errorf("%s: candidates %v, check %q", c.Name, c.Candidates, c.Check)
		}
	}
	if len(got) > 0 && !slices.Equal(got[0].Candidates, candidates) {
		t.Errorf("candidates %v, want %v", got[0].Candidates, candidates)
	}
}

func TestVerdictFromOutside(t *testing.T) {
	up, down, dunno := well(0), ill(2*sec), alarm.Observation{}
	type outside = alarm.Outside
	for _, x := range []struct {
		name       string
		t          alarm.Table
		o          outside
		want       []alarm.CauseName
		candidates []alarm.CauseName
	}{
		{"last words: mains", alarm.Table{Mains: one(down)}, outside{Router: down, Switch: down}, []alarm.CauseName{"mains_lost"}, nil},
		{"last now: port down", alarm.Table{Mains: one(up), Uplinks: one(down)}, outside{Router: up, Switch: down}, []alarm.CauseName{"uplink_port_down"}, nil},
		{"switch answers", alarm.Table{}, outside{Router: up, Switch: up}, []alarm.CauseName{"monitor_fault"}, nil},
		{"router silent", alarm.Table{Mains: one(up)}, outside{Router: down, Switch: down}, []alarm.CauseName{"unknown"}, []alarm.CauseName{"access_down", "mains_lost"}},
		{"router answers", alarm.Table{}, outside{Router: up, Switch: down}, []alarm.CauseName{"unknown"}, []alarm.CauseName{"uplink_port_down", "switch_down", "mains_lost"}},
		{"no probes", alarm.Table{}, outside{Router: dunno, Switch: dunno}, []alarm.CauseName{"unknown"}, []alarm.CauseName{"access_down", "uplink_port_down", "switch_down", "mains_lost", "monitor_fault"}},
		{"many", alarm.Table{Mains: one(down)}, outside{Router: down, Switch: down, Others: 7, Many: 5}, []alarm.CauseName{"region_core"}, nil},
		{"clinic", alarm.Table{Kind: alarm.Physiotherapy}, outside{}, []alarm.CauseName{"unknown"}, []alarm.CauseName{"access_down", "mains_lost", "monitor_fault"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.t.Outside = &x.o
			checkVerdict(t, alarm.Verdict(x.t), x.want, x.candidates)
		})
	}
}
