// Package poll reads devices over SNMP: one goroutine owns each device, asks it
// one thing at a time, and hands Readings and Facts to a Sink.
//
// It refuses to write (there is no SET in this program), to decide what a value
// means, and to let one device wait for another. A device that does not answer
// is silent, which is not the same as down.
//
// The uplink ports are read with a GET between two requests of any sweep.
package poll
