package session

import (
	"net"

	"github.com/gosnmp/gosnmp"

	"rackvakt/snmp/pdu"
)

// fromGosnmp turns what gosnmp decoded into varbinds. A value that it could not
// decode becomes one that does not exist.
func fromGosnmp(in []gosnmp.SnmpPDU) []pdu.Varbind {
	out := make([]pdu.Varbind, 0, len(in))
	for _, v := range in {
		oid, err := pdu.ParseOID(v.Name)
		if err != nil {
			oid = "" // lies under no column: ends the walk of it
		}
		out = append(out, pdu.Varbind{OID: oid, Value: valueOf(v)})
	}
	return out
}

func valueOf(v gosnmp.SnmpPDU) pdu.Value {
	kind := pdu.Type(v.Type)
	switch x := v.Value.(type) {
	case int:
		return pdu.Value{Type: kind, Num: uint64(x)}
	case uint:
		return pdu.Value{Type: kind, Num: uint64(x)}
	case uint32:
		if kind == pdu.Type(gosnmp.Uinteger32) {
			kind = pdu.Gauge32
		}
		return pdu.Value{Type: kind, Num: uint64(x)}
	case uint64:
		return pdu.Value{Type: kind, Num: x}
	case []byte:
		return pdu.Value{Type: kind, Octets: x}
	case string:
		return textValue(kind, x)
	case float32:
		return pdu.Float(x)
	case float64:
		return pdu.Float(float32(x))
	}
	switch kind {
	case pdu.NoSuchObject, pdu.NoSuchInstance, pdu.EndOfMibView:
		return pdu.Value{Type: kind}
	}
	return pdu.Value{Type: pdu.Null}
}

func textValue(kind pdu.Type, x string) pdu.Value {
	if kind == pdu.IPAddress {
		return pdu.Value{Type: kind, Octets: net.ParseIP(x)}
	}
	oid, err := pdu.ParseOID(x)
	if err != nil {
		return pdu.Value{Type: pdu.Null}
	}
	return pdu.Identifier(oid)
}
