package profile

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rackvakt/snmp/pdu"
)

// Switches made up from the text of their MIBs: "part class name value word status".
func TestMadeSwitches(t *testing.T) {
	all := builtin(t)
	const ifName = "1.3.6.1.2.1.31.1.1.1.1."
	for _, c := range []struct {
		profile, root string
		values        map[string]pdu.Value
		want          []string
	}{
		{
			"icx", "1.3.6.1.4.1.1991.1.1",
			map[string]pdu.Value{
				".1.2.2.1.3.1.2": pdu.Text("AC B"), ".1.2.2.1.4.1.2": pdu.Int(3), ".1.2.1.1.3.2": pdu.Int(3),
				".1.1.18.0": pdu.Int(81), ".1.1.19.0": pdu.Int(80), ".1.1.20.0": pdu.Int(90),
				".3.3.6.1.1.5": pdu.Text("  34.7578 C: Normal"), ".3.3.6.1.3.5": pdu.Text("-3.1006 dBm: Low-Warn"), ".3.3.6.1.4.5": pdu.Text("6.250 mA: Normal"),
				".2.14.2.2.1.6.5": pdu.Int(4500), ".2.14.1.1.0": pdu.Gauge(740000),
			},
			[]string{
				"supply state Unit 1 power supply AC B 3 failed critical", "heat temperature Chassis 40.5  warning", "optic temperature Optics 1/1/5 34.7578  ",
				"optic optical_power Optics 1/1/5 received -3.1006  ", "optic current Optics 1/1/5 0.00625  ", " power PoE port 1/1/5 4.5  ", "poe power PoE limit 740  ",
			},
		},
		{
			"zyxel", "1.3.6.1.4.1.890.1.15.3",
			map[string]pdu.Value{
				".26.1.1.1.2.1": pdu.Text("1"), ".26.1.1.1.3.1": pdu.Int(900), ".26.1.1.1.6.1": pdu.Int(2000), ".26.1.1.1.7.1": pdu.Text("Error"),
				".26.1.4.2.1.2.1": pdu.Text("AC"), ".26.1.4.2.1.3.1": pdu.Text("absent"),
				".84.1.2.1.7.5.1": pdu.Text("Temperature"), ".84.1.2.1.6.5.1": pdu.Int(4125), ".84.1.2.1.7.5.5": pdu.Text("RX Power"), ".84.1.2.1.6.5.5": pdu.Int(-2415),
				".84.1.2.1.3.5.5": pdu.Int(-2000), ".84.1.2.1.2.5.5": pdu.Int(100), ".84.1.2.1.7.6.1": pdu.Text("N/A"), ".84.1.2.1.6.6.1": pdu.Int(0),
			},
			[]string{
				"fan fanspeed Fan 1 900  critical", "fan state Fan 1 2 error critical", "supply state Power supply 1 AC 1 absent unknown",
				"optic temperature Optics port 5 Temperature 41.25  ", "optic optical_power Optics port 5 RX Power -24.15  critical",
			},
		},
		{
			"awplus", "1.3.6.1.4.1.207.8.4.4.3",
			map[string]pdu.Value{".28.1.5.1.3.5.1": pdu.Int(92), ".28.1.5.1.6.5.1": pdu.Int(100), ".28.1.5.1.5.5.1": pdu.Int(10000)},
			[]string{"optic optical_power Optics 1/1/5 channel 1 received -20.362121727  critical"},
		},
		{
			"cisco-sb", "1.3.6.1.4.1.9.6.1.101",
			map[string]pdu.Value{
				".83.1.1.1.2.1": pdu.Text("fan1"), ".83.1.1.1.3.1": pdu.Int(3), ".53.15.1.4.1": pdu.Int(3), ".53.15.1.2.1": pdu.Int(1),
				".90.1.2.1.2.5.9": pdu.Int(2), ".90.1.2.1.3.5.9": pdu.Int(-5200), ".90.1.2.1.4.5.9": pdu.Int(17), ".90.1.2.1.5.5.9": pdu.Int(2),
				".90.1.2.1.2.5.8": pdu.Int(4), ".90.1.2.1.3.5.8": pdu.Int(0), ".90.1.2.1.4.5.8": pdu.Int(17),
			},
			[]string{
				"fan state fan1 3 critical critical", "supply state Unit 1 power supply 1 normal ok", "optic optical_power Optics 1/1/5 received -5.2  ok",
			},
		},
		{
			"comware", "1.3.6.1.4.1.25506",
			map[string]pdu.Value{
				".2.6.1.1.1.1.19.7": pdu.Int(41), ".2.6.1.1.1.1.19.8": pdu.Int(1), ".2.6.1.1.1.1.12.9": pdu.Int(65535), ".8.35.9.1.2.1.2.1": pdu.Int(2),
				"1.3.6.1.2.1.47.1.1.1.1.5.7": pdu.Int(7), "1.3.6.1.2.1.47.1.1.1.1.7.7": pdu.Text("FAN 1"),
			},
			[]string{"fan state FAN 1 41 fan error critical", "supply state Power supply 1 2 failed critical"},
		},
		{
			"netgear", "1.3.6.1.4.1.4526.10.43", // the MIB of 2008
			map[string]pdu.Value{
				".1.6.1.3.0": pdu.Int(2), ".1.6.1.4.0": pdu.Int(3000), ".1.7.1.3.0": pdu.Int(1), ".1.8.1.2.0": pdu.Int(1), ".1.8.1.3.0": pdu.Int(1), ".1.8.1.4.0": pdu.Int(41),
			},
			[]string{"fan fanspeed Fan 0 3000  critical", "fan state Fan 0 2 failed critical", "supply state Power supply 0 1 working ok", "heat state Temperature 0 1 normal ok", "heat temperature Temperature 0 41  ok"},
		},
		{
			"netgear", "1.3.6.1.4.1.4526.10.43", // the MIB of 2011: by unit and part
			map[string]pdu.Value{
				".1.6.1.3.1.0": pdu.Int(2), ".1.6.1.4.1.0": pdu.Text("3000"), ".1.7.1.3.1.0": pdu.Int(1), ".1.8.1.3.1.0": pdu.Int(1), ".1.8.1.4.1.0": pdu.Int(2), ".1.8.1.5.1.0": pdu.Int(66),
			},
			[]string{"fan fanspeed Fan 1.0 3000  ok", "fan state Fan 1.0 2 working ok", "supply state Power supply 1.0 1 not present unknown", "heat state Temperature 1.0 2 warning warning", "heat temperature Temperature 1.0 66  warning"},
		},
		{
			"netgear-smart", "1.3.6.1.4.1.4526.11.43",
			map[string]pdu.Value{".1.6.1.3.0": pdu.Int(3), ".1.8.1.4.1.0": pdu.Int(6), ".1.8.1.5.1.0": pdu.Int(0)},
			[]string{"fan state Fan 0 3 failed critical", "heat state Temperature 1.0 6 not working critical"},
		},
		{
			"cisco-environment", "1.3.6.1.4.1.9.9.13.1", // what is not there measures 0
			map[string]pdu.Value{
				".3.1.2.1": pdu.Text("SW#1"), ".3.1.3.1": pdu.Gauge(0), ".3.1.6.1": pdu.Int(5), ".3.1.2.2": pdu.Text("SW#2"), ".3.1.3.2": pdu.Gauge(31), ".3.1.6.2": pdu.Int(1), ".3.1.4.2": pdu.Int(62),
				".2.1.2.1": pdu.Text("12V"), ".2.1.3.1": pdu.Int(0), ".2.1.7.1": pdu.Int(6),
			},
			[]string{"heat state SW#1 5 not present unknown", "heat state SW#2 1 normal ok", "heat temperature SW#2 31  ok", " state 12V 6 not working critical"},
		},
		{
			"arubaos-cx", "1.3.6.1.4.1.47196.4.1.1.3",
			map[string]pdu.Value{
				".11.5.1.1.4.1.1.1": pdu.Text("1/1/1"), ".11.5.1.1.8.1.1.1": pdu.Int(0), ".11.3.1.1.5.1.1.1.1": pdu.Text("CPU"), ".11.3.1.1.7.1.1.1.1": pdu.Int(48250),
				".11.2.1.1.3.1.1": pdu.Text("1/1"), ".11.2.1.1.7.1.1": pdu.Int(61), "1.3.6.1.2.1.99.1.1.1.1.7201": pdu.Int(6),
			},
			[]string{"fan fanspeed Fan 1/1/1 0  ", "heat temperature CPU 48.25  "},
		},
	} {
		vbs := []pdu.Varbind{{OID: pdu.MustOID(ifName + "5"), Value: pdu.Text("1/1/5")}}
		for oid, v := range c.values {
			if oid[0] == '.' {
				oid = c.root + oid
			}
			vbs = append(vbs, pdu.Varbind{OID: pdu.MustOID(oid), Value: v})
		}
		var got []string
		for _, s := range Read([]*Profile{all[c.profile]}, vbs, nil) {
			got = append(got, string(s.Part)+" "+string(s.Class)+" "+s.Name+" "+s.Value.String()+" "+s.Word+" "+s.Status)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.profile, diff)
		}
	}
}
