package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"rackvakt/snmp/pdu"
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

// loadRecording reads lines of OID|TAG|VALUE; the last line of an OID wins, and
// lines that no agent could have sent are passed over.
func loadRecording(dir, name string) (map[pdu.OID]pdu.Value, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name+".snmprec"))
	if err != nil {
		return nil, err
	}
	all := make(map[pdu.OID]pdu.Value)
	for line := range strings.Lines(string(raw)) {
		part := strings.SplitN(strings.TrimRight(line, "\r\n"), "|", 3)
		if len(part) != 3 {
			continue
		}
		oid, err := pdu.ParseOID(part[0])
		if v, ok := recorded(part[1], part[2]); ok && err == nil {
			all[oid] = v
		}
	}
	return all, nil
}

func recorded(tag, text string) (pdu.Value, bool) {
	number, err := strconv.Atoi(strings.TrimRight(tag, "xe"))
	v := pdu.Value{Type: pdu.Type(number), Octets: []byte(text)}
	switch {
	case err != nil:
		return v, false
	case strings.HasSuffix(tag, "x"):
		v.Octets, err = hex.DecodeString(text)
		return v, err == nil
	case strings.HasSuffix(tag, "e"):
		s, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
		v.Octets = []byte(s)
		return v, err == nil
	}
	switch v.Type {
	case pdu.Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		return pdu.Int(n), err == nil
	case pdu.Counter32, pdu.Gauge32, pdu.TimeTicks, pdu.Counter64:
		n, err := strconv.ParseUint(text, 10, 64)
		return pdu.Value{Type: v.Type, Num: n}, err == nil
	case pdu.ObjectID:
		oid, err := pdu.ParseOID(text)
		return pdu.Identifier(oid), err == nil
	}
	return v, v.Type == pdu.OctetString || v.Type == pdu.Null
}
