package poll

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/sensor/sensortest"
	"rackvakt/snmp/snmptest"
	"rackvakt/snmp/system"
)

// truth is what two independent readings of a recording agree on.
type truth struct {
	Ports []struct {
		Index       uint32  `json:"ifIndex"`
		Name        *string `json:"ifName"`
		Descr       *string `json:"ifDescr"`
		Alias       *string `json:"ifAlias"`
		Oper        string  `json:"oper"`
		Admin       string  `json:"admin"`
		Speed       *uint64 `json:"speed_bps"`
		MTU         *uint64 `json:"mtu"`
		MAC         *string `json:"mac"`
		InOctets    *uint64 `json:"in_octets"`
		OutOctets   *uint64 `json:"out_octets"`
		InErrors    *uint64 `json:"in_errors"`
		OutErrors   *uint64 `json:"out_errors"`
		InDiscards  *uint64 `json:"in_discards"`
		OutDiscards *uint64 `json:"out_discards"`
	} `json:"ports"`
	Sensors []struct {
		MIB   string  `json:"mib"`
		OID   string  `json:"oid"`
		Value float64 `json:"value"`
	} `json:"sensors"`
	LLDP []truthNeighbor `json:"lldp"`
}

// Every device: what the readers make of all its values, and what Once brings
// over a socket, is the truth.
func TestRecordings(t *testing.T) {
	ports, values, neighbors := 0, 0, 0
	for name, want := range sensortest.TruthAs[truth](t) {
		t.Run(name, func(t *testing.T) {
			p := newFullPoll(nil, nil, 0)
			p.Varbinds = sensortest.Recording(t, name)
			all := make(map[pdu.OID]pdu.Value)
			for _, vb := range p.Varbinds {
				all[vb.OID] = vb.Value
			}
			var direct Result
			a := snmptest.New()
			a.Delete("1.3.6.1.2.1.1.3.0")
			a.Serve(p.Varbinds)
			profiles, err := profile.Builtin()
			if err != nil {
				t.Fatal(err)
			}
			direct.fill(p.Varbinds, profile.Select(profiles, system.Read(p.Varbinds).ObjectID, p.Varbinds))
			over, err := Once(t.Context(), optionsV2(snmptest.Start(t, a)))
			if err != nil {
				t.Error(err)
			}
			for how, r := range map[string]Result{"direct": direct, "over UDP": over} {
				t.Run(how, func(t *testing.T) {
					comparePorts(t, r, want)
					compareSystem(t, r, all)
					values += compareUPS(t, r, want)
					compareNeighbors(t, r, want.LLDP)
				})
			}
			if diff := cmp.Diff(direct.Sensors, over.Sensors, cmpopts.EquateEmpty()); diff != "" {
				t.Error("sensors over UDP differ from a direct reading", diff)
			}
			if diff := cmp.Diff(direct.Neighbors, over.Neighbors, cmpopts.EquateEmpty()); diff != "" || over.Printer != nil {
				t.Errorf("neighbours over UDP differ from a direct reading %s, or a printer: %+v", diff, over.Printer)
			}
			ports, neighbors = ports+len(want.Ports), neighbors+len(over.Neighbors)
			t.Logf("%d requests, problems %q", a.Stats().Requests, over.Problems)
		})
	}
	t.Logf("%d ports, %d UPS values (each twice), %d neighbours", ports, values, neighbors)
}

func comparePorts(t *testing.T, r Result, want truth) {
	t.Helper()
	byIndex := make(map[uint32]Interface)
	for _, i := range r.Interfaces {
		byIndex[i.Index] = i
	}
	for _, w := range want.Ports {
		got, ok := byIndex[w.Index]
		if !ok {
			t.Errorf("port %d is missing", w.Index)
			continue
		}
		for field, pair := range map[string][2]*string{
			"name": {got.Name, w.Name}, "descr": {got.Descr, w.Descr}, "alias": {got.Alias, w.Alias},
			"oper": {got.Oper, &w.Oper}, "admin": {got.Admin, &w.Admin}, "mac": {got.MAC, w.MAC},
		} {
			if pair[1] != nil && show(pair[0]) != *pair[1] {
				t.Errorf("port %d: %s %q, want %q", w.Index, field, show(pair[0]), *pair[1])
			}
		}
		for field, pair := range map[string]struct {
			got  pdu.Number
			want *uint64
		}{
			"speed": {got.Speed, w.Speed}, "mtu": {got.MTU, w.MTU},
			"in octets": {got.InOctets, w.InOctets}, "out octets": {got.OutOctets, w.OutOctets},
			"in errors": {got.InErrors, w.InErrors}, "out errors": {got.OutErrors, w.OutErrors},
			"in discards": {got.InDiscards, w.InDiscards}, "out discards": {got.OutDiscards, w.OutDiscards},
		} {
			if pair.want != nil && pair.got.Value != *pair.want {
				t.Errorf("port %d: %s %v, want %d", w.Index, field, pair.got, *pair.want)
			}
		}
	}
}

func show(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func compareSystem(t *testing.T, r Result, all map[pdu.OID]pdu.Value) {
	t.Helper()
	if want := all[pdu.MustOID("1.3.6.1.2.1.1.2.0")].OID().String(); show(r.Device.SysObjectID) != want {
		t.Errorf("sysObjectID %s, want %s", show(r.Device.SysObjectID), want)
	}
	up := all[pdu.MustOID("1.3.6.1.2.1.1.3.0")].Number()
	if up.Present != (r.Device.Uptime != nil) || up.Present && *r.Device.Uptime != float64(up.Value)/100 {
		t.Errorf("uptime %v, want %v", r.Device.Uptime, up)
	}
	descr := strings.Join(strings.Fields(all[pdu.MustOID("1.3.6.1.2.1.1.1.0")].Text()), " ")
	if show(r.Device.SysDescr) != descr {
		t.Errorf("sysDescr %q, want %q", show(r.Device.SysDescr), descr)
	}
}

// compareUPS compares the values of UPS-MIB that are read, and returns how many.
func compareUPS(t *testing.T, r Result, want truth) int {
	t.Helper()
	const tree = "1.3.6.1.2.1.33.1."
	compared := 0
	load := 0.0
	for _, s := range want.Sensors {
		rest, ok := strings.CutPrefix(s.OID, tree)
		if s.MIB != "UPS" || !ok {
			continue
		}
		if r.UPS == nil {
			t.Fatal("no UPS-MIB read")
		}
		source := map[float64]string{1: "other", 2: "none", 3: "normal", 4: "bypass", 5: "battery", 6: "booster", 7: "reducer"}
		battery := map[float64]string{1: "unknown", 2: "normal", 3: "low", 4: "depleted"}
		good := true
		switch {
		case rest == "4.1.0":
			good = show(r.UPS.OutputSource) == source[s.Value]
		case rest == "2.1.0":
			good = show(r.UPS.BatteryStatus) == battery[s.Value]
		case rest == "2.2.0":
			good = float64(r.UPS.SecondsOnBattery.Value) == s.Value*60
		case rest == "2.3.0":
			good = float64(r.UPS.RuntimeSeconds.Value) == s.Value*60
		case rest == "2.4.0":
			good = float64(r.UPS.ChargePercent.Value) == s.Value
		case strings.HasPrefix(rest, "4.4.1.5."):
			load = max(load, s.Value)
			good = float64(r.UPS.LoadPercent.Value) >= s.Value
		case strings.HasPrefix(rest, "3.3.1.3."):
			line, _ := strconv.Atoi(strings.Split(rest, ".")[4])
			good = line >= 1 && line <= len(r.UPS.InputVolts) && float64(r.UPS.InputVolts[line-1].Value) == s.Value
		default:
			continue
		}
		compared++
		if !good {
			t.Errorf("%s: %+v, want %v", s.OID, r.UPS, s.Value)
		}
	}
	if r.UPS != nil && compared > 0 && float64(r.UPS.LoadPercent.Value) != load {
		t.Errorf("load %v, want the highest line's %v", r.UPS.LoadPercent, load)
	}
	return compared
}
