package agent

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"rackvakt/sensors/output"
	"rackvakt/sensors/reading"
	"rackvakt/snmp/poll"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/path"
	"rackvakt/uplink/record"
)

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

func compareText(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		if n := cmp.Compare(pairs[i], pairs[i+1]); n != 0 {
			return n
		}
	}
	return 0
}

// shown is one reading as it may be shown at a moment: aged, and without a value
// unless it is good now.
type shown struct {
	reading.Reading
	age  time.Duration
	told bool // a reading was delivered at all
}

// look returns the newest reading of p as of now.
func (c *closet) look(p reading.Point, now reading.Stamp) shown {
	r, ok := c.table[p]
	if !ok {
		return shown{Reading: reading.Reading{Point: p, Reason: "not read yet"}}
	}
	s := shown{Reading: r, age: now.Since(r.At), told: true}
	if s.Quality == reading.Good && s.age > c.plan.AgeLimit(p) {
		s.Quality, s.Reason = reading.Stale, "too old"
	}
	return s
}

// word returns the word of a good state, else "unknown".
func (s shown) word() string {
	if s.Quality != reading.Good {
		return "unknown"
	}
	return s.Point.Kind.Word(s.Value)
}

// show returns a good value for a person, else "".
func (s shown) show() string {
	if s.Quality != reading.Good {
		return ""
	}
	return s.Point.Kind.Show(s.Value)
}

// snapshot makes the picture of the present moment.
func (c *closet) snapshot() Snapshot {
	now := c.clock.Now()
	s := Snapshot{
		V: 1, At: now.Wall, ClockSynced: now.Synced, Version: c.opts.Version, Start: c.start,
		UpSeconds: int64(now.Since(c.began) / time.Second),
		Site: Site{Area: c.cfg.Site.Area, Site: c.cfg.Site.Site, Closet: c.cfg.Site.Closet, Name: c.cfg.Site.Name,
			Kind: c.cfg.Site.Kind, Contact: c.cfg.Site.Contact, ReserveRoutine: c.cfg.Site.ReserveRoutine},
		Verdict: c.verdict(),
		Alarms:  []Alarm{},
		Config:  c.conf,
	}
	for _, a := range c.engine.Open() {
		s.Alarms = append(s.Alarms, Alarm{Key: a.Key, Occ: a.Occ, Severity: a.Severity, Class: a.Class, Party: c.party(a.Class),
			Since: a.Since.Wall, Joins: a.Joins, Causes: a.Causes, Evidence: a.Evidence})
	}
	s.Devices = c.devices(now)
	s.Ports = c.ports(now)
	s.Targets = c.targets(now)
	s.Traps = c.traps.view(c.cfg.SNMP.Traps.Listen)
	s.Readings = c.readings(now)
	s.Outbox = c.outbox()
	s.Paths = c.paths(now)
	s.Lacks = c.lacks(s, now)
	return s
}

func (c *closet) party(class alarm.Class) alarm.Party {
	return alarm.Responsible(c.cfg.Site.Kind, class, c.cfg.Site.Overrides())
}

func (c *closet) verdict() Verdict {
	v := Verdict{Causes: c.engine.Verdict(), Since: c.verdictAt.Wall}
	if v.Causes == nil {
		v.Causes = []alarm.Cause{}
	}
	if len(v.Causes) > 0 {
		v.Class = alarm.RemedyOf(v.Causes[0].Name, c.cfg.Site.Kind).Class
		v.Party = c.party(v.Class)
	}
	return v
}

func (c *closet) devices(now reading.Stamp) []Device {
	list := []Device{}
	for _, d := range c.cfg.SNMP.Devices {
		whole := reading.Point{Device: d.Name}
		up := c.look(reading.Point{Device: d.Name, Kind: reading.DeviceUp}, now)
		state := c.polled.state(d.Name)
		list = append(list, Device{
			Poll: &state, Name: d.Name, Kind: d.Kind, State: up.word(), Reason: up.Reason, AgeMS: up.age.Milliseconds(),
			Model: c.facts[factKey{whole, reading.LabelModel}], Descr: c.facts[factKey{whole, reading.LabelDescr}],
			Problem: c.facts[factKey{whole, reading.LabelProblem}],
		})
	}
	return list
}

func (c *closet) ports(now reading.Stamp) []Port {
	list := []Port{}
	for p := range c.table {
		if p.Kind != reading.IfOperStatus {
			continue
		}
		said := func(l reading.Label) string {
			return c.facts[factKey{reading.Point{Device: p.Device, Object: p.Object}, l}]
		}
		at := func(k reading.Kind) shown {
			return c.look(reading.Point{Device: p.Device, Object: p.Object, Kind: k}, now)
		}
		oper, speed := at(reading.IfOperStatus), at(reading.IfSpeed)
		port := Port{Device: p.Device, Port: p.Object, Alias: said(reading.LabelAlias), Role: said(reading.LabelRole),
			Outlet: said(reading.LabelOutlet), Room: said(reading.LabelRoom), Neighbour: said(reading.LabelNeighbour),
			Uplink:    slices.Contains(c.plan.Uplinks, alarm.Port{Device: p.Device, Port: p.Object}),
			Important: slices.Contains(c.plan.Ports, alarm.Port{Device: p.Device, Port: p.Object}),
			Admin:     at(reading.IfAdminStatus).word(), Oper: oper.word(), AgeMS: oper.age.Milliseconds(), Reason: oper.Reason}
		if speed.Quality == reading.Good {
			port.SpeedBPS = speed.Value
		}
		list = append(list, port)
	}
	slices.SortFunc(list, func(a, b Port) int {
		if a.Uplink != b.Uplink {
			return map[bool]int{true: -1, false: 1}[a.Uplink]
		}
		return cmp.Or(cmp.Compare(a.Device, b.Device), naturally(a.Port, b.Port))
	})
	return list
}

// naturally compares port names so that 1/2 stands before 1/10.
func naturally(a, b string) int {
	if n := cmp.Compare(len(a), len(b)); n != 0 {
		return n
	}
	return cmp.Compare(a, b)
}

func (c *closet) targets(now reading.Stamp) []Target {
	list := []Target{}
	for _, t := range c.cfg.Path.Targets {
		result, rtt, loss := c.look(t.Point(reading.ProbeResult), now), c.look(t.Point(reading.ProbeRTT), now), c.look(t.Point(reading.ProbeLoss), now)
		method := c.facts[factKey{t.Point(reading.None), reading.LabelMethod}]
		list = append(list, Target{
			Name: t.Name, Layer: string(t.Layer), Method: method, StandIn: method == string(path.TCP) && t.How() == path.ICMP,
			Result: result.word(), Reason: result.Reason, RTT: rtt.show(), Loss: loss.show(), AgeMS: result.age.Milliseconds(),
		})
	}
	return list
}

// readings lists what is not told as port, device or target: sensors, UPS and
// the monitor itself.
func (c *closet) readings(now reading.Stamp) []Reading {
	list := []Reading{}
	for p := range c.table {
		if elsewhere(p) {
			continue
		}
		s := c.look(p, now)
		r := Reading{Device: p.Device, Object: p.Object, Name: p.Kind.Name(), Value: s.show(), Quality: s.Quality.String(),
			Reason: s.Reason, AgeMS: s.age.Milliseconds(), Source: c.facts[factKey{reading.Point{Device: p.Device, Object: p.Object}, reading.LabelSource}]}
		if s.Quality == reading.Good {
			r.Number = string(p.Kind.Append(nil, s.Value))
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Reading) int {
		return compareText(a.Device, b.Device, a.Object, b.Object, a.Name, b.Name)
	})
	return list
}

// elsewhere reports whether p is told as device, target or port.
func elsewhere(p reading.Point) bool {
	return p.Device == alarm.PathDevice || p.Kind == reading.DeviceUp || strings.HasPrefix(p.Kind.Name(), "interface_") && p.Device != reading.Monitor
}

func (c *closet) outbox() Outbox {
	stats, health := c.box.Stats(), c.box.Health()
	return outboxOf(stats, health, c.box.OldestAge())
}

func outboxOf(stats outbox.Stats, health outbox.Health, age time.Duration) Outbox {
	return Outbox{Alarms: stats.Depth[record.LaneA], Metrics: stats.Depth[record.LaneM], AgeS: int64(age / time.Second),
		Writable: health.Writable, Fault: health.Fault, Dropped: health.Dropped, DiskBytes: health.DiskBytes}
}

func (c *closet) paths(now reading.Stamp) []Path {
	list := []Path{}
	for _, p := range c.pubs {
		st := p.Status()
		heard := int64(-1)
		if !st.Heard.IsZero() {
			heard = int64(now.Since(st.Heard) / time.Second)
		}
		list = append(list, Path{Path: st.Path, Connected: st.Connected, Since: st.Since.Wall, HeardS: heard, Fault: st.Fault, DatesUnchecked: st.DatesUnchecked})
	}
	return list
}

// notHeard is how long entries may wait for the collector on an open path.
const notHeard = 60

// lacks lists what the monitor does without at this moment.
func (c *closet) lacks(s Snapshot, now reading.Stamp) []Lack {
	list := append([]Lack{}, c.group.lacks()...)
	add := func(missing bool, what, object, why string) {
		if missing {
			list = append(list, Lack{what, object, why})
		}
	}
	add(!s.ClockSynced, "clock", "", "")
	add(c.bootless, "boot_id", "", "")
	add(!s.Config.ReloadGood, "config", "", s.Config.Error)
	add(!s.Outbox.Writable, "disk", "", s.Outbox.Fault)
	for _, p := range s.Paths {
		add(!p.Connected, "broker", p.Path, p.Fault)
		add(p.Connected && s.Outbox.AgeS > notHeard && (p.HeardS < 0 || p.HeardS > notHeard), "collector", p.Path, "")
		add(p.DatesUnchecked, "certificates", p.Path, "")
	}
	for _, name := range c.plan.Interfaces {
		link := c.look(reading.Point{Device: reading.Monitor, Object: name, Kind: reading.Carrier}, now)
		add(!link.Is(1), "interface", name, link.Reason)
	}
	for _, d := range s.Devices {
		add(d.State != reading.DeviceUp.Word(1), "device", d.Name, d.Reason)
	}
	for _, x := range c.cfg.Sensors.Contacts {
		r := c.look(x.Point(), now)
		add(r.Quality != reading.Good, "sensor", x.Name, r.Reason)
	}
	for _, x := range c.cfg.Sensors.Climate {
		r := c.look(x.Point(reading.Temperature), now)
		add(r.Quality != reading.Good, "sensor", x.Name+"/"+x.Position, r.Reason)
	}
	for key, why := range c.facts {
		add(key.point.Device == output.Device && key.label == reading.LabelProblem, "output", key.point.Object, why)
	}
	for _, x := range c.cfg.Sensors.Power {
		for _, rail := range x.Rails {
			r := c.look(x.Point(rail.Name, reading.Voltage), now)
			add(r.Quality != reading.Good, "sensor", x.Name+"/"+rail.Name, r.Reason)
		}
	}
	add(slices.ContainsFunc(s.Targets, func(t Target) bool { return t.StandIn }), "ping", "", "")
	slices.SortStableFunc(list, func(a, b Lack) int { return compareText(a.What, b.What, a.Object, b.Object) })
	return list
}

// maxShort bounds the body of `now`, which is a message of at most record.MaxRecord.
const maxShort = 7500

// short is a Snapshot for the region's pages: what decides, without what the
// records tell better.
type short struct {
	V           int       `json:"v"`
	At          time.Time `json:"at"`
	ClockSynced bool      `json:"clock_synced"`
	Version     string    `json:"version"`
	Verdict     Verdict   `json:"verdict"`
	Alarms      []Alarm   `json:"alarms"`
	Devices     []Device  `json:"devices"`
	Outbox      Outbox    `json:"outbox"`
	Lacks       []Lack    `json:"lacks"`
	Readings    []Reading `json:"readings"`
	// Left says that something was left out for its size.
	Left bool `json:"left_out,omitempty"`
}

// Short writes s for the topic `now`: at most 7.5 kB, the least telling left out
// first.
func (s Snapshot) Short() ([]byte, error) {
	b := short{V: s.V, At: s.At, ClockSynced: s.ClockSynced, Version: s.Version, Verdict: s.Verdict, Alarms: slices.Clone(s.Alarms),
		Devices: slices.Clone(s.Devices), Outbox: s.Outbox, Lacks: s.Lacks}
	for i := range b.Alarms {
		b.Alarms[i].Evidence, b.Alarms[i].Causes = nil, nil
	}
	for i := range b.Devices {
		b.Devices[i].Descr, b.Devices[i].Poll = "", nil
	}
	for _, r := range s.Readings {
		if r.Device != reading.Monitor && !s.unremarkable(r) {
			b.Readings = append(b.Readings, r)
		}
	}
	for {
		body, err := json.Marshal(b)
		if err != nil || len(body) <= maxShort {
			return body, err
		}
		b.Left = true
		switch n := max(len(b.Readings), len(b.Devices), len(b.Alarms), len(b.Lacks)); n {
		case 0: // what is left cannot be cut by halves, and is small by itself
			b.Verdict.Causes, b.Outbox.Fault = nil, ""
			return json.Marshal(b)
		case len(b.Readings):
			b.Readings = b.Readings[:n/2]
		case len(b.Devices):
			b.Devices = b.Devices[:n/2]
		case len(b.Lacks):
			b.Lacks = b.Lacks[:n/2]
		default:
			b.Alarms = b.Alarms[:n/2]
		}
	}
}

// unremarkable reports whether r is what a switch measures inside itself and finds
// well, of which there may be a hundred: the records tell it, and the JSON.
func (s Snapshot) unremarkable(r Reading) bool {
	i := slices.IndexFunc(s.Devices, func(d Device) bool { return d.Name == r.Device && d.Kind == poll.KindSwitch })
	if i < 0 || r.Object == "" {
		return false
	}
	kind, _ := reading.KindByName(r.Name)
	return !kind.State() || r.Number == "0" || r.Quality != reading.Good.String() && s.Devices[i].State != reading.DeviceUp.Word(1)
}

// wiredOf keeps the names of wired interfaces.
func wiredOf(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" || n[0] != 'e' })
}
