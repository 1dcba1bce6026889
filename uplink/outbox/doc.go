// Package outbox is the durable queue between the closet and the region: what
// Append returned for is on the card and stays there until the collector has
// said that it has it (protocol.md), over power cuts, a full card and a card
// that turned read-only.
//
// Each lane is a directory of preallocated segments of 256 KiB, written at the
// end only, one CRC32C per record and one fsync per append; beside them stand a
// small file with the gaps and one with the mark, both replaced atomically and
// seldom. What the protocol says about holes, gaps and marks is decided by
// package record; this package carries it out on a disk.
//
// It refuses to talk to a broker, to decide what is worth recording, to delete
// anything but on an ack or for the size cap, and to block the closet: a disk
// that refuses turns into a bounded memory outbox whose records say "volatile".
package outbox
