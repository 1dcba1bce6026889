// Package e2e cuts a real link between real programs: the shipped binaries, Debian's
// snmpd as the switch and Debian's Mosquitto as the broker, in network namespaces.
// `make e2e` runs it; plain `go test` skips it and says so.
//
// It refuses to simulate anything between the cut and the message.
package e2e
