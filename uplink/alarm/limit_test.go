package alarm_test

import (
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// hotPlan has one probe with bounds; a warning trips after a minute.
func hotPlan() alarm.Plan {
	return alarm.Plan{Kind: alarm.RegionRun, Mains: []reading.Point{mains}, Contacts: []reading.Point{cooling},
		Limits: []alarm.Limit{{Point: inlet, WarnLow: degrees(18), WarnHigh: degrees(27), CritLow: degrees(10), CritHi: degrees(35),
			Hysteresis: 1000, Trip: time.Minute, Clear: time.Minute}}}
}

var (
	cooling = reading.Point{Device: "cooler", Kind: reading.CoolingAlarm}
	toHot   = reading.Point{Device: "inlet", Kind: reading.TimeToHot}
)

func warm(t *testing.T, plan alarm.Plan) *closet {
	c := newCloset(t, plan)
	c.set(mains, 1)
	c.set(cooling, 0)
	c.set(inlet, 21000)
	c.unsure[inlet] = 500
	c.run(10 * time.Second)
	c.want()
	return c
}

// ageless is evidence without its age.
func ageless(m alarm.Message) string {
	text, _, _ := strings.Cut(m.Evidence[0], " (")
	return text
}

// The uncertainty decides how long a warning waits and how it is told, never
// whether, and never its severity.
func TestLimitsWithUncertainty(t *testing.T) {
	for _, x := range []struct {
		v, unsure int64
		after     time.Duration // that the alarm is raised
		severity  alarm.Severity
		sv, en    string
	}{
		{28000, 500, time.Minute, alarm.Warning, "inlet: säkert över gränsen, 28,0 °C ±0,5", "inlet: certainly above the limit, 28.0 °C ±0.5"},
		{27300, 500, 2 * time.Minute, alarm.Warning, "inlet: möjligen över gränsen, inom mätosäkerheten, 27,3 °C ±0,5", "inlet: possibly above the limit, within the uncertainty, 27.3 °C ±0.5"},
		{27300, 0, time.Minute, alarm.Warning, "inlet: för högt värde, 27,3 °C", "inlet: value too high, 27.3 °C"},
		{17600, 420, 2 * time.Minute, alarm.Warning, "inlet: möjligen under gränsen, inom mätosäkerheten, 17,6 °C ±0,5", "inlet: possibly below the limit, within the uncertainty, 17.6 °C ±0.5"},
		{17500, 420, time.Minute, alarm.Warning, "inlet: säkert under gränsen, 17,5 °C ±0,5", "inlet: certainly below the limit, 17.5 °C ±0.5"},
		{35200, 500, time.Minute, alarm.Critical, "inlet: möjligen över gränsen, inom mätosäkerheten, 35,2 °C ±0,5", "inlet: possibly above the limit, within the uncertainty, 35.2 °C ±0.5"},
		{36000, 500, time.Minute, alarm.Critical, "inlet: säkert över gränsen, 36,0 °C ±0,5", "inlet: certainly above the limit, 36.0 °C ±0.5"},
	} {
		c := warm(t, hotPlan())
		x.sv, x.en = strings.Replace(x.sv, ",0 °C", " °C", 1), strings.Replace(x.en, ".0 °C", " °C", 1)
		c.set(inlet, x.v)
		c.unsure[inlet] = x.unsure
		c.run(x.after - time.Second)
		c.want()
		c.run(2 * time.Second)
		ch := c.find(alarm.Raise, alarm.ClimateTemp)
		if ch.Severity != x.severity {
			t.Errorf("%d: %v", x.v, ch.Severity)
		}
		for _, party := range []alarm.Party{alarm.RegionIT, alarm.CareProvider} {
			if got := ageless(ch.Render(alarm.View{Party: party})); got != x.sv {
				t.Errorf("%d: %q, want %q", x.v, got, x.sv)
			}
		}
		if got := ageless(ch.Render(alarm.View{Party: alarm.RegionIT, Lang: alarm.English})); got != x.en {
			t.Errorf("%d: %q, want %q", x.v, got, x.en)
		}
		if got := ageless(ch.Render(alarm.View{Party: alarm.PropertyOwner})); got != strings.TrimPrefix(x.sv, "inlet: ") {
			t.Errorf("property owner: %q", got)
		}
	}
	c := warm(t, hotPlan()) // what becomes certain does not wait
	c.set(inlet, 27300)
	c.run(90 * time.Second)
	c.want()
	c.set(inlet, 27600)
	c.run(2 * time.Second)
	c.want("raise climate.temperature inlet")
}

func TestHeating(t *testing.T) {
	c := warm(t, hotPlan())
	c.set(toHot, 3600)
	c.unsure[toHot] = 300
	c.run(10 * time.Minute)
	c.want()
	c.set(toHot, 1080)
	c.unsure[toHot] = 240
	c.run(119 * time.Second)
	c.want()
	c.run(3 * time.Second)
	ch := c.find(alarm.Raise, alarm.ClimateHeating)
	for _, x := range []struct {
		view alarm.View
		want string
	}{
		{alarm.View{Party: alarm.PropertyOwner}, "når 35 °C om cirka 18 minuter, osäkerhet ±4"},
		{alarm.View{Party: alarm.CareProvider, Lang: alarm.English}, "inlet: reaches 35 °C in about 18 minutes, give or take 4"},
	} {
		if got := ageless(ch.Render(x.view)); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
	if !alarm.Told(alarm.PropertyOwner, alarm.RegionRun, ch.Class, nil) || ch.Severity != alarm.Warning {
		t.Errorf("%+v", ch)
	}
	c.want("raise climate.heating inlet")
	c.set(toHot, 35*60)
	c.run(10 * time.Minute)
	c.want()
	for range 20 { // the probe has a bad answer now and then, after which its forecast needs a while
		c.spoil(toHot, reading.Fault)
		c.run(5 * time.Minute)
		c.set(toHot, 35*60)
		c.run(time.Minute)
	}
	c.want()
	c.spoil(toHot, reading.Unknown)
	c.reason[toHot] = "not rising"
	c.run(4 * time.Minute)
	c.want()
	c.run(2 * time.Minute)
	c.want("clear climate.heating inlet")
	c.set(toHot, 1700) // it may be 31 minutes: told only if it lasts
	c.run(3 * time.Minute)
	c.want()
	c.run(2 * time.Minute)
	c.want("raise climate.heating inlet")
}

func TestHeatingNeedsItsProbeAndItsBound(t *testing.T) {
	plan := hotPlan()
	plan.HotSoon = -1
	c := warm(t, plan)
	c.set(toHot, 60)
	c.run(20 * time.Minute)
	c.want()
	plan.HotSoon = 10 * time.Minute
	c = warm(t, plan)
	c.set(toHot, 900)
	c.run(20 * time.Minute)
	c.want()
	c.set(toHot, 500)
	c.run(5 * time.Minute)
	c.want("raise climate.heating inlet")
	c.spoil(toHot, reading.Unknown)
	c.spoil(inlet, reading.Unknown) // nothing is known any more: the alarm stays
	c.run(20 * time.Minute)
	c.want("raise monitor.sensor_fault inlet")
}

// What makes a closet hot is told with when it will be.
func TestForecastIsEvidence(t *testing.T) {
	plan := hotPlan()
	plan.HotSoon = -1
	for _, x := range []struct {
		point reading.Point
		v     int64
		code  alarm.Code
	}{{mains, 0, alarm.PowerMainsLost}, {cooling, 1, alarm.ClimateCooling}, {inlet, 33000, alarm.ClimateTemp}} {
		c := warm(t, plan)
		c.set(toHot, 1090)
		c.set(reading.Point{Device: "ceiling", Kind: reading.TimeToHot}, 2000)
		c.run(time.Second)
		c.set(x.point, x.v)
		c.run(5 * time.Minute)
		if all := flat(c.find(alarm.Raise, x.code).Render(alarm.View{Party: alarm.PropertyOwner})); !strings.Contains(all, "når 35 °C om cirka 18 minuter") || strings.Contains(all, "osäkerhet") || strings.Contains(all, "33 min") {
			t.Errorf("%s: %s", x.code, all)
		}
	}
	c := warm(t, plan) // an old forecast is none
	c.set(toHot, 1090)
	c.run(time.Second)
	c.spoil(toHot, reading.Unknown)
	c.set(mains, 0)
	c.run(time.Minute)
	if all := flat(c.find(alarm.Raise, alarm.PowerMainsLost).Render(alarm.View{})); strings.Contains(all, "35 °C") {
		t.Error(all)
	}
}

func TestOwnBatteryAndWornCard(t *testing.T) {
	left := reading.Point{Device: "ina", Object: "hold-up", Kind: reading.Remaining}
	life := reading.Point{Device: reading.Monitor, Object: "mmcblk0", Kind: reading.StorageLife}
	c := newCloset(t, alarm.Plan{HoldUp: []reading.Point{left}, HoldUpLow: 5 * time.Minute})
	charge := reading.Point{Device: "ina", Object: "hold-up", Kind: reading.Level}
	c.set(left, 0)
	c.spoil(left, reading.Unknown) // not drained
	c.set(charge, 100_000)
	c.run(10 * time.Minute)
	c.want()
	c.set(left, 600)
	c.set(storage, 1)
	c.set(life, 90_000)
	c.run(time.Minute)
	c.want()
	c.set(left, 240)
	c.set(life, 91_000)
	c.run(time.Minute)
	for code, want := range map[alarm.Code]string{alarm.PowerHoldUp: "övervakningsenhetens eget batteri räcker, 4 min", alarm.MonitorStorage: "av minneskortets livslängd är förbrukat, 91 %"} {
		ch := c.find(alarm.Raise, code)
		if all := flat(ch.Render(alarm.View{Party: alarm.RegionIT})); !strings.Contains(all, want) || ch.Class != alarm.Monitor || ch.Severity != alarm.Warning {
			t.Errorf("%s: %s", code, all)
		}
	}
	c.want("raise monitor.storage life", "raise power.holdup_low ina/hold-up")
	spare := reading.Point{Device: reading.Monitor, Object: "mmcblk0", Kind: reading.PartState}
	c.set(spare, reading.PartWarning)
	c.set(life, 50_000) // a new card has life, and is no better
	c.run(time.Minute)
	c.want()
	c.set(spare, reading.PartOK)
	c.run(time.Minute)
	c.want("clear monitor.storage life")
	c.set(left, 330) // not enough to be well
	c.set(storage, 0)
	c.run(5 * time.Minute)
	c.want("raise monitor.storage")
	c.set(left, 400)
	c.run(5 * time.Minute)
	c.want("clear power.holdup_low ina/hold-up")
	c.set(left, 200)
	c.run(time.Minute)
	c.want("raise power.holdup_low ina/hold-up")
	c.spoil(left, reading.Unknown) // the mains are back
	c.run(5 * time.Minute)
	c.want("clear power.holdup_low ina/hold-up")
	c.spoil(charge, reading.Fault)
	c.run(5 * time.Minute)
	c.want("raise monitor.sensor_fault ina/hold-up")
}

// Two probes in the same air that differ: neither is believed alone.
func TestProbesThatDisagree(t *testing.T) {
	c := warm(t, hotPlan())
	say := func(text string) {
		c.step(reading.Batch{Facts: []reading.Fact{{Point: reading.Point{Device: "inlet"}, Label: reading.LabelProblem, Text: text, At: c.now}}})
	}
	say("calibration overdue; spikes")
	c.run(10 * time.Minute)
	c.want()
	say("spikes; disagrees with climate/outlet")
	c.run(time.Minute)
	ch := c.find(alarm.Raise, alarm.MonitorSensor)
	if all := flat(ch.Render(alarm.View{Party: alarm.RegionIT})); !strings.Contains(all, "disagrees with climate/outlet") {
		t.Error(all)
	}
	c.want("raise monitor.sensor_fault inlet")
	say("spikes")
	c.run(time.Minute)
	c.want("clear monitor.sensor_fault inlet")
}

// A probe with a bad answer each half minute still says that it is hot, and that it
// is no more, and is not called faulty.
func TestBadAnswersStopNoDelay(t *testing.T) {
	c := warm(t, hotPlan())
	flaky := func(d time.Duration) {
		for end := c.now.Add(d); end.Since(c.now) > 0; {
			c.spoil(inlet, reading.Fault)
			c.run(8 * time.Second)
			c.set(inlet, c.values[inlet])
			c.run(22 * time.Second)
		}
	}
	flaky(2 * time.Hour)
	c.want()
	c.set(inlet, 27300) // possibly: two minutes
	flaky(90 * time.Second)
	c.want()
	flaky(time.Minute)
	c.want("raise climate.temperature inlet")
	c.set(inlet, 21000)
	flaky(2 * time.Minute)
	c.want("clear climate.temperature inlet")
	c.set(inlet, 30000) // what is unknown for long begins anew
	c.run(50 * time.Second)
	c.spoil(inlet, reading.Fault)
	c.run(50 * time.Second)
	c.set(inlet, 30000)
	c.run(50 * time.Second)
	c.want()
}
