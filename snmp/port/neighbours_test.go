package port

import (
	"testing"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/lldp"
)

func TestUnknown(t *testing.T) {
	patterns := []Pattern{{SysName: "sw-*"}, {Chassis: "00:11:22"}, {Chassis: "AA-BB-CC-DD", Capability: "telephone"}, {Capability: "wlanAccessPoint"}}
	mac := func(id, name string, capabilities ...string) lldp.Neighbor {
		return lldp.Neighbor{LocalPort: "1", Protocol: lldp.LLDP, ChassisID: id, ChassisIDType: "macAddress", SysName: name, Capabilities: capabilities}
	}
	cdp := func(name string) lldp.Neighbor {
		return lldp.Neighbor{LocalPort: "1", Protocol: lldp.CDP, ChassisID: name, ChassisIDType: "deviceId", SysName: name}
	}
	byPort := lldp.Neighbor{LocalPort: "1", ChassisID: "192.0.2.7", ChassisIDType: "networkAddress", PortID: "001122334455", PortIDType: "macAddress"}
	notMAC := lldp.Neighbor{LocalPort: "1", ChassisID: "001122334455", ChassisIDType: "local"}
	elsewhere := mac("245ebe000102", "tv-1")
	elsewhere.LocalPort = "2"
	for name, c := range map[string]struct {
		neighbours []lldp.Neighbor
		known      []Pattern
		want       int
	}{
		"nobody there":             {nil, patterns, 0},
		"nothing is judged":        {[]lldp.Neighbor{mac("245ebe000102", "tv-1")}, nil, 0},
		"unknown":                  {[]lldp.Neighbor{mac("245ebe000102", "tv-1")}, patterns, 1},
		"by name":                  {[]lldp.Neighbor{mac("245ebe000102", "SW-2")}, patterns, 0},
		"name is the whole name":   {[]lldp.Neighbor{mac("245ebe000102", "my-sw-2")}, patterns, 1},
		"by maker":                 {[]lldp.Neighbor{mac("001122000102", "")}, patterns, 0},
		"by maker, as text":        {[]lldp.Neighbor{mac("00:11:22:00:01:02", "")}, patterns, 0},
		"by the port's MAC":        {[]lldp.Neighbor{byPort}, patterns, 0},
		"digits that are no MAC":   {[]lldp.Neighbor{notMAC}, patterns, 1},
		"maker and capability":     {[]lldp.Neighbor{mac("aabbccdd0001", "", "telephone")}, patterns, 0},
		"maker without capability": {[]lldp.Neighbor{mac("aabbccdd0001", "")}, patterns, 1},
		"capability alone":         {[]lldp.Neighbor{mac("245ebe000102", "", "bridge", "wlanAccessPoint")}, patterns, 0},
		"told twice":               {[]lldp.Neighbor{mac("245ebe000102", "tv-1"), cdp("TV-1")}, patterns, 1},
		"told twice, known once":   {[]lldp.Neighbor{mac("001122000102", "tv-1"), cdp("tv-1")}, patterns, 0},
		"two of them":              {[]lldp.Neighbor{mac("245ebe000102", "tv-1"), mac("245ebe000103", "tv-1"), cdp("tv-9")}, patterns, 3},
		"on two ports":             {[]lldp.Neighbor{mac("245ebe000102", "tv-1"), elsewhere}, patterns, 2},
		"an empty pattern":         {[]lldp.Neighbor{mac("245ebe000102", "tv-1")}, []Pattern{{}}, 1},
	} {
		if got := Unknown(c.neighbours, c.known); got != c.want || got != len(Strangers(c.neighbours, c.known)) {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	by := ByPort([]lldp.Neighbor{elsewhere, byPort, notMAC, {}})
	if len(by) != 3 || len(by["1"]) != 2 || by["2"][0].SysName != "tv-1" || len(by[""]) != 1 {
		t.Errorf("%+v", by)
	}
}

func TestPatternValidate(t *testing.T) {
	type options struct {
		KnownNeighbours []Pattern `yaml:"known_neighbours"`
	}
	const capabilities = "other, repeater, bridge, wlanAccessPoint, router, telephone, docsisCableDevice, stationOnly, " +
		"cVLANComponent, sVLANComponent, twoPortMACRelay, sourceRouteBridge, host, igmp, remotelyManaged"
	for entry, want := range map[string]string{
		`{sys_name: "sw-*"}`:                           "",
		`{chassis: "00:11:22", capability: telephone}`: "",
		`{chassis: "0011.2233.4455"}`:                  "",
		`{}`:                                           `f:1:20: known_neighbours[0]: missing; want sys_name, chassis or capability, for example {sys_name: "sw-*"}`,
		`{sys_name: "sw-[1"}`:                          `f:1:21: known_neighbours[0].sys_name: found "sw-[1"; want a name, with * for any letters, for example sw-*`,
		`{chassis: "00:11"}`:                           `f:1:21: known_neighbours[0].chassis: found "00:11"; want three to six octets of a MAC address, for example 00:11:22`,
		`{chassis: "00:11:2g"}`:                        `f:1:21: known_neighbours[0].chassis: found "00:11:2g"; want three to six octets of a MAC address, for example 00:11:22`,
		`{capability: phone}`:                          `f:1:21: known_neighbours[0].capability: found "phone"; want one of ` + capabilities + `, for example telephone`,
	} {
		var o options
		if got := strictyaml.Decode("f", []byte("known_neighbours: ["+entry+"]\n"), &o); got.Error() != want {
			t.Errorf("%s\n got %s\nwant %s", entry, got.Error(), want)
		}
	}
}
