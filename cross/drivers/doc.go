// Package drivers holds the table of all drivers of sensors and displays (TABLE.md),
// to be read and pasted as it is, and the tests that hold it against the code: every
// driver has a row, every fault stands in one, ranges and accuracies are those that
// the code tells, datasheets are those that the code cites, and the tests exist.
package drivers
