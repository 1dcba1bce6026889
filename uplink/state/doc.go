// Package state is what the collector knows about each closet: whether it
// answers, what it said last, which alarms stand, and which cases they make.
//
// Machine is pure: Step(event, now) changes it and returns the actions that
// follow; it holds no socket, timer, clock or random source. Loop owns those: it
// feeds events in one at a time, ticks, asks the questions of silence, and hands
// the actions to the store and to the notifier.
//
// It refuses to guess. A closet without a sign of life is unknown, never down;
// what the collector itself could not hear is no silence of the closet; a record
// of something already over raises nothing; an alarm is cleared only by the end
// that raised it.
package state
