package main

import (
	"fmt"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
	"rackvakt/snmp/usm"
)

// frame is the largest answer in octets, as the agents have it.
const frame = 1472

// Largest numbers of four octets, for identifiers that pollers choose at random.
const someID = 0x7fffffff

// bound is the least that a poll can take.
type bound struct {
	Requests int64 `json:"requests"`
	Octets   int64 `json:"octets"` // both ways
}

// leastOf returns the least that reading vbs by GETBULK can take: every answer is
// a full frame that begins with sysUpTime, and every request names sysUpTime and
// one column and nothing else. No poller reaches it, because rows do not end
// where frames do and several columns must be named to fill one.
func leastOf(vbs []pdu.Varbind, version string) (bound, error) {
	size, err := sizer(version)
	if err != nil {
		return bound{}, err
	}
	upTime := pdu.Varbind{OID: system.UpTime, Value: pdu.Ticks(someID)}
	column := pdu.Varbind{OID: ifmib.OperStatus.With(1)}
	request := size(ber.PDU{Type: ber.GetBulk, First: 1, Second: 50, Varbinds: []pdu.Varbind{
		{OID: system.UpTime[:len(system.UpTime)-4]}, column,
	}})
	// Lengths grow with what they enclose: the envelope is that of a full answer.
	filler := pdu.Varbind{OID: ifmib.Alias.With(1), Value: pdu.Bytes(make([]byte, frame*3/4))}
	envelope := size(ber.PDU{Type: ber.Response, Varbinds: []pdu.Varbind{upTime, filler}}) - encoded(filler)
	var total int
	for _, vb := range vbs {
		total += encoded(vb)
	}
	room := frame - envelope
	n := (total + room - 1) / room
	return bound{Requests: int64(n), Octets: int64(total + n*(envelope+request))}, nil
}

func encoded(vb pdu.Varbind) int { return len(ber.AppendVarbind(nil, vb)) }

// sizer returns what tells the octets of a message that carries a PDU.
func sizer(version string) (func(ber.PDU) int, error) {
	if version == "2c" {
		return func(p ber.PDU) int {
			p.ID = someID
			return len(ber.Message{Version: ber.V2c, Community: community, PDU: p}.Append(nil))
		}, nil
	}
	master, err := usm.New(usm.Secrets{
		AuthProtocol: "sha256", AuthPassphrase: authPassphrase, PrivProtocol: "aes", PrivPassphrase: privPassphrase,
	})
	if err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	keys := master.Localize(engineID(0))
	return func(p ber.PDU) int {
		p.ID = someID
		return len(keys.Seal(ber.Message3{
			ID: someID, MaxSize: 65507, Flags: ber.FlagAuth | ber.FlagPriv | ber.FlagReportable, Model: ber.ModelUSM,
			EngineID: engineID(0), Boots: 1, Time: 1, User: userName, Scoped: ber.AppendScoped(nil, engineID(0), "", p),
		}))
	}, nil
}
