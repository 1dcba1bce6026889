package poll

import (
	"context"
	"fmt"

	"rackvakt/snmp/bridge"
	"rackvakt/snmp/etherlike"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/poe"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/sensor"
	"rackvakt/snmp/session"
	"rackvakt/snmp/system"
	"rackvakt/snmp/ups"
)

// Result is one device read once. It is written as JSON with these names, which
// programs rely on: what the device did not tell is null, never 0 or "".
type Result struct {
	Target     string      `json:"target"`
	Device     DeviceInfo  `json:"device"`
	Interfaces []Interface `json:"interfaces"`
	// Sensors are those of ENTITY-SENSOR and its like, and what profiles describe;
	// an object stands here once.
	Sensors   []sensor.Sensor `json:"sensors"`
	Neighbors []Neighbor      `json:"neighbors"`
	PoE       *poe.PoE        `json:"poe"`
	UPS       *UPSInfo        `json:"ups"`
	Printer   *PrinterInfo    `json:"printer"`
	// Bridge is nil unless it was asked for.
	Bridge *bridge.Bridge `json:"bridge"`
	// Problems says what was odd and how it was taken.
	Problems []string `json:"problems"`
}

// DeviceInfo is the device as a whole. Vendor, model, serial and version come
// from a MIB that has them (a UPS, a printer), and profile from a vendor profile.
type DeviceInfo struct {
	SysName     *string  `json:"sys_name"`
	SysDescr    *string  `json:"sys_descr"`
	SysObjectID *string  `json:"sys_object_id"`
	Uptime      *float64 `json:"uptime_seconds"`
	Vendor      *string  `json:"vendor"`
	Model       *string  `json:"model"`
	Serial      *string  `json:"serial"`
	Version     *string  `json:"version"`
	Profile     *string  `json:"profile"`
}

// Interface is one row of the interface tables. Admin and Oper are the words of
// RFC 2863, MAC is 12 hex digits.
type Interface struct {
	Index       uint32     `json:"index"`
	Name        *string    `json:"name"`
	Descr       *string    `json:"descr"`
	Alias       *string    `json:"alias"`
	Type        pdu.Number `json:"type"`
	Admin       *string    `json:"admin"`
	Oper        *string    `json:"oper"`
	Speed       pdu.Number `json:"speed_bps"`
	Duplex      *string    `json:"duplex"`
	MTU         pdu.Number `json:"mtu"`
	MAC         *string    `json:"mac"`
	LastChange  pdu.Number `json:"last_change_ticks"`
	InOctets    pdu.Number `json:"in_octets"`
	OutOctets   pdu.Number `json:"out_octets"`
	InErrors    pdu.Number `json:"in_errors"`
	OutErrors   pdu.Number `json:"out_errors"`
	InDiscards  pdu.Number `json:"in_discards"`
	OutDiscards pdu.Number `json:"out_discards"`
}

// UPSInfo is what UPS-MIB tells, in the words of RFC 1628.
type UPSInfo struct {
	OutputSource     *string      `json:"output_source"`
	BatteryStatus    *string      `json:"battery_status"`
	SecondsOnBattery pdu.Number   `json:"seconds_on_battery"`
	RuntimeSeconds   pdu.Number   `json:"runtime_seconds"`
	ChargePercent    pdu.Number   `json:"charge_percent"`
	LoadPercent      pdu.Number   `json:"load_percent"`
	InputVolts       []pdu.Number `json:"input_volts"`
}

// Once reads system, interfaces, UPS, sensors, neighbours and printer of one
// device, and what is also asked for. With an error, Result holds what was read
// before it.
func Once(ctx context.Context, o Options, also ...Also) (Result, error) {
	result := Result{
		Target: o.Address, Interfaces: []Interface{}, Sensors: []sensor.Sensor{}, Neighbors: []Neighbor{}, Problems: []string{},
	}
	s, err := session.New(o.Options)
	if err != nil {
		return result, fmt.Errorf("poll %s: %w", o.Address, err)
	}
	profiles, problem, err := OpenProfiles(o.ProfileDir)
	if err != nil {
		return result, fmt.Errorf("poll %s: %w", o.Address, err)
	}
	defer s.Close()
	p := newFullPoll(append(system.Instances(), ups.Instances()...), append(allColumns(), ups.Columns()...), 0)
	for !p.Done() && err == nil {
		if err = p.Step(ctx, s, nil); answersElse(ctx, s, err) {
			p.Unanswered(s)
			err = nil
		}
	}
	id := system.Read(p.Varbinds).ObjectID
	var candidates []*profile.Profile
	if err == nil {
		candidates, err = profiles.Candidates(id)
	}
	d := newDiscovery(candidates, id, p.Varbinds, seldom(also)...)
	for err == nil && !d.done() {
		if err = d.step(ctx, s, nil); answersElse(ctx, s, err) {
			d.unanswered(s)
			err = nil
		}
	}
	if problem != "" {
		p.Problems = append(p.Problems, problem)
	}
	vbs := append(p.Varbinds, d.vbs...)
	result.fill(vbs, d.fit)
	result.fillBridge(vbs, also)
	result.Problems = append(append(result.Problems, p.Problems...), d.problems...)
	if err != nil {
		return result, fmt.Errorf("poll %s: %w", o.Address, err)
	}
	return result, nil
}

func allColumns() []pdu.OID { return append(ifmib.Usual(), ifmib.Rare()...) }

func (r *Result) fill(vbs []pdu.Varbind, fit []*profile.Profile) {
	r.Device.fill(system.Read(vbs))
	ports := ifmib.Read(vbs)
	duplex, problems := etherlike.Read(vbs)
	r.Problems = append(r.Problems, problems...)
	for _, port := range ports {
		i := describe(port)
		i.Duplex = text(duplex[port.Index].String())
		r.Interfaces = append(r.Interfaces, i)
	}
	r.fillNeighbors(vbs, ports)
	ifmib.Distinct(ports)
	for _, port := range ports {
		for _, odd := range port.Odd {
			r.Problems = append(r.Problems, port.Name+": "+odd)
		}
	}
	if u, ok := readUPS(fit, vbs); ok {
		r.UPS = describeUPS(u)
		r.Device.about(about{vendor: u.Manufacturer, model: u.Model, version: u.Version})
	}
	r.fillPrinter(vbs)
	r.fillSensors(fit, vbs)
}

// readUPS reads UPS-MIB, and from the profiles what that does not tell.
func readUPS(fit []*profile.Profile, vbs []pdu.Varbind) (ups.UPS, bool) {
	u, standard := ups.Read(vbs)
	other, own := profile.ReadUPS(fit, vbs)
	return u.Or(other), standard || own
}

// fillSensors reads the sensors, and about the device what was not told before.
func (r *Result) fillSensors(fit []*profile.Profile, vbs []pdu.Varbind) {
	m := measure(fit, vbs)
	r.Sensors = append(r.Sensors, m.sensors...)
	r.Problems = append(r.Problems, m.problems...)
	if m.poe != nil {
		r.PoE = m.poe
	}
	r.Device.about(aboutEntities(m.entities))
	for _, p := range fit {
		if !p.Standard {
			r.Device.about(aboutProfile(p, vbs))
		}
	}
}

// about fills what is not told yet.
func (d *DeviceInfo) about(a about) {
	for _, f := range []struct {
		to   **string
		said string
	}{
		{&d.Profile, a.profile}, {&d.Vendor, a.vendor}, {&d.Model, a.model}, {&d.Serial, a.serial}, {&d.Version, a.version},
	} {
		if *f.to == nil {
			*f.to = text(f.said)
		}
	}
}

func (d *DeviceInfo) fill(s system.System) {
	d.SysName, d.SysDescr, d.SysObjectID = text(s.Name), text(s.Descr), text(s.ObjectID.String())
	if s.UpTime.Present {
		seconds := float64(s.UpTime.Value) / 100
		d.Uptime = &seconds
	}
}

// text returns nil for "", so that it is null in JSON.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func describe(p ifmib.Port) Interface {
	i := Interface{
		Index: p.Index, Descr: text(p.Descr), Alias: text(p.Alias), Type: p.Type,
		Admin: text(p.AdminWord()), Oper: text(p.OperWord()), Speed: p.Speed, MTU: p.MTU, MAC: text(p.MAC),
		LastChange: p.LastChange, InOctets: p.InOctets, OutOctets: p.OutOctets,
		InErrors: p.InErrors, OutErrors: p.OutErrors, InDiscards: p.InDiscards, OutDiscards: p.OutDiscards,
	}
	if p.NameGiven {
		i.Name = text(p.Name)
	}
	return i
}

func describeUPS(u ups.UPS) *UPSInfo {
	info := &UPSInfo{
		OutputSource: text(u.SourceWord()), BatteryStatus: text(u.BatteryWord()), SecondsOnBattery: u.SecondsOn,
		RuntimeSeconds: u.SecondsLeft, ChargePercent: u.Charge, LoadPercent: u.Load(), InputVolts: []pdu.Number{},
	}
	for _, l := range u.InputVolts {
		info.InputVolts = append(info.InputVolts, l.Value)
	}
	return info
}
