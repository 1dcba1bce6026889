// Package notify tells people about cases: by e-mail (SMTP) and by webhook (JSON,
// signed), each message in the language of its reader and with nothing in it that
// this reader must not see.
//
// A message is rendered once, put on a durable queue under a key (case, kind,
// number, party, channel) and delivered at least once; each channel works its own
// part of the queue with its own deadline and back-off, so a dead one delays no
// other. Receivers can drop doubles by the key, which every message carries.
//
// It refuses to decide what is a case, whose it is or who is told: package state
// did. It adds no fact that the notice does not hold.
//
// # Webhook, version 1
//
// POST with Content-Type application/json and these headers:
//
//	Rackvakt-Version: 1
//	Rackvakt-Key: <the delivery's key; the same on every retry>
//	Rackvakt-Timestamp: <Unix seconds of this attempt>
//	Rackvakt-Signature: v1=<hex HMAC-SHA256 over timestamp "." body>
//
// The body is Payload. Any 2xx takes the message over; 408, 425, 429, 5xx and
// network errors are tried again; every other status is final. Fields are only
// added within a version.
package notify
