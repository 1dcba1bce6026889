package lldp

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor/sensortest"
)

// truth is what two independent readings of a recording agree on.
type truth struct {
	Rows  []truthRow `json:"lldp"`
	Links []struct {
		Local    string  `json:"ifName"`
		Hostname *string `json:"remote_hostname"`
		Port     string  `json:"remote_port"` // id, then the chassis in brackets
	} `json:"json_links"`
}

type truthRow struct {
	Port           uint32   `json:"localPortNum"`
	Row            uint32   `json:"remIndex"`
	ChassisSubtype int64    `json:"chassisSubtype"`
	ChassisHex     string   `json:"chassisIdHex"`
	PortSubtype    int64    `json:"portSubtype"`
	PortHex        string   `json:"portIdHex"`
	PortDescr      string   `json:"portDesc"`
	SysName        string   `json:"sysName"`
	Local          []string `json:"json_local_ifName"`
}

// Every row of the truth is among the neighbours, and every neighbour is a row.
func TestRecordings(t *testing.T) {
	rows, matched, links, linked := 0, 0, 0, 0
	for name, want := range sensortest.TruthAs[truth](t) {
		vbs := sensortest.Recording(t, name)
		got, problems := Read(vbs, ifmib.Read(vbs))
		for _, row := range want.Rows {
			rows++
			if slices.ContainsFunc(got, row.is) {
				matched++
			} else {
				t.Errorf("%s: no neighbour is %+v: %+v", name, row, got)
			}
		}
		if len(got) != len(want.Rows) {
			t.Errorf("%s: %d neighbours, want %d: %+v", name, len(got), len(want.Rows), got)
		}
		for _, link := range want.Links {
			links++
			id, _, _ := strings.Cut(link.Port, " (")
			if slices.ContainsFunc(got, func(n Neighbor) bool { return n.LocalPort == link.Local && near(n.PortID, id) }) {
				linked++
			} else {
				t.Logf("%s: a link of another source is not in the LLDP-MIB: %+v", name, link)
			}
		}
		for _, n := range got {
			t.Logf("%s: %+v", name, n)
		}
		if len(problems) > 0 {
			t.Logf("%s: %q", name, problems)
		}
	}
	t.Logf("%d of %d rows matched, %d missing; %d of %d links by local port", matched, rows, rows-matched, linked, links)
}

// near compares port ids of two sources: one has made the end of a MAC zeros.
func near(a, b string) bool { return a == b || len(a) == 17 && len(b) == 17 && a[:8] == b[:8] }

func (r truthRow) is(n Neighbor) bool {
	chassis, _ := hex.DecodeString(r.ChassisHex)
	port, _ := hex.DecodeString(r.PortHex)
	return n.Protocol == LLDP && n.LocalIndex.Present &&
		n.ChassisIDType == word(chassisTypes, pdu.Int(r.ChassisSubtype)) && (n.ChassisID == r.ChassisHex || n.ChassisID == string(chassis)) &&
		n.PortIDType == word(portTypes, pdu.Int(r.PortSubtype)) && (n.PortID == r.PortHex || n.PortID == string(port)) &&
		n.PortDescr == r.PortDescr && n.SysName == r.SysName && (len(r.Local) == 0 || slices.Contains(r.Local, n.LocalPort))
}
