package poe

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
	"rackvakt/snmp/sensor/sensortest"
)

func cell(entry pdu.OID, column uint32, v pdu.Value, index ...uint32) pdu.Varbind {
	return pdu.Varbind{OID: entry.With(column).With(index...), Value: v}
}

// The worked example of the package comment, from its octets.
func TestExample(t *testing.T) {
	pair := []byte{0x30, 0x12, 0x06, 0x0C, 0x2B, 6, 1, 2, 1, 0x69, 1, 3, 1, 1, 4, 1, 0x42, 0x02, 0x00, 0xF8}
	list := append([]byte{0x30, byte(len(pair))}, pair...)
	body := append([]byte{2, 1, 1, 2, 1, 0, 2, 1, 0}, list...)
	msg, err := ber.ParsePDU(append([]byte{0xA2, byte(len(body))}, body...))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := Read(append(msg.Varbinds, cell(ciscoPort, ciscoConsumption, pdu.Gauge(6300), 1, 5)))
	if !ok || len(p.Supplies) != 1 || p.Supplies[0].Consumption.String() != "248" || len(p.Ports) != 1 || p.Ports[0].Consumption.String() != "6.3" {
		t.Errorf("%+v", p)
	}
}

func TestSupplies(t *testing.T) {
	supply := func(group uint32, watts uint32, status int64, now uint32, threshold int64) []pdu.Varbind {
		return []pdu.Varbind{
			cell(supplyEntry, supplyPower, pdu.Gauge(watts), group), cell(supplyEntry, supplyStatus, pdu.Int(status), group),
			cell(supplyEntry, supplyConsumption, pdu.Gauge(now), group), cell(supplyEntry, supplyThreshold, pdu.Int(threshold), group),
		}
	}
	slot := []pdu.Varbind{cell(huaweiSlot, slotMost, pdu.Int(369600), 0), cell(huaweiSlot, slotConsumption, pdu.Int(24500), 0)}
	for name, c := range map[string]struct {
		vbs  []pdu.Varbind
		want string // "name value status|low and high warning, critical" of each sensor
		odd  string
	}{
		"on":     {supply(1, 1764, 1, 248, 80), "PoE supply 1 248 (1411.2 1764), PoE supply 1 1 on ()", ""},
		"faulty": {supply(2, 370, 3, 0, 0), "PoE supply 2 0 ( 370), PoE supply 2 3 faulty ()", ""},
		"named": {append(supply(1, 370, 2, 7, 95), cell(ciscoSupply, ciscoDescr, pdu.Text("Module 1"), 1)),
			"Module 1 7 (351.5 370), Module 1 2 off ()", ""},
		"status 0":           {supply(1, 370, 0, 7, 80), "PoE supply 1 7 (296 370)", "pethMainPseOperStatus.1 is 0"},
		"budget 0":           {supply(1, 0, 1, 7, 80), "PoE supply 1 7 (), PoE supply 1 1 on ()", ""},
		"milliwatts":         {supply(1, 370, 1, 7000, 80), "PoE supply 1 7000 (296 370), PoE supply 1 1 on ()", "supply 1 delivers 7000 W of at most 370 W"},
		"slot":               {slot, "PoE supply 0 24.5 ( 369.6)", ""},
		"slot of a standard": {append(supply(1, 370, 1, 24, 80), slot...), "PoE supply 1 24 (296 370), PoE supply 1 1 on ()", ""},
		"below zero":         {[]pdu.Varbind{cell(supplyEntry, supplyConsumption, pdu.Int(-1), 1)}, "", ""},
	} {
		p, ok := Read(c.vbs)
		var got []string
		for _, s := range p.Sensors() {
			limits := strings.TrimRight(s.Limits.HighWarning.String()+" "+s.Limits.HighCritical.String(), " ")
			got = append(got, strings.TrimSpace(s.Name+" "+s.Value.String()+" "+s.Word)+" ("+limits+")")
			if s.Part != sensor.PoE || s.Word != "" && s.Status != map[string]string{"on": sensor.OK, "off": sensor.Unknown, "faulty": sensor.Critical}[s.Word] {
				t.Errorf("%s: %s is about %q and %q", name, s.Name, s.Part, s.Status)
			}
			if vb := s.OID; !slices.ContainsFunc(c.vbs, func(v pdu.Varbind) bool { return v.OID == vb }) {
				t.Errorf("%s: %s was not read", name, vb)
			}
		}
		all, problems := strings.Join(got, ", "), strings.Join(p.Problems, "\n")
		if !ok || all != c.want || !strings.Contains(problems, c.odd) || c.odd == "" && problems != "" {
			t.Errorf("%s: %q, want %q; problems %q", name, all, c.want, problems)
		}
	}
}

func TestPorts(t *testing.T) {
	p, _ := Read([]pdu.Varbind{
		cell(portEntry, portAdmin, pdu.Int(1), 1, 5), cell(portEntry, portDetection, pdu.Int(3), 1, 5), cell(portEntry, portClass, pdu.Int(4), 1, 5),
		cell(portEntry, portDenied, pdu.Count(2), 1, 5), cell(portEntry, portOverload, pdu.Count(3), 1, 5), cell(portEntry, portShort, pdu.Count(4), 1, 5),
		cell(ciscoPort, ciscoConsumption, pdu.Gauge(6300), 1, 5), cell(ciscoPort, ciscoAllocated, pdu.Gauge(15400), 1, 5),
		cell(ciscoPort, ciscoMost, pdu.Gauge(30000), 1, 5), cell(ciscoPort, ciscoPart, pdu.Int(1010), 1, 5),
		// A class tells of nothing while no device is fed.
		cell(portEntry, portAdmin, pdu.Int(2), 1, 6), cell(portEntry, portDetection, pdu.Int(2), 1, 6), cell(portEntry, portClass, pdu.Int(1), 1, 6),
		cell(portEntry, portDetection, pdu.Int(7), 2, 1), cell(portEntry, portAdmin, pdu.Int(0), 2, 1),
		cell(portEntry, portDetection, pdu.Int(3), 2, 2), cell(portEntry, portClass, pdu.Int(0), 2, 2),
		cell(portEntry, portDetection, pdu.Int(3), 2, 3), cell(portEntry, portClass, pdu.Int(9), 2, 3),
		cell(ciscoPort, ciscoPart, pdu.Int(0), 2, 4),
		cell(huaweiPort, huaweiName, pdu.Text("GigabitEthernet0/0/9"), 14), cell(huaweiPort, huaweiEnable, pdu.Int(1), 14),
		cell(huaweiPort, huaweiStatus, pdu.Text("Powered"), 14), cell(huaweiPort, huaweiClass, pdu.Int(3), 14),
		cell(huaweiPort, huaweiConsumption, pdu.Int(3657), 14), cell(huaweiPort, huaweiMost, pdu.Int(30000), 14),
		cell(huaweiPort, huaweiClass, pdu.Int(0), 15), cell(huaweiPort, huaweiConsumption, pdu.Int(0), 15),
		// None of ours: another column, a missing arc, no value.
		cell(portEntry, 4, pdu.Int(1), 9, 9), cell(portEntry, portAdmin, pdu.Int(1), 9), cell(portEntry, portAdmin, pdu.Value{Type: pdu.NoSuchInstance}, 9, 8),
	})
	b, err := json.Marshal(p.Ports)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"group":1,"index":5,"if_index":null,"part":1010,"name":"","admin":"on","detection":"deliveringPower","class":3,` +
		`"consumption_watts":6.3,"allocated_watts":15.4,"most_watts":30,"denied":2,"overload":3,"short":4},` +
		standardPort("1", "6", "off", "searching", "null") + "," + standardPort("2", "1", "", "", "null") + "," +
		standardPort("2", "2", "", "deliveringPower", "null") + "," + standardPort("2", "3", "", "deliveringPower", "8") + "," + standardPort("2", "4", "", "", "null") + "," +
		`{"group":0,"index":0,"if_index":14,"part":null,"name":"GigabitEthernet0/0/9","admin":"on","detection":"Powered","class":3,` +
		`"consumption_watts":3.657,"allocated_watts":null,"most_watts":30,"denied":null,"overload":null,"short":null},` +
		`{"group":0,"index":0,"if_index":15,"part":null,"name":"","admin":"","detection":"","class":null,` +
		`"consumption_watts":0,"allocated_watts":null,"most_watts":null,"denied":null,"overload":null,"short":null}]`
	want = strings.ReplaceAll(want, `""`, "null")
	var got, wanted []map[string]any
	if err := errors.Join(json.Unmarshal(b, &got), json.Unmarshal([]byte(want), &wanted)); err != nil || !reflect.DeepEqual(got, wanted) {
		t.Errorf("%v, %s\nwant %s", err, b, want)
	}
	problems := []string{
		"PoE: pethPsePortAdminEnable.2.1 is 0, outside its values: taken as absent",
		"PoE: pethPsePortDetectionStatus.2.1 is 7, outside its values: taken as absent",
		"PoE: pethPsePortPowerClassifications.2.2 is 0, outside its values: taken as absent",
	}
	if !slices.Equal(p.Problems, problems) {
		t.Errorf("%q\nwant %q", p.Problems, problems)
	}
	var names []string
	for _, s := range p.Sensors() {
		names = append(names, s.Name+" "+s.Value.String()+" "+s.Unit)
	}
	if got := strings.Join(names, "|"); got != "PoE port 1/5 6.3 W|PoE port GigabitEthernet0/0/9 3.657 W|PoE port 15 0 W" {
		t.Error(got)
	}
}

// standardPort is a port of the standard table alone, as JSON.
func standardPort(group, index, admin, detection, class string) string {
	return `{"group":` + group + `,"index":` + index + `,"if_index":null,"part":null,"name":"","admin":"` + admin + `","detection":"` + detection +
		`","class":` + class + `,"consumption_watts":null,"allocated_watts":null,"most_watts":null,"denied":null,"overload":null,"short":null}`
}

func TestNothing(t *testing.T) {
	if p, ok := Read([]pdu.Varbind{{OID: portEntry, Value: pdu.Int(1)}, {OID: huaweiPort.With(99, 1), Value: pdu.Int(1)}}); ok || p.Sensors() != nil {
		t.Errorf("%+v", p)
	}
	sorted := slices.Sorted(slices.Values(Columns()))
	if len(slices.Compact(sorted)) != 23 || sorted[0].String() != "1.3.6.1.2.1.105.1.1.1.3" {
		t.Errorf("%d columns from %s", len(sorted), sorted[0])
	}
}

// Every PoE row that is true of a real device is read.
func TestRecordings(t *testing.T) {
	truth := sensortest.Truth(t)
	matched, missing := 0, 0
	for _, name := range slices.Sorted(maps.Keys(truth)) {
		p, ok := Read(sensortest.Recording(t, name))
		by := make(map[string]sensor.Sensor)
		for _, s := range p.Sensors() {
			by[s.OID.String()] = s
		}
		for _, want := range truth[name] {
			if want.MIB != "POE" {
				continue
			}
			value, err := sensor.ParseDecimal(strconv.FormatFloat(want.Value, 'f', -1, 64))
			if got := by[want.OID]; err != nil || got.Value != value || got.Class != sensor.Class(want.Class) {
				t.Errorf("%s: %s is %+v, want %+v", name, want.OID, got, want)
				missing++
				continue
			}
			matched++
		}
		if ok {
			t.Logf("%s: %d supplies, %d ports, problems %q", name, len(p.Supplies), len(p.Ports), p.Problems)
		}
	}
	if matched == 0 {
		t.Error("nothing was compared")
	}
	t.Logf("POE: matched %d, missing %d", matched, missing)
}

// FuzzRead: no answer makes the reader panic, give a sensor without a value, or
// tell the class of a port that feeds nothing.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0, 2, 66, 1, 1, 0, 1, 114, 0, 3, 2, 1, 1, 0, 0, 1, 0, 4, 66, 1, 1, 0, 0, 248, 0, 5, 2, 1, 1, 0, 0, 80})
	f.Add([]byte{1, 6, 2, 1, 5, 0, 0, 3, 1, 10, 2, 1, 5, 0, 0, 4, 3, 9, 66, 1, 5, 0, 24, 156})
	f.Add([]byte{5, 10, 2, 14, 0, 0, 14, 73, 5, 8, 2, 14, 0, 0, 0, 3, 4, 5, 2, 0, 0, 0, 95, 180})
	f.Fuzz(func(t *testing.T, b []byte) {
		var vbs []pdu.Varbind
		for ; len(b) >= 8; b = b[8:] {
			entry := taken[int(b[0])%len(taken)].entry
			v := pdu.Value{Type: pdu.Type(b[2]), Num: uint64(int64(int16(binary.BigEndian.Uint16(b[6:])))), Octets: b[5:8]}
			vbs = append(vbs, cell(entry, uint32(b[1]), v, uint32(b[3])), cell(entry, uint32(b[1]), v, uint32(b[3]), uint32(b[4])), cell(entry, uint32(b[1]), v))
		}
		p, _ := Read(vbs)
		for _, s := range p.Sensors() {
			if !s.Value.Present || !s.Class.Known() || s.Class == sensor.State && s.Word == "" {
				t.Errorf("%+v", s)
			}
		}
		for _, port := range p.Ports {
			if port.Class.Present && (port.Class.Value > 8 || port.Detection != Delivering && port.Consumption.Digits == 0) {
				t.Errorf("%+v", port)
			}
		}
		if _, err := json.Marshal(p); err != nil {
			t.Error(err)
		}
	})
}
