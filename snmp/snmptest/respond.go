package snmptest

import (
	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

// Values of error-status, RFC 3416 section 3.
const (
	tooBig      = 1
	noSuchName  = 2
	genErr      = 5
	notWritable = 17
)

// respond answers a PDU; false means silence. a.mu is held.
func (a *Agent) respond(q ber.PDU, version int64, room int) (ber.PDU, bool) {
	a.stats.Requests++
	p := ber.PDU{Type: ber.Response, ID: q.ID}
	if i, hit := a.faults.genErr(q.Varbinds); hit {
		return refuse(p, q, version, genErr, i+1), true
	}
	switch q.Type {
	case ber.Get, ber.GetNext:
		for i, vb := range q.Varbinds {
			got := a.one(q.Type, vb.OID, version)
			if version == ber.V1 && !got.Value.Exists() {
				return refuse(p, q, version, noSuchName, i+1), true
			}
			p.Varbinds = append(p.Varbinds, got)
		}
	case ber.GetBulk:
		if version == ber.V1 {
			return p, false
		}
		p.Varbinds = a.bulk(q, room)
	case ber.Set:
		a.stats.Sets++
		return refuse(p, q, version, notWritable, 1), true
	default:
		return p, false
	}
	if size(p.Varbinds) > room || a.faults.tooBig(q, p) {
		return refuse(p, q, version, tooBig, 0), true
	}
	a.faults.bend(&p)
	return p, true
}

func refuse(p, q ber.PDU, version int64, status, index int) ber.PDU {
	p.First, p.Second = int64(status), int64(index)
	if version == ber.V1 {
		p.First = min(p.First, genErr)
	}
	if status != tooBig || version == ber.V1 {
		p.Varbinds = q.Varbinds
	} else {
		p.Varbinds = nil
	}
	return p
}

func (a *Agent) one(kind byte, o pdu.OID, version int64) pdu.Varbind {
	if kind == ber.GetNext {
		return a.next(o, version)
	}
	if i, found := a.find(o); found {
		return pdu.Varbind{OID: o, Value: a.objects[i].value()}
	}
	return pdu.Varbind{OID: o, Value: pdu.Value{Type: pdu.NoSuchInstance}}
}

// next returns the instance after o; version 1 steps over Counter64, RFC 3584 section 4.2.2.1.
func (a *Agent) next(o pdu.OID, version int64) pdu.Varbind {
	i, found := a.find(o)
	if found {
		i++
	}
	if back := a.faults.loopStart(o, a, i); back >= 0 {
		i = back
	}
	for ; i < len(a.objects); i++ {
		v := a.objects[i].value()
		if version == ber.V1 && v.Type == pdu.Counter64 {
			continue
		}
		return pdu.Varbind{OID: a.objects[i].oid, Value: v}
	}
	return pdu.Varbind{OID: o, Value: pdu.Value{Type: pdu.EndOfMibView}}
}

// bulk answers a GETBULK with as many varbinds as fit, RFC 3416 section 4.2.3.
func (a *Agent) bulk(q ber.PDU, room int) []pdu.Varbind {
	single := int(max(0, min(q.First, int64(len(q.Varbinds)))))
	reps := int(max(0, min(q.Second, 1000)))
	if a.faults.MaxRepetitions > 0 {
		reps = min(reps, a.faults.MaxRepetitions)
	}
	var out []pdu.Varbind
	used := 0
	add := func(vb pdu.Varbind) bool {
		used += len(ber.AppendVarbind(nil, vb))
		if used > room && len(out) > 0 {
			return false
		}
		out = append(out, vb)
		return true
	}
	for _, vb := range q.Varbinds[:single] {
		if !add(a.next(vb.OID, ber.V2c)) {
			return out
		}
	}
	at := make([]pdu.OID, 0, len(q.Varbinds))
	for _, vb := range q.Varbinds[single:] {
		at = append(at, vb.OID)
	}
	for range reps {
		ended := true
		for i, o := range at {
			vb := a.next(o, ber.V2c)
			if !add(vb) {
				return out
			}
			at[i] = vb.OID
			ended = ended && vb.Value.Type == pdu.EndOfMibView
		}
		if ended {
			break
		}
	}
	return out
}

func size(vbs []pdu.Varbind) int {
	n := 0
	for _, vb := range vbs {
		n += len(ber.AppendVarbind(nil, vb))
	}
	return n
}
