package poll

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/session"
	"rackvakt/snmp/snmptest"
)

// closet keeps the last reading of each point and the last text of each fact.
type closet struct {
	mu       sync.Mutex
	readings map[reading.Point]reading.Reading
	facts    map[factKey]string
	changed  chan struct{}
	// heldFirst is Reading.Held of the first reading of a value.
	heldFirst map[reading.Point]time.Duration
}

func newCloset() *closet {
	return &closet{
		readings: make(map[reading.Point]reading.Reading), facts: make(map[factKey]string), changed: make(chan struct{}, 1),
		heldFirst: make(map[reading.Point]time.Duration),
	}
}

func (c *closet) sink(b reading.Batch) {
	c.mu.Lock()
	for _, r := range b.Readings {
		if old, ok := c.readings[r.Point]; !ok || old.Value != r.Value {
			c.heldFirst[r.Point] = r.Held
		}
		c.readings[r.Point] = r
	}
	for _, f := range b.Facts {
		c.facts[factKey{f.Point, f.Label}] = f.Text
	}
	c.mu.Unlock()
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func (c *closet) get(device, object string, kind reading.Kind) reading.Reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readings[reading.Point{Device: device, Object: object, Kind: kind}]
}

func (c *closet) fact(device, object string, label reading.Label) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.facts[factKey{reading.Point{Device: device, Object: object}, label}]
}

// await waits until what holds after some batch.
func (c *closet) await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	limit := time.After(15 * time.Second)
	for !holds() {
		select {
		case <-c.changed:
		case <-limit:
			c.mu.Lock()
			defer c.mu.Unlock()
			for p, r := range c.readings {
				if p.Object == "" || p.Kind == reading.IfOperStatus {
					t.Logf("%v: %v %v %q", p, r.Value, r.Quality, r.Reason)
				}
			}
			t.Fatalf("never: %s; facts %v", what, c.facts)
		}
	}
}

// run polls o until the test ends.
func run(t *testing.T, o Options, c *closet) *Device {
	t.Helper()
	d := New(o, Deps{
		Clock: reading.NewWallclock("boot", 0, nil), Sink: c.sink, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return d
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func quick(o Options) Options {
	o.UplinkPorts = []string{"1/48"}
	o.UplinkEvery, o.PollEvery, o.Timeout = 50*time.Millisecond, 300*time.Millisecond, 300*time.Millisecond
	return o
}

func TestUplinkCutIsSeen(t *testing.T) {
	a := snmptest.New()
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	c := newCloset()
	d := run(t, quick(optionsV3(snmptest.Start(t, a))), c)
	c.await(t, "uplink up", func() bool { return c.get("sw1", "1/48", reading.IfOperStatus).Is(reading.IfUp) })
	c.await(t, "all ports", func() bool { return c.get("sw1", "1/1", reading.IfInOctets).Known() })
	if got := c.fact("sw1", "1/48", reading.LabelAlias); got != "outlet 02-24" {
		t.Errorf("alias %q", got)
	}
	m.SetUp(48, false)
	d.Ask()
	c.await(t, "uplink down", func() bool { return c.get("sw1", "1/48", reading.IfOperStatus).Is(reading.IfDown) })
	if !c.get("sw1", "", reading.DeviceUp).Is(1) || !c.get("sw1", "", reading.DeviceUptime).Known() {
		t.Error("the device itself is not up")
	}
	if a.Stats().Sets != 0 {
		t.Error("the poller wrote to the device")
	}
}

func TestAskReadsNow(t *testing.T) {
	a := snmptest.New()
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	o := quick(optionsV2(snmptest.Start(t, a)))
	o.UplinkEvery, o.PollEvery = time.Hour, time.Hour
	c := newCloset()
	d := run(t, o, c)
	c.await(t, "poll", func() bool { return c.get("sw1", "1/48", reading.IfOperStatus).Is(reading.IfUp) })
	m.SetUp(48, false)
	d.Ask()
	c.await(t, "uplink down", func() bool { return c.get("sw1", "1/48", reading.IfOperStatus).Is(reading.IfDown) })
	if !c.get("sw1", "1/1", reading.IfOperStatus).Is(reading.IfUp) {
		t.Error("Ask read more than the uplink port")
	}
}

func TestSilentDeviceAndReturn(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	c := newCloset()
	d := run(t, quick(optionsV2(snmptest.Start(t, a))), c)
	c.await(t, "poll", func() bool { return c.get("sw1", "1/3", reading.IfInOctets).Known() })
	a.Misbehave(snmptest.Faults{Silent: true})
	c.await(t, "silent", func() bool { return c.get("sw1", "", reading.DeviceUp).Is(0) })
	for _, p := range []reading.Point{
		{Device: "sw1", Object: "1/48", Kind: reading.IfOperStatus}, {Device: "sw1", Object: "1/3", Kind: reading.IfInOctets},
		{Device: "sw1", Kind: reading.DeviceUptime},
	} {
		if r := c.get(p.Device, p.Object, p.Kind); r.Quality != reading.Unknown || r.Reason != "no answer" {
			t.Errorf("%v while silent: %+v", p, r)
		}
	}
	a.Misbehave(snmptest.Faults{})
	time.AfterFunc(askPause, d.Ask)
	c.await(t, "back", func() bool {
		return c.get("sw1", "", reading.DeviceUp).Is(1) && c.get("sw1", "1/3", reading.IfInOctets).Known()
	})
}

// A device that never answered has its uplink port unknown, not missing.
func TestNeverAnswered(t *testing.T) {
	a := snmptest.New()
	a.Misbehave(snmptest.Faults{Silent: true})
	c := newCloset()
	run(t, quick(optionsV3(snmptest.Start(t, a))), c)
	c.await(t, "silent", func() bool { return c.get("sw1", "", reading.DeviceUp).Is(0) })
	if r := c.get("sw1", "1/48", reading.IfOperStatus); r.Reason != "no answer" {
		t.Errorf("uplink port: %+v", r)
	}
}

func TestWrongPassphraseIsLife(t *testing.T) {
	for reason, spoil := range map[string]func(*Options){
		"wrong authentication": func(o *Options) { o.Access.AuthPassphrase = "something else" },
		"unknown user":         func(o *Options) { o.User = "nobody" },
		"cannot be decrypted":  func(o *Options) { o.Access.PrivPassphrase = "something else" },
	} {
		t.Run(reason, func(t *testing.T) {
			a := snmptest.New()
			snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 48})
			o := quick(optionsV3(snmptest.Start(t, a)))
			spoil(&o)
			c := newCloset()
			run(t, o, c)
			c.await(t, "refused", func() bool { return c.get("sw1", "1/48", reading.IfOperStatus).Reason == reason })
			if !c.get("sw1", "", reading.DeviceUp).Is(1) {
				t.Error("a device that refuses is not silent")
			}
		})
	}
}

func TestRenumberedPortsKeepTheirNames(t *testing.T) {
	a := snmptest.New()
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	a.SetUpTime(1_000_000)
	m.SetUp(48, false) // after moving by one, index 48 is another port, which is up
	c := newCloset()
	run(t, quick(optionsV2(snmptest.Start(t, a))), c)
	c.await(t, "poll", func() bool { return c.get("sw1", "1/48", reading.IfOperStatus).Is(reading.IfDown) })
	begun := c.fact("sw1", "", reading.LabelStarted)
	a.Misbehave(snmptest.Faults{Silent: true})
	m.Restart(0)
	m.Renumber(1)
	a.Misbehave(snmptest.Faults{})
	c.await(t, "new index", func() bool { return c.fact("sw1", "1/48", reading.LabelIndex) == "49" })
	c.await(t, "told", func() bool { return c.fact("sw1", "", reading.LabelProblem) != "" })
	if r := c.get("sw1", "1/48", reading.IfOperStatus); r.Quality == reading.Good && r.Value != reading.IfDown {
		t.Errorf("port 1/48 took the state of its neighbour: %+v", r)
	}
	if c.fact("sw1", "", reading.LabelStarted) == begun {
		t.Error("the new start was not told")
	}
}

func TestUPSOnBattery(t *testing.T) {
	a := snmptest.New()
	u := snmptest.NewUPS(a, "ups1")
	o := quick(optionsV3(snmptest.Start(t, a)))
	o.Name, o.Kind, o.UplinkPorts = "ups1", KindUPS, nil
	c := newCloset()
	d := run(t, o, c)
	c.await(t, "mains", func() bool { return c.get("ups1", "", reading.UPSSource).Is(reading.UPSSourceNormal) })
	c.await(t, "load", func() bool { return c.get("ups1", "", reading.UPSLoad).Is(23_000) })
	u.SetMains(false)
	u.SetBattery(60, 9, true)
	d.Ask()
	c.await(t, "battery", func() bool {
		return c.get("ups1", "", reading.UPSSource).Is(reading.UPSSourceBattery) && c.get("ups1", "", reading.UPSBattery).Is(reading.UPSBatteryLow)
	})
	c.await(t, "runtime", func() bool { return c.get("ups1", "", reading.UPSRuntime).Is(540) })
}

// The uplink port is read between two requests of a long poll.
func TestUplinkBetweenRequestsOfAWalk(t *testing.T) {
	a := snmptest.New()
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 200})
	o := quick(optionsV2(snmptest.Start(t, a)))
	o.UplinkEvery, o.PollEvery = time.Hour, time.Hour
	c := newCloset()
	d := New(o, Deps{Clock: reading.NewWallclock("boot", 0, nil), Sink: c.sink, Log: slog.New(slog.DiscardHandler)})
	s, err := session.New(o.Options)
	if err != nil {
		t.Fatal(err)
	}
	d.s = s
	defer s.Close()
	for !d.view.mapped || d.poll != nil || time.Now().After(d.urgentDue) {
		d.step(t.Context())
	}
	d.pollDue = time.Now()
	for range 3 {
		d.step(t.Context())
	}
	if d.poll == nil || d.poll.Done() {
		t.Fatal("no poll is under way: the test shows nothing")
	}
	m.SetUp(48, false)
	d.Ask()
	d.step(t.Context())
	if !c.get("sw1", "1/48", reading.IfOperStatus).Is(reading.IfDown) {
		t.Errorf("the request after Ask was another: %+v", c.get("sw1", "1/48", reading.IfOperStatus))
	}
	if d.poll == nil {
		t.Error("the poll under way was given up")
	}
}

// A slow device has one request at a time, also while Ask comes often.
func TestOneRequestInFlight(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{})
	a.Misbehave(snmptest.Faults{Delay: 10 * time.Millisecond})
	c := newCloset()
	d := run(t, quick(optionsV2(snmptest.Start(t, a))), c)
	c.await(t, "two polls", func() bool {
		d.Ask()
		return a.Stats().Requests > 50
	})
	if got := a.Stats().InFlight; got != 1 {
		t.Errorf("%d requests at once", got)
	}
}

func TestDeadDeviceDelaysNoOther(t *testing.T) {
	dead, good := snmptest.New(), snmptest.New()
	dead.Misbehave(snmptest.Faults{Silent: true})
	snmptest.NewSwitch(good, snmptest.SwitchOptions{})
	c := newCloset()
	o := quick(optionsV2(snmptest.Start(t, dead)))
	o.Name, o.Timeout = "dead", 10*time.Second
	run(t, o, c)
	run(t, quick(optionsV2(snmptest.Start(t, good))), c)
	for n := range 5 {
		good.ResetStats()
		c.await(t, fmt.Sprint("reads of the good device, round ", n), func() bool { return good.Stats().Requests > 5 })
	}
	if c.get("dead", "", reading.DeviceUp).Quality != reading.Unknown {
		t.Error("the dead device was settled before its time: the test shows nothing")
	}
}

// A wait inside gosnmp ends when the context does.
func TestCancelEndsAWait(t *testing.T) {
	silent := func() string {
		a := snmptest.New()
		a.Misbehave(snmptest.Faults{Silent: true})
		return snmptest.Start(t, a)
	}
	for _, o := range []Options{optionsV2(silent()), optionsV3(silent())} {
		o.Timeout = 30 * time.Second
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := Once(ctx, o)
			done <- err
		}()
		time.AfterFunc(50*time.Millisecond, cancel)
		select {
		case err := <-done:
			if err == nil {
				t.Error("no error after cancel")
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the wait went on after cancel")
		}
		cancel()
	}
}
