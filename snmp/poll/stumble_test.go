package poll

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/session"
	"rackvakt/snmp/snmptest"
)

const sensorValues = entSensor + "4"

// A question that a device leaves without an answer, though it answers others, is
// left out and told; the device is not silent for it.
func TestQuestionWithoutAnAnswer(t *testing.T) {
	t.Parallel() // it waits a lot
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 4})
	withSensors(a, 4)
	a.Misbehave(snmptest.Faults{Mute: sensorValues})
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.UplinkPorts, o.Timeout = []string{"1/4"}, 100*time.Millisecond
	c := newCloset()
	run(t, o, c)
	c.await(t, "supply for ports", func() bool { return c.get("sw1", "PoE supply 1", reading.PoEState).Known() })
	if problem := c.fact("sw1", "", reading.LabelProblem); !strings.Contains(problem, "no answer to a question below "+sensorValues) {
		t.Errorf("problem %q", problem)
	}
	r, err := Once(t.Context(), o)
	if err != nil || len(r.Interfaces) != 4 || r.PoE == nil || !slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, "no answer") }) {
		t.Errorf("%v, %d interfaces, problems %q", err, len(r.Interfaces), r.Problems)
	}
}

// Sensors have their turn at a device whose polls take longer than the time between two.
func TestSensorsBesidePollsThatNeverEnd(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 100})
	withSensors(a, 100)
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.PollEvery, o.UplinkEvery = 10*time.Millisecond, 10*time.Second
	c := newCloset()
	run(t, o, c)
	c.await(t, "a sensor", func() bool { return c.get("sw1", "Inlet", reading.Temperature).Is(31_000) })
	a.Misbehave(snmptest.Faults{Delay: 5 * time.Millisecond})
	for n := range int64(3) {
		a.Set(entSensor+"4.13", pdu.Int(40+n))
		c.await(t, "its next value", func() bool { return c.get("sw1", "Inlet", reading.Temperature).Is((40 + n) * 1000) })
	}
	was := c.get("sw1", "1/100", reading.IfInOctets).At
	c.await(t, "the last port", func() bool { return c.get("sw1", "1/100", reading.IfInOctets).At.Since(was) > 0 })
}

// A port that is not there has the ports looked at again, not all of the device.
func TestUnknownPortBringsNoDiscovery(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 4})
	withSensors(a, 4)
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.UplinkPorts, o.PollEvery = []string{"9/9"}, 50*time.Millisecond
	c := newCloset()
	d := run(t, o, c)
	c.await(t, "a discovery", func() bool { return !d.State().Inventory.IsZero() })
	at := d.State().Inventory
	for range 5 {
		was := c.get("sw1", "1/1", reading.IfInOctets).At
		d.AskPort(99)
		c.await(t, "another poll", func() bool { return c.get("sw1", "1/1", reading.IfInOctets).At.Since(was) > 0 })
	}
	if again := d.State().Inventory; !again.Equal(at) {
		t.Errorf("discovered at %v and again at %v", at, again)
	}
	if r := c.get("sw1", "9/9", reading.IfOperStatus); r.Reason != "no such port" {
		t.Errorf("%+v", r)
	}
}

// A part whose column is refused for once is not gone.
func TestRefusedColumnTakesNoPartAway(t *testing.T) {
	a := snmptest.New()
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 4})
	a.Set("1.3.6.1.4.1.9999.1.1.2.1", pdu.Int(1))
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.ProfileDir = profileDir(t, fans)
	c := newCloset()
	run(t, o, c)
	c.await(t, "a fan", func() bool { return c.get("sw1", "Fan 1", reading.FanState).Is(reading.PartOK) })
	a.Misbehave(snmptest.Faults{GenErr: "1.3.6.1.4.1.9999"})
	c.await(t, "no state", func() bool { return !c.get("sw1", "Fan 1", reading.FanState).Known() })
	if r := c.get("sw1", "Fan 1", reading.FanState); r.Reason != "not read" {
		t.Errorf("%+v", r)
	}
	a.Misbehave(snmptest.Faults{})
	c.await(t, "the fan again", func() bool { return c.get("sw1", "Fan 1", reading.FanState).Is(reading.PartOK) })
}

// A discovery that was cut off comes again before the next poll of everything is due.
func TestDiscoveryThatIsDue(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		inventory, discovery time.Duration // till they are due
		whole                bool
	}{{time.Minute, time.Minute, false}, {time.Minute, 0, true}, {0, time.Minute, true}} {
		for _, kind := range []string{KindSwitch, KindUPS, KindPrinter, KindOther} {
			d := New(Options{Name: "x", Kind: kind}, Deps{})
			d.view.mapped, d.inventoryDue, d.discoveryDue = true, now.Add(c.inventory), now.Add(c.discovery)
			d.view.columns = allColumns()
			if d.startPoll(now); d.poll.inventory != c.whole {
				t.Errorf("%s: inventory in %v and discovery in %v: all is read: %t", kind, c.inventory, c.discovery, d.poll.inventory)
			}
		}
	}
}

// Ports that were asked for wait in a bounded number, and only at a switch.
func TestAskedPortsAreBounded(t *testing.T) {
	for kind, want := range map[string]int{KindSwitch: mostPortAsks, KindUPS: 0} {
		d := New(Options{Name: "x", Kind: kind}, Deps{})
		for index := range uint32(1000) {
			d.AskPort(index)
			d.hear()
		}
		if len(d.portsAsked) != want {
			t.Errorf("%s: %d ports wait, want %d", kind, len(d.portsAsked), want)
		}
	}
}

// A tree that makes the device refuse costs one request where the refusal names it.
func TestRefusedTree(t *testing.T) {
	for name, c := range map[string]struct {
		faults snmptest.Faults
		most   int
	}{
		"named":     {snmptest.Faults{GenErr: "1.3.6.1.4.1.7"}, 3},
		"not named": {snmptest.Faults{GenErr: "1.3.6.1.4.1.7", NoIndex: true}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			a := snmptest.New()
			g := gather{}
			for n := range uint32(40) {
				tree := pdu.MustOID("1.3.6.1.4.1").With(n)
				g.trees = append(g.trees, tree)
				a.Set(tree.With(1).String(), pdu.Int(1))
			}
			a.Misbehave(c.faults)
			s, err := session.New(optionsV2(snmptest.Start(t, a)).Options)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for !g.done() {
				if err := g.step(t.Context(), s, nil); err != nil {
					t.Fatal(err)
				}
			}
			if asked := a.Stats().Requests; len(g.seen) != 39 || asked > c.most {
				t.Errorf("%d trees were found with %d requests", len(g.seen), asked)
			}
		})
	}
}

// A device without ports, configured as a switch, is polled all the same.
func TestSwitchWithoutPorts(t *testing.T) {
	a := snmptest.New()
	a.Set("1.3.6.1.2.1.1.5.0", pdu.Text("bare"))
	o := fast(optionsV2(snmptest.Start(t, a)))
	o.PollEvery, o.UplinkEvery = 20*time.Millisecond, time.Hour
	c := newCloset()
	run(t, o, c)
	c.await(t, "its name", func() bool { return c.fact("sw1", "", reading.LabelSysName) == "bare" })
	for range 3 {
		was := c.get("sw1", "", reading.DeviceUptime)
		c.await(t, "another poll", func() bool { return c.get("sw1", "", reading.DeviceUptime).At.Since(was.At) > 0 })
	}
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 2})
	c.await(t, "ports", func() bool { return c.get("sw1", "1/2", reading.IfOperStatus).Is(reading.IfUp) })
}

// Whatever a device answers, of whatever kind it was called and in each version: its
// poller goes on, and tells whether it is there.
func TestAnyAnswerToAnyKind(t *testing.T) {
	for name, faults := range map[string]snmptest.Faults{
		"nothing but uptime": {}, "refused": {GenErr: "1.3"}, "refused, not named": {GenErr: "1.3", NoIndex: true}, "too big": {TooBigAbove: 1},
		"too big for one": {TooBigAbove: 1, GenErr: "1.3.6.1.2.1.2", NoIndex: true}, "empty": {Empty: true}, "other objects": {Other: true}, "twice": {Repeat: true},
	} {
		for _, kind := range []string{KindSwitch, KindUPS, KindPrinter, KindOther} {
			for _, ports := range []int{0, 3} {
				for _, version := range []string{"1", "2c", "3"} {
					t.Run(strings.Join([]string{name, kind, version}, "/"), func(t *testing.T) {
						t.Parallel()
						a := snmptest.New()
						if ports > 0 {
							snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: ports})
						}
						o := fast(optionsV2(snmptest.Start(t, a)))
						if version == "3" {
							o = fast(optionsV3(o.Address))
						}
						a.Misbehave(faults)
						o.Version, o.Kind, o.PollEvery = version, kind, 20*time.Millisecond
						o.SensorsEvery, o.NeighboursEvery = 20*time.Millisecond, 20*time.Millisecond
						c := newCloset()
						d := run(t, o, c)
						d.AskPort(1)
						d.AskSensors()
						for range 2 {
							was := c.get("sw1", "", reading.DeviceUp).At
							c.await(t, "a word of it", func() bool { return c.get("sw1", "", reading.DeviceUp).At.Since(was) > 0 })
						}
					})
				}
			}
		}
	}
}
