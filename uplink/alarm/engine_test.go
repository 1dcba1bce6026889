package alarm_test

import (
	"slices"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

func names(causes []alarm.Cause) []alarm.CauseName {
	var list []alarm.CauseName
	for _, c := range causes {
		list = append(list, c.Name)
	}
	return list
}

// settled is a healthy closet that has run a while and told nothing.
func settled(t *testing.T) *closet {
	c := newCloset(t, fullPlan()).healthy()
	c.run(5 * time.Second)
	c.want()
	if v := c.e.Verdict(); v != nil {
		t.Fatalf("verdict on a good day: %v", names(v))
	}
	return c
}

func TestCutUplinkIsOneCase(t *testing.T) {
	c := settled(t)
	cut := c.now
	c.set(uplink, reading.IfDown)
	c.dead(path...)
	c.run(8 * time.Second)
	link, down := c.find(alarm.Raise, alarm.LinkDown), c.find(alarm.Raise, alarm.PathDownRegion)
	if down.Joins != link.Occ || link.Joins != "" {
		t.Errorf("joins: link %q, path %q, want one case", link.Joins, down.Joins)
	}
	for _, ch := range []alarm.Change{link, down} {
		if ch.Class != alarm.Access || !slices.Equal(names(ch.Causes), []alarm.CauseName{alarm.UplinkPortDown}) {
			t.Errorf("%s: class %s, causes %v", ch.Code, ch.Class, names(ch.Causes))
		}
		if d := ch.Since.Since(cut); d < 0 || d > 2*time.Second {
			t.Errorf("%s began %v after the cut", ch.Code, d)
		}
	}
	c.want("raise link.down sw1/Gi1/0/48", "raise path.down:region")
	if !slices.Contains(c.asks, alarm.AskUplink) || !slices.Contains(c.asks, alarm.AskPath) {
		t.Errorf("asks %v", c.asks)
	}
	mended := c.now
	c.set(uplink, reading.IfUp)
	c.alive(path...)
	c.run(time.Minute)
	end := c.find(alarm.Clear, alarm.PathDownRegion)
	if d := end.Until.Since(mended); d < 0 || d > 2*time.Second || end.Since != down.Since {
		t.Errorf("ended %v after the repair, since %v", d, end.Since)
	}
	c.want("clear link.down sw1/Gi1/0/48", "clear path.down:region")
}

// Each case of the table is a fault, what is told, and what is told when it is mended.
func TestRaiseAndClear(t *testing.T) {
	set := func(p reading.Point, v int64) func(*closet) { return func(c *closet) { c.set(p, v) } }
	for _, x := range []struct {
		name       string
		fault      func(*closet)
		raise, end []string
		class      alarm.Class
		cause      alarm.CauseName
	}{
		{"mains", set(mains, 0), []string{"raise power.mains_lost mains"}, []string{"clear power.mains_lost mains"}, alarm.RoomPower, alarm.MainsLost},
		{"on battery", set(upsFrom, reading.UPSSourceBattery), []string{"raise power.on_battery ups1"}, []string{"clear power.on_battery ups1"}, alarm.RoomPower, ""},
		{"battery low", set(upsBatt, reading.UPSBatteryLow), []string{"raise power.battery_low ups1"}, []string{"clear power.battery_low ups1"}, alarm.RoomPower, ""},
		{"ups lost", set(upsUp, 0), []string{"raise power.ups_lost ups1"}, []string{"clear power.ups_lost ups1"}, alarm.RoomPower, ""},
		{"own cable", func(c *closet) { c.set(carrier, 0); c.dead(path...); c.set(sw1, 0) }, []string{"raise monitor.connection"}, []string{"clear monitor.connection"}, alarm.Monitor, alarm.MonitorFault},
		{"access", func(c *closet) { c.dead(path...) }, []string{"raise path.down:region"}, []string{"clear path.down:region"}, alarm.Access, alarm.AccessDown},
		{"sjunet", func(c *closet) { c.dead(sjunet1, sjunet2, cosmic) }, []string{"raise path.down:sjunet"}, []string{"clear path.down:sjunet"}, alarm.Sjunet, alarm.SjunetDown},
		{"one target", func(c *closet) { c.dead(sjunet1) }, nil, nil, "", ""},
		{"service silent", func(c *closet) { c.dead(cosmic) }, []string{"raise service.down Cosmic"}, []string{"clear service.down Cosmic"}, alarm.Service, alarm.ServiceDown},
		{"service refuses", set(cosmic, reading.ProbeRefused), []string{"raise service.down Cosmic"}, []string{"clear service.down Cosmic"}, alarm.Service, alarm.ServiceDown},
		{"sjunet refuses", func(c *closet) { c.set(sjunet1, reading.ProbeRefused); c.set(sjunet2, reading.ProbeRefused) }, nil, nil, "", ""},
		{"port", set(apPort, reading.IfDown), []string{"raise port.down sw1/Gi1/0/7"}, []string{"clear port.down sw1/Gi1/0/7"}, alarm.Switch, ""},
		{"management silent", set(sw1, 0), []string{"raise switch.unreachable sw1"}, []string{"clear switch.unreachable sw1"}, alarm.Switch, ""},
		{"leak", set(leak, 1), []string{"raise climate.leak floor"}, []string{"clear climate.leak floor"}, alarm.Water, ""},
		{"smoke", set(smoke, 1), []string{"raise climate.smoke roof"}, []string{"clear climate.smoke roof"}, alarm.Fire, ""},
		{"hot", set(inlet, 30000), []string{"raise climate.temperature inlet"}, []string{"clear climate.temperature inlet"}, alarm.Cooling, ""},
		{"cold", set(inlet, 5000), []string{"raise climate.temperature inlet"}, []string{"clear climate.temperature inlet"}, alarm.Cooling, ""},
		{"storage", set(storage, 0), []string{"raise monitor.storage"}, []string{"clear monitor.storage"}, alarm.Monitor, ""},
		{"clock", set(clock, 0), []string{"raise monitor.clock"}, []string{"clear monitor.clock"}, alarm.Monitor, ""},
		{"undervoltage", set(supply, 1), []string{"raise monitor.undervoltage"}, []string{"clear monitor.undervoltage"}, alarm.Monitor, ""},
		{"sensor", func(c *closet) { c.spoil(inlet, reading.Fault) }, []string{"raise monitor.sensor_fault inlet"}, []string{"clear monitor.sensor_fault inlet"}, alarm.Monitor, ""},
		{"door held", set(door, 1), []string{"raise door.held door"}, []string{"clear door.held door"}, alarm.Door, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := settled(t)
			x.fault(c)
			c.run(15 * time.Minute)
			if len(x.raise) == 1 && len(c.changes) > 0 {
				ch := c.changes[0]
				if ch.Class != x.class || ch.Occ == "" || len(ch.Evidence) == 0 {
					t.Errorf("class %s, want %s; %+v", ch.Class, x.class, ch)
				}
				if x.cause != "" && (len(ch.Causes) == 0 || ch.Causes[0].Name != x.cause || len(ch.Causes[0].For) == 0) {
					t.Errorf("causes %+v, want %s", ch.Causes, x.cause)
				}
			}
			c.want(x.raise...)
			c.healthy()
			c.run(5 * time.Minute)
			c.want(x.end...)
			if len(c.e.Open()) != 0 || c.e.Verdict() != nil {
				t.Errorf("left open %v, verdict %v", c.e.Open(), names(c.e.Verdict()))
			}
		})
	}
}

func TestMainsLostTakesTheSwitchAlong(t *testing.T) {
	c := settled(t)
	c.set(mains, 0)
	c.run(2 * time.Second)
	c.set(sw1, 0)
	c.spoil(uplink, reading.Unknown)
	c.spoil(apPort, reading.Unknown)
	c.set(upsUp, 0)
	c.spoil(upsFrom, reading.Unknown)
	c.spoil(upsBatt, reading.Unknown)
	c.set(carrier, 0)
	c.dead(path...)
	c.run(20 * time.Second)
	power, down := c.find(alarm.Raise, alarm.PowerMainsLost), c.find(alarm.Raise, alarm.PathDownRegion)
	if down.Class != alarm.RoomPower || down.Joins != power.Occ {
		t.Errorf("path.down: class %s joins %q of %q", down.Class, down.Joins, power.Occ)
	}
	if p := alarm.Responsible(alarm.RegionRun, down.Class, nil); p != alarm.PropertyOwner {
		t.Errorf("whose: %s", p)
	}
	c.want("raise power.mains_lost mains", "raise path.down:region")
	// Power is back; the switch needs two minutes to start. Nothing new is blamed.
	c.set(mains, 1)
	c.set(carrier, 1)
	c.run(2 * time.Minute)
	c.want("clear power.mains_lost mains")
	if got := names(c.e.Verdict()); !slices.Equal(got, []alarm.CauseName{alarm.MainsLost}) {
		t.Errorf("verdict while the switch starts: %v", got)
	}
	c.healthy()
	c.run(5 * time.Minute)
	c.want("clear path.down:region")
}

// A child that was down behind its parent, and still is when the parent clears,
// is told then; its delay counts from there.
func TestSuppressionEatsNothing(t *testing.T) {
	c := settled(t)
	c.set(sw1, 0)
	c.set(apPort, reading.IfDown)
	c.run(30 * time.Second)
	c.want("raise switch.unreachable sw1")
	for _, k := range c.e.Conditions() {
		if k.Code == alarm.PortDown && (k.Truth != alarm.Unsure || k.Parent != alarm.SwitchUnreachable) {
			t.Errorf("port behind a silent switch: %s, parent %q", k.Truth, k.Parent)
		}
	}
	c.set(sw1, 1)
	c.run(60 * time.Second)
	c.want("clear switch.unreachable sw1")
	c.run(60 * time.Second)
	c.want("raise port.down sw1/Gi1/0/7")
}

// Leak, smoke and high heat come through whatever else stands.
func TestNeverSilenced(t *testing.T) {
	for _, row := range alarm.Catalogue() {
		want := row.Code == alarm.ClimateLeak || row.Code == alarm.ClimateSmoke
		if row.NeverSilenced != want || want && len(row.DependsOn) > 0 {
			t.Errorf("%s: never silenced %v, parents %v", row.Code, row.NeverSilenced, row.DependsOn)
		}
	}
	if !alarm.NeverSilenced(alarm.ClimateTemp, alarm.Critical) || alarm.NeverSilenced(alarm.ClimateTemp, alarm.Warning) {
		t.Error("high heat, and only that of temperature, is never silenced")
	}
	c := settled(t)
	c.set(mains, 0)
	c.set(sw1, 0)
	c.dead(path...)
	c.run(10 * time.Second)
	c.got()
	c.set(leak, 1)
	c.set(smoke, 1)
	c.set(inlet, 40000)
	c.run(30 * time.Second)
	c.want("raise climate.leak floor", "raise climate.smoke roof", "raise climate.temperature inlet")
}

func TestHysteresisAndSeverity(t *testing.T) {
	c := settled(t)
	for _, x := range []struct {
		v    int64
		want []string
	}{
		{27000, nil},
		{27500, []string{"raise climate.temperature inlet"}},
		{26500, nil}, // inside the bound, not by the hysteresis
		{36000, []string{"update climate.temperature inlet"}},
		{34000, nil},
		{32000, []string{"update climate.temperature inlet"}},
		{24900, []string{"clear climate.temperature inlet"}},
		{26500, nil},
	} {
		c.set(inlet, x.v)
		c.run(time.Minute)
		c.want(x.want...)
	}
}

func TestLimitDelays(t *testing.T) {
	c := settled(t)
	c.set(inlet, 30000)
	c.run(9 * time.Second)
	c.set(inlet, 21000)
	c.run(time.Minute)
	c.want()
}

func TestLatchHoldsUntilUnlatched(t *testing.T) {
	p := fullPlan()
	p.Limits[0].Latch = true
	c := newCloset(t, p).healthy()
	c.set(inlet, 30000)
	c.run(time.Minute)
	c.set(inlet, 21000)
	c.run(time.Minute)
	c.want("raise climate.temperature inlet")
	if !c.e.Unlatch(c.e.Open()[0].Occ) || c.e.Unlatch("other") {
		t.Error("unlatch by occurrence")
	}
	c.run(time.Second)
	c.want("clear climate.temperature inlet")
}

// A port that comes and goes: some alarms, then one start and one end with the count.
func TestFlapping(t *testing.T) {
	c := settled(t)
	for range 40 {
		c.set(uplink, reading.IfDown)
		c.run(4 * time.Second)
		c.set(uplink, reading.IfUp)
		c.run(10 * time.Second)
	}
	var flaps, raises int
	for _, ch := range c.changes {
		if ch.Reason == alarm.ReasonFlapping {
			flaps++
		}
		if ch.Act == alarm.Raise {
			raises++
		}
	}
	if flaps != 1 || raises > 4 {
		t.Errorf("%d raises, %d flapping messages: %v", raises, flaps, c.got())
	}
	c.got()
	c.run(5 * time.Hour)
	if len(c.changes) != 1 || c.changes[0].Act != alarm.Clear || c.changes[0].Count < 35 {
		t.Errorf("end: %+v", c.changes)
	}
}

// A second outage a minute after the first is a new case.
func TestSecondOutageIsNew(t *testing.T) {
	c := settled(t)
	seen := map[string]bool{}
	for range 2 {
		c.dead(path...)
		c.run(20 * time.Second)
		seen[c.find(alarm.Raise, alarm.PathDownRegion).Occ] = true
		c.alive(path...)
		c.run(time.Minute)
		c.want("raise path.down:region", "clear path.down:region")
	}
	if len(seen) != 2 {
		t.Errorf("occurrences %v", seen)
	}
}

// What stops being read is unknown and told as such, never as fine.
func TestStaleIsNotFine(t *testing.T) {
	c := settled(t)
	c.set(leak, 1)
	c.run(2 * time.Second)
	c.want("raise climate.leak floor")
	c.idle(10 * time.Minute)
	for _, k := range c.e.Conditions() {
		if k.Truth == alarm.No && k.Code != alarm.MonitorSensor {
			t.Errorf("%s %s is judged fine without a reading", k.Code, k.Object)
		}
	}
	if len(c.e.Open()) < 10 {
		t.Errorf("open: %d", len(c.e.Open()))
	}
	for _, s := range c.got() {
		if s == "clear climate.leak floor" {
			t.Error("an alarm was cleared by silence")
		}
	}
}

func TestNeverReadIsTold(t *testing.T) {
	p := alarm.Plan{Contacts: []reading.Point{leak}}
	c := newCloset(t, p)
	c.step(reading.Batch{})
	c.idle(10 * time.Minute)
	c.want("raise monitor.sensor_fault floor")
}

func TestDoorEvents(t *testing.T) {
	c := settled(t)
	c.set(door, 1)
	c.run(10 * time.Second)
	c.set(door, 0)
	c.run(10 * time.Second)
	if len(c.events) != 2 || c.events[0].Say != "door_opened" || c.events[1].Say != "door_closed" {
		t.Fatalf("events %+v", c.events)
	}
	if d := c.events[1].At.Since(*c.events[1].Since); d != 10*time.Second {
		t.Errorf("was open for %v", d)
	}
	c.want()
}

func TestRestoreKeepsTheOccurrence(t *testing.T) {
	c := settled(t)
	c.dead(path...)
	c.run(20 * time.Second)
	open := c.e.Open()
	gone := alarm.Change{Act: alarm.Raise, Key: alarm.Key{Code: alarm.ClimateLeak, Object: "old"}, Occ: "gone", Since: start}
	d := newCloset(t, fullPlan()).healthy()
	d.dead(path...)
	d.now = c.now
	d.e = alarm.New(fullPlan(), d.occ, d.now)
	d.e.Restore(append(open, gone))
	d.open[open[0].Occ], d.open["gone"] = true, true
	d.run(20 * time.Second)
	d.want("clear climate.leak old")
	d.alive(path...)
	d.run(20 * time.Second)
	if ch := d.find(alarm.Clear, alarm.PathDownRegion); ch.Occ != open[0].Occ {
		t.Errorf("cleared %s, open was %s", ch.Occ, open[0].Occ)
	}
}

func TestReplan(t *testing.T) {
	c := settled(t)
	c.set(leak, 1)
	c.set(inlet, 26000)
	c.run(time.Minute)
	c.want("raise climate.leak floor")
	p := fullPlan()
	p.Contacts = []reading.Point{smoke}
	p.Limits[0].WarnHigh = degrees(25)
	c.e.Replan(p, c.now)
	c.run(time.Minute)
	c.want("clear climate.leak floor", "raise climate.temperature inlet")
}

func TestPhysiotherapy(t *testing.T) {
	p := alarm.Plan{Kind: alarm.Physiotherapy, Mains: []reading.Point{mains}, Interfaces: []string{"eth0"},
		Targets: []alarm.ProbeTarget{{Name: "gw", Layer: alarm.LayerGateway}, {Name: "net", Layer: alarm.LayerInternet}, {Name: "Cosmic", Layer: alarm.LayerService}}}
	c := newCloset(t, p)
	c.set(mains, 1)
	c.set(carrier, 1)
	c.alive(gateway, internet, cosmic)
	c.run(5 * time.Second)
	c.dead(internet, cosmic)
	c.run(20 * time.Second)
	ch := c.find(alarm.Raise, alarm.PathDownInternet)
	if ch.Class != alarm.Internet || ch.Causes[0].Name != alarm.AccessDown {
		t.Errorf("class %s, causes %v", ch.Class, names(ch.Causes))
	}
	c.want("raise path.down:internet")
	c.alive(internet)
	c.run(time.Minute)
	c.want("clear path.down:internet", "raise service.down Cosmic")
}

// The cause that was unknown when the alarm was told is told when it is known,
// and the class moves with it.
func TestUnknownIsSettledLater(t *testing.T) {
	c := settled(t)
	c.dead(path...)
	c.spoil(uplink, reading.Unknown)
	c.run(10 * time.Second)
	if ch := c.find(alarm.Raise, alarm.PathDownRegion); ch.Causes[0].Name != alarm.Undecided || len(ch.Causes[0].Candidates) < 2 || ch.Causes[0].Check == "" {
		t.Errorf("causes %+v", ch.Causes)
	}
	c.got()
	c.set(uplink, reading.IfDown)
	c.run(10 * time.Second)
	up := c.find(alarm.Update, alarm.PathDownRegion)
	if up.Causes[0].Name != alarm.UplinkPortDown || up.Reason != alarm.ReasonVerdict {
		t.Errorf("update %+v", up)
	}
	if link := c.find(alarm.Raise, alarm.LinkDown); link.Joins != up.Occ {
		t.Errorf("link joins %q, want %q", link.Joins, up.Occ)
	}
	c.want("update path.down:region", "raise link.down sw1/Gi1/0/48")
}

// Two faults at once are two causes.
func TestTwoFaults(t *testing.T) {
	c := settled(t)
	c.set(mains, 0)
	c.run(20 * time.Second)
	c.got()
	c.set(uplink, reading.IfDown)
	c.dead(path...)
	c.run(20 * time.Second)
	want := []alarm.CauseName{alarm.UplinkPortDown, alarm.MainsLost}
	ch := c.find(alarm.Raise, alarm.PathDownRegion)
	if !slices.Equal(names(ch.Causes), want) || ch.Class != alarm.Access {
		t.Errorf("causes %v class %s", names(ch.Causes), ch.Class)
	}
	if link := c.find(alarm.Raise, alarm.LinkDown); ch.Joins != link.Occ || link.Joins != "" {
		t.Errorf("link joins %q, path joins %q", link.Joins, ch.Joins)
	}
}

// What was polled while the parent stood is not judged after it: the port must be
// read again first, however long that takes.
func TestPolledBehindAParentIsReadAgain(t *testing.T) {
	c := settled(t)
	c.set(apPort, reading.IfDown)
	c.run(time.Second)
	c.set(sw1, 0)
	c.run(20 * time.Second)
	c.want("raise switch.unreachable sw1")
	c.set(sw1, 1)
	c.order = slices.DeleteFunc(c.order, func(p reading.Point) bool { return p == apPort })
	c.run(85 * time.Second)
	c.want("clear switch.unreachable sw1")
	c.order = append(c.order, apPort)
	c.run(15 * time.Second)
	c.want("raise port.down sw1/Gi1/0/7")
}
