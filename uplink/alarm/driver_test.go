package alarm_test

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// start is the moment at which every test begins.
var start = reading.Stamp{Boot: "b1", Mono: time.Hour, Wall: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Synced: true}

// closet drives an Engine through fake time: it holds a value per point and
// delivers each at its period, runs the ticks that the engine asks for, and
// keeps what came out.
type closet struct {
	t       *testing.T
	e       *alarm.Engine
	now     reading.Stamp
	values  map[reading.Point]int64
	quality map[reading.Point]reading.Quality
	order   []reading.Point
	reason  map[reading.Point]string        // of what is not good
	held    map[reading.Point]time.Duration // as the source tells it
	unsure  map[reading.Point]int64         // uncertainty
	boot    map[string]reading.Stamp        // devices that tell their uptime
	changes []alarm.Change
	events  []alarm.Happening
	asks    []alarm.Ask
	occs    int
	open    map[string]bool
	ticks   int
}

func newCloset(t *testing.T, plan alarm.Plan) *closet {
	c := &closet{t: t, now: start, values: map[reading.Point]int64{}, quality: map[reading.Point]reading.Quality{}, open: map[string]bool{},
		reason: map[reading.Point]string{}, held: map[reading.Point]time.Duration{}, unsure: map[reading.Point]int64{}, boot: map[string]reading.Stamp{}}
	c.e = alarm.New(plan, c.occ, start)
	return c
}

func (c *closet) occ() string { c.occs++; return fmt.Sprintf("occ%d", c.occs) }

// set gives a point a value that every later round delivers.
func (c *closet) set(p reading.Point, v int64) {
	if _, ok := c.values[p]; !ok {
		c.order = append(c.order, p)
	}
	c.values[p], c.quality[p] = v, reading.Good
}

// spoil makes a point deliver no value any more.
func (c *closet) spoil(p reading.Point, q reading.Quality) { c.quality[p] = q }

// round delivers every point once.
func (c *closet) round() alarm.Outcome {
	var b reading.Batch
	for _, p := range c.order {
		r := reading.Reading{Point: p, Value: c.values[p], Quality: c.quality[p], At: c.now, Held: c.held[p], Uncertainty: c.unsure[p]}
		if r.Reason = c.reason[p]; r.Quality != reading.Good {
			r.Reason = cmp.Or(c.reason[p], "crc mismatch from 10.20.30.40")
		}
		b.Readings = append(b.Readings, r)
	}
	for name, boot := range c.boot {
		b.Readings = append(b.Readings, reading.Reading{Point: reading.Point{Device: name, Kind: reading.DeviceUptime},
			Value: int64(c.now.Since(boot) / (10 * time.Millisecond)), Quality: reading.Good, At: c.now})
	}
	return c.step(b)
}

func (c *closet) step(b reading.Batch) alarm.Outcome {
	out := c.e.Step(b, c.now)
	c.changes = append(c.changes, out.Changes...)
	c.events = append(c.events, out.Events...)
	c.asks = append(c.asks, out.Asks...)
	for _, ch := range out.Changes {
		c.check(ch)
	}
	return out
}

// check holds what is true of every change: raised once, cleared once, nothing after.
func (c *closet) check(ch alarm.Change) {
	c.t.Helper()
	switch {
	case ch.Act == alarm.Raise && c.open[ch.Occ], ch.Act != alarm.Raise && !c.open[ch.Occ]:
		c.t.Errorf("%s of %s/%s %s: open before: %v", ch.Act, ch.Code, ch.Object, ch.Occ, c.open[ch.Occ])
	case ch.Act == alarm.Clear && (ch.Until == nil || ch.Until.Since(ch.Since) < 0):
		c.t.Errorf("clear of %s: since %v until %v", ch.Code, ch.Since, ch.Until)
	}
	c.open[ch.Occ] = ch.Act != alarm.Clear
}

// run delivers every point each second for d, with the engine's own ticks between.
func (c *closet) run(d time.Duration) {
	c.t.Helper()
	for end := c.now.Add(d); end.Since(c.now) > 0; {
		c.round()
		c.idle(time.Second)
	}
}

// slowly is run with a round each minute, for days.
func (c *closet) slowly(d time.Duration) {
	c.t.Helper()
	for end := c.now.Add(d); end.Since(c.now) > 0; {
		c.round()
		c.idle(time.Minute)
	}
}

// idle lets time pass without readings; the engine gets the ticks it asks for.
func (c *closet) idle(d time.Duration) {
	c.t.Helper()
	for end := c.now.Add(d); ; {
		wait, ok := c.e.Next(c.now)
		if !ok || wait > end.Since(c.now) {
			c.now = end
			return
		}
		if c.ticks++; wait == 0 && c.ticks > 100000 {
			c.t.Fatal("the engine asks for ticks without end")
		}
		c.now = c.now.Add(max(wait, time.Millisecond))
		c.step(reading.Batch{})
	}
}

// got returns the changes since the last call, as "act code[/object]".
func (c *closet) got() []string {
	var list []string
	for _, ch := range c.changes {
		s := string(ch.Act) + " " + string(ch.Code)
		if ch.Object != "" {
			s += " " + ch.Object
		}
		list = append(list, s)
	}
	c.changes = nil
	return list
}

func (c *closet) find(act alarm.Act, code alarm.Code) alarm.Change {
	c.t.Helper()
	for _, ch := range c.changes {
		if ch.Act == act && ch.Code == code {
			return ch
		}
	}
	c.t.Fatalf("no %s of %s in %v", act, code, c.got())
	return alarm.Change{}
}

func (c *closet) want(want ...string) {
	c.t.Helper()
	got := c.got()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Errorf("changes\n got %q\nwant %q", got, want)
	}
}

// Points of the closet of the tests.
var (
	mains    = reading.Point{Device: "mains", Kind: reading.MainsPresent}
	carrier  = reading.Point{Device: reading.Monitor, Object: "eth0", Kind: reading.Carrier}
	sw1      = reading.Point{Device: "sw1", Kind: reading.DeviceUp}
	uplink   = reading.Point{Device: "sw1", Object: "Gi1/0/48", Kind: reading.IfOperStatus}
	apPort   = reading.Point{Device: "sw1", Object: "Gi1/0/7", Kind: reading.IfOperStatus}
	upsUp    = reading.Point{Device: "ups1", Kind: reading.DeviceUp}
	upsFrom  = reading.Point{Device: "ups1", Kind: reading.UPSSource}
	upsBatt  = reading.Point{Device: "ups1", Kind: reading.UPSBattery}
	door     = reading.Point{Device: "door", Kind: reading.DoorOpen}
	inlet    = reading.Point{Device: "inlet", Kind: reading.Temperature}
	leak     = reading.Point{Device: "floor", Kind: reading.Leak}
	smoke    = reading.Point{Device: "roof", Kind: reading.Smoke}
	gateway  = reading.Point{Device: alarm.PathDevice, Object: "gw", Kind: reading.ProbeResult}
	region   = reading.Point{Device: alarm.PathDevice, Object: "edge", Kind: reading.ProbeResult}
	sjunet1  = reading.Point{Device: alarm.PathDevice, Object: "sjunet-a", Kind: reading.ProbeResult}
	sjunet2  = reading.Point{Device: alarm.PathDevice, Object: "sjunet-b", Kind: reading.ProbeResult}
	cosmic   = reading.Point{Device: alarm.PathDevice, Object: "Cosmic", Kind: reading.ProbeResult}
	storage  = reading.Point{Device: reading.Monitor, Kind: reading.StorageWritable}
	clock    = reading.Point{Device: reading.Monitor, Kind: reading.ClockSynced}
	supply   = reading.Point{Device: reading.Monitor, Kind: reading.Undervoltage}
	internet = reading.Point{Device: alarm.PathDevice, Object: "net", Kind: reading.ProbeResult}
)

func degrees(d int64) *int64 { d *= 1000; return &d }

// fullPlan is a vårdcentral with everything.
func fullPlan() alarm.Plan {
	return alarm.Plan{
		Kind:    alarm.RegionRun,
		Uplinks: []alarm.Port{{Device: "sw1", Port: "Gi1/0/48"}}, Ports: []alarm.Port{{Device: "sw1", Port: "Gi1/0/7"}},
		Switches: []string{"sw1"}, UPS: []string{"ups1"},
		Mains:    []reading.Point{mains},
		Doors:    []alarm.DoorContact{{Point: door, HeldAfter: 2 * time.Minute}},
		Contacts: []reading.Point{leak, smoke},
		Limits: []alarm.Limit{{Point: inlet, WarnLow: degrees(10), WarnHigh: degrees(27), CritHi: degrees(35),
			Hysteresis: 2000, Trip: 10 * time.Second, Clear: 20 * time.Second}},
		Targets: []alarm.ProbeTarget{{Name: "gw", Layer: alarm.LayerGateway}, {Name: "edge", Layer: alarm.LayerRegion},
			{Name: "sjunet-a", Layer: alarm.LayerSjunet}, {Name: "sjunet-b", Layer: alarm.LayerSjunet}, {Name: "Cosmic", Layer: alarm.LayerService}},
		Interfaces: []string{"eth0"},
	}
}

var path = []reading.Point{gateway, region, sjunet1, sjunet2, cosmic}

// healthy sets every point of fullPlan to what it is on a good day.
func (c *closet) healthy() *closet {
	for _, p := range []reading.Point{mains, carrier, sw1, uplink, apPort, upsUp, storage, clock} {
		c.set(p, 1)
	}
	for _, p := range path {
		c.set(p, reading.ProbeAnswered)
	}
	c.set(upsFrom, reading.UPSSourceNormal)
	c.set(upsBatt, reading.UPSBatteryNormal)
	c.set(inlet, 21000)
	for _, p := range []reading.Point{door, leak, smoke, supply} {
		c.set(p, 0)
	}
	return c
}

// dead makes targets answer nothing.
func (c *closet) dead(points ...reading.Point) {
	for _, p := range points {
		c.set(p, reading.ProbeNoAnswer)
	}
}

func (c *closet) alive(points ...reading.Point) {
	for _, p := range points {
		c.set(p, reading.ProbeAnswered)
	}
}
