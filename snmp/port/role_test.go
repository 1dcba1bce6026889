package port

import (
	"testing"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/lldp"
	"rackvakt/snmp/pdu"
)

func able(name string, capabilities ...string) lldp.Neighbor {
	return lldp.Neighbor{Protocol: lldp.LLDP, SysName: name, Capabilities: capabilities}
}

func TestRoleOf(t *testing.T) {
	ethernet := ifmib.Port{Type: pdu.Some(6), Speed: pdu.Some(1_000_000_000)}
	alias := func(s string) ifmib.Port {
		p := ethernet
		p.Alias = s
		return p
	}
	with := func(n ...lldp.Neighbor) Evidence {
		return Evidence{Neighbors: n, Port: alias("skrivare"), EverUp: true}
	}
	const fromPort = "ethernet that has been up, and nothing else is said"
	for name, c := range map[string]struct {
		evidence Evidence
		want     Judgement
	}{
		"configuration first": {Evidence{Configured: Server, PatchMap: User, Neighbors: []lldp.Neighbor{able("sw2", "bridge")}, Port: alias("AP")},
			Judgement{Server, "from the configuration"}},
		"patch map second":      {Evidence{PatchMap: Unused, Neighbors: []lldp.Neighbor{able("sw2", "bridge")}, Port: alias("AP")}, Judgement{Unused, "from the patch map"}},
		"neighbour third":       {with(able("sw2", "bridge", "router")), Judgement{Uplink, "neighbour tells bridge"}},
		"router":                {with(able("r1", "router")), Judgement{Uplink, "neighbour tells router"}},
		"access point, bridge":  {with(able("ap7", "bridge", "wlanAccessPoint", "router")), Judgement{AccessPoint, "neighbour tells wlanAccessPoint"}},
		"access point, and CDP": {with(able("ap7", "router", "bridge"), able("ap7", "wlanAccessPoint")), Judgement{AccessPoint, "neighbour tells wlanAccessPoint"}},
		"phone with a switch":   {with(able("SEP00", "bridge", "telephone"), able("pc1", "stationOnly")), Judgement{Phone, "neighbour tells telephone"}},
		"printer":               {with(able("LaserJet-4", "stationOnly")), Judgement{Printer, "neighbour calls itself a printer"}},
		"printer of no words":   {with(able("vc-MFP01")), Judgement{Printer, "neighbour calls itself a printer"}},
		"no printer: a bridge":  {with(able("printer-switch", "bridge")), Judgement{Uplink, "neighbour tells bridge"}},
		"no printer: in a word": {Evidence{Neighbors: []lldp.Neighbor{able("blueprinters", "stationOnly")}, Port: ethernet, EverUp: true}, Judgement{User, fromPort}},
		"contradiction":         {with(able("pc1", "bridge", "stationOnly")), Judgement{Printer, "from the alias"}},
		"station, then alias":   {with(able("pc1", "stationOnly")), Judgement{Printer, "from the alias"}},
		"alias fourth":          {Evidence{Port: alias("AP12 korridor"), EverUp: true}, Judgement{AccessPoint, "from the alias"}},
		"two words":             {Evidence{Port: alias("Access Point, plan 2")}, Judgement{AccessPoint, "from the alias"}},
		"Swedish":               {Evidence{Port: alias("UPPLÄNK-48")}, Judgement{Uplink, "from the alias"}},
		"letters taken apart":   {Evidence{Port: alias("uppla\u0308nk")}, Judgement{Uplink, "from the alias"}},
		"free":                  {Evidence{Port: alias("ledig"), EverUp: true}, Judgement{Unused, "from the alias"}},
		"two roles in an alias": {Evidence{Port: alias("reserv uplink")}, Judgement{}},
		"one role twice":        {Evidence{Port: alias("telefon (ip-telefon)")}, Judgement{Phone, "from the alias"}},
		"no word of a role":     {Evidence{Port: alias("kapten 2.14")}, Judgement{}},
		"user":                  {Evidence{Port: ethernet, EverUp: true}, Judgement{User, fromPort}},
		"never up":              {Evidence{Port: ethernet}, Judgement{}},
		"no type":               {Evidence{Port: ifmib.Port{}, EverUp: true}, Judgement{}},
		"a trunk":               {Evidence{Port: ifmib.Port{Type: pdu.Some(161)}, EverUp: true}, Judgement{}},
		"too fast for a user":   {Evidence{Port: ifmib.Port{Type: pdu.Some(6), Speed: pdu.Some(10_000_000_000)}, EverUp: true}, Judgement{}},
	} {
		if got := RoleOf(c.evidence); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestParseRole(t *testing.T) {
	for word, want := range map[string]Role{
		"uplink": Uplink, "Upplänk": Uplink, "access_point": AccessPoint, "Access point": AccessPoint, "ACCESSPUNKT": AccessPoint,
		"skrivare": Printer, "server": Server, "IP-telefon": Phone, "användare": User, "anva\u0308ndare": User, "oanvänd": Unused, "free": Unused,
		"": "", "läkare": "", "uplinks": "", "-": "",
	} {
		if got, ok := ParseRole(word); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", word, got, ok)
		}
	}
	all := make(map[string]bool)
	for _, r := range Roles() {
		if got, ok := ParseRole(string(r)); got != r || !ok {
			t.Errorf("%q is not its own word", r)
		}
		for _, w := range roleWords[r] {
			if all[w] || fold(w) != w {
				t.Errorf("%q stands for two roles, or is not folded", w)
			}
			all[w] = true
		}
	}
}
