// Package session asks one device one thing at a time over SNMP: GET, GETBULK and
// sweeps of both. It knows what agents get wrong and what this one stands: how
// many repetitions, how many identifiers, how long an answer takes.
//
// It refuses to write (there is no SET in this program), to know what a value
// means, and to have two requests under way.
//
// How it asks: many columns in one GETBULK with sysUpTime.0 before them (RFC 3416
// section 4.2.3: variable 1 + r*columns + c of the response is repetition r of
// column c), where the column and order of every returned identifier are checked.
package session
