package snmptest

import (
	"time"

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
	if _, hit := touches(a.faults.Mute, q.Varbinds); hit {
		return p, false
	}
	if i, hit := touches(a.faults.GenErr, q.Varbinds); hit {
		return a.refuse(p, q, version, genErr, i+1), true
	}
	switch q.Type {
	case ber.Get, ber.GetNext:
		for i, vb := range q.Varbinds {
			got := a.one(q.Type, vb.OID, version)
			if version == ber.V1 && !got.Value.Exists() {
				return a.refuse(p, q, version, noSuchName, i+1), true
			}
			p.Varbinds = append(p.Varbinds, got)
		}
	case ber.GetBulk:
		if version == ber.V1 {
			return p, false
		}
		a.stats.GetBulks++
		p.Varbinds = a.bulk(q, room)
	case ber.Set:
		a.stats.Sets++
		return a.refuse(p, q, version, notWritable, 1), true
	default:
		return p, false
	}
	if size(p.Varbinds) > room || a.faults.tooBig(q, p) {
		return a.refuse(p, q, version, tooBig, 0), true
	}
	a.faults.bend(&p)
	return p, true
}

func (a *Agent) refuse(p, q ber.PDU, version int64, status, index int) ber.PDU {
	if a.faults.NoIndex {
		index = 0
	}
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
		return pdu.Varbind{OID: o, Value: a.value(i)}
	}
	return pdu.Varbind{OID: o, Value: pdu.Value{Type: pdu.NoSuchInstance}}
}

// next returns the instance after o; version 1 steps over Counter64, RFC 3584 section 4.2.2.1.
func (a *Agent) next(o pdu.OID, version int64) pdu.Varbind {
	if vb, ok := a.faults.endless(o); ok {
		return vb
	}
	i, found := a.find(o)
	if found {
		i++
	}
	if back := a.faults.loopStart(o, a, i); back >= 0 {
		i = back
	}
	for ; i < len(a.objects); i++ {
		v := a.value(i)
		if version == ber.V1 && v.Type == pdu.Counter64 {
			continue
		}
		return pdu.Varbind{OID: a.objects[i].oid, Value: v}
	}
	return pdu.Varbind{OID: o, Value: pdu.Value{Type: pdu.EndOfMibView}}
}

// value returns the value of object i, which Faults.Cache may hold back.
func (a *Agent) value(i int) pdu.Value {
	o := a.objects[i]
	if a.faults.Cache == 0 || !o.oid.Under(ifTable) && !o.oid.Under(ifXTable) {
		return o.value()
	}
	if a.cached == nil || time.Since(a.cachedAt) >= a.faults.Cache {
		a.cached, a.cachedAt = make(map[pdu.OID]pdu.Value), time.Now()
	}
	v, ok := a.cached[o.oid]
	if !ok {
		v = o.value()
		a.cached[o.oid] = v
	}
	return v
}

var ifTable, ifXTable = pdu.MustOID("1.3.6.1.2.1.2.2"), pdu.MustOID("1.3.6.1.2.1.31.1.1")

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
