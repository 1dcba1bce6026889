package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/gosnmp/gosnmp"

	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
)

// The two tables, and the column that is counted to know that all ports came.
const (
	ifTable  = "1.3.6.1.2.1.2.2"
	ifXTable = "1.3.6.1.2.1.31.1.1"
)

// plain is gosnmp as its documentation shows it: BulkWalk of each tree, with the
// repetitions that it has by default.
type plain struct {
	g     *gosnmp.GoSNMP
	trees []string
}

func newPlain(address, version string, trees []string) (*plain, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	g := &gosnmp.GoSNMP{
		Target: host, Port: uint16(port), Transport: "udp", Timeout: 2 * time.Second, Retries: 2,
		Version: gosnmp.Version2c, Community: community,
	}
	if version == "3" {
		g.Version, g.MsgFlags, g.SecurityModel = gosnmp.Version3, gosnmp.AuthPriv, gosnmp.UserSecurityModel
		g.SecurityParameters = &gosnmp.UsmSecurityParameters{
			UserName:               userName,
			AuthenticationProtocol: gosnmp.SHA256, AuthenticationPassphrase: authPassphrase,
			PrivacyProtocol: gosnmp.AES, PrivacyPassphrase: privPassphrase,
		}
	}
	if err := g.Connect(); err != nil {
		return nil, fmt.Errorf("connect %s: %w", address, err)
	}
	return &plain{g: g, trees: trees}, nil
}

// tables are walked by most programs; columns are the fourteen that are needed.
func tables() []string { return []string{ifTable, ifXTable} }

func columns() []string {
	var names []string
	for _, c := range ifmib.Usual() {
		names = append(names, c.String())
	}
	return names
}

// walk hands every varbind to each.
func (p *plain) walk(each func(gosnmp.SnmpPDU) error) error {
	for _, tree := range p.trees {
		if err := p.g.BulkWalk(tree, each); err != nil {
			return fmt.Errorf("walk %s: %w", tree, err)
		}
	}
	return nil
}

// poll counts the ports by their ifOperStatus.
func (p *plain) poll(context.Context) (int, error) {
	prefix := "." + ifmib.OperStatus.String() + "."
	ports := 0
	err := p.walk(func(v gosnmp.SnmpPDU) error {
		if len(v.Name) > len(prefix) && v.Name[:len(prefix)] == prefix {
			ports++
		}
		return nil
	})
	return ports, err
}

func (p *plain) close() error { return p.g.Close() }

// varbinds returns all that the trees hold.
func (p *plain) varbinds() ([]pdu.Varbind, error) {
	var out []pdu.Varbind
	err := p.walk(func(v gosnmp.SnmpPDU) error {
		oid, err := pdu.ParseOID(v.Name)
		if err != nil {
			return err
		}
		value, err := valueOf(v)
		out = append(out, pdu.Varbind{OID: oid, Value: value})
		return err
	})
	return out, err
}

func valueOf(v gosnmp.SnmpPDU) (pdu.Value, error) {
	switch x := v.Value.(type) {
	case int:
		return pdu.Value{Type: pdu.Type(v.Type), Num: uint64(x)}, nil
	case uint:
		return pdu.Value{Type: pdu.Type(v.Type), Num: uint64(x)}, nil
	case uint32:
		return pdu.Value{Type: pdu.Type(v.Type), Num: uint64(x)}, nil
	case uint64:
		return pdu.Value{Type: pdu.Type(v.Type), Num: x}, nil
	case []byte:
		return pdu.Bytes(x), nil
	}
	return pdu.Value{}, fmt.Errorf("%s: a value of type %v in a table of interfaces", v.Name, v.Type)
}
