package poll

import (
	"rackvakt/sensors/reading"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/rate"
)

// counted is the counters of a port as one poll read them.
type counted struct {
	in, out, inErrors, outErrors pdu.Number
	inBits, outBits              int // widths of in and out
	speed                        pdu.Number
	up                           pdu.Number
	at                           reading.Stamp
}

// addRates adds how fast the counters moved since the poll before.
func (v *view) addRates(all []reading.Reading, ports []ifmib.Port, p *fullPoll, at reading.Stamp) []reading.Reading {
	wide := wideCounters(p.Varbinds)
	now := make(map[string]counted, len(ports))
	var before, after []uint64
	for _, q := range ports {
		c := counted{
			in: q.InOctets, out: q.OutOctets, inErrors: q.InErrors, outErrors: q.OutErrors, speed: q.Speed,
			inBits: width(wide[ifmib.HCInOctets][q.Index]), outBits: width(wide[ifmib.HCOutOctets][q.Index]),
			up: p.UpTimeOf(q.Index), at: p.Stamp(q.Index, at),
		}
		now[q.Name] = c
		if old, ok := v.counters[q.Name]; ok {
			before, after = append(before, old.in.Value, old.out.Value), append(after, c.in.Value, c.out.Value)
		}
	}
	moving := rate.Moved(before, after)
	if len(before) > 0 && p.UpTime.Present {
		v.caching = v.caching.Saw(p.UpTime.Value, moving)
	}
	for _, q := range ports {
		if old, ok := v.counters[q.Name]; ok {
			all = v.addPortRates(all, q.Name, old, now[q.Name], moving)
		}
	}
	v.counters = now
	return all
}

// addPortRates adds the rates of one port; unknown with the reason where there is none.
func (v *view) addPortRates(all []reading.Reading, name string, old, now counted, moving bool) []reading.Reading {
	add := func(kind reading.Kind, why rate.Why, value int64) {
		if why != rate.Known {
			all = append(all, unknown(v.point(name, kind), string(why), now.at))
			return
		}
		all = append(all, reading.Reading{Point: v.point(name, kind), Value: value, Quality: reading.Good, At: now.at})
	}
	between := func(a, b pdu.Number, c rate.Counter) (int64, rate.Why) {
		c.Moving, c.MaxGap = moving, max(rate.DefaultMaxGap, 3*v.o.PollEvery)
		return rate.Between(rate.Sample{Value: a.Value, UpTime: old.up, At: old.at}, rate.Sample{Value: b.Value, UpTime: now.up, At: now.at}, c)
	}
	if old.in.Present && now.in.Present && old.inBits == now.inBits {
		value, why := between(old.in, now.in, rate.Octets(now.inBits, now.speed))
		add(reading.IfInBits, why, value)
	}
	if old.out.Present && now.out.Present && old.outBits == now.outBits {
		value, why := between(old.out, now.out, rate.Octets(now.outBits, now.speed))
		add(reading.IfOutBits, why, value)
	}
	if old.inErrors.Present && now.inErrors.Present {
		value, why := between(old.inErrors, now.inErrors, rate.Errors(narrow, now.speed))
		if old.outErrors.Present && now.outErrors.Present && why == rate.Known {
			var more int64
			more, why = between(old.outErrors, now.outErrors, rate.Errors(narrow, now.speed))
			value += more
		}
		add(reading.IfErrorRate, why, value)
	}
	return all
}

// narrow is the width of the counters of ifTable in bits, and wide that of ifXTable's.
const (
	narrow = 32
	wide   = 64
)

func width(isWide bool) int {
	if isWide {
		return wide
	}
	return narrow
}

// wideCounters says of which ports the 64-bit octets are taken, by column and
// ifIndex: package ifmib passes over one that is 0 while the other counts.
func wideCounters(vbs []pdu.Varbind) map[pdu.OID]map[uint32]bool {
	all := map[pdu.OID]map[uint32]bool{ifmib.HCInOctets: {}, ifmib.HCOutOctets: {}}
	for _, vb := range vbs {
		for column, ports := range all {
			if !vb.OID.Under(column) {
				continue
			}
			if n := vb.Value.Number(); n.Present {
				ports[vb.OID.Arc(vb.OID.Len()-1)] = n.Value > 0
			}
		}
	}
	return all
}
