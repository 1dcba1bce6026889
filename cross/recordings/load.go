package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/snmptest"
)

type port struct {
	Index       uint32  `json:"ifIndex"`
	Name        *string `json:"ifName"`
	Descr       *string `json:"ifDescr"`
	Alias       *string `json:"ifAlias"`
	Oper        *string `json:"oper"`
	Admin       *string `json:"admin"`
	Speed       *uint64 `json:"speed_bps"`
	MTU         *uint64 `json:"mtu"`
	MAC         *string `json:"mac"`
	InOctets    *uint64 `json:"in_octets"`
	OutOctets   *uint64 `json:"out_octets"`
	InErrors    *uint64 `json:"in_errors"`
	OutErrors   *uint64 `json:"out_errors"`
	InDiscards  *uint64 `json:"in_discards"`
	OutDiscards *uint64 `json:"out_discards"`
}

type fact struct {
	MIB   string  `json:"mib"`
	Class string  `json:"class"`
	OID   string  `json:"oid"`
	Value float64 `json:"value"`
}

type neighbor struct {
	Chassis string   `json:"chassisIdHex"`
	Port    string   `json:"portIdHex"`
	SysName string   `json:"sysName"`
	Local   []string `json:"json_local_ifName"`
}

type truth struct {
	Ports   []port     `json:"ports"`
	Sensors []fact     `json:"sensors"`
	LLDP    []neighbor `json:"lldp"`
}

func loadTruth(dir string) (map[string]truth, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		return nil, err
	}
	all := make(map[string]truth)
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	for _, device := range all {
		for i := range device.Sensors {
			device.Sensors[i].convert()
		}
	}
	return all, nil
}

// convert turns the other program's words and units into ours.
func (f *fact) convert() {
	switch f.Class {
	case "runtime":
		f.Value *= 60
	case "delay":
		f.Class = "runtime"
	case "dbm":
		f.Class = "optical_power"
	}
	f.OID = strings.TrimPrefix(f.OID, ".")
}

// loadRecording reads the values of a recording.
func loadRecording(dir, name string) ([]pdu.Varbind, error) {
	file, err := os.Open(filepath.Join(dir, name+".snmprec"))
	if err != nil {
		return nil, err
	}
	vbs, _, err := snmptest.ReadWalk(file)
	return vbs, errors.Join(err, file.Close())
}
