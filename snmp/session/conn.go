package session

import (
	"errors"
	"net"
	"os"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

// filterConn stands between gosnmp and its socket. gosnmp takes an answer with a
// wrong community or request-id 0, and gives up at once on a cut datagram or an
// ICMP refusal; here such datagrams are dropped, and the wait goes on until the
// deadline. The socket is connected, so the source address is the kernel's check.
type filterConn struct {
	net.Conn
	sent  ber.Envelope
	wrote time.Time

	// What came since the last Write.
	heard  bool    // an answer to it
	report pdu.OID // the object of a Report in clear
	rtt    time.Duration
	octets int // of the answer
}

// Write sends a request and remembers what its answer must carry.
func (c *filterConn) Write(b []byte) (int, error) {
	env, err := ber.ParseEnvelope(b)
	if err != nil {
		return 0, err
	}
	c.sent, c.heard, c.report, c.wrote = env, false, "", time.Now()
	n, err := c.Conn.Write(b)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		n, err = c.Conn.Write(b) // the first error may be an old ICMP refusal
	}
	return n, err
}

// maxSocketErrors bounds the errors that one Read passes over.
const maxSocketErrors = 100

// Read returns the next answer to the last request.
func (c *filterConn) Read(b []byte) (int, error) {
	for failures := 0; ; {
		n, err := c.Conn.Read(b)
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
			return 0, err
		}
		if err != nil {
			if failures++; failures > maxSocketErrors {
				return 0, err
			}
			continue
		}
		env, err := ber.ParseEnvelope(b[:n])
		if err != nil || !c.answers(env) {
			continue
		}
		c.heard, c.report, c.rtt, c.octets = true, env.Report, time.Since(c.wrote), n
		return n, nil
	}
}

func (c *filterConn) answers(env ber.Envelope) bool {
	return env.Version == c.sent.Version && env.ID == c.sent.ID && env.Community == c.sent.Community && !c.heard
}
