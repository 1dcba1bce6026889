// Package store keeps what the collector promised to keep: a relational store
// (SQLite) with the registry of sites, the journal of records with the heads of
// their lanes, alarms, events, gaps, cases and the outbox of notifications; and
// a time-series store (the Prometheus TSDB as a library) for samples.
//
// Whoever uses it declares the few methods that it needs as an interface of its
// own; the row types here are plain data. SQL stays within what SQLite and
// PostgreSQL share. The relational store is durable when a call returns (WAL,
// synchronous FULL); the time-series store is not, which is why samples are
// replayed from the journal behind a mark (see Samples.Sync).
//
// It refuses to decide anything: which record is taken, what an alarm means,
// who is told.
package store
