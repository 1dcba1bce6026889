// Package trap receives what devices send unasked: traps and INFORMs of SNMP
// versions 2c and 3 (RFC 3416 sections 4.2.6 and 4.2.7, RFC 3414).
//
// A notification is a hint that something may have happened, never a reading: all
// that a receiver may do with one is ask the device. It comes over UDP from anyone
// who can reach the port, so the community and the sender's address are checked
// for version 2c, digest, time and repetition for version 3; each source has a
// rate, each reason for which something was dropped a counter. An INFORM is
// answered once it is queued, before anything is done about it; a slow Handle
// costs notifications, never the socket.
//
// It refuses version 1, all levels of version 3 below authPriv, and to keep a
// notification: what the queue does not hold is dropped, and an INFORM then not
// answered, so that its sender tries again.
//
// Worked example: a Trap PDU with the varbinds sysUpTime.0 = 4711 ticks,
// snmpTrapOID.0 = 1.3.6.1.6.3.1.1.5.3 and ifIndex.49 = 49 arrives as
// {Kind: LinkDown, Index: 49}, 47.11 s after its agent started.
package trap

import (
	"net/netip"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// Kind is what a notification says. The zero value is none.
type Kind string

// Kinds, RFC 3418 section 2 and RFC 2863; Other is every other identifier.
const (
	ColdStart Kind = "coldStart"
	WarmStart Kind = "warmStart"
	LinkDown  Kind = "linkDown"
	LinkUp    Kind = "linkUp"
	// AuthenticationFailure says that somebody asked with wrong credentials. That
	// may have been the one who takes this trap: asking again is no answer to it.
	AuthenticationFailure Kind = "authenticationFailure"
	Other                 Kind = "other"
)

var (
	trapOID = pdu.MustOID("1.3.6.1.6.3.1.1.4.1.0")
	// ifEntry and ifXEntry hold every column that ends in an ifIndex.
	ifEntry  = pdu.MustOID("1.3.6.1.2.1.2.2.1")
	ifXEntry = pdu.MustOID("1.3.6.1.2.1.31.1.1.1")
)

var kinds = map[pdu.OID]Kind{
	pdu.MustOID("1.3.6.1.6.3.1.1.5.1"): ColdStart,
	pdu.MustOID("1.3.6.1.6.3.1.1.5.2"): WarmStart,
	pdu.MustOID("1.3.6.1.6.3.1.1.5.3"): LinkDown,
	pdu.MustOID("1.3.6.1.6.3.1.1.5.4"): LinkUp,
	pdu.MustOID("1.3.6.1.6.3.1.1.5.5"): AuthenticationFailure,
}

// Notification is one trap or INFORM that was accepted.
type Notification struct {
	// Device is the name of the device that sent it, From where it came from.
	Device string
	From   netip.Addr
	Kind   Kind
	// OID is snmpTrapOID: which notification it is.
	OID pdu.OID
	// Index is the ifIndex that it is about; absent where it names no interface.
	Index pdu.Number
	// UpTime is sysUpTime of the sender, in 0.01 s; absent where it was left out.
	UpTime pdu.Number
	// Inform says that it was answered.
	Inform bool
}

// decode reads the varbinds of a notification. sysUpTime.0 and snmpTrapOID.0 come
// first by RFC 3416; agents that have them elsewhere, or no sysUpTime, are read too.
func decode(vbs []pdu.Varbind) (Notification, bool) {
	var n Notification
	for _, vb := range vbs {
		switch vb.OID {
		case trapOID:
			n.OID = vb.Value.OID()
			continue
		case system.UpTime:
			n.UpTime = vb.Value.Number()
			continue
		}
		for _, tree := range []pdu.OID{ifEntry, ifXEntry} {
			if index, ok := vb.OID.Index(tree); ok && len(index) == 2 && !n.Index.Present {
				n.Index = pdu.Some(uint64(index[1]))
			}
		}
	}
	n.Kind = kinds[n.OID]
	if n.Kind == "" {
		n.Kind = Other
	}
	return n, n.OID != ""
}
