package config

import (
	"slices"
	"strings"
	"time"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/power"
	"rackvakt/sensors/reading"
	"rackvakt/snmp/poll"
	"rackvakt/snmp/port"
	"rackvakt/uplink/alarm"
)

// deviceSilent is how old the last word on a device's reachability may be: a
// silent device is asked at least every 10 s.
const deviceSilent = 30 * time.Second

// duplexRead is how old a duplex mode may be: it is read with the inventory, every
// 10 minutes.
const duplexRead = 30 * time.Minute

// Plan makes of the file what the rules judge. wired are the monitor's own wired
// interfaces, which count where the file names none.
func (c *Config) Plan(wired []string) alarm.Plan {
	p := alarm.Plan{
		Kind:        c.Site.Kind,
		Interfaces:  c.interfaces(wired),
		StorageFree: int64(c.Limits.StorageFreeMB) << 20,
		BatteryLow:  c.Limits.BatteryLow,
		Misses:      c.Limits.Misses,
		HoldUpLow:   c.Limits.HoldUpLow,
		HotSoon:     orOff(c.Limits.HotSoon),
		Hours:       c.Doors.Hours,
		Scheduled:   len(c.Doors.Hours) > 0,
		ErrorRate:   max(int64(c.Limits.UplinkErrors), 1), // 0, any error, is the rules' own word for their default
		PoEShare:    orOff(c.Limits.PoEShare),
		Speeds:      map[alarm.Port]int64{},
		FreshDevice: map[string]time.Duration{},
		FreshPoint:  map[reading.Point]time.Duration{},
		Fresh:       map[reading.Kind]time.Duration{reading.DeviceUp: deviceSilent, reading.Carrier: 3 * c.Host.Every, reading.IfDuplex: duplexRead},
		Delays:      map[alarm.Code]alarm.Delay{},
	}
	for code, d := range c.Limits.Delays {
		p.Delays[alarm.Code(code)] = alarm.Delay{Trip: d.Trip, Clear: d.Clear}
	}
	for _, u := range c.Limits.Uplinks {
		p.Speeds[alarm.Port{Device: u.Device, Port: u.Port}] = u.SpeedMbit * 1_000_000
	}
	c.planDevices(&p)
	for _, x := range c.Sensors.Contacts {
		c.planContact(&p, x)
	}
	for _, v := range c.Doors.Visits {
		p.Visits = append(p.Visits, alarm.Visit{From: v.From, To: v.To})
	}
	c.planPower(&p)
	c.planClimate(&p)
	for _, t := range c.Path.Targets {
		p.Targets = append(p.Targets, alarm.ProbeTarget{Name: t.Name, Layer: alarm.Layer(t.Layer), Behind: alarm.Layer(t.Behind)})
		// Three missed probes without a result of any kind.
		p.FreshPoint[t.Point(reading.ProbeResult)] = 3*c.Path.Spacing(t) + c.Path.TimeoutMax
	}
	return p
}

// orOff returns a limit as the rules have it, for whom 0 is their default: a 0 of
// the file, which means not judged, as a negative.
func orOff[T int | time.Duration](limit T) T {
	if limit == 0 {
		return -1
	}
	return limit
}

// interfaces returns those that the file names or binds to, else the wired ones.
func (c *Config) interfaces(wired []string) []string {
	var named []string
	add := func(name string) {
		if name != "" && !slices.Contains(named, name) {
			named = append(named, name)
		}
	}
	for _, n := range c.Host.Interfaces {
		add(n)
	}
	for _, m := range c.MQTT {
		add(m.Interface)
	}
	for _, t := range c.Path.Targets {
		add(t.Interface)
	}
	if named == nil {
		return wired
	}
	return named
}

func (c *Config) planDevices(p *alarm.Plan) {
	for _, d := range c.SNMP.Devices {
		// Stale after three missed polls, and never before the answer to one is late.
		urgent := 3*d.UplinkEvery + 2*d.Timeout
		p.FreshDevice[d.Name] = 3*max(d.SensorsEvery, d.PollEvery) + 2*d.Timeout
		p.Neighbours = p.Neighbours || len(d.KnownNeighbours) > 0
		p.Fresh[reading.IfUnknownNeighbours] = max(p.Fresh[reading.IfUnknownNeighbours], 3*d.NeighboursEvery)
		switch d.Kind {
		case poll.KindUPS:
			p.UPS = append(p.UPS, d.Name)
			for _, k := range []reading.Kind{reading.UPSSource, reading.UPSBattery, reading.UPSRuntime, reading.UPSOnBattery} {
				p.FreshPoint[reading.Point{Device: d.Name, Kind: k}] = max(urgent, 3*d.PollEvery)
			}
		case poll.KindSwitch:
			p.Switches = append(p.Switches, d.Name)
			for _, port := range d.UplinkPorts {
				p.Uplinks = append(p.Uplinks, alarm.Port{Device: d.Name, Port: port})
				p.FreshPoint[reading.Point{Device: d.Name, Object: port, Kind: reading.IfOperStatus}] = max(urgent, 10*time.Second)
			}
		default:
			// Shown, and missed among what the monitor lacks; asked with its polls only.
			p.FreshPoint[reading.Point{Device: d.Name, Kind: reading.DeviceUp}] = 3 * d.PollEvery
		}
	}
	for _, port := range c.Ports {
		p.Ports = append(p.Ports, alarm.Port{Device: port.Device, Port: port.Port})
		every := c.device(port.Device).PollEvery
		p.FreshPoint[reading.Point{Device: port.Device, Object: port.Port, Kind: reading.IfOperStatus}] = 3 * every
	}
}

func (c *Config) planContact(p *alarm.Plan, x contact.Options) {
	p.FreshPoint[x.Point()] = 3*x.LevelEvery + x.Stable
	switch x.Role {
	case contact.Mains:
		p.Mains = append(p.Mains, x.Point())
	case contact.Door:
		p.Doors = append(p.Doors, alarm.DoorContact{Point: x.Point(), Lock: c.lockOf(x), HeldAfter: c.Limits.DoorHeld})
	case contact.Leak, contact.Smoke, contact.Cooling, contact.Tamper:
		p.Contacts = append(p.Contacts, x.Point())
	case contact.Lock:
		// Judged with its door.
	}
}

// lockOf returns the point of the lock that belongs to a door, zero for none.
func (c *Config) lockOf(door contact.Options) reading.Point {
	for _, x := range c.Sensors.Contacts {
		if at, ok := x.DoorPoint(); ok && at == door.Point() {
			return x.Point()
		}
	}
	return reading.Point{}
}

// planPower watches the monitor's own batteries and says how old a rail may be.
func (c *Config) planPower(p *alarm.Plan) {
	for _, x := range c.Sensors.Power {
		p.FreshDevice[x.Name] = 3*x.Every + x.Deadline
		for _, rail := range x.Rails {
			if rail.Battery.CapacityMilliWattHour > 0 {
				p.HoldUp = append(p.HoldUp, x.Point(power.HoldUp, reading.Remaining))
			}
		}
	}
}

func (c *Config) planClimate(p *alarm.Plan) {
	for _, x := range c.Sensors.Climate {
		for _, k := range measures {
			p.FreshPoint[x.Point(k)] = 3*x.Every + x.Deadline
		}
		if x.Position == "inlet" && !c.bounded(x) {
			p.Limits = append(p.Limits, recommended(x)...)
		}
	}
	for _, l := range c.Limits.Climate {
		point, ok := c.measured(l)
		if !ok {
			continue
		}
		p.Limits = append(p.Limits, alarm.Limit{
			Point:   point,
			WarnLow: (*int64)(l.WarnLow), WarnHigh: (*int64)(l.WarnHigh), CritLow: (*int64)(l.CritLow), CritHi: (*int64)(l.CritHigh),
			Hysteresis: int64(l.Hysteresis), Trip: delay(l.Trip), Clear: delay(l.Clear), Latch: l.Latch,
		})
	}
}

// PortsOf returns what the file and the patch map say about the ports of a device.
func (c *Config) PortsOf(device string) poll.Ports {
	said := poll.Ports{Patch: c.Patch, Roles: map[string]port.Role{}}
	for _, p := range c.Ports {
		if role, ok := port.ParseRole(p.Role); ok && p.Device == device {
			said.Roles[p.Port] = role
		}
	}
	if d := c.device(device); d != nil {
		for _, name := range d.UplinkPorts {
			said.Roles[name] = port.Uplink
		}
	}
	return said
}

// delay returns d, or the negative that stands for the catalogue's.
func delay(d *time.Duration) time.Duration {
	if d == nil {
		return -1
	}
	return *d
}

// probe returns the climate probe that is called name/position.
func (c *Config) probe(name string) (climate.Options, bool) {
	for _, x := range c.Sensors.Climate {
		if x.Name+"/"+x.Position == name {
			return x, true
		}
	}
	return climate.Options{}, false
}

// measured returns the point that a limit is about: of a probe on the board, or of
// a sensor of a polled device, which is known only when it has answered.
func (c *Config) measured(l ClimateLimit) (reading.Point, bool) {
	if x, ok := c.probe(l.Probe); ok {
		return x.Point(measures[l.Measures]), true
	}
	device, object, _ := strings.Cut(l.Probe, "/")
	if c.device(device) == nil || object == "" {
		return reading.Point{}, false
	}
	return reading.Point{Device: device, Object: object, Kind: measures[l.Measures]}, true
}

// bounded reports whether the file has bounds for any value of x.
func (c *Config) bounded(x climate.Options) bool {
	return slices.ContainsFunc(c.Limits.Climate, func(l ClimateLimit) bool { return l.Probe == x.Name+"/"+x.Position })
}

// recommended returns the bounds for equipment's air inlet: warnings at the edges
// of the recommended range (ASHRAE TC 9.9: 18-27 °C, up to 60 %, dew point
// 5.5-15 °C), and critical ones outside the allowable range of class A1 and A2.
// What the probe does not measure has none: it would be missed for ever.
func recommended(x climate.Options) []alarm.Limit {
	at := func(v int64) *int64 { return &v }
	all := []alarm.Limit{
		{Point: x.Point(reading.Temperature), WarnLow: at(18_000), WarnHigh: at(27_000), CritLow: at(10_000), CritHi: at(35_000), Hysteresis: 1_000, Trip: -1, Clear: -1},
		{Point: x.Point(reading.Humidity), WarnHigh: at(60_000), CritHi: at(80_000), Hysteresis: 3_000, Trip: -1, Clear: -1},
		{Point: x.Point(reading.DewPoint), WarnLow: at(5_500), WarnHigh: at(15_000), Hysteresis: 500, Trip: -1, Clear: -1},
	}
	return slices.DeleteFunc(all, func(l alarm.Limit) bool { return !slices.Contains(x.Driver.Measures(), l.Point.Kind) })
}
