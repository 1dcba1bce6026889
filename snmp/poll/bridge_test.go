package poll

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"rackvakt/snmp/bridge"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

// dot1dBridge is the tree of both MIBs.
const dot1dBridge = "1.3.6.1.2.1.17."

// withBridge gives a switch of three ports a telephone in VLAN 20 behind port 2, a
// printer in VLAN 1 behind port 1, and an address of its own. Port n of the bridge
// is interface n, and the FDB of VLAN 20 has the number 4.
func withBridge(a *snmptest.Agent) {
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3})
	setAll(a, dot1dBridge+"1.4.1.", map[string]pdu.Value{"2.1": pdu.Int(1), "2.2": pdu.Int(2), "2.3": pdu.Int(3)})
	setAll(a, dot1dBridge+"4.3.1.", map[string]pdu.Value{"2.2.0.94.0.0.1": pdu.Int(1), "3.2.0.94.0.0.1": pdu.Int(3)})
	setAll(a, dot1dBridge+"7.1.2.2.1.", map[string]pdu.Value{
		"2.1.2.0.94.0.0.1": pdu.Int(1), "3.1.2.0.94.0.0.1": pdu.Int(3),
		"2.4.2.0.94.0.200.2": pdu.Int(2), "3.4.2.0.94.0.200.2": pdu.Int(5),
		"2.1.2.0.94.0.0.254": pdu.Int(0), "3.1.2.0.94.0.0.254": pdu.Int(4),
	})
	setAll(a, dot1dBridge+"7.1.4.2.1.", map[string]pdu.Value{
		"3.0.1": pdu.Gauge(1), "4.0.1": pdu.Bytes([]byte{0xe0, 0}), "5.0.1": pdu.Bytes([]byte{0xe0, 0}),
		"3.0.20": pdu.Gauge(4), "4.0.20": pdu.Bytes([]byte{0x60, 0}), "5.0.20": pdu.Bytes([]byte{0, 0}),
	})
	setAll(a, dot1dBridge+"7.1.4.3.1.", map[string]pdu.Value{"1.1": pdu.Text("Klient"), "1.20": pdu.Text("Telefoni")})
	setAll(a, dot1dBridge+"7.1.4.5.1.", map[string]pdu.Value{"1.1": pdu.Gauge(1), "1.2": pdu.Gauge(1), "1.3": pdu.Gauge(1)})
}

// What is asked for is read over UDP, in each version.
func TestOnceWithBridge(t *testing.T) {
	a := snmptest.New()
	withBridge(a)
	address := snmptest.Start(t, a)
	v1 := optionsV2(address)
	v1.Version = "1"
	for _, o := range []Options{v1, optionsV2(address), optionsV3(address)} {
		r, err := Once(t.Context(), o, WithBridge)
		if err != nil || len(r.Problems) > 0 {
			t.Fatal(o.Version, err, r.Problems)
		}
		raw, err := json.Marshal(r.Bridge)
		want := `{"addresses":[` +
			`{"mac":"02005e000001","bridge_port":1,"if_index":1,"port":"1/1","vlan":1,"fdb_id":1,"status":"learned"},` +
			`{"mac":"02005e00c802","bridge_port":2,"if_index":2,"port":"1/2","vlan":20,"fdb_id":4,"status":"static"},` +
			`{"mac":"02005e0000fe","bridge_port":null,"if_index":null,"port":null,"vlan":1,"fdb_id":1,"status":"self"}],` +
			`"vlans":[{"vlan":1,"name":"Klient","fdb_id":1},{"vlan":20,"name":"Telefoni","fdb_id":4}],` +
			`"ports":[{"bridge_port":1,"if_index":1,"port":"1/1","pvid":1,"untagged":[1],"tagged":[]},` +
			`{"bridge_port":2,"if_index":2,"port":"1/2","pvid":1,"untagged":[1],"tagged":[20]},` +
			`{"bridge_port":3,"if_index":3,"port":"1/3","pvid":1,"untagged":[1],"tagged":[20]}]}`
		if err != nil || string(raw) != want {
			t.Errorf("%s: %v, %s\nwant %s", o.Version, err, raw, want)
		}
	}
}

// Nobody asked: null, and not a request more than of a switch without the tables.
func TestOnceWithoutBridge(t *testing.T) {
	requests := func(with func(*snmptest.Agent), also ...Also) (Result, int) {
		a := snmptest.New()
		with(a)
		r, err := Once(t.Context(), optionsV2(snmptest.Start(t, a)), also...)
		if err != nil {
			t.Fatal(err)
		}
		return r, a.Stats().Requests
	}
	_, bare := requests(func(a *snmptest.Agent) { snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3}) })
	r, unasked := requests(withBridge)
	_, asked := requests(withBridge, WithBridge)
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil || !strings.Contains(b.String(), `"bridge":null`) || strings.Contains(b.String(), "02005e00c802") {
		t.Errorf("%v, %s", err, b.String())
	}
	if unasked != bare || asked <= unasked {
		t.Errorf("%d requests without the tables, %d with them unasked, %d asked", bare, unasked, asked)
	}
	r, _ = requests(func(a *snmptest.Agent) { snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3}) }, WithBridge)
	if r.Bridge == nil || r.Bridge.Addresses == nil || len(r.Problems) > 0 {
		t.Errorf("a switch without the tables: %+v, %q", r.Bridge, r.Problems)
	}
}

// A discovery of the running monitor looks into no table of addresses or VLANs.
func TestMonitorReadsNoBridge(t *testing.T) {
	tree := pdu.MustOID("1.3.6.1.2.1.17")
	d := newDiscovery(nil, "", nil)
	asked := slices.Clone(d.trees)
	for _, g := range append(d.groups, neighborTables()...) {
		asked = append(asked, slices.Concat(g.columns...)...)
	}
	for _, o := range asked {
		if o == tree || o.Under(tree) || tree.Under(o) {
			t.Errorf("it asks for %s", o)
		}
	}
}

func TestPrintBridge(t *testing.T) {
	place := func(name string, port, index uint64) bridge.Place {
		p := bridge.Place{Name: bridge.Text(name)}
		if port > 0 {
			p.BridgePort = pdu.Some(port)
		}
		if index > 0 {
			p.IfIndex = pdu.Some(index)
		}
		return p
	}
	full := &bridge.Bridge{
		Addresses: []bridge.Address{
			{MAC: "02005e000001", Place: place("GigabitEthernet1/0/1", 1, 1), VLAN: pdu.Some(20), Status: bridge.Learned},
			{MAC: "02005e000002", Place: place("", 2, 102)}, {MAC: "02005e000003", Place: place("", 18, 0), Status: bridge.Static}, {MAC: "02005e000004", Status: bridge.Self},
		},
		VLANs: []bridge.VLAN{{ID: 20, Name: "Telefoni"}, {ID: 30}},
		Ports: []bridge.Port{{Place: place("gi1", 1, 1), PVID: pdu.Some(1), Untagged: []uint32{1}, Tagged: []uint32{5, 6, 20, 21, 22, 30}},
			{Place: place("gi2", 2, 2), Tagged: []uint32{20}}, {Place: place("gi3", 3, 3)}},
	}
	for lang, want := range map[string]string{
		Swedish: "VLAN namn\n20 Telefoni\n30 -\n\nport PVID otaggade taggade\ngi1 1 1 5, 6, 20-22, 30\ngi2 - - 20\n\nport VLAN adress läge\n" +
			"GigabitEthernet1/0/1 20 02005e000001 inlärd\n102 - 02005e000002 -\n#18 - 02005e000003 fast\n- - 02005e000004 egen\n",
		English: "VLAN name\n20 Telefoni\n30 -\n\nport PVID untagged tagged\ngi1 1 1 5, 6, 20-22, 30\ngi2 - - 20\n\nport VLAN address state\n" +
			"GigabitEthernet1/0/1 20 02005e000001 learned\n102 - 02005e000002 -\n#18 - 02005e000003 static\n- - 02005e000004 its own\n",
	} {
		out := written(t, Result{Bridge: full}, lang)
		if !strings.Contains(regexp.MustCompile(" +").ReplaceAllString(out, " "), want) {
			t.Errorf("%s:\n%s", lang, out)
		}
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(line); n > tableWidth+1 {
				t.Errorf("%s: a line of %d characters: %s", lang, n, line)
			}
		}
	}
	if out := written(t, Result{Bridge: &bridge.Bridge{}}, Swedish); !strings.Contains(out, "\ninga adresser uppges\n") {
		t.Error(out)
	}
	if out := written(t, Result{}, Swedish); strings.Contains(out, "adress") || strings.Contains(out, "VLAN") {
		t.Error(out)
	}
}
