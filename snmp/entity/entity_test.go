package entity

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// values makes a row of a sensor table: type, scale, precision, value, status; nil leaves a cell out.
func values(t table, index uint32, cells ...any) []pdu.Varbind {
	var vbs []pdu.Varbind
	for i, c := range cells {
		oid := t.entry.With(uint32(i+1), index)
		switch c := c.(type) {
		case int:
			vbs = append(vbs, pdu.Varbind{OID: oid, Value: pdu.Int(int64(c))})
		case string:
			vbs = append(vbs, pdu.Varbind{OID: oid, Value: pdu.Text(c)})
		}
	}
	return vbs
}

// The worked example of the package comment, from its octets.
func TestExample(t *testing.T) {
	pair := []byte{0x30, 0x12, 0x06, 0x0B, 0x2B, 6, 1, 2, 1, 0x63, 1, 1, 1, 4, 11, 0x02, 0x03, 0x00, 0xF4, 0x24}
	list := append([]byte{0x30, byte(len(pair))}, pair...)
	body := append([]byte{2, 1, 1, 2, 1, 0, 2, 1, 0}, list...)
	p, err := ber.ParsePDU(append([]byte{0xA2, byte(len(body))}, body...))
	if err != nil {
		t.Fatal(err)
	}
	for _, scale := range [][2]int{{8, 0}, {9, 3}} {
		e := Read(append(values(standard, 11, 8, scale[0], scale[1], nil, 1), p.Varbinds...))
		if len(e.Sensors) != 1 || e.Sensors[0].Value.String() != "62.5" || e.Sensors[0].Class != sensor.Temperature {
			t.Errorf("%+v", e)
		}
	}
}

func TestValues(t *testing.T) {
	const (
		ok      = 1
		kelvins = 8 // entPhySensorType celsius
	)
	for name, c := range map[string]struct {
		table table
		cells []any
		want  string // "class value unit word status", "" where there is no sensor
		odd   string // part of a problem
	}{
		"volts AC":             {standard, []any{3, 9, 1, 2304, ok}, "voltage 230.4 V  ok", ""},
		"volts DC, milli":      {standard, []any{4, 8, 1, 32744, ok}, "voltage 3.2744 V  ok", ""},
		"amperes, micro":       {standard, []any{5, 7, 0, 13536, ok}, "current 0.013536 A  ok", ""},
		"watts, kilo":          {standard, []any{6, 10, 2, 123, ok}, "power 1230 W  ok", ""},
		"hertz":                {standard, []any{7, 9, 1, 499, ok}, "frequency 49.9 Hz  ok", ""},
		"below zero":           {standard, []any{8, 9, 1, -105, ok}, "temperature -10.5 °C  ok", ""},
		"humidity":             {standard, []any{9, 9, nil, 45, ok}, "humidity 45 %  ok", ""},
		"rpm":                  {standard, []any{10, 9, nil, 5400, ok}, "fanspeed 5400 rpm  ok", ""},
		"m3 a minute":          {standard, []any{11, 9, 1, 25, ok}, "airflow 150 m3/h  ok", ""},
		"true":                 {standard, []any{12, 9, 0, 1, ok}, "state 1  true ok", ""},
		"false":                {cisco, []any{12, 9, 0, 2, ok}, "state 2  false ok", ""},
		"no truth":             {standard, []any{12, 9, 0, 0, ok}, "state    ok", "no TruthValue"},
		"accurate digits":      {cisco, []any{10, 9, -2, 5400, ok}, "fanspeed 5400 rpm  ok", ""},
		"dBm":                  {cisco, []any{14, 9, 1, -56, ok}, "optical_power -5.6 dBm  ok", ""},
		"dBm has no number":    {standard, []any{14, 9, 1, -56, ok}, "", "type outside the MIB's values"},
		"dBm by its display":   {standard, []any{1, 9, 1, -68, ok, "dBm"}, "optical_power -6.8 dBm  ok", ""},
		"other":                {standard, []any{1, 9, 1, -68, ok}, "", "type other tells no unit"},
		"dB":                   {cisco, []any{15, 9, 1, -68, ok}, "", "type dB tells no unit"},
		"special":              {cisco, []any{13, 9, 0, 3, ok}, "", "type specialEnum tells no unit"},
		"unavailable":          {standard, []any{kelvins, 9, 0, 31, 2}, "temperature  °C  unavailable", ""},
		"nonoperational":       {standard, []any{kelvins, 9, 0, 31, 3}, "temperature  °C  nonoperational", ""},
		"status outside":       {standard, []any{kelvins, 9, 0, 31, 4}, "temperature  °C  ", "status outside"},
		"status negative":      {standard, []any{kelvins, 9, 0, 31, -1}, "temperature  °C  ", "status outside"},
		"status not told":      {cisco, []any{kelvins, 9, 0, 48}, "temperature 48 °C  ", "status not told: taken as ok (index 7)"},
		"value alone":          {standard, []any{nil, nil, nil, 2194}, "", "ENTITY-SENSOR: type and scale not told: not guessed (index 7)"},
		"no type":              {standard, []any{nil, 9, 0, 31, ok}, "", "type and scale not told"},
		"no scale":             {standard, []any{kelvins, nil, 0, 31, ok}, "", "type and scale not told"},
		"scale 0":              {standard, []any{kelvins, 0, 0, 31, ok}, "", "scale outside"},
		"scale 18":             {standard, []any{kelvins, 18, 0, 31, ok}, "", "scale outside"},
		"no precision":         {standard, []any{kelvins, 9, nil, 31, ok}, "", "precision not told"},
		"precision 10":         {standard, []any{kelvins, 9, 10, 31, ok}, "", "precision not told"},
		"overflow":             {standard, []any{kelvins, 9, 0, 1000000000, ok}, "temperature  °C  ok", "mark of overflow"},
		"underflow":            {standard, []any{kelvins, 9, 0, -1000000000, ok}, "temperature  °C  ok", "mark of overflow"},
		"beyond what can be":   {standard, []any{kelvins, 9, 0, 65535, ok}, "temperature  °C  ok", "beyond what can be measured"},
		"value missing":        {standard, []any{kelvins, 9, 0, nil, ok}, "temperature  °C  ok", "no number"},
		"value in words":       {standard, []any{kelvins, 9, 0, "hot", ok}, "temperature  °C  ok", "no number"},
		"value as digits":      {standard, []any{kelvins, 9, 0, "31", ok}, "temperature 31 °C  ok", ""},
		"largest":              {standard, []any{7, 17, 0, 999999999, ok}, "frequency 999999999000000000000000000000000 Hz  ok", ""},
		"smallest":             {standard, []any{7, 1, 9, 1, ok}, "frequency 0.000000000000000000000000000000001 Hz  ok", ""},
		"type out of the roof": {standard, []any{"99999999999", 9, 0, 31, ok}, "", "type outside"},
	} {
		t.Run(name, func(t *testing.T) {
			e := Read(values(c.table, 7, c.cells...))
			got := ""
			for _, s := range e.Sensors {
				got += strings.Join([]string{string(s.Class), s.Value.String(), s.Unit, s.Word, s.Status}, " ")
				if s.OID != c.table.entry.With(colValue, 7) {
					t.Errorf("the value is of %s", s.OID)
				}
			}
			problems := strings.Join(e.Problems, "\n")
			if got != c.want || !strings.Contains(problems, c.odd) || c.odd == "" && problems != "" {
				t.Errorf("%q, want %q; problems %q, want %q", got, c.want, problems, c.odd)
			}
		})
	}
}

// One sensor in both tables is there once; the standard one stands if it can.
func TestBothTables(t *testing.T) {
	e := Read(slices.Concat(
		values(standard, 9, 1, 9, 1, -68, 1), values(cisco, 9, 14, 9, 1, -68, 1),
		values(standard, 5, 8, 9, 0, 41, 1), values(cisco, 5, 8, 8, 0, 41000, 1),
		values(cisco, 4, 8, 9, 0, 30, 1), values(cisco, 3, 15, 9, 0, 30, 1), values(standard, 3, 2, 9, 0, 30, 1),
		threshold(5, 1, 20, 4, 80000), threshold(9, 1, 10, 1, -200),
	))
	var got []string
	for _, s := range e.Sensors {
		got = append(got, s.OID.String()+" "+s.Value.String()+" "+s.Limits.LowWarning.String()+" "+s.Limits.HighCritical.String())
	}
	want := []string{
		"1.3.6.1.4.1.9.9.91.1.1.1.1.4.4 30  ", "1.3.6.1.2.1.99.1.1.1.4.5 41  80", "1.3.6.1.4.1.9.9.91.1.1.1.1.4.9 -6.8 -20 ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	for i, want := range []pdu.OID{"", cisco.entry.With(colValue, 5), standard.entry.With(colValue, 9)} {
		if also := e.Sensors[i].Also; want == "" && also != nil || want != "" && !slices.Equal(also, []pdu.OID{want}) {
			t.Errorf("sensor %d also %v", i, also)
		}
	}
	problems := []string{
		"CISCO-ENTITY-SENSOR: type dB tells no unit: not guessed (index 3)",
		"ENTITY-SENSOR: type other tells no unit: not guessed; taken from CISCO-ENTITY-SENSOR (index 9)",
		"ENTITY-SENSOR: type unknown tells no unit: not guessed (index 3)",
	}
	if !slices.Equal(e.Problems, problems) {
		t.Errorf("%q\nwant %q", e.Problems, problems)
	}
}

// threshold makes a row of severity, relation and value.
func threshold(index, number uint32, severity, relation, raw int) []pdu.Varbind {
	var vbs []pdu.Varbind
	for column, n := range map[uint32]int{colSeverity: severity, colRelation: relation, colThreshold: raw} {
		vbs = append(vbs, pdu.Varbind{OID: thresholds.With(column, index, number), Value: pdu.Int(int64(n))})
	}
	return vbs
}

func TestLimits(t *testing.T) {
	row := values(cisco, 7, 8, 9, 1, 250, 1)
	for name, c := range map[string]struct {
		rows []([]pdu.Varbind)
		want string
	}{
		"minor warns, the first of major and critical": {
			[][]pdu.Varbind{
				threshold(7, 1, 10, 2, -250), threshold(7, 2, 10, 4, 750), threshold(7, 3, 20, 2, -300),
				threshold(7, 4, 20, 4, 800), threshold(7, 5, 30, 1, -400), threshold(7, 6, 30, 3, 900),
			}, `{"low_critical":-30,"low_warning":-25,"high_warning":75,"high_critical":80}`,
		},
		"other warns": {[][]pdu.Varbind{threshold(7, 1, 1, 4, 500)}, `{"low_critical":null,"low_warning":null,"high_warning":50,"high_critical":null}`},
		"equal is no limit, nor is overflow": {
			[][]pdu.Varbind{threshold(7, 1, 30, 5, 500), threshold(7, 2, 30, 6, 500), threshold(7, 3, 30, 4, overflow)}, `null`,
		},
		"all 0":            {[][]pdu.Varbind{threshold(7, 1, 30, 2, 0), threshold(7, 2, 30, 4, 0)}, `null`},
		"another sensor's": {[][]pdu.Varbind{threshold(8, 1, 30, 4, 500)}, `null`},
	} {
		e := Read(append(slices.Concat(c.rows...), row...))
		b, err := json.Marshal(e.Sensors)
		if err != nil || !strings.HasSuffix(string(b), `"limits":`+c.want+`}]`) {
			t.Errorf("%s: %s %v, want %s", name, b, err, c.want)
		}
	}
	// Where only the standard table has the sensor, the thresholds are in its scale.
	e := Read(append(values(standard, 7, 8, 8, 0, 25000, 1), threshold(7, 1, 30, 4, 80500)...))
	if got := e.Sensors[0].Limits.HighCritical.String(); got != "80.5" {
		t.Errorf("limit %q", got)
	}
}

// Thresholds of the other maker stand beside the standard table, in its scale.
func TestAristaLimits(t *testing.T) {
	arista := func(index uint32, raw ...int64) []pdu.Varbind {
		var vbs []pdu.Varbind
		for i, n := range raw {
			vbs = append(vbs, pdu.Varbind{OID: aristaThresholds.With(uint32(i+1), index), Value: pdu.Int(n)})
		}
		return vbs
	}
	e := Read(slices.Concat(
		values(standard, 7, 8, 9, 1, 250, 1), arista(7, -overflow, -50, 700, overflow),
		values(standard, 8, 8, 9, 1, 250, 1), arista(8, 0, 0, 0, 0),
	))
	if got := e.Sensors[0].Limits; got != (sensor.Limits{LowCritical: sensor.Dec(-5, 0), HighWarning: sensor.Dec(70, 0)}) {
		t.Errorf("%+v", got)
	}
	if e.Sensors[1].Limits != (sensor.Limits{}) || !strings.Contains(strings.Join(e.Problems, ""), "low limit not below the high one") {
		t.Errorf("%+v %v", e.Sensors[1].Limits, e.Problems)
	}
}

// part makes a row of entPhysicalTable.
func part(index uint32, around int64, class int64, texts map[uint32]string) []pdu.Varbind {
	vbs := []pdu.Varbind{
		{OID: physical.With(colContainedIn, index), Value: pdu.Int(around)},
		{OID: physical.With(colClass, index), Value: pdu.Int(class)},
	}
	for column, s := range texts {
		vbs = append(vbs, pdu.Varbind{OID: physical.With(column, index), Value: pdu.Text(s)})
	}
	return vbs
}

func TestParts(t *testing.T) {
	e := Read(slices.Concat(
		part(1, 0, 11, map[uint32]string{colModel: "stack"}),
		part(1001, 1, ClassChassis, map[uint32]string{
			colName: " Unit 1\x00", colModel: "X1", colSerial: "S1", colVendor: "V", colFirmware: "fw", colSoftware: "sw", colHardware: "A",
		}),
		part(2001, 1, ClassChassis, map[uint32]string{colModel: "X2", colSerial: "S2"}),
		part(1002, 1001, 99, map[uint32]string{colDescr: "Card", colSerial: "S3", colFRU: "1"}),
		part(1003, 1001, ClassChassis, nil), // a chassis inside another is no box
	))
	first, ok := e.Part(1001)
	want := Part{
		Index: 1001, Name: "Unit 1", ContainedIn: pdu.Some(1), Class: pdu.Some(ClassChassis),
		Hardware: "A", Firmware: "fw", Software: "sw", Serial: "S1", Vendor: "V", Model: "X1",
	}
	if !ok || first != want || first.ClassWord() != "chassis" || first.Title() != "Unit 1" {
		t.Errorf("%+v, want %+v", first, want)
	}
	if card, _ := e.Part(1002); card.ClassWord() != "" || card.Title() != "Card" || !card.Replaceable {
		t.Errorf("%+v", card)
	}
	if boxes := e.Chassis(); len(boxes) != 2 || boxes[0].Serial != "S1" || boxes[1].Serial != "S2" {
		t.Errorf("%+v", boxes)
	}
	var facts []string
	for _, f := range e.Facts("sw1", reading.Stamp{}) {
		facts = append(facts, string(f.Label)+" "+f.Text+" "+f.Point.Device)
	}
	if got := strings.Join(facts, "|"); got != "vendor V sw1|model X1 sw1|serial S1 sw1|version sw sw1" {
		t.Error(got)
	}
	lone := Read(part(1, 0, 9, map[uint32]string{colSerial: "S9"}))
	if whole, ok := lone.Whole(); !ok || whole.Serial != "S9" {
		t.Errorf("%+v", whole)
	}
	if _, ok := Read(nil).Whole(); ok || len(Read(nil).Facts("sw1", reading.Stamp{})) > 0 {
		t.Error("nothing has a box")
	}
}

// A sensor tells about the nearest part around it that says what it is.
func TestPartOfSensor(t *testing.T) {
	const celsius, volts, rpm, dBm = 8, 4, 10, 14
	tree := slices.Concat(
		part(1, 0, ClassChassis, nil), part(2, 1, classFan, nil), part(3, 2, 8, nil), part(4, 1, classSupply, nil), part(5, 4, 5, nil), part(6, 5, 8, nil),
		part(7, 1, classModule, nil), part(8, 7, 8, nil), part(9, 7, ClassPort, nil), part(10, 9, 8, nil),
		part(11, 7, classModule, nil), part(12, 11, 8, nil), part(13, 11, 8, nil), part(14, 0, 8, nil), part(15, 1, classBattery, nil),
		part(16, 17, 8, nil), part(17, 16, 1, nil),
	)
	for _, c := range []struct {
		name     string
		index    uint32
		what     int
		want     sensor.Part
		beside12 bool // index 12 measures light
	}{
		{"speed of a fan", 3, rpm, sensor.Fan, false},
		{"the fan itself", 2, rpm, sensor.Fan, false},
		{"temperature in a supply", 6, celsius, sensor.Supply, false},
		{"volts in a supply", 6, volts, sensor.Supply, false},
		{"temperature of a module", 8, celsius, sensor.Heat, false},
		{"volts of a module", 8, volts, "", false},
		{"temperature in a port", 10, celsius, sensor.Optic, false},
		{"light, wherever", 14, dBm, sensor.Optic, false},
		{"beside light", 13, celsius, sensor.Optic, true},
		{"of a module, no light", 13, celsius, sensor.Heat, false},
		{"beside the module with light", 8, celsius, sensor.Heat, true},
		{"no part around", 14, celsius, "", false},
		{"no part at all", 99, celsius, "", false},
		{"a fan's speed, no part at all", 99, rpm, sensor.Fan, false},
		{"battery", 15, volts, sensor.Battery, false},
		{"parts in a loop", 16, celsius, "", false},
	} {
		vbs := slices.Concat(tree, values(cisco, c.index, c.what, 9, 0, 5, 1))
		if c.beside12 {
			vbs = append(vbs, values(cisco, 12, dBm, 9, 0, -5, 1)...)
		}
		for _, s := range Read(vbs).Sensors {
			if s.OID == cisco.entry.With(colValue, c.index) && s.Part != c.want {
				t.Errorf("%s: %q, want %q", c.name, s.Part, c.want)
			}
		}
	}
}

// Sensors of an optic belong to the port that the optic is in.
func TestIfIndex(t *testing.T) {
	names := func(part, logical, index uint32) pdu.Varbind {
		return pdu.Varbind{OID: alias.With(colAliasIdentifier, part, logical), Value: pdu.Identifier(ifIndex.With(index))}
	}
	e := Read(slices.Concat(
		part(1, 0, ClassChassis, nil),
		part(10, 1, ClassPort, nil), part(11, 10, 9, nil), part(12, 11, 8, nil), // sensor in module in port
		part(20, 1, 9, nil), part(21, 20, ClassPort, nil), part(22, 20, 8, nil), // sensor beside the only port
		part(30, 1, 9, nil), part(31, 30, ClassPort, nil), part(32, 30, ClassPort, nil), part(33, 30, 8, nil), // beside two ports
		part(40, 41, 8, nil), part(41, 40, 8, nil), // each inside the other
		[]pdu.Varbind{names(10, 5, 99), names(10, 0, 49), names(21, 0, 50), names(31, 0, 51), names(32, 0, 52)},
	))
	for index, want := range map[uint32]pdu.Number{12: pdu.Some(49), 22: pdu.Some(50), 33: {}, 40: {}, 1: {}, 77: {}} {
		if got := e.IfIndex(index); got != want {
			t.Errorf("the port of part %d is %v, want %v", index, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	sensors := func(index uint32) []pdu.Varbind { return values(standard, index, 8, 9, 0, 30, 1) }
	named := func(name string) map[uint32]string { return map[uint32]string{colName: name} }
	e := Read(slices.Concat(
		part(1, 0, 3, named("Unit 1")), part(2, 0, 3, named("Unit 2")),
		part(11, 1, 8, named("Inlet")), part(12, 2, 8, named("Inlet")), part(13, 1, 8, named("CPU")), part(14, 1, 8, named("CPU")),
		part(15, 1, 8, map[uint32]string{colDescr: "Board"}),
		sensors(11), sensors(12), sensors(13), sensors(14), sensors(15), sensors(16), sensors(17),
		values(standard, 18, 10, 9, 0, 30, 1), part(18, 1, 8, named("Inlet")),
	))
	var got []string
	for _, s := range e.Sensors {
		got = append(got, s.Name)
	}
	if all := strings.Join(got, "|"); all != "Unit 1 Inlet|Unit 2 Inlet|Unit 1 CPU #13|Unit 1 CPU #14|Board|||Inlet" {
		t.Error(all)
	}
}

func TestColumns(t *testing.T) {
	columns := Columns()
	sorted := slices.Clone(columns)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(columns) || len(columns) != 13+6+4+8 {
		t.Errorf("%d columns", len(columns))
	}
	e := Read(nil)
	if e.Parts == nil || len(e.Parts)+len(e.Sensors)+len(e.Problems) != 0 {
		t.Errorf("%+v", e)
	}
}

// What has no value, or is no instance of the tables, is passed over.
func TestNoInstance(t *testing.T) {
	nothing := pdu.Value{Type: pdu.NoSuchInstance}
	e := Read([]pdu.Varbind{
		{OID: physical.With(colName, 1), Value: nothing}, {OID: physical.With(colName), Value: pdu.Text("a")},
		{OID: physical.With(colName, 2, 1), Value: pdu.Text("a")}, {OID: standard.entry.With(colValue, 3), Value: nothing},
		{OID: standard.entry.With(colValue, 3, 1), Value: pdu.Int(1)}, {OID: thresholds.With(colThreshold, 3), Value: pdu.Int(1)},
	})
	if len(e.Parts)+len(e.Sensors)+len(e.Problems) != 0 {
		t.Errorf("%+v", e)
	}
}

// FuzzRead: no answer makes the reader panic, give a sensor twice, or give a
// value that the agent does not vouch for.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0, 1, 2, 7, 0, 0, 0, 8, 0, 2, 2, 7, 0, 0, 0, 8, 0, 3, 2, 7, 0, 0, 0, 0, 0, 4, 2, 7, 0, 0, 84, 121, 0, 5, 2, 7, 0, 0, 0, 1})
	f.Add([]byte{1, 1, 2, 7, 0, 0, 0, 14, 1, 2, 2, 7, 0, 0, 0, 9, 1, 3, 2, 7, 0, 0, 0, 1, 1, 4, 2, 7, 255, 255, 255, 200})
	f.Add([]byte{2, 4, 2, 7, 0, 0, 0, 7, 3, 2, 6, 7, 0, 0, 0, 7, 4, 4, 2, 7, 0, 0, 0, 7})
	trees := []pdu.OID{standard.entry, cisco.entry, physical, alias, thresholds}
	f.Fuzz(func(t *testing.T, b []byte) {
		var vbs []pdu.Varbind
		for ; len(b) >= 8; b = b[8:] {
			oid := trees[int(b[0])%len(trees)].With(uint32(b[1]), uint32(b[3]))
			v := pdu.Value{Type: pdu.Type(b[2]), Num: uint64(int32(binary.BigEndian.Uint32(b[4:]))), Octets: b[4:8]}
			if v.Type == pdu.ObjectID {
				v = pdu.Identifier(ifIndex.With(uint32(b[4])))
			}
			vbs = append(vbs, pdu.Varbind{OID: oid, Value: v}, pdu.Varbind{OID: oid.With(uint32(b[7])), Value: v}, pdu.Varbind{OID: oid[:len(oid)-4], Value: v})
		}
		e := Read(vbs)
		seen := make(map[uint32]bool)
		for _, s := range e.Sensors {
			index := s.OID.Arc(s.OID.Len() - 1)
			if seen[index] || !s.Class.Known() || s.Value.Present && s.Status != sensor.OK && s.Status != "" {
				t.Errorf("%+v", s)
			}
			seen[index] = true
			e.IfIndex(index)
			if _, err := json.Marshal(s); err != nil {
				t.Error(err)
			}
		}
		e.Facts("sw1", reading.Stamp{})
	})
}
