package alarm

import (
	"slices"
	"strings"

	"rackvakt/sensors/reading"
)

// dev returns the device of an alarm's object: the part before the slash.
func dev(object string) string {
	d, _ := split(object)
	return d
}

// split undoes object; the part may hold further slashes.
func split(object string) (device, part string) {
	device, part, _ = strings.Cut(object, "/")
	return device, part
}

func object(device, part string) string {
	if device == "" || part == "" {
		return device + part
	}
	return device + "/" + part
}

// builder gathers the rules of a plan.
type builder struct {
	plan  Plan
	rules []*rule
}

type judgeFunc = func(e *Engine, r *rule, now reading.Stamp) finding

func (b *builder) add(code Code, object string, judge judgeFunc) *rule {
	row, _ := Lookup(code)
	r := &rule{key: Key{Code: code, Object: object}, row: row, delay: Delay{row.Trip, row.Clear}, judge: judge, parents: row.DependsOn}
	if d, ok := b.plan.Delays[code]; ok {
		r.delay = d
	}
	b.rules = append(b.rules, r)
	return r
}

// rulesOf makes the rules of a plan in the order of the catalogue, parents first.
func rulesOf(plan Plan) []*rule {
	b := &builder{plan: plan}
	b.power()
	b.network()
	b.climate()
	b.doors()
	b.monitor()
	slices.SortStableFunc(b.rules, func(x, y *rule) int { return place(x.key.Code) - place(y.key.Code) })
	return b.rules
}

// place is where a code stands in the catalogue.
func place(c Code) int { return slices.IndexFunc(catalogue, func(r Row) bool { return r.Code == c }) }

func (b *builder) network() {
	if len(b.plan.Interfaces) > 0 {
		b.add(MonitorConnection, "", judgeCarrier)
	}
	for _, sw := range b.plan.Switches {
		b.add(SwitchUnreachable, sw, pointRule(device(sw, reading.DeviceUp), "switch_silent", func(v int64) bool { return v == 0 }))
		b.add(SwitchRestarted, sw, judgeRestart(sw))
	}
	b.links()
	for _, p := range b.plan.Ports {
		b.add(PortDown, object(p.Device, p.Port), operDown(p))
	}
	b.paths()
}

func (b *builder) paths() {
	has := func(l Layer) bool {
		return slices.ContainsFunc(b.plan.Targets, func(t ProbeTarget) bool { return t.Layer == l })
	}
	if b.plan.Kind == Physiotherapy {
		if has(LayerInternet) || has(LayerGateway) {
			b.add(PathDownInternet, "", judgeNear)
		}
	} else {
		if has(LayerRegion) || has(LayerGateway) {
			b.add(PathDownRegion, "", judgeNear)
		}
		if has(LayerInternet) {
			b.add(PathDownInternet, "", judgeLayer(LayerInternet))
		}
	}
	if has(LayerSjunet) {
		b.add(PathDownSjunet, "", judgeLayer(LayerSjunet))
	}
	for _, t := range b.plan.Targets {
		if t.Layer == LayerService {
			b.add(ServiceFailed, t.Name, judgeService(t.Name)).parents = b.serviceParents(t)
		}
	}
}

// serviceParents: a service stands behind its own layer, and what that stands behind.
func (b *builder) serviceParents(t ProbeTarget) []Code {
	parents := []Code{MonitorConnection, PathDownRegion}
	probe := Table{Kind: b.plan.Kind}
	for _, x := range b.plan.Targets {
		probe.Targets = append(probe.Targets, Target{Layer: x.Layer})
	}
	switch probe.behind(Target{Behind: t.Behind}) {
	case LayerSjunet:
		return append(parents, PathDownSjunet)
	case LayerInternet:
		return append(parents, PathDownInternet)
	case LayerGateway, LayerRegion, LayerService:
	}
	return parents
}

// contactCodes is the alarm of each kind of contact, and what its closing says.
var contactCodes = map[reading.Kind]struct {
	code Code
	say  string
}{
	reading.Leak:         {ClimateLeak, "leak"},
	reading.Smoke:        {ClimateSmoke, "smoke"},
	reading.CoolingAlarm: {ClimateCooling, "cooling_fault"},
	reading.TamperOpen:   {DoorTamper, "tamper"},
}

// limitCodes is the alarm of each kind of limit.
var limitCodes = map[reading.Kind]Code{
	reading.Temperature: ClimateTemp, reading.Humidity: ClimateHumidity, reading.DewPoint: ClimateDewPoint,
}

func (b *builder) climate() {
	for _, p := range b.plan.Contacts {
		if c, ok := contactCodes[p.Kind]; ok {
			judge := pointRule(p, c.say, func(v int64) bool { return v == 1 })
			if c.code == ClimateCooling {
				judge = withForecast(judge, reading.Point{})
			}
			b.add(c.code, object(p.Device, p.Object), judge)
		}
	}
	for _, l := range b.plan.Limits {
		code, ok := limitCodes[l.Point.Kind]
		if !ok {
			continue
		}
		judge := judgeLimit(l)
		if code == ClimateTemp {
			judge = withForecast(judge, l.Point)
			if b.plan.HotSoon >= 0 {
				b.add(ClimateHeating, object(l.Point.Device, l.Point.Object), judgeHeating(l.Point))
			}
		}
		r := b.add(code, object(l.Point.Device, l.Point.Object), judge)
		r.latch = l.Latch
		if l.Trip >= 0 {
			r.delay.Trip = l.Trip
		}
		if l.Clear >= 0 {
			r.delay.Clear = l.Clear
		}
	}
}

func (b *builder) monitor() {
	b.add(MonitorStorage, "", judgeStorage)
	b.add(MonitorStorage, "life", judgeLife)
	b.add(MonitorClock, "", pointRule(own("", reading.ClockSynced), "clock_free", func(v int64) bool { return v == 0 }))
	b.add(MonitorUndervolt, "", pointRule(own("", reading.Undervoltage), "undervoltage", func(v int64) bool { return v == 1 }))
	seen := map[string]*[]reading.Point{}
	for _, p := range b.plan.watched() {
		o := object(p.Device, p.Object)
		if points := seen[o]; points != nil {
			*points = append(*points, p)
			continue
		}
		points := &[]reading.Point{p}
		seen[o] = points
		b.add(MonitorSensor, o, judgeSensor(points))
	}
	for _, r := range b.rules {
		if r.key.Code == MonitorSensor {
			r.parents = b.sensorParents(r.key.Object)
		}
	}
}

// sensorParents: only what is read over the network stands behind the network;
// a silent switch explains its ports, a silent UPS its values.
func (b *builder) sensorParents(object string) []Code {
	switch d := dev(object); {
	case slices.Contains(b.plan.Switches, d) && d != object:
		return []Code{PowerMainsLost, SwitchUnreachable}
	case slices.Contains(b.plan.UPS, d):
		return []Code{PowerMainsLost, PowerUPSLost}
	}
	return nil
}

// watched are the points whose loss must be told.
func (p *Plan) watched() []reading.Point {
	list := slices.Concat(p.Mains, p.Contacts)
	for _, battery := range p.HoldUp {
		list = append(list, levelOf(battery))
	}
	for _, d := range p.Doors {
		list = append(list, d.Point)
		if d.Lock != (reading.Point{}) {
			list = append(list, d.Lock)
		}
	}
	for _, l := range p.Limits {
		list = append(list, l.Point)
	}
	for _, d := range slices.Concat(p.Switches, p.UPS) {
		list = append(list, device(d, reading.DeviceUp))
	}
	for _, u := range p.UPS {
		list = append(list, device(u, reading.UPSSource))
	}
	for _, x := range slices.Concat(p.Uplinks, p.Ports) {
		list = append(list, x.point())
	}
	for _, t := range p.Targets {
		list = append(list, t.point())
	}
	return list
}
