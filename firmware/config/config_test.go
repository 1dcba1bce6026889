package config_test

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rackvakt/firmware/config"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

var update = flag.Bool("update", false, "write the golden files anew")

func example(t *testing.T) config.Config {
	t.Helper()
	c, err := config.Parse("rackvakt.example.yaml", config.Example)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExampleIsAccepted(t *testing.T) {
	c := example(t)
	if c.Closet().String() != "kyrkeby.plan1" || len(c.SNMP.Devices) != 2 || c.MQTT[0].KeepAlive != 6*time.Second {
		t.Errorf("%+v", c)
	}
	for _, section := range []string{"site", "state_dir", "mqtt", "outbox", "snmp", "sensors", "host", "path", "ports", "limits", "status", "panel"} {
		if !strings.Contains(string(config.Example), "\n"+section+":") {
			t.Errorf("the example does not show %s", section)
		}
	}
}

// The shortest file that is accepted has the defaults of the houses.
func TestShortestFile(t *testing.T) {
	c, err := config.Parse("f.yaml", []byte(`
site: {area: varmland, site: kyrkeby, name: Kyrkeby}
mqtt: [{broker: "tls://c.example"}]
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Site.Closet != "closet" || c.MQTT[0].Path != "fixed" || c.Limits.DoorHeld != 10*time.Minute || c.Path.PathEvery != time.Second {
		t.Errorf("%+v", c)
	}
}

// One file per mistake, and one with five; the whole message is compared.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			_, err := config.Load(file)
			if err == nil {
				t.Fatal("accepted")
			}
			got := strings.ReplaceAll(err.Error(), "testdata/bad/", "") + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
			mistakes := 1
			if strings.HasPrefix(filepath.Base(file), "five") {
				mistakes = 5
			}
			if n := strings.Count(got, "\n"); n != mistakes {
				t.Errorf("%d mistakes told, want %d", n, mistakes)
			}
		})
	}
}

func TestTraps(t *testing.T) {
	c := example(t)
	c.SNMP.Devices[1].Address = "[2001:db8::3]:1161"
	o := c.Traps()
	want := map[netip.Addr]string{netip.MustParseAddr("10.20.0.2"): "sw1", netip.MustParseAddr("2001:db8::3"): "ups1"}
	if d := cmp.Diff(want, o.Senders, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Error(d)
	}
	if o.Listen != "" || len(o.Users) != 1 || o.State != "/var/lib/rackvakt/snmp-engine" {
		t.Errorf("%+v", o)
	}
}

func TestPlan(t *testing.T) {
	c := example(t)
	p := c.Plan([]string{"end0"})
	if d := cmp.Diff([]alarm.Port{{Device: "sw1", Port: "1/49"}, {Device: "sw1", Port: "1/50"}}, p.Uplinks); d != "" {
		t.Error(d)
	}
	if len(p.Limits) != 1 || *p.Limits[0].WarnHigh != 27_000 || p.Limits[0].Hysteresis != 500 || p.Limits[0].Trip != time.Minute {
		t.Errorf("limits %+v", p.Limits)
	}
	if len(p.Mains) != 1 || len(p.Doors) != 1 || p.Doors[0].HeldAfter != 10*time.Minute || len(p.Contacts) != 0 {
		t.Errorf("contacts: mains %v doors %v others %v", p.Mains, p.Doors, p.Contacts)
	}
	if !slices.Equal(p.Interfaces, []string{"eth0"}) || !slices.Equal(p.UPS, []string{"ups1"}) || !slices.Equal(p.Switches, []string{"sw1"}) {
		t.Errorf("interfaces %v, ups %v, switches %v", p.Interfaces, p.UPS, p.Switches)
	}
	if last := p.Targets[len(p.Targets)-1]; last != (alarm.ProbeTarget{Name: "journal", Layer: alarm.LayerService, Behind: alarm.LayerSjunet}) {
		t.Errorf("last target %+v", last)
	}
	if p.Speeds[alarm.Port{Device: "sw1", Port: "1/49"}] != 1e10 || p.ErrorRate != 1000 || p.PoEShare != 90 {
		t.Errorf("uplinks %v, errors %d, share %d", p.Speeds, p.ErrorRate, p.PoEShare)
	}
	c.Limits.UplinkErrors, c.Limits.PoEShare = 0, 0
	if p := c.Plan(nil); p.ErrorRate != 1 || p.PoEShare != -1 {
		t.Errorf("zero: errors %d, want any; share %d, want not judged", p.ErrorRate, p.PoEShare)
	}
	if p.Delays[alarm.PortDown] != (alarm.Delay{Trip: 30 * time.Second, Clear: time.Minute}) {
		t.Errorf("delays %v", p.Delays)
	}
}

// An inlet that no bound names has the recommended ones, another probe none.
func TestRecommendedLimits(t *testing.T) {
	c := example(t)
	c.Limits.Climate = nil
	p := c.Plan(nil)
	kinds := []reading.Kind{}
	for _, l := range p.Limits {
		kinds = append(kinds, l.Point.Kind)
	}
	if !slices.Equal(kinds, []reading.Kind{reading.Temperature, reading.Humidity, reading.DewPoint}) {
		t.Errorf("bounds for %v", kinds)
	}
	c.Sensors.Climate[0].Driver = climate.MCP9808 // measures no humidity: nothing to miss
	if p := c.Plan(nil); len(p.Limits) != 1 || p.Limits[0].Point.Kind != reading.Temperature {
		t.Errorf("bounds of a probe without humidity: %+v", p.Limits)
	}
	c.Sensors.Climate[0].Position = "room"
	if p := c.Plan(nil); len(p.Limits) != 0 {
		t.Errorf("bounds for a room: %+v", p.Limits)
	}
	c.Host.Interfaces, c.MQTT[0].Interface, c.Path.Targets[0].Interface = nil, "", ""
	if p := c.Plan([]string{"end0"}); !slices.Equal(p.Interfaces, []string{"end0"}) {
		t.Errorf("interfaces %v, want the wired one", p.Interfaces)
	}
}

// A sensor of a polled device has limits too; a printer is no switch.
func TestLimitOfPolledSensor(t *testing.T) {
	src := strings.Replace(string(config.Example), "    - probe: climate/inlet", "    - {probe: emu1/Rack top, warn_high: 30}\n    - probe: climate/inlet", 1)
	src = strings.Replace(src, "    - name: ups1", "    - {name: emu1, kind: other, address: 10.20.0.4, version: \"2c\", community: {file: /c}}\n"+
		"    - {name: skrivare, kind: printer, address: 10.20.0.5, version: \"2c\", community: {file: /c}}\n    - name: ups1", 1)
	c, err := config.Parse("x.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	p := c.Plan(nil)
	if want := (reading.Point{Device: "emu1", Object: "Rack top", Kind: reading.Temperature}); p.Limits[0].Point != want || *p.Limits[0].WarnHigh != 30_000 {
		t.Errorf("%+v", p.Limits[0])
	}
	if !slices.Equal(p.Switches, []string{"sw1"}) || p.FreshPoint[reading.Point{Device: "skrivare", Kind: reading.DeviceUp}] != 90*time.Second {
		t.Errorf("switches %v, fresh %v", p.Switches, p.FreshPoint)
	}
}

func TestDiff(t *testing.T) {
	before, after := example(t), example(t)
	if d := config.Diff(before, after); !d.None() {
		t.Errorf("equal files differ: %+v", d)
	}
	after.Limits.DoorHeld = time.Minute
	after.Path.Targets = after.Path.Targets[:2]
	after.Site.Name = "Annat"
	after.MQTT[0].Broker = "tls://other.example"
	after.SNMP.Devices[1].PollEvery = time.Minute
	want := config.Change{
		Live:    []string{"path.targets", "limits.door_held"},
		Restart: []string{"site.name", "mqtt[0].broker", "snmp.devices[1].poll_every"},
	}
	if d := cmp.Diff(want, config.Diff(before, after)); d != "" {
		t.Error(d)
	}
	merged := config.Merge(before, after)
	if d := config.Diff(merged, after); len(d.Live) != 0 || len(d.Restart) != 3 {
		t.Errorf("after taking over: %+v", d)
	}
}

// The files that the configuration names are read with it: their mistakes are
// told by their own lines, and what they say is taken over while running.
func TestPatchMap(t *testing.T) {
	dir := t.TempDir()
	list := filepath.Join(dir, "patch.csv")
	file := filepath.Join(dir, "rackvakt.yaml")
	whole := string(config.Example) + "patch_map: [" + list + "]\n"
	if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	load := func(csv string) (config.Config, error) {
		if err := os.WriteFile(list, []byte(csv), 0o600); err != nil {
			t.Fatal(err)
		}
		return config.Load(file)
	}
	for csv, want := range map[string]string{
		"switch,port,outlet,use\nsw1,1/12,2.14-1,kaffe\n": "patch.csv:2:",
		"switch,port\nsw9,1/12\n":                         "patch.csv:2:5: ",
	} {
		if _, err := load(csv); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", csv, err, want)
		}
	}
	if err := os.Remove(list); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(file); err == nil || !strings.Contains(err.Error(), "patch map") {
		t.Errorf("no such file: %v", err)
	}
	before, err := load("switch,port,outlet,room\nsw1,1/12,2.14-1,204\n")
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := before.Patch.Lookup("sw1", "1/12"); !ok || e.Outlet != "2.14-1" {
		t.Errorf("port 1/12: %+v %v", e, ok)
	}
	after, err := load("switch,port,outlet,room\nsw1,1/12,2.14-7,204\n")
	if err != nil {
		t.Fatal(err)
	}
	if d := config.Diff(before, after); !slices.Equal(d.Live, []string{"patch_map"}) || d.Restart != nil {
		t.Errorf("another list: %+v", d)
	}
	if e, _ := config.Merge(before, after).Patch.Lookup("sw1", "1/12"); e.Outlet != "2.14-7" {
		t.Errorf("after taking over: %+v", e)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(config.Example)
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := config.Parse("f.yaml", src)
		if err != nil && err.Error() == "" {
			t.Error("refused without a reason")
		}
		if err == nil {
			c.Plan(nil)
		}
	})
}
