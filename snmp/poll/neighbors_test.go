package poll

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/session"
	"rackvakt/snmp/snmptest"
)

// Entries of LLDP-MIB (local ports, neighbours), CISCO-CDP-MIB and the MIBs of printers.
const (
	lldpLocal    = "1.0.8802.1.1.2.1.3.7.1."
	lldpRemote   = "1.0.8802.1.1.2.1.4.1.1."
	lldpV2Remote = "1.3.111.2.802.1.1.13.1.4.1.1."
	cdpCache     = "1.3.6.1.4.1.9.9.23.1.2.1.1."
	hrDevice     = "1.3.6.1.2.1.25.3.2.1."
	hrPrinter    = "1.3.6.1.2.1.25.3.5.1."
	prtGeneral   = "1.3.6.1.2.1.43.5.1.1."
	prtInput     = "1.3.6.1.2.1.43.8.2.1."
	prtSupplies  = "1.3.6.1.2.1.43.11.1.1."
	prtColorant  = "1.3.6.1.2.1.43.12.1.1."
)

func setAll(a *snmptest.Agent, entry string, columns map[string]pdu.Value) {
	for column, v := range columns {
		a.Set(entry+column, v)
	}
}

// withNeighbors gives a switch of three ports an access point and an unnamed
// device by LLDP, a switch by LLDP-V2 and a telephone by CDP. What LLDP calls port
// 12 and 13 are the interfaces 2 and 3.
func withNeighbors(a *snmptest.Agent) {
	snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3})
	setAll(a, lldpLocal, map[string]pdu.Value{
		"2.12": pdu.Int(5), "3.12": pdu.Text("1/2"), "4.12": pdu.Text("1/2"),
		"2.13": pdu.Int(5), "3.13": pdu.Text("1/3"), "4.13": pdu.Text("1/3"),
	})
	setAll(a, lldpRemote, map[string]pdu.Value{
		"4.900.12.1": pdu.Int(4), "5.900.12.1": pdu.Bytes([]byte{0x24, 0x5e, 0xbe, 1, 2, 3}), "6.900.12.1": pdu.Int(5),
		"7.900.12.1": pdu.Text("eth0"), "8.900.12.1": pdu.Text("uplink"), "9.900.12.1": pdu.Text("ap-läkarexp"),
		"11.900.12.1": pdu.Bytes([]byte{0x38, 0}), "12.900.12.1": pdu.Bytes([]byte{0x30, 0}),
		"4.901.13.2": pdu.Int(4), "5.901.13.2": pdu.Bytes([]byte{0x24, 0x5e, 0xbe, 1, 2, 4}),
	})
	setAll(a, lldpV2Remote, map[string]pdu.Value{
		"5.1.1.1.7": pdu.Int(7), "6.1.1.1.7": pdu.Text("core"), "7.1.1.1.7": pdu.Int(7), "8.1.1.1.7": pdu.Text("49"),
		"10.1.1.1.7": pdu.Text("sw-core"), "13.1.1.1.7": pdu.Bytes([]byte{0x28, 0}),
	})
	setAll(a, cdpCache, map[string]pdu.Value{
		"6.3.1": pdu.Text("SEP001"), "7.3.1": pdu.Text("Port 1"), "9.3.1": pdu.Bytes([]byte{0, 0, 0, 0x90}),
	})
}

// withPrinter gives a a colour printer with a tray that is empty.
func withPrinter(a *snmptest.Agent) {
	setAll(a, hrDevice, map[string]pdu.Value{
		"2.1": pdu.Identifier(pdu.MustOID("1.3.6.1.2.1.25.3.1.5")), "3.1": pdu.Text("Model Colour 500"), "5.1": pdu.Int(3),
	})
	setAll(a, hrPrinter, map[string]pdu.Value{"1.1": pdu.Int(3), "2.1": pdu.Bytes([]byte{0x28})})
	setAll(a, prtGeneral, map[string]pdu.Value{"16.1": pdu.Text("Korridor 2"), "17.1": pdu.Text("QX7Y1")})
	setAll(a, prtColorant, map[string]pdu.Value{"4.1.1": pdu.Text("Black"), "4.1.2": pdu.Text("cyan")})
	setAll(a, prtSupplies, map[string]pdu.Value{
		"3.1.1": pdu.Int(1), "4.1.1": pdu.Int(3), "5.1.1": pdu.Int(21), "6.1.1": pdu.Text("Black Cartridge"),
		"7.1.1": pdu.Int(13), "8.1.1": pdu.Int(4000), "9.1.1": pdu.Int(360),
		"3.1.2": pdu.Int(2), "4.1.2": pdu.Int(3), "5.1.2": pdu.Int(3), "7.1.2": pdu.Int(13), "8.1.2": pdu.Int(-2), "9.1.2": pdu.Int(-3),
		"3.1.3": pdu.Int(0), "4.1.3": pdu.Int(4), "5.1.3": pdu.Int(4), "7.1.3": pdu.Int(7), "8.1.3": pdu.Int(20000), "9.1.3": pdu.Int(0),
	})
	setAll(a, prtInput, map[string]pdu.Value{
		"2.1.1": pdu.Int(3), "8.1.1": pdu.Int(8), "9.1.1": pdu.Int(550), "10.1.1": pdu.Int(0), "11.1.1": pdu.Int(16),
		"12.1.1": pdu.Text("iso-a4-white"), "13.1.1": pdu.Text("Tray 1"),
		"8.1.2": pdu.Int(8), "9.1.2": pdu.Int(-2), "10.1.2": pdu.Int(120), "13.1.2": pdu.Text("Tray 2"),
	})
}

// onceJSON reads a once and returns what a program sees of it.
func onceJSON(t *testing.T, a *snmptest.Agent) (r Result, seen map[string]any) {
	t.Helper()
	r, err := Once(t.Context(), optionsV2(snmptest.Start(t, a)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b.String()), &seen); err != nil {
		t.Fatal(err)
	}
	return r, seen
}

// Every key of a neighbour stands in the JSON; what was not told is null.
func TestNeighborsOverUDP(t *testing.T) {
	a := snmptest.New()
	withNeighbors(a)
	r, seen := onceJSON(t, a)
	want := []any{
		map[string]any{
			"local_port": "1/1", "local_index": 1.0, "protocol": "lldp", "chassis_id": "core", "chassis_id_type": "local",
			"port_id": "49", "port_descr": nil, "sys_name": "sw-core", "capabilities": []any{"bridge", "router"},
		},
		map[string]any{
			"local_port": "1/2", "local_index": 2.0, "protocol": "lldp", "chassis_id": "245ebe010203", "chassis_id_type": "macAddress",
			"port_id": "eth0", "port_descr": "uplink", "sys_name": "ap-läkarexp", "capabilities": []any{"bridge", "wlanAccessPoint"},
		},
		map[string]any{
			"local_port": "1/3", "local_index": 3.0, "protocol": "lldp", "chassis_id": "245ebe010204", "chassis_id_type": "macAddress",
			"port_id": nil, "port_descr": nil, "sys_name": nil, "capabilities": nil,
		},
		map[string]any{
			"local_port": "1/3", "local_index": 3.0, "protocol": "cdp", "chassis_id": "SEP001", "chassis_id_type": "deviceId",
			"port_id": "Port 1", "port_descr": nil, "sys_name": "SEP001", "capabilities": []any{"host", "telephone"},
		},
	}
	if diff := cmp.Diff(want, seen["neighbors"]); diff != "" || len(r.Problems) != 0 {
		t.Errorf("%s, problems %q", diff, r.Problems)
	}
	if seen["printer"] != nil {
		t.Errorf("printer %v, want null", seen["printer"])
	}
}

func TestPrinterOverUDP(t *testing.T) {
	a := snmptest.New()
	withPrinter(a)
	r, seen := onceJSON(t, a)
	want := map[string]any{
		"name": "Korridor 2", "model": "Model Colour 500", "serial": "QX7Y1", "status": "idle", "device_status": "warning",
		"errors": []any{"lowToner", "doorOpen"},
		"supplies": []any{
			map[string]any{
				"index": 1.0, "class": "supplyThatIsConsumed", "type": "tonerCartridge", "description": "Black Cartridge", "color": "black",
				"unit": "tenthsOfGrams", "max": 4000.0, "level": 360.0, "level_word": nil, "percent": 9.0,
			},
			map[string]any{
				"index": 2.0, "class": "supplyThatIsConsumed", "type": "toner", "description": nil, "color": "cyan",
				"unit": "tenthsOfGrams", "max": nil, "level": nil, "level_word": "some", "percent": nil,
			},
			map[string]any{
				"index": 3.0, "class": "receptacleThatIsFilled", "type": "wasteToner", "description": nil, "color": nil,
				"unit": "impressions", "max": 20000.0, "level": 0.0, "level_word": nil, "percent": 0.0,
			},
		},
		"trays": []any{
			map[string]any{
				"index": 1.0, "type": "sheetFeedAutoRemovableTray", "name": "Tray 1", "description": nil, "media": "iso-a4-white",
				"availability": "idle", "warning": false, "critical": true, "offline": false,
				"unit": "sheets", "max": 550.0, "level": 0.0, "level_word": nil, "percent": 0.0,
			},
			map[string]any{
				"index": 2.0, "type": nil, "name": "Tray 2", "description": nil, "media": nil,
				"availability": nil, "warning": nil, "critical": nil, "offline": nil,
				"unit": "sheets", "max": nil, "level": 120.0, "level_word": nil, "percent": nil,
			},
		},
	}
	if diff := cmp.Diff(want, seen["printer"]); diff != "" || len(r.Problems) != 0 {
		t.Errorf("%s, problems %q", diff, r.Problems)
	}
	if show(r.Device.Model) != "Model Colour 500" || show(r.Device.Serial) != "QX7Y1" {
		t.Errorf("device %+v", r.Device)
	}
	if n, ok := seen["neighbors"].([]any); !ok || len(n) != 0 {
		t.Errorf("neighbors %v, want an empty list", seen["neighbors"])
	}
}

// What is odd about neighbours and printer is told.
func TestSeldomProblems(t *testing.T) {
	a := snmptest.New()
	withNeighbors(a)
	withPrinter(a)
	a.Delete(lldpLocal + "2")
	a.Delete(lldpLocal + "3")
	a.Delete(lldpLocal + "4")
	a.Set(hrDevice+"2.7", pdu.Identifier(pdu.MustOID("1.3.6.1.2.1.25.3.1.5")))
	r, _ := onceJSON(t, a)
	all := strings.Join(r.Problems, "\n")
	for _, want := range []string{"LLDP local port 12", "2 printers: only the first is shown"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %q", want, r.Problems)
		}
	}
}

// Tables that the device lacks cost no request of their own, and those it has few.
func TestSeldomRequests(t *testing.T) {
	requests := func(with ...func(*snmptest.Agent)) int {
		a := snmptest.New()
		snmptest.NewSwitch(a, snmptest.SwitchOptions{Ports: 3})
		for _, f := range with {
			f(a)
		}
		o := optionsV2(snmptest.Start(t, a))
		s, err := session.New(o.Options)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		d := newDiscovery(nil, "", nil, printerTable)
		for !d.done() {
			if err := d.step(t.Context(), s, nil); err != nil {
				t.Fatal(err)
			}
		}
		return int(a.Stats().Requests)
	}
	none, neighbors, printer := requests(), requests(withNeighbors), requests(withPrinter)
	t.Logf("%d requests without them, %d with neighbours, %d with a printer", none, neighbors, printer)
	if none != 1 || neighbors > 1+6 || printer > 1+2 {
		t.Errorf("%d, %d, %d requests, want 1, at most 7, at most 3", none, neighbors, printer)
	}
}

// The tables that people see, to the letter.
func TestSeldomTables(t *testing.T) {
	a := snmptest.New()
	withNeighbors(a)
	withPrinter(a)
	r, _ := onceJSON(t, a)
	r = Result{Target: "192.0.2.1", Neighbors: r.Neighbors, Printer: r.Printer}
	for _, lang := range []string{Swedish, English} {
		var b strings.Builder
		if err := r.WriteTable(&b, lang); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("testdata/seldom." + lang + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s: %s\n%s", lang, diff, b.String())
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > tableWidth {
				t.Errorf("%s: a line of %d characters: %s", lang, n, line)
			}
		}
	}
}

// truthNeighbor is a row of LLDP that two independent readings agree on.
type truthNeighbor struct {
	Chassis string   `json:"chassisIdHex"`
	Port    string   `json:"portIdHex"`
	Descr   string   `json:"portDesc"`
	SysName string   `json:"sysName"`
	Local   []string `json:"json_local_ifName"`
}

// compareNeighbors has every row of the truth be a neighbour in the JSON, and every
// neighbour by LLDP a row.
func compareNeighbors(t *testing.T, r Result, want []truthNeighbor) {
	t.Helper()
	var b strings.Builder
	var got struct {
		Neighbors []struct {
			LocalPort *string `json:"local_port"`
			Protocol  string  `json:"protocol"`
			Chassis   *string `json:"chassis_id"`
			Port      *string `json:"port_id"`
			Descr     *string `json:"port_descr"`
			SysName   *string `json:"sys_name"`
		} `json:"neighbors"`
	}
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, n := range got.Neighbors {
		if n.Protocol != "lldp" {
			continue
		}
		rows++
		if !slices.ContainsFunc(want, func(w truthNeighbor) bool {
			return stands(n.Chassis, w.Chassis) && stands(n.Port, w.Port) && show(n.Descr) == w.Descr && show(n.SysName) == w.SysName &&
				(len(w.Local) == 0 || slices.Contains(w.Local, show(n.LocalPort)))
		}) {
			t.Errorf("%s on %s is no row of the truth: %s", show(n.SysName), show(n.LocalPort), b.String())
		}
	}
	if rows != len(want) {
		t.Errorf("%d neighbours by LLDP, want %d", rows, len(want))
	}
}

// stands reports whether what is told stands for the octets: in hex digits or as text.
func stands(told *string, octets string) bool {
	raw, err := hex.DecodeString(octets)
	return err == nil && (show(told) == octets || show(told) == string(raw))
}
