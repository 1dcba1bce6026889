// Package pdu holds what travels in an SNMP message once it is decoded: object
// identifiers, values and pairs of both, with the tolerance that real agents
// need (numbers under the wrong type, text with NUL and control bytes).
//
// It refuses to encode, to send and to know any MIB.
//
// Worked example: the identifier 1.3.6.1.2.1.1.3.0 (sysUpTime.0, RFC 3418) is
// nine arcs; below the tree 1.3.6.1.2.1.1.3 its index is the single arc 0. A
// value 43 03 01 E2 40 in BER arrives here as Value{TimeTicks, 123456}, which
// is 1234.56 s.
package pdu
