package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"rackvakt/snmp/lldp"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/poll"
	"rackvakt/snmp/snmptest"
)

// told is what the program prints of a device, as other programs read it.
type told struct {
	Interfaces []map[string]any `json:"interfaces"`
	Sensors    []toldSensor     `json:"sensors"`
	Neighbors  []toldNeighbor   `json:"neighbors"`
}

// toldNeighbor has "" for null.
type toldNeighbor struct {
	LocalPort string `json:"local_port"`
	Protocol  string `json:"protocol"`
	Chassis   string `json:"chassis_id"`
	Port      string `json:"port_id"`
	SysName   string `json:"sys_name"`
}

type toldSensor struct {
	OID   string   `json:"oid"`
	Class string   `json:"class"`
	Value *float64 `json:"value"`
}

func (g toldSensor) is(want float64) bool {
	return g.Value != nil && math.Abs(*g.Value-want) <= 1e-6*math.Max(1, math.Abs(want))
}

// Values of ENTITY-SENSOR-MIB and CISCO-ENTITY-SENSOR-MIB: the same index is the
// same part.
const (
	entityValue = "1.3.6.1.2.1.99.1.1.1.4."
	ciscoValue  = "1.3.6.1.4.1.9.9.91.1.1.1.1.4."
)

// twin returns the object of the other of the two MIBs, "" where there is none.
func twin(oid string) string {
	if index, ok := strings.CutPrefix(oid, entityValue); ok {
		return ciscoValue + index
	}
	if index, ok := strings.CutPrefix(oid, ciscoValue); ok {
		return entityValue + index
	}
	return ""
}

// try serves a recording, polls it and compares.
func try(ctx context.Context, dir, name string, want truth) (*score, error) {
	values, err := loadRecording(dir, name)
	if err != nil {
		return nil, err
	}
	got, err := ask(ctx, values)
	if err != nil {
		return nil, err
	}
	s := newScore()
	s.sensorsRead = len(got.Sensors)
	s.ports(got, want.Ports)
	s.sensors(got, want.Sensors)
	s.neighbors(got, want.LLDP)
	return s, nil
}

func ask(ctx context.Context, values []pdu.Varbind) (got told, err error) {
	a := snmptest.New()
	a.Serve(values)
	addr, err := a.Listen("127.0.0.1:0")
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	o := poll.DefaultOptions()
	o.Name, o.Address, o.Version, o.Access.Community, o.ProfileDir = "device", addr, "2c", "public", ""
	r, err := poll.Once(ctx, o)
	if err != nil {
		return got, err
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		return got, err
	}
	return got, json.Unmarshal(b.Bytes(), &got)
}

// ports compares field by field; a fact that is absent in the truth is none, and
// its 0 may be our null.
func (s *score) ports(got told, want []port) {
	byIndex := make(map[uint32]map[string]any)
	for _, i := range got.Interfaces {
		index, _ := i["index"].(float64)
		byIndex[uint32(index)] = i
	}
	for _, w := range want {
		v := reflect.ValueOf(w)
		for f := 1; f < v.NumField(); f++ {
			if v.Field(f).IsNil() {
				continue
			}
			field := fields[v.Type().Field(f).Name]
			if same(byIndex[w.Index][field], v.Field(f).Elem().Interface()) {
				s.good("ports")
			} else {
				s.bad("ports", fmt.Sprintf("port %d %s: %v, want %v", w.Index, field, byIndex[w.Index][field], v.Field(f).Elem()))
			}
		}
	}
}

// fields gives the name that a fact of a port has in our JSON.
var fields = map[string]string{
	"Name": "name", "Descr": "descr", "Alias": "alias", "Oper": "oper", "Admin": "admin", "Speed": "speed_bps",
	"MTU": "mtu", "MAC": "mac", "InOctets": "in_octets", "OutOctets": "out_octets", "InErrors": "in_errors",
	"OutErrors": "out_errors", "InDiscards": "in_discards", "OutDiscards": "out_discards",
}

func same(got, want any) bool {
	if n, ok := want.(uint64); ok {
		f, _ := got.(float64)
		return f == float64(n)
	}
	s, _ := got.(string)
	return s == want
}

// sensors compares by object, class and value.
func (s *score) sensors(got told, want []fact) {
	for _, f := range want {
		kind := kinds[f.MIB]
		i := slices.IndexFunc(got.Sensors, func(g toldSensor) bool {
			return g.OID == f.OID && g.Class == f.Class
		})
		reason := leftOut[f.Class+" "+f.OID]
		if other := twin(f.OID); slices.ContainsFunc(got.Sensors, func(g toldSensor) bool {
			return g.OID == other && g.Class == f.Class && g.is(f.Value)
		}) {
			reason = "the same sensor is read from " + other + ", with the same value"
		}
		switch {
		case i >= 0 && got.Sensors[i].is(f.Value):
			s.good(kind)
		case i < 0 && reason != "":
			s.left(kind, fmt.Sprintf("%s %s: %s", f.Class, f.OID, reason))
		case i < 0:
			s.bad(kind, fmt.Sprintf("%s %s is not read", f.Class, f.OID))
		default:
			s.bad(kind, fmt.Sprintf("%s %s has another value, want %v", f.Class, f.OID, f.Value))
		}
	}
}

// neighbors compares the rows of LLDP by chassis, port, name and our port.
func (s *score) neighbors(got told, want []neighbor) {
	for _, w := range want {
		if slices.ContainsFunc(got.Neighbors, func(n toldNeighbor) bool {
			return n.Protocol == lldp.LLDP && is(n.Chassis, w.Chassis) && is(n.Port, w.Port) && n.SysName == w.SysName &&
				(len(w.Local) == 0 || slices.Contains(w.Local, n.LocalPort))
		}) {
			s.good("LLDP")
		} else {
			s.bad("LLDP", fmt.Sprintf("neighbour %s %s is not read", w.SysName, w.Chassis))
		}
	}
}

// is reports whether our text of an identifier stands for these octets.
func is(text, octets string) bool {
	raw, err := hex.DecodeString(octets)
	return text == octets || err == nil && text == pdu.Clean(raw)
}
