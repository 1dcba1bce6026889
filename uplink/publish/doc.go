// Package publish is the session with the broker: it says who is there (state,
// birth, now, hb), sends what the outbox holds within a small window, and moves
// the outbox on the collector's own ack and on nothing else (protocol.md). A
// PUBACK moves nothing.
//
// The MQTT client is used for one connection and thrown away: its reconnect, its
// stores and its resume can complete a token that nobody acknowledged
// (paho.mqtt.golang issue 563) and are all off. Back-off, window, time-outs and
// resend are here, and every wait has an end.
//
// It refuses to keep anything itself, to decide what is an alarm, and to trust a
// broker's word for the collector's.
package publish
