package profile

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor"
)

// made is a device made up from the text of its MIB: what it answers, one
// "instance=number or text" a line and below the profile's root, and the sensors that
// are worked out from the MIB's descriptions by hand.
type made struct {
	profile  string
	objectID string
	answers  string
	want     string
	ups      string // what ReadUPS must say, "" where it is not asked
}

// told is a sensor in one line: class, name, value, and its part, word and status.
func told(s sensor.Sensor) string {
	line := string(s.Class) + " " + s.Name + " = " + s.Value.String()
	for _, more := range []string{string(s.Part), s.Word, s.Status} {
		if more != "" {
			line += " | " + more
		}
	}
	return line
}

func lines(s string) []string {
	var all []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}

// answered makes varbinds of lines "2.1.0=5"; what is no number is a text.
func answered(t *testing.T, root pdu.OID, s string) []pdu.Varbind {
	t.Helper()
	var vbs []pdu.Varbind
	for _, line := range lines(s) {
		at, text, ok := strings.Cut(line, "=")
		rest, err := pdu.ParseOID(at)
		if !ok || err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		value := pdu.Text(text)
		if at, ok := strings.CutPrefix(text, "oid:"); ok {
			value = pdu.Identifier(pdu.MustOID(at))
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			value = pdu.Int(n)
		}
		vbs = append(vbs, pdu.Varbind{OID: root + rest, Value: value})
	}
	return vbs
}

func (m made) check(t *testing.T, all []*Profile) {
	i := named(all, m.profile)
	if i < 0 {
		t.Fatalf("no profile %s", m.profile)
	}
	vbs := answered(t, all[i].Root.oid, m.answers)
	if fit := Select(all, pdu.MustOID(m.objectID), vbs); !slices.Contains(fit, all[i]) {
		t.Errorf("%s is not selected for %s", m.profile, m.objectID)
	}
	var got []string
	for _, s := range Read(all[i:i+1], vbs, nil) {
		got = append(got, told(s))
	}
	slices.Sort(got)
	if diff := cmp.Diff(lines(m.want), got); diff != "" {
		t.Error(diff)
	}
	if m.ups == "" {
		return
	}
	if diff := cmp.Diff(m.ups, m.asUPS(all[i], vbs)); diff != "" {
		t.Error(diff)
	}
}

// asUPS is what the profile says in the words of RFC 1628: source, battery, replace,
// overload, seconds left, charge, seconds on battery; then lines of volts and of load.
func (m made) asUPS(p *Profile, vbs []pdu.Varbind) string {
	u, _ := ReadUPS([]*Profile{p}, vbs)
	var words []string
	for _, n := range []pdu.Number{u.Source, u.Battery, u.Replace, u.Overload, u.SecondsLeft, u.Charge, u.SecondsOn} {
		words = append(words, number(n))
	}
	for _, l := range u.InputVolts {
		words = append(words, "V"+strconv.Itoa(int(l.Index))+":"+number(l.Value))
	}
	for _, l := range u.OutputLoad {
		words = append(words, "%"+strconv.Itoa(int(l.Index))+":"+number(l.Value))
	}
	return strings.Join(words, " ")
}

func number(n pdu.Number) string {
	if !n.Present {
		return "-"
	}
	return strconv.FormatUint(n.Value, 10)
}

var madeUPSes = []made{
	{
		profile: "riello-ups", objectID: "1.3.6.1.4.1.5491.304",
		answers: `2.1.0=3
			2.2.0=90
			2.3.0=12
			2.4.0=55
			2.5.0=2731
			2.7.0=24
			2.8.0=136
			3.3.1.2.1=499
			3.3.1.3.1=231
			3.3.1.4.1=-1
			4.1.0=5
			4.4.1.3.1=25
			4.4.1.5.1=41
			4.4.1.6.1=38
			10.1.0=31
			10.2.0=-1`,
		want: `state Battery status = 3 | battery | low | critical
			runtime Time on battery = 90
			runtime Time left = 720
			charge Battery charge = 55
			voltage Battery = 273.1
			temperature Battery = 24 | battery
			voltage Battery positive half = 136
			frequency Input L1 = 49.9
			voltage Input L1 = 231
			state Output source = 5 | battery | warning
			current Output L1 = 2.5
			load Output L1 = 41
			current Output peak L1 = 3.8
			temperature System = 31 | heat`,
		ups: "5 3 - - 720 55 90 V1:231 %1:41",
	},
	{
		profile: "huawei-ups", objectID: "1.3.6.1.4.1.2011.2.170",
		answers: `1.1.6.0=-35
			1.1.7.0=415
			2.101.1.1.1=4
			2.101.1.3.1=6
			2.101.1.4.1=382
			3.100.1.1.1=2304
			3.100.1.4.1=4998
			4.100.1.8.1=13
			4.100.1.14.1=427
			6.100.1.1.1=3840
			6.100.1.2.1=-125
			6.100.1.3.1=97
			6.100.1.4.1=1800
			6.100.1.7.1=3
			110.7.1.9.1.4=1345`,
		want: `temperature Environment = -3.5
			humidity Environment = 41.5
			state Output source rack 1 = 4 | battery | warning
			state Battery state rack 1 = 6 | battery | discharging | warning
			temperature Hottest module rack 1 = 38.2 | heat
			voltage Input L1 rack 1 = 230.4
			frequency Input rack 1 = 49.98
			power Output L1 rack 1 = 1300
			load Output L1 rack 1 = 42.7
			voltage Battery rack 1 = 384
			current Battery rack 1 = -12.5
			charge Battery rack 1 = 97
			runtime Time left rack 1 = 1800
			state Battery health rack 1 = 3 | battery | to be replaced | critical
			voltage Battery 1.4 = 13.45`,
		ups: "5 - 1 - 1800 97 - V1:230 %1:43",
	},
	{
		profile: "cyberpower-ups", objectID: "1.3.6.1.4.1.3808.1.1.1",
		answers: `2.1.1.0=2
			2.1.2.0=4500
			2.2.1.0=88
			2.2.2.0=541
			2.2.4.0=150000
			2.2.5.0=2
			3.2.1.0=2298
			3.2.6.0=5
			4.1.1.0=11
			4.2.3.0=104
			4.2.4.0=31
			4.2.6.0=127
			9.1.2.1.2.1=2298
			9.1.2.1.2.2=2310
			9.2.2.1.6.2=450
			10.2.0=33`,
		want: `state Battery status = 2 | battery | normal | ok
			runtime Time on battery = 45
			charge Battery = 88
			voltage Battery = 54.1
			runtime Time left = 1500
			state Battery = 2 | battery | to be replaced | critical
			voltage Input = 229.8
			state Mains = 5 | absent | critical
			state Output = 11 | overload | critical
			load Output = 104
			current Output = 3.1
			energy Output = 12700
			voltage Input L2 = 231
			power Output L2 = 450
			temperature Inside = 33 | heat`,
		ups: "- 2 1 1 1500 88 45 V1:230 %1:104",
	},
	{
		profile: "powerwalker-eppc", objectID: "1.3.6.1.4.1.935.10.1",
		answers: `2.1.0=12
			2.2.0=312
			3.1.0=6
			3.3.0=7
			3.4.0=64
			3.8.0=-20
			6.1.1.0=224
			6.2.1.0=47
			2.16.1.3.1=2401
			2.18.1.6.1=830
			2.18.1.7.1=28
			6.4.1.2.3=Door
			6.4.1.3.3=3`,
		want: `state System = 12 | reducing | ok
			temperature UPS = 31.2 | heat
			state Battery status = 6 | battery | failed | critical
			runtime Time left = 420
			charge Battery = 64
			temperature Battery = -2 | battery
			temperature Environment = 22.4
			humidity Environment = 47
			voltage Input L1 = 240.1
			apparent_power Output L1 = 830
			load Output L1 = 28
			state Contact Door = 3 | open with notice | warning`,
		ups: "7 - 1 - 420 64 - V1:240 %1:28",
	},
	{
		profile: "megatec-xppc", objectID: "1.3.6.1.4.1.935",
		answers: `2.1.1.0=2
			2.1.2.0=0
			2.2.1.0=100
			2.2.2.0=273
			2.2.3.0=285
			2.2.4.0=930
			3.2.1.0=2320
			4.1.1.0=2
			4.2.3.0=35
			8.3.6.0=36
			8.7.4.0=16
			8.7.6.0=14
			9.1.3.0=2`,
		want: `state Battery status = 2 | battery | normal | ok
			runtime Time on battery = 0
			charge Battery = 100
			voltage Battery = 27.3
			temperature Inside = 28.5 | heat
			runtime Time left = 930
			voltage Input = 232
			state Output = 2 | on line | ok
			load Output = 35
			load Output L2 = 36
			state Overload = 16 | no | ok
			state Too hot = 14 | heat | yes | critical
			state Water = 2 | abnormal | critical`,
		ups: "3 2 - 0 930 100 0 V1:232 %1:35 %2:36",
	},
	{
		profile: "tripplite", objectID: "1.3.6.1.4.1.850.1.1.1",
		answers: `3.1.0=1
			3.2.1.2.4=oid:1.3.6.1.4.1.850.1.3.3.3.8
			1.1.2.1.5.1=SU1500
			1.1.2.1.10.1=2
			1.3.1.2.1.1.7.1=271
			1.3.1.3.1.1.1.1.1=2
			1.3.1.3.1.1.1.3.1=25
			1.3.1.3.1.1.1.4.1=100
			1.3.1.3.1.2.1.2.1=-150
			1.3.1.3.1.5.1.1.1.1=3
			1.3.1.3.2.2.1.3.1.1=2304
			1.3.1.3.3.1.1.1.1=9
			1.3.1.3.3.2.1.3.1.1=425
			1.3.1.3.3.2.1.5.1.1=61
			1.3.2.3.2.1.1.12.2.1=123
			1.3.3.3.1.1.1.3=221
			1.3.3.3.3.1.2.3.2=Door
			1.3.3.3.3.1.5.3.2=1`,
		want: `count Alarms present = 1
			state Device 1 SU1500 = 2 | warning | warning
			temperature UPS 1 = 27.1 | heat
			state Battery status UPS 1 = 2 | battery | normal | ok
			runtime Time left UPS 1 = 1500
			charge Battery UPS 1 = 100
			current Battery UPS 1 = -1.5
			state Battery pack 1 UPS 1 = 3 | battery | bad | critical
			voltage Input L1 UPS 1 = 230.4
			state Output source UPS 1 = 9 | economy | ok
			current Output L1 UPS 1 = 4.25
			load Output L1 UPS 1 = 61
			apparent_power Output 1 PDU 2 = 1230
			temperature Probe 3 = 22.1
			state Alarm contact 2 probe 3 Door = 1 | yes | critical`,
		ups: "3 2 1 1 1500 100 - V1:230 %1:61",
	},
	{
		profile: "liebert-gp", objectID: "1.3.6.1.4.1.476.1.42",
		answers: `2.2.0=0
			4.1.3.3.1.2.1=oid:1.3.6.1.4.1.476.1.42.3.4.1.1.4
			4.1.3.3.1.3.1=22
			4.1.3.3.1.50.1=224
			4.1.3.3.1.2.2=oid:1.3.6.1.4.1.476.1.42.3.4.1.1.5
			4.1.3.3.1.3.2=41
			4.2.2.3.1.2.1=oid:1.3.6.1.4.1.476.1.42.3.4.2.1.4
			4.2.2.3.1.3.1=38
			5.1.18.0=17
			5.1.19.0=93
			5.1.26.0=2
			5.3.33.0=2
			5.3.55.0=7
			5.2.2.1.2.1=oid:1.3.6.1.4.1.476.1.42.3.5.2.1.5
			5.2.2.1.6.1=50
			5.2.2.1.11.1=425
			5.2.3.1.3.1.2=oid:1.3.6.1.4.1.476.1.42.3.5.2.1.1
			5.2.3.1.5.1.2=231
			5.2.3.1.20.1.2=231
			9.20.1.10.1.1=Input
			9.20.1.20.1.1=231
			9.30.1.50.1.1=1
			9.30.1.60.1.1=4100`,
		want: `count Conditions present = 0
			temperature Ambient = 22.4
			temperature Inverter = 41 | heat
			humidity Ambient = 38
			runtime Time left = 1020
			charge Battery = 93
			state Battery status = 2 | battery | normal | ok
			state Input quality = 2 | marginally low | warning
			state Output source = 7 | reducer | ok
			frequency Output = 50
			load Output VA = 42.5
			voltage Source 1 input L2 = 231`,
		ups: "7 2 - 0 1020 93 -",
	},
}

var madePDUs = []made{
	{
		profile: "cyberpower-pdu", objectID: "1.3.6.1.4.1.3808.1.1.6",
		answers: `3.2.3.1.1.2.1=53
			3.2.3.1.1.3.1=3
			3.2.3.1.1.4.1=1
			3.2.3.1.1.5.1=0
			3.2.3.1.1.10.1=412
			5.2.1.3.0=1
			6.4.4.1.2.1=1
			6.4.4.1.3.1=1
			6.4.4.1.4.1=4
			6.4.4.1.6.1=2304
			6.4.4.1.6.2=231`,
		want: `current Phase 1 bank 0 = 5.3 | warning
			state Load phase 1 bank 0 = 3 | near overload | warning
			energy Phase 1 bank 0 = 41200
			state Redundancy = 1 | lost | critical
			state Load PDU 1 phase 1 = 4 | overload | critical
			voltage PDU 1 phase 1 = 230.4
			voltage PDU phase 2 = 231`,
	},
	{
		profile: "vertiv-pdu", objectID: "1.3.6.1.4.1.21239.42.1.32",
		answers: `1.7.0=0
			3.1.1.4.1=A
			3.1.1.5.1=1
			3.1.1.9.1=1520
			3.2.1.3.1=L1
			3.2.1.4.1=2301
			3.2.1.8.1=662
			3.2.1.20.1=2
			3.5.1.3.4=Switch
			3.5.1.4.4=7
			3.7.1.3.1=RCM
			3.7.1.4.1=12
			4.1.3.1=Rack
			4.1.4.1=1
			4.1.5.1=770
			11.1.3.1=Floor
			11.1.4.1=1
			11.1.5.1=1
			11.1.7.1=3
			13.1.3.1=Front
			13.1.4.1=1
			13.1.5.1=left
			13.1.6.1=1`,
		want: `state Available PDU A = 1 | available | ok
			power PDU A = 1520
			voltage Phase L1 = 230.1
			current Phase L1 = 6.62
			state Residual current phase L1 = 2 | no | ok
			state Outlet Switch = 7 | unavailable | unknown
			current Residual RCM = 0.012
			temperature Rack = 25
			state Floor = 1 | alarm | critical
			state Door left Front = 1 | open | warning`,
	},
	{
		profile: "geist-v4", objectID: "1.3.6.1.4.1.21239.5.1",
		answers: `1.7.0=1
			2.1.3.1=Unit
			2.1.4.1=1
			2.1.5.1=231
			2.1.6.1=44
			4.1.3.1=Gone
			4.1.4.1=0
			4.1.5.1=0
			10.1.3.1=Meter
			10.1.4.1=1
			10.1.5.1=42
			10.1.10.1=17`,
		want: `temperature Unit = 23.1
			humidity Unit = 44
			energy Meter = 42000
			current Meter = 1.7`,
	},
	{
		profile: "hpe-pdu", objectID: "1.3.6.1.4.1.232.165.7",
		answers: `7.1.2.1.2.1=PDU A
			7.1.2.1.8.1=3
			7.2.2.1.3.1.1=231450
			7.2.2.1.4.1.1=1
			7.2.2.1.11.1.1=12340
			7.2.2.1.12.1.1=4
			7.2.2.1.15.1.1=12000
			7.2.2.1.16.1.1=16000
			7.2.2.1.18.1.1=-1
			7.3.1.1.2.1.1=Bank 1
			7.3.1.1.27.1.1=3
			7.4.1.1.1.1=2
			7.4.2.1.2.1.1=Top
			7.4.2.1.3.1.1=2
			7.4.2.1.4.1.1=770
			7.4.2.1.5.1.1=1`,
		want: `state PDU 1 PDU A = 3 | degraded | warning
			voltage Input phase 1 PDU 1 = 231.45 | ok
			current Input phase 1 PDU 1 = 12.34 | warning
			state Breaker Bank 1 PDU 1 = 3 | tripped | critical
			state Probe Top = 2 | connected | ok
			temperature Top = 25 | ok`,
	},
	{
		profile: "apc-cpdu", objectID: "1.3.6.1.4.1.318.1.3.4.9",
		answers: `3.4.1.2.1.1=1
			3.4.1.3.1.1=2
			3.4.1.5.1.1=1234
			5.4.1.2.1.3=3
			5.4.1.3.1.3=NAS
			5.4.1.4.1.3=0
			6.2.1.6.1.1=1
			6.2.1.7.1.1=1
			6.4.1.2.1.1=Rack top
			6.4.1.3.1.1=2
			6.4.1.4.1.1=5
			6.4.1.7.1.1=274`,
		want: `state Load PDU 1 phase 1 = 2 | high | warning
			current PDU 1 phase 1 = 12.34 | warning
			state PDU 1 outlet 3 NAS = 0 | off | unknown
			state Link Rack top = 2 | good | ok
			state State Rack top = 5 | high | warning
			temperature Rack top = 27.4 | warning`,
	},
	{
		profile: "gude-8341", objectID: "1.3.6.1.4.1.28507.65",
		answers: `5.1.2.1.2.1=1
			5.1.2.1.4.1=345
			5.1.2.1.5.1=1502
			5.1.2.1.7.1=4998
			5.1.2.1.2.2=0
			5.1.2.1.4.2=0
			6.1.1.2.1=-9999
			6.1.1.2.2=215
			6.1.1.5.2=1013`,
		want: `power Channel 1 = 345
			current Channel 1 = 1.502
			frequency Channel 1 = 49.98
			temperature Sensor 2 = 21.5
			pressure Sensor 2 = 101300`,
	},
}

var madeMonitors = []made{
	{
		profile: "cyberpower-environment", objectID: "1.3.6.1.4.1.3808.1.1.1",
		answers: `4.1.1.0=Closet
			4.2.1.0=752
			4.3.1.0=43
			4.4.2.1.2.1=Door
			4.4.2.1.3.1=2
			8.1.2.1.3.1=Top
			8.2.2.0=2
			8.2.3.1.3.1=7700
			8.3.2.1.3.1=4512`,
		want: `temperature Closet = 24
			humidity Closet = 43
			state Door = 2 | abnormal | critical
			temperature Top = 25
			humidity Top = 45.12`,
	},
	{
		profile: "akcp", objectID: "1.3.6.1.4.1.3854.1",
		answers: `1.2.2.1.16.1.1.0=Cold aisle
			1.2.2.1.16.1.3.0=29
			1.2.2.1.16.1.4.0=3
			1.2.2.1.16.1.5.0=1
			1.2.2.1.16.1.7.0=28
			1.2.2.1.16.1.8.0=32
			1.2.2.1.16.1.9.0=15
			1.2.2.1.16.1.10.0=10
			1.2.2.1.16.1.12.0=1
			1.2.2.1.18.1.1.1=Leak
			1.2.2.1.18.1.3.1=4
			1.2.2.1.18.1.4.1=1
			1.2.2.1.18.1.1.2=Absent
			1.2.2.1.18.1.3.2=1
			1.2.2.1.18.1.4.2=2
			3.5.27.1.2.0.0.0=Rack
			3.5.27.1.6.0.0.0=6`,
		want: `temperature Cold aisle = 29 | warning
			state Temperature state Cold aisle = 3 | high | warning
			state Leak = 4 | alarm high | critical
			state Door Rack = 6 | forced open | critical`,
	},
	{
		profile: "hwg-ste", objectID: "1.3.6.1.4.1.21796.4.1",
		answers: `1.3.1.2.1=Room
			1.3.1.3.1=5
			1.3.1.5.1=-35
			1.3.1.7.1=1
			1.3.1.2.2=Lost
			1.3.1.3.2=0
			1.3.1.5.2=-9999
			1.3.1.7.2=1
			5.4.1.2.1=Floor
			5.4.1.6.1=1`,
		want: `state State Room = 5 | too high | critical
			temperature Room = -3.5 | critical
			state State Lost = 0 | invalid | unknown
			state Water Floor = 1 | flooded | critical`,
	},
	{
		profile: "roomalert-32e", objectID: "1.3.6.1.4.1.20916.1.8",
		answers: `1.1.1.1.0=7250
			1.1.1.2.0=2250
			1.1.2.1.0=4120
			1.1.3.1.0=1
			1.2.1.1.0=0
			1.2.1.2.0=0
			1.2.2.1.0=1875
			1.2.2.2.0=6575
			1.3.1.0=1`,
		want: `temperature Inside = 22.5
			humidity Inside = 41.2
			state Mains = 1 | on battery | critical
			temperature Sensor 2 = 18.75
			state Switch 1 = 1 | closed | ok`,
	},
	{
		profile: "vutlan", objectID: "1.3.6.1.4.1.39052",
		answers: `5.2.1.5.201001=temperature
			5.2.1.6.201001=Rack
			5.2.1.7.201001=high alarm
			5.2.1.8.201001=34.2
			6.1.1.4.102001=door
			6.1.1.5.102001=Front
			6.1.1.6.102001=alarm
			6.1.1.7.102001=1`,
		want: `temperature Rack = 34.2
			state Front door = 1 | alarm | critical`,
	},
	{
		profile: "teracom", objectID: "1.3.6.1.4.1.38783",
		answers: `3.1.0=1
			3.7.0=123
			3.9.0=-15
			3.12.0=455`,
		want: `state Input 1 = 1 | on | ok
			voltage Input 1 = 12.3
			temperature Sensor 1 = -1.5
			humidity Sensor 2 = 45.5`,
	},
}

// Values, units and words of MIBs without a recording are those that their
// descriptions give.
func TestMadeDevices(t *testing.T) {
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range slices.Concat(madeUPSes, madePDUs, madeMonitors) {
		t.Run(m.profile, func(t *testing.T) { m.check(t, all) })
	}
}
