package snmptest

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"rackvakt/snmp/pdu"
)

// ReadWalk reads a walk: lines of OID|TAG|VALUE, where TAG is the decimal BER tag of
// the value, with x behind it where VALUE is in hex and e where it has escapes. An
// instance that comes twice has its last value. Lines that no agent could have
// sent are passed over and counted.
func ReadWalk(r io.Reader) (vbs []pdu.Varbind, passed int, err error) {
	at := make(map[pdu.OID]int)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() == "" {
			continue
		}
		vb, ok := walkLine(lines.Text())
		i, twice := at[vb.OID]
		switch {
		case !ok:
			passed++
		case twice:
			vbs[i] = vb
		default:
			at[vb.OID] = len(vbs)
			vbs = append(vbs, vb)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, passed, fmt.Errorf("read walk: %w", err)
	}
	return vbs, passed, nil
}

func walkLine(line string) (pdu.Varbind, bool) {
	part := strings.SplitN(strings.TrimSuffix(line, "\r"), "|", 3)
	if len(part) != 3 {
		return pdu.Varbind{}, false
	}
	oid, err := pdu.ParseOID(part[0])
	v, ok := walkValue(part[1], part[2])
	return pdu.Varbind{OID: oid, Value: v}, ok && err == nil
}

func walkValue(tag, text string) (pdu.Value, bool) {
	number, err := strconv.ParseUint(strings.TrimRight(tag, "xe"), 10, 8)
	v := pdu.Value{Type: pdu.Type(number)}
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
		v.Num, err = strconv.ParseUint(text, 10, 64)
		return v, err == nil
	case pdu.ObjectID:
		oid, err := pdu.ParseOID(text)
		return pdu.Identifier(oid), err == nil
	case pdu.IPAddress:
		ip, err := netip.ParseAddr(text)
		v.Octets = ip.AsSlice()
		return v, err == nil && ip.Is4()
	case pdu.OctetString:
		v.Octets = []byte(text)
	}
	return v, v.Type == pdu.OctetString || v.Type == pdu.Null
}
