package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/firmware/agent"
	"rackvakt/sensors/sensortest/chip"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
	"rackvakt/uplink/web"
)

// The shipped binary and what the runner put beside it.
const (
	shipped = "/bin/rackvakt"
	keys    = "/etc/rackvakt"
	siteID  = "vc-hwtest"
)

// closet is the shipped agent on the guest's hardware.
type closet struct {
	t     *testing.T
	dir   string
	file  string
	api   rig.API
	agent *rig.Process
	// before is how many events the collector had from cases before.
	before int

	door *gpioLine
	bus  *i2cBus
	// The probes: inlet, room and ceiling.
	inlet   *chip.MCP9808
	room    *chip.SHT4x
	ceiling *chip.DS18B20
}

// newCloset plugs in door, probes and a probe on one wire, and writes a
// configuration that `check` accepts.
func newCloset(t *testing.T) *closet {
	t.Helper()
	c := &closet{
		t: t, dir: t.TempDir(), api: rig.API{Base: "http://" + os.Getenv("HWTEST_WEB")},
		door: &gpioLine{simulated(t)}, bus: newI2C(t),
		inlet: chip.NewMCP9808(), room: chip.NewSHT4x(), ceiling: chip.NewDS18B20(0x71c7e3a),
	}
	c.inlet.Set(22_000)
	c.room.Set(21_000, 40_000)
	c.ceiling.Set(26_000)
	c.bus.Plug(0x18, c.inlet)
	c.bus.Plug(0x44, c.room)
	newOneWire(t, c.ceiling)
	c.before = len(c.events())
	c.configure("every: 2s")
	return c
}

// gpioLine is the door's line.
type gpioLine struct {
	chip interface {
		Pullup(int) error
		Pulldown(int) error
	}
}

// move opens or closes the door.
func (l *gpioLine) move(t *testing.T, open bool) {
	t.Helper()
	if open {
		must(t, l.chip.Pullup(doorLine))
	} else {
		must(t, l.chip.Pulldown(doorLine))
	}
}

func (c *closet) socket() string { return filepath.Join(c.dir, "status.sock") }

// configure writes the configuration; host is what it says of the machine itself.
func (c *closet) configure(host string) {
	c.t.Helper()
	c.file = filepath.Join(c.dir, "rackvakt.yaml")
	text := fmt.Sprintf(`
site: {area: vast, site: %[1]s, closet: plan1, name: Vårdcentralen Provet, kind: region_run}
state_dir: %[2]s/state
mqtt: [{broker: "tls://%[3]s", ca: %[4]s/ca.crt, cert: %[4]s/closet.crt, key: %[4]s/closet.key, path: fixed, interface: eth0}]
outbox: {dir: %[2]s/outbox, cap_mb: 32}
sensors:
  board: {kind: linux}
  contacts: [{name: door, role: door, line: DOOR, bias: none}]
  climate:
    - {name: climate, position: inlet, driver: mcp9808, bus: "%[5]s", every: 1s}
    - {name: climate, position: room, driver: sht4x, bus: "%[5]s", every: 1s}
    - {name: climate, position: ceiling, driver: ds18b20, id: %[6]s, every: 1s, deadline: 10s}
host: {%[8]s}
path: {targets: [{name: collector, layer: gateway, address: "%[3]s", method: tcp, interface: eth0}]}
limits:
  climate: [{probe: climate/inlet, measures: temperature, warn_high: 27, crit_high: 35, trip: 1s, clear: 1s}]
status: {socket: %[7]s}
`, siteID, c.dir, os.Getenv("HWTEST_BROKER"), keys, c.bus.Name, c.ceiling.ID(), c.socket(), host)
	must(c.t, os.WriteFile(c.file, []byte(text), 0o600))
	_, err := rig.Command(c.t.Context(), shipped, "check", "-config", c.file)
	must(c.t, err)
}

// start starts the agent; it is killed with the case at the latest.
func (c *closet) start(env ...string) {
	c.t.Helper()
	p, err := rig.Start(rig.Spec{Name: "rackvakt", Path: shipped, Args: []string{"run", "-config", c.file}, Dir: c.dir, Env: env})
	must(c.t, err)
	c.agent = p
	c.t.Cleanup(func() {
		_ = p.Kill()
		if c.t.Failed() {
			c.t.Logf("the agent said:\n%s", p.Tail(40))
		}
	})
}

// wait asks until probe says yes.
func (c *closet) wait(what string, probe func() (bool, error)) time.Time {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*patience)
	defer cancel()
	err := rig.Until(ctx, what, func() (bool, error) {
		if !c.agent.Running() {
			return false, errors.New("the agent ended")
		}
		return probe()
	})
	must(c.t, err)
	return time.Now()
}

// atCollector waits until the collector shows a reading as wanted.
func (c *closet) atCollector(device, object, name string, want func(web.Reading) bool) time.Time {
	c.t.Helper()
	last := "nothing"
	defer func() {
		if c.t.Failed() {
			c.t.Logf("the collector had %s/%s %s as %s", device, object, name, last)
		}
	}()
	return c.wait(fmt.Sprintf("%s/%s %s at the collector", device, object, name), func() (bool, error) {
		all, err := c.api.Readings(c.t.Context(), siteID)
		for _, r := range all {
			if r.Device == device && r.Object == object && r.Name == name {
				last = fmt.Sprintf("%s %q %s of %v", r.Quality, r.Value, r.Reason, r.At)
				return want(r), err
			}
		}
		return false, err
	})
}

func shows(value string) func(web.Reading) bool {
	return func(r web.Reading) bool { return r.Quality == "good" && strings.HasPrefix(r.Value, value) }
}

// alarmAt waits until the collector has an alarm of this code open, or no more.
func (c *closet) alarmAt(code alarm.Code, open bool) time.Time {
	c.t.Helper()
	return c.wait(fmt.Sprintf("alarm %s open=%v at the collector", code, open), func() (bool, error) {
		sites, err := c.api.Sites(c.t.Context())
		if err != nil || len(sites) != 1 || len(sites[0].Closets) != 1 {
			return false, err
		}
		found := slices.ContainsFunc(sites[0].Closets[0].Alarms, func(a state.Alarm) bool { return a.Change.Code == code && a.Open() })
		return found == open, nil
	})
}

// The shipped agent in the guest sees the door opened and the temperature rise, and
// what it records reaches a collector outside, over TLS with certificates on both
// sides; also while the guest's clock is set back three weeks.
func TestRackvaktRunReachesCollector(t *testing.T) {
	c := newCloset(t)
	synchronise(t)
	c.start()
	const door, heat = "door_open", "temperature_celsius"
	begun := time.Now()
	measured := func(what string, start, end time.Time) {
		t.Attr("measured", fmt.Sprintf("%s %.2f s", what, end.Sub(start).Seconds()))
	}
	measured("first reading", begun, c.atCollector("door", "", door, shows("closed")))
	c.atCollector("climate", "inlet", heat, shows("22"))
	c.atCollector("climate", "room", "relative_humidity_ratio", shows("40"))
	c.atCollector("climate", "ceiling", heat, shows("26"))

	start := time.Now()
	c.door.move(t, true)
	measured("door opened to collector", start, c.eventAt("door_opened"))

	start = time.Now()
	c.inlet.Set(38_000)
	measured("38 degrees to alarm at collector", start, c.alarmAt(alarm.ClimateTemp, true))
	if testing.Short() {
		return
	}
	c.bus.Break(0x44, chip.BadLast)
	c.atCollector("climate", "inlet", heat, shows("38"))
	c.atCollector("climate", "room", heat, func(r web.Reading) bool { return r.Quality != "good" && r.Value == "" })

	setClock(t, -weeks)
	start = time.Now()
	c.door.move(t, false)
	measured("door closed, clock three weeks back, to collector", start, c.eventAt("door_closed"))
	c.inlet.Set(22_000)
	c.alarmAt(alarm.ClimateTemp, false)
	c.atCollector("door", "", door, shows("closed"))
	must(t, c.agent.Stop(20*time.Second))
	c.lastWords()
}

// events returns the names of what happened in this case, newest first.
func (c *closet) events() []string {
	c.t.Helper()
	events, err := c.api.Events(c.t.Context(), siteID)
	must(c.t, err)
	var names []string
	for _, e := range events[:len(events)-c.before] {
		names = append(names, e.Name)
	}
	return names
}

// eventAt waits until the collector has an event of this name.
func (c *closet) eventAt(name string) time.Time {
	c.t.Helper()
	return c.wait(name+" at the collector", func() (bool, error) { return slices.Contains(c.events(), name), nil })
}

// lastWords expects that the collector has heard why the agent ended, and has what
// happened in its order, though the clock went back in between.
func (c *closet) lastWords() {
	c.t.Helper()
	want := []string{"agent_stopping", "door_closed", "door_opened", "agent_started"}
	var names []string
	for _, name := range c.events() {
		if slices.Contains(want, name) {
			names = append(names, name)
		}
	}
	if !slices.Equal(names, want) {
		c.t.Errorf("the collector has %q, want %q", names, want)
	}
}

// status tells the values with their sources to a technician in the closet.
func TestRackvaktStatus(t *testing.T) {
	takesLong(t)
	c := newCloset(t)
	c.start()
	var s agent.Snapshot
	c.wait("a status with every reading", func() (bool, error) {
		out, err := rig.Command(t.Context(), shipped, "status", "-socket", c.socket(), "-json")
		if err != nil {
			return false, nil // not listening yet
		}
		s = agent.Snapshot{}
		if err := json.Unmarshal([]byte(out), &s); err != nil {
			return false, err
		}
		good := 0
		for _, r := range s.Readings {
			if (r.Device == "climate" || r.Device == "door") && r.Quality == "good" {
				good++
			}
		}
		return good >= 6, nil // door and its bounces, three temperatures, humidity
	})
	for _, r := range s.Readings {
		if r.Device == "climate" && r.Object == "inlet" && r.Source != "mcp9808 i2c-"+c.bus.Name+" 0x18" {
			t.Errorf("the inlet stands at %q", r.Source)
		}
	}
}
