// Package ingest is the collector's end of the promise (protocol.md, "The
// collector's side"): it hears closets through a broker, takes what continues
// their lanes, makes it durable, and only then acknowledges it; then it hands the
// records on, in order, to whoever makes alarms and samples of them.
//
// What is taken is decided by record.Receiver and nowhere here. A record waits in
// a bounded queue of its closet; one writer takes from all queues, commits them
// together, and answers. What a closet sends wrong harms that closet only: it is
// counted, named in the log once, and dropped.
//
// It refuses to promise anything before the store has it on the disk, to let one
// closet wait for another, and to judge what a record means.
package ingest
