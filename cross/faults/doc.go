// Package faults breaks what a monitor must survive, with real programs on
// loopback, and compares afterwards what was promised with what the collector's
// store holds: kill -9 of agent, collector and broker in the middle of a stream, a
// collector that was away for a day, a full disk, a switch that never answers.
// `make faults` runs it; plain `go test` skips it and says so.
//
// It refuses to look into a running program: it reads what a program prints, its
// API, and its files once it has ended.
package faults
